// POST /v1/sources/{name} with the real intake and generic source; /v1/sources and /v1/sinks with a real feed.
#include <fmt/format.h>

#include "io/crypto.h"
#include "tests/http/source_node.h"

namespace holdfast::http {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kSecret = "correct horse battery staple";

class SourcesTest : public SourceNodeTest {
 protected:
  SourcesTest() {
    start_intake(wms(false));
    start_feed();
    serve();
  }

  /// The source as configured, S1 being known and S9 only after somebody has mended that.
  static connectors::SourceConfig wms(bool mended) {
    connectors::SourceConfig config;
    config.name = "wms";
    config.type = "generic";
    config.secrets = {std::string(kSecret)};
    config.signature = "hmac-sha256";
    config.signature_header = "x-signature";
    config.signature_encoding = "hex";
    config.id_header = "x-delivery";
    config.timestamp_header = "x-time";
    config.signed_content = "{id}.{timestamp}.{body}";
    config.locations = {{"S1", "berlin"}};
    if (mended) config.locations["S9"] = "leeds";
    config.mapping.items = "/lines";
    config.mapping.fields["type"].constant = "stock.received";
    config.mapping.fields["sku"].pointer = "/item";
    config.mapping.fields["location"].pointer = "/site";
    config.mapping.fields["quantity"].pointer = "/qty";
    return config;
  }
  /// As a restart with S9 in [sources.locations].
  void mend() {
    client_.reset();
    server_.reset();
    start_intake(wms(true));
    serve();
  }
  void start_feed() {
    const feed::FeedServices services{&store_, executor_.get(), &io::posix_file_system(), &clock_,
                                      &random_};
    auto feed = feed::Feed::open(services, directory_ / "feed.log");
    ASSERT_TRUE(feed.has_value());
    feed_ = std::move(*feed);
    connectors::SinkConfig config;
    config.type = "noop";
    config.settings.name = "erp";
    auto sink = connectors::make_sink(config);
    ASSERT_TRUE(sink.has_value());
    ASSERT_TRUE(feed_->add_sink(config.settings, std::move(*sink)).has_value());
    config.settings.name = "shop";
    config.settings.deliver = feed::DeliverMode::kStock;
    config.settings.observe = true;
    auto watcher = connectors::make_sink(config);
    ASSERT_TRUE(watcher.has_value());
    ASSERT_TRUE(feed_->add_sink(config.settings, std::move(*watcher)).has_value());
    feed_->start();
  }

  Received deliver(std::string_view body, std::string_view id, std::string_view signature = {}) {
    const int64_t time = clock_.wall().us / kSecond;
    const std::string content = fmt::format("{}.{}.{}", id, time, body);
    const std::string signed_by = signature.empty()
                                      ? io::to_hex(io::as_text(io::hmac_sha256(kSecret, content)))
                                      : std::string(signature);
    return client().post("/v1/sources/wms", body,
                         fmt::format("X-Signature: {}\r\nX-Delivery: {}\r\nX-Time: {}\r\n",
                                     signed_by, id, time));
  }
};

constexpr std::string_view kDelivery = R"({"lines":[{"item":"A","site":"S1","qty":4}]})";

TEST_F(SourcesTest, ASignedDeliveryIsBookedOnce) {
  const Received first = deliver(kDelivery, "d1");
  EXPECT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(first.number("/recorded"), 1);
  const Received again = deliver(kDelivery, "d1");
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.number("/duplicates"), 1);
  EXPECT_EQ(available("A"), 4);
}

TEST_F(SourcesTest, AForgedDeliveryIsTurnedAwayWithoutDetail) {
  const Received forged = deliver(kDelivery, "d1", std::string(64, '0'));
  EXPECT_EQ(forged.status, 401);
  EXPECT_THAT(forged.body, Not(HasSubstr("HMAC")));
  EXPECT_EQ(client().get("/v1/stock/A").status, 404);
}

TEST_F(SourcesTest, WhatCannotBeBookedIsParkedAndShown) {
  const Received parked = deliver(R"({"lines":[{"item":"A","site":"S9","qty":4}]})", "d2");
  EXPECT_EQ(parked.status, 200) << parked.body;
  EXPECT_EQ(parked.number("/parked"), 1);
  const Received list = client().get("/v1/sources/wms/parked");
  EXPECT_EQ(list.count("/parked"), 1) << list.body;
  EXPECT_EQ(list.text("/parked/0/code"), "unmapped_location");
  const Received sources = client().get("/v1/sources");
  EXPECT_EQ(sources.text("/sources/0/name"), "wms");
  EXPECT_EQ(sources.number("/sources/0/parked"), 1);
}

