#include "wasm/wasm_box.h"

#include <errno.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/sha256.h"
#include "json/json_source.h"
#include "wasm/tar_entry.h"

enum { HEAD_BYTES = 512, USTAR_AT = 257, USTAR_BYTES_MIN = 263, GZIP_BYTES_MIN = 3, HEADER_BYTES = 8 };

/* The file, or what is in a box, with its first bytes, which were looked at. */
struct layer {
	struct layer *below; /* NULL: it is the file */
	bool          gzip;
	unsigned char head[HEAD_BYTES];
	size_t        head_n, head_at;
	uint64_t      at, left; /* of the file; of what is in a box */

	struct json_source source;
	struct wasm_input *file;
	const char        *fault;
	int                error;
};

/* ---- reading ---- */

static ssize_t read_layer(struct layer *, unsigned char *p, size_t n);

static ssize_t read_below(void *ctx, void *p, size_t n)
{
	struct layer *l = ctx;
	ssize_t       got = read_layer(l, p, n);

	if (got < 0)
		errno = l->error;
	return got;
}

static ssize_t read_file(struct layer *l, unsigned char *p, size_t n)
{
	ssize_t got = l->file->read(l->file, p, n, l->at);

	if (got > 0)
		l->at += (uint64_t)got;
	if (got < 0)
		l->error = errno;
	return got;
}

static ssize_t read_gzip(struct layer *l, unsigned char *p, size_t n)
{
	struct json_filled filled;

	json_source_fill(&l->source, p, n, &filled);
	if (filled.fault == JSON_READ)
		l->error = filled.error_number;
	if (filled.fault == JSON_GZIP)
		l->fault = "its gzip is damaged, cut, or followed by something else";
	return filled.fault == JSON_READ ? -1 : (ssize_t)filled.n;
}

/* At most n > 0 bytes; 0 at the end, also at that of what is damaged; -1 with error. */
static ssize_t read_layer(struct layer *l, unsigned char *p, size_t n)
{
	ssize_t got;

	if (l->head_at < l->head_n) {
		n = n < l->head_n - l->head_at ? n : l->head_n - l->head_at;
		memcpy(p, l->head + l->head_at, n);
		l->head_at += n;
		return (ssize_t)n;
	}
	if (!l->below)
		return read_file(l, p, n);
	n = n < l->left ? n : (size_t)l->left;
	if (!n)
		return 0;
	got = l->gzip ? read_gzip(l, p, n) : read_layer(l->below, p, n);
	if (got < 0 && !l->error)
		l->error = l->below->error;
	if (got > 0)
		l->left -= (uint64_t)got;
	return got;
}

static size_t fill(struct layer *l, unsigned char *p, size_t n)
{
	size_t  filled = 0;
	ssize_t got = 1;

	while (filled < n && got > 0) {
		got = read_layer(l, p + filled, n - filled);
		filled += got > 0 ? (size_t)got : 0;
	}
	return filled;
}

static void look(struct layer *l)
{
	size_t n = fill(l, l->head, HEAD_BYTES);

	l->head_n = n;
	l->head_at = 0;
}

/* ---- opening ---- */

static struct layer *layer_above(struct arena *arena, struct layer *below, uint64_t left)
{
	struct layer *l = ARENA_NEW(arena, struct layer);

	l->below = below;
	l->left = left;
	return l;
}

static struct layer *open_gzip(struct arena *arena, struct layer *below)
{
	struct layer     *l = layer_above(arena, below, LIMIT_MODULE_BYTES);
	struct json_input input;

	l->gzip = true;
	json_input_callback(&input, read_below, below);
	json_source_open(&l->source, &input);
	l->source.inflate = json_inflate_new(arena);
	l->source.strict = true;
	return l;
}

static bool fill_from_layer(void *ctx, unsigned char *p, size_t n)
{
	return fill(ctx, p, n) == n;
}

static struct layer *open_tar(struct arena *arena, struct layer *below, const char **fault)
{
	uint64_t size = 0;

	*fault = tar_entry_first(fill_from_layer, below, &size);
	return layer_above(arena, below, size);
}

static bool is_module(const struct layer *l)
{
	return l->head_n >= HEADER_BYTES && memcmp(l->head, "\0asm", 4) == 0;
}

static bool is_gzip(const struct layer *l)
{
	return l->head_n >= GZIP_BYTES_MIN && l->head[0] == 0x1f && l->head[1] == 0x8b;
}

static bool is_tar(const struct layer *l)
{
	return l->head_n >= USTAR_BYTES_MIN && memcmp(l->head + USTAR_AT, "ustar", 5) == 0;
}

/* From the file inwards, as far as there are boxes. */
static struct layer *open_all(struct arena *arena, struct wasm_input *file, struct str *boxes, const char **fault)
{
	struct layer *l = ARENA_NEW(arena, struct layer);

	*boxes = STR_ABSENT;
	*fault = NULL;
	l->file = file;
	look(l);
	for (int n = 0; !is_module(l) && (is_gzip(l) || is_tar(l)); n++) {
		bool       gzip = is_gzip(l);
		struct str kind = gzip ? STR("gzip") : STR("a tar archive");

		if (n == WASM_BOXES_MAX) {
			*fault = "it is packed too often";
			return l;
		}
		*boxes = str_present(*boxes) ? STR_CONCAT(arena, kind, STR(" in "), *boxes) : kind;
		l = gzip ? open_gzip(arena, l) : open_tar(arena, l, fault);
		if (*fault)
			return l;
		look(l);
	}
	return l;
}

/* ---- the whole ---- */

static void drain(struct layer *l)
{
	unsigned char piece[4096];

	while (read_layer(l, piece, sizeof(piece)) > 0)
		;
}

/* What the innermost layer and all beneath it mind, when all that the agent unpacks has been read. */
static const char *fault_of_all(struct layer *l)
{
	const char *fault = NULL;

	if (!is_module(l))
		fault = "what is in it is no module";
	for (; l->below; l = l->below) {
		drain(l);
		if (l->error)
			return "it cannot be read";
		if (l->fault)
			fault = l->fault;
		else if (!l->gzip && l->left)
			fault = "the first entry of its archive is cut";
	}
	return fault;
}

static ssize_t read_module(struct wasm_input *in, unsigned char *p, size_t n, uint64_t offset)
{
	ssize_t got = read_below(in->context, p, n);

	(void)offset;
	if (got > 0 && in->sha256)
		sha256_add(in->sha256, str_of((const char *)p, (size_t)got));
	return got;
}

const char *wasm_box_open(struct arena *arena, struct wasm_input *file, struct wasm_input *ret, struct str *boxes)
{
	const char   *fault;
	struct layer *l = open_all(arena, file, boxes, &fault);

	if (!str_present(*boxes))
		return NULL;
	if (!fault)
		fault = fault_of_all(l);
	if (fault)
		return fault;
	l = open_all(arena, file, boxes, &fault);
	*ret = (struct wasm_input){ .read = read_module, .size = WASM_SIZE_UNKNOWN, .fd = file->fd, .context = l };
	return NULL;
}
