#include "dump/peek.h"

#include <errno.h>
#include <unistd.h>

static bool is_memory(const struct peek *p)
{
	return !p->input.read && p->input.fd < 0;
}

static ssize_t read_inner(struct peek *p, void *to, size_t n)
{
	ssize_t got;

	do
		got = p->input.read ? p->input.read(p->input.ctx, to, n) : read(p->input.fd, to, n);
	while (got < 0 && errno == EINTR);
	return got;
}

static void fill(struct peek *p)
{
	ssize_t got = 1;

	p->replays = true;
	while (p->n < sizeof(p->head) && (got = read_inner(p, p->head + p->n, sizeof(p->head) - p->n)) > 0)
		p->n += (size_t)got;
	if (got < 0)
		p->error = errno;
}

static void look(struct peek *p)
{
	if (is_memory(p)) {
		p->n = p->input.bytes.n < sizeof(p->head) ? p->input.bytes.n : sizeof(p->head);
		memcpy(p->head, p->input.bytes.p, p->n);
	} else if (p->input.size >= 0) {
		ssize_t got = pread(p->input.fd, p->head, sizeof(p->head), (off_t)p->input.start);

		if (got < 0)
			p->error = errno;
		p->n = got > 0 ? (size_t)got : 0;
	} else {
		fill(p);
	}
}

/* The beginning only: what is wrong further on is the reader's to say. */
static void inflate_head(struct peek *p, struct json_inflate *inflate)
{
	struct json_source source = { .inflate = inflate };
	struct json_filled filled;
	struct json_input  head;

	json_input_bytes(&head, str_of(p->head, p->n));
	json_source_open(&source, &head);
	json_source_fill(&source, (unsigned char *)p->plain, sizeof(p->plain), &filled);
	p->plain_n = filled.n;
}

void peek_begin(struct peek *p, const struct json_input *input, struct json_inflate *inflate)
{
	p->input = *input;
	p->n = p->at = p->plain_n = 0;
	p->replays = false;
	p->offset = 0;
	p->error = 0;
	look(p);
	p->gzip = p->n >= 2 && (unsigned char)p->head[0] == 0x1f && (unsigned char)p->head[1] == 0x8b;
	if (p->gzip)
		inflate_head(p, inflate);
}

struct str peek_head(const struct peek *p)
{
	return p->gzip ? str_of(p->plain, p->plain_n) : str_of(p->head, p->n);
}

/* The input in pieces, as it is stored: 0 at its end, -1 with errno. */
static ssize_t peek_read(struct peek *p, void *to, size_t n)
{
	ssize_t got;

	if (is_memory(p)) {
		struct str rest = str_slice(p->input.bytes, (size_t)p->offset, p->input.bytes.n);

		n = n < rest.n ? n : rest.n;
		memcpy(to, rest.p, n);
		p->offset += n;
		return (ssize_t)n;
	}
	if (p->replays) {
		if (p->at == p->n)
			return read_inner(p, to, n);
		n = n < p->n - p->at ? n : p->n - p->at;
		memcpy(to, p->head + p->at, n);
		p->at += n;
		return (ssize_t)n;
	}
	do
		got = pread(p->input.fd, to, n, (off_t)(p->input.start + p->offset));
	while (got < 0 && errno == EINTR);
	if (got > 0)
		p->offset += (uint64_t)got;
	return got;
}

static ssize_t replay(void *ctx, void *to, size_t n)
{
	return peek_read(ctx, to, n);
}

void peek_input(struct peek *p, struct json_input *ret)
{
	if (p->replays)
		json_input_callback(ret, replay, p);
	else
		*ret = p->input;
}
