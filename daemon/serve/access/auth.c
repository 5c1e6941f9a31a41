#include "serve/access/auth.h"

#include <pthread.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/sha256.h"
#include "manifest/document_read.h"
#include "serve/access/san.h"

enum { MOST_TOKENS = 10000, WINDOW_US = 60 * 1000 * 1000, MOST_GUESSES = 30, GUESS_SLOTS = 1024 };

static const char *const scope_words[] = { "read", "write", "admin", NULL };

#define AT(type, member) .offset = offsetof(struct type, member)

static const struct field principal_fields[] = {
	{ "name", FIELD_STRING, AT(principal, name), .flags = FIELD_REQUIRED, .min = 1, .max = 253,
	  .format = TEXT_SUBJECT, .doc = "Who it is, as history and log name it." },
	{ "scope", FIELD_ENUM, AT(principal, scope), .flags = FIELD_REQUIRED, .words = scope_words,
	  .doc = "read, write or admin." },
	{ "namespaces", FIELD_STRINGS, AT(principal, namespaces), .min = 1, .max = LIMIT_STORE_NAMESPACES,
	  .format = TEXT_DNS_LABEL, .doc = "The namespaces that it reaches; without: all." },
	{ "id", FIELD_STRING, AT(principal, id), .min = 8, .max = 32, .format = TEXT_DNS_LABEL,
	  .doc = "The part of the token that is no secret." },
	{ "salt", FIELD_STRING, AT(principal, salt), .min = 16, .max = 128, .format = TEXT_SUBJECT,
	  .doc = "Hashed before the token." },
	{ "sha256", FIELD_STRING, AT(principal, sha256), .min = 1, .format = TEXT_SHA256,
	  .doc = "SHA-256 of salt and token." },
	{ "san", FIELD_STRING, AT(principal, san), .min = 1, .max = 1024, .format = TEXT_SUBJECT,
	  .doc = "A subject alternative name of a client certificate, such as DNS:ci.example.com." },
};
static const char *const   one_of[] = { "sha256", "san", NULL };
static const struct object principal_object = { .name = "token",
	                                        .size = sizeof(struct principal),
	                                        .fields = principal_fields,
	                                        .n_fields = sizeof(principal_fields) / sizeof(principal_fields[0]),
	                                        .one_of = one_of,
	                                        .one_required = true };
FIELDS_FIT(principal_fields);

static const struct field principals_fields[] = {
	{ "tokens", FIELD_OBJECTS, AT(principals, tokens), .object = &principal_object, .min = 0, .max = MOST_TOKENS,
	  .doc = "Everyone who may ask." },
};
static const struct object principals_object = {
	.name = "tokens file", .size = sizeof(struct principals), .fields = principals_fields, .n_fields = 1
};

/* ---- reading ---- */

static const struct principal *at(const struct principals *ps, size_t i)
{
	return (const struct principal *)ps->tokens.items + i;
}

static struct str name_of(const void *item)
{
	return ((const struct principal *)item)->name;
}

static struct str san_of(const void *item)
{
	return ((const struct principal *)item)->san;
}

static bool refuse_twice(const struct principal *p, const char *field, struct str value, struct diags *diags)
{
	diag_at(diags, CO_DUPLICATE_NAME, p->node, ARGS(str_c(field), value));
	return false;
}

static bool check_san(struct arena *arena, struct hash *sans, struct principal *p, struct diags *diags)
{
	if (!san_read(arena, p->san, &p->san)) {
		diag_at(diags, CO_NAME_INVALID, p->node,
		        ARGS(STR("san"), p->san,
		             STR("the name of a certificate, such as DNS:ci.example.com or IP:10.1.2.3")));
		return false;
	}
	if (hash_get(sans, p->san))
		return refuse_twice(p, "san", p->san, diags);
	hash_add(sans, p);
	return true;
}

/* Each name once, so that history tells who it was, and each certificate's name, which cannot stand for two; salt and id
 * with each digest. */
static bool check(struct arena *arena, const struct principals *ps, struct diags *diags)
{
	struct hash names, sans;
	bool        ok = true;

	hash_init(&names, arena, name_of);
	hash_init(&sans, arena, san_of);
	for (size_t i = 0; i < ps->tokens.n; i++) {
		struct principal *p = (struct principal *)ps->tokens.items + i;

		if (hash_get(&names, p->name))
			ok = refuse_twice(p, "name", p->name, diags);
		hash_add(&names, p);
		if (str_present(p->san))
			ok = check_san(arena, &sans, p, diags) && ok;
		if (str_present(p->sha256) && (!str_present(p->salt) || !str_present(p->id))) {
			diag_at_key(diags, CO_FIELD_MISSING, p->node,
			            ARGS(str_present(p->salt) ? STR("token.id") : STR("token.salt")));
			ok = false;
		}
	}
	return ok;
}

