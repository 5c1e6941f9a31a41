/* Transport sockets: envoy/extensions/transport_sockets/tls/v3. Istio writes a single transport_socket, or, with HBONE or
 * automatic mTLS, transport_socket_matches: hbone, tlsMode-istio, tlsMode-disabled, user (istio pilot cluster_tls.go). */
#include "dump/reading.h"
#include "names/hostname.h"

/* ---- names that are accepted ---- */

struct san {
	struct str exact;
	struct str pattern;
	struct str type; /* of a typed matcher; absent: any kind of name */
	bool       any;
};

/* RegexMatcher: expressions that take everything. */
static void read_regex(struct dump_reader *r, struct san *san)
{
	static const char *const all[] = { ".*", "^.*$", ".+", "^.+$" };
	struct str               regex = STR("");
	int                      key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_SAN, &key))
		if (key == K_REGEX)
			regex = take_text(r);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		san->any = san->any || str_is(regex, all[i]);
	san->pattern = STR_CONCAT(r->scratch, STR("regex "), regex);
}

static void read_matcher(struct dump_reader *r, struct san *san)
{
	static const struct {
		int         key;
		const char *word;
	} patterns[] = { { K_PREFIX, "prefix " }, { K_SUFFIX, "suffix " }, { K_CONTAINS, "contains " } };
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_SAN, &key)) {
		if (key == K_MATCHER)
			read_matcher(r, san); /* a typed matcher wraps the plain one */
		else if (key == K_EXACT)
			san->exact = take_text(r);
		else if (key == K_SAN_TYPE)
			san->type = take_text(r);
		else if (key == K_SAFE_REGEX)
			read_regex(r, san);
		for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
			if (key == patterns[i].key)
				san->pattern = STR_CONCAT(r->scratch, str_c(patterns[i].word), take_text(r));
	}
}

/* The kinds of name that a manifest can ask for; what has a scheme (spiffe://…) is a URI. */
static bool is_of_hosts(const struct san *san)
{
	if (str_is(san->type, "URI"))
		return str_present(san->exact) && str_find_str(san->exact, STR("://"), 0) < san->exact.n;
	if (str_is(san->type, "DNS") ||
	    str_is(san->type, "IP_ADDRESS")) /* an address stands in none but its own kind */
		return !str_present(san->exact) || ip_is(san->exact) == str_is(san->type, "IP_ADDRESS");
	return !str_present(san->type);
}

static void read_san(struct dump_reader *r, struct tls_facts *tls)
{
	struct san san = { .exact = STR_ABSENT, .pattern = STR_ABSENT, .type = STR_ABSENT };

	read_matcher(r, &san);
	if (!is_of_hosts(&san)) {
		tls->odd_name =
			STR_CONCAT(r->scratch, san.type, STR(" "), str_present(san.exact) ? san.exact : STR(""));
		return;
	}
	if (!str_present(san.exact)) {
		tls->pattern = str_present(san.pattern) ? san.pattern : STR("a pattern");
		tls->any_name = tls->any_name || san.any;
		return;
	}
	if (tls->n_names == KEPT_NAMES) {
		tls->names_cut = true;
		return;
	}
	/* Every cluster of a mesh has names, and nearly all of one: room for all that may be there would be zeroed each time. */
	tls->names = ARENA_LIST(r->scratch, tls->names, tls->n_names, &tls->cap_names, struct str);
	tls->names[tls->n_names++] = san.exact;
}

/* ---- trust ---- */

/* DataSource: only a file has a name. */
static struct str read_data_source(struct dump_reader *r)
{
	struct str name = STR("inline");
	int        key;

	if (!json_scan_enter_object(r->scan))
		return STR_ABSENT;
	while (next_key(r, KEYS_TLS, &key))
		if (key == K_FILENAME)
			name = take_text(r);
	return name;
}

static struct str read_secret_name(struct dump_reader *r)
{
	struct str name = STR_ABSENT;
	int        key;

	if (!json_scan_enter_object(r->scan))
		return name;
	while (next_key(r, KEYS_TLS, &key))
		if (key == K_NAME)
			name = take_text(r);
	return name;
}

