/* Is the call protected as the manifest says? */
#include "names/hostname.h"
#include "verify/judging.h"

/* Whose settings these are: DestinationRules that lost leave no trace. */
static struct str by_rule(const struct judging *j)
{
	static const struct str before = STR_INIT("/namespaces/"), between = STR_INIT("/destination-rule/");
	struct str              rule = j->cluster->rule;
	size_t                  at = str_find_str(rule, before, 0), middle = str_find_str(rule, between, 0);

	if (at + before.n <= middle && middle < rule.n)
		return TEXT(j, STR(" (settings of DestinationRule "), str_slice(rule, at + before.n, middle), STR("/"),
		            str_slice(rule, middle + between.n, rule.n), STR(")"));
	if (str_present(rule))
		return TEXT(j, STR(" (settings of "), rule, STR(")"));
	return j->expected->kind == CLUSTER_ENVOY_FILTER ? STR("") : STR(" (no DestinationRule applies to it)");
}

static bool has_name(const struct str *names, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq_nocase(names[i], name))
			return true;
	return false;
}

static bool is_host(const struct judging *j)
{
	return j->expected->kind == CLUSTER_SERVICE_ENTRY || j->expected->kind == CLUSTER_ENVOY_FILTER;
}

static bool says_absent(struct judging *j)
{
	struct str why = STR("it has no TLS: the filter's request would go out in plaintext");

	if (j->cluster->alpn_override && str_present(j->cluster->rule))
		why = TEXT(j, why,
		           STR("; a DestinationRule with credentialName on a sidecar without workloadSelector does "
		               "that"));
	else if (j->expected->kind == CLUSTER_SERVICE_ENTRY)
		why = TEXT(j, why, by_rule(j));
	reason_add(j, CO_TLS_ABSENT, true, j->cluster->pos, why);
	return true;
}

static bool says_unverified(struct judging *j, const char *why)
{
	reason_add(j, CO_TLS_UNVERIFIED, true, j->cluster->pos,
	           TEXT(j, str_c(why), str_present(j->cluster->rule) ? by_rule(j) : STR("")));
	return true;
}

void judge_in_part(struct judging *j, struct pos pos, struct str what)
{
	for (const struct reason *r = j->verdict->reasons; r; r = r->next) /* of each socket the same */
		if (r->code == CO_PARTLY_COMPARED && str_eq(r->message, what))
			return;
	reason_add(j, CO_PARTLY_COMPARED, false, pos, what);
	j->verdict->conditional = true;
}

bool judge_each_socket(struct judging *j, bool (*judge)(struct judging *))
{
	const struct proxy_cluster *whole = j->cluster;
	struct proxy_cluster        one = *whole;
	bool                        bad = false;

	if (whole->by_matcher && whole->n_matches)
		return false;
	if (!whole->sockets)
		return judge(j);
	j->cluster = &one;
	for (size_t i = 0; i < whole->n_sockets && !bad; i++) {
		one.tls = whole->sockets[i];
		bad = judge(j);
	}
	j->cluster = whole;
	return bad;
}

/* ---- what is sent as SNI ---- */

struct sent {
	struct str name;   /* absent: nothing */
	struct str text;   /* the same, and where it comes from */
	bool       unseen; /* it is not in the dump: text says what it is */
};

/* Envoy leaves the port out of what it takes for a name. */
static struct str without_port(struct str authority)
{
	return str_slice(authority, 0, str_find(authority, ':', 0));
}

/* With auto_sni the call's authority is sent, whatever is set, unless it is an address (Envoy router.cc). */
static bool sends_authority(const struct judging *j, struct str call)
{
	return j->cluster->auto_sni && str_present(call) && call.p[0] != '[' && !ip_is(call);
}

/* The name of the host's own that auto_host_sni sends: of its endpoint, else what DNS is asked for; absent: an address has none, and
 * then sni is sent (Envoy ClientContextImpl::newSsl). */
static struct str name_of_host(const struct proxy_cluster *c, const struct address *host)
{
	if (str_present(host->name) && host->name.n)
		return host->name;
	return cluster_is_dns(c) ? host->host : STR_ABSENT;
}

/* Of several hosts that of the first to which something else than the wanted name goes. */
static struct str host_name(const struct judging *j)
{
	const struct proxy_cluster *c = j->cluster;
	size_t                      n = c->n_addresses < KEPT_ADDRESSES ? c->n_addresses : KEPT_ADDRESSES;
	struct str                  name = STR_ABSENT;

	for (size_t i = 0; i < n; i++) {
		name = name_of_host(c, &c->addresses[i]);
		if (!str_eq_nocase(str_present(name) ? name : c->tls.sni, j->expected->sni))
			break;
	}
	return name;
}

