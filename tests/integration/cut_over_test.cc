// docs/cut-over.md, command by command, with a shop of 10,000 SKUs and 400 open orders that goes on
// selling meanwhile, an import and a server that are killed in the middle, and receivers that hold
// every number they are told against a model of the shop.
#include <array>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <mutex>
#include <regex>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "base/random.h"
#include "io/crypto.h"
#include "tests/connectors/loopback_receiver.h"
#include "tests/integration/cut_over_shop.h"
#include "tests/integration/harness.h"

namespace holdfast::test {
namespace {

using ::testing::HasSubstr;

/// The block of the page behind `<!-- test:cut-over {name} -->`.
std::string block(const std::string& page, const std::string& name) {
  const size_t marker = page.find("<!-- test:cut-over " + name + " -->");
  if (marker == std::string::npos) return {};
  const size_t begin = page.find('\n', page.find("```", marker)) + 1;
  return page.substr(begin, page.find("```", begin) - begin);
}

uint64_t drawn_seed() {
  const char* given = std::getenv("HOLDFAST_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : SystemRandom().next();
}

/// Tells the shop's deliveries one after the other, as far as it is allowed to, and again until
/// they are answered: the server may be away.
class Pump {
 public:
  explicit Pump(const CutOverShop& shop) : shop_(shop), thread_([this] { run(); }) {}
  ~Pump() {
    stopping_ = true;
    thread_.join();
  }
  void server_is_at(const std::string& url) {
    std::lock_guard lock(mutex_);
    url_ = url;
  }
  void allow(size_t deliveries) { allowed_ = std::min(deliveries, shop_.deliveries().size()); }
  size_t sent() const { return sent_; }
  bool wait_until_sent() {
    return wait_until([this] { return sent_ == allowed_; });
  }
  std::string wrong_answers() const {
    std::lock_guard lock(mutex_);
    return wrong_answers_;
  }

 private:
  void run() {
    while (!stopping_) {
      if (sent_ == allowed_ || !tell(shop_.deliveries()[sent_])) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));  // between two looks
        continue;
      }
      ++sent_;
    }
  }
  bool tell(const ShopDelivery& delivery) {
    std::string url;
    {
      std::lock_guard lock(mutex_);
      url = url_;
    }
    if (!client_ || client_->base() != url) client_.emplace(url);
    const auto answer = client_->post("/v1/sources/shop-eu", delivery.body, headers_of(delivery));
    if (!answer || answer->status >= 500) return false;
    std::lock_guard lock(mutex_);
    if (answer->status != delivery.answer) {
      wrong_answers_ += fmt::format("{}: {} {}\n", delivery.id, answer->status, answer->body);
    }
    return true;
  }

 public:
  static app::HttpClient::Headers headers_of(const ShopDelivery& delivery) {
    const auto digest = io::hmac_sha256(delivery.secret, delivery.body);
    return {{"Content-Type", "application/json"},
            {"X-Shopify-Topic", delivery.topic},
            {"X-Shopify-Shop-Domain", "test.myshopify.com"},
            {"X-Shopify-Webhook-Id", delivery.id},
            {"X-Shopify-Hmac-Sha256", io::to_base64(io::as_text(digest))}};
  }

 private:
  const CutOverShop& shop_;
  mutable std::mutex mutex_;
  std::string url_ = "http://127.0.0.1:9";
  std::string wrong_answers_;
  std::optional<app::HttpClient> client_;
  std::atomic<size_t> allowed_{0}, sent_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

/// The shop's connector: sets what it is told, and remembers all of it.
class StockReceiver {
 public:
  StockReceiver() {
    receiver_.answer_with([this](const Received& request) {
      const auto told = json::parse_value(request.body);
      const json::Value* number =
          told ? told->find("/data/channels/web/available_to_sell") : nullptr;
      const json::Value* sku = told ? told->get("subject") : nullptr;
      std::lock_guard lock(mutex_);
      told_.emplace_back(sku ? sku->as_text().value_or("") : "",
                         number ? number->as_integer().value_or(-1) : -1);
      shown_[told_.back().first] = told_.back().second;
      return LoopbackReceiver::Answer{};
    });
  }
  std::string url() const { return receiver_.url("/stock"); }
  std::vector<std::pair<std::string, int64_t>> told() const {
    std::lock_guard lock(mutex_);
    return told_;
  }
  std::map<std::string, int64_t> shown() const {
    std::lock_guard lock(mutex_);
    return shown_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::pair<std::string, int64_t>> told_;
  std::map<std::string, int64_t> shown_;
  LoopbackReceiver receiver_;
};

/// Hears every event: adds up what is available, and notes every SKU that was called sold out.
class EventReceiver {
 public:
  EventReceiver() {
    receiver_.answer_with([this](const Received& request) {
      if (const auto event = json::parse_value(request.body)) take(*event);
      return LoopbackReceiver::Answer{};
    });
  }
  std::string url() const { return receiver_.url("/hooks"); }
  size_t events() const {
    std::lock_guard lock(mutex_);
    return seqs_.size();
  }
  std::map<std::string, int64_t> available() const {
    std::lock_guard lock(mutex_);
    return available_;
  }
  std::set<std::string> called_out() const {
    std::lock_guard lock(mutex_);
    return out_;
  }
  uint64_t last_seq() const {
    std::lock_guard lock(mutex_);
    return seqs_.empty() ? 0 : *seqs_.rbegin();
  }

