/* URLs of modules: what istio-agent can fetch, and what a prefix of the policy covers. */
#include "unit.h"

#include "manifest/module_url.h"

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct row {
	const char     *url;
	enum url_scheme scheme;
	const char     *authority, *path;
	const char     *digest; /* NULL: absent */
} taken[] = {
	{ "oci://ghcr.io/acme/auth:1.4.0", URL_OCI, "ghcr.io", "/acme/auth:1.4.0", NULL },
	{ "oci://ghcr.io/acme/auth", URL_OCI, "ghcr.io", "/acme/auth", NULL },
	{ "oci://localhost:5000/a_b.c-d:V1_2.3-x", URL_OCI, "localhost:5000", "/a_b.c-d:V1_2.3-x", NULL },
	{ "oci://ghcr.io/a@sha256:" HEX64, URL_OCI, "ghcr.io", "/a@sha256:" HEX64, HEX64 },
	{ "oci://ghcr.io/a:1@sha256:" HEX64, URL_OCI, "ghcr.io", "/a:1@sha256:" HEX64, HEX64 },
	{ "oci://10.0.0.1/a", URL_OCI, "10.0.0.1", "/a", NULL },
	{ "oci://[::1]:5000/a", URL_OCI, "[::1]:5000", "/a", NULL },
	{ "oci://[::1]/a", URL_OCI, "[::1]", "/a", NULL },
	{ "https://a.com/x.wasm?v=1%20", URL_HTTPS, "a.com", "/x.wasm?v=1%20", NULL },
	{ "http://a.com:80/x", URL_HTTP, "a.com:80", "/x", NULL },
	{ "http://a.com/", URL_HTTP, "a.com", "/", NULL }, /* a server that has but one module */
	{ "file:///opt/x.wasm", URL_FILE, "", "/opt/x.wasm", NULL },
};

