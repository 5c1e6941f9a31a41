// simdjson's document as events.
#include <simdjson.h>

#include "peers.h"

namespace
{

void add(events *out, std::string_view text)
{
	events_add(out, text.data(), text.size());
}

void add_value(const simdjson::dom::element &e, events *out)
{
	using simdjson::dom::element_type;

	switch (e.type()) {
	case element_type::OBJECT:
		add(out, "{\n");
		for (auto [key, value] : simdjson::dom::object(e)) {
			add(out, "k");
			add(out, key);
			add(out, "\n");
			add_value(value, out);
		}
		add(out, "end\n");
		break;
	case element_type::ARRAY:
		add(out, "[\n");
		for (auto value : simdjson::dom::array(e))
			add_value(value, out);
		add(out, "end\n");
		break;
	case element_type::STRING:
		add(out, "s");
		add(out, std::string_view(e));
		add(out, "\n");
		break;
	case element_type::INT64:
		events_int(out, int64_t(e));
		break;
	case element_type::UINT64:
		events_double(out, double(uint64_t(e)));
		break;
	case element_type::DOUBLE:
		events_double(out, double(e));
		break;
	case element_type::BOOL:
		add(out, bool(e) ? "true\n" : "false\n");
		break;
	case element_type::NULL_VALUE:
		add(out, "null\n");
		break;
	}
}

} // namespace

bool simdjson_events(const char *p, size_t n, events *out)
{
	static simdjson::dom::parser parser;
	simdjson::dom::element       root;

	static_assert(simdjson::SIMDJSON_PADDING <= PEER_PADDING, "padding");
	if (parser.parse(p, n, false).get(root) != simdjson::SUCCESS)
		return false;
	add_value(root, out);
	return true;
}
