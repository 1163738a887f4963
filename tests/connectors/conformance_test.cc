// What every sink must do, run for each of them. A new connector adds one line to kSinks.
//
// The sink is the real one, made by the registry, behind the real courier; what arrives is taken at its
// other end: requests at a loopback receiver, lines from a pipe, or (noop has no other end) its reports.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "connectors/registry.h"
#include "connectors/stdout/sink.h"
#include "feed/cursor_file.h"
#include "tests/connectors/kit.h"
#include "tests/connectors/loopback_receiver.h"

namespace holdfast::test {
namespace {

constexpr const char* kSecret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// The other end of a sink.
class Counterpart {
 public:
  virtual ~Counterpart() = default;
  virtual std::unique_ptr<feed::Sink> make_sink() = 0;
  /// Bodies taken so far, in order.
  virtual std::vector<std::string> taken() = 0;
  /// While set, what mentions `word` is not taken; false if this counterpart takes everything.
  virtual bool refuse(const std::string& word) = 0;
};

class WebhookCounterpart final : public Counterpart {
 public:
  std::unique_ptr<feed::Sink> make_sink() override {
    connectors::SinkConfig config;
    config.type = "webhook";
    config.url = receiver_.url();
    config.secrets = {kSecret};
    config.allow_private_networks = {"127.0.0.0/8"};
    config.timeout = 500 * kMillisecond;
    return std::move(*connectors::make_sink(config));
  }
  std::vector<std::string> taken() override {
    std::vector<std::string> bodies;
    for (const Received& request : receiver_.accepted()) bodies.push_back(request.body);
    return bodies;
  }
  bool refuse(const std::string& word) override {
    receiver_.answer_with([word](const Received& request) {
      const bool refused = !word.empty() && request.body.find(word) != std::string::npos;
      return LoopbackReceiver::Answer{refused ? 503 : 204, "", "", false};
    });
    return true;
  }

 private:
  LoopbackReceiver receiver_;
};

class StdoutCounterpart final : public Counterpart {
 public:
  StdoutCounterpart() {
    if (::pipe2(pipe_, O_CLOEXEC) != 0) std::abort();
    ::fcntl(pipe_[0], F_SETFL, O_NONBLOCK);
    ::fcntl(pipe_[1], F_SETPIPE_SZ, 1 << 20);
  }
  ~StdoutCounterpart() override {
    ::close(pipe_[0]);
    ::close(pipe_[1]);
  }
  std::unique_ptr<feed::Sink> make_sink() override {
    return std::make_unique<connectors::standard_output::StdoutSink>(pipe_[1]);
  }
  std::vector<std::string> taken() override {
    char chunk[16 << 10];
    ssize_t count = 0;
    while ((count = ::read(pipe_[0], chunk, sizeof chunk)) > 0) text_.append(chunk, count);
    size_t end = 0;
    while ((end = text_.find('\n')) != std::string::npos) {
      lines_.push_back(text_.substr(0, end));
      text_.erase(0, end + 1);
    }
    return lines_;
  }
  bool refuse(const std::string&) override { return false; }

 private:
  int pipe_[2] = {};
  std::string text_;
  std::vector<std::string> lines_;
};

/// Notes what a sink was given and reported as delivered.
class Witness final : public feed::Sink {
 public:
  Witness(std::unique_ptr<feed::Sink> sink, std::vector<std::string>* bodies)
      : sink_(std::move(sink)), bodies_(bodies) {}
  Status open() override { return sink_->open(); }
  size_t window() const override { return sink_->window(); }
  void deliver(std::vector<feed::Item> items, Timestamp now) override {
    for (const feed::Item& item : items) waiting_[item.token] = item.body;
    sink_->deliver(std::move(items), now);
  }
  std::vector<feed::Report> poll(Duration wait) override {
    auto reports = sink_->poll(wait);
    for (const feed::Report& report : reports) {
      if (report.verdict == feed::Verdict::kDelivered) bodies_->push_back(waiting_[report.token]);
    }
    return reports;
  }
  void wake() override { sink_->wake(); }

