#include "app/demo/shop.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "app/demo/signature.h"
#include "base/hash.h"
#include "json/print.h"

namespace holdfast::app {
namespace {

constexpr int kClerks = 3;
constexpr int kAttempts = 6;           // a basket is asked for again without what was short
constexpr uint64_t kAbandonedPercent = 8;
constexpr uint64_t kRepeatedPercent = 5;
constexpr int64_t kCartTtlS = 900;
constexpr int64_t kAbandonedTtlS = 2;

std::string json_text(std::string_view text) {
  std::string out;
  json::print_text(&out, text);
  return out;
}

}  // namespace

Shop::Shop(ShopSettings settings, std::vector<const DayOrder*> orders, OpenLines& open_lines)
    : settings_(std::move(settings)), orders_(std::move(orders)), open_lines_(open_lines) {}

Shop::~Shop() {
  close();
  join();
}

void Shop::start() {
  opened_at_ = SystemClock().boot();
  clerks_at_work_ = kClerks;
  for (int clerk = 0; clerk < kClerks; ++clerk) {
    clerks_.emplace_back([this, clerk] { work(clerk); });
  }
}

void Shop::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  closing_.notify_all();
}

void Shop::join() {
  for (std::thread& clerk : clerks_) clerk.join();
  clerks_.clear();
}

std::map<std::string, int64_t> Shop::promised() const {
  const std::lock_guard lock(mutex_);
  return promised_;
}

std::string Shop::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

void Shop::note_failure(const std::string& what) {
  const std::lock_guard lock(mutex_);
  if (failure_.empty()) failure_ = fmt::format("{}: {}", demo_channel(settings_.channel), what);
}

/// The same for the same order and seed, whichever clerk serves it.
bool Shop::lucky(const std::string& order, uint64_t percent) const {
  return hash64(order, settings_.seed + percent) % 100 < percent;
}

void Shop::work(int) {
  HttpClient client(settings_.api);
  for (;;) {
    const size_t index = next_.fetch_add(1);
    if (index >= orders_.size() || !wait_until_due(*orders_[index])) break;
    serve(client, *orders_[index]);
  }
  --clerks_at_work_;
}

bool Shop::wait_until_due(const DayOrder& order) {
  const SystemClock clock;
  const auto due = opened_at_ + static_cast<Duration>(order.at * static_cast<double>(settings_.day_length));
  std::unique_lock lock(mutex_);
  for (;;) {
    const Duration left = due - clock.boot();
    if (closed_) return false;
    if (left <= 0) return true;
    closing_.wait_for(lock, std::chrono::microseconds(left));
  }
}

void Shop::serve(HttpClient& client, const DayOrder& order) {
  if (order.cancellation) {
    take_back(client, order);
  } else if (settings_.channel == kTill) {
    serve_till(client, order);
  } else if (settings_.channel == 0) {
    serve_web(client, order);
  } else {
    serve_market(client, order);
  }
}

Result<HttpAnswer> Shop::post(HttpClient& client, const std::string& path, const std::string& body,
                              const std::string& key) {
  Result<HttpAnswer> answer = client.post(path, body, {{"Idempotency-Key", key}});
  // no answer, or "may have happened": the key makes asking again safe
  for (int repeat = 0; repeat < kAttempts; ++repeat) {
    if (answer && answer->status != 503) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(20 << repeat));
    answer = client.post(path, body, {{"Idempotency-Key", key}});
  }
  return answer;
}

Result<json::Value> Shop::ask_for_units(HttpClient& client, const DayOrder& order,
                                        const std::string& path, const std::string& members,
                                        Basket* basket) {
  for (int attempt = 0; attempt < kAttempts && !basket->empty(); ++attempt) {
    std::string lines;
    for (const Units& units : *basket) {
      lines += fmt::format("{}{{\"sku\":{},\"quantity\":{}}}", lines.empty() ? "" : ",",
                           json_text(units.sku), units.quantity);
    }
    const std::string body = fmt::format("{{\"channel\":\"{}\",{},\"lines\":[{}]}}",
                                         demo_channel(settings_.channel), members, lines);
    HF_ASSIGN(answer, post(client, path, body, fmt::format("{}-units-{}", order.number, attempt)));
    HF_ASSIGN(value, json::parse_value(answer.body));
    if (answer.ok()) return value;
    const json::Value* shortages = value.get("shortages");
    if (answer.status != 409 || shortages == nullptr) {
      return fail(ErrorCode::kInternal, fmt::format("{} answered {}: {}", path, answer.status, answer.body));
    }
    for (const json::Value& shortage : shortages->items()) {
      const std::string sku(shortage.get("sku")->as_string().value_or(""));
      const json::Value* left = shortage.get("available_to_sell");
      for (Units& units : *basket) {
        if (units.sku != sku) continue;
        ++counters_.short_lines;
        units.quantity = std::min(units.quantity, left ? left->as_integer().value_or(0) : 0);
      }
    }
    std::erase_if(*basket, [](const Units& units) { return units.quantity <= 0; });
  }
  basket->clear();
  return json::Value();
}

