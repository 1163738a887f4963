// /v1/sinks/{id}/comparison: what a channel shows against ours, told by hand and by a source.
#include <filesystem>
#include <thread>

#include <fmt/format.h>

#include "base/random.h"
#include "connectors/registry.h"
#include "feed/feed.h"
#include "intake/intake.h"
#include "io/crypto.h"
#include "tests/http/test_node.h"

namespace holdfast::http {
namespace {

constexpr std::string_view kSecret = "correct horse battery staple";

class ComparisonApi : public NodeTest {
 protected:
  ComparisonApi() {
    directory_ = std::filesystem::temp_directory_path() /
                 fmt::format("holdfast-comparison-{}", SystemRandom().next());
    std::filesystem::create_directories(directory_);
    start_feed();
    start_intake();
    auto server = HttpServer::start(options_, ServerPorts{.commands = *executor_,
                                                          .history = *executor_,
                                                          .events = *events_,
                                                          .sinks = feed_.get(),
                                                          .intake = intake_.get(),
                                                          .log = *log_,
                                                          .metrics = metrics_,
                                                          .clock = clock_});
    EXPECT_TRUE(server.has_value());
    server_ = std::move(*server);
    const Received put = client().request("PUT", "/v1/channels/web", R"({"locations":["berlin"]})");
    EXPECT_LT(put.status, 300) << put.body;
  }
  ~ComparisonApi() override {
    client_.reset();
    server_.reset();
    feed_->stop();
    EXPECT_TRUE(executor_->drain().has_value());
    executor_drained_ = true;
    intake_.reset();
    feed_.reset();
    std::filesystem::remove_all(directory_);
  }

