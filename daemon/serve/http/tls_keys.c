#include "serve/http/tls_keys.h"

#include <errno.h>
#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/sha256.h"
#include "base/utf8.h"
#include "serve/http/tls_datum.h"

static bool refuse(struct diags *diags, struct str path, const char *why)
{
	diag_add(diags, CO_SERVE_TLS, POS_NONE, ARGS(path, str_c(why)));
	return false;
}

/* ---- how long it is good ---- */

/* As much of it as fits. false: it is empty. */
static bool write_name(char *text, struct str name)
{
	if (name.n >= TLS_SUBJECT_BYTES)
		name.n = utf8_cut(name, TLS_SUBJECT_BYTES - 1);
	(void)snprintf(text, TLS_SUBJECT_BYTES, "%.*s", STR_ARG(name));
	return *text;
}

/* The common name comes first, as RFC 4514 2.1 has it: what does not fit is the rest. */
static bool write_subject(char *text, gnutls_x509_crt_t crt)
{
	gnutls_datum_t dn = { NULL, 0 };
	bool           is = gnutls_x509_crt_get_dn3(crt, &dn, 0) == 0 && dn.data &&
	          write_name(text, str_of((const char *)dn.data, dn.size));

	gnutls_free(dn.data);
	return is;
}

/* The first alternative name, if it is one that can be read. */
static bool write_alternative(char *text, gnutls_x509_crt_t crt)
{
	enum { LONGEST = 2048 }; /* of a SPIFFE ID */
	char   name[LONGEST], address[INET6_ADDRSTRLEN];
	size_t n = sizeof(name);
	int    type = gnutls_x509_crt_get_subject_alt_name(crt, 0, name, &n, NULL);

	if (type == GNUTLS_SAN_DNSNAME || type == GNUTLS_SAN_RFC822NAME || type == GNUTLS_SAN_URI)
		return write_name(text, str_of(name, n));
	return type == GNUTLS_SAN_IPADDRESS && tls_address_text(name, n, address) && write_name(text, str_c(address));
}

static bool write_serial(char *text, gnutls_x509_crt_t crt)
{
	unsigned char serial[64]; /* RFC 5280 4.1.2.2: 20 are enough */
	size_t        n = sizeof(serial);
	int           at;

	if (gnutls_x509_crt_get_serial(crt, serial, &n) != 0)
		return false;
	at = snprintf(text, TLS_SUBJECT_BYTES, "serial number ");
	for (size_t i = 0; i < n; i++)
		at += snprintf(text + at, TLS_SUBJECT_BYTES - (size_t)at, "%02X", serial[i]);
	return true;
}

/* A certificate need not have a subject: those of cert-manager have none unless told to, and SPIFFE's have only a URI. */
static void subject_of(gnutls_x509_crt_t crt, char *text)
{
	if (!write_subject(text, crt) && !write_alternative(text, crt) && !write_serial(text, crt))
		(void)write_name(text, STR("no name"));
}

static void shorten(struct tls_term *term, gnutls_x509_crt_t crt)
{
	time_t until = gnutls_x509_crt_get_expiration_time(crt);

	if (term->until && term->until <= until)
		return;
	term->until = until;
	term->from = gnutls_x509_crt_get_activation_time(crt);
	subject_of(crt, term->subject);
}

/* The certificates of a file, at most so many. */
static bool read_term(struct str path, struct str pem, unsigned most, struct tls_term *ret, struct diags *diags)
{
	gnutls_x509_crt_t *list = NULL;
	gnutls_datum_t     data = tls_datum(pem);
	unsigned           n = 0;
	int                result = gnutls_x509_crt_list_import2(&list, &n, &data, GNUTLS_X509_FMT_PEM, 0);

	*ret = (struct tls_term){ 0 };
	if (result < 0)
		return refuse(diags, path, gnutls_strerror(result));
	for (unsigned i = 0; i < n; i++) {
		shorten(ret, list[i]);
		gnutls_x509_crt_deinit(list[i]);
	}
	gnutls_free(list);
	if (n > most)
		return refuse(diags, path, "there are more certificates in it than a chain of the daemon may have, 8");
	return n > 0 || refuse(diags, path, "there is no certificate in it");
}

