/* POST /v1/verify, and dumps that are handed in for a stored manifest. */
#include "serve/api/verifying.h"

#include <errno.h>

#include "base/arena.h"
#include "base/limits.h"
#include "report/report.h"
#include "serve/content/gunzip.h"
#include "serve/content/multipart.h"
#include "verify/verify.h"

bool verifying_begin(struct verifying *v, struct call *call, struct documents *d)
{
	struct generation *g = &d->generation;

	*v = (struct verifying){ .call = call, .documents = d };
	v->last = &v->first;
	dump_wants_init(&v->wants, call->arena);
	v->items = ARENA_ARRAY(call->arena, d->inputs.n_manifests + 1, struct verify_item);
	for (size_t i = 0; i < d->inputs.n_manifests; i++) {
		const struct plan *plan;

		if (g->only && g->only != d->inputs.manifests[i])
			continue;
		plan = plan_build(call->arena, d->inputs.manifests[i], d->mesh, &g->neighbours, PLAN_ALL, &d->diags);
		if (plan)
			v->items[v->n_items++] = verify_item_new(call->arena, plan, &v->wants);
	}
	generation_note_nothing(g, "verify", true);
	v->left = (uint64_t)call->settings->config.max_dump_bytes;
	v->reader = dump_reader_in_blocks(call->arena, &v->wants, call_flag(call, "strict"), LIMIT_BODY_BLOCK);
	return d->diags.errors == 0;
}

/* web-7d9c.shop.json.gz is a dump of web-7d9c.shop. */
static struct str without_ending(struct str name)
{
	static const char *const endings[] = { ".gz", ".json", ".txt" };

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (str_ends_with_nocase(name, str_c(endings[i])) && name.n > strlen(endings[i]))
			name.n -= strlen(endings[i]);
	return name;
}

void verifying_read(struct verifying *v, struct str name, struct str proxy, json_read_fn *read, void *ctx)
{
	struct arena      *arena = v->call->arena;
	struct source     *source = source_without_bytes(arena, name.n ? name : STR("<stdin>"));
	struct proxy_part *part;
	struct json_input  input;

	v->n_dumps++;
	json_input_callback(&input, read, ctx);
	dump_reader_cap(v->reader, v->left);
	part = dump_read(v->reader, arena, source, &input, &v->documents->diags);
	v->capped = v->capped || dump_reader_bytes(v->reader) >= v->left; /* JSON is read up to the cap, no further */
	v->left -= dump_reader_bytes(v->reader) < v->left ? dump_reader_bytes(v->reader) : v->left;
	if (!part)
		return;
	part->given_name = proxy;
	*v->last = part;
	v->last = &part->next;
}

bool verifying_end(struct verifying *v)
{
	struct documents *d = v->documents;

	if (!v->first || d->diags.errors)
		return false;
	v->proxies = proxy_states_join(v->call->arena, &v->wants, v->first);
	if (v->proxies.n == 0) {
		diag_add(&d->diags, CO_DUMP_FOREIGN, POS_NONE,
		         ARGS(STR("istiod's list of proxies alone, which goes with their dumps")));
		return false;
	}
	v->result = ARENA_NEW(v->call->arena, struct verification);
	verification_init(v->result, v->call->arena, d->mesh, NULL, false, call_flag(v->call, "onlyMatching"));
	for (size_t p = 0; p < v->proxies.n; p++)
		for (size_t i = 0; i < v->n_items; i++)
			verify_plan(v->result, &v->items[i], &v->proxies.items[p]);
	verification_findings(v->result, v->items, v->n_items, &v->proxies, &d->diags);
	return true;
}

void verifying_refuse(struct verifying *v)
{
	struct diags *diags = &v->documents->diags;
	unsigned      status = 422;
	struct str    most = str_from_uint(v->call->arena, (uint64_t)v->call->settings->config.max_dump_bytes);

	for (struct diag *d = diags->first; d && v->capped; d = d->next)
		if (d->code == CO_DUMP_TOO_LARGE) {
			d->message = STR_CONCAT(v->call->arena, STR("the dumps of one request are larger than "), most,
			                        STR(" bytes together"));
			diag_help(diags, d, "maxDumpBytes is what they may have together, inflated", NO_ARGS);
			status = 413;
		}
	problem_findings(v->call, status, diags);
}

/* ---- POST /v1/verify ---- */

/* The body: a form, packed or not. */
struct form {
	struct call      *call;
	struct gunzip    *gunzip; /* NULL: it is not packed */
	struct multipart *parts;
};

static ssize_t read_exchange(void *ctx, void *p, size_t n)
{
	return http_read(ctx, p, n);
}

/* False: the answer is set. */
static bool form_open(struct form *f, struct call *call)
{
	struct str boundary = media_parameter(http_request_header(call->x, "Content-Type"), STR("boundary"));

	*f = (struct form){ .call = call };
	if (encoding_is_gzip(http_request_header(call->x, "Content-Encoding")))
		f->gunzip = gunzip_new(call->arena, read_exchange, call->x,
		                       (uint64_t)call->settings->config.max_dump_bytes);
	f->parts = f->gunzip ? multipart_new(call->arena, boundary, gunzip_read, f->gunzip)
	                     : multipart_new(call->arena, boundary, read_exchange, call->x);
	if (!f->parts)
		problem(call, 400, STR("Content-Type has no boundary"));
	return f->parts != NULL;
}

