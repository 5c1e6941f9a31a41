#include "serve/http/tls.h"

#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "serve/http/tls_datum.h"
#include "serve/http/tls_keys.h"

enum { MOST_NAMES = 64, NAME_BYTES = 1024 };

/* 1.2 and up, forward secrecy, no renegotiation by the client. */
const char *const tls_priorities =
	"SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:-DHE-RSA:-PSK:%SERVER_PRECEDENCE:%SAFE_RENEGOTIATION";

/* ---- what is in force ---- */

/* GnuTLS's callback gets the session alone, so what it gives out stands here. */
static struct {
	pthread_mutex_t          lock;
	gnutls_datum_t           key;
	gnutls_x509_crt_t        chain[TLS_CHAIN];
	unsigned                 n_chain;
	struct tls_term          terms[TLS_FILES];
	char                     print[TLS_PRINT_BYTES];
	gnutls_x509_trust_list_t trust; /* of clients; NULL: they are not asked */
	atomic_uint              generation;
	char       *named;   /* the authorities that the library names to clients, as PEM: those of the start */
	atomic_bool renamed; /* others are in force now */
} in_force = { .lock = PTHREAD_MUTEX_INITIALIZER };

static int give_certificate(gnutls_session_t session, const struct gnutls_cert_retr_st *info, gnutls_pcert_st **pcert,
                            unsigned *pcert_n, gnutls_ocsp_data_st **ocsp, unsigned *ocsp_n, gnutls_privkey_t *key,
                            unsigned *flags)
{
	int result = GNUTLS_E_INTERNAL_ERROR;

	(void)session;
	(void)info;
	*ocsp = NULL;
	*ocsp_n = 0;
	*flags = GNUTLS_CERT_RETR_DEINIT_ALL; /* all of it is this session's */
	pthread_mutex_lock(&in_force.lock);
	*pcert = gnutls_calloc(in_force.n_chain, sizeof(**pcert));
	*pcert_n = 0;
	if (*pcert && gnutls_privkey_init(key) == 0) {
		result = gnutls_privkey_import_x509_raw(*key, &in_force.key, GNUTLS_X509_FMT_PEM, NULL, 0);
		for (unsigned i = 0; result == 0 && i < in_force.n_chain; i++) {
			result = gnutls_pcert_import_x509(*pcert + i, in_force.chain[i], 0);
			*pcert_n += result == 0;
		}
	}
	pthread_mutex_unlock(&in_force.lock);
	return result;
}

void (*const tls_certificate_callback)(void) = (void (*)(void))give_certificate;

/* The authorities of clients; NULL: out of memory. */
static gnutls_x509_trust_list_t trust_of(const gnutls_datum_t *ca)
{
	gnutls_x509_trust_list_t trust = NULL;

	if (gnutls_x509_trust_list_init(&trust, 0) < 0)
		return NULL;
	if (gnutls_x509_trust_list_add_trust_mem(trust, ca, NULL, GNUTLS_X509_FMT_PEM, 0, 0) > 0)
		return trust;
	gnutls_x509_trust_list_deinit(trust, 1);
	return NULL;
}

static void forget(gnutls_x509_crt_t *chain, unsigned n, gnutls_datum_t *key, gnutls_x509_trust_list_t trust)
{
	for (unsigned i = 0; i < n; i++)
		gnutls_x509_crt_deinit(chain[i]);
	if (key->data)
		gnutls_memset(key->data, 0, key->size);
	gnutls_free(key->data);
	if (trust)
		gnutls_x509_trust_list_deinit(trust, 1);
}

bool tls_use(const struct tls_keys *keys)
{
	gnutls_x509_crt_t chain[TLS_CHAIN], old[TLS_CHAIN];
	unsigned          n = TLS_CHAIN, n_old;
	gnutls_datum_t    cert = tls_datum(keys->cert), ca = tls_datum(keys->client_ca), key = { NULL, 0 }, old_key;
	gnutls_x509_trust_list_t trust = NULL, old_trust;

	key.data = gnutls_malloc(keys->key.n + 1);
	if (!key.data)
		return false;
	if (gnutls_x509_crt_list_import(chain, &n, &cert, GNUTLS_X509_FMT_PEM, 0) < 0) {
		gnutls_free(key.data);
		return false;
	}
	memcpy(key.data, keys->key.p, keys->key.n);
	key.data[keys->key.n] = 0;
	key.size = (unsigned)keys->key.n;
	if (str_present(keys->client_ca)) {
		trust = trust_of(&ca);
		if (!trust) {
			forget(chain, n, &key, NULL);
			return false;
		}
	}
	if (trust && !in_force.named)
		in_force.named = strdup(keys->client_ca.p);
	atomic_store(&in_force.renamed, trust && (!in_force.named || strcmp(in_force.named, keys->client_ca.p) != 0));
	pthread_mutex_lock(&in_force.lock);
	memcpy(old, in_force.chain, sizeof(old));
	n_old = in_force.n_chain;
	old_key = in_force.key;
	old_trust = in_force.trust;
	memcpy(in_force.chain, chain, sizeof(chain));
	in_force.n_chain = n;
	in_force.key = key;
	in_force.trust = trust;
	memcpy(in_force.terms, keys->terms, sizeof(in_force.terms));
	memcpy(in_force.print, keys->print, sizeof(in_force.print));
	atomic_fetch_add(&in_force.generation, 1);
	pthread_mutex_unlock(&in_force.lock);
	forget(old, n_old, &old_key, old_trust);
	return true;
}

