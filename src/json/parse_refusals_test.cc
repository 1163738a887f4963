// Every class of malformed input is refused with its own code, the JSON pointer of the field, and a detail
// that says what is wanted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <ostream>
#include <string>

#include "json/parse.h"
#include "model/limits.h"

namespace holdfast::json {
namespace {

using ::testing::HasSubstr;

struct Refusal {
  std::string body;
  ErrorCode code;
  std::string pointer;
  std::string detail;  ///< must occur in the error's
};
std::ostream& operator<<(std::ostream& out, const Refusal& refusal) {
  return out << refusal.body.substr(0, 200);
}

void expect_refused(const Refusal& refusal, const Error* error) {
  ASSERT_NE(error, nullptr) << refusal << " was accepted";
  EXPECT_EQ(name_of(error->code), name_of(refusal.code)) << refusal << ": " << error->detail;
  EXPECT_EQ(error->pointer, refusal.pointer) << refusal << ": " << error->detail;
  EXPECT_THAT(error->detail, HasSubstr(refusal.detail)) << refusal;
}

std::string sold(const std::string& quantity) {
  return R"({"type":"stock.sold","lines":[{"sku":"A","quantity":)" + quantity + "}]}";
}
std::string named(const std::string& sku) {
  return R"({"type":"stock.counted","lines":[{"sku":"B","counted":1},{"sku":")" + sku + R"(","counted":1}]})";
}
std::string with(const std::string& field) {
  return R"({"type":"order.changed","order":"1","lines":[{"line":"L","sku":"A","ordered":1}],)" + field + "}";
}

class EventRefusals : public ::testing::TestWithParam<Refusal> {};

TEST_P(EventRefusals, NameTheFieldAndTheRemedy) {
  const auto result = parse_event(GetParam().body, {.idempotency_header = "key"});
  expect_refused(GetParam(), result ? nullptr : &result.error());
}

using E = ErrorCode;

INSTANTIATE_TEST_SUITE_P(
    Json, EventRefusals,
    ::testing::Values(
        Refusal{"", E::kMalformedJson, "", "empty"},
        Refusal{" \n", E::kMalformedJson, "", "empty"},
        Refusal{"{", E::kMalformedJson, "", "byte 1"},
        Refusal{"nope", E::kMalformedJson, "", "not a JSON value"},
        Refusal{"7", E::kMalformedJson, "", "an object is wanted"},
        Refusal{"[]", E::kMalformedJson, "", "an object is wanted"},
        Refusal{R"({"type":"stock.sold","lines":[{"sku":"A" "quantity":1}]})", E::kMalformedJson,
                "/lines/0", "a `,` or `}`"},
        Refusal{R"({"type":"stock.sold"} x)", E::kMalformedJson, "", "more after"},
        Refusal{R"({"type":"stock.sold",})", E::kMalformedJson, "", "field name"},
        Refusal{R"({'type':"stock.sold"})", E::kMalformedJson, "", "double quotes"},
        Refusal{"{\"type\":\"stock.sold\",\"sku\":\"A\x01\"}", E::kMalformedJson, "/sku", "control"},
        Refusal{"{\"type\":\"stock.sold\",\"sku\":\"\xff\"}", E::kMalformedJson, "", "UTF-8 (byte 28)"},
        Refusal{R"({"type":"stock.sold","sku":"\ud800"})", E::kMalformedJson, "/sku", "surrogate"},
        Refusal{R"({"type":"stock.sold","sku":"\x"})", E::kMalformedJson, "/sku", "escape"},
        Refusal{sold("01"), E::kMalformedJson, "/lines/0/quantity", "begin with 0"},
        Refusal{sold("1."), E::kMalformedJson, "/lines/0/quantity", "decimal"},
        Refusal{sold("+1"), E::kMalformedJson, "/lines/0/quantity", "not a JSON value"},
        Refusal{sold("NaN"), E::kMalformedJson, "/lines/0/quantity", ""},
        Refusal{R"({"type":"stock.sold","lines":)" + std::string(40, '[') + std::string(40, ']') + "}",
                E::kMalformedJson, "/lines" + [] { std::string s; for (int i = 0; i < 31; ++i) s += "/0"; return s; }(),
                "nested deeper than 32"}));

INSTANTIATE_TEST_SUITE_P(
    Quantities, EventRefusals,
    ::testing::Values(
        Refusal{sold("0"), E::kInvalidQuantity, "/lines/0/quantity", "from 1 to 1000000000; got 0"},
        Refusal{sold("-1"), E::kInvalidQuantity, "/lines/0/quantity", "got -1"},
        Refusal{sold("2.5"), E::kInvalidQuantity, "/lines/0/quantity", "got 2.5"},
        Refusal{sold("1.0"), E::kInvalidQuantity, "/lines/0/quantity", "integer"},
        Refusal{sold("1e18"), E::kInvalidQuantity, "/lines/0/quantity", "integer"},
        Refusal{sold("1e400"), E::kInvalidQuantity, "/lines/0/quantity", "out of range"},
        Refusal{sold("1000000001"), E::kInvalidQuantity, "/lines/0/quantity", "got 1000000001"},
        Refusal{sold("18446744073709551615"), E::kInvalidQuantity, "/lines/0/quantity", "integer"},
        Refusal{sold("100000000000000000000"), E::kInvalidQuantity, "/lines/0/quantity", "out of range"},
        Refusal{sold("\"3\""), E::kInvalidQuantity, "/lines/0/quantity", "got the text `3`"},
        Refusal{sold("null"), E::kInvalidQuantity, "/lines/0/quantity", "got null"},
        Refusal{sold("true"), E::kInvalidQuantity, "/lines/0/quantity", "got true"},
        Refusal{sold("[1]"), E::kInvalidQuantity, "/lines/0/quantity", "an array"},
        Refusal{R"({"type":"stock.sold","sku":"A","quantity":0})", E::kInvalidQuantity, "/quantity", "1 to"},
        Refusal{R"({"type":"stock.counted","sku":"A","counted":-1})", E::kInvalidQuantity, "/counted", "0 to"},
        Refusal{R"({"type":"stock.adjusted","reason":"r","sku":"A","delta":0})", E::kInvalidQuantity,
                "/delta", "must not be 0"},
        Refusal{R"({"type":"stock.adjusted","reason":"r","sku":"A","delta":-1000000001})",
                E::kInvalidQuantity, "/delta", "-1000000000"}));

INSTANTIATE_TEST_SUITE_P(
    Names, EventRefusals,
    ::testing::Values(
        Refusal{named(""), E::kInvalidName, "/lines/1/sku", "empty"},
        Refusal{named(std::string(129, 'x')), E::kInvalidName, "/lines/1/sku", "at most 128 bytes; it has 129"},
        Refusal{named("a\\u0007b"), E::kInvalidName, "/lines/1/sku", "control"},
        Refusal{named("a\\u0000"), E::kInvalidName, "/lines/1/sku", "control"},
        Refusal{named("a\\u0085b"), E::kInvalidName, "/lines/1/sku", "control"},
        Refusal{named("\\u007f"), E::kInvalidName, "/lines/1/sku", "control"},
        Refusal{named(" a"), E::kInvalidName, "/lines/1/sku", "white space"},
        Refusal{named("a "), E::kInvalidName, "/lines/1/sku", "white space"},
        Refusal{named("a\\u00a0"), E::kInvalidName, "/lines/1/sku", "white space"},
        Refusal{named("\\u3000a"), E::kInvalidName, "/lines/1/sku", "white space"},
        Refusal{R"({"type":"stock.sold","sku":5,"quantity":1})", E::kInvalidName, "/sku", "must be text"},
        Refusal{R"({"type":"stock.sold","location":null,"sku":"A","quantity":1})", E::kInvalidName,
                "/location", "got null"}));

INSTANTIATE_TEST_SUITE_P(
    Fields, EventRefusals,
    ::testing::Values(
        Refusal{R"({"type":"stock.sold","sku":"A","quantitiy":1})", E::kUnknownField, "/quantitiy",
                "did you mean `quantity`?"},
        Refusal{R"({"type":"stock.sold","sku":"A","quantity":1,"zzzzzz":1})", E::kUnknownField, "/zzzzzz",
                "there are: type, "},
        Refusal{R"({"type":"stock.sold","sku":"A","quantity":1,"a/b~c":1})", E::kUnknownField, "/a~1b~0c", ""},
        Refusal{R"({"type":"stock.sold","sku":"A","quantity":1,"total":1})", E::kUnknownField, "/total", ""},
        Refusal{R"({"type":"stock.sold","lines":[{"sku":"A","qty":1}]})", E::kUnknownField, "/lines/0/qty", ""},
        Refusal{R"({"type":"stock.sold","sku":"A","sku":"A","quantity":1})", E::kDuplicateField, "/sku", "twice"},
        Refusal{R"({"type":"stock.sold","type":"stock.sold","sku":"A","quantity":1})", E::kDuplicateField,
                "/type", "twice"},
        Refusal{R"({"type":"stock.sold","lines":[{"sku":"A","quantity":1,"quantity":2}]})",
                E::kDuplicateField, "/lines/0/quantity", "twice"},
        Refusal{R"({"sku":"A"})", E::kMissingField, "/type", "`type` is missing"},
        Refusal{R"({"type":"stock.sold"})", E::kMissingField, "/lines", "`lines` is missing"},
        Refusal{R"({"type":"stock.sold","lines":[]})", E::kMissingField, "/lines", "at least one"},
        Refusal{R"({"type":"stock.sold","lines":{}})", E::kInvalidValue, "/lines", "an array"},
        Refusal{R"({"type":"stock.sold","lines":[7]})", E::kInvalidValue, "/lines/0", "an object"},
        Refusal{R"({"type":"stock.sold","lines":[{"quantity":1}]})", E::kMissingField, "/lines/0/sku", ""},
        Refusal{R"({"type":"stock.sold","quantity":1})", E::kMissingField, "/sku", ""},
        Refusal{R"({"type":"stock.sold","lines":[{"sku":"A"}]})", E::kMissingField, "/lines/0/quantity", ""},
        Refusal{R"({"type":"stock.sold","lines":[{"sku":"A","quantity":1}],"sku":"B"})", E::kInvalidValue,
                "/lines", "not both"},
        Refusal{R"({"type":"order.fulfilled","order":"1","sku":"A","quantity":1,"total":1})",
                E::kInvalidValue, "/total", "not both"},
        Refusal{R"({"type":"order.fulfilled","order":"1","sku":"A"})", E::kMissingField, "/quantity",
                "`quantity` or `total`"},
        Refusal{R"({"type":"order.fulfilled","sku":"A","total":1})", E::kMissingField, "/order", ""},
        Refusal{R"({"type":"stock.adjusted","sku":"A","delta":1})", E::kMissingField, "/reason", ""},
        Refusal{R"({"type":"stock.adjusted","reason":"r","sku":"A","set":1})", E::kMissingField,
                "/expected", "`set` needs"},
        Refusal{R"({"type":"stock.adjusted","reason":"r","sku":"A","delta":1,"expected":1})",
                E::kInvalidValue, "/expected", "`set`"},
        Refusal{R"({"type":"stock.adjusted","reason":"r","sku":"A","delta":1,"set":1})",
                E::kInvalidValue, "/set", "not both"},
        Refusal{R"({"type":"stock.expected","sku":"A","expected":1})", E::kReferenceRequired, "/reference", ""},
        Refusal{R"({"type":"stock.received","sku":"A","total":1})", E::kReferenceRequired, "/reference", ""},
        Refusal{R"({"type":"stock.received","sku":"A","quantity":1,"final":true})", E::kReferenceRequired,
                "/reference", "`final`"},
        Refusal{R"({"type":"transfer.dispatched","from":"a","to":"b","sku":"A","quantity":1})",
                E::kReferenceRequired, "/reference", ""},
        Refusal{R"({"type":"transfer.dispatched","reference":"T","from":"a","to":"a","sku":"A","quantity":1})",
                E::kInvalidValue, "/to", "same location"},
        Refusal{R"({"type":"transfer.received","reference":"T","to":"b","location":"c","sku":"A","total":1})",
                E::kInvalidValue, "/location", "give one"},
        Refusal{R"({"type":"transfer.received","reference":"T"})", E::kMissingField, "/lines", ""},
        Refusal{R"({"type":"stock.returned","sku":"A","total":1})", E::kMissingField, "/order", ""},
        Refusal{R"({"type":"stock.moved","sku":"A","quantity":1,"from":"damaged"})", E::kMissingField, "/to", ""},
        Refusal{R"({"type":"stock.moved","sku":"A","quantity":1,"from":"damaged","to":"damaged"})",
                E::kInvalidValue, "/to", "same state"},
        Refusal{R"({"type":"stock.moved","sku":"A","quantity":1,"from":"committed","to":"damaged"})",
                E::kInvalidValue, "/from", "quality_control"},
        Refusal{R"({"type":"stock.received","sku":"A","quantity":1,"state":"sellable"})", E::kInvalidValue,
                "/state", "\"available\""},
        Refusal{R"({"type":"stock.counted","sku":"A","counted":1,"state":"available"})", E::kInvalidValue,
                "/state", "\"sellable\""}));

INSTANTIATE_TEST_SUITE_P(
    Values, EventRefusals,
    ::testing::Values(
        Refusal{R"({"type":"stock.solt","sku":"A","quantity":1})", E::kUnknownType, "/type",
                "did you mean \"stock.sold\"?"},
        Refusal{R"({"type":"hold.place","sku":"A","quantity":1})", E::kUnknownType, "/type", "POST /v1/batch"},
        Refusal{R"({"type":7})", E::kUnknownType, "/type", "must be text"},
        Refusal{R"({"do":"hold.place","lines":[]})", E::kUnknownField, "/do", "/v1/batch"},
        Refusal{R"({"type":"stock.counted","sku":"A","counted":1,"occurred_at":"2026-11-23T10:00:00"})",
                E::kInvalidTime, "/occurred_at", "offset"},
        Refusal{R"({"type":"stock.counted","sku":"A","counted":1,"occurred_at":1763884800})",
                E::kInvalidTime, "/occurred_at", "RFC 3339"},
        Refusal{with(R"("version":"v2")"), E::kInvalidVersion, "/version", "integer or RFC 3339"},
        Refusal{with(R"("version":1.5)"), E::kInvalidVersion, "/version", "got 1.5"},
        Refusal{with(R"("restock":"no")"), E::kInvalidValue, "/restock", "true or false"},
        Refusal{with(R"("idempotency_key":"")"), E::kInvalidValue, "/idempotency_key", "1 to 255"},
        Refusal{with(R"("fulfillments":{})"), E::kInvalidValue, "/fulfillments", "an array"},
        Refusal{with(R"("fulfillments":[{"id":"F","status":"sent","lines":[]}])"), E::kInvalidValue,
                "/fulfillments/0/status", "\"success\""},
        Refusal{with(R"("fulfillments":[{"status":"success","lines":[]}])"), E::kMissingField,
                "/fulfillments/0/id", ""},
        Refusal{with(R"("fulfillments":[{"id":"F","status":"success"}])"), E::kMissingField,
                "/fulfillments/0/lines", ""},
        Refusal{with(R"("fulfillments":[{"id":"F","status":"success","lines":[{"line":"M","quantity":1}]}])"),
                E::kInvalidValue, "/fulfillments/0/lines/0/line", "no line `M`"},
        Refusal{with(R"("fulfillments":[{"id":"F","status":"success","lines":[{"line":"L","sku":"B","quantity":1}]}])"),
                E::kInvalidValue, "/fulfillments/0/lines/0/sku", "another sku: `A`"},
        Refusal{with(R"("fulfillments":[{"id":"F","status":"success","lines":[{"quantity":1}]}])"),
                E::kMissingField, "/fulfillments/0/lines/0/sku", ""},
        Refusal{with(R"("fulfillments":[{"id":"F","status":"success","lines":[{"sku":"A","quantity":0}]}])"),
                E::kInvalidQuantity, "/fulfillments/0/lines/0/quantity", "1 to"},
        Refusal{with(R"("fulfillments":[{"id":"F","tracking":"x"}])"), E::kUnknownField,
                "/fulfillments/0/tracking", ""}));

TEST(Refusals, ADeltaWithoutAKeyNeedsOne) {
  for (const char* body :
       {R"({"type":"stock.received","sku":"A","quantity":1})", R"({"type":"stock.sold","sku":"A","quantity":1})",
        R"({"type":"order.reassigned","order":"1","from":"a","to":"b","sku":"A","quantity":1})",
        R"({"type":"order.fulfilled","order":"1","sku":"A","quantity":1})",
        R"({"type":"order.unfulfilled","order":"1","sku":"A","quantity":1})",
        R"({"type":"order.cancelled","order":"1","sku":"A","quantity":1})",
        R"({"type":"stock.returned","sku":"A","quantity":1})",
        R"({"type":"stock.adjusted","reason":"r","sku":"A","delta":1})",
        R"({"type":"stock.moved","sku":"A","quantity":1,"from":"available","to":"damaged"})",
        R"({"type":"transfer.dispatched","reference":"T","from":"a","to":"b","sku":"A","quantity":1})",
        R"({"type":"transfer.received","reference":"T","to":"b","sku":"A","quantity":1})"}) {
    const auto result = parse_event(body, {});
    expect_refused({body, E::kIdempotencyKeyRequired, "/idempotency_key", "Idempotency-Key"},
                   result ? nullptr : &result.error());
    EXPECT_TRUE(parse_event(body, {.idempotency_header = "k"}).has_value()) << body;
  }
}

TEST(Refusals, TooManyLines) {
  const auto order = [](size_t lines, size_t shipped) {
    std::string body = R"({"type":"order.changed","order":"1","lines":[)";
    for (size_t i = 0; i < lines; ++i) body += R"({"sku":"A","ordered":1},)";
    body.back() = ']';
    body += R"(,"fulfillments":[{"id":"F","status":"success","lines":[)";
    for (size_t i = 0; i < shipped; ++i) body += R"({"sku":"A","quantity":1},)";
    body.back() = ']';
    return body + "}]}";
  };
  EXPECT_TRUE(parse_event(order(limits::kLinesMax - 1, 1), {}).has_value());
  const auto shipped = parse_event(order(limits::kLinesMax - 1, 2), {});
  expect_refused({"many", E::kTooManyLines, "/fulfillments/0/lines", "the limit is 1000"},
                 shipped ? nullptr : &shipped.error());
  const auto lines = parse_event(order(limits::kLinesMax + 1, 1), {});
  expect_refused({"many", E::kTooManyLines, "/lines", "1001 lines"}, lines ? nullptr : &lines.error());
}

TEST(Refusals, OfRequests) {
  using Parse = std::function<Result<Command>(std::string_view)>;
  const Parse place = [](std::string_view body) { return parse_hold_place(body, {}); };
  const Parse commit = [](std::string_view body) { return parse_hold_commit(body, "h1", {}); };
  const Parse extend = [](std::string_view body) { return parse_hold_extend(body, "h1", {}); };
  const Parse bad_path = [](std::string_view body) { return parse_hold_release(body, "h 1", {}); };
  const Parse accept = [](std::string_view body) { return parse_order_accept(body, {}); };
  const Parse item = [](std::string_view body) { return parse_item(body, {}); };
  const Parse channel = [](std::string_view body) { return parse_channel_settings(body, "web", {}); };
  const Parse bad_channel = [](std::string_view body) { return parse_channel_settings(body, " web", {}); };
  const Parse alias = [](std::string_view body) { return parse_sku_alias(body, "a", {}); };
  const Parse location = [](std::string_view body) { return parse_location_settings(body, "l", {}); };
  const std::pair<Parse, Refusal> cases[] = {
      {place, {R"({"lines":[{"sku":"A","quantity":0}]})", E::kInvalidQuantity, "/lines/0/quantity", "1 to"}},
      {place, {R"({"lines":[{"sku":"A","total":1}]})", E::kUnknownField, "/lines/0/total", ""}},
      {place, {R"({"do":"hold.place","lines":[{"sku":"A","quantity":1}]})", E::kUnknownField, "/do", ""}},
      {place, {R"({"lines":[{"sku":"A","quantity":1}],"ttl_s":0})", E::kInvalidValue, "/ttl_s", "1 to 86400"}},
      {place, {R"({"lines":[{"sku":"A","quantity":1}],"ttl_s":86401})", E::kInvalidValue, "/ttl_s", "got 86401"}},
      {place, {R"({"lines":[{"sku":"A","quantity":1}],"id":"a b"})", E::kInvalidName, "/id", "1 to 64"}},
      {place, {R"({"sku":"A","quantity":1})", E::kUnknownField, "/sku", ""}},
      {place, {R"({})", E::kMissingField, "/lines", ""}},
      {commit, {R"({})", E::kMissingField, "/order", ""}},
      {commit, {R"({"order":"1","id":"h2"})", E::kUnknownField, "/id", ""}},
      {commit, {R"({"order":"1","if_endangered":"no"})", E::kInvalidValue, "/if_endangered", "\"refuse\""}},
      {extend, {R"({})", E::kMissingField, "/ttl_s", ""}},
      {bad_path, {R"({})", E::kInvalidName, "", "1 to 64"}},
      {accept, {R"({"lines":[{"sku":"A","quantity":1}]})", E::kMissingField, "/order", ""}},
      {item, {R"({"do":"hold.plase"})", E::kUnknownType, "/do", "did you mean \"hold.place\"?"}},
      {item, {R"({"do":"stock.sold"})", E::kUnknownType, "/do", "`type`"}},
      {item, {R"({"do":"hold.place","type":"stock.sold"})", E::kInvalidValue, "/do", "not both"}},
      {item, {R"({"do":"hold.extend","ttl_s":1})", E::kMissingField, "/id", ""}},
      {channel, {R"({"locations":[]})", E::kMissingField, "/locations", ""}},
      {channel, {R"({"locations":["a","a"]})", E::kInvalidValue, "/locations/1", "twice"}},
      {channel, {R"({"locations":["a",""]})", E::kInvalidName, "/locations/1", "empty"}},
      {channel, {R"({"locations":["a"],"buffer":-1})", E::kInvalidQuantity, "/buffer", "0 to"}},
      {bad_channel, {R"({"locations":["a"]})", E::kInvalidName, "", "white space"}},
      {alias, {R"({})", E::kMissingField, "/same_as", ""}},
      {location, {R"({"selable":true})", E::kUnknownField, "/selable", "`sellable`"}},
  };
  for (const auto& [parse, refusal] : cases) {
    const auto result = parse(refusal.body);
    expect_refused(refusal, result ? nullptr : &result.error());
  }
}

TEST(Refusals, OfAvailability) {
  const Refusal cases[] = {
      {R"({"lines":[{"sku":"A"}]})", E::kMissingField, "/channel", ""},
      {R"({"channel":"web"})", E::kMissingField, "/lines", ""},
      {R"({"channel":"web","lines":[]})", E::kMissingField, "/lines", "at least one"},
      {R"({"channel":"web","lines":[{"quantity":1}]})", E::kMissingField, "/lines/0/sku", ""},
      {R"({"channel":"web","lines":[{"sku":"A","quantity":0}]})", E::kInvalidQuantity, "/lines/0/quantity", ""},
      {R"({"channel":"web","lines":[{"sku":"A","quantity":100000000000000000000}]})", E::kInvalidQuantity,
       "/lines/0/quantity", ""},
      {R"({"channel":"web","lines":[{"sku":"A","line":"1"}]})", E::kUnknownField, "/lines/0/line", ""},
      {R"({"channel":"web","channel":"web","lines":[{"sku":"A"}]})", E::kDuplicateField, "/channel", ""},
  };
  for (const Refusal& refusal : cases) {
    const auto result = parse_availability(refusal.body);
    expect_refused(refusal, result ? nullptr : &result.error());
  }
}

TEST(Refusals, OfIdempotencyHeaders) {
  const char* body = R"({"type":"stock.counted","sku":"A","counted":1})";
  for (const std::string& header : {std::string("\"open"), std::string("\"a\"b"), std::string("\"\""),
                                    std::string(256, 'k'), std::string("a\x01"), std::string("\xff")}) {
    const auto result = parse_event(body, {.idempotency_header = header});
    ASSERT_FALSE(result.has_value()) << header;
    EXPECT_EQ(result.error().code, E::kInvalidValue) << header;
  }
  // Room for the item's number is part of the limit.
  const auto items = parse_array(std::string("[") + body + "]",
                                 {.idempotency_header = std::string_view(std::string(254, 'k'))},
                                 Accept::kFacts);
  ASSERT_TRUE(items.has_value());
  EXPECT_EQ((*items)[0].error().code, E::kInvalidValue);
}

}  // namespace
}  // namespace holdfast::json