/* Are there no hosts whose names are seen? */
static bool hides_hosts(const struct proxy_cluster *c)
{
	return c->n_addresses == 0 || (c->type != CLUSTER_STATIC && !cluster_is_dns(c));
}

static struct sent sent_sni(const struct judging *j)
{
	const struct proxy_cluster *c = j->cluster;
	struct str                  call = without_port(j->expected->authority), host;

	if (c->auto_sni && str_present(c->sni_header))
		return (struct sent){ STR_ABSENT,
			              TEXT(j, STR("what the call says in its header "), c->sni_header,
			                   STR(" (override_auto_sni_header)")),
			              true };
	if (sends_authority(j, call))
		return (struct sent){ call, STR("the call's authority (auto_sni)"), false };
	if (c->tls.host_sni && hides_hosts(c))
		return (struct sent){ STR_ABSENT, STR("its host's own name (auto_host_sni), which is not seen here"),
			              true };
	host = c->tls.host_sni ? host_name(j) : STR_ABSENT;
	if (str_present(host))
		return (struct sent){ host, TEXT(j, host, STR(", its host's name (auto_host_sni),")), false };
	return (struct sent){ c->tls.sni, c->tls.sni, false };
}

/* auto_sni_san_validation: the name that is sent takes the place of those that are set. */
static bool accept_sni(const struct judging *j, struct tls_facts *tls)
{
	struct sent sent = sent_sni(j);

	if (!tls->san_by_sni || !(sent.unseen || str_present(sent.name)))
		return false;
	tls->any_name = false;
	tls->pattern = tls->odd_name = STR_ABSENT;
	tls->names_cut = false;
	tls->n_names = !sent.unseen;
	tls->names = ARENA_NEW(j->arena, struct str);
	tls->names[0] = sent.name;
	return true;
}

/* auto_san_validation without an authority to check by: every handshake fails (measured), and nothing is left open. */
static bool takes_none(const struct judging *j)
{
	return j->cluster->auto_san && !j->cluster->tls.verifies && !str_present(j->cluster->tls.special);
}

/* Is the connection by this one socket less protected than the manifest asks for? */
static bool judge_secure(struct judging *j)
{
	const struct tls *want = j->upstream->tls;
	struct tls_facts  facts = j->cluster->tls, *tls = &facts;
	bool              by_sni;

	if (!is_host(j) || !upstream_has_tls(j->upstream))
		return false;
	if (want->mode == TLS_ISTIO_MUTUAL)
		return !j->cluster->istio_tls && !j->cluster->mesh_tls && says_absent(j);
	if (!tls->tls)
		return says_absent(j);
	if (want->insecure_skip_verify == TRI_YES || j->cluster->istio_tls) /* the mesh's own peers alone are trusted */
		return false;
	if ((!tls->verifies && str_present(tls->special)) || takes_none(j))
		return false;
	if (!tls->verifies)
		return says_unverified(j, "it takes any certificate: no certificate authority is set");
	if (tls->untrusted)
		return says_unverified(j, "it takes any certificate: trust_chain_verification is ACCEPT_UNTRUSTED");
	if (tls->expired)
		return says_unverified(j, "it takes certificates that are out of date: allow_expired_certificate");
	by_sni = accept_sni(j, tls);
	if (tls->any_name)
		return says_unverified(j, "it takes the certificate of any name: a pattern fits all of them");
	if (tls->n_names == 0 && !str_present(tls->pattern) && !str_present(tls->odd_name) && !j->cluster->auto_san &&
	    !by_sni)
		return says_unverified(j, "it takes the certificate of any name: no names are set");
	return false;
}

/* Of endpoints that come by EDS the lists that were read beside the cluster tell the labels. */
static void sockets_in_part(struct judging *j)
{
	const struct proxy_cluster *c = j->cluster;
	bool                        eds = c->type == CLUSTER_EDS;

	if (c->by_matcher && c->n_matches)
		judge_in_part(
			j, c->pos,
			STR("which of its sockets (transport_socket_matches) a call gets, its transport_socket_matcher tells, which was not looked at"));
	if (c->matches_cut || (c->n_matches && (eds ? j->endpoints && j->endpoints->labels.cut : c->labels.cut)))
		judge_in_part(j, c->pos,
		              str_fmt(j->arena,
		                      "which endpoint gets which of its sockets (transport_socket_matches) was looked "
		                      "at in part: %d matches, %d labels of each, %d sets of labels",
		                      (int)KEPT_MATCHES, (int)KEPT_MATCH_LABELS, (int)KEPT_LABEL_SETS));
}

bool judge_sockets(struct judging *j)
{
	if (is_host(j))
		sockets_in_part(j);
	return judge_each_socket(j, judge_secure);
}

/* ---- differences that do not open anything ---- */