 private:
  static std::string text(const json::Value& data, const char* name) {
    const json::Value* value = data.get(name);
    return value == nullptr ? std::string() : value->as_text().value_or("");
  }
  void take(const json::Value& event) {
    const json::Value* data = event.get("data");
    if (data == nullptr || data->get("seq") == nullptr) return;
    std::lock_guard lock(mutex_);
    // A crash repeats the last of them.
    if (!seqs_.insert(static_cast<uint64_t>(data->get("seq")->as_integer().value_or(0))).second)
      return;
    const std::string sku = text(*data, "sku");
    const json::Value* quantity = data->get("quantity");
    const int64_t units = quantity == nullptr ? 0 : quantity->as_integer().value_or(0);
    if (text(*data, "from") == "available") available_[sku] -= units;
    if (text(*data, "to") == "available") available_[sku] += units;
    if (text(event, "type").ends_with("availability.changed") && text(*data, "level") == "out") {
      out_.insert(sku);
    }
  }

  mutable std::mutex mutex_;
  std::set<uint64_t> seqs_;
  std::map<std::string, int64_t> available_;
  std::set<std::string> out_;
  LoopbackReceiver receiver_;
};

class CutOver : public ::testing::Test {
 protected:
  CutOver()
      : seed_(drawn_seed()),
        moment_(Timestamp{SystemClock().wall().us / kSecond * kSecond} + -600 * kSecond),
        shop_(seed_, moment_),
        pump_(shop_) {
    page_ = read_file(std::string(HOLDFAST_SOURCE_DIR) + "/docs/cut-over.md");
    std::filesystem::create_directory(dir_ / "bin");
    std::filesystem::create_symlink(HOLDFAST_BINARY, dir_ / "bin/holdfast");
    write_config();
    write_file(dir_ / "stock.csv", shop_.stock_csv());
    write_file(dir_ / "orders.csv", shop_.orders_csv());
    write_file(dir_ / "items.csv", shop_.items_csv());
  }

  void write_config() {
    std::string config = block(page_, "shop.toml");
    const std::string loopback = "\"\nallow_private_networks = [\"127.0.0.0/8\"]";
    config = std::regex_replace(config, std::regex("https://connector.example/stock\""),
                                channel_.url() + loopback);
    config = std::regex_replace(config, std::regex("https://erp.example/hooks\""),
                                erp_.url() + loopback);
    write_file(dir_ / "shop.toml", config);
  }

  std::map<std::string, std::string> environment() const {
    return {{"HOLDFAST_URL", server_ ? server_->url() : ""},
            {"SHOPIFY_SECRET", CutOverShop::kSecret},
            {"SHOP_WEBHOOK_SECRET", "whsec_aG9sZGZhc3QtaG9sZGZhc3QtaG9sZGZhc3Q="},
            {"ERP_WEBHOOK_SECRET", "whsec_aG9sZGZhc3QtaG9sZGZhc3QtaG9sZGZhc3Q="},
            {"PATH", (dir_ / "bin") + ":" + std::getenv("PATH")}};
  }

  void serve() {
    server_.reset();
    server_ = std::make_unique<Server>(
        dir_ / "ledger", std::vector<std::string>{"--config", "shop.toml"},
        ProcessOptions{.environment = environment(), .user = 0, .directory = dir_.path()});
    ASSERT_TRUE(server_->ready()) << server_->process().err();
    pump_.server_is_at(server_->url());
  }

