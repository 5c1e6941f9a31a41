#include "names/object_owner.h"

struct str object_owner_namespace(struct str kind, struct str object_namespace, struct str object_name,
                                  struct str manifest)
{
	struct str head, rest = str_cut(object_name, '.', &head);

	return str_is(kind, "EnvoyFilter") && head.n && str_present(rest) && str_eq(rest, manifest) ? head
	                                                                                            : object_namespace;
}