 private:
  std::unique_ptr<feed::Sink> sink_;
  std::vector<std::string>* bodies_;
  std::map<uint64_t, std::string> waiting_;
};

class NoopCounterpart final : public Counterpart {
 public:
  std::unique_ptr<feed::Sink> make_sink() override {
    connectors::SinkConfig config;
    config.type = "noop";
    return std::make_unique<Witness>(std::move(*connectors::make_sink(config)), &bodies_);
  }
  std::vector<std::string> taken() override { return bodies_; }
  bool refuse(const std::string&) override { return false; }

 private:
  std::vector<std::string> bodies_;
};

struct SinkUnderTest {
  const char* name;
  std::unique_ptr<Counterpart> (*make)();
};
template <typename C>
std::unique_ptr<Counterpart> make_counterpart() {
  return std::make_unique<C>();
}
const SinkUnderTest kSinks[] = {
    {"webhook", make_counterpart<WebhookCounterpart>},
    {"noop", make_counterpart<NoopCounterpart>},
    {"stdout", make_counterpart<StdoutCounterpart>},
};

class Conformance : public testing::TestWithParam<SinkUnderTest> {
 protected:
  Conformance() : counterpart_(GetParam().make()) {
    settings_.name = "under-test";
    settings_.retry.schedule = {0, 20 * kMillisecond, 20 * kMillisecond};
    reopen_file();
  }
  void reopen_file() {
    runner_.reset();
    cursors_ = std::move(*feed::CursorFile::open(io::posix_file_system(),
                                                 directory_.file("feed.log"), "testledger00"));
  }
  void start() {
    feed::FeedServices services{&log_.store(), &stock_, &io::posix_file_system(), &clock_, &random_};
    runner_ = std::make_unique<feed::CourierRunner>(services, settings_, counterpart_->make_sink(),
                                                    *cursors_);
  }
  /// Works until the condition holds; false after ten seconds.
  bool work_until(const std::function<bool()>& condition) {
    const Duration deadline = clock_.boot() + 10 * kSecond;
    while (!condition()) {
      if (clock_.boot() > deadline) return false;
      runner_->do_work(10 * kMillisecond);
      EXPECT_TRUE(cursors_->flush());
    }
    return true;
  }
  std::vector<std::pair<std::string, Seq>> taken() {
    std::vector<std::pair<std::string, Seq>> all;
    for (const std::string& body : counterpart_->taken()) {
      const auto event = json::parse_value(body);
      if (!event) {
        ADD_FAILURE() << "not JSON: " << body;
        continue;
      }
      all.emplace_back(event->find("/subject")->as_string().value_or(""),
                       seq_of_id(std::string(*event->find("/id")->as_string())));
    }
    return all;
  }
  void expect_order_of_first_deliveries() {
    std::set<Seq> seen;
    std::map<std::string, Seq> newest;
    for (const auto& [sku, seq] : taken()) {
      if (!seen.insert(seq).second) continue;
      EXPECT_GT(seq, newest[sku]) << sku;
      newest[sku] = seq;
    }
  }

