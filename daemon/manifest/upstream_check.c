/* The rules of one upstream. */
#include "base/arena.h"
#include "base/limits.h"
#include "manifest/check.h"
#include "names/cluster_name.h"
#include "names/hostname.h"

static bool given(const struct node *object, const char *field)
{
	return node_get(object, field) != NULL;
}

/* ---- fields that have no meaning together ---- */

struct conflict {
	const char *field;
	const char *with;
};

static const char *const host_only_fields[] = {
	"targetPort",
	"tls",
	"endpoints",
	"resolution",
	"via",
	"clusterName",
	"isolated",
	"connectTimeout",
	"connectionPool",
	"outlierDetection",
	"location",
	"exportTo",
	NULL,
};

static void refuse_fields(struct check *c, const struct upstream *u, const char *const *fields, const char *why)
{
	for (size_t i = 0; fields[i]; i++)
		if (given(u->node, fields[i]))
			check_fail(c, CO_FIELD_CONFLICT, u->node, fields[i], ARGS(str_c(fields[i]), str_c(why)));
}

static void check_conflicts(struct check *c, const struct upstream *u)
{
	static const char *const subset[] = { "subset", NULL };
	static const char *const cluster_name[] = { "clusterName", NULL };
	static const char *const envoy_filter_ignores[] = { "exportTo", "location", NULL };

	if (u->service)
		refuse_fields(c, u, host_only_fields, "for an in-mesh service: istiod makes its cluster");
	else if (str_present(u->cluster))
		refuse_fields(c, u, host_only_fields, "for a cluster that the proxy already has");
	if (!u->service)
		refuse_fields(c, u, subset, "without service");
	if (!upstream_is_host(u))
		return;
	if (u->via != VIA_ENVOY_FILTER)
		refuse_fields(c, u, cluster_name, "without via: envoyFilter");
	else
		refuse_fields(c, u, envoy_filter_ignores, "with via: envoyFilter: there is no ServiceEntry");
	if (u->via == VIA_ENVOY_FILTER && u->isolated == TRI_NO)
		check_fail(c, CO_FIELD_CONFLICT, u->node, "isolated",
		           ARGS(STR("isolated: false"),
		                STR("with via: envoyFilter: the cluster has a name of its own")));
}

/* ---- the host ---- */

/* URLs put IPv6 addresses in brackets; endpoints do not. */
static struct str without_brackets(struct str s)
{
	return s.n > 2 && s.p[0] == '[' && s.p[s.n - 1] == ']' ? str_slice(s, 1, s.n - 1) : s;
}

/* `https://auth.example.com:8443/check` in its parts. Of other schemes than those of HTTP nobody can tell which fields they mean,
 * and what stands behind # is not sent. */
static void help_with_url(struct check *c, struct diag *d, const struct upstream *u)
{
	size_t     at = str_find_str(u->host, STR("://"), 0);
	struct str scheme = at < u->host.n ? str_slice(u->host, 0, at) : STR("");
	struct str rest = at < u->host.n ? str_slice(u->host, at + 3, u->host.n) : u->host, host, port, help;
	bool       plain = str_eq_nocase(scheme, STR("http")), secure = str_eq_nocase(scheme, STR("https"));
	size_t     path = str_find(rest, '/', 0), end = str_find(rest, '#', 0);
	uint64_t   number = 1;

	port = str_cut(str_slice(rest, 0, path), ':', &host);
	if ((scheme.n && !plain && !secure) || hostname_check(host, NULL) != HOSTNAME_OK ||
	    (str_present(port) && !str_to_uint(port, UINT16_MAX, &number)) || number == 0) {
		diag_help(c->diags, d, "give the bare name; port, tls and path are fields of their own", NO_ARGS);
		return;
	}
	help = STR_CONCAT(c->arena, STR("write `host: "), host, STR("`"));
	if (str_present(port))
		help = STR_CONCAT(c->arena, help, STR(", `port: "), port, STR("`"));
	if (path + 1 < end)
		help = STR_CONCAT(c->arena, help, STR(", `path: "), str_slice(rest, path, end), STR("`"));
	if (plain)
		help = STR_CONCAT(c->arena, help, STR(", `tls: {mode: DISABLE}`"));
	else if (secure && str_present(port))
		help = STR_CONCAT(c->arena, help, STR(", `tls: {}`"));
	diag_help_text(c->diags, d, help);
}

