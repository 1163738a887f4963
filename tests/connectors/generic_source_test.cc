// A signed delivery through the generic source and the intake: good, forged, repeated, unmapped,
// unreadable.
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connectors/registry.h"
#include "connectors/shared/standard_webhooks.h"
#include "intake/intake.h"
#include "io/crypto.h"
#include "tests/connectors/kit.h"

namespace holdfast::test {
namespace {

using testing::HasSubstr;

constexpr const char* kSecret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
constexpr Timestamp kNow{1'700'000'000'000'000};

/// Books what it is given: a key seen before is a duplicate. `answer` may say otherwise.
class TestPort final : public CommandPort {
 public:
  bool submit(std::vector<Command> commands, CommandsDone done) override {
    if (full) return false;
    std::vector<Outcome> outcomes;
    for (Command& command : commands) {
      Outcome outcome;
      const bool seen =
          keys_.contains(command.idempotency_key) || keys_.contains(command.idempotency_key_2);
      for (const auto& key : {command.idempotency_key, command.idempotency_key_2}) {
        if (!key.empty()) keys_.insert(key);
      }
      outcome.status = seen ? OutcomeStatus::kDuplicate : OutcomeStatus::kRecorded;
      if (error.code != ErrorCode::kNone) {
        outcome.status = OutcomeStatus::kRejected;
        outcome.error = error;
      }
      if (outcome.status == OutcomeStatus::kRecorded) booked.push_back(std::move(command));
      outcomes.push_back(std::move(outcome));
    }
    done(std::move(outcomes));
    return true;
  }
  bool query(Query, QueryDone) override { return false; }
  bool draining() const override { return false; }

  std::vector<Command> booked;
  Error error{ErrorCode::kNone, {}, {}};
  bool full = false;

 private:
  std::set<std::string> keys_;
};

class GenericSourceTest : public testing::Test {
 protected:
  GenericSourceTest() {
    config_.name = "wms";
    config_.type = "generic";
    config_.secrets = {kSecret};
    config_.default_location = "berlin";
    config_.locations = {{"S1", "berlin"}, {"S2", "leeds"}};
    config_.mapping.items = "/lines";
    config_.mapping.id = "/document/number";
    config_.mapping.fields["type"] = {
        "/kind", {{"RCPT", "stock.received"}, {"ADJ", "stock.adjusted"}}, ""};
    config_.mapping.fields["sku"] = {"/item", {}, ""};
    config_.mapping.fields["location"] = {"/site", {}, ""};
    config_.mapping.fields["quantity"] = {"/qty", {}, ""};
    config_.mapping.fields["occurred_at"] = {"/at", {}, ""};
    config_.mapping.fields["reason"] = {"/why", {}, ""};
  }

  void start() {
    intake_.reset();
    auto parked = intake::ParkedFile::open(io::posix_file_system(), directory_.file("intake.log"));
    ASSERT_TRUE(parked) << parked.error().detail;
    intake_ = std::make_unique<intake::Intake>(port_, std::move(*parked), clock_);
    auto source = connectors::make_source(config_);
    ASSERT_TRUE(source) << source.error().detail;
    intake_->add(std::move(*source));
  }
  intake::Reply send(const std::string& body, const std::string& id = "msg_1",
                     const std::string& secret = kSecret) {
    const std::string signature =
        connectors::WebhookSecrets::make({secret})->sign(id, kNow.us / kSecond, body);
    return send_with(body, {{"webhook-id", id},
                            {"webhook-timestamp", std::to_string(kNow.us / kSecond)},
                            {"webhook-signature", signature}});
  }
  intake::Reply send_with(const std::string& body,
                          std::vector<std::pair<std::string, std::string>> headers) {
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<intake::Reply> reply;
    intake_->receive("wms", {body, std::move(headers), kNow}, [&](intake::Reply told) {
      std::lock_guard lock(mutex);
      reply = std::move(told);
      changed.notify_one();
    });
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return reply.has_value(); });
    return *reply;
  }
  Error config_error() {
    const auto source = connectors::make_source(config_);
    return source ? Error{ErrorCode::kNone, {}, {}} : source.error();
  }

