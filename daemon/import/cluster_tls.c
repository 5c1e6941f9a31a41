/* TLS of clusters that EnvoyFilters add. */
#include "base/arena.h"
#include "import/building.h"
#include "plan/plan.h"

static bool is_set(const struct node *n)
{
	return n && n->kind != NODE_NULL;
}

/* As Envoy's API v2 had it, where istiod of today knows no such field. Beside a transport_socket nothing looked at it
 * (!has_transport_socket() in createTransportSocketFactory of upstream_impl.cc). */
static const struct node *old_context(const struct node *cluster)
{
	const struct node *context = node_member(cluster, "tls_context");

	return context && context->kind == NODE_MAP && !is_set(node_member(cluster, "transport_socket")) ? context
	                                                                                                 : NULL;
}

bool cluster_is_tls(const struct node *cluster)
{
	const struct node *socket = node_member(cluster, "transport_socket");
	struct str         type = config_type(socket), name = text_at(socket, "name");

	if (old_context(cluster))
		return true;
	if (str_present(type))
		return str_ends_with_nocase(type, STR("UpstreamTlsContext"));
	return str_is(name, "tls") || str_ends_with_nocase(name, STR(".tls"));
}

bool cluster_is_plain(const struct node *cluster)
{
	const struct node *socket = node_member(cluster, "transport_socket");
	struct str         type = config_type(socket);

	if (old_context(cluster))
		return false;
	return !is_set(socket) || str_ends_with_nocase(type, STR("RawBuffer")) ||
	       (!str_present(type) && str_ends_with_nocase(text_at(socket, "name"), STR("raw_buffer")));
}

const struct node *cluster_tls(const struct node *cluster)
{
	const struct node *context = old_context(cluster);

	return context ? context : typed_config(node_member(cluster, "transport_socket"));
}

/* Names that verify the certificate, of an entry of match_typed_subject_alt_names or its older form. */
static struct str exact_name(const struct node *n)
{
	return text_at(node_get(n, "matcher") ? node_get(n, "matcher") : n, "exact");
}

static void build_envoy_names(struct building *b, struct node *to, const struct node *validation, struct str expected)
{
	const struct node *names = node_member(validation, "match_typed_subject_alt_names");
	struct node       *list = NULL;

	names = names ? names : node_member(validation, "match_subject_alt_names");
	if (!names || names->count == 0) {
		import_note(b->im, b->origin, validation,
		            "the certificate will have to be of the host's name, where nothing was said before");
		return;
	}
	if (names->count == 1 && str_eq(exact_name(names->first), expected))
		return;
	NODE_EACH (n, names) {
		list = list || !str_present(exact_name(n)) ? list : put(b->im->arena, to, "subjectAltNames", NODE_LIST);
		if (str_present(exact_name(n)))
			put_text(b->im->arena, list, NULL, exact_name(n));
		else
			import_lost(b->im, b->origin, n, STR("a name of the certificate that is not exact"));
	}
}

/* Does Envoy verify the server's certificate by something? Names alone are refused (context_impl.cc). */
static const struct node *verifier_of(const struct node *validation)
{
	static const char *const names[] = { "trusted_ca",
		                             "system_root_certs",
		                             "ca_certificate_provider_instance",
		                             "verify_certificate_spki",
		                             "verify_certificate_hash",
		                             "custom_validator_config",
		                             NULL };

	NODE_EACH (n, validation)
		if (n->kind != NODE_NULL && node_is_one_of(n, names))
			return n;
	return NULL;
}

