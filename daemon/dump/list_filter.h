/* list_filter.h - can a filter of istioctl have left this list of clusters?
 *
 * --fqdn, --subset and --direction take any part of a name, be it a letter (istioctl ClusterFilter.Verify), and the list does not tell
 * that they were given. But all that they leave has the letters of that part, and Istio's own clusters, which a whole list has, have no
 * letter in common. Some of those begin with a capital, BlackHoleCluster foremost: they are left by no part of a host, a subset or a
 * direction that anyone would look for, but by their own names, which leave nothing else but what is called like them, as authCluster is.
 */
#ifndef CALLOUT_DUMP_LIST_FILTER_H
#define CALLOUT_DUMP_LIST_FILTER_H

#include "base/str.h"

struct list_filter {
	char   shared[256]; /* the bytes that all names have, each once */
	size_t n_shared;
	bool   any;
	bool   has_builtin, has_capital; /* of Istio's own; a capital one is a built-in one, too */
	bool   has_other;                /* one without any capital letter */
};

void list_filter_begin(struct list_filter *);
void list_filter_add(struct list_filter *, struct str name);

/* Istio's own clusters are in the list, but such that a filter may have left it. */
bool list_filter_may_be(const struct list_filter *);
/* Istio's own clusters are in the list, such that no filter has left it: what is not there is not in the proxy. */
bool list_filter_is_none(const struct list_filter *);

#endif
