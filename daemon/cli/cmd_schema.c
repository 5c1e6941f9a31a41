/* callout schema [KIND] */
#include "base/limits.h"
#include "cli/command.h"
#include "manifest/schema.h"

enum exit_status cmd_schema(struct arena *arena, const struct arguments *arguments)
{
	struct str wanted = arguments->n_operands ? str_c(arguments->operands[0]) : STR("FilterManifest");
	struct buf b;

	if (arguments->n_operands > 1)
		return usage_error("schema", "one kind at a time");
	buf_init(&b, arena, MIB);
	for (size_t i = 0; i < n_schema_kinds; i++) {
		if (!str_eq_nocase(wanted, str_c(schema_kinds[i]->name)))
			continue;
		schema_write(&b, schema_kinds[i]);
		return print_output(buf_str(&b)) ? EXIT_FINE : EXIT_ENVIRONMENT;
	}
	if (str_is(wanted, "kustomize")) {
		schema_write_kustomize(&b);
		return print_output(buf_str(&b)) ? EXIT_FINE : EXIT_ENVIRONMENT;
	}
	return usage_error("schema", "there is no kind \"%s\": FilterManifest, Mesh or kustomize",
	                   arguments->operands[0]);
}
