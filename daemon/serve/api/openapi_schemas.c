#include "serve/api/openapi_schemas.h"

#define STRING       "{\"type\": \"string\"}"
#define COUNT        "{\"type\": \"integer\", \"minimum\": 0}"
#define TIME         "{\"type\": \"string\", \"format\": \"date-time\"}"
#define TEXT_OR_NULL "{\"type\": [\"string\", \"null\"]}"

const struct openapi_schema openapi_schemas[] = {
	{ "Location",
	  "{\"type\": \"object\", \"required\": [\"source\", \"line\", \"column\", \"offset\", \"length\"], "
	  "\"properties\": {\"source\": " STRING ", \"line\": " COUNT ", \"column\": " COUNT ", \"offset\": " COUNT
	  ", \"length\": " COUNT ", \"path\": " STRING "}}" },
	{ "Finding",
	  "{\"type\": \"object\", \"required\": [\"code\", \"level\", \"message\", \"related\"], \"properties\": "
	  "{\"code\": {\"type\": \"string\", \"pattern\": \"^CO[0-9]{4}$\"}, "
	  "\"level\": {\"enum\": [\"error\", \"warning\", \"info\"]}, \"message\": " STRING ", \"help\": " STRING
	  ", \"location\": {\"$ref\": \"#/components/schemas/Location\"}, \"related\": {\"type\": \"array\", "
	  "\"items\": {\"type\": \"object\", \"required\": [\"message\"], \"properties\": "
	  "{\"message\": " STRING ", \"location\": {\"$ref\": \"#/components/schemas/Location\"}}}}}}" },
	{ "Summary", "{\"type\": \"object\", \"required\": [\"errors\", \"warnings\", \"infos\"], \"properties\": "
	             "{\"errors\": " COUNT ", \"warnings\": " COUNT ", \"infos\": " COUNT "}}" },
	{ "Report",
	  "{\"type\": \"object\", \"required\": [\"apiVersion\", \"kind\", \"command\", \"summary\", \"findings\"], "
	  "\"properties\": {\"apiVersion\": {\"const\": \"callout.dev/v1alpha1\"}, \"kind\": {\"const\": \"Report\"}, "
	  "\"command\": " STRING
	  ", \"summary\": {\"$ref\": \"#/components/schemas/Summary\"}, \"findings\": {\"type\": \"array\", \"items\": "
	  "{\"$ref\": \"#/components/schemas/Finding\"}}}}" },
	{ "Problem",
	  "{\"type\": \"object\", \"required\": [\"type\", \"title\", \"status\", \"detail\"], \"properties\": "
	  "{\"type\": {\"type\": \"string\", \"format\": \"uri-reference\"}, \"title\": " STRING
	  ", \"status\": {\"type\": \"integer\"}, \"detail\": " STRING ", \"instance\": " STRING
	  ", \"requestId\": " STRING ", \"summary\": {\"$ref\": \"#/components/schemas/Summary\"}, "
	  "\"findings\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/components/schemas/Finding\"}}}}" },
	{ "Cluster",
	  "{\"type\": \"object\", \"required\": [\"manifest\", \"upstream\", \"name\", \"kind\", \"type\", \"host\", "
	  "\"port\", "
	  "\"tls\", \"authority\", \"http2\"], \"properties\": {\"manifest\": " STRING ", \"upstream\": " STRING
	  ", \"name\": " STRING ", \"kind\": {\"enum\": [\"serviceEntry\", \"envoyFilter\", \"service\", "
	  "\"existing\"]}, \"type\": " TEXT_OR_NULL ", \"host\": " TEXT_OR_NULL
	  ", \"port\": {\"type\": [\"integer\", \"null\"]}, \"tls\": {\"type\": [\"object\", \"null\"]}, "
	  "\"authority\": " TEXT_OR_NULL ", \"http2\": {\"type\": \"boolean\"}}}" },
	{ "ClusterList",
	  "{\"type\": \"object\", \"required\": [\"kind\", \"clusters\"], \"properties\": {\"apiVersion\": {\"const\": "
	  "\"callout.dev/v1alpha1\"}, \"kind\": {\"const\": \"ClusterList\"}, \"clusters\": {\"type\": \"array\", "
	  "\"items\": {\"$ref\": \"#/components/schemas/Cluster\"}}}}" },
	{ "ObjectList", "{\"type\": \"object\", \"required\": [\"apiVersion\", \"kind\", \"items\"], \"properties\": "
	                "{\"apiVersion\": {\"const\": \"v1\"}, \"kind\": {\"const\": \"List\"}, \"items\": {\"type\": "
	                "\"array\", \"items\": {\"type\": \"object\"}}}}" },
	{ "StoredManifest",
	  "{\"type\": \"object\", \"required\": [\"namespace\", \"name\", \"revision\", \"generation\", \"action\", "
	  "\"who\", \"when\"], \"properties\": {\"apiVersion\": {\"const\": \"callout.dev/v1alpha1\"}, \"kind\": "
	  "{\"const\": \"StoredManifest\"}, "
	  "\"namespace\": " STRING ", \"name\": " STRING ", \"revision\": " COUNT ", \"generation\": " COUNT
	  ", \"action\": {\"enum\": [\"create\", \"replace\", \"delete\"]}, \"etag\": " STRING ", \"who\": " STRING
	  ", \"when\": " TIME ", \"created\": " TIME ", \"size\": " COUNT "}}" },
	{ "ListMetadata",
	  "{\"type\": \"object\", \"properties\": {\"revision\": " COUNT ", \"continue\": " STRING "}}" },
	{ "StoredManifestList",
	  "{\"type\": \"object\", \"required\": [\"kind\", \"items\", \"metadata\"], \"properties\": {\"apiVersion\": "
	  "{\"const\": \"callout.dev/v1alpha1\"}, \"kind\": {\"enum\": [\"StoredManifestList\", \"RevisionList\"]}, "
	  "\"items\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/components/schemas/StoredManifest\"}}, "
	  "\"metadata\": {\"$ref\": \"#/components/schemas/ListMetadata\"}}}" },
	{ "HostList",
	  "{\"type\": \"object\", \"required\": [\"kind\", \"items\", \"quarrels\", \"metadata\"], \"properties\": "
	  "{\"apiVersion\": {\"const\": \"callout.dev/v1alpha1\"}, \"kind\": {\"const\": \"HostList\"}, \"items\": "
	  "{\"type\": \"array\", \"items\": {\"type\": \"object\", \"required\": [\"host\", \"port\", \"callers\"], "
	  "\"properties\": {\"host\": " STRING ", \"port\": " COUNT
	  ", \"callers\": {\"type\": \"array\", \"items\": {\"type\": \"object\", \"required\": [\"namespace\", "
	  "\"name\", \"upstream\", "
	  "\"shared\"], \"properties\": {\"namespace\": " STRING ", \"name\": " STRING ", \"upstream\": " STRING
	  ", \"cluster\": " STRING ", \"shared\": {\"type\": \"boolean\"}, \"settings\": {\"type\": \"object\"}}}}}}}, "
	  "\"quarrels\": {\"type\": \"array\", \"items\": {\"type\": \"object\", \"required\": [\"about\", "
	  "\"manifests\"], \"properties\": "
	  "{\"about\": " STRING ", \"manifests\": {\"type\": \"array\", \"items\": " STRING "}}}}, "
	  "\"metadata\": {\"$ref\": \"#/components/schemas/ListMetadata\"}}}" },
	{ "Removed", "{\"type\": \"object\", \"required\": [\"removed\"], \"properties\": {\"removed\": " COUNT "}}" },
	{ "Status",
	  "{\"type\": \"object\", \"required\": [\"kind\", \"items\", \"manifest\", \"revision\", \"summary\", "
	  "\"metadata\"], \"properties\": {\"apiVersion\": {\"const\": \"callout.dev/v1alpha1\"}, \"kind\": "
	  "{\"const\": \"Status\"}, "
	  "\"manifest\": " STRING ", \"revision\": " COUNT
	  ", \"items\": {\"type\": \"array\", \"items\": {\"type\": \"object\", \"required\": [\"proxy\", \"verdict\", "
	  "\"good\", \"stale\", \"outdated\", \"when\"], \"properties\": {\"proxy\": " STRING ", \"verdict\": " STRING
	  ", \"good\": {\"type\": \"boolean\"}, \"stale\": {\"type\": \"boolean\"}, \"outdated\": {\"type\": "
	  "\"boolean\"}, \"revision\": " COUNT ", \"when\": " TIME ", \"source\": " STRING ", \"who\": " STRING
	  ", \"report\": {\"type\": \"object\"}}}}, \"summary\": {\"type\": \"object\", \"required\": [\"proxies\", "
	  "\"good\", \"bad\", \"stale\", "
	  "\"outdated\"], \"properties\": {\"proxies\": " COUNT ", \"good\": " COUNT ", \"bad\": " COUNT
	  ", \"stale\": " COUNT ", \"outdated\": " COUNT ", \"newest\": " TIME "}}, "
	  "\"metadata\": {\"$ref\": \"#/components/schemas/ListMetadata\"}}}" },
	{ "Bytes", "{\"description\": \"As the tool printed it.\"}" },
	{ "VerifyForm",
	  "{\"type\": \"object\", \"required\": [\"manifest\", \"dump\"], \"properties\": {\"manifest\": " STRING
	  ", \"dump\": {\"type\": \"array\", \"items\": " STRING "}}}" },
};
const size_t n_openapi_schemas = sizeof(openapi_schemas) / sizeof(openapi_schemas[0]);
