// Every command type is read as the table in docs/http-api.md says.
#include "json/parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/check.h"
#include "model/limits.h"

namespace holdfast::json {
namespace {

const ParseContext kKeyed{.source = "till-7", .idempotency_header = "k-1", .path = "/v1/events"};

Command good(const Result<Command>& result) {
  EXPECT_TRUE(result.has_value()) << result.error().detail << " at " << result.error().pointer;
  return result.value_or(Command());
}

TEST(ParseEvent, ReadsAReceiptWithDamagedLines) {
  const Command c = good(parse_event(
      R"({"type":"stock.received","reference":"ASN-55","location":"berlin","final":true,"lines":[
          {"line":"1","sku":"A","quantity":40},{"line":"1d","sku":"A","quantity":2,"state":"damaged"}]})",
      kKeyed));
  EXPECT_EQ(c.type, CommandType::kStockReceived);
  EXPECT_EQ(c.source, "till-7");
  EXPECT_EQ(c.idempotency_key, "k-1");
  EXPECT_EQ(c.reference, "ASN-55");
  EXPECT_EQ(c.location, "berlin");
  EXPECT_TRUE(c.final);
  ASSERT_EQ(c.lines.size(), 2u);
  EXPECT_EQ(c.lines[0].quantity, 40);
  EXPECT_EQ(c.lines[0].state, Account::kNone);
  EXPECT_EQ(c.lines[1].line, "1d");
  EXPECT_EQ(c.lines[1].state, Account::kDamaged);
}

TEST(ParseEvent, ReadsACountOfZeroWithoutAKey) {
  const Command c = good(parse_event(
      R"({"type":"stock.counted","location":"berlin","occurred_at":"2026-11-23T10:00:00+01:00",
          "lines":[{"sku":"A","counted":0},{"sku":"B","counted":3,"state":"sellable"},
                   {"sku":"B","counted":1,"state":"quality_control"}]})",
      {}));
  EXPECT_EQ(to_rfc3339(c.occurred_at), "2026-11-23T09:00:00Z");
  EXPECT_EQ(c.lines[0].counted, 0);
  EXPECT_FALSE(c.lines[0].state_sellable);
  EXPECT_TRUE(c.lines[1].state_sellable);
  EXPECT_EQ(c.lines[2].state, Account::kQualityControl);
}

TEST(ParseEvent, ReadsAFlatLineWithItsKeyInAField) {
  const Command c = good(parse_event(
      R"({"type":"stock.sold","channel":"till","sku":"A","location":"leeds","quantity":1,
          "idempotency_key":"receipt-771-1"})",
      {}));
  EXPECT_EQ(c.channel, "till");
  EXPECT_EQ(c.location, "leeds");
  EXPECT_EQ(c.idempotency_key, "receipt-771-1");
  ASSERT_EQ(c.lines.size(), 1u);
  EXPECT_EQ(c.lines[0].sku, "A");
  EXPECT_EQ(c.lines[0].quantity, 1);
}

TEST(ParseEvent, AFieldKeyGoesBeforeTheHeaders) {
  const Command c = good(parse_event(
      R"({"type":"stock.sold","sku":"A","quantity":1,"idempotency_key":"mine"})", kKeyed));
  EXPECT_EQ(c.idempotency_key, "mine");
}

TEST(ParseEvent, FindsTheTypeWhereverItStands) {
  EXPECT_EQ(good(parse_event(R"({"sku":"A","counted":7,"type":"stock.counted"})", {})).lines.size(), 1u);
}

TEST(ParseEvent, ReadsAdjustmentsByDeltaAndBySet) {
  const Command c = good(parse_event(
      R"({"type":"stock.adjusted","location":"berlin","reason":"scrapped","lines":[
          {"sku":"A","delta":-3,"state":"damaged"},{"sku":"B","set":12,"expected":10}]})",
      kKeyed));
  EXPECT_EQ(c.reason, "scrapped");
  EXPECT_EQ(c.lines[0].delta, -3);
  EXPECT_EQ(c.lines[1].set, 12);
  EXPECT_EQ(c.lines[1].expected, 10);
}