static void build_envoy_verification(struct building *b, struct node *to, const struct node *socket,
                                     const struct node *validation, struct str expected)
{
	static const char *const trusted[] = { "trusted_ca", "filename", NULL };
	static const char *const names[] = { "trusted_ca", "system_root_certs", "match_typed_subject_alt_names",
		                             "match_subject_alt_names", NULL };
	const struct node       *store = node_member(validation, "trusted_ca"), *ca = node_at(validation, trusted);

	import_only(b->im, b->origin, validation, names);
	if (!verifier_of(validation)) {
		import_note(b->im, b->origin, socket, "the certificate is not verified, as it was not before");
		node_set_text(put(b->im->arena, to, "insecureSkipVerify", NODE_BOOL), NODE_BOOL, STR("true"));
		return;
	}
	build_envoy_names(b, to, validation, expected);
	if (store && !ca)
		import_lost(b->im, b->origin, store, STR("an authority that is no file"));
	if (!ca && !node_member(validation, "system_root_certs"))
		import_note(
			b->im, b->origin, store ? store : socket,
			"the certificate will be verified against the system's CAs, and not by what is no file here");
	else if (ca && !str_eq(node_text(ca), proxy_trust_store))
		put_text(b->im->arena, to, "caCertificates", node_text(ca));
}

/* A manifest names files of the proxy; what Envoy reads elsewhere is lost, and so are certificates beside the first. */
static void build_envoy_identity(struct building *b, struct node *to, const struct node *certificates)
{
	static const char *const names[] = { "certificate_chain", "private_key", NULL };
	const struct node       *first = certificates ? certificates->first : NULL;
	const struct node       *chain = node_member(node_member(first, "certificate_chain"), "filename");
	const struct node       *key = node_member(node_member(first, "private_key"), "filename");

	if (!first)
		return;
	if (!chain) {
		import_lost(b->im, b->origin, first, STR("a client certificate that is no file"));
		return;
	}
	import_only(b->im, b->origin, first, names);
	if (first->next)
		import_lost(b->im, b->origin, first->next, STR("a second client certificate"));
	put_text(b->im->arena, to, "clientCertificate", node_text(chain));
	put_text(b->im->arena, to, "privateKey", key ? node_text(key) : STR_ABSENT);
}

static void tell_dead_context(struct building *b, const struct node *cluster)
{
	const struct node *context = node_member(cluster, "tls_context");

	if (is_set(context) && !old_context(cluster))
		import_lost(b->im, b->origin, context, STR("tls_context, which Envoy does not look at here,"));
}

void build_cluster_tls(struct building *b, const struct node *cluster)
{
	static const char *const certificate[] = { "tls_certificates", "", "certificate_chain", "filename", NULL };
	static const char *const config_names[] = { "@type", "sni", "common_tls_context", NULL };
	static const char *const common_names[] = { "tls_certificates", "validation_context", "tls_params",
		                                    "alpn_protocols", NULL };
	const struct node       *config = cluster_tls(cluster), *common = node_member(config, "common_tls_context");
	const struct node       *socket = node_member(cluster, "transport_socket");
	struct arena            *arena = b->im->arena;
	struct node             *to = put(arena, b->node, "tls", NODE_MAP);
	struct str               sni = text_at(config, "sni");

	tell_dead_context(b, cluster);
	if (!cluster_is_tls(cluster)) {
		put_text(arena, to, "mode", STR("DISABLE"));
		return;
	}
	b->tls = true;
	if (old_context(cluster)) {
		socket = old_context(cluster);
		import_note(
			b->im, b->origin, socket,
			"tls_context is of an API that Envoy no longer has; what it says is said by transport_socket "
			"now");
	}
	import_only(b->im, b->origin, config, config_names);
	import_only(b->im, b->origin, common, common_names);
	if (node_at(common, certificate))
		put_text(arena, to, "mode", STR("MUTUAL"));
	if (!str_present(sni))
		import_note(b->im, b->origin, socket,
		            "the host's name will be sent as SNI, where none was sent before");
	else if (!str_eq(sni, b->host))
		put_text(arena, to, "sni", sni);
	if (node_member(common, "combined_validation_context") ||
	    node_member(common, "validation_context_sds_secret_config"))
		import_note(b->im, b->origin, socket,
		            "the certificate will be verified against the system's CAs and the host's name, and not by "
		            "a secret as before");
	else
		build_envoy_verification(b, to, socket, node_member(common, "validation_context"),
		                         str_present(sni) ? sni : b->host);
	build_envoy_identity(b, to, node_member(common, "tls_certificates"));
}