constexpr std::string_view kHalf =
    R"({"lines":[{"item":"A","site":"S1","qty":4},{"item":"A","site":"S9","qty":3}]})";

TEST_F(SourcesTest, WhatWasParkedIsBookedOnceItsCauseIsMended) {
  EXPECT_EQ(deliver(kHalf, "d1").number("/recorded"), 1);
  EXPECT_EQ(client().get("/v1/sources/wms").number("/parked"), 1);
  const auto kept_bytes = std::filesystem::file_size(directory_ / "intake.log");
  const Received too_soon = client().post("/v1/sources/wms/parked/redeliver", "");
  EXPECT_EQ(too_soon.status, 200) << too_soon.body;
  EXPECT_EQ(too_soon.number("/parked"), 1);
  EXPECT_EQ(std::filesystem::file_size(directory_ / "intake.log"), kept_bytes) << "nothing changed";
  EXPECT_EQ(too_soon.number("/duplicates"), 1) << "what was booked is not booked again";
  EXPECT_EQ(client().get("/v1/sources/wms").number("/parked"), 1);
  mend();
  const std::string came = client().get("/v1/sources/wms/parked").text("/parked/0/at");
  ASSERT_FALSE(came.empty());
  EXPECT_THAT(client().get("/v1/sources/wms/parked").body, HasSubstr(R"("redeliverable":true)"));
  const Received told =
      client().post("/v1/sources/wms/parked/redeliver", R"({"delivery_ids":["d1"]})");
  EXPECT_EQ(told.number("/deliveries"), 1) << told.body;
  EXPECT_EQ(told.number("/recorded"), 1);
  EXPECT_EQ(told.number("/duplicates"), 1);
  EXPECT_EQ(told.number("/parked"), 0);
  EXPECT_EQ(client().get("/v1/sources/wms/parked").count("/parked"), 0);
  const Received stock = client().get("/v1/stock/A");
  EXPECT_EQ(stock.number("/locations/0/available"), 4) << stock.body;
  EXPECT_EQ(stock.number("/locations/1/available"), 3) << stock.body;
  // A delta told again is as old as when it came first, however often it was tried: past the window of
  // keys it is parked, not counted twice.
  EXPECT_EQ(client().get("/v1/stock/A/events").text("/events/0/data/occurred_at"), came);
  EXPECT_EQ(client().post("/v1/sources/wms/parked/redeliver", "").number("/deliveries"), 0);
  EXPECT_EQ(deliver(kHalf, "d1").number("/duplicates"), 2) << "the sender's own retry";
  mend();
  EXPECT_EQ(client().get("/v1/sources/wms").number("/parked"), 0) << "it is gone from the file too";
}

TEST_F(SourcesTest, OnlyTheDeliveriesAskedForAreRedelivered) {
  for (const char* id : {"d1", "d2", "d3"}) EXPECT_EQ(deliver(kHalf, id).number("/parked"), 1);
  mend();
  EXPECT_EQ(client()
                .post("/v1/sources/wms/parked/redeliver", R"({"delivery_ids":["d2"]})")
                .number("/recorded"),
            1);
  EXPECT_EQ(client().get("/v1/sources/wms/parked").count("/parked"), 2);
  EXPECT_EQ(client().post("/v1/sources/wms/parked/redeliver", "{}").number("/recorded"), 2);
  EXPECT_EQ(client().get("/v1/stock/A").number("/locations/1/available"), 9);
}

TEST_F(SourcesTest, ARedeliveryNamesWhatIsWrongWithIt) {
  const auto code = [&](std::string_view body) {
    return client().post("/v1/sources/wms/parked/redeliver", body).code();
  };
  EXPECT_EQ(code(R"({"ids":["d1"]})"), "unknown_field");
  EXPECT_EQ(code(R"({"delivery_ids":[]})"), "invalid_value");
  EXPECT_EQ(code(R"({"delivery_ids":[7]})"), "invalid_value");
  EXPECT_EQ(client().post("/v1/sources/none/parked/redeliver", "").status, 404);
  EXPECT_EQ(client().get("/v1/sources/none").status, 404);
}

