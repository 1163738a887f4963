// The committed reference pages are what the tool makes of the contract and the error table today.
#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "base/error.h"
#include "http/problem.h"
#include "tools/reference/pages.h"
#include "tools/reference/schema_text.h"

namespace holdfast::http {
extern const std::string_view kOpenApiText;
}

namespace holdfast::reference {
namespace {

std::string committed(const std::string& name) {
  std::ifstream file(std::string(HOLDFAST_SOURCE_DIR) + "/docs/reference/" + name,
                     std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

const json::Value& contract() {
  static const json::Value value = [] {
    auto parsed = json::parse_value(http::kOpenApiText);
    EXPECT_TRUE(parsed.has_value()) << parsed.error().detail;
    return parsed.value_or(json::Value());
  }();
  return value;
}

/// The first line that differs, for a message that can be read.
std::string difference(const std::string& written, const std::string& made) {
  std::istringstream left(written), right(made);
  std::string a, b;
  for (int line = 1;; ++line) {
    const bool more_left = static_cast<bool>(std::getline(left, a));
    const bool more_right = static_cast<bool>(std::getline(right, b));
    if (!more_left && !more_right) return {};
    if (a != b || more_left != more_right)
      return "line " + std::to_string(line) + "\n  committed: " + (more_left ? a : "(its end)") +
             "\n  made now:  " + (more_right ? b : "(its end)") +
             "\nrun ./dev docs and commit the page";
  }
}

TEST(ReferencePages, TheApiPageIsWhatTheContractSays) {
  EXPECT_EQ(difference(committed("api.md"), api_page(contract())), "");
}

TEST(ReferencePages, TheErrorPageIsWhatTheTableSays) {
  EXPECT_EQ(difference(committed("errors.md"), errors_page()), "");
}

TEST(ReferencePages, EveryLinkOfTheApiPageLeadsToAHeading) {
  const std::string page = api_page(contract());
  std::set<std::string> headings;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("##")) continue;
    std::string anchor;
    for (const unsigned char c : line.substr(line.find(' ') + 1)) {
      if (std::isalnum(c) || c == '-' || c == '_' || c >= 0x80)
        anchor += static_cast<char>(std::tolower(c));
      if (c == ' ') anchor += '-';
    }
    EXPECT_TRUE(headings.insert(anchor).second) << "two headings make one anchor: " << line;
  }
  const std::regex link(R"(\]\(#([^)]*)\))");
  int seen = 0;
  for (std::sregex_iterator at(page.begin(), page.end(), link), end; at != end; ++at, ++seen)
    EXPECT_TRUE(headings.contains((*at)[1])) << (*at)[1];
  EXPECT_GT(seen, 100);
}

TEST(ReferencePages, EveryOperationHasItsPlaceAndAnExampleOrAReasonForNone) {
  const std::string page = api_page(contract());
  for (const auto& [path, item] : contract().get("paths")->members())
    for (const auto& [method, operation] : item.members()) {
      const size_t at = page.find("\n### " + text_of(operation, "summary") + "\n");
      ASSERT_NE(at, page.npos) << method << " " << path << ": its tag is not among `tags`";
      if (operation.get("x-no-example") != nullptr) continue;
      const std::string section = page.substr(at + 1, page.find("\n##", at + 1) - at);
      EXPECT_NE(section.find("\ncurl "), section.npos) << section;
      EXPECT_EQ(section.find('{', section.find("http://127")), section.npos)
          << "a parameter of " << path << " has no `example`";
    }
}

TEST(SchemaText, SaysRangesDefaultsAndWhatIsNested) {
  const auto say = [](const char* schema) {
    return type_text(json::Value(), *json::parse_value(schema));
  };
  EXPECT_EQ(say(R"({"type":"integer","minimum":1,"maximum":1000000000,"default":900})"),
            "integer, 1 … 1,000,000,000, default `900`");
  EXPECT_EQ(say(R"({"type":"array","minItems":1,"items":{"$ref":"#/components/schemas/Hold"}})"),
            "array of [Hold](#hold-object), 1 or more items");
  EXPECT_EQ(say(R"({"type":["integer","null"]})"), "integer or null");
  EXPECT_EQ(say(R"({"enum":["open","closed"]})"), "`open`, `closed`");
  EXPECT_EQ(say(R"({"type":"object","additionalProperties":{"type":"integer"}})"),
            "object by name, of integer");
  const auto object = json::parse_value(
      R"({"required":["lines"],"properties":{"lines":{"type":"array","items":{"properties":{"sku":{"type":"string"}}}},
          "sku":{"type":"string","description":"Flat form: one."}}})");
  const auto rows = fields_of(json::Value(), *object);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_TRUE(rows[0].required);
  EXPECT_EQ(rows[1].name, "lines[].sku");
  EXPECT_EQ(flat_fields_of(*object), std::vector<std::string>{"sku"});
}

}  // namespace
}  // namespace holdfast::reference
