#include "wasm/wasm_input.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sha256.h"

static ssize_t read_at(struct wasm_input *in, unsigned char *p, size_t n, uint64_t offset)
{
	ssize_t got;

	do
		got = pread(in->fd, p, n, (off_t)(in->start + offset));
	while (got < 0 && errno == EINTR);
	return got;
}

static ssize_t read_next(struct wasm_input *in, unsigned char *p, size_t n, uint64_t offset)
{
	ssize_t got;

	(void)offset;
	do
		got = read(in->fd, p, n);
	while (got < 0 && errno == EINTR);
	if (in->sha256 && got > 0)
		sha256_add(in->sha256, str_of((const char *)p, (size_t)got));
	return got;
}

static ssize_t read_memory(struct wasm_input *in, unsigned char *p, size_t n, uint64_t offset)
{
	struct str rest = str_slice(in->bytes, (size_t)offset, in->bytes.n);

	if (rest.n < n)
		n = rest.n;
	memcpy(p, rest.p, n);
	return (ssize_t)n;
}

void wasm_input_fd(struct wasm_input *in, int fd)
{
	off_t       here = lseek(fd, 0, SEEK_CUR);
	struct stat st;

	*in = (struct wasm_input){ .read = read_next, .size = WASM_SIZE_UNKNOWN, .fd = fd };
	if (here < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return;
	in->read = read_at;
	in->seekable = true;
	in->start = (uint64_t)here;
	in->size = st.st_size > here ? st.st_size - here : 0;
}

void wasm_input_bytes(struct wasm_input *in, struct str bytes)
{
	*in = (struct wasm_input){
		.read = read_memory, .size = (int64_t)bytes.n, .seekable = true, .fd = -1, .bytes = bytes
	};
}

bool wasm_input_drain(struct wasm_input *in)
{
	unsigned char piece[4096];
	ssize_t       got;

	do
		got = in->read(in, piece, sizeof(piece), 0);
	while (got > 0);
	return got == 0;
}
