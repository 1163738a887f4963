// kill -9 under load, again and again, over segment switches and snapshots: whatever was
// acknowledged is there once, nothing else is. HOLDFAST_SEED replays the choices of a run (not the
// operating system's).
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <mutex>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "tests/integration/harness.h"

namespace holdfast::test {
namespace {

constexpr int kCycles = 50;
constexpr int kVerifyEvery = 10;
constexpr int kBuyers = 8;
constexpr int64_t kStock = 100'000'000;

enum class Kind { kOrder, kCart, kReleased, kLeft, kBatch };
constexpr uint64_t kKinds = 5;

/// One customer's doing: a few requests, each of which may be asked again and changes nothing then.
struct Purchase {
  std::string id;
  Kind kind = Kind::kOrder;
};

std::string lines_of(const Purchase& purchase) {
  switch (purchase.kind) {
    case Kind::kReleased:
      return R"([{"sku":"A","quantity":4}])";
    case Kind::kLeft:
      return R"([{"sku":"A","quantity":3}])";
    default:
      return R"([{"sku":"A","quantity":2},{"sku":"B","quantity":1}])";
  }
}

/// Is it an order in the end?
bool is_order(const Purchase& purchase) {
  return purchase.kind == Kind::kOrder || purchase.kind == Kind::kCart ||
         purchase.kind == Kind::kBatch;
}

/// Posts; nullopt when no answer came, which ends the purchase until the next start.
std::optional<app::HttpAnswer> ask(app::HttpClient& client, const std::string& path,
                                   const std::string& body, const std::string& key) {
  app::HttpClient::Headers headers;
  if (!key.empty()) headers.emplace_back("Idempotency-Key", key);
  Result<app::HttpAnswer> answer = client.post(path, body, headers);
  if (!answer) return std::nullopt;
  EXPECT_EQ(answer->status / 100, 2) << path << " " << body << ": " << answer->body;
  return std::move(*answer);
}

std::string hold_body(const Purchase& purchase) {
  // a cart that is left ends soon: the ledger expires it, often after a restart
  const int ttl_s = purchase.kind == Kind::kLeft ? 1 : 900;
  return fmt::format(R"({{"id":"{}","channel":"web","ttl_s":{},"lines":{}}})", purchase.id, ttl_s,
                     lines_of(purchase));
}

std::string batch_body(const Purchase& purchase) {
  return fmt::format(
      R"([{{"do":"order.accept","channel":"web","order":"{0}","idempotency_key":"{0}/1","lines":{1}}},)"
      R"({{"type":"stock.sold","channel":"web","location":"berlin","sku":"A","quantity":1,)"
      R"("idempotency_key":"{0}/2"}}])",
      purchase.id, lines_of(purchase));
}

/// All of the purchase, from its beginning, answered? The same again, whole or in part, changes
/// nothing.
bool go_through(app::HttpClient& client, const Purchase& purchase) {
  const std::string& id = purchase.id;
  const std::string hold = "/v1/holds/" + id;
  switch (purchase.kind) {
    case Kind::kOrder: {
      const std::string body =
          fmt::format(R"({{"channel":"web","order":"{}","lines":{}}})", id, lines_of(purchase));
      return ask(client, "/v1/orders", body, id).has_value();
    }
    case Kind::kCart:
      return ask(client, "/v1/holds", hold_body(purchase), id) &&
             ask(client, hold + "/commit", fmt::format(R"({{"order":"{}"}})", id), "");
    case Kind::kReleased:
      return ask(client, "/v1/holds", hold_body(purchase), id) &&
             ask(client, hold + "/release", "{}", "");
    case Kind::kLeft:
      return ask(client, "/v1/holds", hold_body(purchase), id).has_value();
    case Kind::kBatch: {
      const auto answer = ask(client, "/v1/batch", batch_body(purchase), "");
      if (!answer) return false;
      EXPECT_EQ(answer->body.find("\"code\""), std::string::npos) << answer->body;
      return true;
    }
  }
  return false;
}

/// Purchases by what the customers know of them.
struct Known {
  std::mutex mutex;
  std::vector<Purchase> answered;
  std::vector<Purchase> unknown;  ///< something was asked for, and no answer came