  const std::string good_ =
      R"({"document":{"number":"RCV-1"},"kind":"RCPT","at":"2023-11-14T10:00:00Z",
    "lines":[{"item":" A ","qty":40,"site":"S2"},{"item":"B","qty":"148","site":"S1"},{"item":"C","qty":3}]})";

  TempDirectory directory_;
  ManualClock clock_;
  TestPort port_;
  connectors::SourceConfig config_;
  std::unique_ptr<intake::Intake> intake_;
};

TEST_F(GenericSourceTest, OneFactPerItem) {
  start();
  const intake::Reply reply = send(good_);
  EXPECT_EQ(reply.error.code, ErrorCode::kNone);
  EXPECT_EQ(reply.recorded, 3u);
  ASSERT_EQ(port_.booked.size(), 3u);
  const Command& first = port_.booked[0];
  EXPECT_EQ(first.type, CommandType::kStockReceived);
  EXPECT_EQ(first.source, "wms");
  EXPECT_TRUE(first.from_source);
  EXPECT_EQ(first.idempotency_key, "d:stock.received:msg_1#0");
  EXPECT_EQ(first.idempotency_key_2, "e:stock.received:RCV-1#0");
  EXPECT_EQ(first.location, "leeds");
  EXPECT_EQ(first.lines[0].sku, "A");  // sources trim
  EXPECT_EQ(first.lines[0].quantity, 40);
  EXPECT_EQ(to_rfc3339(first.occurred_at), "2023-11-14T10:00:00Z");
  EXPECT_EQ(port_.booked[1].lines[0].quantity, 148);
  EXPECT_EQ(port_.booked[2].location, "berlin");  // none told: the default
}

TEST_F(GenericSourceTest, AnAdjustmentsQuantityIsASignedDelta) {
  start();
  send(
      R"({"document":{"number":"A-1"},"kind":"ADJ","why":"broken","lines":[{"item":"A","qty":-3,"site":"S1"}]})");
  ASSERT_EQ(port_.booked.size(), 1u);
  EXPECT_EQ(port_.booked[0].lines[0].delta, -3);
  EXPECT_FALSE(port_.booked[0].lines[0].quantity);
}

TEST_F(GenericSourceTest, ADeliveryToldAgainIsADuplicate) {
  start();
  send(good_);
  const intake::Reply again = send(good_);
  EXPECT_EQ(again.error.code, ErrorCode::kNone);
  EXPECT_EQ(again.duplicates, 3u);
  EXPECT_EQ(port_.booked.size(), 3u);
}

TEST_F(GenericSourceTest, AReceiptAndAnAdjustmentMayHaveTheSameNumber) {
  start();
  EXPECT_EQ(send(R"({"document":{"number":"1001"},"kind":"RCPT","lines":[{"item":"A","qty":5}]})",
                 "msg_1")
                .recorded,
            1u);
  const std::string adjustment =
      R"({"document":{"number":"1001"},"kind":"ADJ","why":"x","lines":[{"item":"A","qty":-1}]})";
  EXPECT_EQ(send(adjustment, "msg_2").recorded, 1u);
  EXPECT_EQ(send(adjustment, "msg_3").duplicates, 1u);
}

TEST_F(GenericSourceTest, ACapturedDeliveryIsOneDeliveryUnderAnyUnsignedId) {
  config_.signature = "hmac-sha256";
  config_.signature_header = "x-signature";
  config_.signature_encoding = "hex";
  config_.id_header = "x-id";
  start();
  const std::string signature = io::to_hex(io::as_text(io::hmac_sha256(kSecret, good_)));
  EXPECT_EQ(send_with(good_, {{"x-signature", signature}, {"x-id", "1"}}).recorded, 3u);
  EXPECT_EQ(send_with(good_, {{"x-signature", signature}, {"x-id", "2"}}).duplicates, 3u);
  // Nor does an id keep another delivery out.
  const std::string other =
      R"({"document":{"number":"7"},"kind":"RCPT","at":"2023-11-14T10:00:00Z","lines":[{"item":"A","qty":1}]})";
  const std::string its = io::to_hex(io::as_text(io::hmac_sha256(kSecret, other)));
  EXPECT_EQ(send_with(other, {{"x-signature", its}, {"x-id", "1"}}).recorded, 1u);
  // What tells no time could be of any age.
  const std::string ageless =
      R"({"document":{"number":"8"},"kind":"RCPT","lines":[{"item":"A","qty":1}]})";
  const std::string of_it = io::to_hex(io::as_text(io::hmac_sha256(kSecret, ageless)));
  EXPECT_EQ(send_with(ageless, {{"x-signature", of_it}}).parked, 1u);
}

