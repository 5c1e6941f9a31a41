/* config.h - the daemon's settings, from flags, the environment and one YAML file, all described by one table of
 * fields.
 *
 * A flag --mesh-file, a variable CALLOUT_SERVE_MESH_FILE and a line `meshFile:` of the file are the same setting. A
 * flag wins over the environment, that over the file, and the file over the defaults.
 */
#ifndef CALLOUT_CONFIG_CONFIG_H
#define CALLOUT_CONFIG_CONFIG_H

#include "base/buf.h"
#include "manifest/fields.h"

enum { LOG_FORMAT_AUTO = 1, LOG_FORMAT_JSON, LOG_FORMAT_TEXT };

struct config {
	const struct node *node;
	struct str         listen;
	struct str         mesh_file, templates;
	struct str         data, manifests;
	struct str         tls_cert, tls_key, client_ca, tokens;
	int64_t            keep_revisions, keep_deleted_hours;
	struct duration    stale_after;
	enum tri           insecure;
	struct strings     allowed_hosts, allowed_origins;
	int64_t            threads, max_connections, max_connections_per_address;
	int64_t            max_header_bytes, max_manifest_bytes, max_module_bytes, max_dump_bytes, max_in_flight_bytes;
	struct duration    header_timeout, idle_timeout, body_grace, drain_timeout;
	unsigned           log_format;
	unsigned           sandbox; /* enum sandbox_use */
	enum tri           access_log;
};

extern const struct object config_object;

/* The name of the field's flag: "mesh-file" for meshFile. */
struct str config_flag(struct arena *, const struct field *);
/* Its value in the usage: "FILE", "N", "auto|json|text"; absent for a flag without a value. */
struct str config_value(struct arena *, const struct field *);

/* Does the configuration say anything of this setting? */
bool config_has(const struct config *, const struct field *);

/* Names of the settings that take effect only at start, not at a reload; ends with NULL. */
extern const char *const config_starting[];

/* The options of the command line that are not settings; ends with an empty row. */
struct config_option {
	const char *name;
	const char *value; /* NULL: a flag alone */
	const char *doc;
};
extern const struct config_option config_options[];

/* What these options asked for. */
struct config_request {
	struct str file;   /* --config; absent */
	struct str backup; /* --backup: the file; absent */
	bool       check_only;
	bool       help;
	bool       version;
};

/* Reads argv (behind the program's name), the environment and the file. False: findings were added. */
bool config_read(struct arena *, int argc, char **argv, struct config *ret, struct config_request *ret_request,
                 struct diags *);

/* The names, separated by commas, of the settings that differ but take effect only at start; empty: there are none. */
struct str config_not_reloaded(struct arena *, const struct config *was, const struct config *now);

/* The usage, from the tables. */
void config_write_help(struct buf *);
/* The settings in force, as a file that could be given to --config. */
void config_write(struct buf *, const struct config *);

#endif