/* ---- reading ---- */

/* As each session will import it. */
static int try_key(const gnutls_datum_t *key)
{
	gnutls_privkey_t imported;
	int              result = gnutls_privkey_init(&imported);

	if (result < 0)
		return result;
	result = gnutls_privkey_import_x509_raw(imported, key, GNUTLS_X509_FMT_PEM, NULL, 0);
	gnutls_privkey_deinit(imported);
	return result;
}

/* Can both be read, and do they belong together? */
static bool try_keys(const struct tls_paths *paths, const struct tls_keys *keys, struct diags *diags)
{
	gnutls_certificate_credentials_t credentials;
	gnutls_datum_t                   cert = tls_datum(keys->cert), key = tls_datum(keys->key);
	int                              result;

	result = try_key(&key);
	if (result < 0)
		return refuse(diags, paths->key, gnutls_strerror(result));
	if (gnutls_certificate_allocate_credentials(&credentials) != 0)
		return refuse(diags, paths->cert, "out of memory");
	result = gnutls_certificate_set_x509_key_mem(credentials, &cert, &key, GNUTLS_X509_FMT_PEM);
	gnutls_certificate_free_credentials(credentials);
	if (result == GNUTLS_E_CERTIFICATE_KEY_MISMATCH)
		return refuse(diags, paths->key, "the key does not belong to the certificate");
	return result >= 0 || refuse(diags, paths->cert, gnutls_strerror(result));
}

struct tls_keys *tls_keys_read(struct arena *arena, const struct tls_paths *paths, struct diags *diags)
{
	struct tls_keys *keys = ARENA_NEW(arena, struct tls_keys);
	struct str       print = tls_keys_print(arena, paths);

	*keys = (struct tls_keys){ .client_ca = STR_ABSENT };
	if (str_present(print))
		(void)snprintf(keys->print, sizeof(keys->print), "%.*s", STR_ARG(print));
	if (!file_read(arena, paths->cert, MIB, &keys->cert, diags) ||
	    !file_read(arena, paths->key, MIB, &keys->key, diags) || !try_keys(paths, keys, diags) ||
	    !read_term(paths->cert, keys->cert, TLS_CHAIN, &keys->terms[TLS_CERT], diags))
		return NULL;
	if (!str_present(paths->client_ca))
		return keys;
	if (!file_read(arena, paths->client_ca, MIB, &keys->client_ca, diags) ||
	    !read_term(paths->client_ca, keys->client_ca, UINT32_MAX, &keys->terms[TLS_CLIENT_CA], diags))
		return NULL;
	keys->client_ca = str_copy(arena, keys->client_ca); /* with a NUL behind it */
	return keys;
}

/* What is not there looks like that too: somebody may be about to put it there. */
static bool add_print(struct arena *arena, struct sha256 *sum, struct str path)
{
	struct stat st;

	if (!str_present(path))
		return true;
	if (str_is(path, "-"))
		return false;
	if (stat(str_copy(arena, path).p, &st) != 0) {
		sha256_add(sum, str_fmt(arena, "no %d ", errno));
		return true;
	}
	sha256_add(sum, str_fmt(arena, "%llu %llu %lld %lld.%09ld %lld.%09ld ", (unsigned long long)st.st_dev,
	                        (unsigned long long)st.st_ino, (long long)st.st_size, (long long)st.st_mtim.tv_sec,
	                        st.st_mtim.tv_nsec, (long long)st.st_ctim.tv_sec, st.st_ctim.tv_nsec));
	return S_ISREG(st.st_mode);
}

struct str tls_keys_print(struct arena *arena, const struct tls_paths *paths)
{
	const struct str all[] = { paths->cert, paths->key, paths->client_ca };
	struct sha256   *sum = sha256_new(arena);

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (!add_print(arena, sum, all[i]))
			return STR_ABSENT;
	return sha256_text(arena, sum);
}
