/* limits.h - every cap of the product in one place.
 *
 * A cap is there because each input is hostile until proven otherwise: reaching one is a finding
 * with a code, a place and a way out, never a crash and never a silent cut.
 */
#ifndef CALLOUT_BASE_LIMITS_H
#define CALLOUT_BASE_LIMITS_H

#define KIB ((size_t)1024)
#define MIB (1024 * KIB)

enum {
	/* Reading documents. */
	LIMIT_DEPTH = 64,           /* nesting of maps and lists; libyaml alone is quadratic in it */
	LIMIT_NODES = 65536,        /* values in one document of ours */
	LIMIT_LIVE_NODES = 4000000, /* values in one list of live objects */
	LIMIT_KEY_BYTES = 1022,     /* the longest simple key that every YAML reader takes */
	LIMIT_DOCUMENTS = 100000,   /* in one input */
	LIMIT_INPUTS = 20000,       /* files of one run */
	LIMIT_LIST_DEPTH = 256,     /* nesting in foreign items of a ResourceList */
	LIMIT_DIRECTORY_DEPTH = 32, /* of -R */

	/* Findings. */
	LIMIT_FINDINGS_PER_SOURCE = 100,
	LIMIT_FINDINGS = 10000,          /* of a run */
	LIMIT_MESSAGE_VALUE_BYTES = 160, /* of one value quoted inside a message */
	LIMIT_HELP_BYTES = 512,          /* of a help that was put together elsewhere */
	LIMIT_EXCERPT_COLUMNS = 120,     /* of the source line shown under a finding */

	/* The manifest. */
	LIMIT_UPSTREAMS = 256,
	LIMIT_ENDPOINTS = 4096,  /* CRD: ServiceEntry.spec.endpoints maxItems */
	LIMIT_LIST_ITEMS = 256,  /* any other list: CRD vmConfig.env, hosts, ports */
	LIMIT_TARGET_REFS = 16,  /* CRD: targetRefs maxItems */
	LIMIT_LUA_BYTES = 65536, /* CRD: TrafficExtension lua.inlineCode */

	/* A WebAssembly module: V8's own limits (src/wasm/wasm-limits.h). */
	LIMIT_WASM_ITEMS = 1000000, /* types, functions, imports, exports, globals, tags */
	LIMIT_WASM_TABLES = 100000, /* tables, memories, data segments */
	LIMIT_WASM_PARAMETERS = 1000,
	LIMIT_WASM_LOCALS = 50000,
	LIMIT_WASM_BODY_BYTES = 7654321,
	LIMIT_WASM_BRANCHES = 65520,
	LIMIT_WASM_OPERANDS = 1048576,     /* on the stack of a body whose operands are judged; ours, as the next two */
	LIMIT_WASM_OPERAND_BLOCKS = 65536, /* open at once there */
	LIMIT_WASM_OPERAND_STEPS = 16,     /* values looked at there, for each byte of code */
	LIMIT_WASM_FIELDS = 10000,         /* of a struct */
	LIMIT_WASM_SUPERTYPES = 63,        /* one above the other */
	LIMIT_WASM_ARRAY_VALUES = 10000,   /* of an array made of values on the stack */
	LIMIT_WASM_CONSTANTS = 2048,       /* values of one constant expression that are followed; ours */
	LIMIT_WASM_NAME_BYTES = 100000,    /* of which more than the beginning is kept; ours */
	LIMIT_WASM_PROBLEMS = 1000,        /* of one module; ours */
	LIMIT_OCI_DOCUMENT_BYTES =
		4 * 1024 * 1024, /* an index or manifest of an image layout: as registries cap them */
	LIMIT_WASM_NAMES = 100,  /* found in the data of one module; ours */

	/* A dump, scanned in constant memory. */
	LIMIT_SCAN_DEPTH = 1024, /* nesting: as deep as simdjson goes; dumps of Envoy stay under 60 */
	LIMIT_SCAN_KEY = 256,    /* bytes of a key that are looked at */