static bool refuse_body(struct form *f, const char *why)
{
	int fault = f->gunzip ? gunzip_fault(f->gunzip) : 0;

	if (errno == EFBIG || fault == EFBIG)
		problem(f->call, 413, STR("the body is larger than what is taken here"));
	else
		problem(f->call, 400, fault == EBADMSG ? STR("the gzip stream is damaged or cut off") : str_c(why));
	return false;
}

/* Behind the last part comes the checksum of what is packed, and what may be too much. False: the answer is set. */
static bool form_close(struct form *f)
{
	char    piece[4096];
	ssize_t got = 0;

	do
		got = f->gunzip ? gunzip_read(f->gunzip, piece, sizeof(piece))
		                : read_exchange(f->call->x, piece, sizeof(piece));
	while (got > 0);
	return got == 0 || refuse_body(f, "the body did not arrive whole");
}

/* Form data comes as it is (RFC 7578 4.7). Read as they stand, the letters of an encoding would be found fault with, or
 * worse, quoted-printable taken for the text that it stands for. False: the answer is set. */
static bool is_plain(struct form *f, const struct multipart_part *part)
{
	if (part->encoded)
		problem(f->call, 400,
		        STR("a part with a Content-Transfer-Encoding; parts are sent as they are, packed with gzip or not"));
	return !part->encoded;
}

/* The first part: the manifests. False: the answer is set. */
static bool read_manifests(struct form *f, struct documents *d)
{
	struct call             *call = f->call;
	struct documents_options options = { .settings = call->settings };
	struct multipart_part    part;
	struct buf               text;
	char                     piece[16 * 1024];
	ssize_t                  got;

	if (multipart_next(f->parts, call->arena, &part) != 1 || !str_is(part.name, "manifest"))
		return refuse_body(f, "the first part must be `manifest`");
	if (!is_plain(f, &part))
		return false;
	buf_init(&text, call->arena, (size_t)call->settings->config.max_manifest_bytes);
	while ((got = multipart_read(f->parts, piece, sizeof(piece))) > 0)
		buf_add(&text, str_of(piece, (size_t)got));
	if (got < 0)
		return refuse_body(f, "the body is no well-formed multipart/form-data");
	if (text.overflow) {
		errno = EFBIG;
		return refuse_body(f, "");
	}
	if (!call_namespace(call, &options.namespace) || !call_istio_version(call, &options.istio_version))
		return false;
	options.is_json = media_of(part.type) == MEDIA_JSON;
	*d = (struct documents){ .arena = call->arena, .scratch = http_scratch(call->x) };
	d->sound = documents_load(d,
	                          source_from_bytes(call->arena, part.filename.n ? part.filename : STR("<stdin>"),
	                                            buf_str(&text)),
	                          &options);
	if (d->sound)
		return true;
	problem_findings(call, 422, &d->diags);
	return false;
}

/* All other parts: dumps. False: the answer is set. */
static bool read_dumps(struct verifying *v, struct form *f)
{
	struct multipart_part part;
	char                  piece[16 * 1024];
	int                   next;

	while ((next = multipart_next(f->parts, v->call->arena, &part)) == 1) {
		if (!str_is(part.name, "dump"))
			return refuse_body(f, "after the part `manifest` come parts `dump`");
		if (!is_plain(f, &part))
			return false;
		if (v->n_dumps == LIMIT_DUMPS)
			return refuse_body(f, "more dumps than are taken at once");
		verifying_read(v, part.filename, part.filename.n ? without_ending(part.filename) : STR_ABSENT,
		               multipart_read, f->parts);
		while (multipart_read(f->parts, piece, sizeof(piece)) > 0)
			;
	}
	if (next < 0)
		return refuse_body(f, "the body is no well-formed multipart/form-data");
	if (v->n_dumps == 0)
		return refuse_body(f, "there is no part `dump`");
	return form_close(f);
}

static void answer_verdicts(struct verifying *v)
{
	struct call  *call = v->call;
	enum media    media = call->wanted;
	struct report report = { .command = STR("verify"), .diags = &v->documents->diags, .verification = v->result };
	struct buf    b;

	buf_init(&b, call->arena, LIMIT_LISTING_BYTES);
	if (media == MEDIA_TEXT)
		verdicts_write_text(&b, v->result, true);
	else
		report_write(&b, report_format_find(STR("json")), &report);
	metrics_findings(&call->service->metrics, &v->documents->diags);
	reply(call, 200, media, buf_str(&b));
}

void answer_verify(struct call *call)
{
	struct form      form;
	struct documents d;
	struct verifying v;

	if (!form_open(&form, call) || !read_manifests(&form, &d))
		return;
	if (!verifying_begin(&v, call, &d)) {
		problem_findings(call, 422, &d.diags);
		return;
	}
	if (!read_dumps(&v, &form))
		return;
	if (verifying_end(&v))
		answer_verdicts(&v);
	else
		verifying_refuse(&v);
}