static void refuse_host(struct check *c, const struct upstream *u, enum hostname_fault fault, struct str culprit)
{
	static const struct {
		enum hostname_fault fault;
		enum diag_code      code;
	} codes[] = {
		{ HOSTNAME_WILDCARD, CO_HOST_WILDCARD },
		{ HOSTNAME_IP, CO_HOST_IP },
		{ HOSTNAME_URL, CO_HOST_URL },
	};
	struct diag *d;

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (codes[i].fault != fault)
			continue;
		d = check_fail(c, codes[i].code, u->node, "host", ARGS(u->host));
		if (fault == HOSTNAME_IP)
			diag_help(c->diags, d, "name the host as you like and add `endpoints: [{address: \"{}\"}]`",
			          ARGS(without_brackets(u->host)));
		else if (fault == HOSTNAME_URL)
			help_with_url(c, d, u);
		else
			diag_help(c->diags, d, "write an upstream for each host that is called", NO_ARGS);
		return;
	}
	d = check_fail(c, CO_HOST_INVALID, u->node, "host", ARGS(u->host, str_c(hostname_fault_text(fault))));
	if (fault == HOSTNAME_BAD_LABEL && culprit.n < u->host.n)
		diag_help(c->diags, d, "the label \"{}\" is at fault", ARGS(culprit));
}

static bool host_in_cluster(const struct check *c, struct str host)
{
	return hostname_in_domain(host, c->mesh->spec->cluster_domain) || hostname_in_domain(host, STR("svc"));
}

static void check_host_in_cluster(struct check *c, const struct upstream *u)
{
	struct str   name, rest, namespace, domain;
	struct diag *d;

	if (!host_in_cluster(c, u->host))
		return;
	if (u->via == VIA_ENVOY_FILTER) {
		check_warn(c, CO_CLUSTER_PLAINTEXT, u->node, "host", ARGS(u->host, STR("an EnvoyFilter cluster")));
		return;
	}
	d = check_fail(c, CO_HOST_IN_CLUSTER, u->node, "host", ARGS(u->host));
	rest = str_cut(u->host, '.', &name);
	domain = str_cut(rest, '.', &namespace);
	if (dns_label_is(name) && dns_label_is(namespace) &&
	    (str_is(domain, "svc") || str_has_prefix(domain, STR("svc."))))
		diag_help(c->diags, d, "write `service: {name: {}, namespace: {}}` and the Service's port",
		          ARGS(name, namespace));
	else
		diag_help(c->diags, d, "write `service: {name: …, namespace: …}` and the Service's port", NO_ARGS);
}

/* <upstream>.<manifest>.<namespace>.<isolatedSuffix> */
static bool has_form_of_isolated(struct str host, struct str suffix)
{
	struct str rest = host, label;

	for (int i = 0; i < 3; i++)
		rest = str_cut(rest, '.', &label);
	return str_present(rest) && hostname_same(rest, suffix);
}

static void check_host(struct check *c, const struct upstream *u)
{
	struct str          culprit;
	enum hostname_fault fault = hostname_check(u->host, &culprit);
	struct str          isolated;

	if (fault != HOSTNAME_OK) {
		refuse_host(c, u, fault, culprit);
		return;
	}
	check_host_in_cluster(c, u);
	/* pkg/config/resource ResolveShortnameToFQDN: the DestinationRule would be of another host, and TLS would be lost. */
	if (u->isolated == TRI_NO && str_find(u->host, '.', 0) == u->host.n)
		check_fail(c, CO_FIELD_CONFLICT, u->node, "isolated",
		           ARGS(STR("isolated: false"), STR("for a host without a dot: Istio takes it for a Service of "
		                                            "the namespace in a DestinationRule")));
	if (u->isolated == TRI_NO && has_form_of_isolated(u->host, c->mesh->spec->isolated_suffix))
		check_fail(c, CO_FIELD_CONFLICT, u->node, "isolated",
		           ARGS(STR("isolated: false"),
		                STR("for a name of this form: it would take an isolated upstream's own name")));
	if (u->isolated == TRI_NO || !str_present(u->name) || upstream_via(u, c->manifest, c->mesh) == VIA_ENVOY_FILTER)
		return;
	isolated = upstream_isolated_host(c->arena, u, c->manifest, c->mesh);
	if (isolated.n > LIMIT_OBJECT_NAME_BYTES)
		check_fail(c, CO_ISOLATED_TOO_LONG, u->node, "name", ARGS(str_from_uint(c->arena, isolated.n)));
}

