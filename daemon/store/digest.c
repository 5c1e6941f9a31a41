#include "store/digest.h"

#include "store/store.h"

void digest_int(struct digest *d, uint64_t value)
{
	unsigned char bytes[8];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(value >> (8 * i));
	sha256_update(&d->sha, sizeof(bytes), bytes);
}

void digest_str(struct digest *d, struct str s)
{
	digest_int(d, str_present(s) ? s.n : UINT64_MAX);
	if (s.n)
		sha256_update(&d->sha, s.n, (const uint8_t *)s.p);
}

void digest_begin(struct digest *d, struct str kind)
{
	sha256_init(&d->sha);
	digest_str(d, kind);
}

struct str digest_end(struct digest *d)
{
	sha256_digest(&d->sha, DIGEST_BYTES, d->bytes);
	return str_of((const char *)d->bytes, DIGEST_BYTES);
}

struct str digest_of_manifest(struct digest *d, const struct store_manifest *m)
{
	digest_begin(d, STR("revision"));
	digest_str(d, m->namespace);
	digest_str(d, m->name);
	digest_int(d, m->revision);
	digest_int(d, m->generation);
	digest_int(d, (uint64_t)m->action);
	digest_int(d, (uint64_t)m->format);
	digest_str(d, m->document);
	digest_str(d, m->who);
	digest_int(d, (uint64_t)m->when);
	digest_int(d, (uint64_t)m->created);
	return digest_end(d);
}

struct str digest_of_status(struct digest *d, struct str namespace, struct str name, const struct store_status *s)
{
	digest_begin(d, STR("status"));
	digest_str(d, namespace);
	digest_str(d, name);
	digest_str(d, s->proxy);
	digest_int(d, s->revision);
	digest_str(d, s->verdict);
	digest_int(d, s->good);
	digest_str(d, s->source);
	digest_str(d, s->who);
	digest_int(d, (uint64_t)s->when);
	digest_str(d, s->report);
	for (size_t i = 0; i < STORE_CLUSTER_STATES;
	     i++) /* nothing of them where there are none, as before they were kept */
		if (s->clusters[i]) {
			digest_int(d, i);
			digest_int(d, s->clusters[i]);
		}
	return digest_end(d);
}
