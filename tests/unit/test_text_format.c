/* Where each format of a string ends: the last one that it takes, and the first that it does not. */
#include "unit.h"

#include "manifest/text_format.h"

#define A31 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A62 A31 A31
#define HEX "0123456789abcdef"

static const struct {
	enum text_format format;
	const char      *good, *bad;
} borders[] = {
	{ TEXT_CLUSTER, "!", "" },
	{ TEXT_CLUSTER, "a!", "a " },
	{ TEXT_CLUSTER, "a~", "a\x7f" },
	{ TEXT_CLUSTER, "~", "\xc3\xbc" },
	{ TEXT_FILE, "a b", "" },
	{ TEXT_FILE, " ", "\x1f" },
	{ TEXT_FILE, "~", "\x7f" },
	{ TEXT_FILE, "\xc3\xbc", "a\n" },
	{ TEXT_PATH, "/", "a/" },
	{ TEXT_PATH, "/a?b", "/a#b" },
	{ TEXT_PATH, "/~", "/ " },
	{ TEXT_AUTHORITY, "a:1", "a:0" },
	{ TEXT_AUTHORITY, "a:65535", "a:65536" },
	{ TEXT_AUTHORITY, "a", "a:" },
	{ TEXT_AUTHORITY, "a:080", ":80" },
	{ TEXT_AUTHORITY, "[::1]", "[::1" },
	{ TEXT_AUTHORITY, "[::1]:80", "[::1]80" },
	{ TEXT_AUTHORITY, "[::1]:65535", "[::1]:0" },
	{ TEXT_AUTHORITY, "a", "a]" },
	{ TEXT_AUTHORITY, "a", "a[" },
	{ TEXT_AUTHORITY, "a:1", "a:1:2" },
	{ TEXT_AUTHORITY, "a.b", "a/b" },
	{ TEXT_AUTHORITY, "a.b", "u@b" },
	{ TEXT_SUBSET, "a-b", "-b" },
	{ TEXT_SUBSET, "azAZ09", "a-" },
	{ TEXT_SUBSET, "a", "" },
	{ TEXT_SUBSET, "a0", "a/" },
	{ TEXT_SUBSET, "a9", "a:" },
	{ TEXT_SUBSET, "aA", "a@" },
	{ TEXT_SUBSET, "aZ", "a[" },
	{ TEXT_SUBSET, "aa", "a`" },
	{ TEXT_SUBSET, "az", "a{" },
	{ TEXT_SNI, "a.b", "a..b" },
	{ TEXT_SNI, "a", "a." },
	{ TEXT_SNI, "_a.b", ".a" },
	{ TEXT_SNI, "10.0.0.a", "10.0.0.1" },
	{ TEXT_SNI, "a", "*.a" },
	{ TEXT_HOST_PATTERN, "*", "**" },
	{ TEXT_HOST_PATTERN, "*.a", "*." },
	{ TEXT_HOST_PATTERN, "10.0.0.1", "10.0" },
	{ TEXT_HOST_PATTERN, "9.9.9.9", "9.9" },
	{ TEXT_HOST_PATTERN, "2001:db8::1", "[2001:db8::1]" },
	{ TEXT_HOST_PATTERN, "a.b", "a.b:443" },
	{ TEXT_HOST_PATTERN, "a:443", "10.0.0.1:443" }, /* the name of a cluster may look so */
	{ TEXT_HOST_PATTERN, "a.b:x", "a.b/c" },
	{ TEXT_HOST_PATTERN, "a.b", "a.*" },
	{ TEXT_URL_PREFIX, "oci://a", "oci://" },
	{ TEXT_URL_PREFIX, "file:///", "ftp://a" },
	{ TEXT_URL_PREFIX, "http://a", "http://a b" },
	/* no module's URL begins with any of these */
	{ TEXT_URL_PREFIX, "file:///a", "file://a" },
	{ TEXT_URL_PREFIX, "oci://a.b/c/", "oci://a.b/*" },
	{ TEXT_URL_PREFIX, "oci://a.b", "oci://*.b/c" },
	{ TEXT_URL_PREFIX, "https://a.b/c.d", "https://a.b/../d" },
	{ TEXT_URL_PREFIX, "https://a.b/c", "https://a.b/%63" },
	{ TEXT_URL_PREFIX, "https://a.b/c", "https://a.b/c#d" },
	{ TEXT_URL_PREFIX, "https://a.b:65535/", "https://a.b:65536/" },
	{ TEXT_URL_PREFIX, "https://[::1]:80", "https://[::1/" },
	{ TEXT_URL_PREFIX, "https://b", "https://a@b" },
	{ TEXT_URL_PREFIX, "http://a", "http:///a" },
	{ TEXT_EXPORT, ".", ".." },
	{ TEXT_EXPORT, "*", "**" },
	{ TEXT_EXPORT, "a-1", "~" },
	{ TEXT_EXPORT, A62 "a", A62 "aa" },
	{ TEXT_EXPORT, "a", "A" },
	{ TEXT_SUFFIX, "a.b", "a.1" },
	{ TEXT_SUFFIX, "a", "A" },
	{ TEXT_KUBERNETES_KIND, A62 "a", A62 "aa" },
	{ TEXT_KUBERNETES_KIND, "a0", "0a" },
	{ TEXT_KUBERNETES_KIND, "a9", "9a" },
	{ TEXT_KUBERNETES_KIND, "a-b", "-b" },
	{ TEXT_KUBERNETES_KIND, "Z", "a-" },
	{ TEXT_KUBERNETES_KIND, "a", "" },
	{ TEXT_GROUP, "", "." },
	{ TEXT_SHA256, HEX HEX HEX HEX, HEX HEX HEX "0123456789abcde" },
	{ TEXT_SHA256, HEX HEX HEX HEX, HEX HEX HEX HEX "0" },
	{ TEXT_SHA256, HEX HEX HEX HEX, HEX HEX HEX "0123456789abcdeg" },
	{ TEXT_SHA256, HEX HEX HEX HEX, HEX HEX HEX "0123456789abcdeF" },
	{ TEXT_SHA256, HEX HEX HEX HEX, HEX HEX HEX "0123456789abcde`" },
	{ TEXT_SHA256, HEX HEX HEX HEX, HEX HEX HEX "0123456789abcde/" },
	{ TEXT_SHA256, HEX HEX HEX HEX, HEX HEX HEX "0123456789abcde:" },
	{ TEXT_ENV_NAME, "_a.b-c0", "0a" },
	{ TEXT_ENV_NAME, "a9", "9a" },
	{ TEXT_ENV_NAME, "-", "" },
	{ TEXT_ENV_NAME, "a", "a=b" },
};

