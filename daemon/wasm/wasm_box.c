#include "wasm/wasm_box.h"

#include <errno.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/sha256.h"
#include "json/json_source.h"
#include "wasm/other_format.h"
#include "wasm/tar_entry.h"

enum { HEAD_BYTES = OTHER_FORMAT_BYTES, USTAR_AT = 257, USTAR_BYTES_MIN = 263, GZIP_BYTES_MIN = 3, HEADER_BYTES = 8 };

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
static struct layer *open_all(struct arena *arena, struct wasm_box *box)
{
	struct layer *l = ARENA_NEW(arena, struct layer);

	l->file = &box->file;
	look(l);
	for (int n = 0; !box->fault && !is_module(l) && (is_gzip(l) || is_tar(l)); n++) {
		bool       gzip = is_gzip(l);
		struct str kind = gzip ? STR("gzip") : STR("a tar archive");

		if (n == WASM_BOXES_MAX) {
			box->fault = "it is packed too often";
			break;
		}
		box->kinds = n ? STR_CONCAT(arena, kind, STR(" in "), box->kinds) : kind;
		l = gzip ? open_gzip(arena, l) : open_tar(arena, l, &box->fault);
		if (!box->fault)
			look(l);
	}
	return l;
}

static ssize_t read_module(struct wasm_input *in, unsigned char *p, size_t n, uint64_t offset)
{
	ssize_t got = read_below(in->context, p, n);

	(void)offset;
	if (got > 0 && in->sha256)
		sha256_add(in->sha256, str_of((const char *)p, (size_t)got));
	return got;
}

void wasm_box_open(struct arena *arena, struct wasm_box *box)
{
	box->kinds = STR_ABSENT;
	box->fault = NULL;
	box->inmost = NULL;
	if (box->wants_sha256 && !box->file.seekable)
		box->file.sha256 = sha256_new(arena);
	if (box->sealed)
		return;
	box->inmost = open_all(arena, box);
	if (!str_present(box->kinds) && box->file.seekable)
		box->inmost = NULL; /* what was looked at can be read again */
	box->module = (struct wasm_input){
		.read = read_module, .size = WASM_SIZE_UNKNOWN, .fd = box->file.fd, .context = box->inmost
	};
	if (box->wants_sha256 && str_present(box->kinds))
		box->module.sha256 = sha256_new(arena);
}

/* ---- the whole ---- */

static bool is_taken(const struct wasm_box *box)
{
	return str_present(box->kinds) && !box->fault;
}

/* errno, if anything could not be read. */
static int error_of(const struct layer *l)
{
	while (l && !l->error)
		l = l->below;
	return l ? l->error : 0;
}

static void drain(struct layer *l)
{
	unsigned char piece[4096];

	while (read_layer(l, piece, sizeof(piece)) > 0)
		;
}

/* What the inmost layer and all beneath it mind, when all that the agent unpacks has been read. */
static const char *fault_of_all(struct wasm_box *box)
{
	const char *fault = is_module(box->inmost) ? NULL : "what is in it is no module";

	wasm_input_drain(&box->module); /* for its checksum */
	for (struct layer *l = box->inmost; l->below; l = l->below) {
		drain(l);
		if (l->fault)
			fault = l->fault;
		else if (!l->gzip && l->left)
			fault = "the first entry of its archive is cut";
	}
	return fault;
}

static const struct wasm_module *unreadable(struct arena *arena, int error)
{
	struct wasm_module *m = ARENA_NEW(arena, struct wasm_module);

	m->error = error;
	return m;
}

static const struct wasm_module *read_file_itself(struct arena *arena, struct wasm_box *box,
                                                  struct wasm_options options)
{
	struct layer     *file = box->inmost;
	struct wasm_input first;

	options.names = NULL;
	if (box->file.seekable)
		return wasm_module_read(arena, &box->file, &options);
	while (file->below)
		file = file->below;
	drain(file); /* for its size */
	if (file->error)
		return unreadable(arena, file->error);
	wasm_input_bytes(&first, str_of((const char *)file->head, file->head_n));
	first.size = (int64_t)file->at;
	return wasm_module_read(arena, &first, &options);
}

static const struct wasm_module *read_taken(struct arena *arena, struct wasm_box *box,
                                            const struct wasm_options *options)
{
	const struct wasm_module *module = wasm_module_read(arena, &box->module, options);

	if (!module->error)
		box->fault = fault_of_all(box);
	return module;
}

const struct wasm_module *wasm_box_read(struct arena *arena, struct wasm_box *box, const struct wasm_options *options)
{
	const struct wasm_module *module = NULL;

	if (!box->inmost)
		return wasm_module_read(arena, &box->file, options);
	if (!str_present(box->kinds) && is_module(box->inmost))
		return wasm_module_read(arena, &box->module, options);
	if (is_taken(box))
		module = read_taken(arena, box, options);
	if (error_of(box->inmost))
		return unreadable(arena, error_of(box->inmost));
	return is_taken(box) ? module : read_file_itself(arena, box, *options);
}

struct str wasm_box_sha256(struct arena *arena, struct wasm_box *box)
{
	struct wasm_input *in = is_taken(box) ? &box->module : &box->file;

	if (in->seekable)
		return sha256_of_file(arena, in->fd, in->start);
	return wasm_input_drain(in) ? sha256_text(arena, in->sha256) : STR_ABSENT;
}

void wasm_box_finding(const struct wasm_box *box, struct pos place, struct diags *diags)
{
	if (box->fault)
		diag_add(diags, CO_WASM_BOX, place, ARGS(box->kinds, str_c(box->fault)));
	else if (str_present(box->kinds))
		diag_add(diags, CO_WASM_BOXED, place, ARGS(box->kinds));
}