TEST_F(GenericSourceTest, AnOrderThatListsASkuTwiceIsOneCommand) {
  config_.mapping.fields["type"].values["ORD"] = "order.placed";
  config_.mapping.fields["order"] = {"/number", {}, ""};
  start();
  const std::string body = R"({"document":{"number":"O-1"},"kind":"ORD","lines":[
    {"number":"O-1","item":"A","qty":2},{"number":"O-2","item":"A","qty":7},
    {"number":"O-1","item":"A","qty":3,"site":"S2"}]})";
  EXPECT_EQ(send(body).recorded, 2u);
  ASSERT_EQ(port_.booked.size(), 2u);
  const Command& order = port_.booked[0];
  ASSERT_EQ(order.lines.size(), 2u);
  EXPECT_EQ(order.lines[0].ordered, 2);
  EXPECT_EQ(order.lines[0].location, "");
  EXPECT_EQ(order.lines[1].ordered, 3);
  EXPECT_EQ(order.lines[1].location, "leeds");
  EXPECT_EQ(order.location, "");
  EXPECT_EQ(port_.booked[1].order, "O-2");
  EXPECT_EQ(send(body, "msg_2").duplicates, 2u);
}

TEST_F(GenericSourceTest, ACancellationWithoutItemsIsTheWholeOrder) {
  config_.mapping.fields["type"].values["CXL"] = "order.cancelled";
  config_.mapping.fields["order"] = {"/number", {}, ""};
  start();
  EXPECT_EQ(send(R"({"document":{"number":"C-1"},"kind":"CXL","number":"O-1"})").recorded, 1u);
  ASSERT_EQ(port_.booked.size(), 1u);
  EXPECT_EQ(port_.booked[0].order, "O-1");
  EXPECT_TRUE(port_.booked[0].lines.empty());
  // An item that names no SKU is a mistake, not the whole order.
  const std::string body =
      R"({"document":{"number":"C-2"},"kind":"CXL","number":"O-1","lines":[{"qty":1}]})";
  EXPECT_EQ(send(body, "msg_2").parked, 1u);
}

TEST_F(GenericSourceTest, ABadSignatureIsUnauthorizedWithoutDetail) {
  start();
  const std::string other = "whsec_/////////////////////////////////////////w8=";
  const intake::Reply reply = send(good_, "msg_1", other);
  EXPECT_EQ(reply.error.code, ErrorCode::kUnauthorized);
  EXPECT_TRUE(reply.error.detail.empty());
  EXPECT_EQ(send_with(good_, {}).error.code, ErrorCode::kUnauthorized);
  EXPECT_TRUE(port_.booked.empty());
  EXPECT_EQ(intake_->status()[0].unauthorized, 2u);
}

TEST_F(GenericSourceTest, AnUnmappedLocationIsParkedAndTheRestBooked) {
  start();
  const std::string body = R"({"document":{"number":"RCV-2"},"kind":"RCPT","lines":[
    {"item":"A","qty":1,"site":"S9"},{"item":"B","qty":2,"site":"S1"}]})";
  const intake::Reply reply = send(body);
  EXPECT_EQ(reply.error.code, ErrorCode::kNone);
  EXPECT_EQ(reply.recorded, 1u);
  EXPECT_EQ(reply.parked, 1u);
  ASSERT_EQ(port_.booked.size(), 1u);
  EXPECT_EQ(port_.booked[0].idempotency_key,
            "d:stock.received:msg_1#1");  // its place in the delivery
  send(body);                             // told again: parked once
  start();                                // and durable
  const auto parked = *intake_->parked("wms");
  ASSERT_EQ(parked.size(), 1u);
  EXPECT_EQ(parked[0].code, ErrorCode::kUnmappedLocation);
  EXPECT_THAT(parked[0].reason, HasSubstr("\"S9\""));
  EXPECT_THAT(parked[0].item, HasSubstr("\"item\":\"A\""));
}

