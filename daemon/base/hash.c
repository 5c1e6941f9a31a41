#include "base/hash.h"

#include <pthread.h>
#include <sys/random.h>
#include <time.h>

#include "base/arena.h"

static uint64_t       secret[2];
static pthread_once_t secret_made = PTHREAD_ONCE_INIT;

static void make_secret(void)
{
	if (getrandom(secret, sizeof(secret), GRND_NONBLOCK) != (ssize_t)sizeof(secret)) {
		secret[0] = (uint64_t)time(NULL) * UINT64_C(0x9e3779b97f4a7c15);
		secret[1] = (uint64_t)(uintptr_t)&secret;
	}
}

static uint64_t rotate(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

/* SipHash-1-3 (Aumasson, Bernstein). */
uint64_t hash_str(struct str s)
{
	uint64_t v[4], word;
	size_t   at = 0;

	pthread_once(&secret_made, make_secret);
	v[0] = secret[0] ^ UINT64_C(0x736f6d6570736575);
	v[1] = secret[1] ^ UINT64_C(0x646f72616e646f6d);
	v[2] = secret[0] ^ UINT64_C(0x6c7967656e657261);
	v[3] = secret[1] ^ UINT64_C(0x7465646279746573);
	for (; at + 8 <= s.n; at += 8) {
		memcpy(&word, s.p + at, 8);
		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
	}
	word = 0;
	if (s.n > at)
		memcpy(&word, s.p + at, s.n - at);
	word |= (uint64_t)s.n << 56;
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void hash_init(struct hash *h, struct arena *arena, struct str (*key_of)(const void *item))
{
	*h = (struct hash){ .arena = arena, .key_of = key_of };
}

/* The slot that holds the key, or the free one where it belongs. */
static void **slot_of(const struct hash *h, struct str key)
{
	size_t mask = h->cap - 1;

	for (size_t i = hash_str(key) & mask;; i = (i + 1) & mask)
		if (!h->slots[i] || str_eq(h->key_of(h->slots[i]), key))
			return &h->slots[i];
}

static uint64_t length_bit(struct str key)
{
	return (uint64_t)1 << key.n % 64;
}

void *hash_get(const struct hash *h, struct str key)
{
	return h->lengths & length_bit(key) ? *slot_of(h, key) : NULL;
}

static void grow(struct hash *h)
{
	void **old = h->slots;
	size_t n = h->cap;

	h->cap = n ? n * 2 : 16;
	h->slots = ARENA_ARRAY(h->arena, h->cap, void *);
	for (size_t i = 0; i < n; i++)
		if (old[i])
			*slot_of(h, h->key_of(old[i])) = old[i];
}

void *hash_add(struct hash *h, void *item)
{
	void **slot;

	if (h->n * 4 >= h->cap * 3)
		grow(h);
	slot = slot_of(h, h->key_of(item));
	if (*slot)
		return *slot;
	*slot = item;
	h->lengths |= length_bit(h->key_of(item));
	h->n++;
	return NULL;
}

struct str hash_string(const void *item)
{
	return *(const struct str *)item;
}

bool hash_add_string(struct hash *h, struct str s)
{
	struct str *item;

	if (hash_get(h, s))
		return false;
	item = ARENA_NEW(h->arena, struct str);
	*item = s;
	hash_add(h, item);
	return true;
}
