#include "krm/list_reading.h"

#include "base/arena.h"

size_t line_start(struct str text, size_t at)
{
	size_t first = str_has_prefix(text, STR("\xef\xbb\xbf")) && at >= 3 ? 3 : 0;

	while (at > first && text.p[at - 1] != '\n')
		at--;
	return at;
}

size_t line_after(struct str text, size_t at)
{
	size_t end = str_find(text, '\n', at);

	return end < text.n ? end + 1 : text.n;
}

enum list_field list_field_of(struct str key)
{
	static const struct str names[] = {
		[KEY_OTHER] = STR_INIT(""),
		[KEY_API_VERSION] = STR_INIT("apiVersion"),
		[KEY_KIND] = STR_INIT("kind"),
		[KEY_ITEMS] = STR_INIT("items"),
		[KEY_CONFIG] = STR_INIT("functionConfig"),
		[KEY_RESULTS] = STR_INIT("results"),
	};

	for (unsigned i = KEY_API_VERSION; i <= KEY_RESULTS; i++)
		if (str_eq(key, names[i]))
			return (enum list_field)i;
	return KEY_OTHER;
}

bool list_field_seen(struct list_reading *r, enum list_field field, struct str key, size_t offset, size_t length)
{
	if (field != KEY_OTHER && r->seen & 1u << field) {
		diag_add(r->diags, CO_DUPLICATE_KEY, pos_at(r->list->source, offset, length), ARGS(key));
		return false;
	}
	r->seen |= 1u << field;
	return true;
}

struct list_item *list_add_item(struct arena *arena, struct list_part *part)
{
	part->items = ARENA_LIST(arena, part->items, part->n, &part->cap, struct list_item);
	return &part->items[part->n++];
}

/* What is noted of an item, and where it stands. Of several annotations with one meaning the newer name comes
 * first: a value that was found already stays. */
static const struct note {
	struct str top, second, third;
	size_t     member;
} notes[] = {
#define MEMBER(name) offsetof(struct list_item, name)
	{ STR_INIT("apiVersion"), { NULL, 0 }, { NULL, 0 }, MEMBER(api_version) },
	{ STR_INIT("kind"), { NULL, 0 }, { NULL, 0 }, MEMBER(kind) },
	{ STR_INIT("metadata"), STR_INIT("name"), { NULL, 0 }, MEMBER(name) },
	{ STR_INIT("metadata"), STR_INIT("namespace"), { NULL, 0 }, MEMBER(namespace) },
	{ STR_INIT("metadata"), STR_INIT("labels"), STR_INIT("app.kubernetes.io/managed-by"), MEMBER(managed_by) },
	{ STR_INIT("metadata"), STR_INIT("labels"), STR_INIT("callout.dev/manifest"), MEMBER(manifest) },
	{ STR_INIT("metadata"), STR_INIT("annotations"), STR_INIT("callout.dev/manifests"), MEMBER(manifests) },
	{ STR_INIT("metadata"), STR_INIT("annotations"), STR_INIT("internal.config.kubernetes.io/path"), MEMBER(path) },
	{ STR_INIT("metadata"), STR_INIT("annotations"), STR_INIT("config.kubernetes.io/path"), MEMBER(path) },
	{ STR_INIT("metadata"), STR_INIT("annotations"), STR_INIT("internal.config.kubernetes.io/index"),
	  MEMBER(index) },
	{ STR_INIT("metadata"), STR_INIT("annotations"), STR_INIT("config.kubernetes.io/index"), MEMBER(index) },
#undef MEMBER
};

void list_item_note(struct arena *arena, struct list_item *item, struct str top, struct str second, struct str third,
                    struct str text)
{
	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++) {
		struct str *member = (struct str *)(void *)((char *)item + notes[i].member);

		if (!str_eq(top, notes[i].top) || !str_eq(second, notes[i].second) || !str_eq(third, notes[i].third))
			continue;
		if (!str_present(*member))
			*member = str_copy(arena, text);
		return;
	}
}

bool list_refuse(struct list_reading *r, size_t offset, size_t length, struct str why)
{
	diag_add(r->diags, CO_LIST_MALFORMED, pos_at(r->list->source, offset, length), ARGS(why));
	return false;
}
