// simdjson's document as a peer_tree.
#include <simdjson.h>

#include "peer_tree.h"

namespace
{

peer_value *add_value(peer_memory *m, const simdjson::dom::element &e, peer_value *parent)
{
	using simdjson::dom::element_type;
	peer_value *to;

	switch (e.type()) {
	case element_type::OBJECT:
		to = peer_value_new(m, PEER_OBJECT, parent);
		for (auto [key, value] : simdjson::dom::object(e))
			peer_value_key(m, add_value(m, value, to), key.data(), key.size());
		return to;
	case element_type::ARRAY:
		to = peer_value_new(m, PEER_ARRAY, parent);
		for (auto value : simdjson::dom::array(e))
			add_value(m, value, to);
		return to;
	case element_type::STRING: {
		std::string_view text(e);

		to = peer_value_new(m, PEER_STRING, parent);
		peer_value_text(m, to, text.data(), text.size());
		return to;
	}
	case element_type::INT64:
		to = peer_value_new(m, PEER_INTEGER, parent);
		to->integer = int64_t(e);
		return to;
	default:
		return peer_value_new(m, PEER_OTHER, parent);
	}
}

} // namespace

enum peer_answer simdjson_tree(peer_memory *m, const char *p, size_t n, peer_value **ret)
{
	static simdjson::dom::parser parser;
	simdjson::dom::element       root;
	simdjson::error_code         error;

	static_assert(simdjson::SIMDJSON_PADDING <= PEER_PADDING, "padding");
	error = parser.parse(p, n, false).get(root);
	if (error == simdjson::NUMBER_ERROR)
		return PEER_LIMIT;
	if (error)
		return PEER_REFUSED;
	*ret = add_value(m, root, nullptr);
	return PEER_READ;
}
