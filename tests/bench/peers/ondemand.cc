// The names of all clusters of a dump, by simdjson on demand.
#include <cstdio>
#include <simdjson.h>

using namespace simdjson;

static unsigned long count;

static void read_cluster(ondemand::object cluster)
{
	std::string_view name;

	count += cluster.find_field_unordered("name").get(name) == SUCCESS;
}

int main(int argc, char **argv)
{
	ondemand::parser parser;
	auto             text = padded_string::load(argc > 1 ? argv[1] : "");
	auto             document = parser.iterate(text);
	ondemand::json_type type = document.type();

	if (type == ondemand::json_type::array) {
		for (ondemand::object cluster : document.get_array())
			read_cluster(cluster);
	} else {
		for (ondemand::object section : document["configs"].get_array()) {
			ondemand::array clusters;
			if (section["dynamic_active_clusters"].get(clusters) == SUCCESS)
				for (ondemand::object entry : clusters)
					read_cluster(entry["cluster"]);
		}
	}
	std::printf("%lu\n", count);
	return 0;
}
