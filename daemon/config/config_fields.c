/* The table of settings, and how they are spelled on a command line. The command line has it too: shells complete from it. */
#include <stddef.h>

#include "base/arena.h"
#include "base/limits.h"
#include "config/config.h"

static const char *const log_format_words[] = { "auto", "json", "text", NULL };
static const char *const sandbox_words[] = { "auto", "required", "off", NULL };

#define AT(member)       .offset = offsetof(struct config, member)
#define FILE_NAME        .min = 1, .max = 4096, .format = TEXT_FILE, .example = "FILE"
#define DIRECTORY_NAME   .min = 1, .max = 4096, .format = TEXT_FILE, .example = "DIR"
#define COUNT(low, high) .min = (low), .max = (high)
#define LIST             .min = 1, .max = LIMIT_LIST_ITEMS

static const struct field config_fields[] = {
	{ "listen", FIELD_STRING, AT(listen), .default_text = "127.0.0.1:8686", .min = 1, .max = 255,
	  .format = TEXT_LISTENED, .example = "ADDRESS:PORT",
	  .doc = "Address and port to listen on; port 0 takes a free one and logs it. A socket passed by "
	         "systemd takes precedence." },
	{ "data", FIELD_STRING, AT(data), DIRECTORY_NAME,
	  .doc = "Directory of the store. Default: systemd's STATE_DIRECTORY, else a temporary one that is removed with "
	         "the process." },
	{ "manifests", FIELD_STRING, AT(manifests), DIRECTORY_NAME,
	  .doc = "Follow this directory of manifests (a checkout that git-sync keeps, say): what it holds replaces "
	         "all that is stored, as a whole and only if it is sound. Manifests cannot be put by requests then." },
	{ "meshFile", FIELD_STRING, AT(mesh_file), FILE_NAME,
	  .doc = "The Mesh that everything is generated for. Without it: the default mesh." },
	{ "templates", FIELD_STRING, AT(templates), DIRECTORY_NAME,
	  .doc = "Use the templates in this directory instead of the built-in ones." },
	{ "tlsCert", FIELD_STRING, AT(tls_cert), FILE_NAME,
	  .doc = "Certificate chain of the daemon (PEM): it then speaks TLS, 1.2 and newer. What is renewed is "
	         "put in force within a minute." },
	{ "tlsKey", FIELD_STRING, AT(tls_key), FILE_NAME, .doc = "The key that belongs to it (PEM)." },
	{ "clientCa", FIELD_STRING, AT(client_ca), FILE_NAME,
	  .doc = "Authorities of client certificates (PEM). The tokens file says whom a certificate stands "
	         "for." },
	{ "tokens", FIELD_STRING, AT(tokens), FILE_NAME,
	  .doc = "Who may do what; `callout serve token add` writes it. Without it everyone may do everything." },
	{ "keepRevisions", FIELD_INT, AT(keep_revisions), .default_text = "0", COUNT(0, 1000000),
	  .doc = "Revisions of each manifest that history keeps; 0: all." },
	{ "keepDeletedHours", FIELD_INT, AT(keep_deleted_hours), .default_text = "0", COUNT(0, 1000000),
	  .doc = "How long history keeps a deleted manifest; 0: until it is purged." },
	{ "staleAfter", FIELD_DURATION, AT(stale_after), .default_text = "24h", .max = INT32_MAX,
	  .doc = "Age at which a verdict on a live proxy counts as stale." },
	{ "insecure", FIELD_BOOL, AT(insecure), .default_text = "false",
	  .doc = "Listen beyond loopback without TLS and authentication." },
	{ "allowedHosts", FIELD_STRINGS, AT(allowed_hosts), LIST, .format = TEXT_SERVED_NAME,
	  .doc = "Names that the Host header may carry beside addresses and localhost, which guards against DNS "
	         "rebinding. *: any." },
	{ "allowedOrigins", FIELD_STRINGS, AT(allowed_origins), LIST, .format = TEXT_ORIGIN,
	  .doc = "Origins of other web pages that may call the API, such as https://console.example.com. *: any." },
	{ "threads", FIELD_INT, AT(threads), COUNT(1, 64),
	  .doc = "Threads that answer requests. Default: one per processor, at most 4." },
	{ "maxConnections", FIELD_INT, AT(max_connections), .default_text = "4096", COUNT(16, 100000),
	  .doc = "Connections that may be open at the same time." },
	{ "maxConnectionsPerAddress", FIELD_INT, AT(max_connections_per_address), .default_text = "512",
	  COUNT(1, 100000), .doc = "Of these, from one address (of IPv6: one /64). Loopback is not counted." },
	{ "maxHeaderBytes", FIELD_INT, AT(max_header_bytes), .default_text = "32768", COUNT(4096, 1024 * 1024),
	  .doc = "Request line and headers together. Each kept connection holds as much memory and 4 KiB more." },
	{ "maxManifestBytes", FIELD_INT, AT(max_manifest_bytes), .default_text = "4194304",
	  COUNT(1024, 64 * 1024 * 1024), .doc = "Largest body of manifests." },
	{ "maxModuleBytes", FIELD_INT, AT(max_module_bytes), .default_text = "268435456", COUNT(1024, 1LL << 32),
	  .doc = "Largest module." },
	{ "maxDumpBytes", FIELD_INT, AT(max_dump_bytes), .default_text = "1073741824", COUNT(1024, 1LL << 40),
	  .doc = "All dumps of one request, inflated; one of them may have 4 GiB at most." },
	{ "maxInFlightBytes", FIELD_INT, AT(max_in_flight_bytes), .default_text = "268435456",
	  COUNT(1024 * 1024, INT64_MAX / 2), .doc = "Bodies held in memory at the same time, all together." },
	{ "headerTimeout", FIELD_DURATION, AT(header_timeout), .default_text = "10s", .max = 600000,
	  .doc = "Time for the headers of a request." },
	{ "idleTimeout", FIELD_DURATION, AT(idle_timeout), .default_text = "30s", .max = 3600000,
	  .doc = "Time without a byte, in a request and between two." },
	{ "bodyGrace", FIELD_DURATION, AT(body_grace), .default_text = "30s", .max = 3600000,
	  .doc = "Time that a body or an answer may take however slow it is; after that it must keep up 16 KiB "
	         "a second." },
	{ "drainTimeout", FIELD_DURATION, AT(drain_timeout), .default_text = "20s", .max = 3600000,
	  .doc = "Time that requests in progress get after SIGTERM." },
	{ "sandbox", FIELD_ENUM, AT(sandbox), .default_text = "auto", .words = sandbox_words,
	  .doc = "Give up, once started, all files but those that the settings name (Landlock) and all system calls "
	         "but those that are needed (seccomp). auto: what the kernel has; required: do not start without "
	         "both." },
	{ "logFormat", FIELD_ENUM, AT(log_format), .default_text = "auto", .words = log_format_words,
	  .doc = "Format of the log on standard error. auto: text on a terminal, else json." },
	{ "accessLog", FIELD_BOOL, AT(access_log), .default_text = "false",
	  .doc = "Log every request but the probes, not only changes and failures." },
};

