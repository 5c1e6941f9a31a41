#include "serve/settings.h"

#include <sys/stat.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/sha256.h"
#include "manifest/manifest.h"
#include "render/template.h"
#include "serve/documents/extract.h"
#include "serve/upkeep/certificates.h"

struct building {
	struct arena          *arena;
	int                    argc;
	char                 **argv;
	const struct settings *before; /* NULL: the daemon starts */
	struct config_request *request;
	struct diags          *diags;
	struct settings       *settings;
};

/* The file is read once more by each request; here is found out whether it can be. */
static bool read_mesh(struct arena *arena, struct settings *s, struct diags *diags)
{
	struct manifest_options options = { .default_namespace = STR("default") };
	struct inputs           inputs = { 0 };
	const struct source    *source;

	if (!str_present(s->config.mesh_file))
		return true;
	source = source_read(arena, s->config.mesh_file, LIMIT_DOCUMENT_BYTES, diags);
	if (!source || !mesh_file_parse(arena, source, &options, &inputs, diags))
		return false;
	s->mesh_name = source->name;
	s->mesh_bytes = source->bytes;
	return mesh_choose(arena, &inputs, STR_ABSENT, STR_ABSENT, diags) != NULL;
}

/* A number that tells meshes apart, and versions of the code that extracts by them. */
static unsigned extractor_of(struct arena *arena, const struct settings *s)
{
	struct str sum = sha256_of_bytes(arena, STR_CONCAT(arena, str_from_uint(arena, EXTRACT_VERSION), STR(" "),
	                                                   str_present(s->mesh_bytes) ? s->mesh_bytes : STR("")));
	unsigned   n = 0;

	for (size_t i = 0; i < 7; i++)
		n = n << 4 | (unsigned)(sum.p[i] <= '9' ? sum.p[i] - '0' : sum.p[i] - 'a' + 10);
	return n + 1;
}

static bool refuse(struct diags *diags, const char *setting, const char *why)
{
	diag_add(diags, CO_SERVE_SETTING, POS_NONE, ARGS(str_c(setting), str_c(why)));
	return false;
}

static bool read_credentials(struct arena *arena, struct settings *s, struct diags *diags)
{
	const struct config *c = &s->config;
	struct tls_paths     paths;

	if (str_present(c->tls_cert) != str_present(c->tls_key))
		return refuse(diags, str_present(c->tls_cert) ? "tlsCert" : "tlsKey",
		              str_present(c->tls_cert) ? "needs tlsKey" : "needs tlsCert");
	if (str_present(c->client_ca) && !str_present(c->tls_cert))
		return refuse(diags, "clientCa", "needs tlsCert and tlsKey");
	if (str_present(c->client_ca) && !str_present(c->tokens))
		return refuse(diags, "clientCa", "needs tokens, which says whom a certificate stands for");
	if (str_present(c->tls_cert)) {
		paths = certificate_paths(c);
		s->tls = tls_keys_read(arena, &paths, diags);
		if (!s->tls)
			return false;
		certificates_judge(c, s->tls->terms, diags);
	}
	if (str_present(c->tokens)) {
		s->principals = principals_read(arena, c->tokens, diags);
		if (!s->principals)
			return false;
	}
	return true;
}

/* A pipe gave what it had when the daemon started. Whoever opens it again waits for a writer, and hears no signal. */
static bool is_readable_again(struct building *b, struct str path)
{
	struct stat st;

	if (!str_present(path))
		return true;
	if (!str_is(path, "-") && (stat(str_copy(b->arena, path).p, &st) != 0 || S_ISREG(st.st_mode) ||
	                           S_ISDIR(st.st_mode) || str_is(path, "/dev/null")))
		return true;
	diag_add(b->diags, CO_CANNOT_READ, POS_NONE, ARGS(path, STR("only a file can be read again")));
	return false;
}

static bool are_readable_again(struct building *b, const struct config *c)
{
	const struct str files[] = { c->mesh_file, c->tls_cert, c->tls_key, c->client_ca, c->tokens };
	bool             ok = true;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		ok = is_readable_again(b, files[i]) && ok;
	for (size_t i = 0; str_present(c->templates) && i < n_resource_types; i++)
		ok = is_readable_again(b, template_path(b->arena, c->templates, str_c(resource_types[i]->name))) && ok;
	return ok;
}

static bool read_config(struct building *b, struct settings *s)
{
	if (b->before && !is_readable_again(b, b->before->file))
		return false;
	if (!config_read(b->arena, b->argc, b->argv, &s->config, b->request, b->diags))
		return false;
	s->file = b->request->file;
	return !b->before || are_readable_again(b, &s->config);
}

static void build(struct building *b)
{
	struct settings *s = ARENA_NEW(b->arena, struct settings);
	bool             ok = read_config(b, s);

	if (!ok || b->request->help || b->request->version) {
		b->settings = ok ? s : NULL;
		return;
	}
	ok = read_mesh(b->arena, s, b->diags);
	s->extractor = extractor_of(b->arena, s);
	ok = read_credentials(b->arena, s, b->diags) && ok;
	s->templates = templates_load(b->arena, s->config.templates, b->diags);
	if (ok && s->templates)
		b->settings = s;
}

struct settings *settings_build(struct arena *arena, int argc, char **argv, const struct settings *before,
                                struct config_request *ret_request, struct diags *diags)
{
	struct building b = {
		.arena = arena, .argc = argc, .argv = argv, .before = before, .request = ret_request, .diags = diags
	};

	diags_init(diags, arena);
	build(&b);
	if (!b.settings)
		return NULL;
	atomic_init(&b.settings->users, 1);
	b.settings->arena = arena;
	return b.settings;
}