/* match_typed_subject_alt_names, in whose presence match_subject_alt_names counts for nothing; typed: they were met. */
static void read_sans(struct dump_reader *r, struct tls_facts *tls, bool of_typed, bool *typed)
{
	if (!json_scan_enter_array(r->scan))
		return;
	while (json_scan_next_item(r->scan)) {
		if (of_typed && !*typed) {
			tls->n_names = 0;
			tls->names_cut = tls->any_name = false;
			tls->pattern = tls->odd_name = STR_ABSENT;
			*typed = true;
		}
		if (of_typed || !*typed)
			read_san(r, tls);
	}
}

/* CertificateValidationContext */
static void read_context(struct dump_reader *r, struct tls_facts *tls)
{
	bool typed = false;
	int  key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_TLS, &key)) {
		if (key == K_SAN_LIST || key == K_TYPED_SANS) {
			read_sans(r, tls, key == K_TYPED_SANS, &typed);
		} else if (key == K_TRUSTED_CA) {
			tls->ca = read_data_source(r);
			tls->verifies = true;
		} else if (key == K_SYSTEM_ROOTS) {
			tls->ca = STR("system");
			tls->verifies = true;
		} else if (key == K_EXPIRED) {
			tls->expired = take_bool(r);
		} else if (key == K_TRUST_CHAIN) {
			tls->untrusted = json_scan_string_is(r->scan, STR("ACCEPT_UNTRUSTED"));
		} else if (key == K_PINNED) {
			tls->special = STR("the certificate of one server");
		} else if (key == K_VALIDATOR) {
			tls->special = STR("a validator of its own");
		}
	}
}

static void read_ca_secret(struct dump_reader *r, struct tls_facts *tls)
{
	tls->ca = read_secret_name(r);
	tls->verifies = str_present(tls->ca);
}

/* TlsCertificate */
static struct str read_certificate(struct dump_reader *r)
{
	struct str name = STR("inline");
	int        key;

	if (!json_scan_enter_object(r->scan))
		return STR_ABSENT;
	while (next_key(r, KEYS_TLS, &key))
		if (key == K_CERTIFICATE_CHAIN)
			name = read_data_source(r);
	return name;
}

static void read_certificates(struct dump_reader *r, struct proxy_cluster *c, struct tls_facts *tls, bool secret)
{
	if (!json_scan_enter_array(r->scan))
		return;
	while (json_scan_next_item(r->scan))
		tls->certificate = secret ? read_secret_name(r) : read_certificate(r);
	if (secret && str_is(tls->certificate, "default"))
		c->istio_tls = true; /* the workload's own: ISTIO_MUTUAL */
}

static void read_combined(struct dump_reader *r, struct tls_facts *tls)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_TLS, &key))
		if (key == K_DEFAULT_CONTEXT)
			read_context(r, tls);
		else if (key == K_CONTEXT_SDS)
			read_ca_secret(r, tls);
}

static void read_alpn(struct dump_reader *r, struct tls_facts *tls)
{
	bool h2 = false, h1 = false;

	if (!json_scan_enter_array(r->scan))
		return;
	while (json_scan_next_item(r->scan)) {
		struct str name = take_text(r);

		h2 = h2 || str_is(name, "h2");
		h1 = h1 || str_is(name, "http/1.1");
	}
	tls->offers_h2 = h2;
	tls->only_h1 = h1 && !h2;
}

/* TLS_AUTO is as if nothing were said. */
static enum tls_version read_version(struct dump_reader *r)
{
	static const char *const names[] = {
		[TLS_1_0] = "TLSv1_0", [TLS_1_1] = "TLSv1_1", [TLS_1_2] = "TLSv1_2", [TLS_1_3] = "TLSv1_3"
	};
	struct str text = take_text(r);

	for (enum tls_version v = TLS_1_0; v <= TLS_1_3; v++)
		if (str_is(text, names[v]))
			return v;
	return TLS_UNSAID;
}

/* TlsParameters */
static void read_versions(struct dump_reader *r, struct tls_facts *tls)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_TLS, &key))
		if (key == K_TLS_MAXIMUM)
			tls->highest = read_version(r);
		else if (key == K_TLS_MINIMUM)
			tls->lowest = read_version(r);
}

static void read_common(struct dump_reader *r, struct proxy_cluster *c, struct tls_facts *tls)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_TLS, &key)) {
		if (key == K_COMBINED)
			read_combined(r, tls);
		else if (key == K_CONTEXT)
			read_context(r, tls);
		else if (key == K_CONTEXT_SDS)
			read_ca_secret(r, tls);
		else if (key == K_ALPN)
			read_alpn(r, tls);
		else if (key == K_TLS_PARAMS)
			read_versions(r, tls);
		else if (key == K_CERTIFICATE_SDS || key == K_CERTIFICATES)
			read_certificates(r, c, tls, key == K_CERTIFICATE_SDS);
	}
}

