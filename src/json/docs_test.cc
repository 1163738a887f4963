// docs/reference held against the code: the contract's schemas against the table of fields, its examples
// and those of docs/http-api.md against the parser.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "json/fields.h"
#include "json/parse.h"
#include "json/value.h"

namespace holdfast::json {
namespace {

std::string reference_text(const std::string& name) {
  const auto path = std::filesystem::path(HOLDFAST_SOURCE_DIR) / "docs/reference" / name;
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

const Value& contract() {
  static const Value value = [] {
    auto parsed = parse_value(reference_text("openapi.json"));
    EXPECT_TRUE(parsed.has_value()) << parsed.error().detail << parsed.error().pointer;
    return parsed.value_or(Value());
  }();
  return value;
}

const Value* schema(const std::string& name) { return contract().find("/components/schemas/" + name); }

/// "stock.count_corrected" → "StockCountCorrected".
std::string schema_name(std::string_view type) {
  std::string name;
  bool upper = true;
  for (const char c : type) {
    if (c == '.' || c == '_') {
      upper = true;
    } else {
      name.push_back(upper ? static_cast<char>(c - 'a' + 'A') : c);
      upper = false;
    }
  }
  return name;
}

std::set<std::string> properties_of(const Value* object) {
  std::set<std::string> names;
  if (object == nullptr) return names;
  EXPECT_EQ(object->find("/additionalProperties")->as_bool(), false);
  for (const auto& member : object->find("/properties")->members()) names.insert(member.first);
  return names;
}

std::set<std::string> names_in(FieldSet set) {
  std::set<std::string> names;
  for (int i = 0; i < kFieldCount; ++i) {
    if (has(set, static_cast<Field>(i))) names.insert(std::string(name_of(static_cast<Field>(i))));
  }
  return names;
}

std::vector<CommandType> types_where(bool (*wanted)(CommandType)) {
  std::vector<CommandType> types;
  for (int i = 1; i < 64; ++i) {
    const auto type = static_cast<CommandType>(i);
    if (wanted(type) && name_of(type) != "none") types.push_back(type);
  }
  return types;
}
std::vector<CommandType> facts() { return types_where([](CommandType t) { return is_fact(t); }); }
std::vector<CommandType> requests() { return types_where([](CommandType t) { return is_request(t); }); }

TEST(Contract, HasEveryFactWithExactlyItsFields) {
  ASSERT_EQ(facts().size(), 15u);
  for (const CommandType type : facts()) {
    const std::string name = schema_name(name_of(type));
    ASSERT_NE(schema(name), nullptr) << name;
    const TypeFields& row = fields_of(type);
    EXPECT_EQ(properties_of(schema(name)), names_in(row.command | row.line)) << name;
    EXPECT_EQ(properties_of(schema(name + "Line")), names_in(row.line)) << name;
  }
}

TEST(Contract, HasEveryRequestWithExactlyItsFields) {
  ASSERT_EQ(requests().size(), 6u);
  for (const CommandType type : requests()) {
    const std::string name = schema_name(name_of(type));
    const FieldSet all = fields_of(type).command;
    ASSERT_NE(schema(name + "Item"), nullptr) << name;
    EXPECT_EQ(properties_of(schema(name + "Item")), names_in(all)) << name;
    // At its own endpoint the route says `do`, and the path the id.
    FieldSet body = all & ~bit(Field::kDo);
    if (type != CommandType::kHoldPlace) body &= ~bit(Field::kId);
    EXPECT_EQ(properties_of(schema(name)), names_in(body)) << name;
  }
  EXPECT_EQ(properties_of(schema("RequestLine")), names_in(fields_of(CommandType::kHoldPlace).line));
}

TEST(Contract, HasTheSettings) {
  EXPECT_EQ(properties_of(schema("ChannelSettings")), names_in(fields_of(CommandType::kChannelSet).command));
  EXPECT_EQ(properties_of(schema("LocationSettings")), names_in(fields_of(CommandType::kLocationSet).command));
  EXPECT_EQ(properties_of(schema("SkuAlias")), names_in(fields_of(CommandType::kSkuMerge).command));
  EXPECT_EQ(properties_of(schema("Fulfillment")), names_in(kFulfillmentFields));
}

TEST(Contract, ItsExamplesAreAccepted) {
  const ParseContext keyed{.idempotency_header = "k", .path = "/"};
  for (const CommandType type : facts()) {
    const Value* example = schema(schema_name(name_of(type)))->find("/examples/0");
    ASSERT_NE(example, nullptr) << name_of(type);
    const auto command = parse_event(example->to_text(), keyed);
    ASSERT_TRUE(command.has_value()) << example->to_text() << ": " << command.error().detail;
    EXPECT_EQ(command->type, type);
  }
  const auto body = [](const char* path) {
    const Value* value = contract().find(path);
    EXPECT_NE(value, nullptr) << path;
    return value == nullptr ? std::string() : value->to_text();
  };
  const std::string media = "/post/requestBody/content/application~1json/";
  EXPECT_TRUE(parse_hold_place(body(("/paths/~1v1~1holds" + media + "example").c_str()), keyed).has_value());
  EXPECT_TRUE(parse_order_accept(body(("/paths/~1v1~1orders" + media + "example").c_str()), keyed).has_value());
  const auto items = parse_array(body(("/paths/~1v1~1batch" + media + "examples/cart to order/value").c_str()),
                                 keyed, Accept::kFactsAndRequests);
  ASSERT_TRUE(items.has_value());
  for (const auto& item : *items) EXPECT_TRUE(item.has_value());
  EXPECT_TRUE(parse_channel_settings(body("/components/schemas/ChannelSettings/examples/0"), "web", {}).has_value());
  EXPECT_TRUE(parse_location_settings(body("/components/schemas/LocationSettings/examples/0"), "l", {}).has_value());
  EXPECT_TRUE(parse_sku_alias(body("/components/schemas/SkuAlias/examples/0"), "a", {}).has_value());
  EXPECT_TRUE(parse_availability(body("/components/schemas/AvailabilityRequest/examples/0")).has_value());
}

TEST(Contract, EveryReferenceLeadsSomewhere) {
  int seen = 0;
  const auto follow = [&](const auto& self, const Value& value) -> void {
    for (const Value& item : value.items()) self(self, item);
    for (const auto& [name, member] : value.members()) {
      if (name == "$ref") {
        ++seen;
        const std::string target(member.as_string().value_or("#"));
        EXPECT_NE(contract().find(target.substr(1)), nullptr) << target;
      }
      self(self, member);
    }
  };
  follow(follow, contract());
  EXPECT_GT(seen, 300);
}

TEST(Page, ItsTableOfFactsIsTheTableOfFields) {
  std::istringstream page(reference_text("../http-api.md"));
  std::set<std::string> rows;
  for (std::string line; std::getline(page, line);) {
    if (!line.starts_with("| `") || line.find(" | ") == line.npos) continue;
    const std::string type = line.substr(3, line.find('`', 3) - 3);
    const auto named = command_type_named(type);
    if (!named || !is_fact(*named)) continue;
    rows.insert(type);
    std::vector<std::string> cells;
    std::istringstream parts(line.substr(1));
    for (std::string cell; std::getline(parts, cell, '|');) cells.push_back(cell);
    ASSERT_GE(cells.size(), 4u);
    const auto names = [](const std::string& cell) {
      std::set<std::string> out;
      std::string word;
      for (const char c : cell + ",") {
        if ((c >= 'a' && c <= 'z') || c == '_') {
          word.push_back(c);
        } else if (!word.empty() && c == ',') {
          out.insert(word);
          word.clear();
        }
      }
      return out;
    };
    const TypeFields& row = fields_of(*named);
    const FieldSet common = bit(Field::kType) | bit(Field::kIdempotencyKey) | bit(Field::kOccurredAt) |
                            bit(Field::kLines);
    EXPECT_EQ(names(cells[1]), names_in(row.command & ~common)) << type;
    EXPECT_EQ(names(cells[2]), names_in(row.line)) << type;
  }
  EXPECT_EQ(rows.size(), facts().size());
}

TEST(Page, ItsLinesOfJsonAreAccepted) {
  std::istringstream page(reference_text("../http-api.md"));
  int facts_seen = 0, requests_seen = 0;
  for (std::string line; std::getline(page, line);) {
    const bool fact = line.starts_with("{\"type\"");
    if (!fact && !line.starts_with("{\"do\"")) continue;
    const auto command = parse_item(line, {.idempotency_header = "k", .path = "/"});
    EXPECT_TRUE(command.has_value()) << line << ": " << command.error().detail;
    ++(fact ? facts_seen : requests_seen);
  }
  EXPECT_GE(facts_seen, 9);
  EXPECT_GE(requests_seen, 2);
}

}  // namespace
}  // namespace holdfast::json
