/* cluster_list.h - the clusters that the filters of a run call: what `callout clusters` prints. */
#ifndef CALLOUT_REPORT_CLUSTER_LIST_H
#define CALLOUT_REPORT_CLUSTER_LIST_H

#include "render/generation.h"

enum cluster_list_format { CLUSTER_LIST_TABLE, CLUSTER_LIST_JSON, CLUSTER_LIST_SNIPPET };

/* "table", "json" or "snippet"; false: none of them. */
bool cluster_list_format_find(struct str name, enum cluster_list_format *ret);

/* Appends the list of every upstream's cluster. Only for manifests that generation_judge found sound. False: planning
 * added errors, and what the buffer holds is not whole. */
bool cluster_list_write(struct buf *, enum cluster_list_format, struct generation *);

struct json_writer;
/* Writes, as members of the open object, what the list says of one cluster after its name and kind. */
void cluster_settings_write(struct json_writer *, const struct expected_cluster *);

#endif