  std::string command(const std::string& name) const {
    std::string text = block(page_, name);
    EXPECT_FALSE(text.empty()) << "docs/cut-over.md has no block " << name;
    text = std::regex_replace(text, std::regex("2026-11-23T06:00:00\\+01:00"), to_rfc3339(moment_));
    if (server_)
      text = std::regex_replace(text, std::regex("http://127.0.0.1:4653"), server_->url());
    return text;
  }

  /// Pastes a block of the page into a shell.
  Finished paste(const std::string& name) {
    std::string script = "set -e\ncd '" + dir_.path() + "'\n";
    for (const auto& [variable, value] : environment()) {
      if (!value.empty()) script += fmt::format("export {}='{}'\n", variable, value);
    }
    write_file(dir_ / "page.sh", script + command(name));
    FILE* shell = popen(("bash " + (dir_ / "page.sh") + " 2>&1").c_str(), "r");
    Finished finished;
    std::array<char, 4096> buffer;
    while (const size_t got = fread(buffer.data(), 1, buffer.size(), shell)) {
      finished.out.append(buffer.data(), got);
    }
    const int status = pclose(shell);
    finished.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return finished;
  }

  int64_t seq() {
    app::HttpClient client = server_->client();
    return get(client, "/v1/stock?limit=1").integer("/seq");
  }
  /// The page's second command of step 4, running.
  std::unique_ptr<Process> begin_import() {
    return std::make_unique<Process>(
        std::vector<std::string>{"import", "--opening", "--occurred-at", to_rfc3339(moment_),
                                 "stock.csv", "orders.csv"},
        ProcessOptions{.environment = environment(), .user = 0, .directory = dir_.path()});
  }
  /// Killed on the way; the server too, if asked.
  void interrupt_import(int64_t after_events, bool kill_server) {
    const int64_t begin = seq();
    auto import = begin_import();
    ASSERT_TRUE(wait_until([&] { return seq() >= begin + after_events; }));
    if (kill_server) {
      server_->kill();
      EXPECT_EQ(import->wait(), 1) << import->err();
      EXPECT_THAT(import->err(), HasSubstr("Run the same command again"));
    } else {
      import->signal(SIGKILL);
      EXPECT_EQ(import->wait(), 128 + SIGKILL) << "the import was over before it was killed";
    }
  }

  json::Value sink(const std::string& name) {
    app::HttpClient client = server_->client();
    return get(client, "/v1/sinks/" + name).body;
  }
  int64_t compared(const std::string& state) {
    const json::Value shown = sink("shop");
    const json::Value* count = shown.find("/comparison/" + state);
    return count == nullptr ? -1 : count->as_integer().value_or(-1);
  }
  bool settled(const std::string& name) {
    const json::Value shown = sink(name);
    const auto number = [&](const char* member) {
      return shown.get(member) == nullptr ? -1 : shown.get(member)->as_integer().value_or(-1);
    };
    return number("lag_events") == 0 && number("waiting") == 0 && number("in_flight") == 0;
  }

  /// Every number told may have been right when it was read; the last one of each SKU is.
  void check_numbers() {
    std::map<std::string, int64_t> last;
    for (const auto& [sku, number] : channel_.told()) {
      ASSERT_FALSE(shop_.uncounted().contains(sku)) << sku << " was never counted";
      ASSERT_TRUE(shop_.admissible(sku).contains(number))
          << sku << " was told " << number << ", seed " << seed_;
      last[sku] = number;
    }
    ASSERT_EQ(last.size(), CutOverShop::kSkus - shop_.uncounted().size());
    for (const auto& [sku, number] : last) {
      ASSERT_EQ(number, std::max<int64_t>(0, shop_.final_number(sku))) << sku << ", seed " << seed_;
    }
  }
  void check_events() {
    ASSERT_TRUE(wait_until([&] { return settled("erp"); })) << sink("erp").to_text();
    EXPECT_EQ(erp_.last_seq(), static_cast<uint64_t>(seq()));
    EXPECT_EQ(erp_.events(), erp_.last_seq()) << "every event, none missing";
    const auto available = erp_.available();
    for (const auto& [sku, number] : shop_.final_numbers()) {
      const auto told = available.find(sku);
      ASSERT_EQ(told == available.end() ? 0 : told->second, number) << sku << ", seed " << seed_;
    }
    for (const std::string& sku : erp_.called_out()) {
      EXPECT_TRUE(shop_.admissible(sku).contains(0)) << sku << " was never sold out";
    }
  }

