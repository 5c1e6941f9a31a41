#include "manifest/module_url.h"

#include "base/ascii.h"
#include "names/hostname.h"

static const struct str schemes[] = {
	[URL_OCI] = STR_INIT("oci://"),
	[URL_HTTP] = STR_INIT("http://"),
	[URL_HTTPS] = STR_INIT("https://"),
	[URL_FILE] = STR_INIT("file://"),
};

static const char *check_characters(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] <= 0x20 || (unsigned char)s.p[i] >= 0x7f)
			return "it holds a blank or a character outside of ASCII";
		if (s.p[i] == '%' && !(i + 2 < s.n && ascii_hex(s.p[i + 1]) >= 0 && ascii_hex(s.p[i + 2]) >= 0))
			return "a % is not followed by two hexadecimal digits";
	}
	return NULL;
}

static const char *check_authority(struct str authority)
{
	struct str host = authority, port;
	uint64_t   number;
	size_t     colon;

	if (str_find(authority, '@', 0) < authority.n)
		return "it holds a user name or password; use imagePullSecret";
	if (authority.n && authority.p[0] == '[') {
		size_t close = str_find(authority, ']', 0);

		if (close == authority.n || !ip_is_v6(str_slice(authority, 1, close)))
			return "its host is not valid";
		if (close + 1 == authority.n)
			return NULL;
		port = str_slice(authority, close + 2, authority.n);
		return authority.p[close + 1] == ':' && str_to_uint(port, 65535, &number) && number
		               ? NULL
		               : "its port is not valid";
	}
	colon = str_find(authority, ':', 0);
	if (colon < authority.n) {
		host = str_slice(authority, 0, colon);
		port = str_slice(authority, colon + 1, authority.n);
		if (!str_to_uint(port, 65535, &number) || number == 0)
			return "its port is not valid";
	}
	if (host.n == 0)
		return "it has no host";
	return ip_is_v4(host) || hostname_check(host, NULL) == HOSTNAME_OK ? NULL : "its host is not valid";
}

static bool repository_char(char c)
{
	return !ascii_is_upper(c) && ascii_is_alnum_or(c, "._-/");
}

static bool tag_char(char c)
{
	return repository_char(c) ? c != '/' : ascii_is_upper(c);
}

/* distribution/reference: repository[:tag][@sha256:hex] */
static const char *check_image(struct str path, struct str *ret_digest)
{
	size_t     at = str_find(path, '@', 0), slash, colon;
	struct str name = str_slice(path, 1, at), tag;

	if (at < path.n) {
		struct str digest = str_slice(path, at + 1, path.n);

		if (!str_has_prefix(digest, STR("sha256:")) || digest.n != 7 + 64)
			return "its digest is not @sha256: and 64 hexadecimal digits";
		for (size_t i = 7; i < digest.n; i++)
			if (!ascii_is_lower_hex(digest.p[i]))
				return "its digest is not @sha256: and 64 hexadecimal digits";
		*ret_digest = str_slice(digest, 7, digest.n);
	}
	slash = str_find_last(name, '/');
	colon = str_find(name, ':', slash < name.n ? slash + 1 : 0);
	tag = str_slice(name, colon + 1, name.n);
	if (colon < name.n && (tag.n == 0 || tag.n > 128))
		return "its tag is not valid";
	for (size_t i = 0; i < tag.n; i++)
		if (!tag_char(tag.p[i]))
			return "its tag is not valid";
	name = str_slice(name, 0, colon);
	if (name.n == 0 || name.p[0] == '/' || name.p[name.n - 1] == '/' || str_find_str(name, STR("//"), 0) < name.n)
		return "it names no image";
	for (size_t i = 0; i < name.n; i++)
		if (!repository_char(name.p[i]))
			return "its repository holds something else than lower-case letters, digits and . _ - /";
	return NULL;
}

