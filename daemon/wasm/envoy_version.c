#include "wasm/envoy_version.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"

/* istio/proxy's WORKSPACE and MODULE.bazel at each release name the commit of Envoy, and that one those of the host and of V8. */
const struct envoy_release envoy_table[ENVOY_RELEASES] = {
	{ 19, 11, 902, "c9760d1" },  { 20, 12, 902, "0318597" },  { 21, 13, 908, "2be7a28" },
	{ 22, 14, 1000, "694a0b0" }, { 23, 15, 1004, "2cf68d6" }, { 24, 16, 1007, "b0a0594" },
	{ 25, 17, 1007, "72ce32f" }, { 26, 18, 1007, "5d76116" }, { 27, 19, 1007, "5d76116" },
	{ 28, 20, 1007, "5d76116" }, { 29, 21, 1007, "e200fee" }, { 30, 22, 1007, "e200fee" },
	{ 31, 23, 1007, "e200fee" }, { 32, 24, 1007, "f199214" }, { 33, 25, 1007, "c4d7bb0" },
	{ 34, 26, 1007, "c4d7bb0" }, { 35, 27, 1308, "65bb78f" }, { 36, 28, 1308, "65bb78f" },
	{ 37, 29, 1308, "c8868da" }, { 38, 30, 1406, "beb8a4e" }, { 39, 31, 1406, "f2db56a" },
	{ 40, 32, 1406, "f2db56a" },
};

/* Patch releases of Envoy that carry the host of a later minor. No release of Istio took one of them. */
static const struct {
	int minor, since_patch, like;
} backports[] = {
	{ 32, 13, 33 },
};

/* ---- sets ---- */

uint32_t envoy_between(int low, int high)
{
	uint32_t set = 0;

	for (unsigned i = 0; i < ENVOY_RELEASES; i++)
		if (envoy_table[i].minor >= low && envoy_table[i].minor <= high)
			set |= UINT32_C(1) << i;
	return set;
}

uint32_t envoy_since(int minor)
{
	return envoy_between(minor, ENVOY_NEWEST);
}

uint32_t envoy_with_v8(int v8)
{
	uint32_t set = 0;

	for (unsigned i = 0; i < ENVOY_RELEASES; i++)
		if (envoy_table[i].v8 >= v8)
			set |= UINT32_C(1) << i;
	return set;
}

unsigned envoy_lowest(uint32_t set)
{
	unsigned i = 0;

	while (!(set >> i & 1))
		i++;
	return i;
}

/* ---- questions ---- */

struct envoy_question envoy_question_istio(struct version_range range)
{
	struct envoy_question q = { 0 };

	for (unsigned i = 0; i < ENVOY_RELEASES; i++)
		if (envoy_table[i].istio >= range.low && envoy_table[i].istio <= range.high)
			q.asked |= UINT32_C(1) << i;
	return q;
}

static int clamp(int minor, int newest)
{
	return minor > newest ? newest : minor;
}

static const char *question_parse(struct arena *arena, struct str text, bool by_envoy, struct envoy_question *ret)
{
	int newest = by_envoy ? (int)ENVOY_NEWEST : (int)ISTIO_NEWEST,
	    oldest = by_envoy ? (int)ENVOY_OLDEST : (int)ISTIO_OLDEST;
	int                   to_envoy = by_envoy ? 0 : ENVOY_NEWEST - ISTIO_NEWEST;
	struct envoy_question q = { .by_envoy = by_envoy };
	struct version_range  range;

	if (!version_range_parse(text, &range))
		return VERSION_RANGE_NONE;
	if (range.low > range.high)
		return VERSION_RANGE_TURNED;
	if (range.low < oldest)
		return by_envoy ? "is older than Envoy 1.19, the oldest that is known"
		                : "is older than Istio 1.11, the oldest that is known";
	if (range.high > newest)
		q.newer = str_fmt(arena, "%s 1.%d", by_envoy ? "Envoy" : "Istio", range.high);
	q.asked = envoy_between(clamp(range.low, newest) + to_envoy, clamp(range.high, newest) + to_envoy);
	*ret = q;
	return NULL;
}

const char *istio_question_parse(struct arena *arena, struct str text, struct envoy_question *ret)
{
	return question_parse(arena, text, false, ret);
}

/* "1.32.13" gives 13; 0 without a patch number, and for ranges. */
static int patch_of(struct str version)
{
	struct str head, rest = str_cut(version, '.', &head);
	uint64_t   patch = 0;

	rest = rest.p ? str_cut(rest, '.', &head) : rest;
	return rest.p && str_to_uint(rest, 999, &patch) ? (int)patch : 0;
}

const char *envoy_question_parse(struct arena *arena, struct str text, struct envoy_question *ret)
{
	const char *fault = question_parse(arena, text, true, ret);
	int         patch = patch_of(text);

	for (size_t i = 0; !fault && i < sizeof(backports) / sizeof(backports[0]); i++)
		if (ret->asked == envoy_between(backports[i].minor, backports[i].minor) &&
		    patch >= backports[i].since_patch) {
			ret->asked = envoy_between(backports[i].like, backports[i].like);
			ret->as_if = STR_CONCAT(arena, STR("Envoy "), text);
		}
	return fault;
}

/* ---- text ---- */

static int shown_minor(unsigned i, bool by_envoy)
{
	return by_envoy ? envoy_table[i].minor : envoy_table[i].istio;
}

static void add_run(struct buf *b, unsigned from, unsigned to, bool by_envoy, bool open)
{
	buf_fmt(b, "%s1.%d", b->n > 6 ? ", " : "", shown_minor(from, by_envoy));
	if (open && to == ENVOY_RELEASES - 1)
		buf_lit(b, " and newer");
	else if (to > from)
		buf_fmt(b, " to 1.%d", shown_minor(to, by_envoy));
}

static struct str set_text(struct arena *arena, uint32_t set, bool by_envoy, bool open)
{
	struct buf b;

	if (!set)
		return STR("no version");
	buf_init(&b, arena, KIB);
	buf_add(&b, by_envoy ? STR("Envoy ") : STR("Istio "));
	for (unsigned i = 0; i < ENVOY_RELEASES; i++) {
		unsigned from = i;

		if (!(set >> i & 1))
			continue;
		while (i + 1 < ENVOY_RELEASES && set >> (i + 1) & 1)
			i++;
		add_run(&b, from, i, by_envoy, open);
	}
	if (!by_envoy && !open && !(set & (set - 1)))
		buf_fmt(&b, " (Envoy 1.%d)", envoy_table[envoy_lowest(set)].minor);
	return buf_str(&b);
}

struct str envoy_set_text(struct arena *arena, uint32_t set, bool by_envoy)
{
	return set_text(arena, set, by_envoy, false);
}

struct str envoy_set_text_open(struct arena *arena, uint32_t set, bool by_envoy)
{
	return set_text(arena, set, by_envoy, true);
}