/* ---- ports, endpoints, resolution ---- */

static bool dials_443(const struct upstream *u)
{
	if (u->port == 443 || upstream_dialled_port(u) == 443)
		return true;
	for (size_t i = 0; i < u->endpoints.n; i++)
		if (((const struct endpoint *)u->endpoints.items)[i].port == 443)
			return true;
	return false;
}

static void check_tls_said(struct check *c, const struct upstream *u)
{
	struct diag *d;

	if (given(u->node, "tls") || !given(u->node, "port") || !dials_443(u))
		return;
	d = check_fail(c, CO_TLS_UNSAID, u->node,
	               u->port == 443 || !given(u->node, "targetPort") ? "port" : "targetPort", NO_ARGS);
	diag_help(c->diags, d, "add `tls: {}`, or `tls: {mode: DISABLE}` if the port really is plaintext",
	          ARGS(STR("{}")));
}

/* The Service's address is dialled, and the sidecar behind it may accept only the mesh's mutual TLS. */
static void check_endpoint_in_cluster(struct check *c, const struct upstream *u, const struct endpoint *e)
{
	if (host_in_cluster(c, e->address) && u->tls->mode != TLS_ISTIO_MUTUAL)
		check_warn(c, CO_CLUSTER_PLAINTEXT, e->node, "address",
		           ARGS(e->address, u->via == VIA_ENVOY_FILTER ? STR("an EnvoyFilter cluster")
		                                                       : STR("a cluster of our own")));
}

static void check_endpoint(struct check *c, const struct upstream *u, const struct endpoint *e)
{
	struct str   usual = without_brackets(e->address);
	const char  *fault = NULL;
	struct diag *d;

	if (!str_present(e->address))
		return;
	/* Envoy's sockets of IPv6 are for IPv6 alone, IPV6_V6ONLY (measured: 503). */
	if (ip_is_mapped(c->arena, e->address, &usual))
		fault = "an IPv4 address in the form of IPv6, to which Envoy does not connect";
	else if (ip_is(e->address))
		return;
	else if (ip_is_v6(usual))
		fault = "an IPv6 address in brackets";
	else if (upstream_resolution(u) == RESOLUTION_STATIC)
		fault = "not an IP address, which resolution STATIC needs";
	else if (hostname_check(e->address, NULL) != HOSTNAME_OK)
		fault = "neither an IP address nor a host name";
	if (!fault) {
		check_endpoint_in_cluster(c, u, e);
		return;
	}
	d = check_fail(c, CO_ADDRESS_INVALID, e->node, "address", ARGS(e->address, str_c(fault)));
	if (ip_is(usual))
		diag_help(c->diags, d, "write `address: \"{}\"`", ARGS(usual));
}

static void check_endpoints(struct check *c, const struct upstream *u)
{
	unsigned resolution = upstream_resolution(u);

	for (size_t i = 0; i < u->endpoints.n; i++)
		check_endpoint(c, u, (const struct endpoint *)u->endpoints.items + i);
	if (resolution == RESOLUTION_STATIC && !u->endpoints.node)
		check_fail(c, CO_ENDPOINTS_MISSING, u->node, "resolution", NO_ARGS);
	if (resolution == RESOLUTION_DNS_ROUND_ROBIN && u->endpoints.n > 1)
		check_fail(c, CO_ENDPOINTS_COUNT, u->node, "endpoints", ARGS(str_from_uint(c->arena, u->endpoints.n)));
}

/* ---- TLS: istio pkg/config/validation/agent ValidateTLS ---- */

struct tls_rule {
	enum tls_mode mode;
	const char   *field;
};

