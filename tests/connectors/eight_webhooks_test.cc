// The whole feed with threads and real HTTP: of eight webhook sinks one answers 500 and one hangs. The
// other six stay unaffected; when the two return, they get everything.
#include <gtest/gtest.h>

#include <thread>

#include "connectors/registry.h"
#include "connectors/shared/standard_webhooks.h"
#include "feed/feed.h"
#include "tests/connectors/kit.h"
#include "tests/connectors/loopback_receiver.h"

namespace holdfast::test {
namespace {

constexpr const char* kSecret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

class EightWebhooks : public testing::Test {
 protected:
  void open_feed() {
    feed_.reset();
    feed::FeedServices services{&log_.store(), &stock_, &io::posix_file_system(), &clock_, &random_};
    feed_ = std::move(*feed::Feed::open(services, directory_.file("feed.log")));
    for (size_t i = 0; i < receivers_.size(); ++i) {
      connectors::SinkConfig config;
      config.settings.name = "shop-" + std::to_string(i);
      config.settings.retry.schedule = {0, 50 * kMillisecond, 50 * kMillisecond, 50 * kMillisecond};
      config.settings.circuit.probe_first = 50 * kMillisecond;
      config.settings.circuit.probe_max = 200 * kMillisecond;
      config.type = "webhook";
      config.url = receivers_[i].url();
      config.secrets = {kSecret};
      config.allow_private_networks = {"127.0.0.0/8"};
      config.timeout = timeout_;
      config.window = 8;
      auto sink = connectors::make_sink(config);
      ASSERT_TRUE(sink) << sink.error().detail;
      ASSERT_TRUE(feed_->add_sink(config.settings, std::move(*sink)));
    }
    feed_->start();
  }
  /// Looks at a condition on the feed again and again; false after 60 s, which only a hang takes.
  bool eventually(const std::function<bool()>& condition) {
    const Duration deadline = clock_.boot() + kMinute;
    while (!condition()) {
      if (clock_.boot() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }
  bool taken(size_t sink, Seq seq) {
    return feed_->status("shop-" + std::to_string(sink))->cursor >= seq;
  }

  TempDirectory directory_;
  TestLog log_;
  TestStock stock_{log_.store()};
  SystemClock clock_;
  SystemRandom random_;
  Duration timeout_ = kSecond;
  std::array<LoopbackReceiver, 8> receivers_;
  std::unique_ptr<feed::Feed> feed_;
};

TEST_F(EightWebhooks, OneFailsOneHangsSixAreUnaffectedAndAllEndComplete) {
  receivers_[3].answer_with([](const Received&) {
    return LoopbackReceiver::Answer{500, "", "", false};
  });
  receivers_[5].answer_with([](const Received&) {
    return LoopbackReceiver::Answer{200, "", "", true};
  });
  timeout_ = 15 * kSecond;
  open_feed();
  constexpr int kEvents = 400;
  for (int i = 0; i < kEvents; ++i) log_.receive("sku-" + std::to_string(i % 20));
  const Seq end = log_.store().durable_seq();
  for (const size_t healthy : {0, 1, 2, 4, 6, 7}) {
    EXPECT_TRUE(eventually([&] { return taken(healthy, end); })) << healthy;
    EXPECT_EQ(receivers_[healthy].accepted().size(), size_t{kEvents});
  }
  // They were done before the hanging one had so much as timed out once: nobody waited for it.
  EXPECT_EQ(feed_->status("shop-5")->failed, 0u);
  EXPECT_FALSE(taken(3, end));
  EXPECT_FALSE(taken(5, end));
  EXPECT_EQ(receivers_[3].accepted().size(), 0u);

  for (const size_t back : {3, 5}) receivers_[back].answer_with(nullptr);
  ASSERT_TRUE(eventually([&] { return feed_->caught_up(end); }));
  const auto secrets = *connectors::WebhookSecrets::make({kSecret});
  for (LoopbackReceiver& receiver : receivers_) {
    std::set<std::string> ids;
    std::map<std::string, Seq> newest;
    for (const Received& request : receiver.accepted()) {
      const std::string& id = request.headers.at("webhook-id");
      EXPECT_TRUE(secrets.verify(id, request.headers.at("webhook-timestamp"),
                                 request.headers.at("webhook-signature"), request.body,
                                 clock_.wall()));
      EXPECT_EQ(request.headers.at("content-type"),
                "application/cloudevents+json; charset=utf-8");
      if (!ids.insert(id).second) continue;
      const auto event = json::parse_value(request.body);
      const std::string sku(*event->find("/subject")->as_string());
      EXPECT_GT(seq_of_id(id), newest[sku]);
      newest[sku] = seq_of_id(id);
    }
    EXPECT_EQ(ids.size(), size_t{kEvents});
  }
  for (const feed::SinkStatus& status : feed_->status()) EXPECT_EQ(status.dead_letters, 0u);
}

TEST_F(EightWebhooks, AStoppedFeedGoesOnWhereItWas) {
  open_feed();
  for (int i = 0; i < 100; ++i) log_.receive("sku-" + std::to_string(i % 5));
  ASSERT_TRUE(eventually([&] { return feed_->caught_up(100); }));
  feed_->stop();
  open_feed();
  log_.receive("a");
  ASSERT_TRUE(eventually([&] { return feed_->caught_up(101); }));
  for (LoopbackReceiver& receiver : receivers_) EXPECT_EQ(receiver.accepted().size(), 101u);
}

TEST_F(EightWebhooks, AReceiverThatAnswers410IsDisabledAndResumed) {
  receivers_[2].answer_with([](const Received&) {
    return LoopbackReceiver::Answer{410, "", "", false};
  });
  open_feed();
  log_.receive("a");
  ASSERT_TRUE(eventually([&] { return feed_->status("shop-2")->state == feed::SinkState::kDisabled; }));
  EXPECT_EQ(feed_->status("shop-2")->last_error, "HTTP 410");
  ASSERT_TRUE(eventually([&] { return feed_->caught_up(1); }));
  receivers_[2].answer_with(nullptr);
  ASSERT_TRUE(feed_->resume("shop-2"));
  ASSERT_TRUE(eventually([&] { return receivers_[2].accepted().size() == 1; }));
}

// Schedule 38.
TEST_F(EightWebhooks, ACursorBeyondTheLogRefusesToStart) {
  open_feed();
  for (int i = 0; i < 10; ++i) log_.receive("a");
  ASSERT_TRUE(eventually([&] { return feed_->caught_up(10); }));
  feed_->stop();
  TestLog shorter;
  shorter.receive("a");
  feed::FeedServices services{&shorter.store(), &stock_, &io::posix_file_system(), &clock_, &random_};
  const auto opened = feed::Feed::open(services, directory_.file("feed.log"));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kSnapshotAhead);
  // After a restore the incarnation says why, and the cursor is cut to the log's end.
  TestLog restored(1);
  restored.receive("a");
  services.store = &restored.store();
  EXPECT_TRUE(feed::Feed::open(services, directory_.file("feed.log")));
}

TEST_F(EightWebhooks, UnknownSinksAndBackwardRangesAreRefused) {
  open_feed();
  EXPECT_EQ(feed_->pause("nobody").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(feed_->status("nobody").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(feed_->dead_letters("nobody").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(feed_->replay("shop-0", 5, 3).error().code, ErrorCode::kInvalidValue);
}

}  // namespace
}  // namespace holdfast::test