/* A client that has no certificate of an authority that is named shows none (Go's do so), and the library can name no others than at the
 * start. To whom none is named, he shows what he has: RFC 5246 7.4.4. */
void tls_session_begin(void *session)
{
	if (atomic_load(&in_force.renamed))
		gnutls_certificate_send_x509_rdn_sequence(session, 1);
}

unsigned tls_generation(void)
{
	return atomic_load(&in_force.generation);
}

/* ---- what is asked of it ---- */

void tls_terms(struct tls_term ret[TLS_FILES])
{
	pthread_mutex_lock(&in_force.lock);
	memcpy(ret, in_force.terms, sizeof(in_force.terms));
	pthread_mutex_unlock(&in_force.lock);
}

bool tls_is_of(struct str print)
{
	bool is;

	pthread_mutex_lock(&in_force.lock);
	is = str_is(print, in_force.print);
	pthread_mutex_unlock(&in_force.lock);
	return is;
}

const char *tls_client_authorities(const struct tls_keys *keys)
{
	return keys->client_ca.p;
}

bool tls_is_named(struct arena *arena, struct str name)
{
	const char *text = str_copy(arena, name).p;
	bool        named;

	pthread_mutex_lock(&in_force.lock);
	named = in_force.n_chain && gnutls_x509_crt_check_hostname(in_force.chain[0], text) != 0;
	pthread_mutex_unlock(&in_force.lock);
	return named;
}

/* ---- clients ---- */

static const char *prefix_of(int type)
{
	return type == GNUTLS_SAN_DNSNAME      ? "DNS:"
	       : type == GNUTLS_SAN_URI        ? "URI:"
	       : type == GNUTLS_SAN_RFC822NAME ? "email:"
	       : type == GNUTLS_SAN_IPADDRESS  ? "IP:"
	                                       : NULL;
}

/* Names and the array that points to them, in one block. */
static struct str *names_of(gnutls_x509_crt_t crt, size_t *ret_n)
{
	struct str *names = calloc(1, MOST_NAMES * (sizeof(struct str) + NAME_BYTES));
	char       *text = names ? (char *)(names + MOST_NAMES) : NULL;

	*ret_n = 0;
	for (unsigned i = 0; names && i < MOST_NAMES; i++) {
		char        value[NAME_BYTES - 16];
		size_t      n = sizeof(value);
		int         type = gnutls_x509_crt_get_subject_alt_name(crt, i, value, &n, NULL);
		const char *prefix = prefix_of(type);
		size_t      prefix_n = prefix ? strlen(prefix) : 0;

		if (type == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			break;
		if (!prefix)
			continue;
		memcpy(text, prefix, prefix_n);
		if (type == GNUTLS_SAN_IPADDRESS)
			n = tls_address_text(value, n, text + prefix_n);
		else
			memcpy(text + prefix_n, value, n);
		names[(*ret_n)++] = str_of(text, prefix_n + n);
		text += NAME_BYTES;
	}
	return names;
}

static bool is_trusted(gnutls_x509_crt_t *chain, unsigned n)
{
	gnutls_typed_vdata_st purpose = { GNUTLS_DT_KEY_PURPOSE_OID, tls_without_const(GNUTLS_KP_TLS_WWW_CLIENT), 0 };
	unsigned              status = GNUTLS_CERT_INVALID;
	bool                  asked;

	pthread_mutex_lock(&in_force.lock);
	asked = in_force.trust &&
	        gnutls_x509_trust_list_verify_crt2(in_force.trust, chain, n, &purpose, 1, 0, &status, NULL) == 0;
	pthread_mutex_unlock(&in_force.lock);
	return asked && status == 0;
}

struct str *tls_peer_names(void *session, size_t *ret_n, bool *ret_given)
{
	unsigned              n = 0, i;
	const gnutls_datum_t *peers = gnutls_certificate_get_peers(session, &n);
	gnutls_x509_crt_t     chain[TLS_CHAIN];
	struct str           *names = NULL;

	*ret_n = 0;
	*ret_given = peers && n;
	if (!peers || n == 0)
		return NULL;
	for (i = 0; i < n && i < TLS_CHAIN; i++) {
		if (gnutls_x509_crt_init(&chain[i]) != 0)
			break;
		if (gnutls_x509_crt_import(chain[i], &peers[i], GNUTLS_X509_FMT_DER) != 0) {
			gnutls_x509_crt_deinit(chain[i]);
			break;
		}
	}
	if (i && is_trusted(chain, i))
		names = names_of(chain[0], ret_n);
	while (i)
		gnutls_x509_crt_deinit(chain[--i]);
	return names;
}