  size_t answers() {
    const std::lock_guard lock(mutex);
    return answered.size();
  }
};

/// Buys until the server is gone.
void buy_until_killed(const Server& server, const std::string& buyer, uint64_t seed, Known* known) {
  SeededRandom random(seed);
  app::HttpClient client = server.client();
  for (int n = 0;; ++n) {
    const Purchase purchase{fmt::format("{}-{}", buyer, n),
                            static_cast<Kind>(random.below(kKinds))};
    const bool done = go_through(client, purchase);
    const std::lock_guard lock(known->mutex);
    (done ? known->answered : known->unknown).push_back(purchase);
    if (!done) return;
  }
}

void check_is_there(app::HttpClient& client, const Purchase& purchase) {
  if (is_order(purchase)) {
    const Answer answer = get(client, "/v1/orders/web/" + purchase.id);
    ASSERT_EQ(answer.status, 200) << "acknowledged order " << purchase.id << " is gone";
    EXPECT_EQ(answer.integer("/lines/0/committed"), 2) << answer.body.to_text();
    EXPECT_EQ(answer.integer("/lines/1/committed"), 1) << answer.body.to_text();
    return;
  }
  const Answer answer = get(client, "/v1/holds/" + purchase.id);
  ASSERT_EQ(answer.status, 200) << "acknowledged hold " << purchase.id << " is gone";
  if (purchase.kind == Kind::kReleased) {
    EXPECT_EQ(answer.text("/status"), "closed") << answer.body.to_text();
    EXPECT_EQ(answer.integer("/lines/0/released"), 4) << answer.body.to_text();
  }
}

/// The balances are those purchases and no more.
void check_balances(app::HttpClient& client, const Known& known) {
  int64_t orders = 0, sold = 0;
  for (const Purchase& purchase : known.answered) {
    orders += is_order(purchase) ? 1 : 0;
    sold += purchase.kind == Kind::kBatch ? 1 : 0;
  }
  const Answer a = get(client, "/v1/stock/A"), b = get(client, "/v1/stock/B");
  EXPECT_EQ(a.integer("/locations/0/committed"), 2 * orders);
  EXPECT_EQ(b.integer("/locations/0/committed"), orders);
  // carts that were left may not have ended yet
  EXPECT_EQ(a.integer("/locations/0/available") + a.integer("/locations/0/held"),
            kStock - 2 * orders - sold);
  EXPECT_EQ(a.integer("/locations/0/held") % 3, 0);
  EXPECT_EQ(b.integer("/locations/0/held"), 0);
}

/// What was acknowledged since `checked` is there; what is unknown becomes known by asking again.
void check(app::HttpClient& client, Known* known, size_t checked) {
  for (size_t i = checked; i < known->answered.size(); ++i) {
    ASSERT_NO_FATAL_FAILURE(check_is_there(client, known->answered[i]));
  }
  for (const Purchase& purchase : known->unknown) {
    ASSERT_TRUE(go_through(client, purchase)) << purchase.id;
    known->answered.push_back(purchase);
  }
  known->unknown.clear();
  check_balances(client, *known);
}

uint64_t seed_of_this_run() {
  const char* given = std::getenv("HOLDFAST_SEED");
  const uint64_t seed =
      given != nullptr ? std::strtoull(given, nullptr, 10) : SystemRandom().next() % 1'000'000;
  fmt::print("HOLDFAST_SEED={}\n", seed);
  return seed;
}

size_t files_named(const std::string& directory, const std::string& prefix) {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    count += entry.path().filename().string().starts_with(prefix) ? 1 : 0;
  }
  return count;
}

TEST(Kill, EverythingAcknowledgedSurvivesFiftyKills) {
  const uint64_t seed = seed_of_this_run();
  SCOPED_TRACE(fmt::format("HOLDFAST_SEED={}", seed));
  SeededRandom random(seed);
  const TempDir dir;
  // small enough for kills to meet the end of a segment and the writing of a snapshot
  ProcessOptions small;
  small.environment = {{"HOLDFAST_TEST_SEGMENT_KIB", "256"},
                       {"HOLDFAST_TEST_SNAPSHOT_EVENTS", "500"}};
  Known known;
  size_t checked = 0;
  for (int cycle = 0; cycle < kCycles; ++cycle) {
    Server server(dir / "data", {}, small);
    ASSERT_TRUE(server.ready()) << "cycle " << cycle << ": " << server.process().err();
    app::HttpClient client = server.client();
    if (cycle == 0) {
      stock_up(client, "A", kStock);
      stock_up(client, "B", kStock);
    }
    check(client, &known, checked);
    if (::testing::Test::HasFailure()) return;
    checked = known.answered.size();

    std::vector<std::thread> buyers;
    for (int buyer = 0; buyer < kBuyers; ++buyer) {
      buyers.emplace_back([&, buyer, own = random.next()] {
        buy_until_killed(server, fmt::format("{}-{}", cycle, buyer), own, &known);
      });
    }
    // under load: after a number of answers drawn once, and wherever the others are by then
    const size_t enough = checked + 1 + random.below(200);
    const bool reached = wait_until([&] { return known.answers() >= enough; });
    server.kill();
    for (std::thread& buyer : buyers) buyer.join();
    ASSERT_TRUE(reached) << "cycle " << cycle << ": no load";
    if (cycle % kVerifyEvery == kVerifyEvery - 1) {
      const Finished verified = run_holdfast({"verify", "--data-dir", dir / "data"});
      ASSERT_EQ(verified.exit_code, 0) << "cycle " << cycle << ": " << verified.out << verified.err;
    }
  }
  EXPECT_GE(files_named(dir / "data", "segment-"), 8u) << "no kill met the end of a segment";
  EXPECT_GE(files_named(dir / "data", "snapshot-"), 1u) << "no kill met a snapshot";
  Server server(dir / "data", {}, small);
  ASSERT_TRUE(server.ready()) << server.process().err();
  app::HttpClient client = server.client();
  check(client, &known, 0);
  EXPECT_TRUE(wait_until([&] {
    return get(client, "/v1/stock/A").integer("/locations/0/held") == 0;
  })) << "carts that were left never ended";
  check_balances(client, known);
  EXPECT_EQ(server.stop(), 0);
}

}  // namespace
}  // namespace holdfast::test