TEST(ParseEvent, ReadsMovesAndTransfers) {
  const Command move = good(parse_event(
      R"({"type":"stock.moved","location":"berlin","sku":"A","quantity":1,"from":"available","to":"damaged"})",
      kKeyed));
  EXPECT_EQ(move.lines[0].from, Account::kAvailable);
  EXPECT_EQ(move.lines[0].to, Account::kDamaged);
  const Command sent = good(parse_event(
      R"({"type":"transfer.dispatched","reference":"T-9","from":"berlin","to":"leeds","lines":[{"sku":"A","quantity":10}]})",
      kKeyed));
  EXPECT_EQ(sent.location, "berlin");
  EXPECT_EQ(sent.to_location, "leeds");
  const Command arrived = good(parse_event(
      R"({"type":"transfer.received","reference":"T-9","to":"leeds","final":true,"lines":[{"sku":"A","total":9}]})",
      {}));
  EXPECT_EQ(arrived.to_location, "leeds");
  EXPECT_EQ(arrived.lines[0].total, 9);
  EXPECT_TRUE(good(parse_event(R"({"type":"transfer.received","reference":"T-9","final":true})", {})).final);
  EXPECT_TRUE(good(parse_event(R"({"type":"stock.received","reference":"ASN-1","final":true})", {})).final);
}

TEST(ParseEvent, ReadsASnapshotAndResolvesTheLinesOfItsFulfillments) {
  const Command c = good(parse_event(
      R"({"type":"order.changed","channel":"web","order":"1001","version":"2026-11-23T15:00:05+01:00",
          "lines":[{"line":"L1","sku":"A","ordered":5,"cancelled":1,"written_off":1}],
          "fulfillments":[{"id":"F1","location":"berlin","status":"success","lines":[{"line":"L1","quantity":2}]},
                          {"id":"F2","status":"cancelled","lines":[]}]})",
      {}));
  EXPECT_EQ(c.version.kind, Version::Kind::kTime);
  EXPECT_EQ(c.lines[0].ordered, 5);
  EXPECT_EQ(c.lines[0].cancelled, 1);
  EXPECT_EQ(c.lines[0].written_off, 1);
  ASSERT_EQ(c.fulfillments.size(), 2u);
  EXPECT_EQ(c.fulfillments[0].lines[0].sku, "A");
  EXPECT_EQ(c.fulfillments[0].lines[0].quantity, 2);
  EXPECT_FALSE(c.fulfillments[0].voided);
  EXPECT_TRUE(c.fulfillments[1].voided);
}

TEST(ParseEvent, ADocumentMakesAnOrderDeltaRepeatable) {
  EXPECT_EQ(good(parse_event(
                     R"({"type":"order.fulfilled","order":"1","fulfillment":"F2","sku":"A","quantity":1})", {}))
                .document,
            "F2");
  EXPECT_EQ(good(parse_event(
                     R"({"type":"order.cancelled","order":"1","cancellation":"C1","sku":"A","quantity":1})", {}))
                .document,
            "C1");
  EXPECT_EQ(good(parse_event(
                     R"({"type":"stock.returned","order":"1","return":"R1","sku":"A","quantity":1})", {}))
                .document,
            "R1");
}

TEST(ParseEvent, AWholeCancelNeedsNeitherLinesNorKey) {
  const Command c =
      good(parse_event(R"({"type":"order.cancelled","channel":"web","order":"7","restock":false})", {}));
  EXPECT_TRUE(c.lines.empty());
  EXPECT_FALSE(c.restock);
}

TEST(ParseEvent, AVersionMayBeAnInteger) {
  const Command c = good(
      parse_event(R"({"type":"order.placed","order":"7","version":42,"sku":"A","ordered":1})", {}));
  EXPECT_EQ(c.version, (Version{Version::Kind::kInteger, 42}));
}

TEST(ParseHold, ReadsEveryFieldOfAPlacing) {
  const Command c = good(parse_hold_place(
      R"({"lines":[{"sku":"A","quantity":2,"location":"berlin","line":"1"}],"ttl_s":600,"channel":"web",
          "reference":"cart-9","allow_partial":true,"id":"h_1-A"})",
      {.source = "shop", .idempotency_header = "\"quoted \\\" key\"", .path = "/v1/holds", .dry_run = true}));
  EXPECT_EQ(c.type, CommandType::kHoldPlace);
  EXPECT_EQ(c.idempotency_key, "quoted \" key");
  EXPECT_EQ(c.hold, "h_1-A");
  EXPECT_EQ(c.ttl_s, 600);
  EXPECT_TRUE(c.allow_partial);
  EXPECT_TRUE(c.dry_run);
  EXPECT_EQ(c.reference, "cart-9");
  EXPECT_EQ(c.lines[0].location, "berlin");
}

