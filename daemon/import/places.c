/* Where the patches of an EnvoyFilter put a filter, as entries of match. */
#include "base/arena.h"
#include "import/importing.h"

void places_init(struct places *places, struct arena *arena, const struct node *patches)
{
	*places = (struct places){ ARENA_ARRAY(arena, 2 * (patches ? patches->count : 0) + 1, struct found_place), 0 };
}

void places_add(struct places *places, enum direction direction, int64_t port)
{
	places->items[places->n++] = (struct found_place){ direction, port };
}

bool places_have(const struct places *places, enum direction direction)
{
	for (size_t i = 0; i < places->n; i++)
		if (places->items[i].direction == direction)
			return true;
	return false;
}

static bool have_all_ports(const struct places *places, enum direction direction)
{
	for (size_t i = 0; i < places->n; i++)
		if (places->items[i].direction == direction && places->items[i].port == INT64_MIN)
			return true;
	return false;
}

/* Those of one direction that come one after the other, with a port each; or one without. */
static size_t run_length(const struct found_place *places, size_t n)
{
	size_t i = 0;

	while (i < n && places[i].direction == places[0].direction && places[i].port != INT64_MIN)
		i++;
	return i ? i : 1;
}

/* Inbound, and then the same ports outbound: one entry without mode. */
static bool is_doubled(const struct found_place *places, size_t run, size_t n)
{
	if (places[0].direction != PLACE_INBOUND || n < 2 * run)
		return false;
	for (size_t i = 0; i < run; i++)
		if (places[run + i].direction != PLACE_OUTBOUND || places[run + i].port != places[i].port)
			return false;
	return true;
}

static void put_match(struct importer *im, struct node *list, const char *mode, const struct found_place *places,
                      size_t n)
{
	struct node *one = put_item(im->arena, list, NODE_MAP), *ports;

	if (mode)
		put_text(im->arena, one, "mode", str_c(mode));
	if (places[0].port == INT64_MIN)
		return;
	ports = put(im->arena, one, "ports", NODE_LIST);
	for (size_t i = 0; i < n; i++)
		put_int(im->arena, put_item(im->arena, ports, NODE_MAP), "number", places[i].port);
}

static void put_matches(struct importer *im, struct node *list, const struct found_place *places, size_t n)
{
	static const char *const modes[] = {
		[PLACE_INBOUND] = "SERVER", [PLACE_OUTBOUND] = "CLIENT", [PLACE_GATEWAY] = NULL
	};

	for (size_t i = 0, step; i < n; i += step) {
		size_t run = run_length(places + i, n - i);
		bool   doubled = is_doubled(places + i, run, n - i);

		put_match(im, list, doubled ? NULL : modes[places[i].direction], places + i, run);
		step = doubled ? 2 * run : run;
	}
}

/* A gateway has only places of its own kind. A port says nothing if all ports are matched as well. */
static size_t limited_places(const struct places *places, struct found_place *ret)
{
	bool   is_gateway = places_have(places, PLACE_GATEWAY), all[] = { false, false, false };
	size_t n = 0;

	for (unsigned d = PLACE_INBOUND; d <= PLACE_GATEWAY; d++)
		all[d] = have_all_ports(places, d);
	for (size_t i = 0; i < places->n; i++) {
		const struct found_place *one = &places->items[i];

		if (is_gateway == (one->direction == PLACE_GATEWAY) && (one->port == INT64_MIN || !all[one->direction]))
			ret[n++] = *one;
	}
	return n;
}

/* All of both directions is the default, and a waypoint's is inbound. */
void places_build_match(struct importer *im, const struct found_manifest *m, const struct places *places)
{
	struct found_place *limited = ARENA_ARRAY(im->arena, places->n + 1, struct found_place);
	bool                outbound_first = places->n && places->items[0].direction == PLACE_OUTBOUND;
	size_t              n;

	if (have_all_ports(places, PLACE_GATEWAY) ||
	    (have_all_ports(places, PLACE_INBOUND) &&
	     (m->proxy == TARGET_WAYPOINT || (have_all_ports(places, PLACE_OUTBOUND) && !outbound_first))))
		return;
	n = limited_places(places, limited);
	if (n)
		put_matches(im, put(im->arena, m->filter, "match", NODE_LIST), limited, n);
}