TEST_F(SourcesTest, APausedSourceSendsItsSendersAwayUntilResumed) {
  EXPECT_EQ(client().post("/v1/sources/wms/pause", "").status, 200);
  EXPECT_EQ(deliver(kDelivery, "d1").status, 503);
  EXPECT_EQ(client().post("/v1/sources/wms/resume", "").status, 200);
  EXPECT_EQ(deliver(kDelivery, "d1").status, 200);
  EXPECT_EQ(client().post("/v1/sources/none/pause", "").status, 404);
}

TEST_F(SourcesTest, SinksArePausedResumedAndReplayed) {
  stock("A", 1);
  EXPECT_EQ(client().get("/v1/sinks").text("/sinks/0/name"), "erp");
  // The courier takes notice in its own thread.
  EXPECT_EQ(client().post("/v1/sinks/erp/pause", "").status, 200);
  EXPECT_TRUE(eventually([&] { return client().get("/v1/sinks/erp").text("/state") == "paused"; }));
  EXPECT_EQ(client().post("/v1/sinks/erp/resume", "").status, 200);
  EXPECT_TRUE(eventually([&] { return client().get("/v1/sinks/erp").text("/state") == "active"; }));
  EXPECT_TRUE(eventually([&] { return client().get("/v1/sinks/erp").number("/lag_events") == 0; }));
  EXPECT_EQ(client().post("/v1/sinks/erp/replay", R"({"from":1,"to":1})").status, 200);
  EXPECT_EQ(client().post("/v1/sinks/erp/replay", R"({"since":1})").code(), "unknown_field");
  EXPECT_EQ(client().get("/v1/sinks/erp/dead-letters").count("/dead_letters"), 0);
  EXPECT_EQ(client().post("/v1/sinks/erp/dead-letters/redeliver", R"({"seqs":[]})").code(), "invalid_value");
  EXPECT_EQ(client().get("/v1/sinks/none").status, 404);
}

// Both kinds: one that is paused reads nothing, and still says how old what it misses is.
TEST_F(SourcesTest, APausedSinkSaysSinceWhenItMissesSomething) {
  for (const char* name : {"erp", "shop"}) {
    const std::string path = fmt::format("/v1/sinks/{}", name);
    stock(fmt::format("before {}", name), 1);
    EXPECT_TRUE(eventually([&] { return client().get(path).number("/lag_events") == 0; }));
    client().post(path + "/pause", "");
    EXPECT_TRUE(eventually([&] { return client().get(path).text("/state") == "paused"; }));
    stock(fmt::format("after {}", name), 1);
    EXPECT_TRUE(eventually([&] { return client().get(path).number("/lag_ms") >= 20; })) << name;
    client().post(path + "/resume", "");
    EXPECT_TRUE(eventually([&] { return client().get(path).number("/lag_ms") == 0; })) << name;
  }
}

TEST_F(SourcesTest, AnObservingSinkShowsWhatItWouldTellUntilItIsActivated) {
  stock("A", 7);
  const auto observed = [&] { return client().get("/v1/sinks/shop/observations"); };
  EXPECT_TRUE(eventually([&] { return observed().count("/observations") == 1; }));
  EXPECT_EQ(observed().text("/observations/0/sku"), "A");
  EXPECT_EQ(observed().number("/observations/0/available_to_sell"), 7);
  EXPECT_EQ(client().get("/v1/sinks/shop").text("/mode"), "observe");
  EXPECT_EQ(client().get("/v1/sinks/shop").number("/delivered"), 0);
  EXPECT_EQ(client().post("/v1/sinks/shop/activate", "").status, 200);
  EXPECT_TRUE(eventually([&] { return client().get("/v1/sinks/shop").number("/delivered") == 1; }));
  EXPECT_EQ(client().get("/v1/sinks/shop").text("/mode"), "active");
  EXPECT_EQ(client().post("/v1/sinks/shop/activate", "").status, 200) << "twice is once";
  EXPECT_EQ(client().post("/v1/sinks/erp/activate", "").code(), "invalid_value");
  EXPECT_EQ(client().post("/v1/sinks/none/activate", "").status, 404);
  EXPECT_EQ(client().get("/v1/sinks/none/observations").status, 404);
}

}  // namespace
}  // namespace holdfast::http
