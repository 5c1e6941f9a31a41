/* openapi_schemas.h - what answers look like, as JSON Schema. FilterManifest comes from the field tables instead. */
#ifndef CALLOUT_SERVE_OPENAPI_SCHEMAS_H
#define CALLOUT_SERVE_OPENAPI_SCHEMAS_H

#include <stddef.h>

struct openapi_schema {
	const char *name;
	const char *json;
};
extern const struct openapi_schema openapi_schemas[];
extern const size_t                n_openapi_schemas;

#endif