static const struct refused_row {
	const char *url;
	const char *fault; /* a part of what is said */
} refused[] = {
	{ "img", "begins with none" },
	{ "oci:x", "begins with none" },
	{ "ftp://a.com/x", "begins with none" },
	{ "oci://", "no host" },
	{ "https:///x", "no host" },
	{ "https://:80/x", "no host" },
	{ "https://a.com", "names no module" },
	{ "oci://a.com/", "names no module" },
	{ "https://me:word@a.com/x", "user name" },
	{ "https://a.com:0/x", "port" },
	{ "https://a.com:65536/x", "port" },
	{ "https://a.com:/x", "port" },
	{ "https://a_b.com/x", "host" },
	{ "https://[::1/x", "host" },
	{ "https://[10.0.0.1]/x", "host" },
	{ "https://[::1]80/x", "port" },
	{ "https://[::1]:0/x", "port" },
	{ "https://a.com/x#y", "fragment" },
	{ "https://a.com/x y", "blank" },
	{ "https://a.com/\xc3\xbc", "blank" },
	{ "https://a.com/%2", "hexadecimal" },
	{ "https://a.com/%zz", "hexadecimal" },
	{ "file://x.wasm", "absolute" },
	{ "file:///", "absolute" },
	{ "file://", "absolute" },
	{ "file:///opt/", "absolute" },
	{ "file://host/opt/x.wasm", "absolute" },
	{ "oci://ghcr.io/a:", "tag" },
	{ "oci://ghcr.io/a:+", "tag" },
	{ "oci://ghcr.io/a@md5:0", "digest" },
	{ "oci://ghcr.io/a@sha256:0", "digest" },
	{ "oci://ghcr.io/a@sha256:A123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "digest" },
	{ "oci://ghcr.io/a@sha256:g123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "digest" },
	{ "oci://ghcr.io/Acme/a", "repository" },
	{ "oci://ghcr.io/a//b", "names no image" },
	{ "oci://ghcr.io//a", "names no image" },
	{ "oci://ghcr.io/a/", "names no image" },
	{ "oci://ghcr.io/:1", "names no image" },
};

static void test_parse(void **state)
{
	struct module_url url;

	(void)state;
	for (size_t i = 0; i < COUNT(taken); i++) {
		const char *fault = module_url_parse(str_c(taken[i].url), &url);

		row_true(taken[i].url, !fault, fault ? fault : "");
		row_int(taken[i].url, url.scheme, taken[i].scheme);
		row_text(taken[i].url, url.authority, taken[i].authority);
		row_text(taken[i].url, url.path, taken[i].path);
		row_text(taken[i].url, url.digest, taken[i].digest);
	}
	for (size_t i = 0; i < COUNT(refused); i++) {
		const char *fault = module_url_parse(str_c(refused[i].url), &url);

		row_true(refused[i].url, fault && strstr(fault, refused[i].fault), fault ? fault : "it is refused");
	}
}

/* The longest tag that a registry takes has 128 characters. */
static void test_tag_length(void **state)
{
	struct module_url url;

	for (size_t n = 128; n <= 129; n++) {
		struct buf b;

		buf_init(&b, arena_of(state), KIB);
		buf_lit(&b, "oci://ghcr.io/a:");
		buf_fill(&b, 't', n);
		assert_int_equal(module_url_parse(buf_str(&b), &url) == NULL, n == 128);
	}
}

static void test_docker_hub(void **state)
{
	static const struct {
		const char *url;
		bool        want;
	} rows[] = {
		{ "oci://acme/auth:1", true },
		{ "oci://ghcr.io/auth:1", false },
		{ "oci://localhost:5000/a", false },
		{ "https://acme/auth.wasm", false },
	};
	struct module_url url;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		row_true(rows[i].url, !module_url_parse(str_c(rows[i].url), &url), "it is taken");
		row_int(rows[i].url, module_url_is_of_docker_hub(&url), rows[i].want);
	}
}

static const struct within_row {
	const char *url, *prefix;
	bool        want;
} prefixes[] = {
	{ "oci://ghcr.io/acme/auth:1", "oci://ghcr.io/acme/", true },
	{ "oci://ghcr.io/acme/auth:1", "oci://GHCR.io/acme", true },
	{ "oci://ghcr.io/acme/auth:1", "oci://ghcr.io/acme/auth", true },
	{ "oci://ghcr.io/acme/auth@sha256:0", "oci://ghcr.io/acme/auth", true },
	{ "oci://ghcr.io/acme/auth", "oci://ghcr.io/acme/auth", true },
	{ "oci://ghcr.io/acme/auth", "oci://ghcr.io", true },
	{ "oci://ghcr.io/acme/auth", "oci://ghcr.io/", true },
	{ "oci://ghcr.io/acme-evil/auth", "oci://ghcr.io/acme", false },
	{ "oci://ghcr.io/Acme/auth", "oci://ghcr.io/acme", false },
	{ "oci://ghcr.io/acme/", "oci://ghcr.io/acme/", false },
	{ "oci://ghcr.io.evil/acme/auth", "oci://ghcr.io/acme/", false },
	{ "https://ghcr.io/acme/auth", "oci://ghcr.io/acme/", false },
	{ "oci://ghcr.io/acme/../evil/auth", "oci://ghcr.io/acme/", false },
	{ "oci://ghcr.io/acme/./auth", "oci://ghcr.io/acme/", false },
	{ "https://a.com/x/%2e%2e/y", "https://a.com/x/", false },
	{ "https://a.com/x/..\\y", "https://a.com/x/", false },
	/* RFC 3986, section 6.2.3: a scheme's own port is the same server with and without being written */
	{ "https://a.com/x/y", "https://a.com:443/x/", true },
	{ "https://a.com:443/x/y", "https://a.com/x/", true },
	{ "https://a.com:0443/x/y", "https://a.com/x/", true },
	{ "https://[::1]:443/x/y", "https://[::1]/x/", true },
	{ "http://a.com:80/x/y", "http://a.com/x/", true },
	{ "http://a.com/x/y", "http://a.com:80", true },
	{ "oci://ghcr.io:443/acme/auth", "oci://ghcr.io/acme/", true },
	{ "oci://ghcr.io/acme/auth", "oci://ghcr.io:443/acme/", true },
	{ "https://a.com:8443/x/y", "https://a.com/x/", false },
	{ "https://a.com:80/x/y", "https://a.com/x/", false },
	{ "http://a.com:443/x/y", "http://a.com/x/", false },
	{ "https://a.com:4430/x/y", "https://a.com/x/", false },
	{ "https://[::443]/x/y", "https://[::]/x/", false },
	/* which a registry without TLS (go-containerregistry: private and loopback addresses, .local) has not */
	{ "oci://10.0.0.5:443/acme/auth", "oci://10.0.0.5/acme/", false },
	{ "oci://registry.local:443/acme/auth", "oci://registry.local/acme/", false },
	{ "ghcr.io/acme/auth", "oci://ghcr.io/acme/", false },
	{ "oci://ghcr.io/acme/auth", "ghcr.io/acme/", false },
};

static void test_within(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(prefixes); i++)
		row_int(prefixes[i].url, module_url_within(str_c(prefixes[i].url), str_c(prefixes[i].prefix)),
		        prefixes[i].want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(test_parse),
		UNIT_TEST(test_tag_length),
		UNIT_TEST(test_docker_hub),
		UNIT_TEST(test_within),
	};

	return cmocka_run_group_tests_name("module_url", tests, NULL, NULL);
}
