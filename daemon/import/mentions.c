/* The names of clusters in the filters' configurations and code: each word there is looked at once, whatever number of clusters
 * is asked for afterwards. */
#include "base/arena.h"
#include "base/ascii.h"
#include "import/importing.h"

/* A word of the filters of one namespace, and its places in the order of the filters. */
struct mentioned_word {
	struct str      key;
	struct mention *first, **last;
};

static struct str word_key(const void *word)
{
	return ((const struct mentioned_word *)word)->key;
}

static struct str key_of(struct arena *arena, struct str namespace, struct str word)
{
	return STR_CONCAT(arena, namespace, STR(" "), word);
}

/* A letter of a name: `auth` is not named by `auth.example.com`, nor `a|80||b` by `a|80||b.c`. */
static bool is_name_letter(struct str text, size_t at)
{
	char c = at < text.n ? text.p[at] : ' ';

	return ascii_is_alnum_or(c, "_.-|");
}

static struct str word_at(struct str text, size_t at)
{
	size_t end = at;

	while (is_name_letter(text, end))
		end++;
	return str_slice(text, at, end);
}

bool mention_begins(struct str text, size_t at)
{
	return at == 0 || !is_name_letter(text, at - 1);
}

bool mention_is(struct str text, size_t at, struct str cluster)
{
	return str_has_prefix(str_slice(text, at, text.n), cluster) && !is_name_letter(text, at + cluster.n) &&
	       mention_begins(text, at);
}

/* ---- the index ---- */

static void note(struct importer *im, struct found_manifest *m, struct str text, size_t at, struct str word)
{
	struct str             key = key_of(im->arena, m->namespace, word);
	struct mentioned_word *w = hash_get(&im->words, key);
	struct mention        *mention = ARENA_NEW(im->arena, struct mention);

	if (!w) {
		w = ARENA_NEW(im->arena, struct mentioned_word);
		w->key = key;
		w->last = &w->first;
		hash_add(&im->words, w);
	}
	*mention = (struct mention){ .manifest = m, .text = text, .at = at };
	*w->last = mention;
	w->last = &mention->next;
}

static void note_text(struct importer *im, struct found_manifest *m, struct str text)
{
	for (size_t at = 0; at < text.n;) {
		struct str word = word_at(text, at);

		if (word.n)
			note(im, m, text, at, word);
		at += word.n ? word.n : 1;
	}
}

static void note_node(struct importer *im, struct found_manifest *m, const struct node *n)
{
	if (n->kind == NODE_STRING)
		note_text(im, m, node_text(n));
	NODE_EACH (child, n)
		note_node(im, m, child);
}

void mentions_index(struct importer *im)
{
	hash_init(&im->words, im->arena, word_key);
	for (size_t i = 0; i < im->n; i++) {
		if (im->list[i]->config)
			note_node(im, im->list[i], im->list[i]->config);
		if (im->list[i]->code)
			note_node(im, im->list[i], im->list[i]->code);
	}
}

/* ---- asking ---- */

/* Where the first word of the name begins in it: an EnvoyFilter may name its cluster with more than letters. */
static size_t first_word(struct str cluster)
{
	size_t at = 0;

	while (at < cluster.n && !is_name_letter(cluster, at))
		at++;
	return at;
}

static const struct mention *look_on(const struct mention *m, struct str cluster)
{
	size_t before = first_word(cluster);

	while (m && (m->at < before || !mention_is(m->text, m->at - before, cluster)))
		m = m->next;
	return m;
}

const struct mention *mention_first(struct importer *im, struct str namespace, struct str cluster)
{
	struct str                   word = word_at(cluster, first_word(cluster));
	const struct mentioned_word *w = word.n ? hash_get(&im->words, key_of(im->arena, namespace, word)) : NULL;

	return look_on(w ? w->first : NULL, cluster);
}

const struct mention *mention_next(const struct mention *m, struct str cluster)
{
	return look_on(m->next, cluster);
}

bool manifest_mentions(struct importer *im, const struct found_manifest *m, struct str cluster)
{
	const struct mention *found = mention_first(im, m->namespace, cluster);

	while (found && found->manifest != m)
		found = mention_next(found, cluster);
	return found;
}