	/* The store. */
	LIMIT_STORE_READERS = 16,
	LIMIT_STORE_PAGE = 1000,          /* items of one page of a listing */
	LIMIT_STORE_CLAIMS = 1024,        /* of one manifest: a host, its port and a cluster name for each upstream */
	LIMIT_STORE_NEIGHBOURS = 256,     /* manifests that one put is compared with */
	LIMIT_STORE_QUARRELS = 100000,    /* claims on which manifests do not agree */
	LIMIT_QUARRELS = 10000,           /* pairs of manifests that are found to quarrel */
	LIMIT_QUARRELS_JUDGED = 20000000, /* pairs that are looked at for that: a tenth of a second */
	LIMIT_STORE_NAMESPACES = 100,     /* of one scope */
	LIMIT_STORE_NAME_BYTES = 1024,    /* any name: Envoy's longest cluster names are shorter */
	LIMIT_STORE_KEY_BYTES = 255,      /* an idempotency key and whose it is */
	LIMIT_STORE_AT_WORK = 4096,       /* requests with an idempotency key at one time */
	LIMIT_STORE_PROXIES = 100000,     /* of one manifest: Istio's largest meshes have as many in all */
	LIMIT_STORE_SWEEP = 1000,         /* rows that one sweep removes of each kind */
	LIMIT_STORE_CHANGES_READ = 65536, /* rows that one look for changes reads */

	/* Dumps of proxies; ours but for the first. */
	LIMIT_CLUSTER_NAME_BYTES = 1024, /* of a cluster's name that is compared */
	LIMIT_NEAR_NAME_BYTES = 330, /* of one that is shown as similar: a host of 253 and what Istio puts before it */
	LIMIT_NEAR_COMPARED = 200000000, /* comparisons with misspelt names in one dump: a fraction of a second */
	LIMIT_NEAR_OWNER_BYTES = 320,    /* of the namespace and name of its owner: 63 and 253 */
	LIMIT_DUMP_TEXT_BYTES = 2048,    /* of any other text that is kept */
	LIMIT_DUMPS = 20000,             /* files of one run */

	/* What is generated (Kubernetes: apimachinery, etcd). */
	LIMIT_ANNOTATION_BYTES = 262144, /* TotalAnnotationSizeLimitB: keys and values of one object */
	LIMIT_OBJECT_NAME_BYTES = 253,
};

#define LIMIT_INPUT_BYTES    (64 * MIB)   /* one file or standard input */
#define LIMIT_LIST_BYTES     (256 * MIB)  /* a ResourceList */
#define LIMIT_DOCUMENT_BYTES (4 * MIB)    /* one document of ours; a list of live objects may fill its file */
#define LIMIT_SCALAR_BYTES   (256 * KIB)  /* one string */
#define LIMIT_MODULE_BYTES   (256 * MIB)  /* a .wasm file: ISTIO_WASM_MAX_BINARY_SIZE_BYTES */
#define LIMIT_CODE_BYTES     (16 * MIB)   /* code of a module that is read without --code */
#define LIMIT_OBJECT_BYTES   (1536 * KIB) /* one generated object: etcd DefaultMaxRequestBytes */
#define LIMIT_LISTING_BYTES  (512 * MIB)  /* a listing that is printed whole */
#define LIMIT_MEMORY_BYTES   (2048 * MIB) /* one run's arena */
#define LIMIT_SCAN_ALONE     (8 * MIB)    /* larger dumps are read by two threads */
#define LIMIT_SCAN_BLOCK     (256 * KIB)  /* of a dump, read at once: with its index it fits the second-level cache */
#define LIMIT_BODY_BLOCK     (1 * MIB)    /* of one that a client sends: each read costs TCP's work as well */

#define LIMIT_DUMP_BYTES   (4096 * MIB - 1) /* one dump, inflated: its offsets have 32 bits */
#define LIMIT_DUMP_MEMORY  (256 * MIB)      /* while one dump is read */
#define LIMIT_STATS_BYTES  (256 * MIB)      /* statistics as text, inflated */
#define LIMIT_PLUGIN_BYTES (1 * MIB)        /* a plugin's configuration that is compared */

#define LIMIT_REQUEST_MEMORY_BYTES (512 * MIB) /* the arena of one request to the daemon */

#define LIMIT_STORE_PAGE_BYTES     (8 * MIB)   /* of documents in one page: it ends early */
#define LIMIT_STORE_CHECKED_BYTES  (256 * MIB) /* checked before use after an unclean stop: takes about a second */
#define LIMIT_STORE_ANSWER_BYTES   (64 * MIB)  /* one answer of the store */
#define LIMIT_STORE_QUARRELS_BYTES (16 * MIB)  /* of claims on which manifests do not agree: the rest is left out */
#define LIMIT_STORE_REPORT_BYTES   (1 * MIB)   /* verdicts of one proxy; a remembered reply */

#endif