const char *module_url_parse(struct str s, struct module_url *ret)
{
	struct module_url url = { 0 };
	const char       *fault = check_characters(s);
	struct str        rest = STR_ABSENT;
	size_t            slash;

	if (fault)
		return fault;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (str_has_prefix(s, schemes[i])) {
			url.scheme = (enum url_scheme)i;
			rest = str_slice(s, schemes[i].n, s.n);
		}
	}
	if (!rest.p)
		return "it begins with none of oci://, https://, http://, file://";
	slash = str_find(rest, '/', 0);
	url.authority = str_slice(rest, 0, slash);
	url.path = str_slice(rest, slash, rest.n);
	if (url.scheme == URL_FILE) {
		if (url.authority.n || url.path.n < 2 || url.path.p[url.path.n - 1] == '/')
			return "a file is named by its absolute path: file:///path";
		*ret = url;
		return NULL;
	}
	fault = check_authority(url.authority);
	if (!fault && str_find(rest, '#', 0) < rest.n)
		fault = "it holds a fragment";
	if (!fault && url.path.n < 2 && url.scheme == URL_OCI)
		fault = "it names no module";
	if (!fault && url.path.n == 0)
		fault = "it names no module; end it with / if that is what the server gives there";
	if (!fault && url.scheme == URL_OCI)
		fault = check_image(url.path, &url.digest);
	if (fault)
		return fault;
	*ret = url;
	return NULL;
}

/* go-containerregistry pkg/name NewRepository, by which the agent reads it (pkg/wasm/imagefetcher.go) */
bool module_url_is_of_docker_hub(const struct module_url *url)
{
	return url->scheme == URL_OCI && str_find(url->authority, '.', 0) == url->authority.n &&
	       str_find(url->authority, ':', 0) == url->authority.n;
}

/* Could the path lead out of a folder? With . or .. segments, or any escape that could stand for one, it is taken
 * to be inside of none. */
static bool has_dot_segments(struct str path)
{
	struct str rest = path, segment;

	do {
		rest = str_cut(rest, '/', &segment);
		if (str_is(segment, ".") || str_is(segment, ".."))
			return true;
	} while (rest.p);
	return str_find(path, '%', 0) < path.n || str_find(path, '\\', 0) < path.n;
}

/* Splits a prefix, which needs no image, into scheme, host and path. */
static bool split(struct str s, struct str *scheme, struct str *authority, struct str *path)
{
	size_t at = str_find_str(s, STR("://"), 0), slash;

	if (at == s.n)
		return false;
	*scheme = str_slice(s, 0, at);
	s = str_slice(s, at + 3, s.n);
	slash = str_find(s, '/', 0);
	*authority = str_slice(s, 0, slash);
	*path = str_slice(s, slash, s.n);
	return true;
}

bool module_url_is_prefix(struct str s)
{
	struct str scheme, authority, path;
	bool       known = false;

	if (!split(s, &scheme, &authority, &path) || check_characters(s))
		return false;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		known = known || str_has_prefix(s, schemes[i]);
	if (str_find(path, '*', 0) < path.n || str_find(path, '#', 0) < path.n || has_dot_segments(path))
		return false;
	return known && (str_is(scheme, "file") ? authority.n == 0 && path.n > 0 : !check_authority(authority));
}

/* go-containerregistry, pkg/name: Registry.Scheme, by which the agent asks a registry for TLS or not. */
static bool is_registry_without_tls(struct str host)
{
	return ip_is(host) || host.p[0] == '[' || str_is(host, "localhost") || str_has_suffix(host, STR(".local")) ||
	       str_has_suffix(host, STR(".localhost"));
}

/* Takes the port off an authority where it is the one that the scheme has without. */
static struct str without_own_port(struct str scheme, struct str authority)
{
	unsigned   own = str_is(scheme, "http") ? 80 : 443;
	size_t     end = authority.n;
	struct str host;
	uint64_t   port;

	while (end > 0 && authority.p[end - 1] != ':' && authority.p[end - 1] != ']')
		end--;
	if (end < 2 || authority.p[end - 1] != ':')
		return authority;
	host = str_slice(authority, 0, end - 1);
	if (str_is(scheme, "oci") && is_registry_without_tls(host))
		return authority;
	return str_to_uint(str_slice(authority, end, authority.n), 65535, &port) && port == own ? host : authority;
}

bool module_url_within(struct str url, struct str prefix)
{
	struct str scheme, authority, path, wanted_scheme, wanted_authority, wanted;

	if (!split(url, &scheme, &authority, &path) || !split(prefix, &wanted_scheme, &wanted_authority, &wanted))
		return false;
	authority = without_own_port(scheme, authority);
	wanted_authority = without_own_port(scheme, wanted_authority);
	if (!str_eq(scheme, wanted_scheme) || !str_eq_nocase(authority, wanted_authority) || has_dot_segments(path))
		return false;
	if (!str_has_prefix(path, wanted))
		return false;
	/* Beneath a folder; else at a segment's end, or at the tag or digest of exactly this image. */
	if (wanted.n && wanted.p[wanted.n - 1] == '/')
		return path.n > wanted.n;
	return path.n == wanted.n || strchr("/:@", path.p[wanted.n]) != NULL;
}