  const uint64_t seed_;
  const Timestamp moment_;
  TempDir dir_;
  StockReceiver channel_;
  EventReceiver erp_;
  CutOverShop shop_;
  std::string page_;
  std::unique_ptr<Server> server_;
  Pump pump_;
};

TEST_F(CutOver, AShopOfTenThousandSkusByThePage) {
  RecordProperty("seed", std::to_string(seed_));
  fmt::print("HOLDFAST_SEED={}\n", seed_);
  // 1 and 2: configured, connected; orders come in before anything is counted.
  const Finished checked = paste("1");
  ASSERT_EQ(checked.exit_code, 0) << checked.out;
  EXPECT_THAT(command("serve"), HasSubstr("holdfast serve --config shop.toml"));
  serve();
  pump_.allow(150);
  ASSERT_TRUE(pump_.wait_until_sent());
  const Finished connected = paste("2");
  EXPECT_EQ(connected.exit_code, 0) << connected.out;

  // 4: the import is killed, then the server is; orders go on meanwhile.
  pump_.allow(400);
  interrupt_import(2'500, false);
  pump_.allow(550);
  interrupt_import(2'500, true);
  serve();
  const Finished loaded = paste("4");
  ASSERT_EQ(loaded.exit_code, 0) << loaded.out;
  EXPECT_THAT(loaded.out, HasSubstr("already there"));
  EXPECT_EQ(loaded.out.find(" 0 already there", loaded.out.find("checked")), std::string::npos)
      << loaded.out;

  // 5: what differs is what somebody made differ, and nothing was told yet.
  ASSERT_TRUE(pump_.wait_until_sent());
  ASSERT_TRUE(wait_until([&] { return settled("shop"); })) << sink("shop").to_text();
  const std::set<std::string> wrong = {"SKU-00001", "SKU-04242", "SKU-09998"};
  write_file(dir_ / "inventory_export.csv", shop_.inventory_export(pump_.sent(), wrong));
  const Finished compared_now = paste("5");
  EXPECT_EQ(compared_now.exit_code, 1) << compared_now.out;
  for (const std::string& sku : wrong) EXPECT_THAT(compared_now.out, HasSubstr(sku));
  EXPECT_EQ(compared("drift"), 3) << compared_now.out;
  EXPECT_EQ(compared("untracked"), 20);
  EXPECT_EQ(compared("equal"), 9'977);
  ASSERT_EQ(channel_.told().size(), 0u) << "an observing sink tells nothing";

  // 6 and 7: activated while orders come in.
  pump_.allow(shop_.deliveries().size() - 100);
  EXPECT_EQ(paste("6").exit_code, 0);
  pump_.allow(shop_.deliveries().size());
  ASSERT_TRUE(pump_.wait_until_sent());
  EXPECT_EQ(pump_.wrong_answers(), "");
  ASSERT_TRUE(wait_until([&] { return settled("shop"); }, std::chrono::seconds(60)))
      << sink("shop").to_text();
  check_numbers();
  check_events();

  // The shop shows what it was told: its own updates say so.
  app::HttpClient client = server_->client();
  const Timestamp now = SystemClock().wall() + kSecond;
  for (const auto& [sku, number] : channel_.shown()) {
    const ShopDelivery level = shop_.level_of(sku, number, now);
    const auto answer = client.post("/v1/sources/shop-eu", level.body, Pump::headers_of(level));
    ASSERT_TRUE(answer && answer->status == 200) << sku;
  }
  EXPECT_TRUE(wait_until([&] { return compared("equal") == 9'980; })) << sink("shop").to_text();
  const Finished watched = paste("7");
  EXPECT_EQ(watched.exit_code, 0) << watched.out;
  EXPECT_THAT(watched.out, HasSubstr("nothing is parked"));

  // 8: nothing is told any more.
  EXPECT_EQ(paste("8").exit_code, 0);
  const size_t told = channel_.told().size();
  EXPECT_THAT(read_file(dir_ / "now.csv"), HasSubstr("SKU-00001"));
  stock_up(client, "SKU-00002", 1);
  ASSERT_TRUE(wait_until([&] { return settled("erp"); }));
  EXPECT_EQ(channel_.told().size(), told);
  EXPECT_EQ(server_->stop(), 0);
  EXPECT_EQ(run_holdfast({"verify", "--data-dir", dir_ / "ledger"}).exit_code, 0);
}

}  // namespace
}  // namespace holdfast::test
