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

/* The depth of indexes within indexes: nobody writes more than two. */
enum { DIGEST_DIGITS = 64, INDEX_DEPTH = 16 };

#define MODULE_IN_IMAGE STR("plugin.wasm")
#define MODULE_LAYER    STR("application/vnd.module.wasm.content.layer.v1+wasm")
#define PACKED_LAYER    STR("application/vnd.oci.image.layer.v1.tar+gzip")
#define DOCKER_LAYER    STR("application/vnd.docker.image.rootfs.diff.tar.gzip")
#define DOCKER_MANIFEST STR("application/vnd.docker.distribution.manifest.v2+json")

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

/* ---- from the index to the image's manifest ---- */

/* What the descriptor of a manifest leads to. */
struct image_manifest {
	struct str         digest;
	const struct node *layers;
	bool               is_docker; /* Istio goes by what the manifest says of itself */
};

/* The only entry of a list; NULL when there is none, or several. */
static const struct node *only_entry(const struct node *list)
{
	return list && list->kind == NODE_LIST && list->count == 1 ? list->first : NULL;
}

/* The platform that istio-agent asks for, whatever it runs on; an entry without one counts as that
 * (go-containerregistry pkg/v1/remote/index.go, childByPlatform). */
static bool is_for_agent(const struct node *entry)
{
	const struct node *platform = node_get(entry, "platform");

	return !platform || platform->kind == NODE_NULL ||
	       (str_is(node_get_text(platform, "os"), "linux") &&
	        str_is(node_get_text(platform, "architecture"), "amd64"));
}

static const struct node *entry_for_agent(const struct node *entries)
{
	if (entries && entries->kind == NODE_LIST)
		NODE_EACH (entry, entries)
			if (is_for_agent(entry))
				return entry;
	return NULL;
}

/* index.json is the folder's own list, from which one image is pushed; below it are the indexes of a registry. */
static const char *find_manifest(struct arena *arena, int directory, struct image_manifest *ret)
{
	const struct node *doc = read_document(arena, directory, "index.json"), *entry;

	for (int depth = 0; depth < INDEX_DEPTH; depth++) {
		const struct node *manifests = node_get(doc, "manifests"), *layers = node_get(doc, "layers");

		if (!doc)
			return "its index or its manifest is missing or damaged";
		if (layers && layers->kind == NODE_LIST && depth > 0) {
			ret->layers = layers;
			ret->is_docker = str_eq(node_get_text(doc, "mediaType"), DOCKER_MANIFEST);
			return NULL;
		}
		entry = depth == 0 ? only_entry(manifests) : entry_for_agent(manifests);
		if (!entry)
			return depth == 0
			               ? "it holds several images, or none"
			               : "its index has no image for linux/amd64, which istio-agent asks for on every "
			                 "machine";
		ret->digest = digest_of(entry);
		if (!str_present(ret->digest))
			return "an entry of its index has no sha256 digest";
		doc = read_document(arena, directory, blob_path(arena, ret->digest));
	}
	return "its index leads nowhere";
}

/* ---- from the manifest to the module ---- */

static const char *open_layer(struct arena *arena, int directory, const struct node *layer, int *ret_fd)
{
	struct str digest = digest_of(layer);

	if (!str_present(digest))
		return "a layer of it has no sha256 digest";
	*ret_fd = open_regular(directory, blob_path(arena, digest));
	return *ret_fd < 0 ? "a layer of it is missing" : NULL;
}

static bool is_packed(int fd)
{
	unsigned char magic[2];

	return pread(fd, magic, sizeof(magic), 0) == (ssize_t)sizeof(magic) && magic[0] == 0x1f && magic[1] == 0x8b;
}

/* plugin.wasm in the packed archive that is the last layer. */
static const char *open_archived(struct arena *arena, int directory, const struct node *layer, struct wasm_input *ret)
{
	int         fd;
	const char *fault = open_layer(arena, directory, layer, &fd);

	if (fault)
		return fault;
	if (!is_packed(fd))
		fault = "its last layer is not packed with gzip, whatever its type says";
	else if (!tar_member_open(arena, fd, MODULE_IN_IMAGE, ret))
		fault = "there is no plugin.wasm in its last layer";
	else
		return NULL;
	close(fd);
	return fault;
}

/* A layer that is the module. */
static const char *open_bare(struct arena *arena, int directory, const struct node *layer, struct wasm_input *ret)
{
	int         fd;
	const char *fault = open_layer(arena, directory, layer, &fd);

	if (!fault)
		wasm_input_fd(ret, fd);
	return fault;
}

static bool has_type(const struct node *layer, struct str type)
{
	return str_eq(node_get_text(layer, "mediaType"), type);
}

static const struct node *bare_layer(const struct node *layers)
{
	NODE_EACH (layer, layers)
		if (has_type(layer, MODULE_LAYER))
			return layer;
	return NULL;
}

static const struct node *last_layer(const struct node *layers)
{
	const struct node *last = NULL;

	NODE_EACH (layer, layers)
		last = layer;
	return last;
}

/* Why none of the layers is taken for the module, or for an archive of it. */
static const char *foreign_layers(struct arena *arena, const struct image_manifest *m, struct str expected)
{
	struct str given = node_get_text(last_layer(m->layers), "mediaType");

	if (!m->is_docker && bare_layer(m->layers))
		return str_fmt(arena,
		               "istio-agent takes a layer of type %.*s only where there are two layers, and here are %u",
		               STR_ARG(MODULE_LAYER), m->layers->count)
		        .p;
	return str_fmt(arena, "its last layer is \"%.*s\", not %.*s", STR_ARG(given), STR_ARG(expected)).p;
}

/* As istio-agent looks for it (istio pkg/wasm/imagefetcher.go): an archive at the end first, then, but not in an image of
 * Docker's, a bare module and one layer beside it. */
static const char *open_module(struct arena *arena, int directory, const struct image_manifest *m,
                               struct wasm_input *ret)
{
	struct str         expected = m->is_docker ? DOCKER_LAYER : PACKED_LAYER;
	const struct node *last = last_layer(m->layers), *bare = m->is_docker ? NULL : bare_layer(m->layers);
	const char        *fault = NULL;

	if (!last)
		return "its manifest names no layer";
	if (has_type(last, expected)) {
		fault = open_archived(arena, directory, last, ret);
		if (!fault)
			return NULL;
	}
	if (bare && m->layers->count == 2)
		return open_bare(arena, directory, bare, ret);
	return fault ? fault : foreign_layers(arena, m, expected);
}

const char *oci_layout_read(struct arena *arena, int directory, struct oci_image *ret)
{
	struct image_manifest manifest = { 0 };
	struct oci_image      image;
	const char           *fault = find_manifest(arena, directory, &manifest);

	if (!fault)
		fault = open_module(arena, directory, &manifest, &image.module);
	if (fault)
		return fault;
	image.digest = manifest.digest;
	*ret = image;
	return NULL;
}