static const struct tls_rule tls_without_meaning[] = {
	{ TLS_SIMPLE, "clientCertificate" },
	{ TLS_SIMPLE, "privateKey" },
	{ TLS_DISABLE, "sni" },
	{ TLS_DISABLE, "subjectAltNames" },
	{ TLS_DISABLE, "caCertificates" },
	{ TLS_DISABLE, "clientCertificate" },
	{ TLS_DISABLE, "privateKey" },
	{ TLS_DISABLE, "credentialName" },
	{ TLS_DISABLE, "insecureSkipVerify" },
	{ TLS_ISTIO_MUTUAL, "caCertificates" },
	{ TLS_ISTIO_MUTUAL, "clientCertificate" },
	{ TLS_ISTIO_MUTUAL, "privateKey" },
	{ TLS_ISTIO_MUTUAL, "credentialName" },
	{ TLS_ISTIO_MUTUAL, "insecureSkipVerify" },
};

static void tls_fail(struct check *c, const struct tls *tls, const char *field, const char *what)
{
	check_fail(c, CO_TLS_FIELD, tls->node, field,
	           ARGS(field_word(tls_mode_words, tls->mode), str_c(field), str_c(what)));
}

static void check_tls_fields(struct check *c, const struct tls *tls)
{
	static const char *const with_credential[] = { "caCertificates", "clientCertificate", "privateKey" };
	static const char *const with_insecure[] = { "caCertificates", "subjectAltNames" };

	for (size_t i = 0; i < sizeof(tls_without_meaning) / sizeof(tls_without_meaning[0]); i++)
		if (tls->mode == tls_without_meaning[i].mode && given(tls->node, tls_without_meaning[i].field))
			tls_fail(c, tls, tls_without_meaning[i].field, "has no meaning");
	if (tls->mode == TLS_MUTUAL && !given(tls->node, "credentialName")) {
		if (!given(tls->node, "clientCertificate"))
			tls_fail(c, tls, "clientCertificate", "or credentialName is required");
		if (!given(tls->node, "privateKey"))
			tls_fail(c, tls, "privateKey", "or credentialName is required");
	}
	for (size_t i = 0; i < 3 && given(tls->node, "credentialName") && tls->mode != TLS_DISABLE; i++)
		if (given(tls->node, with_credential[i]))
			tls_fail(c, tls, with_credential[i], "has no meaning beside credentialName");
	if (tls->insecure_skip_verify != TRI_YES)
		return;
	for (size_t i = 0; i < 2; i++)
		if (given(tls->node, with_insecure[i]))
			tls_fail(c, tls, with_insecure[i], "has no meaning beside insecureSkipVerify");
	if (tls->mode == TLS_SIMPLE && given(tls->node, "credentialName"))
		tls_fail(c, tls, "credentialName", "has no meaning beside insecureSkipVerify");
}

/* A sidecar loads certificates of a Secret only for a DestinationRule with a workloadSelector, which reaches no
 * proxy of another namespace (cluster_tls.go; measured: TLS is silently dropped). */
static void check_credential(struct check *c, const struct upstream *u)
{
	const struct target *t = c->manifest->spec->target;
	struct diag         *d;

	if (!str_present(u->tls->credential_name) || u->via == VIA_ENVOY_FILTER || t->proxy != PROXY_SIDECAR)
		return;
	if (t->selector && t->selector->match_labels &&
	    !str_eq(c->manifest->metadata->namespace, c->mesh->spec->root_namespace))
		return;
	d = check_fail(c, CO_CREDENTIAL_ON_SIDECAR, u->tls->node, "credentialName", NO_ARGS);
	if (t->selector)
		diag_help(c->diags, d,
		          "in the root namespace the selector reaches only that namespace: use certificate files",
		          NO_ARGS);
}

static bool authority_matches(struct str authority, const struct strings *names)
{
	struct str host;

	str_cut(authority, ':', &host);
	for (size_t i = 0; i < names->n; i++)
		if (hostname_matches(names->items[i], host))
			return true;
	return false;
}