const struct object config_object = { .name = "configuration",
	                              .doc = "Settings of callout-serve.",
	                              .size = sizeof(struct config),
	                              .fields = config_fields,
	                              .n_fields = sizeof(config_fields) / sizeof(config_fields[0]) };
FIELDS_FIT(config_fields);

const char *const config_starting[] = { "listen",         "data",
	                                "manifests",      "threads",
	                                "maxConnections", "maxConnectionsPerAddress",
	                                "maxHeaderBytes", "maxInFlightBytes",
	                                "headerTimeout",  "idleTimeout",
	                                "bodyGrace",      "sandbox",
	                                "logFormat",      NULL };

const struct config_option config_options[] = {
	{ "config", "FILE", "A YAML file of settings, named as in `meshFile: /etc/callout/mesh.yaml`." },
	{ "backup", "FILE", "Copy the store to a file, beside a daemon that runs or not, and exit." },
	{ "check-config", NULL, "Read and check everything, print what is in force, and exit." },
	{ "help", NULL, "Print this." },
	{ "version", NULL, "Print the version." },
	{ 0 },
};

struct str config_flag(struct arena *arena, const struct field *f)
{
	struct buf b;

	buf_init(&b, arena, KIB);
	for (const char *p = f->name; *p; p++) {
		bool upper = *p >= 'A' && *p <= 'Z';

		if (upper)
			buf_char(&b, '-');
		buf_char(&b, upper ? (char)(*p - 'A' + 'a') : *p);
	}
	return str_copy(arena, buf_str(&b));
}

struct str config_value(struct arena *arena, const struct field *f)
{
	struct buf b;

	switch (f->type) {
	case FIELD_BOOL:
		return STR_ABSENT;
	case FIELD_INT:
		return STR("N");
	case FIELD_DURATION:
		return STR("DURATION");
	case FIELD_STRINGS:
		return STR("A,B,…");
	case FIELD_ENUM:
		buf_init(&b, arena, KIB);
		for (size_t i = 0; f->words[i]; i++)
			buf_fmt(&b, "%s%s", i ? "|" : "", f->words[i]);
		return buf_str(&b);
	default:
		return str_c(f->example);
	}
}
