/* POST /v1/inspect: a module, read as it arrives and never held. */
#include <errno.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/sha256.h"
#include "report/modules.h"
#include "report/report.h"
#include "serve/api/routes.h"
#include "serve/documents/documents.h"
#include "wasm/wasm_box.h"

/* The bytes come from the client, in order. */
static ssize_t read_body(struct wasm_input *in, unsigned char *p, size_t n, uint64_t offset)
{
	ssize_t got = http_read(in->context, p, n);

	(void)offset;
	if (in->sha256 && got > 0)
		sha256_add(in->sha256, str_of((const char *)p, (size_t)got));
	return got;
}

/* Of the query, else of the mesh. False: the answer is set. */
static bool read_question(struct call *call, struct envoy_question *ret)
{
	struct str  istio = call_query(call, "istioVersion"), envoy = call_query(call, "envoyVersion");
	bool        all = call_flag(call, "allVersions");
	const char *fault = NULL;

	if (str_present(istio) + str_present(envoy) + all > 1) {
		problem(call, 400, STR("istioVersion, envoyVersion and allVersions exclude each other"));
		return false;
	}
	*ret = envoy_question_istio((struct version_range){ ISTIO_DEFAULT_LOWEST, ISTIO_NEWEST });
	if (all)
		ret->asked = ENVOY_ALL;
	else if (str_present(istio))
		fault = istio_question_parse(call->arena, istio, ret);
	else if (str_present(envoy))
		fault = envoy_question_parse(call->arena, envoy, ret);
	else
		*ret = envoy_question_istio(mesh_of_settings(call->arena, call->settings)->versions);
	if (fault)
		problem(call, 400,
		        STR_CONCAT(call->arena, str_present(istio) ? STR("istioVersion ") : STR("envoyVersion "),
		                   str_c(fault)));
	return !fault;
}

static void answer_report(struct call *call, struct module_report *module, const struct diags *diags)
{
	enum media    media = call->wanted;
	struct report report = { .command = STR("inspect"), .diags = diags, .modules = module };
	struct buf    b;

	buf_init(&b, call->arena, LIMIT_LISTING_BYTES);
	if (media == MEDIA_TEXT) {
		module_write_text(&b, module);
		if (module->all_versions)
			module_write_matrix(&b, module);
	} else {
		report_write(&b, report_format_find(STR("json")), &report);
	}
	metrics_findings(&call->service->metrics, diags);
	reply(call, 200, media, buf_str(&b));
}

void answer_inspect(struct call *call)
{
	struct wasm_options       options = { .max_bytes = LIMIT_MODULE_BYTES, .max_code_bytes = LIMIT_CODE_BYTES };
	struct module_report     *module = ARENA_NEW(call->arena, struct module_report);
	const struct wasm_module *m;
	struct diags              diags;
	struct pos                place;
	struct str                name = call_query(call, "source");
	struct wasm_box           box = { .wants_sha256 = call_flag(call, "sha256") };

	if (!read_question(call, &module->question))
		return;
	diags_init(&diags, call->arena);
	box.file = (struct wasm_input){ .read = read_body, .size = WASM_SIZE_UNKNOWN, .fd = -1, .context = call->x };
	wasm_box_open(call->arena, &box);
	m = wasm_box_read(call->arena, &box, &options);
	if (m->error) {
		problem(call, m->error == EFBIG ? 413 : 400, STR("the module did not arrive whole"));
		return;
	}
	module->name = name.n ? name : STR("<stdin>");
	module->image = module->sha256 = STR_ABSENT;
	module->verdict = wasm_check(call->arena, m, NULL);
	module->all_versions = call_flag(call, "allVersions");
	if (str_present(module->question.newer))
		diag_add(&diags, CO_WASM_VERSION_NEWER, POS_NONE,
		         ARGS(module->question.newer,
		              envoy_set_text(call->arena, envoy_since(ENVOY_NEWEST), module->question.by_envoy)));
	place = pos_at(source_from_bytes(call->arena, module->name, STR_ABSENT), 0, 0);
	wasm_findings(module->verdict, &module->question, place, &diags);
	wasm_box_finding(&box, place, &diags);
	module_add_call(call->arena, module, NULL);
	if (box.wants_sha256)
		module->sha256 = wasm_box_sha256(call->arena, &box);
	answer_report(call, module, &diags);
}
