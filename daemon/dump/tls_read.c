/* Transport sockets: envoy/extensions/transport_sockets/tls/v3. Istio writes a single transport_socket, or, with HBONE or
 * automatic mTLS, transport_socket_matches: hbone, tlsMode-istio, tlsMode-disabled, user (istio pilot cluster_tls.go). */
#include "dump/reading.h"

static void read_san(struct dump_reader *r, struct tls_facts *tls)
{
	bool exact = false;
	int  key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_SAN, &key)) {
		if (key == K_MATCHER) {
			read_san(r, tls); /* a typed matcher wraps the plain one */
			exact = true;
			continue;
		}
		if (!tls->names)
			tls->names = ARENA_ARRAY(r->scratch, KEPT_NAMES, struct str);
		if (tls->n_names < KEPT_NAMES)
			tls->names[tls->n_names++] = take_text(r);
		exact = true;
	}
	if (!exact)
		tls->has_matchers = true;
}

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

/* CertificateValidationContext */
static void read_context(struct dump_reader *r, struct tls_facts *tls)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_TLS, &key)) {
		if (key == K_SAN_LIST && json_scan_enter_array(r->scan)) {
			while (json_scan_next_item(r->scan))
				read_san(r, tls);
		} else if (key == K_TRUSTED_CA) {
			tls->ca = read_data_source(r);
			tls->verifies = true;
		} else if (key == K_SYSTEM_ROOTS) {
			tls->ca = STR("system");
			tls->verifies = true;
		} else if (key == K_TRUST_CHAIN) {
			tls->untrusted = json_scan_string_is(r->scan, STR("ACCEPT_UNTRUSTED"));
		}
	}
}

static void read_ca_secret(struct dump_reader *r, struct tls_facts *tls)
{
	tls->ca = read_secret_name(r);
	tls->verifies = str_present(tls->ca);
}

static void read_certificates(struct dump_reader *r, struct proxy_cluster *c, struct tls_facts *tls, bool secret)
{
	if (!json_scan_enter_array(r->scan))
		return;
	while (json_scan_next_item(r->scan))
		tls->certificate = secret ? read_secret_name(r) : STR("files");
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
		else if (key == K_CERTIFICATE_SDS || key == K_CERTIFICATES)
			read_certificates(r, c, tls, key == K_CERTIFICATE_SDS);
	}
}

static void read_upstream_tls(struct dump_reader *r, struct proxy_cluster *c, struct tls_facts *tls)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_TLS, &key)) {
		if (key == K_TYPE_URL) {
			struct str url = take_text(r);

			tls->tls = tls->tls || str_has_suffix(url, STR(".UpstreamTlsContext"));
		} else if (key == K_UPSTREAM_TLS) {
			tls->tls = true;
			read_upstream_tls(r, c, tls);
		} else if (key == K_INNER_SOCKET) { /* internal_upstream, upstream_proxy_protocol, tap wrap another */
			transport_socket_read(r, c, tls);
		} else if (key == K_COMMON_TLS) {
			read_common(r, c, tls);
		} else if (key == K_SNI) {
			tls->sni = take_text(r);
		} else if (key == K_AUTO_SNI) {
			c->auto_sni = take_bool(r) || c->auto_sni;
		} else if (key == K_AUTO_SAN) {
			tls->auto_san = take_bool(r) || tls->auto_san;
		}
	}
}

void transport_socket_read(struct dump_reader *r, struct proxy_cluster *c, struct tls_facts *tls)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_TLS, &key))
		if (key == K_NAME)
			tls->tls = json_scan_string_is(r->scan, STR("envoy.transport_sockets.tls")) || tls->tls;
		else if (key == K_TYPED_CONFIG)
			read_upstream_tls(r, c, tls);
}

/* The sockets of the mesh itself are known by their names; what is left is what a call to the outside gets. */
static bool read_match(struct dump_reader *r, struct proxy_cluster *c)
{
	bool auto_san = c->tls.auto_san;
	char buf[64];
	int  key;

	if (!json_scan_enter_object(r->scan))
		return false;
	while (next_key(r, KEYS_TLS, &key)) {
		struct json_text t;

		if (key == K_INNER_SOCKET) {
			c->tls = (struct tls_facts){ .auto_san = auto_san };
			transport_socket_read(r, c, &c->tls);
		} else if (key == K_NAME && json_scan_string(r->scan, buf, sizeof(buf), &t)) {
			if (str_is(t.text, "tlsMode-istio") || str_is(t.text, "hbone")) {
				c->mesh_tls = c->mesh_tls || str_is(t.text, "tlsMode-istio");
				json_scan_leave(r->scan);
				return false;
			}
			if (str_is(t.text, "tlsMode-disabled")) {
				json_scan_leave(r->scan);
				return false;
			}
		}
	}
	return true;
}

void transport_socket_matches_read(struct dump_reader *r, struct proxy_cluster *c)
{
	if (!json_scan_enter_array(r->scan))
		return;
	while (json_scan_next_item(r->scan))
		read_match(r, c);
}
