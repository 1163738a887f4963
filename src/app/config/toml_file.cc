// The only file that includes toml++: it turns its tree into ours.
#include <fmt/format.h>
#include <toml++/toml.h>

#include "app/config/config_node.h"

namespace holdfast::app {
namespace {

ConfigNode convert(const toml::node& from) {
  ConfigNode node;
  node.line = static_cast<int>(from.source().begin.line);
  if (const toml::table* table = from.as_table()) {
    node.kind = ConfigNode::Kind::kTable;
    for (const auto& [key, value] : *table) {
      node.members.push_back({std::string(key.str()), convert(value)});
      ConfigNode& member = node.members.back().node;
      // an implicit table ([a.b] without [a]) has no place of its own: its key has
      if (member.line == 0) {
        member.line = static_cast<int>(key.source().begin.line);
      }
    }
  } else if (const toml::array* array = from.as_array()) {
    node.kind = ConfigNode::Kind::kArray;
    for (const toml::node& item : *array) node.items.push_back(convert(item));
  } else if (from.is_string()) {
    node.kind = ConfigNode::Kind::kText;
    node.text = from.ref<std::string>();
  } else if (from.is_integer()) {
    node.kind = ConfigNode::Kind::kInteger;
    node.integer = from.ref<int64_t>();
  } else if (from.is_boolean()) {
    node.kind = ConfigNode::Kind::kBool;
    node.boolean = from.ref<bool>();
  } else if (from.is_floating_point()) {
    node.kind = ConfigNode::Kind::kFloat;
  } else {
    node.kind = ConfigNode::Kind::kTime;
  }
  return node;
}

}  // namespace

Result<ConfigNode> parse_toml(const std::string& text) {
  try {
    return convert(toml::parse(text));
  } catch (const toml::parse_error& error) {
    return fail(ErrorCode::kConfigInvalid,
                fmt::format("line {}: {}", static_cast<int>(error.source().begin.line),
                            error.description()));
  }
}

}  // namespace holdfast::app
