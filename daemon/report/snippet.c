#include "report/snippet.h"

#include "json/json_write.h"

/* Each line of a call is a pattern: {cluster}, {authority}, {path} and {method} stand for quoted texts, {ms} for the timeout. */
struct language {
	const char       *name;
	const char       *comment;
	enum sdk_language sdk; /* SDK_ANY: Lua, which has none */
	const char       *http;
	const char       *grpc; /* NULL: the language's SDK has no gRPC call */
};

static const struct language languages[] = {
	{ "Go (proxy-wasm-go-sdk)", "//", SDK_GO,
	  "_, err := proxywasm.DispatchHttpCall({cluster}, [][2]string{\n"
	  "\t{\":method\", {method}}, {\":path\", {path}}, {\":authority\", {authority}},\n"
	  "}, nil, nil, {ms}, onResponse)\n",
	  NULL },
	{ "Rust (proxy-wasm)", "//", SDK_RUST,
	  "let sent = self.dispatch_http_call({cluster}, vec![\n"
	  "    (\":method\", {method}), (\":path\", {path}), (\":authority\", {authority}),\n"
	  "], None, vec![], Duration::from_millis({ms}));\n",
	  "let sent = self.dispatch_grpc_call({cluster}, \"package.Service\", \"Method\", vec![], Some(&message),\n"
	  "    Duration::from_millis({ms}));\n" },
	{ "C++ (proxy-wasm-cpp-sdk)", "//", SDK_CPP,
	  "root()->httpCall({cluster},\n"
	  "    {{\":method\", {method}}, {\":path\", {path}}, {\":authority\", {authority}}},\n"
	  "    \"\", {}, {ms}, onResponse);\n",
	  "root()->grpcSimpleCall({cluster}, \"package.Service\", \"Method\", {}, message, {ms}, onSuccess, "
	  "onFailure);\n" },
	{ "AssemblyScript (proxy-runtime)", "//", SDK_ASSEMBLYSCRIPT,
	  "root_context.httpCall({cluster}, [\n"
	  "  makeHeaderPair(\":method\", {method}), makeHeaderPair(\":path\", {path}),\n"
	  "  makeHeaderPair(\":authority\", {authority}),\n"
	  "], new ArrayBuffer(0), [], {ms}, this, onResponse);\n",
	  NULL },
	{ "Lua", "--", SDK_ANY,
	  "local headers, body = handle:httpCall({cluster}, {\n"
	  "  [\":method\"] = {method}, [\":path\"] = {path}, [\":authority\"] = {authority},\n"
	  "}, \"\", {ms})\n",
	  NULL },
};

static struct str value_of(struct str name, const struct expected_cluster *e)
{
	if (str_is(name, "cluster"))
		return e->name;
	if (str_is(name, "authority"))
		return str_present(e->authority) ? e->authority : STR("AUTHORITY");
	if (str_is(name, "path"))
		return e->upstream->path;
	return STR("GET");
}

/* {word} of the known words is replaced; every other brace is itself. */
static void write_pattern(struct buf *b, const char *pattern, const struct expected_cluster *e)
{
	static const char *const words[] = { "cluster", "authority", "path", "method", NULL };
	struct str               text = str_c(pattern);

	for (size_t at = 0; at < text.n;) {
		size_t     open = str_find(text, '{', at), close = str_find(text, '}', open);
		struct str word = str_slice(text, open + 1, close);
		bool       known = false;

		buf_add(b, str_slice(text, at, open));
		if (open == text.n)
			return;
		for (size_t i = 0; words[i]; i++)
			known = known || str_is(word, words[i]);
		if (known) {
			json_write_string(b, value_of(word, e));
			at = close + 1;
		} else if (str_is(word, "ms")) {
			buf_uint(b, (uint64_t)e->upstream->timeout.ms);
			at = close + 1;
		} else {
			buf_char(b, '{');
			at = open + 1;
		}
	}
}

static void write_call(struct buf *b, const struct language *l, const struct expected_cluster *e)
{
	const char *pattern = e->upstream->protocol == PROTOCOL_GRPC ? l->grpc : l->http;

	buf_fmt(b, "%s %s\n", l->comment, l->name);
	if (pattern)
		write_pattern(b, pattern, e);
	else
		buf_fmt(b, "%s this SDK has no gRPC call\n", l->comment);
	buf_char(b, '\n');
}

enum { LANGUAGES = sizeof(languages) / sizeof(languages[0]) };

void snippet_write(struct buf *b, const struct manifest *m, const struct expected_cluster *e)
{
	const struct filter *f = m->spec->filter;

	for (size_t i = 0; i < LANGUAGES; i++)
		if (!f || (f->lua != NULL) == (languages[i].sdk == SDK_ANY))
			write_call(b, &languages[i], e);
}

void snippet_write_for(struct buf *b, enum sdk_language sdk, const struct expected_cluster *e)
{
	static const struct upstream         upstream = { .path = STR_INIT("/"), .timeout = { .ms = 5000 } };
	static const struct expected_cluster unknown = { .upstream = &upstream,
		                                         .name = STR_INIT("CLUSTER"),
		                                         .authority = STR_INIT("HOST") };

	for (size_t i = 0; i < LANGUAGES; i++)
		if (languages[i].sdk != SDK_ANY && (sdk == SDK_ANY || sdk == languages[i].sdk))
			write_call(b, &languages[i], e ? e : &unknown);
}