  TempDirectory directory_;
  TestLog log_;
  TestStock stock_{log_.store()};
  SystemClock clock_;
  SystemRandom random_;
  feed::SinkSettings settings_;
  std::unique_ptr<Counterpart> counterpart_;
  std::unique_ptr<feed::CursorFile> cursors_;
  std::unique_ptr<feed::CourierRunner> runner_;
};

TEST_P(Conformance, TakesABatchWholeAndInOrderPerSku) {
  for (int i = 0; i < 200; ++i) log_.receive("sku-" + std::to_string(i % 9));
  start();
  ASSERT_TRUE(work_until([&] { return runner_->status().cursor == 200; }));
  ASSERT_TRUE(work_until([&] { return counterpart_->taken().size() >= 200; }));
  EXPECT_EQ(taken().size(), 200u);
  expect_order_of_first_deliveries();
}

TEST_P(Conformance, ARestartGoesOnWhereItWas) {
  for (int i = 0; i < 50; ++i) log_.receive("a");
  start();
  ASSERT_TRUE(work_until([&] { return runner_->status().cursor == 50; }));
  ASSERT_TRUE(cursors_->flush());
  reopen_file();
  log_.receive("a");
  start();
  ASSERT_TRUE(work_until([&] { return runner_->status().cursor == 51; }));
  EXPECT_EQ(taken().size(), 51u);
}

TEST_P(Conformance, ACrashBetweenDeliveryAndCursorRepeatsAndNeverSkips) {
  for (int i = 0; i < 60; ++i) log_.receive("sku-" + std::to_string(i % 4));
  start();
  // Rounds without a flush: delivered, and not remembered.
  while (runner_->status().cursor < 30) runner_->do_work(10 * kMillisecond);
  reopen_file();
  start();
  ASSERT_TRUE(work_until([&] { return runner_->status().cursor == 60; }));
  std::set<Seq> got;
  for (const auto& [sku, seq] : taken()) got.insert(seq);
  EXPECT_EQ(got.size(), 60u);
  EXPECT_GE(taken().size(), 90u - 4);
  expect_order_of_first_deliveries();
}

TEST_P(Conformance, APoisonItemStopsNobodyElse) {
  const bool refuses = counterpart_->refuse("\"poison\"");
  for (int i = 0; i < 10; ++i) {
    log_.receive("poison");
    log_.receive("sku-" + std::to_string(i));
  }
  start();
  ASSERT_TRUE(work_until([&] { return runner_->status().cursor == 20; }));
  std::map<std::string, size_t> counts;
  for (const auto& [sku, seq] : taken()) ++counts[sku];
  for (int i = 0; i < 10; ++i) EXPECT_EQ(counts["sku-" + std::to_string(i)], 1u);
  EXPECT_EQ(counts["poison"], refuses ? 0u : 10u);
  counterpart_->refuse("");
  ASSERT_TRUE(work_until([&] {
    const auto status = runner_->status();
    return status.parked == 0 &&
           taken().size() + status.dead_letters == 20;
  }));
  expect_order_of_first_deliveries();
}

TEST_P(Conformance, NewEventsWakeItUp) {
  start();
  for (int i = 0; i < 20; ++i) {
    log_.receive("a");
    ASSERT_TRUE(work_until([&] { return runner_->status().cursor == Seq(i + 1); }));
  }
  EXPECT_EQ(taken().size(), 20u);
}

TEST_P(Conformance, WakeEndsAWaitForReports) {
  auto sink = counterpart_->make_sink();
  const Duration begin = clock_.boot();
  sink->wake();
  EXPECT_TRUE(sink->poll(30 * kSecond).empty());
  EXPECT_LT(clock_.boot() - begin, 20 * kSecond);
}

TEST_P(Conformance, CarriesStockNumbersToo) {
  settings_.deliver = feed::DeliverMode::kStock;
  settings_.channel = "web";
  start();
  for (int i = 0; i < 30; ++i) {
    const std::string sku = "sku-" + std::to_string(i % 3);
    stock_.available[sku] = 100 - i;
    log_.receive(sku);
  }
  ASSERT_TRUE(work_until([&] { return runner_->status().cursor == 30; }));
  std::map<std::string, int64_t> told;
  for (const std::string& body : counterpart_->taken()) {
    const auto event = json::parse_value(body);
    ASSERT_TRUE(event);
    told[std::string(*event->find("/subject")->as_string())] =
        *event->find("/data/channels/web/available_to_sell")->as_integer();
  }
  EXPECT_EQ(told, (std::map<std::string, int64_t>{{"sku-0", 73}, {"sku-1", 72}, {"sku-2", 71}}));
}

INSTANTIATE_TEST_SUITE_P(Sinks, Conformance, testing::ValuesIn(kSinks),
                         [](const auto& sink) { return std::string(sink.param.name); });

}  // namespace
}  // namespace holdfast::test
