/* What our entry does to those that proxies of one view take, and they to it: what they take before it comes is compared with what they
 * take then. Most views have no Sidecar, or one that tells no ports apart: of these it is said once for each class. */
#include "base/arena.h"
#include "live/entry_choosing.h"

/* The most ports of a class that are told apart, where a Sidecar keeps some of them. */
enum { PORTS_TOLD_APART = 4096 };
/* The most entries that older versions of istiod unite by their namespace. */
enum { ENTRIES_TOLD_APART = 65536 };

const struct entry_mark *entry_marks_said(const struct choosing *c, const struct entry_said *said)
{
	static const struct entry_mark nothing = { 0 };

	return said->asked == c->order->question ? said->mark : &nothing;
}

/* Of an entry alone, or of its class. */
static struct entry_mark *mark_of(struct choosing *c, const struct entry *e, bool alone)
{
	struct entry_said *said = alone ? &c->order->said[e->at] : &e->class->said;

	if (said->asked != c->order->question) {
		said->asked = c->order->question;
		said->mark = ARENA_NEW(c->arena, struct entry_mark);
		*said->mark = (struct entry_mark){ .class = e->class, .alone = alone ? e : NULL, .next = c->marks };
		c->marks = said->mark;
	}
	return said->mark;
}

/* ---- what the others lose ---- */

/* Does our rule count there for an entry that is taken? In proxies of its own namespace it does for anyone's, elsewhere for those of
 * its namespace, and that of the root namespace for all that have no rule nearer by. */
static bool rule_reaches(const struct choosing *c, const struct entry *taken, const struct view *v)
{
	struct str own = c->ours.namespace, host = c->shared->host;

	if (!entry_order_sees(&c->ours, v->namespace))
		return false;
	if (str_eq(v->namespace, own) || str_eq(taken->namespace, own))
		return true;
	return str_eq(own, c->mesh->spec->root_namespace) && !live_rules_in(c->live, c->arena, v->namespace, host)->n &&
	       !live_rules_in(c->live, c->arena, taken->namespace, host)->n;
}

/* All ports of a class before, and all of it or of ours after. */
static void mark_whole(struct choosing *c, const struct view *v, const struct taken_entries *before,
                       const struct taken_entries *after)
{
	struct entry_mark *mark = mark_of(c, before->first, false);

	if (after->with_coming) {
		mark->meets_ours = true;
		return;
	}
	mark->is_mixed = mark->is_mixed || str_eq(before->first->namespace, c->ours.namespace);
	mark->is_ruled = mark->is_ruled || rule_reaches(c, before->first, v);
}

/* Adds those of a list that they have, too. */
static void add_remaining(struct choosing *c, struct taken_ports *to, const struct taken_ports *from,
                          const struct taken_entries *after)
{
	for (size_t i = 0; i < from->n; i++)
		if (entry_view_says(c->order, after, from->items[i]))
			taken_ports_add(c->arena, to, from->items[i]);
}

static void add_ports_of(struct choosing *c, struct taken_ports *to, const struct entry *e)
{
	NODE_EACH (port, entry_order_ports(e))
		if (to->n < PORTS_TOLD_APART)
			taken_ports_add(c->arena, to, entry_order_port(port));
}

/* All ports that they have. */
static void list_taken(struct choosing *c, const struct taken_entries *taken, struct taken_ports *ret)
{
	struct taken_ports all = { 0 };
	const struct entry_class *class = taken->first ? taken->first->class : NULL;

	for (size_t i = 0; i < taken->ports.n; i++)
		taken_ports_add(c->arena, &all, taken->ports.items[i]);
	for (const struct shared_port *p = c->shared->ports; p; p = p->next)
		taken_ports_add(c->arena, &all, (unsigned)p->upstream->port);
	if (taken->alone)
		add_ports_of(c, &all, taken->first);
	for (const struct entry *e = taken->whole && class ? class->first : NULL; e; e = e->next_of_class)
		add_ports_of(c, &all, e);
	add_remaining(c, ret, &all, taken);
	taken_ports_sort(ret);
}

/* A class was taken whole: of its ports remain those that are taken after, in this view and all before. */
static void cut(struct choosing *c, struct entry_mark *mark, const struct taken_entries *after)
{
	struct taken_ports now = { 0 }, both = { 0 };

	list_taken(c, after, &now);
	for (size_t i = 0; i < now.n; i++)
		if (!mark->is_cut || taken_ports_have(&mark->kept, now.items[i]))
			taken_ports_add(c->arena, &both, now.items[i]);
	mark->is_cut = true;
	mark->kept = both;
}

static void lose(struct choosing *c, const struct taken_entries *after, struct entry_mark *mark, unsigned port)
{
	if (!entry_view_says(c->order, after, port))
		taken_ports_add(c->arena, &mark->lost, port);
}

/* All of a namespace were taken. They are looked at one by one, and no more of them than so many in all views together. */
static void find_lost_of_namespace(struct choosing *c, const struct taken_entries *before,
                                   const struct taken_entries *after)
{
	const struct entry *e = entry_order_in(c->order, before->first->namespace);

	for (; e && c->told_apart < ENTRIES_TOLD_APART; e = e->next_of_namespace, c->told_apart++) {
		if (entry_order_leaves_out(c->order, e) || !entry_order_sees(e, before->view->namespace))
			continue;
		NODE_EACH (port, entry_order_ports(e))
			if (entry_view_says(c->order, before, entry_order_port(port)))
				lose(c, after, mark_of(c, e, false), entry_order_port(port));
	}
}

