#include "app/demo/demo.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <thread>

#include <fmt/format.h>

#include "app/demo/signature.h"
#include "app/ports_wait.h"
#include "engine/journal_snapshots.h"
#include "engine/verify.h"
#include "io/file_system.h"
#include "json/print.h"

namespace holdfast::app {
namespace {

constexpr Duration kPatience = 30 * kSecond;  // for holds to run out and channels to hear
constexpr size_t kLinesPerRequest = 500;
constexpr size_t kComplaintsMax = 20;

/// Calls `done` until it is true or patience ends.
template <typename Done>
bool wait_until(const Done& done) {
  const SystemClock clock;
  const Duration end = clock.boot() + kPatience;
  while (!done()) {
    if (clock.boot() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

ChannelConfig channel_config(int channel) {
  ChannelConfig config;
  config.id = demo_channel(channel);
  // the same shelves for everyone; each begins with the one that lies nearest
  config.settings.locations = {"warehouse", "store"};
  if (channel == kTill) config.settings.locations = {"store", "warehouse"};
  config.settings.managed_by_config = true;
  return config;
}

connectors::SourceConfig source_config(int channel, const std::string& secret) {
  connectors::SourceConfig config;
  config.name = demo_channel(channel);
  config.type = "generic";
  config.channel = demo_channel(channel);
  config.secrets = {secret};
  config.default_location = channel == kTill ? "store" : "warehouse";
  config.mapping.items = "/items";
  config.mapping.id = "/id";
  config.mapping.fields["type"] = {"/event",
                                   {{"order.created", "order.placed"},
                                    {"order.cancelled", "order.cancelled"},
                                    {"goods.returned", "stock.returned"}},
                                   ""};
  for (const auto& [ours, theirs] :
       {std::pair("sku", "/sku"), std::pair("quantity", "/qty"), std::pair("order", "/order"),
        std::pair("occurred_at", "/at")}) {
    config.mapping.fields[ours].pointer = theirs;
  }
  return config;
}

connectors::SinkConfig sink_config(int channel, const std::string& secret, const std::string& url) {
  connectors::SinkConfig config;
  config.settings.name = demo_channel(channel);
  config.settings.deliver = feed::DeliverMode::kStock;
  config.settings.channel = demo_channel(channel);
  config.type = "webhook";
  config.url = url;
  config.secrets = {secret};
  config.allow_private_networks = {"127.0.0.0/8"};
  return config;
}

Result<std::string> make_data_dir() {
  std::error_code error;
  const std::filesystem::path base = std::filesystem::temp_directory_path(error);
  std::string path = ((error ? "/tmp" : base) / "holdfast-demo.XXXXXX").string();
  if (mkdtemp(path.data()) == nullptr) {
    return fail(ErrorCode::kIo, fmt::format("cannot make a directory '{}': {}; set TMPDIR", path,
                                            std::strerror(errno)));
  }
  return path;
}

}  // namespace

Demo::Demo(Day day, Duration day_length, uint64_t seed, bool abandon_carts)
    : day_(std::move(day)), day_length_(day_length), seed_(seed), abandon_carts_(abandon_carts) {}

Demo::~Demo() {
  shops_.clear();
  if (follower_) follower_->stop();
  node_.reset();
  std::error_code ignored;
  if (!data_dir_.empty()) std::filesystem::remove_all(data_dir_, ignored);
}

Result<std::unique_ptr<Demo>> Demo::start(Day day, Duration day_length, uint64_t seed,
                                          bool abandon_carts, telemetry::Log& log) {
  std::unique_ptr<Demo> demo(new Demo(std::move(day), day_length, seed, abandon_carts));
  HF_ASSIGN(data_dir, make_data_dir());
  demo->data_dir_ = data_dir;
  for (size_t channel = 0; channel < kDemoChannels; ++channel) {
    demo->secrets_[channel] = make_secret(seed + channel);
    HF_ASSIGN(storefront, Storefront::start(static_cast<int>(channel), demo->secrets_[channel]));
    demo->storefronts_[channel] = std::move(storefront);
  }
  HF_TRY(demo->start_node(log));
  HF_TRY(demo->fill_shelves());
  HF_TRY(demo->wait_for_channels());
  return demo;
}

Status Demo::start_node(telemetry::Log& log) {
  books_ = std::make_unique<TwinBooks>();
  NodeOptions options;
  options.listen = {"127.0.0.1", 0};
  options.data_dir = data_dir_;
  options.idempotency_keys_max = 4'000'000;
  for (int channel = 0; channel < kDemoChannels; ++channel) {
    const auto index = static_cast<size_t>(channel);
    options.channels.push_back(channel_config(channel));
    options.sources.push_back(source_config(channel, secrets_[index]));
    options.sinks.push_back(sink_config(channel, secrets_[index], storefronts_[index]->url()));
  }
  options.port_around = [this](CommandPort& engine) -> std::unique_ptr<CommandPort> {
    return std::make_unique<Recorder>(engine, *books_);
  };
  options.on_fatal = [this](const Error& error) {
    fmt::print(stderr, "holdfast: the demo's journal cannot be written: {}\n", error.detail);
    std::_Exit(kExitFailed);
  };
  HF_ASSIGN(node, Node::start(std::move(options), log));
  node_ = std::move(node);
  follower_ = std::make_unique<Follower>(node_->store(), *books_);
  follower_->start();
  for (const auto& storefront : storefronts_) storefront->follow(follower_.get());
  return {};
}

/// The morning's count: three quarters in the warehouse, the rest in the store.
Status Demo::fill_shelves() {
  HttpClient client(api());
  std::vector<std::pair<std::string, int64_t>> supply(day_.supply.begin(), day_.supply.end());
  for (size_t begin = 0; begin < supply.size(); begin += kLinesPerRequest) {
    const size_t end = std::min(begin + kLinesPerRequest, supply.size());
    for (const char* location : {"warehouse", "store"}) {
      std::string lines;
      for (size_t i = begin; i < end; ++i) {
        const int64_t in_store = supply[i].second / 4;
        const bool store = std::string_view(location) == "store";
        lines += lines.empty() ? "{\"sku\":" : ",{\"sku\":";
        json::print_text(&lines, supply[i].first);
        lines += fmt::format(",\"counted\":{}}}", store ? in_store : supply[i].second - in_store);
      }
      HF_ASSIGN(answer, client.post("/v1/events",
                                    fmt::format("{{\"type\":\"stock.counted\",\"location\":\"{}\","
                                                "\"lines\":[{}]}}",
                                                location, lines),
                                    {{"Idempotency-Key", fmt::format("morning-{}-{}", location, begin)}}));
      if (!answer.ok()) return fail(ErrorCode::kInternal, "the morning's count: " + answer.body);
    }
  }
  return {};
}

/// Nobody opens before every channel knows what lies on the shelves.
Status Demo::wait_for_channels() {
  Result<std::vector<std::string>> different = std::vector<std::string>();
  uint64_t compared = 0;
  const bool told = wait_until([&] {
    different = storefront_differences(&compared);
    return different && different->empty();
  });
  if (!different) return fail(different.error());
  if (!told) return fail(ErrorCode::kInternal, "the channels never heard: " + different->front());
  follower_->start_timing();
  return {};
}

std::string Demo::api() const { return fmt::format("http://127.0.0.1:{}", node_->port()); }

void Demo::open_shops() {
  std::array<std::vector<const DayOrder*>, kDemoChannels> orders;
  for (const DayOrder& order : day_.orders) {
    orders[static_cast<size_t>(order.channel)].push_back(&order);
  }
  opened_at_ = SystemClock().boot();
  for (int channel = 0; channel < kDemoChannels; ++channel) {
    ShopSettings settings;
    settings.channel = channel;
    settings.api = api();
    settings.secrets = secrets_;
    settings.day_length = day_length_;
    settings.abandon_carts = abandon_carts_;
    settings.seed = seed_;
    shops_.push_back(std::make_unique<Shop>(
        settings, std::move(orders[static_cast<size_t>(channel)]), open_lines_));
  }
  for (const auto& shop : shops_) shop->start();
}

bool Demo::day_is_over() const {
  return std::all_of(shops_.begin(), shops_.end(), [](const auto& shop) { return shop->done(); });
}

DemoProgress Demo::progress() {
  DemoProgress progress;
  for (size_t i = 0; i < kDemoChannels; ++i) {
    DemoProgress::Channel& channel = progress.channels[i];
    channel.name = demo_channel(static_cast<int>(i));
    channel.pushes = storefronts_[i]->pushes();
    const telemetry::Histogram& lag = follower_->lag(static_cast<int>(i));
    channel.lag_p50 = static_cast<Duration>(lag.quantile(0.5));
    channel.lag_p99 = static_cast<Duration>(lag.quantile(0.99));
    if (i >= shops_.size()) continue;
    channel.orders = shops_[i]->counters().orders;
    channel.lost = shops_[i]->counters().lost;
    channel.cancellations = shops_[i]->counters().cancellations;
  }
  progress.events = follower_->events();
  progress.shortfalls = follower_->shortfalls();
  progress.open_holds = follower_->open_holds();
  const double passed = static_cast<double>(SystemClock().boot() - opened_at_);
  progress.of_the_day = std::min(1.0, passed / static_cast<double>(std::max<Duration>(1, day_length_)));
  return progress;
}

DemoVerdict Demo::close_and_compare() {
  DemoVerdict verdict;
  for (const auto& shop : shops_) shop->close();
  for (const auto& shop : shops_) shop->join();
  for (const auto& shop : shops_) {
    if (const std::string failure = shop->failure(); !failure.empty()) {
      verdict.complaints.push_back(failure);
    }
  }
  wait_for_holds(&verdict);
  compare_storefronts(&verdict);
  follower_->catch_up();
  books_->finish();
  for (std::string& difference : compare_books(node_->commands(), *books_)) {
    verdict.complaints.push_back(std::move(difference));
  }
  verdict.commands_compared = books_->decided();
  verdict.skus = day_.supply.size();
  count_oversold(&verdict);
  return verdict;
}

/// Carts that were left run out by themselves; the books are compared when none is open.
void Demo::wait_for_holds(DemoVerdict* verdict) {
  const bool gone = wait_until([this] {
    Query query;
    query.type = QueryType::kHolds;
    query.open = true;
    query.limit = 1;
    const Result<QueryResult> open = query_and_wait(node_->commands(), std::move(query));
    return open && open->holds.empty();
  });
  if (!gone) verdict->complaints.push_back("holds are still open 30 s after the last cart");
}

Result<std::vector<std::string>> Demo::storefront_differences(uint64_t* compared) {
  std::vector<std::string> different;
  *compared = 0;
  HttpClient client(api());
  std::vector<std::string> skus;
  for (const auto& [sku, units] : day_.supply) skus.push_back(sku);
  for (int channel = 0; channel < kDemoChannels; ++channel) {
    const Storefront& storefront = *storefronts_[static_cast<size_t>(channel)];
    for (size_t begin = 0; begin < skus.size(); begin += kLinesPerRequest) {
      std::string lines;
      for (size_t i = begin; i < std::min(begin + kLinesPerRequest, skus.size()); ++i) {
        lines += lines.empty() ? "{\"sku\":" : ",{\"sku\":";
        json::print_text(&lines, skus[i]);
        lines += "}";
      }
      HF_ASSIGN(answer, client.post("/v1/availability",
                                    fmt::format("{{\"channel\":\"{}\",\"lines\":[{}]}}",
                                                demo_channel(channel), lines)));
      HF_ASSIGN(value, json::parse_value(answer.body));
      const json::Value* lines_told = value.get("lines");
      if (lines_told == nullptr) return fail(ErrorCode::kInternal, answer.body);
      for (const json::Value& line : lines_told->items()) {
        const std::string sku(line.get("sku")->as_string().value_or(""));
        const auto ours = line.get("available_to_sell")->as_integer();
        const auto theirs = storefront.number(sku);
        ++*compared;
        if (ours == theirs) continue;
        different.push_back(fmt::format("{} believes in {} of {}, the ledger says {}",
                                        demo_channel(channel), theirs.value_or(-1), sku,
                                        ours.value_or(-1)));
      }
    }
  }
  return different;
}

/// Every channel must end on the ledger's number for every SKU.
void Demo::compare_storefronts(DemoVerdict* verdict) {
  Result<std::vector<std::string>> different = std::vector<std::string>();
  wait_until([&] {
    different = storefront_differences(&verdict->numbers_compared);
    return different && different->empty();
  });
  if (!different) {
    verdict->complaints.push_back("the channels' numbers: " + different.error().detail);
    return;
  }
  for (size_t i = 0; i < std::min(different->size(), kComplaintsMax); ++i) {
    verdict->complaints.push_back((*different)[i]);
  }
  for (const auto& storefront : storefronts_) {
    if (storefront->refused() > 0) {
      verdict->complaints.push_back(fmt::format("{}: {} pushes with a wrong signature or body",
                                                storefront->url(), storefront->refused()));
    }
  }
}

/// By the shops' own count of what they have promised, and by the ledger's account of shortfalls.
void Demo::count_oversold(DemoVerdict* verdict) {
  std::map<std::string, int64_t> promised;
  for (const auto& shop : shops_) {
    for (const auto& [sku, units] : shop->promised()) promised[sku] += units;
  }
  for (const auto& [sku, units] : promised) {
    const auto supply = day_.supply.find(sku);
    const int64_t there = supply == day_.supply.end() ? 0 : supply->second;
    if (units <= there) continue;
    verdict->oversold += units - there;
    verdict->complaints.push_back(fmt::format("{}: {} promised, {} there", sku, units, there));
  }
  if (follower_->shortfalls() > 0) {
    verdict->complaints.push_back(fmt::format("{} shortfalls were opened", follower_->shortfalls()));
  }
}

void Demo::drain_and_verify(DemoVerdict* verdict) {
  if (follower_) follower_->stop();
  if (const Status drained = node_->drain(); !drained) {
    verdict->complaints.push_back("drain: " + drained.error().detail);
  }
  if (const std::string wrong = node_->ledger_after_drain().check(); !wrong.empty()) {
    verdict->complaints.push_back("ledger: " + wrong);
  }
  const std::string ledger_id = node_->ledger_id();
  for (const auto& storefront : storefronts_) storefront->follow(nullptr);
  follower_.reset();
  node_.reset();
  Result<std::unique_ptr<store::Journal>> journal =
      store::Journal::open(io::posix_file_system(), data_dir_, {});
  if (!journal) {
    verdict->complaints.push_back("verify: " + journal.error().detail);
    return;
  }
  engine::JournalSnapshots snapshots(**journal);
  ledger::LedgerOptions options;
  options.ledger_id = ledger_id;
  options.idempotency_keys_max = 4'000'000;
  const engine::VerifyReport report =
      engine::verify({**journal, &snapshots, [&] { return (*journal)->verify(); }, options});
  for (const auto& check : report.checks) {
    if (!check.passed) verdict->complaints.push_back("verify: " + check.name + ": " + check.detail);
  }
}

}  // namespace holdfast::app