static bool differs(struct judging *j, struct str what, struct str has, struct str wanted)
{
	reason_add(j, CO_TLS_DIFFERS, true, j->cluster->pos,
	           TEXT(j, what, STR(" is "), has.n ? has : STR("not set"), STR(", not "),
	                wanted.n ? wanted : STR("unset"), by_rule(j)));
	return true;
}

static bool other_sni(struct judging *j)
{
	struct sent sent = sent_sni(j);
	struct str  wanted = j->expected->sni;

	if (!str_present(wanted))
		return false;
	if (!sent.unseen)
		return !str_eq_nocase(sent.name, wanted) && differs(j, STR("its sni"), sent.text, wanted);
	reason_add(j, CO_TLS_DIFFERS, false, j->cluster->pos,
	           TEXT(j, STR("its sni is "), sent.text, STR(": it must be "), wanted));
	j->verdict->conditional = true;
	return false;
}

/* With auto_san_validation the certificate must have the call's authority as well. */
static bool other_authority(struct judging *j)
{
	const struct strings *wanted = &j->expected->subject_alt_names;
	struct str            call = without_port(j->expected->authority);

	if (takes_none(j))
		return differs(j, STR("what it trusts"),
		               STR("nothing, though it wants a name to be checked (auto_san_validation)"),
		               STR("as the manifest says"));
	if (!j->cluster->auto_san || !str_present(call) || wanted->n == 0 ||
	    (wanted->n == 1 && has_name(wanted->items, wanted->n, call)))
		return false;
	return differs(j, STR("a name that it wants"), TEXT(j, call, STR(" (auto_san_validation)")),
	               join_strings(j->arena, wanted->items, wanted->n, 3));
}

/* The manifest's TLS is 1.2 and up, and so are nearly all servers. If nothing is said, a client of Envoy has 1.2 for its lowest and its
 * highest version, so that a lowest one of 1.3 alone leaves none (measured). */
static bool other_version(struct judging *j)
{
	const struct tls_facts *tls = &j->cluster->tls;
	enum tls_version        low = tls->lowest ? tls->lowest : TLS_1_2, high = tls->highest ? tls->highest : TLS_1_2;

	if (high < TLS_1_2)
		return differs(j, STR("its highest version of TLS"), high == TLS_1_0 ? STR("TLSv1_0") : STR("TLSv1_1"),
		               STR("TLSv1_2 or a later one"));
	return low > high && differs(j, STR("its lowest version of TLS"), STR("TLSv1_3, and its highest TLSv1_2"),
	                             STR("one of the same or an earlier"));
}

/* spiffe://…: one more than is wanted opens nothing, for a host's certificate has none. */
static bool is_identity(struct str name)
{
	return str_find_str(name, STR("://"), 0) < name.n;
}

static bool other_names(struct judging *j)
{
	struct tls_facts      facts = j->cluster->tls, *tls = &facts;
	const struct strings *wanted = &j->expected->subject_alt_names;

	accept_sni(j, tls);
	if (j->upstream->tls->insecure_skip_verify == TRI_YES ||
	    (!str_present(tls->pattern) && !str_present(tls->odd_name) && tls->n_names == 0))
		return false;
	if (str_present(tls->pattern)) /* what is planned is exact */
		return differs(j, STR("a name that it accepts"), tls->pattern,
		               join_strings(j->arena, wanted->items, wanted->n, 3));
	if (tls->n_names == 0)
		return differs(j, STR("the name that it accepts"), tls->odd_name,
		               join_strings(j->arena, wanted->items, wanted->n, 3));
	for (size_t i = 0; i < tls->n_names; i++)
		if (!is_identity(tls->names[i]) && !has_name(wanted->items, wanted->n, tls->names[i]))
			return differs(j, STR("a name that it accepts"), tls->names[i],
			               join_strings(j->arena, wanted->items, wanted->n, 3));
	if (tls->names_cut) {
		judge_in_part(j, j->cluster->pos,
		              str_fmt(j->arena, "of the names that it accepts the first %d were compared",
		                      (int)KEPT_NAMES));
		return false;
	}
	for (size_t i = 0; i < wanted->n; i++)
		if (!has_name(tls->names, tls->n_names, wanted->items[i]))
			return differs(j, STR("the name that it accepts"),
			               join_strings(j->arena, tls->names, tls->n_names, 3), wanted->items[i]);
	return false;
}

static const struct str kubernetes = STR_INIT("kubernetes://"), file_root = STR_INIT("file-root:");

