#include "wasm/oci_layout.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/ascii.h"
#include "base/file.h"
#include "base/limits.h"
#include "json/json_tree.h"
#include "wasm/tar_member.h"

enum { DIGEST_DIGITS = 64 };

#define MODULE_IN_IMAGE STR("plugin.wasm")

bool is_oci_layout(int directory)
{
	struct stat st;

	return fstatat(directory, "oci-layout", &st, 0) == 0 && S_ISREG(st.st_mode);
}

/* A regular file, or -1. A pipe must not be waited for. */
static int open_regular(int directory, const char *path)
{
	int         fd = openat(directory, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)))
		return fd;
	close(fd);
	return -1;
}

/* ---- documents ---- */

/* The root of a JSON file; NULL when it cannot be had. */
static const struct node *read_document(struct arena *arena, int directory, const char *path)
{
	int              fd = open_regular(directory, path);
	struct str       bytes;
	struct diags     diags;
	struct document *doc = NULL;

	if (fd < 0)
		return NULL;
	diags_init(&diags, arena);
	if (file_read_fd(arena, fd, str_c(path), LIMIT_OCI_DOCUMENT_BYTES, &bytes, &diags))
		doc = json_tree_read(arena, source_from_bytes(arena, str_c(path), bytes), &diags);
	close(fd);
	return doc ? &doc->root : NULL;
}

/* The digits of a descriptor's digest; absent when it is of another kind. Nothing else may become a path. */
static struct str digest_of(const struct node *descriptor)
{
	struct str text = node_get_text(descriptor, "digest");

	if (!str_has_prefix(text, STR("sha256:")) || text.n != STR("sha256:").n + DIGEST_DIGITS)
		return STR_ABSENT;
	text = str_slice(text, STR("sha256:").n, text.n);
	for (size_t i = 0; i < text.n; i++)
		if (!ascii_is_lower_hex(text.p[i]))
			return STR_ABSENT;
	return text;
}

static const char *blob_path(struct arena *arena, struct str digest)
{
	return STR_CONCAT(arena, STR("blobs/sha256/"), digest).p;
}

/* ---- from the index to the layer ---- */

/* The only entry of a list; NULL when there is none, or several. */
static const struct node *only_entry(const struct node *list)
{
	return list && list->kind == NODE_LIST && list->count == 1 ? list->first : NULL;
}

/* Istio's agent resolves an index to the image of its platform; one that has several gives several digests. */
static const char *find_manifest(struct arena *arena, int directory, struct str *ret_digest,
                                 const struct node **ret_layers)
{
	const struct node *doc = read_document(arena, directory, "index.json");

	for (int depth = 0; depth < 3; depth++) {
		const struct node *manifests = node_get(doc, "manifests"), *layers = node_get(doc, "layers");

		if (!doc)
			return "its index or its manifest is missing or damaged";
		if (layers && depth > 0) {
			*ret_layers = layers;
			return NULL;
		}
		if (!only_entry(manifests))
			return "it holds several images, or none";
		*ret_digest = digest_of(only_entry(manifests));
		if (!str_present(*ret_digest))
			return "an entry of its index has no sha256 digest";
		doc = read_document(arena, directory, blob_path(arena, *ret_digest));
	}
	return "its index leads nowhere";
}

/* The layer that says it is a module, else the last one. */
static const struct node *find_layer(const struct node *layers)
{
	const struct node *last = NULL;

	NODE_EACH (layer, layers) {
		struct str type = node_get_text(layer, "mediaType");

		last = layer;
		if (str_find_str(type, STR("wasm"), 0) < type.n)
			return layer;
	}
	return last;
}

static const char *open_module(struct arena *arena, int fd, struct wasm_input *ret)
{
	unsigned char magic[4] = { 0 };

	if (pread(fd, magic, sizeof(magic), 0) == (ssize_t)sizeof(magic) && memcmp(magic, "\0asm", 4) == 0) {
		wasm_input_fd(ret, fd);
		return NULL;
	}
	return tar_member_open(arena, fd, MODULE_IN_IMAGE, ret) ? NULL : "there is no plugin.wasm in its last layer";
}

const char *oci_layout_read(struct arena *arena, int directory, struct oci_image *ret)
{
	struct oci_image   image = { 0 };
	const struct node *layers = NULL;
	const char        *fault = find_manifest(arena, directory, &image.digest, &layers);
	struct str         digest;
	int                fd;

	if (fault)
		return fault;
	digest = digest_of(find_layer(layers));
	if (!str_present(digest))
		return "its manifest names no layer";
	fd = open_regular(directory, blob_path(arena, digest));
	if (fd < 0)
		return "a layer of it is missing";
	fault = open_module(arena, fd, &image.module);
	if (fault) {
		close(fd);
		return fault;
	}
	*ret = image;
	return NULL;
}