const struct principals *principals_read(struct arena *arena, struct str path, struct diags *diags)
{
	const struct source *source = source_read(arena, path, LIMIT_DOCUMENT_BYTES, diags);

	return source ? principals_parse(arena, source, diags) : NULL;
}

const struct principals *principals_parse(struct arena *arena, const struct source *source, struct diags *diags)
{
	struct principals *ps = ARENA_NEW(arena, struct principals);
	struct document   *doc;

	if (!document_read_alone(arena, source, STR("the tokens file"), &doc, diags))
		return NULL;
	if (!doc)
		return ps;
	if (!fields_decode(arena, &principals_object, &doc->root, ps, diags) || !check(arena, ps, diags))
		return NULL;
	return ps;
}

/* ---- asking ---- */

/* All bytes are looked at, whatever they are. */
static bool equal(struct str a, struct str b)
{
	unsigned char difference = a.n != b.n;

	for (size_t i = 0; i < a.n && i < b.n; i++)
		difference |= (unsigned char)(a.p[i] ^ b.p[i]);
	return difference == 0;
}

const struct principal *principal_of_token(struct arena *arena, const struct principals *ps, struct str token)
{
	struct str prefix, id;
	struct str rest = str_cut(token, '_', &prefix);

	if (!str_is(prefix, "callout") || !str_present(str_cut(rest, '_', &id)))
		return NULL;
	for (size_t i = 0; i < ps->tokens.n; i++) {
		const struct principal *p = at(ps, i);

		if (str_present(p->sha256) && str_eq(p->id, id) &&
		    equal(sha256_of_bytes(arena, STR_CONCAT(arena, p->salt, token)), p->sha256))
			return p;
	}
	return NULL;
}

const struct principal *principal_of_names(const struct principals *ps, const struct str *names, size_t n)
{
	for (size_t i = 0; i < ps->tokens.n; i++)
		for (size_t k = 0; k < n; k++)
			if (str_present(at(ps, i)->san) && san_is(at(ps, i)->san, names[k]))
				return at(ps, i);
	return NULL;
}

static bool is_same_principal(const struct principal *a, const struct principal *b)
{
	bool same = str_eq(a->name, b->name) && a->scope == b->scope && str_eq(a->id, b->id) &&
	            str_eq(a->sha256, b->sha256) && str_eq(a->san, b->san) && a->namespaces.n == b->namespaces.n;

	for (size_t i = 0; same && i < a->namespaces.n; i++)
		same = str_eq(a->namespaces.items[i], b->namespaces.items[i]);
	return same;
}

bool principal_stands(const struct principals *ps, const struct principal *p)
{
	if (!ps || !p)
		return !ps; /* who needed no credentials may need them now */
	for (size_t i = 0; i < ps->tokens.n; i++)
		if (is_same_principal(at(ps, i), p))
			return true;
	return false;
}

bool principal_reaches(const struct principal *p, struct str namespace)
{
	for (size_t i = 0; i < p->namespaces.n; i++)
		if (str_eq(p->namespaces.items[i], namespace))
			return true;
	return p->namespaces.n == 0;
}

/* ---- failures ---- */

/* Addresses share slots by their hash: at worst a stranger's failures count too, for a minute. */
struct guesses {
	pthread_mutex_t lock;
	struct {
		int64_t  since;
		unsigned n;
	} slots[GUESS_SLOTS];
};

struct guesses *guesses_new(struct arena *arena)
{
	struct guesses *g = ARENA_NEW(arena, struct guesses);

	pthread_mutex_init(&g->lock, NULL);
	return g;
}

bool guesses_too_many(struct guesses *g, struct str peer, int64_t now)
{
	size_t slot = hash_str(peer) % GUESS_SLOTS;
	bool   many;

	pthread_mutex_lock(&g->lock);
	many = g->slots[slot].n >= MOST_GUESSES && now - g->slots[slot].since < WINDOW_US;
	pthread_mutex_unlock(&g->lock);
	return many;
}

void guesses_count(struct guesses *g, struct str peer, int64_t now)
{
	size_t slot = hash_str(peer) % GUESS_SLOTS;

	pthread_mutex_lock(&g->lock);
	if (now - g->slots[slot].since >= WINDOW_US) {
		g->slots[slot].since = now;
		g->slots[slot].n = 0;
	}
	g->slots[slot].n++;
	pthread_mutex_unlock(&g->lock);
}
