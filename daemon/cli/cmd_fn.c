/* callout fn: a KRM function for kustomize and kpt. The list is read whole, judged, and only then written. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/limits.h"
#include "cli/fn.h"

/* ---- the documents of the list ---- */

static bool is_ours(const struct list_item *item)
{
	return str_has_prefix(item->api_version, STR("callout.dev/")) &&
	       (str_is(item->kind, "FilterManifest") || str_is(item->kind, "Mesh"));
}

/* kustomize hands a generator's configuration over as an item too. */
static bool is_config_again(const struct function *f, const struct list_item *item)
{
	const struct list_item *config = &f->list.config;

	return f->list.has_config && str_eq(item->kind, config->kind) &&
	       str_eq(item->api_version, config->api_version) && str_eq(item->name, config->name) &&
	       str_eq(item->namespace, config->namespace);
}

static void take_document(struct function *f, const struct list_item *item, const struct manifest_options *options)
{
	struct run      *run = f->run;
	struct document *doc = resource_list_tree(run->arena, &f->list, item, &manifest_limits, &run->diags);

	if (!doc || !manifest_take(run->arena, &doc->root, options, &run->inputs, &run->diags))
		run->sound = false;
}

static void refuse_config(struct function *f)
{
	static const struct str ours[] = { STR_INIT("FilterManifest"), STR_INIT("Mesh"), STR_INIT("FunctionConfig") };
	const struct list_item *config = &f->list.config;
	struct str              kind = str_present(config->kind) ? config->kind : STR("a map without kind");
	struct str              what = str_present(config->api_version)
	                                       ? STR_CONCAT(f->run->arena, config->api_version, STR(" "), kind)
	                                       : kind;
	struct diag *d = diag_add(&f->run->diags, CO_FUNCTION_CONFIG, pos_at(f->list.source, config->start, 1),
	                          ARGS(STR_CONCAT(f->run->arena, what, STR(", which Callout does not know"))));
	size_t       near = str_nearest(kind, ours, 3);

	if (near < 3)
		diag_help(&f->run->diags, d, "did you mean `kind: {}` with `apiVersion: " CALLOUT_API_VERSION "`?",
		          ARGS(ours[near]));
	f->run->sound = false;
}

static void read_config(struct function *f)
{
	const struct list_item *config = &f->list.config;
	bool                    options =
		str_is(config->kind, "FunctionConfig") && str_has_prefix(config->api_version, STR("callout.dev/"));
	struct document *doc;

	f->config = function_config_default(f->run->arena);
	if (!f->list.has_config || is_ours(config))
		return;
	if (!options && !(str_is(config->kind, "ConfigMap") && str_is(config->api_version, "v1"))) {
		refuse_config(f);
		return;
	}
	doc = resource_list_tree(f->run->arena, &f->list, config, &manifest_limits, &f->run->diags);
	if (!doc || !function_config_read(f->run->arena, doc, &f->config, &f->run->diags))
		f->run->sound = false;
}

static struct str first_present(struct str a, struct str b)
{
	return str_present(a) ? a : b;
}

static void read_documents(struct function *f)
{
	struct run             *run = f->run;
	struct manifest_options options = { .default_namespace = STR("default") };

	read_config(f);
	options.default_namespace = first_present(argument_str(run->arguments, OPTION_NAMESPACE),
	                                          first_present(f->config.spec->namespace, options.default_namespace));
	f->namespace = options.default_namespace;
	run_read_mesh_file(run, &options);
	if (f->list.has_config && is_ours(&f->list.config))
		take_document(f, &f->list.config, &options);
	for (size_t i = 0; i < f->list.items.n; i++)
		if (is_ours(&f->list.items.items[i]) && !is_config_again(f, &f->list.items.items[i]))
			take_document(f, &f->list.items.items[i], &options);
	run_judge(run, first_present(argument_str(run->arguments, OPTION_MESH), f->config.spec->mesh),
	          first_present(argument_str(run->arguments, OPTION_ISTIO_VERSION), f->config.spec->istio_version));
}

/* ---- what is generated ---- */

static struct str generated_key(const void *generated)
{
	return ((const struct generated *)generated)->key;
}

static void take_planned(void *ctx, const struct resource *resource)
{
	struct function *f = ctx;

	(void)resource;
	f->n_generated++;
}

/* An object that replaces an item takes over the annotations by which kustomize or kpt know the item's file and place. */
static bool take_rendered(void *ctx, const struct resource *resource, const struct node *object)
{
	struct function  *f = ctx;
	struct arena     *arena = f->run->arena;
	struct generated *g = &f->generated[f->n_rendered++];

	g->key = STR_CONCAT(arena, str_c(resource->kind), STR("/"), resource->namespace, STR("/"), resource->name);
	hash_add(&f->by_key, g);
	g->item = fn_item_of(f, g->key);
	if (g->item)
		object = fn_with_marks(f, g->item, object);
	g->text = str_copy(arena, resource_list_text(f->run->scratch, &f->list, object));
	return true;
}

static void generate(struct function *f)
{
	struct run          *run = f->run;
	struct generation    g = run_generation(run);
	struct document_sink sink = { take_rendered, f };

	g.templates = templates_load(run->arena, argument_str(run->arguments, OPTION_TEMPLATES), &run->diags);
	run->sound = g.templates && run->sound && generation_check(&g, take_planned, f);
	if (!run->sound)
		return;
	hash_init(&f->by_key, run->arena, generated_key);
	fn_find_items(f);
	f->generated = ARENA_ARRAY(run->arena, f->n_generated + 1, struct generated);
	generation_render(&g, &sink);
	run->sound = fn_change_items(f, &f->changes);
}

/* ---- writing ---- */

struct output {
	struct buf text;
	bool       ok;
};

static bool take_output(void *ctx, struct str s)
{
	struct output *o = ctx;

	if (o->text.n + s.n > FN_FLUSH_BYTES) {
		o->ok = o->ok && print_output(buf_str(&o->text));
		buf_clear(&o->text);
	}
	if (s.n > FN_FLUSH_BYTES)
		o->ok = o->ok && print_output(s);
	else
		buf_add(&o->text, s);
	return o->ok;
}

static bool write_list(struct function *f)
{
	struct list_changes nothing = { 0 }, changes;
	struct output       o = { .ok = true };
	struct list_sink    sink = { take_output, &o };

	buf_init(&o.text, f->run->arena, 2 * (size_t)FN_FLUSH_BYTES);
	changes = f->run->sound && f->config.spec->mode == FUNCTION_GENERATE ? f->changes : nothing;
	changes.results = fn_results(f, &changes.n_results);
	return resource_list_write(&f->list, &changes, &sink) && print_output(buf_str(&o.text));
}

enum exit_status cmd_fn(struct arena *arena, const struct arguments *arguments)
{
	struct run           run;
	struct function      f = { .run = &run };
	const struct source *source;
	bool                 written = true;

	if (!run_prepare(&run, arena, arguments, "fn") || !run_check_versions(&run))
		return EXIT_USAGE;
	source = source_read(arena, STR("-"), LIMIT_LIST_BYTES, &run.diags);
	if (source && resource_list_read(arena, run.scratch, source, &f.list, &run.diags)) {
		read_documents(&f);
		generate(&f);
		written = write_list(&f);
	}
	return run_finish(&run, written);
}
