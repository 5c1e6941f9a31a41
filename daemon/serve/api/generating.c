/* POST /v1/generate, /v1/check and /v1/clusters: manifests in, objects or findings out; nothing is stored. */
#include "base/arena.h"
#include "base/limits.h"
#include "report/cluster_list.h"
#include "report/report.h"
#include "serve/api/routes.h"
#include "serve/documents/documents.h"

/* False: the query was refused. */
static bool read_options(struct call *call, struct documents_options *options, struct str *ret_source)
{
	*options = (struct documents_options){ .settings = call->settings, .is_json = call->sent == MEDIA_JSON };
	if (!call_namespace(call, &options->namespace) || !call_istio_version(call, &options->istio_version))
		return false;
	*ret_source = call_query(call, "source");
	if (!str_present(*ret_source) || ret_source->n == 0)
		*ret_source = STR("<stdin>");
	return true;
}

/* False: the answer is set. d->sound tells whether to go on. */
static bool load(struct call *call, struct documents *d)
{
	struct documents_options options;
	struct str               name;

	if (!read_options(call, &options, &name))
		return false;
	*d = (struct documents){ .arena = call->arena, .scratch = http_scratch(call->x) };
	d->sound = documents_load(d, source_from_bytes(call->arena, name, call->x->body), &options);
	return true;
}

/* What one manifest comes to, so that its room need not grow. */
enum { USUAL_BYTES = 4096 };

void answer_generate(struct call *call)
{
	struct str       output = call_query(call, "output"), tool = call_query(call, "escapeFor");
	enum media       media = call->wanted;
	int64_t          began = http_clock();
	struct documents d;
	struct buf       out;

	if (str_present(output))
		media = str_is(output, "json") ? MEDIA_JSON : MEDIA_YAML;
	if (str_present(tool) && media == MEDIA_JSON) {
		problem(call, 400, STR("escapeFor knows flux, with YAML output"));
		return;
	}
	if (!load(call, &d))
		return;
	buf_init(&out, call->arena, LIMIT_LISTING_BYTES);
	buf_reserve(&out, USUAL_BYTES);
	if (!d.sound || !documents_render(&d, media == MEDIA_JSON, str_present(tool), &out)) {
		problem_findings(call, 422, &d.diags);
		return;
	}
	add_warnings(call, &d.diags);
	reply(call, 200, media, buf_str(&out));
	metrics_render(&call->service->metrics, http_clock() - began);
}

void answer_check(struct call *call)
{
	enum media       media = call->wanted;
	struct documents d;
	struct report    report = { .command = STR("check") };
	struct buf       out;

	if (!load(call, &d))
		return;
	if (d.sound)
		generation_check(&d.generation, NULL, NULL);
	report.diags = &d.diags;
	buf_init(&out, call->arena, LIMIT_LISTING_BYTES);
	report_write(&out, report_format_find(media == MEDIA_TEXT ? STR("text") : STR("json")), &report);
	call->errors = d.diags.errors;
	metrics_findings(&call->service->metrics, &d.diags);
	reply(call, 200, media, buf_str(&out));
}

void answer_clusters(struct call *call)
{
	struct str               output = call_query(call, "output");
	enum cluster_list_format format = call->wanted == MEDIA_TEXT ? CLUSTER_LIST_TABLE : CLUSTER_LIST_JSON;
	struct documents         d;
	struct buf               out;

	if (str_present(output))
		cluster_list_format_find(output, &format);
	if (!load(call, &d))
		return;
	buf_init(&out, call->arena, LIMIT_LISTING_BYTES);
	if (d.sound)
		generation_note_nothing(&d.generation, "list", false);
	if (!d.sound || !cluster_list_write(&out, format, &d.generation)) {
		problem_findings(call, 422, &d.diags);
		return;
	}
	add_warnings(call, &d.diags);
	reply(call, 200, format == CLUSTER_LIST_JSON ? MEDIA_JSON : MEDIA_TEXT, buf_str(&out));
}