  void start_feed() {
    const feed::FeedServices services{&store_, executor_.get(), &io::posix_file_system(),
                                      &clock_, &random_,        &metrics_};
    auto feed = feed::Feed::open(services, directory_ / "feed.log");
    ASSERT_TRUE(feed.has_value());
    feed_ = std::move(*feed);
    connectors::SinkConfig config;
    config.type = "noop";
    config.settings.name = "erp";
    ASSERT_TRUE(feed_->add_sink(config.settings, std::move(*connectors::make_sink(config))));
    config.settings.name = "shop";
    config.settings.deliver = feed::DeliverMode::kStock;
    config.settings.channel = "web";
    config.settings.observe = true;
    ASSERT_TRUE(feed_->add_sink(config.settings, std::move(*connectors::make_sink(config))));
    feed_->start();
  }
  void start_intake() {
    auto parked = intake::ParkedFile::open(io::posix_file_system(), directory_ / "intake.log");
    ASSERT_TRUE(parked.has_value());
    intake_ = std::make_unique<intake::Intake>(*executor_, std::move(*parked), clock_);
    intake_->on_observed(
        [this](const std::vector<ObservedLevel>& levels) { feed_->observe(levels); });
    connectors::SourceConfig config;
    config.name = "store";
    config.type = "generic";
    config.channel = "web";
    config.secrets = {std::string(kSecret)};
    config.signature = "hmac-sha256";
    config.signature_header = "x-signature";
    config.signature_encoding = "hex";
    config.locations = {{"S1", "berlin"}};
    config.mapping.items = "/levels";
    config.mapping.id = "/id";
    config.mapping.fields["type"].constant = "stock.observed";
    config.mapping.fields["sku"].pointer = "/item";
    config.mapping.fields["location"].pointer = "/site";
    config.mapping.fields["quantity"].pointer = "/qty";
    config.mapping.fields["occurred_at"].pointer = "/at";
    auto source = connectors::make_source(config);
    ASSERT_TRUE(source.has_value()) << source.error().detail;
    intake_->add(std::move(*source));
  }
  Received deliver(std::string_view body) {
    return client().post("/v1/sources/store", body,
                         fmt::format("X-Signature: {}\r\n",
                                     io::to_hex(io::as_text(io::hmac_sha256(kSecret, body)))));
  }
  bool eventually(const std::function<bool()>& condition) {
    const Duration deadline = clock_.boot() + kMinute;
    while (!condition()) {
      if (clock_.boot() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }
  std::optional<int64_t> counted(const std::string& state) {
    return client().get("/v1/sinks/shop").number("/comparison/" + state);
  }

  std::filesystem::path directory_;
  SystemRandom random_;
  std::unique_ptr<feed::Feed> feed_;
  std::unique_ptr<intake::Intake> intake_;
};

TEST_F(ComparisonApi, WhatTheChannelShowsIsHeldAgainstOurs) {
  stock("A", 7);
  stock("B", 3);
  stock("C", 1);
  const Received told = client().post("/v1/sinks/shop/comparison",
                                      R"({"levels":[{"sku":"A","location":"berlin","available":7},
        {"sku":"B","location":"berlin","available":5},{"sku":"D","available":2}]})");
  ASSERT_EQ(told.status, 200) << told.body;
  EXPECT_TRUE(eventually([&] { return counted("unobserved") == 1; }));  // C
  EXPECT_EQ(counted("equal"), 1);
  EXPECT_EQ(counted("drift"), 1);
  EXPECT_EQ(counted("untracked"), 1);
  const Received drifted = client().get("/v1/sinks/shop/comparison?state=drift");
  EXPECT_EQ(drifted.count("/rows"), 1) << drifted.body;
  EXPECT_EQ(drifted.text("/rows/0/sku"), "B");
  EXPECT_EQ(drifted.text("/rows/0/location"), "berlin");
  EXPECT_EQ(drifted.number("/rows/0/ours"), 3);
  EXPECT_EQ(drifted.number("/rows/0/theirs"), 5);
  EXPECT_EQ(drifted.number("/rows/0/difference"), 2);
  EXPECT_EQ(drifted.number("/counts/drift"), 1);
  const Received page = client().get("/v1/sinks/shop/comparison?limit=2");
  EXPECT_EQ(page.count("/rows"), 2);
  const Received next =
      client().get("/v1/sinks/shop/comparison?limit=2&cursor=" + page.text("/next_cursor"));
  EXPECT_EQ(next.count("/rows"), 2);
  EXPECT_EQ(next.text("/next_cursor"), "");
  EXPECT_EQ(available("A"), 7) << "an observation moves nothing";
  const Received metrics = client().get("/metrics");
  EXPECT_THAT(metrics.body,
              testing::HasSubstr("holdfast_feed_compared{sink=\"shop\",state=\"drift\"} 1"));
}

TEST_F(ComparisonApi, ASourceTellsWhatItsChannelShows) {
  stock("A", 7);
  const Received told =
      deliver(R"({"id":"1","levels":[{"item":"A","site":"S1","qty":9,"at":"2026-11-23T10:00:00Z"},)"
              R"({"item":"A","site":"S9","qty":9,"at":"2026-11-23T10:00:00Z"},)"
              R"({"item":"A","site":"S1","qty":9}]})");
  EXPECT_EQ(told.status, 200);
  EXPECT_EQ(told.number("/parked"), 2) << "an unmapped place, and one without its time";
  EXPECT_TRUE(eventually([&] { return counted("drift") == 1; }));
  deliver(R"({"id":"2","levels":[{"item":"A","site":"S1","qty":7,"at":"2026-11-23T10:00:01Z"}]})");
  EXPECT_TRUE(eventually([&] { return counted("equal") == 1; }));
  EXPECT_EQ(client().get("/v1/sources/store").number("/observed"), 2);
  EXPECT_EQ(client().get("/v1/sources/store").number("/unnamed"), 0);
  EXPECT_EQ(available("A"), 7);
}

TEST_F(ComparisonApi, ItNamesWhatIsWrongWithAQuestionOrANumber) {
  const auto post = [&](const char* body) {
    return client().post("/v1/sinks/shop/comparison", body);
  };
  EXPECT_EQ(client().get("/v1/sinks/erp/comparison").status, 422);
  EXPECT_EQ(client().get("/v1/sinks/nobody/comparison").status, 404);
  EXPECT_EQ(client().get("/v1/sinks/shop/comparison?state=odd").code(), "invalid_value");
  EXPECT_EQ(client().get("/v1/sinks/shop/comparison?limit=1001").code(), "invalid_value");
  EXPECT_EQ(client().get("/v1/sinks/shop/comparison?cursor=%21").code(), "cursor_invalid");
  EXPECT_EQ(client().get("/v1/sinks/shop/comparison?page=2").code(), "unknown_field");
  EXPECT_EQ(post("{}").code(), "invalid_value");
  EXPECT_EQ(post(R"({"levels":[]})").code(), "invalid_value");
  EXPECT_EQ(post(R"({"levels":[{"available":1}]})").text("/errors/0/pointer"), "/levels/0/sku");
  EXPECT_EQ(post(R"({"levels":[{"sku":"A"}]})").text("/errors/0/pointer"), "/levels/0/available");
  EXPECT_EQ(post(R"({"levels":[{"sku":"A","available":1.5}]})").status, 422);
  EXPECT_EQ(post(R"({"levels":[{"sku":"A","available":1,"observed_at":"today"}]})")
                .text("/errors/0/pointer"),
            "/levels/0/observed_at");
  EXPECT_EQ(post(R"({"levels":[{"sku":"A","available":1,"place":"x"}]})").code(), "unknown_field");
  EXPECT_EQ(
      client().post("/v1/sinks/erp/comparison", R"({"levels":[{"sku":"A","available":1}]})").status,
      422);
}

}  // namespace
}  // namespace holdfast::http