namespace {

/// One line per SKU: what a shop's basket shows.
template <typename Basket>
Basket basket_of(const DayOrder& order) {
  Basket basket;
  for (const DayLine& line : order.lines) {
    const auto same = std::find_if(basket.begin(), basket.end(),
                                   [&](const auto& units) { return units.sku == line.sku; });
    if (same != basket.end()) {
      same->quantity += line.quantity;
    } else {
      basket.push_back({line.sku, line.quantity});
    }
  }
  return basket;
}

/// The shop names its holds itself, after the order: the twin's books then name them alike.
std::string hold_id(const DayOrder& order) {
  return fmt::format("cart-{:016x}", hash64(order.number));
}

std::string hold_members(const DayOrder& order, int64_t ttl_s) {
  return fmt::format("\"id\":\"{}\",\"reference\":{},\"ttl_s\":{}", hold_id(order),
                     json_text(order.number), ttl_s);
}

}  // namespace

void Shop::serve_web(HttpClient& client, const DayOrder& order) {
  Basket basket = basket_of<Basket>(order);
  const bool abandoned = settings_.abandon_carts && lucky(order.number, kAbandonedPercent);
  const std::string members = hold_members(order, abandoned ? kAbandonedTtlS : kCartTtlS);
  const Result<json::Value> hold = ask_for_units(client, order, "/v1/holds", members, &basket);
  if (!hold) return note_failure(hold.error().detail);
  if (basket.empty()) {
    ++counters_.lost;
    return;
  }
  if (abandoned) {
    ++counters_.abandoned;
    return;
  }
  const auto committed = post(client, "/v1/holds/" + hold_id(order) + "/commit",
                              fmt::format("{{\"order\":{}}}", json_text(order.number)),
                              order.number + "-commit");
  if (!committed || !committed->ok()) {
    return note_failure(fmt::format("commit of order {}: {}", order.number,
                                    committed ? committed->body : committed.error().detail));
  }
  promise(order, basket);
  deliver(client, settings_.channel, "order.created", order.number, basket, order.number + "-created");
}

void Shop::serve_market(HttpClient& client, const DayOrder& order) {
  Basket basket = basket_of<Basket>(order);
  const Result<json::Value> accepted = ask_for_units(
      client, order, "/v1/orders", fmt::format("\"order\":{}", json_text(order.number)), &basket);
  if (!accepted) return note_failure(accepted.error().detail);
  if (basket.empty()) {
    ++counters_.lost;
    return;
  }
  promise(order, basket);
  deliver(client, settings_.channel, "order.created", order.number, basket, order.number + "-created");
}