static void takes_and_refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(borders); i++) {
		row_true(borders[i].good, text_format_is(borders[i].format, str_c(borders[i].good)), "taken");
		row_true(borders[i].bad, !text_format_is(borders[i].format, str_c(borders[i].bad)), "refused");
	}
}

/* Each of the characters that end an authority, or that a header cannot hold. */
static void authority_has_no_delimiters(void **state)
{
	(void)state;
	for (const char *c = "/?#@\\\"<>{}|^`,; \t"; *c; c++) {
		const char text[] = { 'a', *c, 'b', '\0' };

		row_true(text, !text_format_is(TEXT_AUTHORITY, str_c(text)), "refused");
	}
}

/* What is judged elsewhere, with findings of its own, is not judged here. */
static void leaves_others_alone(void **state)
{
	(void)state;
	assert_true(text_format_is(TEXT_ANY, STR("")));
	assert_true(text_format_is(TEXT_HOST, STR("https://a")));
	assert_true(text_format_is(TEXT_ADDRESS, STR("a b")));
	assert_int_equal(text_format_code(TEXT_HOST), CO_HOST_INVALID);
	assert_int_equal(text_format_code(TEXT_SHA256), CO_SHA256_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_and_refuses),
		cmocka_unit_test(authority_has_no_delimiters),
		cmocka_unit_test(leaves_others_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
