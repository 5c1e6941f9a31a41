/* live_key.h - keys of what was found out of live objects: parts one after the other, none of which can be mistaken for
 * another, whatever an object holds. */
#ifndef CALLOUT_LIVE_LIVE_KEY_H
#define CALLOUT_LIVE_LIVE_KEY_H

#include "base/buf.h"
#include "json/tree.h"

void live_key_begin(struct buf *, struct arena *);
void live_key_add(struct buf *, struct str part);
/* As a set. None (NULL) are as good as an empty map; what is no map holds none. */
void live_key_add_labels(struct buf *, const struct node *labels);

#endif
