// Golden outputs: what goes over the wire, byte for byte.
#include "json/print.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "json/check.h"
#include "json/parse.h"
#include "json/value.h"
#include "model/event_detail.h"

namespace holdfast::json {
namespace {

template <typename... Args, typename... Given>
std::string printed(void (*print)(std::string*, Args...), const Given&... given) {
  std::string out;
  print(&out, given...);
  const auto value = parse_value(out);
  EXPECT_TRUE(value.has_value()) << out;
  return out;
}

constexpr Timestamp kTime{1'763'884'800'000'000};

HoldView a_hold() {
  HoldView hold;
  hold.id = "h1";
  hold.open = true;
  hold.expires_at = kTime;
  hold.endangered = 1;
  hold.channel = "web";
  hold.reference = "cart-9";
  hold.lines.push_back({"L1", "A", "berlin", 5, 2, 1, 1, 1});
  hold.commits.push_back({"web", "1001"});
  return hold;
}

constexpr std::string_view kHold =
    R"({"id":"h1","status":"open","expires_at":"2025-11-23T08:00:00Z","endangered":1,"channel":"web",)"
    R"("reference":"cart-9","lines":[{"line":"L1","sku":"A","location":"berlin","quantity":5,"remaining":2,)"
    R"("committed":1,"released":1,"expired":1}],"commits":[{"channel":"web","order":"1001"}]})";

TEST(PrintText, EscapesWhatJsonRequires) {
  EXPECT_EQ(printed(print_text, std::string_view("a\"b\\c\n\r\t\x01\x1f\x7f/é€😀")),
            "\"a\\\"b\\\\c\\n\\r\\t\\u0001\\u001f\x7f/é€😀\"");
}

TEST(PrintText, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(printed(print_text, std::string_view("a\xff\xc3")), "\"a\xef\xbf\xbd\xef\xbf\xbd\"");
  EXPECT_EQ(printed(print_text, std::string_view("\xed\xa0\x80z")),
            "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\"");
}

RC_GTEST_PROP(PrintText, AnyBytesComeOutAsJsonAndUtf8AsItself, (const std::string& text)) {
  std::string out;
  print_text(&out, text);
  const auto back = parse_value(out);
  RC_ASSERT(back.has_value());
  if (is_utf8(text)) RC_ASSERT(*back->as_string() == text);
}

RC_GTEST_PROP(PrintText, AnyUnicodeRoundTrips, (const std::vector<uint32_t>& points)) {
  std::string text;
  for (const uint32_t raw : points) {
    uint32_t c = raw % 0x110000;
    if (c >= 0xd800 && c <= 0xdfff) c -= 0x800;
    if (c < 0x80) {
      text.push_back(static_cast<char>(c));
    } else if (c < 0x800) {
      text += {static_cast<char>(0xc0 | c >> 6), static_cast<char>(0x80 | (c & 63))};
    } else if (c < 0x10000) {
      text += {static_cast<char>(0xe0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 63)),
               static_cast<char>(0x80 | (c & 63))};
    } else {
      text += {static_cast<char>(0xf0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 63)),
               static_cast<char>(0x80 | (c >> 6 & 63)), static_cast<char>(0x80 | (c & 63))};
    }
  }
  RC_ASSERT(is_utf8(text));
  std::string out;
  print_text(&out, text);
  RC_ASSERT(*parse_value(out)->as_string() == text);
  // A name that the checks accept comes through a command unchanged; one they refuse is refused there.
  const std::string body = R"({"type":"stock.counted","counted":1,"sku":)" + out + "}";
  const auto command = parse_event(body, {});
  RC_ASSERT(command.has_value() == check_name(text, "sku").has_value());
  if (command) RC_ASSERT(command->lines[0].sku == text);
}

TEST(PrintOutcome, AGrantedHold) {
  Outcome outcome;
  outcome.status = OutcomeStatus::kAccepted;
  outcome.seq = 7;
  outcome.hold = a_hold();
  outcome.stock.push_back({"A", 3, 41});
  outcome.stock.push_back({"B", 0, std::nullopt});
  EXPECT_EQ(printed(print_outcome, outcome),
            R"({"status":"accepted","seq":7,"hold":)" + std::string(kHold) +
                R"(,"stock":[{"sku":"A","sku_seq":3,"available_to_sell":41},)"
                R"({"sku":"B","sku_seq":0,"available_to_sell":null}]})");
}

TEST(PrintOutcome, ResultsInOrder) {
  Outcome refused;
  refused.status = OutcomeStatus::kRefused;
  refused.error = {ErrorCode::kInsufficientStock, "short", ""};
  refused.shortages.push_back({"L1", "A", "berlin", 3, 1, false});
  refused.shortages.push_back({"", "B", "", 2, 0, true});
  Outcome replay;
  replay.status = OutcomeStatus::kDuplicate;
  replay.replayed = true;
  replay.seq = 9;
  const std::vector<Outcome> outcomes = {
      refused, replay, rejected({ErrorCode::kInvalidQuantity, "bad", "/lines/0/quantity"})};
  EXPECT_EQ(printed(print_results, outcomes),
            R"({"results":[{"status":"refused","code":"insufficient_stock","detail":"short","shortages":[)"
            R"({"line":"L1","sku":"A","location":"berlin","requested":3,"available_to_sell":1},)"
            R"({"sku":"B","requested":2,"available_to_sell":null}]},)"
            R"({"status":"duplicate","replayed":true,"seq":9},)"
            R"({"status":"rejected","code":"invalid_quantity","detail":"bad","pointer":"/lines/0/quantity"}]})");
}

TEST(PrintProblem, OfAMalformedField) {
  Problem problem;
  problem.status = 400;
  problem.error = {ErrorCode::kInvalidQuantity, "`quantity` must be …", "/lines/0/quantity"};
  problem.instance = "/v1/holds";
  EXPECT_EQ(printed(print_problem, problem),
            R"({"type":"urn:holdfast:error:invalid_quantity","title":"Invalid quantity","status":400,)"
            R"("code":"invalid_quantity","detail":"`quantity` must be …","instance":"/v1/holds",)"
            R"("errors":[{"pointer":"/lines/0/quantity","detail":"`quantity` must be …"}]})");
}

TEST(PrintProblem, OfARefusal) {
  Outcome refused;
  refused.status = OutcomeStatus::kRefused;
  refused.error = {ErrorCode::kInsufficientStock, "", ""};
  refused.shortages.push_back({"", "A", "", 3, 1, false});
  refused.stock.push_back({"A", 4, 1});
  EXPECT_EQ(printed(print_problem, problem_of(refused, 409, "/v1/holds")),
            R"({"type":"urn:holdfast:error:insufficient_stock","title":"Insufficient stock","status":409,)"
            R"("code":"insufficient_stock","instance":"/v1/holds",)"
            R"("shortages":[{"sku":"A","requested":3,"available_to_sell":1}],)"
            R"("stock":[{"sku":"A","sku_seq":4,"available_to_sell":1}]})");
  Problem busy;
  busy.status = 503;
  busy.error = {ErrorCode::kOverloaded, "the queue is full", ""};
  busy.retry_after_s = 1;
  EXPECT_THAT(printed(print_problem, busy), ::testing::HasSubstr(R"("retry_after_s":1})"));
  Problem gone;
  gone.status = 410;
  gone.error = {ErrorCode::kCursorInvalid, "cut", ""};
  gone.resume_at = "1-5";
  EXPECT_THAT(printed(print_problem, gone), ::testing::HasSubstr(R"("resume_at":"1-5"})"));
}

StockView a_stock() {
  StockView stock;
  stock.sku = "A";
  stock.sku_seq = 12;
  stock.seq = 99;
  stock.locations.push_back({"berlin", true, 5, 2, 1, 1, 0, 10, 0});
  stock.locations.push_back({"leeds", false, -1, 0, 0, 0, 0, 0, 0});
  stock.channels.push_back({"web", 7, {{"berlin", 7}, {"leeds", 0}}});
  stock.channels.push_back({"till", std::nullopt, {}});
  return stock;
}

constexpr std::string_view kLocations =
    R"("locations":[{"location":"berlin","tracked":true,"on_hand":9,"available":5,"held":2,"committed":1,)"
    R"("damaged":1,"quality_control":0,"incoming":10,"in_transit":0},{"location":"leeds","tracked":false,)"
    R"("on_hand":-1,"available":-1,"held":0,"committed":0,"damaged":0,"quality_control":0,"incoming":0,)"
    R"("in_transit":0}])";
constexpr std::string_view kWeb =
    R"("web":{"available_to_sell":7,"locations":{"berlin":7,"leeds":0}})";

TEST(PrintStock, OneSku) {
  EXPECT_EQ(printed(print_stock, a_stock()),
            R"({"sku":"A","sku_seq":12,"seq":99,)" + std::string(kLocations) + R"(,"channels":{)" +
                std::string(kWeb) + R"(,"till":{"available_to_sell":null,"locations":{}}}})");
}

TEST(PrintStock, APushTellsOneChannelWhatItIsToldAndInWhichOrder) {
  const StockView stock = a_stock();
  const StockPush push{.stock = &stock, .channel = "web", .push_seq = 5, .time = kTime};
  EXPECT_EQ(printed(print_stock_changed, push, LedgerName{"main", 2}),
            R"({"specversion":"1.0","id":"main-2-push-5","source":"holdfast/main","type":"stock.changed",)"
            R"("subject":"A","time":"2025-11-23T08:00:00Z","datacontenttype":"application/json",)"
            R"("partitionkey":"A","sequence":"00000000000000000005","data":{"sku":"A","sku_seq":12,"seq":99,)" +
                std::string(kLocations) + R"(,"channels":{)" + std::string(kWeb) +
                R"(},"incarnation":2,"push_seq":5}})");
}

TEST(PrintStock, APageCarriesItsSeqAndWhereToGoOn) {
  QueryResult result;
  result.seq = 4;
  result.next_cursor = "A";
  EXPECT_EQ(printed(print_stock_page, result), R"({"seq":4,"stock":[],"next_cursor":"QQ"})");
}

TEST(PrintViews, HoldsOrdersAndLists) {
  QueryResult result;
  result.seq = 3;
  result.holds.push_back(a_hold());
  EXPECT_EQ(printed(print_holds, result), R"({"seq":3,"holds":[)" + std::string(kHold) + "]}");

  OrderView order{"web", "1001", true, false, {}};
  order.lines.push_back({"A", 5, 2, 1, 1, 1, 1, {{"berlin", 1}}});
  EXPECT_EQ(printed(print_order, order),
            R"({"channel":"web","order":"1001","status":"open","cancelled":false,"lines":[{"sku":"A","ordered":5,)"
            R"("fulfilled":2,"cancelled":1,"written_off":1,"returned":1,"committed":1,)"
            R"("committed_at":{"berlin":1}}]})");

  result.all_ok = true;
  result.availability.push_back({"A", 7, 2, true});
  result.availability.push_back({"B", std::nullopt, std::nullopt, false});
  EXPECT_EQ(printed(print_availability, result),
            R"({"seq":3,"ok":true,"lines":[{"sku":"A","available_to_sell":7,"requested":2,"ok":true},)"
            R"({"sku":"B","available_to_sell":null,"ok":false}]})");

  result.channels.push_back({"web", {{"berlin"}, 2, 1, 3, true}});
  EXPECT_EQ(printed(print_channels, result),
            R"({"seq":3,"channels":[{"id":"web","locations":["berlin"],"buffer":2,"oversell_limit":1,"low_at":3,)"
            R"("managed_by_config":true}]})");
  result.locations.push_back({"berlin", {false, false}});
  EXPECT_EQ(printed(print_locations, result),
            R"({"seq":3,"locations":[{"id":"berlin","sellable":false,"managed_by_config":false}]})");
  result.discrepancies.push_back({5, kTime, "A", "berlin", "discrepancy", "web", "1", "", Account::kCommitted, 2});
  EXPECT_EQ(printed(print_discrepancies, result),
            R"({"seq":3,"discrepancies":[{"seq":5,"recorded_at":"2025-11-23T08:00:00Z","sku":"A",)"
            R"("location":"berlin","quantity":2,"account":"committed","reason":"discrepancy","channel":"web",)"
            R"("order":"1"}]})");
  result.shortfalls.push_back({"A", "berlin", 2, {{"h1", 1}}, {{"web/1", 1}}, 4});
  EXPECT_EQ(printed(print_shortfalls, result),
            R"({"seq":3,"shortfalls":[{"sku":"A","location":"berlin","quantity":2,"holds":[{"id":"h1",)"
            R"("endangered":1}],"orders":[{"order":"web/1","endangered":1}],"more":4}]})");
}

Event an_event() {
  Event event;
  event.type = EventType::kOrderFulfilled;
  event.seq = 42;
  event.command_seq = 41;
  event.sku = "A";
  event.sku_seq = 7;
  event.from = Account::kCommitted;
  event.to = Account::kCustomer;
  event.quantity = 2;
  event.location = "berlin";
  event.channel = "web";
  event.order = "1001";
  event.document = "F1";
  event.source = "shop-eu";
  event.recorded_at = kTime;
  event.occurred_at = kTime - kHour;
  return event;
}

TEST(PrintEvent, AMovementAsACloudEvent) {
  EXPECT_EQ(printed(print_cloudevent, an_event(), LedgerName{"main", 0}),
            R"({"specversion":"1.0","id":"main-0-42","source":"holdfast/main","type":"order.fulfilled",)"
            R"("subject":"A","time":"2025-11-23T07:00:00Z","datacontenttype":"application/json",)"
            R"("partitionkey":"A","sequence":"00000000000000000042","data":{"seq":42,"command_id":"main-0-41",)"
            R"("sku":"A","sku_seq":7,"from":"committed","to":"customer","quantity":2,"location":"berlin",)"
            R"("channel":"web","order":"1001","fulfillment":"F1","source":"shop-eu",)"
            R"("occurred_at":"2025-11-23T07:00:00Z","recorded_at":"2025-11-23T08:00:00Z"}})");
}

TEST(PrintEvent, ARestoreRenamesNothingThatWasToldBefore) {
  const Restore restores[] = {{10, 1}, {20, 4}};
  const LedgerName name{"main", 4, restores};
  EXPECT_EQ(event_id(name, 9), "main-0-9");
  EXPECT_EQ(event_id(name, 10), "main-1-10");
  EXPECT_EQ(event_id(name, 19), "main-1-19");
  EXPECT_EQ(event_id(name, 20), "main-4-20");
  EXPECT_EQ(push_id(name, 7), "main-4-push-7");
}

TEST(PrintEvent, ASnapshotLineShowsItsCountersAndVersion) {
  Event event = an_event();
  event.type = EventType::kOrderChanged;
  event.flags = Event::kSnapshotLine | Event::kNoRestock;
  event.document = {};
  event.has_total = true;
  event.total = 5;
  event.cancelled = 1;
  event.version = {Version::Kind::kInteger, 3};
  const std::string text = printed(print_event_data, event, LedgerName{"main", 0});
  EXPECT_THAT(text, ::testing::HasSubstr(R"("ordered":5,"cancelled":1,"written_off":0,)"));
  EXPECT_THAT(text, ::testing::HasSubstr(R"("version":3,"restock":false,)"));
}

TEST(PrintEvent, NamesADocumentAsItsSenderDoes) {
  Event event = an_event();
  event.type = EventType::kOrderCancelled;
  EXPECT_THAT(printed(print_event_data, event, LedgerName{}), ::testing::HasSubstr(R"("cancellation":"F1")"));
  event.type = EventType::kStockReturned;
  EXPECT_THAT(printed(print_event_data, event, LedgerName{}), ::testing::HasSubstr(R"("return":"F1")"));
}

TEST(PrintEvent, ShowsTheDetailOfSettingsShortfallsAndLevels) {
  const LedgerName name{"main", 0};
  Event event;
  event.seq = 1;
  event.recorded_at = kTime;
  event.type = EventType::kShortfallOpened;
  std::string detail = encode_detail(ShortfallDetail{2, {{"h1", 1}}, {{"web/7", 1}}, 3});
  event.detail = detail;
  EXPECT_THAT(printed(print_event_data, event, name),
              ::testing::HasSubstr(R"("missing":2,"holds":[{"id":"h1","endangered":1}],)"
                                   R"("orders":[{"order":"web/7","endangered":1}],"more":3)"));
  event.type = EventType::kAvailabilityChanged;
  detail = encode_detail(AvailabilityDetail{AvailabilityDetail::Level::kLow, 2});
  event.detail = detail;
  EXPECT_THAT(printed(print_event_data, event, name),
              ::testing::HasSubstr(R"("level":"low","available_to_sell":2)"));
  event.type = EventType::kChannelSet;
  detail = encode_detail(ChannelSettings{{"berlin", "leeds"}, 2, 1, 3, false});
  event.detail = detail;
  EXPECT_THAT(printed(print_event_data, event, name),
              ::testing::HasSubstr(R"("locations":["berlin","leeds"],"buffer":2,"oversell_limit":1,"low_at":3)"));
  event.type = EventType::kLocationSet;
  detail = encode_detail(LocationSettings{false, false});
  event.detail = detail;
  EXPECT_THAT(printed(print_event_data, event, name), ::testing::HasSubstr(R"("sellable":false)"));
  event.detail = "\xff";  // bytes of another version are left out, not guessed at
  EXPECT_THAT(printed(print_event_data, event, name),
              ::testing::Not(::testing::HasSubstr("sellable")));
}

TEST(PrintEvent, SourceIsAlwaysAUriReference) {
  EXPECT_THAT(printed(print_cloudevent, an_event(), LedgerName{"my ledger/ü", 0}),
              ::testing::HasSubstr(R"("source":"holdfast/my%20ledger%2F%C3%BC")"));
}

TEST(PrintEvent, HistoryIsAPage) {
  std::vector<OwnedEvent> events;
  events.emplace_back(an_event());
  std::string out;
  print_history(&out, "A", events, {"main", 0}, 42);
  const auto value = parse_value(out);
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(value->find("/events/0/id")->as_string(), "main-0-42");
  EXPECT_EQ(value->find("/next_before")->as_integer(), 42);
}

TEST(Title, IsTheCodeInWords) { EXPECT_EQ(title_of(ErrorCode::kHoldCommittedElsewhere), "Hold committed elsewhere"); }

}  // namespace
}  // namespace holdfast::json