/* Where distributions keep the authorities that everybody trusts (istio pkg/security/security.go GetOSRootFilePath). */
static bool is_system_trust(struct str ca)
{
	static const char *const files[] = {
		"system",
		"/etc/ssl/certs/ca-certificates.crt",
		"/etc/pki/tls/certs/ca-bundle.crt",
		"/etc/ssl/ca-bundle.pem",
		"/etc/pki/tls/cacert.pem",
		"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
		"/etc/ssl/cert.pem",
		"/usr/local/etc/ssl/cert.pem",
		"/etc/ssl/certs/ca-certificates",
	};

	if (str_has_prefix(ca, file_root))
		ca = str_slice(ca, file_root.n, ca.n);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (str_is(ca, files[i]))
			return true;
	return false;
}

/* Of a Secret come "kubernetes://NAME" and "kubernetes://NAME-cacert" (istio pilot/pkg/security/model/authentication.go); names of
 * other kinds are an SDS server's own. */
static bool other_secret(struct judging *j, const char *what, struct str has, const char *suffix)
{
	struct str wanted = TEXT(j, kubernetes, j->upstream->tls->credential_name, str_c(suffix));

	return (str_has_prefix(has, kubernetes) || str_has_prefix(has, file_root) ||
	        str_has_prefix(has, STR("file-cert:"))) &&
	       !str_eq(has, wanted) && differs(j, str_c(what), has, wanted);
}

/* "file-root:PATH" of istio-agent, a plain path, or a secret of Kubernetes. */
static bool other_trust(struct judging *j)
{
	const struct tls_facts *tls = &j->cluster->tls;
	const struct tls       *want = j->upstream->tls;
	struct str              has = j->cluster->tls.ca, wanted = want->ca_certificates;

	if (want->insecure_skip_verify == TRI_YES) /* istiod leaves all authorities out then */
		return (tls->verifies || str_present(tls->special)) && !tls->untrusted &&
		       differs(j, STR("what it trusts"), str_present(tls->special) ? tls->special : has,
		               STR("whatever is presented (insecureSkipVerify)"));
	if (str_present(tls->special))
		return differs(j, STR("what it trusts"), tls->special,
		               str_present(wanted) ? wanted : STR("the system's"));
	if (str_present(want->credential_name))
		return other_secret(j, "its trust", has, "-cacert");
	if (!str_present(wanted) || str_is(wanted, "system"))
		return !is_system_trust(has) && differs(j, STR("its trust"), has, STR("the system's"));
	if (str_has_prefix(has, file_root))
		has = str_slice(has, file_root.n, has.n);
	return !str_eq(has, wanted) && differs(j, STR("its trust"), has, wanted);
}

/* Files go by "file-cert:CERTIFICATE~KEY" (istio pilot/pkg/security/model/authentication.go), or by their paths. */
static bool other_certificate(struct judging *j)
{
	const struct tls *want = j->upstream->tls;
	struct str        has = j->cluster->tls.certificate, wanted = want->client_certificate;

	if (want->mode != TLS_MUTUAL)
		return str_present(has) && differs(j, STR("its client certificate"), has, STR_ABSENT);
	if (!str_present(has))
		return differs(j, STR("its client certificate"), STR_ABSENT, STR("the manifest's"));
	if (str_present(want->credential_name))
		return other_secret(j, "its client certificate", has, "");
	if (str_has_prefix(has, STR("file-cert:")) || str_has_prefix(has, kubernetes))
		wanted = TEXT(j, STR("file-cert:"), want->client_certificate, STR("~"), want->private_key);
	else if (!str_has_prefix(has, STR("/"))) /* an SDS server's own name, or bytes */
		return false;
	return !str_eq(has, wanted) && differs(j, STR("its client certificate"), has, wanted);
}

bool judge_tls_same(struct judging *j)
{
	bool bad = false;

	if (!is_host(j))
		return false;
	if (j->cluster->tls.proxy_protocol) {
		reason_add(j, CO_TLS_DIFFERS, true, j->cluster->pos,
		           TEXT(j,
		                STR("it begins connections with a header of the PROXY protocol, which the manifest "
		                    "does not know of"),
		                by_rule(j)));
		return true;
	}
	if (!upstream_has_tls(j->upstream)) {
		if (!j->cluster->tls.tls)
			return false;
		reason_add(j, CO_TLS_DIFFERS, true, j->cluster->pos,
		           TEXT(j, STR("it speaks TLS, and the manifest wants plaintext"), by_rule(j)));
		return true;
	}
	if (j->upstream->tls->mode == TLS_ISTIO_MUTUAL)
		return false;
	if (j->cluster->istio_tls) {
		reason_add(j, CO_TLS_DIFFERS, true, j->cluster->pos,
		           TEXT(j, STR("it speaks the mesh's own mTLS"), by_rule(j)));
		return true;
	}
	bad = other_sni(j);
	bad = other_names(j) || bad;
	bad = other_authority(j) || bad;
	bad = other_version(j) || bad;
	bad = other_trust(j) || bad;
	return other_certificate(j) || bad;
}