static void find_lost(struct choosing *c, const struct taken_entries *before, const struct taken_entries *after)
{
	enum entry_uniting uniting = entry_view_uniting(before->view);

	if (uniting == UNITES_NONE)
		return;
	if (uniting == UNITES_NAMESPACE) {
		find_lost_of_namespace(c, before, after);
		return;
	}
	if (before->whole) {
		cut(c, mark_of(c, before->first, false), after);
		return;
	}
	for (size_t i = 0; i < before->ports.n; i++)
		lose(c, after, mark_of(c, before->first, false), before->ports.items[i]);
	NODE_EACH (port, before->alone ? entry_order_ports(before->first) : NULL)
		lose(c, after, mark_of(c, before->first, true), entry_order_port(port));
}

/* In what way the addresses are found of a cluster whose port that entry says. */
static struct str resolution_of(const struct choosing *c, const struct taken_entries *taken, const struct entry *says)
{
	const struct entry *by = entry_view_resolves(taken, says);

	return by == &c->ours ? field_word(resolution_words, upstream_resolution(c->shared->owner_upstream))
	                      : entry_order_resolution(by->object);
}

/* What becomes of a port that both have. Of entries that are mixed the resolution that counts may be that of another one. */
static unsigned change_of(const struct choosing *c, const struct taken_entries *before,
                          const struct taken_entries *after, const struct entry *was, const struct entry *is,
                          const struct upstream *u)
{
	struct str by = resolution_of(c, after, is);
	bool       is_mixed = str_eq(was->namespace, c->ours.namespace);

	if (is != was || !str_eq(resolution_of(c, before, was), by))
		return PORT_CHANGED;
	if (!is_mixed)
		return 0;
	if (entry_view_uniting(before->view) != UNITES_NAMESPACE)
		return PORT_MIXED;
	return entry_loss_takes_addresses(by, u) ? PORT_CHANGED : 0;
}

static void find_taken(struct choosing *c, const struct view *v, const struct taken_entries *before,
                       const struct taken_entries *after)
{
	size_t   n = c->shared->n_ports;
	unsigned ruled = rule_reaches(c, before->first, v) ? PORT_RULED : 0;

	for (size_t i = 0; i < n; i++) {
		const struct upstream *u = c->places[i].upstream;
		const struct entry    *was = entry_view_says(c->order, before, (unsigned)u->port);
		const struct entry    *is = entry_view_says(c->order, after, (unsigned)u->port);
		struct entry_mark     *mark;

		if (!was || !is)
			continue;
		mark = mark_of(c, was, before->alone && was == before->first);
		if (!mark->on)
			mark->on = ARENA_ARRAY(c->arena, n, unsigned char);
		mark->on[i] |= (unsigned char)(change_of(c, before, after, was, is, u) | ruled);
	}
}

void entry_marks_losses(struct choosing *c, const struct view *v)
{
	struct taken_entries before, after;

	entry_view_take(c->arena, c->order, v, NULL, &before);
	if (!before.first)
		return;
	entry_view_take(c->arena, c->order, v, &c->coming, &after);
	if (entry_view_uniting(v) == UNITES_ALIKE && before.whole && after.whole &&
	    (after.with_coming || after.first == before.first)) {
		mark_whole(c, v, &before, &after);
		return;
	}
	find_lost(c, &before, &after);
	find_taken(c, v, &before, &after);
}

/* ---- where ours loses ---- */

/* The one of our namespace that is looked up in the place of ours, though it is not seen; what comes first, otherwise. */
static const struct entry *who_hides(const struct choosing *c, const struct taken_entries *taken)
{
	if (taken->first && taken->first != &c->ours)
		return taken->first;
	return taken->other ? taken->other : entry_order_oldest(c->order, c->ours.namespace);
}

static void judge_port(struct choosing *c, struct shared_place *at, const struct taken_entries *taken)
{
	const struct entry *says = entry_view_says(c->order, taken, (unsigned)at->upstream->port);
	const struct entry *resolves = entry_view_resolves(taken, says), *by;
	enum entry_uniting  uniting = entry_view_uniting(taken->view);

	if (says == &c->ours && resolves == &c->ours)
		at->is_taken_alone = true;
	else if (says && taken->with_coming && uniting == UNITES_ALIKE)
		at->is_taken = true;
	else if (!at->hidden_by) {
		by = uniting == UNITES_NONE ? says : who_hides(c, taken);
		at->hidden_by = by ? entry_loss_where_hidden(c, at, says, resolves, by, &at->loss) : NULL;
	}
}

/* Where a Sidecar hides ours, CO0311 says so. */
void entry_marks_ours(struct choosing *c, const struct view *v)
{
	struct taken_entries taken;
	struct entry_mark   *mark = NULL;
	bool                 all = true, whole;

	if (!entry_order_sees(&c->ours, v->namespace))
		return;
	entry_view_take(c->arena, c->order, v, &c->coming, &taken);
	whole = taken.whole && entry_view_uniting(v) == UNITES_ALIKE;
	if (whole && !taken.with_coming)
		mark = mark_of(c, taken.first, false);
	if (mark ? mark->hides : whole && c->is_taken_whole)
		return;
	for (size_t i = 0; i < c->shared->n_ports; i++) {
		struct shared_place *at = &c->places[i];

		if (entry_view_lets_in(c->order, v, c->ours.namespace, (unsigned)at->upstream->port))
			judge_port(c, at, &taken);
		else
			all = false;
	}
	if (mark)
		mark->hides = all;
	else if (whole)
		c->is_taken_whole = all;
}