TEST(ParseHold, ReadsWhatHappensToAHoldInThePath) {
  const Command commit = good(parse_hold_commit(
      R"({"order":"1001","channel":"web","lines":[{"sku":"A","quantity":1}],"release_rest":true,
          "rehold":true,"if_endangered":"refuse"})",
      "h1", {}));
  EXPECT_EQ(commit.hold, "h1");
  EXPECT_EQ(commit.order, "1001");
  EXPECT_TRUE(commit.release_rest && commit.rehold && commit.refuse_if_endangered);
  EXPECT_EQ(good(parse_hold_release("", "h1", {})).type, CommandType::kHoldRelease);
  EXPECT_EQ(good(parse_hold_extend(R"({"ttl_s":5})", "h1", {})).ttl_s, 5);
  EXPECT_EQ(good(parse_hold_change(R"({"lines":[{"sku":"A","quantity":1}]})", "h1", {})).type,
            CommandType::kHoldChange);
}

TEST(ParseOrder, ReadsAnOrder) {
  const Command c = good(parse_order_accept(
      R"({"order":"1001","channel":"web","lines":[{"sku":"A","quantity":2},{"sku":"B","quantity":1}]})", {}));
  EXPECT_EQ(c.type, CommandType::kOrderAccept);
  EXPECT_EQ(c.lines.size(), 2u);
}

TEST(ParseSettings, ReadsChannelsLocationsAndAliases) {
  const Command channel = good(parse_channel_settings(
      R"({"locations":["berlin","leeds"],"buffer":2,"oversell_limit":1,"low_at":3})", "web", {}));
  EXPECT_EQ(channel.channel, "web");
  EXPECT_EQ(channel.channel_settings,
            (ChannelSettings{.locations = {"berlin", "leeds"}, .buffer = 2, .oversell_limit = 1, .low_at = 3}));
  EXPECT_EQ(good(channel_removal("web", {})).type, CommandType::kChannelRemove);
  const Command location = good(parse_location_settings(R"({"sellable":false})", "returns", {}));
  EXPECT_EQ(location.location, "returns");
  EXPECT_FALSE(location.location_settings.sellable);
  const Command alias = good(parse_sku_alias(R"({"same_as":"ABC-1"})", "abc-1", {}));
  EXPECT_EQ(alias.sku_alias, "abc-1");
  EXPECT_EQ(alias.sku_same_as, "ABC-1");
}

TEST(ParseAvailability, ReadsLinesWithAndWithoutQuantity) {
  const auto query = parse_availability(R"({"channel":"web","lines":[{"sku":"A","quantity":2},{"sku":"B"}]})");
  ASSERT_TRUE(query.has_value());
  EXPECT_EQ(query->type, QueryType::kAvailability);
  EXPECT_EQ(query->channel, "web");
  EXPECT_EQ(query->lines[0].quantity, 2);
  EXPECT_EQ(query->lines[1].quantity, std::nullopt);
}

TEST(ParseItems, AMalformedItemIsAnErrorInItsPlace) {
  const auto items = parse_array(
      R"([{"type":"stock.counted","sku":"A","counted":1}, {"type":"stock.counted","sku":"B","counted":-1},
          {bad}, {"do":"hold.extend","id":"h1","ttl_s":9}, 7])",
      {.idempotency_header = "doc-1"}, Accept::kFactsAndRequests);
  ASSERT_TRUE(items.has_value()) << items.error().detail;
  ASSERT_EQ(items->size(), 5u);
  EXPECT_EQ((*items)[0]->idempotency_key, "doc-1#0");
  EXPECT_EQ((*items)[1].error().code, ErrorCode::kInvalidQuantity);
  EXPECT_EQ((*items)[1].error().pointer, "/counted");
  EXPECT_EQ((*items)[2].error().code, ErrorCode::kMalformedJson);
  EXPECT_EQ((*items)[3]->idempotency_key, "doc-1#3");
  EXPECT_EQ((*items)[3]->hold, "h1");
  EXPECT_EQ((*items)[4].error().code, ErrorCode::kMalformedJson);
}

