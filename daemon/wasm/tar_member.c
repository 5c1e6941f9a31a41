#include "wasm/tar_member.h"

#include <errno.h>

#include "base/arena.h"
#include "base/sha256.h"
#include "json/json_source.h"

/* Offsets in a header (POSIX ustar). */
enum { BLOCK = 512, NAME = 0, NAME_BYTES = 100, SIZE = 124, SIZE_BYTES = 12, KIND = 156 };

struct member {
	struct json_source source;
	struct json_filled last;
	uint64_t           left;
};

/* At most n bytes, inflated where the archive is packed; -1 with errno. */
static ssize_t take(struct member *m, unsigned char *p, size_t n)
{
	json_source_fill(&m->source, p, n, &m->last);
	if (m->last.fault == JSON_OK || m->last.n)
		return (ssize_t)m->last.n;
	errno = m->last.fault == JSON_READ ? m->last.error_number : EBADMSG;
	return -1;
}

static bool skip(struct member *m, uint64_t n)
{
	unsigned char room[4096];

	while (n) {
		ssize_t got = take(m, room, n < sizeof(room) ? (size_t)n : sizeof(room));

		if (got <= 0)
			return false;
		n -= (uint64_t)got;
	}
	return true;
}

/* Octal digits between blanks and zeros. What is larger than the digits can say is no module. */
static bool size_of(const unsigned char *header, uint64_t *ret)
{
	uint64_t n = 0;

	for (size_t i = SIZE; i < SIZE + SIZE_BYTES; i++) {
		if (header[i] >= '0' && header[i] <= '7')
			n = n * 8 + (header[i] - '0');
		else if (header[i] != ' ' && header[i] != 0)
			return false;
	}
	*ret = n;
	return true;
}

static bool is_file_called(const unsigned char *header, struct str name)
{
	struct str path = str_of((const char *)header + NAME, NAME_BYTES);
	size_t     from = 0;

	path = str_slice(path, 0, str_find(path, 0, 0));
	for (size_t i = 0; i < path.n; i++)
		if (path.p[i] == '/')
			from = i + 1;
	return (header[KIND] == '0' || header[KIND] == 0) && str_eq(str_slice(path, from, path.n), name);
}

static bool find(struct member *m, struct str name, uint64_t *ret_size)
{
	unsigned char header[BLOCK];

	while (take(m, header, BLOCK) == BLOCK && header[NAME]) {
		if (!size_of(header, ret_size))
			return false;
		if (is_file_called(header, name))
			return true;
		if (!skip(m, (*ret_size + BLOCK - 1) / BLOCK * BLOCK))
			return false;
	}
	return false;
}

static ssize_t read_member(struct wasm_input *in, unsigned char *p, size_t n, uint64_t offset)
{
	struct member *m = in->context;
	ssize_t        got;

	(void)offset;
	if (n > m->left)
		n = (size_t)m->left;
	got = n ? take(m, p, n) : 0;
	if (got > 0) {
		m->left -= (uint64_t)got;
		if (in->sha256)
			sha256_add(in->sha256, str_of((const char *)p, (size_t)got));
	}
	return got;
}

bool tar_member_open(struct arena *arena, int fd, struct str name, struct wasm_input *ret)
{
	struct member    *m = ARENA_NEW(arena, struct member);
	struct json_input file;

	json_input_fd(&file, fd);
	m->source.inflate = json_inflate_new(arena);
	json_source_open(&m->source, &file);
	if (!find(m, name, &m->left))
		return false;
	*ret = (struct wasm_input){ .read = read_member, .size = (int64_t)m->left, .fd = fd, .context = m };
	return true;
}