static void check_authority(struct check *c, const struct upstream *u)
{
	struct strings names = upstream_subject_alt_names(c->arena, u);
	struct str     what = STR("a name of the certificate that TLS verifies");

	if (!str_present(u->authority) || !upstream_has_tls(u) || u->tls->mode == TLS_ISTIO_MUTUAL ||
	    str_present(u->tls->sni))
		return;
	if (names.n == 0) { /* insecureSkipVerify: the SNI still is the host */
		what = STR("the name that TLS asks for");
		names.items = ARENA_ARRAY(c->arena, 1, struct str);
		names.items[0] = upstream_sni(u);
		names.n = 1;
	}
	if (!authority_matches(u->authority, &names))
		diag_help(c->diags,
		          check_fail(c, CO_AUTHORITY_TLS, u->node, "authority",
		                     ARGS(u->authority, what, names.items[0])),
		          "set `tls.sni` to the name that TLS is to use, if the two are meant to differ", NO_ARGS);
}

static void check_tls(struct check *c, const struct upstream *u)
{
	if (!given(u->node, "tls") || u->tls->node == u->node)
		return;
	check_tls_fields(c, u->tls);
	check_credential(c, u);
	if (u->tls->mode == TLS_ISTIO_MUTUAL && u->location != LOCATION_INTERNAL)
		check_fail(c, CO_ISTIO_MUTUAL, u->tls->node, "mode", ARGS(STR("needs location: MESH_INTERNAL")));
	if (u->tls->mode == TLS_ISTIO_MUTUAL && u->via == VIA_ENVOY_FILTER)
		check_fail(c, CO_ISTIO_MUTUAL, u->tls->node, "mode",
		           ARGS(STR("is not possible with via: envoyFilter")));
	if (u->via == VIA_ENVOY_FILTER && given(u->tls->node, "credentialName"))
		tls_fail(c, u->tls, "credentialName", "is not possible with via: envoyFilter, which needs files");
}

/* ---- the rest ---- */

/* The name that the upstream would have without clusterName. */
static struct str default_cluster_name(const struct check *c, const struct upstream *u)
{
	struct upstream unnamed = *u;

	unnamed.cluster_name = STR_ABSENT;
	return upstream_envoy_cluster(c->arena, &unnamed, c->manifest);
}

/* Of two clusters that EnvoyFilters add under one name istiod sends the first alone (InsertedClusters in
 * cluster_patch.go): the other filter would call the wrong host, and nobody would say so. */
static const char *cluster_name_fault(const struct check *c, const struct upstream *u)
{
	if (cluster_name_is_istio(u->cluster_name))
		return "has the form of Istio's own names";
	if (cluster_name_is_builtin(u->cluster_name))
		return "is a built-in cluster of Istio's proxies";
	if (str_find(u->cluster_name, '|', 0) < u->cluster_name.n)
		return "holds a |, as only Istio's names do";
	if (cluster_name_is_ours(u->cluster_name) && !str_eq(u->cluster_name, default_cluster_name(c, u)))
		return "has the form of the names that upstreams without clusterName have";
	return NULL;
}

static void check_cluster_name(struct check *c, const struct upstream *u)
{
	struct str  name = str_present(u->cluster_name) ? u->cluster_name : u->cluster;
	const char *fault = str_present(u->cluster_name) ? cluster_name_fault(c, u) : NULL;

	if (fault)
		check_fail(c, CO_CLUSTER_NAME_TAKEN, u->node, "clusterName", ARGS(u->cluster_name, str_c(fault)));
	if (str_present(name) && u->protocol == PROTOCOL_GRPC && cluster_name_is_protobuf(name))
		check_fail(c, CO_CLUSTER_NAME_PROTOBUF, u->node,
		           str_present(u->cluster_name) ? "clusterName" : "cluster", ARGS(name));
}

void check_upstream(struct check *c, const struct upstream *u)
{
	check_conflicts(c, u);
	check_cluster_name(c, u);
	check_kept(c, u->node, "path", u->path);
	check_kept(c, u->node, "cluster", u->cluster);
	check_kept(c, u->node, "clusterName", u->cluster_name);
	if (u->service && u->port == INT_ABSENT && !given(u->node, "port"))
		check_fail(c, CO_SERVICE_PORT, u->node, "service", NO_ARGS);
	if (!upstream_is_host(u) || !u->tls)
		return;
	check_host(c, u);
	check_tls_said(c, u);
	check_endpoints(c, u);
	check_tls(c, u);
	check_authority(c, u);
	check_exposure(c, u);
}
