/* Whose dump it is: the bootstrap's node. */
#include "dump/reading.h"

/* type~ip~pod.namespace~domain: istio pilot/pkg/model/context.go ParseServiceNodeWithMetadata */
static void split_id(struct proxy_node *node)
{
	struct str type, ip, pod, rest = str_cut(node->id, '~', &type);

	if (!str_present(rest))
		return;
	rest = str_cut(rest, '~', &ip);
	str_cut(rest, '~', &pod);
	node->type = type;
	node->pod = pod;
	if (!str_present(node->namespace) && str_find(pod, '.', 0) < pod.n)
		node->namespace = str_slice(pod, str_find(pod, '.', 0) + 1, pod.n);
}

static void read_labels(struct dump_reader *r, struct proxy_node *node)
{
	node->labels = settings_read(r, KEPT_LABELS, &node->n_labels, &node->labels_cut);
	node->has_labels = node->labels != NULL;
}

/* The injected pod's annotation (istio manifests/charts/…/injection-template.yaml). */
static void read_annotations(struct dump_reader *r, struct proxy_node *node)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_NODE, &key))
		if (key == K_REVISION)
			node->revision = take_text(r);
}

static void read_node_metadata(struct dump_reader *r, struct proxy_node *node)
{
	int key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_NODE, &key))
		if (key == K_VERSION)
			node->version = take_text(r);
		else if (key == K_NAMESPACE)
			node->namespace = take_text(r);
		else if (key == K_LABELS)
			read_labels(r, node);
		else if (key == K_ANNOTATIONS)
			read_annotations(r, node);
}

static size_t count_clusters(struct dump_reader *r)
{
	size_t n = 0;
	int    key;

	if (!json_scan_enter_object(r->scan))
		return 0;
	while (next_key(r, KEYS_NODE, &key))
		if (key == K_MEMBERS && json_scan_enter_array(r->scan))
			while (json_scan_next_item(r->scan))
				n++;
	return n;
}

void bootstrap_read(struct dump_reader *r)
{
	struct proxy_node node = { 0 };
	struct json_place place;
	int               key;

	if (!json_scan_enter_object(r->scan))
		return;
	while (next_key(r, KEYS_NODE, &key)) {
		if (key == K_STATIC_RESOURCES)
			r->part->n_bootstrap = count_clusters(r);
		if (key != K_NODE || !json_scan_enter_object(r->scan))
			continue;
		while (next_key(r, KEYS_NODE, &key)) {
			if (key == K_ID) {
				node.id = take_text(r);
				place = json_scan_place(r->scan);
				if (str_present(node.id))
					node.pos = tell_place(r, &place, node.id.n + 2);
			} else if (key == K_METADATA) {
				read_node_metadata(r, &node);
			}
		}
	}
	if (str_present(node.id))
		split_id(&node);
	r->part->node = node;
	r->part->kinds |= DUMP_NODE;
}