TEST_F(GenericSourceTest, WhatIsNotAsDeclaredIsParkedWithTheReason) {
  start();
  const std::pair<const char*, const char*> cases[] = {
      {R"({"document":{"number":"1"},"kind":"RCPT","lines":{}})", "no list of items"},
      {R"({"kind":"RCPT","lines":[]})", "no id"},
      {R"({"document":{"number":"2"},"kind":"NEW","lines":[{"item":"A","qty":1}]})",
       "does not list"},
      {R"({"document":{"number":"3"},"kind":"RCPT","lines":[{"item":"A","qty":1.5}]})", "quantity"},
      {R"({"document":{"number":"4"},"kind":"RCPT","lines":[{"item":"A","qty":"x"}]})",
       "no integer"},
      {R"({"document":{"number":"5"},"kind":"RCPT","lines":[{"item":"A","qty":0}]})", "quantity"},
      {R"({"document":{"number":"6"},"kind":"RCPT","lines":[{"item":"A"}]})", "quantity"},
      {R"({"document":{"number":"7"},"kind":"RCPT","qty":5,"lines":[{"item":"A"}]})", "quantity"},
      {R"({"document":{"number":"8"},"kind":"RCPT","lines":[{"qty":1}]})", "sku"},
      {R"({"document":{"number":"9"},"kind":"RCPT","at":"today","lines":[{"item":"A","qty":1}]})",
       "RFC 3339"},
  };
  for (const auto& [body, reason] : cases) {
    const intake::Reply reply = send(body, std::string("msg_") + body);
    EXPECT_EQ(reply.error.code, ErrorCode::kNone) << body;
    EXPECT_EQ(reply.parked, 1u) << body;
    EXPECT_THAT(intake_->parked("wms")->front().reason, HasSubstr(reason)) << body;
    EXPECT_EQ(intake_->parked("wms")->front().code, ErrorCode::kUnreadableDelivery);
  }
  EXPECT_TRUE(port_.booked.empty());
}

TEST_F(GenericSourceTest, WhatIsNoJsonIsAnError) {
  start();
  EXPECT_EQ(send("{\"lines\":").error.code, ErrorCode::kMalformedJson);
}

TEST_F(GenericSourceTest, ALedgerThatCannotTakeItNowIsToldToTheSender) {
  start();
  port_.full = true;
  EXPECT_EQ(send(good_).error.code, ErrorCode::kOverloaded);
  port_.full = false;
  port_.error = {ErrorCode::kStorageFull, "full", {}};
  EXPECT_EQ(send(good_).error.code, ErrorCode::kStorageFull);
  EXPECT_TRUE(intake_->parked("wms")->empty());
}

TEST_F(GenericSourceTest, WhatTheLedgerRejectsIsParkedNotRefused) {
  start();
  port_.error = {ErrorCode::kUnknownLocation, "no such place", {}};
  const intake::Reply reply = send(good_);
  EXPECT_EQ(reply.error.code, ErrorCode::kNone);
  EXPECT_EQ(reply.parked, 3u);
  EXPECT_EQ(intake_->parked("wms")->size(), 3u);
}

TEST_F(GenericSourceTest, APausedSourceKeepsItsSenderWaiting) {
  start();
  ASSERT_TRUE(intake_->pause("wms"));
  EXPECT_EQ(send(good_).error.code, ErrorCode::kOverloaded);
  ASSERT_TRUE(intake_->resume("wms"));
  EXPECT_EQ(send(good_).recorded, 3u);
  EXPECT_EQ(intake_->pause("nobody").error().code, ErrorCode::kNotFound);
}