TEST(ParseItems, ABrokenArrayIsOneError) {
  for (const char* body : {"", "[", "[]", "[{}", "[{},]", "[,{}]", "[{}}", "[{}] x", "{}", "[{},,{}]",
                           R"([{"a":"b])", "[{}]]"}) {
    const auto items = parse_array(body, {}, Accept::kFactsAndRequests);
    ASSERT_FALSE(items.has_value()) << body;
    EXPECT_EQ(items.error().code, ErrorCode::kMalformedJson) << body;
  }
}

TEST(ParseItems, BracketsAndQuotesInsideTextDoNotCount) {
  const auto items = parse_array(
      R"([{"type":"stock.counted","sku":"a],[\"}{\\","counted":1},{"type":"stock.counted","sku":"B","counted":1}])",
      {}, Accept::kFacts);
  ASSERT_TRUE(items.has_value());
  ASSERT_EQ(items->size(), 2u);
  EXPECT_EQ((*items)[0]->lines[0].sku, "a],[\"}{\\");
}

TEST(ParseItems, TooManyItemsAreOneError) {
  std::string body = "[0";
  for (size_t i = 1; i < limits::kBatchItemsMax; ++i) body += ",0";
  EXPECT_TRUE(parse_array(body + "]", {}, Accept::kFacts).has_value());
  EXPECT_EQ(parse_array(body + ",0]", {}, Accept::kFacts).error().code, ErrorCode::kTooManyLines);
}

TEST(ParseItems, AStreamIsReadSliceBySlice) {
  std::string body = "\n";
  for (int i = 0; i < 5; ++i) {
    body += R"({"type":"stock.counted","sku":"A","counted":)" + std::to_string(i) + "}\r\n\n";
  }
  NdjsonItems stream(body, {.idempotency_header = "s"}, Accept::kFacts);
  EXPECT_EQ(stream.next(2).size(), 2u);
  EXPECT_FALSE(stream.at_end());
  const Items rest = stream.next(100);
  ASSERT_EQ(rest.size(), 3u);
  EXPECT_EQ(rest[2]->idempotency_key, "s#4");
  EXPECT_EQ(rest[2]->lines[0].counted, 4);
  EXPECT_TRUE(stream.at_end());
  EXPECT_TRUE(stream.next(1).empty());
}

TEST(ParseItems, TheMediaTypeChoosesTheForm) {
  const char* one = R"({"type":"stock.counted","sku":"A","counted":1})";
  const std::string array = std::string("[") + one + "]";
  EXPECT_EQ(parse_items(array, "Application/JSON; charset=utf-8", {}, Accept::kFacts)->size(), 1u);
  EXPECT_EQ(parse_items(one, "application/x-ndjson", {}, Accept::kFacts)->size(), 1u);
  EXPECT_EQ(parse_items(one, "text/plain", {}, Accept::kFacts).error().code,
            ErrorCode::kUnsupportedMediaType);
  EXPECT_EQ(parse_items(" \n ", "application/x-ndjson", {}, Accept::kFacts).error().code,
            ErrorCode::kMalformedJson);
}

TEST(Fingerprint, DependsOnMethodPathAndBody) {
  const ParseContext here{.path = "/v1/events"};
  const char* body = R"({"type":"stock.counted","sku":"A","counted":1})";
  const char* other = R"({"type":"stock.counted","sku":"A","counted":2})";
  const uint64_t first = good(parse_event(body, here)).fingerprint;
  EXPECT_EQ(good(parse_event(body, here)).fingerprint, first);
  EXPECT_NE(good(parse_event(other, here)).fingerprint, first);
  EXPECT_NE(good(parse_event(body, {.path = "/v1/batch"})).fingerprint, first);
  EXPECT_NE(good(parse_event(body, {.method = "PUT", .path = "/v1/events"})).fingerprint, first);
  const auto items = parse_array(std::string("[ ") + body + " , " + other + "]", here, Accept::kFacts);
  EXPECT_EQ((*items)[0]->fingerprint, first);
  EXPECT_NE((*items)[1]->fingerprint, first);
}

}  // namespace
}  // namespace holdfast::json