static void read_type(struct dump_reader *r, struct tls_facts *tls)
{
	struct str url = take_text(r);

	tls->typed = true;
	tls->tls = tls->tls || str_has_suffix(url, STR(".UpstreamTlsContext"));
	tls->proxy_protocol = tls->proxy_protocol || str_has_suffix(url, STR(".ProxyProtocolUpstreamTransport"));
}

static void read_upstream_tls(struct dump_reader *r, struct proxy_cluster *c, struct tls_facts *tls)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_TLS, &key)) {
		if (key == K_TYPE_URL) {
			read_type(r, tls);
		} else if (key == K_VALUE) {
			read_upstream_tls(r, c, tls);
		} else if (key == K_UPSTREAM_TLS) {
			tls->tls = true;
			read_upstream_tls(r, c, tls);
		} else if (key == K_INNER_SOCKET) { /* internal_upstream, upstream_proxy_protocol, tap wrap another */
			transport_socket_read(r, c, tls);
		} else if (key == K_COMMON_TLS) {
			read_common(r, c, tls);
		} else if (key == K_SNI) {
			tls->sni = take_text(r);
		} else if (key == K_HOST_SNI) {
			tls->host_sni = take_bool(r);
		} else if (key == K_SAN_BY_SNI) {
			tls->san_by_sni = take_bool(r);
		}
	}
}

/* What is written decides; the name does only where nothing is. */
void transport_socket_read(struct dump_reader *r, struct proxy_cluster *c, struct tls_facts *tls)
{
	bool named = false;
	int  key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_TLS, &key))
		if (key == K_NAME)
			named = json_scan_string_is(r->scan, STR("envoy.transport_sockets.tls"));
		else if (key == K_TYPED_CONFIG)
			read_upstream_tls(r, c, tls);
	tls->tls = tls->tls || (named && !tls->typed);
}

/* ---- several sockets, chosen by labels ---- */

/* Values of a Struct: any scalar is compared. */
static void read_labels(struct dump_reader *r, struct label_set *labels)
{
	labels->items = settings_read(r, KEPT_MATCH_LABELS, &labels->n, &labels->cut);
}

void endpoint_labels_read(struct dump_reader *r, struct label_set *sockets, struct label_set *subsets)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_ENDPOINT, &key))
		if (key == K_FILTER_METADATA && json_scan_enter_object(r->scan))
			while (next_key(r, KEYS_ENDPOINT, &key)) {
				if (key == K_MATCH)
					read_labels(r, sockets);
				else if (key == K_LB_LABELS && subsets)
					read_labels(r, subsets);
			}
}

/* The sockets of the mesh itself are known by their names; what is left is what a call to the outside gets. */
static void read_match(struct dump_reader *r, struct proxy_cluster *c)
{
	struct socket_match m = { 0 };
	bool                mesh = false, hbone = false, istio_tls = c->istio_tls;
	char                buf[64];
	int                 key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_TLS, &key)) {
		struct json_text t;

		if (key == K_INNER_SOCKET) {
			transport_socket_read(r, c, &m.tls);
		} else if (key == K_MATCH) {
			read_labels(r, &m.labels);
		} else if (key == K_NAME && json_scan_string(r->scan, buf, sizeof(buf), &t)) {
			mesh = str_is(t.text, "tlsMode-istio");
			hbone = str_is(t.text, "hbone");
		}
	}
	if (mesh || hbone)
		c->istio_tls = istio_tls;
	if (hbone)
		return;
	if (mesh) {
		c->mesh_tls = true;
		c->mesh = arena_copy(r->scratch, &m, sizeof(m));
		return;
	}
	if (!c->matches)
		c->matches = ARENA_ARRAY(r->scratch, KEPT_MATCHES, struct socket_match);
	c->matches_cut = c->matches_cut || m.labels.cut || c->n_matches == KEPT_MATCHES;
	if (c->n_matches < KEPT_MATCHES)
		c->matches[c->n_matches++] = m;
}

void transport_socket_matches_read(struct dump_reader *r, struct proxy_cluster *c)
{
	if (!json_scan_enter_array(r->scan))
		return;
	while (json_scan_next_item(r->scan))
		read_match(r, c);
}