/// Scanning holds the units, paying turns the hold into sales: released and sold in one slice of a batch, so
/// nobody comes in between.
void Shop::serve_till(HttpClient& client, const DayOrder& order) {
  Basket basket = basket_of<Basket>(order);
  const std::string members = hold_members(order, kCartTtlS);
  const Result<json::Value> hold = ask_for_units(client, order, "/v1/holds", members, &basket);
  if (!hold) return note_failure(hold.error().detail);
  if (basket.empty()) {
    ++counters_.lost;
    return;
  }
  std::string batch = fmt::format("[{{\"do\":\"hold.release\",\"id\":{}}}", json_text(hold_id(order)));
  const json::Value* lines = hold->find("/hold/lines");
  if (lines == nullptr) lines = hold->get("lines");
  int number = 0;
  // at the place the hold had them: a cashier sells what lies on the counter
  for (const json::Value& line : lines == nullptr ? std::vector<json::Value>() : lines->items()) {
    batch += fmt::format(
        ",{{\"type\":\"stock.sold\",\"channel\":\"{}\",\"sku\":{},\"location\":{},\"quantity\":{},"
        "\"idempotency_key\":{}}}",
        demo_channel(settings_.channel), json_text(line.get("sku")->as_string().value_or("")),
        json_text(line.get("location")->as_string().value_or("")),
        line.get("quantity")->as_integer().value_or(0),
        json_text(fmt::format("{}-receipt-{}", order.number, ++number)));
  }
  const auto sold = post(client, "/v1/batch", batch + "]", order.number + "-till");
  if (!sold || !sold->ok()) {
    return note_failure(fmt::format("receipt {}: {}", order.number,
                                    sold ? sold->body : sold.error().detail));
  }
  const Result<json::Value> answer = json::parse_value(sold->body);
  const json::Value* results = answer ? answer->get("results") : nullptr;
  for (const json::Value& result : results ? results->items() : std::vector<json::Value>()) {
    const std::string_view status = result.get("status")->as_string().value_or("");
    if (status != "recorded" && status != "accepted" && status != "duplicate") {
      return note_failure(fmt::format("receipt {}: {}", order.number, result.to_text()));
    }
  }
  promise(order, basket);
}

void Shop::promise(const DayOrder& order, const Basket& basket) {
  ++counters_.orders;
  {
    const std::lock_guard lock(mutex_);
    for (const Units& units : basket) promised_[units.sku] += units.quantity;
  }
  for (const Units& units : basket) {
    open_lines_.sold(units.sku, settings_.channel, order.number, units.quantity);
  }
}

/// The units go back to whichever order was the youngest; what no order has is a return over the counter.
void Shop::take_back(HttpClient& client, const DayOrder& order) {
  ++counters_.cancellations;
  int number = 0;
  for (const DayLine& line : order.lines) {
    int64_t rest = line.quantity;
    for (const OpenLines::Line& open : open_lines_.take_youngest(line.sku, line.quantity)) {
      rest -= open.quantity;
      const std::string id = fmt::format("{}-{}", order.number, ++number);
      const bool sold = open.channel == kTill;
      deliver(client, open.channel, sold ? "goods.returned" : "order.cancelled",
              sold ? "" : open.order, {{line.sku, open.quantity}}, id);
      const std::lock_guard lock(mutex_);
      promised_[line.sku] -= open.quantity;
    }
    if (rest > 0) {
      const std::string id = fmt::format("{}-{}", order.number, ++number);
      deliver(client, settings_.channel, "goods.returned", "", {{line.sku, rest}}, id);
      const std::lock_guard lock(mutex_);
      promised_[line.sku] -= rest;
    }
  }
}

void Shop::deliver(HttpClient& client, int channel, const std::string& kind,
                   const std::string& order, const Basket& basket, const std::string& id) {
  const Timestamp now = SystemClock().wall();
  std::string items;
  for (const Units& units : basket) {
    items += fmt::format("{}{{\"sku\":{},\"qty\":{}}}", items.empty() ? "" : ",", json_text(units.sku),
                         units.quantity);
  }
  const std::string body =
      fmt::format("{{\"event\":\"{}\",\"id\":{},{}\"at\":\"{}\",\"items\":[{}]}}", kind, json_text(id),
                  order.empty() ? "" : fmt::format("\"order\":{},", json_text(order)),
                  to_rfc3339(now), items);
  const std::string timestamp = fmt::format("{}", now.us / kSecond);
  const int times = lucky(id, kRepeatedPercent) ? 2 : 1;
  if (times == 2) ++counters_.repeats;
  const std::string path = fmt::format("/v1/sources/{}", demo_channel(channel));
  const HttpClient::Headers headers = {
      {"webhook-id", id},
      {"webhook-timestamp", timestamp},
      {"webhook-signature", sign_delivery(settings_.secrets[static_cast<size_t>(channel)], id, timestamp, body)}};
  for (int time = 0; time < times; ++time) {
    Result<HttpAnswer> answer = client.post(path, body, headers);
    for (int repeat = 0; repeat < kAttempts && (!answer || answer->status == 503); ++repeat) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20 << repeat));
      answer = client.post(path, body, headers);
    }
    if (!answer || !answer->ok()) {
      note_failure(fmt::format("delivery {}: {}", id, answer ? answer->body : answer.error().detail));
    }
  }
}

}  // namespace holdfast::app