TEST_F(GenericSourceTest, HmacInADeclaredHeader) {
  config_.signature = "hmac-sha256";
  config_.secrets = {"old", "new"};
  config_.signature_header = "X-Signature";
  config_.signature_encoding = "hex";
  config_.signature_prefix = "sha256=";
  config_.signed_content = "{timestamp}.{body}";
  config_.timestamp_header = "X-Time";
  start();
  const std::string time = std::to_string(kNow.us / kSecond);
  const auto sign = [&](const std::string& key, const std::string& content) {
    return "sha256=" + io::to_hex(io::as_text(io::hmac_sha256(key, content)));
  };
  const auto code = [&](const std::string& signature, const std::string& told_time) {
    return send_with(good_, {{"x-signature", signature}, {"x-time", told_time}}).error.code;
  };
  EXPECT_EQ(code(sign("new", time + "." + good_), time), ErrorCode::kNone);
  EXPECT_EQ(code(sign("old", time + "." + good_), time), ErrorCode::kNone);
  EXPECT_EQ(code(sign("other", time + "." + good_), time), ErrorCode::kUnauthorized);
  EXPECT_EQ(code(sign("new", good_), time), ErrorCode::kUnauthorized);
  EXPECT_EQ(code("sha256=zz", time), ErrorCode::kUnauthorized);
  const std::string stale = std::to_string(kNow.us / kSecond - 301);
  EXPECT_EQ(code(sign("new", stale + "." + good_), stale), ErrorCode::kUnauthorized);
  EXPECT_EQ(port_.booked[0].idempotency_key, "e:stock.received:RCV-1#0");
}

TEST_F(GenericSourceTest, AConfigurationThatCannotBeRightIsRefused) {
  config_.mapping.fields["colour"] = {"/x", {}, ""};
  EXPECT_THAT(config_error().detail, HasSubstr("no field colour"));
  config_.mapping.fields.erase("colour");
  config_.mapping.fields["sku"].pointer = "item";
  EXPECT_THAT(config_error().detail, HasSubstr("sku"));
  config_.mapping.fields["sku"].pointer = "/item";
  config_.mapping.fields["type"].values["X"] = "hold.place";
  EXPECT_THAT(config_error().detail, HasSubstr("hold.place"));
  config_.mapping.fields["type"].values.erase("X");
  config_.signature = "md5";
  EXPECT_THAT(config_error().detail, HasSubstr("signature"));
  config_.signature = "hmac-sha256";
  EXPECT_THAT(config_error().detail, HasSubstr("signature_header"));
  config_.signature_header = "x-s";
  config_.mapping.id.clear();
  EXPECT_THAT(config_error().detail, HasSubstr("mapping.id"));
  // An id that is not signed is no id: whoever captured a delivery could give it another one.
  config_.id_header = "x-id";
  EXPECT_THAT(config_error().detail, HasSubstr("mapping.id"));
  config_.signed_content = "{id}.{body}";
  EXPECT_EQ(config_error().code, ErrorCode::kNone);
  config_.signed_content = "{body}";
  config_.mapping.id = "/document/number";
  EXPECT_EQ(config_error().code, ErrorCode::kNone);
  // Nor is it known how old a delivery is whose signature covers no time, and that carries none.
  config_.mapping.fields.erase("occurred_at");
  EXPECT_THAT(config_error().detail, HasSubstr("occurred_at"));
  config_.timestamp_header = "x-time";
  EXPECT_THAT(config_error().detail, HasSubstr("occurred_at"));
  config_.signed_content = "{timestamp}.{body}";
  EXPECT_EQ(config_error().code, ErrorCode::kNone);
  config_.mapping.fields.erase("sku");
  EXPECT_THAT(config_error().detail, HasSubstr("sku"));
  config_.type = "square";
  EXPECT_THAT(config_error().detail, HasSubstr("not built yet"));
  config_.type = "telepathy";
  EXPECT_THAT(config_error().detail, HasSubstr("does not exist"));
}

TEST(Registry, SinksThatAreNotBuiltAreRefusedByName) {
  connectors::SinkConfig config;
  for (const char* type : {"kafka", "rabbitmq", "shopify", "amazon", "square"}) {
    config.type = type;
    const auto sink = connectors::make_sink(config);
    ASSERT_FALSE(sink);
    EXPECT_THAT(sink.error().detail, HasSubstr(std::string(type) + "\" is not built yet"));
  }
  config.type = "webhook";
  config.url = "https://user@h/";
  EXPECT_EQ(connectors::make_sink(config).error().code, ErrorCode::kConfigInvalid);
  config.url = "https://erp.example/";
  config.window = 0;
  EXPECT_EQ(connectors::make_sink(config).error().code, ErrorCode::kConfigInvalid);
}

}  // namespace
}  // namespace holdfast::test
