/* Clusters: every one is met, few are read. The name mostly comes first, and a cluster that nobody wants is left right
 * behind it. istioctl writes transportSocketMatches before the name, and jq -S sorts, so all may come before it. */
#include "dump/reading.h"
#include "names/cluster_name.h"

/* ---- which are kept ---- */

static void count_name(struct dump_reader *r, struct str name)
{
	struct proxy_part *part = r->part;

	if (!part->configs)
		list_filter_add(&r->list_filter, name);
	part->n_clusters++;
	if (str_has_prefix(name, STR("outbound|"))) {
		part->n_outbound++;
		return;
	}
	part->has_cds_builtin = part->has_cds_builtin || cluster_name_comes_by_cds(name);
}

const struct dump_want *cluster_name_met(struct dump_reader *r, struct str name, const struct json_place *place)
{
	const struct dump_want *want = hash_get(&r->wants->by_name, name);

	count_name(r, name);
	if (!want)
		near_met(r, name, place);
	return want;
}

/* An active one is what workers call, whatever else warms beside it; of equals the last one counts. */
void cluster_keep(struct dump_reader *r, const struct dump_want *want, struct proxy_cluster *c)
{
	struct proxy_cluster *old = r->clusters[want->index];

	if (r->times[want->index]++ >= KEPT_COPIES)
		return;
	if (old && old->active && !c->active) {
		old->warming = old->warming || c->warming;
		if (c->refused && !old->refused) {
			old->refused = true;
			old->refusal = c->refusal;
		}
		return;
	}
	if (old && c->active)
		c->warming = c->warming || old->warming;
	c->name = want->name;
	r->n_missing -= !old;
	r->clusters[want->index] = arena_copy(r->scratch, c, sizeof(*c));
}

/* istioctl takes the last section of a kind, and so does this. */
static void clusters_new_section(struct dump_reader *r)
{
	size_t n = r->wants->n_clusters;

	if (r->clusters_section == r->section)
		return;
	if (r->clusters_section) {
		memset(r->clusters, 0, n * sizeof(*r->clusters));
		memset(r->times, 0, n * sizeof(*r->times));
		r->met = NULL;
		near_reset(r);
		r->part->n_clusters = r->part->n_outbound = r->part->n_static = 0;
		r->part->has_cds_builtin = false;
		list_filter_begin(&r->list_filter);
	}
	r->clusters_section = r->section;
}

/* ---- one cluster ---- */

/* Reads a name into buf; its place is asked for only where someone wants it. */
static const struct dump_want *read_name(struct dump_reader *r, struct proxy_cluster *c, char *buf, size_t cap,
                                         struct str *name)
{
	struct json_place       place;
	const struct dump_want *want;
	struct json_text        t;

	if (!json_scan_string(r->scan, buf, cap, &t) || t.cut)
		return NULL;
	*name = t.text;
	want = hash_get(&r->wants->by_name, t.text);
	if (want || near_wants_owner(r, t.text)) {
		if (t.text.p != buf)
			memcpy(buf, t.text.p, t.text.n);
		*name = str_of(buf, t.text.n);
	}
	cluster_name_met(r, *name, NULL);
	if (want) {
		place = json_scan_place(r->scan);
		c->pos = tell_place(r, &place, name->n + 2);
	}
	return want;
}

/* The common case, a cluster that nobody wants, is told by looking ahead for its name and passed without reading its
 * members. The first ones are read whole: they tell of what version of Envoy's API the dump is. */
static bool pass_unwanted(struct dump_reader *r)
{
	enum { READ_WHOLE = 4 };
	char       buf[LIMIT_CLUSTER_NAME_BYTES];
	struct str name;

	if (r->part->n_clusters < READ_WHOLE || !json_scan_peek_string(r->scan, STR("name"), &name) ||
	    name.n > sizeof(buf) || hash_get(&r->wants->by_name, name) || near_wants_owner(r, name))
		return false;
	memcpy(buf, name.p, name.n);
	json_scan_skip_peeked(r->scan);
	count_name(r, str_of(buf, name.n));
	near_met(r, str_of(buf, name.n), NULL);
	return true;
}

void cluster_read(struct dump_reader *r, enum cluster_list list)
{
	char                    buf[LIMIT_CLUSTER_NAME_BYTES];
	struct arena_mark       mark = arena_mark(r->scratch);
	const struct dump_want *want = NULL;
	struct str              name = STR_ABSENT;
	bool                    sibling = false;
	struct proxy_cluster    c;
	int                     key;

	if (pass_unwanted(r) || !json_scan_enter_object(r->scan))
		return;
	cluster_begin(&c);
	while (next_key(r, KEYS_CLUSTER, &key)) {
		if (key != K_NAME) {
			cluster_member(r, &c, key);
			continue;
		}
		want = read_name(r, &c, buf, sizeof(buf), &name);
		sibling = !want && name.p == buf;
		if (!want && !sibling) {
			json_scan_leave(r->scan);
			break;
		}
	}
	c.active = list == LIST_ACTIVE;
	c.warming = list == LIST_WARMING;
	if (want) {
		r->met = want;
		cluster_keep(r, want, &c);
		return;
	}
	if (sibling && c.n_owners)
		near_owner(r, name, c.owners[0]);
	arena_reset(r->scratch, mark);
}

/* ---- lists of clusters ---- */

static struct str read_error_state(struct dump_reader *r)
{
	struct str details = STR_ABSENT;
	int        key;

	if (!json_scan_enter_object(r->scan))
		return details;
	while (next_key(r, KEYS_ERROR_STATE, &key))
		if (key == K_DETAILS)
			details = take_text(r);
		else if (key == K_FAILED_CONFIGURATION)
			cluster_read(r, LIST_REFUSED);
	return details;
}

/* {version_info, cluster, last_updated, error_state, client_status} */
static void read_entry(struct dump_reader *r, enum cluster_list list)
{
	struct str            details = STR_ABSENT;
	bool                  refused = false;
	struct proxy_cluster *c;
	int                   key;

	if (!json_scan_enter_object(r->scan))
		return;
	r->met = NULL;
	while (next_key(r, KEYS_ENTRY, &key)) {
		if (key == K_CLUSTER_ENTRY) {
			cluster_read(r, list);
		} else if (key == K_ERROR_STATE) {
			details = read_error_state(r);
			refused = true;
		} else if (key == K_CLIENT_STATUS) {
			refused = json_scan_string_is(r->scan, STR("NACKED")) || refused;
		}
	}
	c = r->met ? r->clusters[r->met->index] : NULL;
	if (c && refused) {
		c->refused = true;
		c->refusal = str_present(details) ? details : c->refusal;
	}
}

void clusters_read(struct dump_reader *r, enum cluster_list list, bool dynamic)
{
	clusters_new_section(r);
	r->part->kinds |= DUMP_CLUSTERS;
	if (!json_scan_enter_array(r->scan))
		return;
	while (json_scan_next_item(r->scan)) {
		r->part->has_dynamic = r->part->has_dynamic || dynamic;
		r->part->n_static += !dynamic;
		read_entry(r, list);
	}
}
