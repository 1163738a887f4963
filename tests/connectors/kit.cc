#include "tests/connectors/kit.h"

#include <stdlib.h>

#include <algorithm>

namespace holdfast::test {

TempDirectory::TempDirectory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "holdfast-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) std::abort();
  path_ = pattern;
}
TempDirectory::~TempDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

// ---- the log -------------------------------------------------------------------------------------

Seq TestLog::append(std::vector<Event> events, Timestamp at) {
  store::GroupWriter& group = store_.begin_group(at);
  for (Event& event : events) {
    event.seq = ++last_;
    if (!event.sku.empty()) event.sku_seq = ++sku_seqs_[std::string(event.sku)];
    event.source = "test";
    CommandHead head;
    head.type = CommandType::kStockReceived;
    head.source = "test";
    group.begin_command(head);
    group.append(event);
    group.end_command();
  }
  if (!store_.seal_group() || !store_.flush_group()) std::abort();
  return last_;
}

Seq TestLog::receive(const std::string& sku, Timestamp at) { return receive_many({sku}, at); }

Seq TestLog::receive_many(const std::vector<std::string>& skus, Timestamp at) {
  std::vector<Event> events;
  for (const std::string& sku : skus) {
    Event event;
    event.type = EventType::kStockReceived;
    event.sku = sku;
    event.from = Account::kSupplier;
    event.to = Account::kAvailable;
    event.quantity = 1;
    event.location = "berlin";
    events.push_back(event);
  }
  return append(std::move(events), at);
}

Seq TestLog::set_channel(const std::string& channel) {
  Event event;
  event.type = EventType::kChannelSet;
  event.channel = channel;
  return append({event}, {1'763'884'800'000'000});
}

// ---- numbers -------------------------------------------------------------------------------------

Result<std::vector<StockView>> TestStock::read(const std::vector<std::string>& skus) {
  ++reads;
  std::vector<StockView> views;
  for (const std::string& sku : skus) {
    StockView view;
    view.sku = sku;
    view.seq = store_.durable_seq();
    view.sku_seq = 1;
    PositionView position;
    position.location = "berlin";
    position.tracked = !untracked.contains(sku);
    position.available = available[sku];
    view.locations.push_back(position);
    ChannelAvailability channel;
    channel.channel = "web";
    if (position.tracked) channel.available_to_sell = position.available;
    view.channels.push_back(channel);
    views.push_back(std::move(view));
  }
  return views;
}

Result<std::vector<std::string>> TestStock::list_skus(const std::string& after, size_t limit) {
  std::vector<std::string> page;
  for (auto at = available.upper_bound(after); at != available.end() && page.size() < limit; ++at) {
    if (!untracked.contains(at->first)) page.push_back(at->first);
  }
  return page;
}

// ---- the scripted sink ---------------------------------------------------------------------------

void ScriptedSink::Peer::settle(const feed::Item& item, feed::Report report) {
  report.token = item.token;
  if (report.verdict == feed::Verdict::kDelivered) accepted.push_back(item);
  reports.push_back(std::move(report));
  --in_flight;
  --in_flight_of[item.sku];
}

void ScriptedSink::Peer::release(feed::Verdict verdict) {
  for (const auto& [token, item] : std::exchange(held, {})) settle(item, {0, verdict, "released"});
}

std::vector<std::string> ScriptedSink::Peer::ids() const {
  std::vector<std::string> all;
  for (const feed::Item& item : accepted) all.push_back(item.id);
  return all;
}

std::vector<Seq> ScriptedSink::Peer::seqs_of(const std::string& sku) const {
  std::vector<Seq> seqs;
  for (const feed::Item& item : accepted) {
    if (item.sku == sku) seqs.push_back(seq_of_id(item.id));
  }
  return seqs;
}

void ScriptedSink::deliver(std::vector<feed::Item> items, Timestamp) {
  Peer& peer = *peer_;
  for (feed::Item& item : items) {
    peer.items.push_back(item);
    peer.most_in_flight = std::max(peer.most_in_flight, ++peer.in_flight);
    peer.most_of_one_sku = std::max(peer.most_of_one_sku, ++peer.in_flight_of[item.sku]);
    const auto report = peer.answer ? peer.answer(item) : delivered();
    if (report) {
      peer.settle(item, *report);
    } else {
      peer.held.emplace(item.token, item);
    }
  }
}

std::vector<feed::Report> ScriptedSink::poll(Duration) { return std::exchange(peer_->reports, {}); }

feed::Report delivered() { return {0, feed::Verdict::kDelivered, {}, 0, false}; }
feed::Report failed(feed::Verdict verdict, std::string detail, bool unreachable) {
  return {0, verdict, std::move(detail), 0, unreachable};
}

std::function<std::optional<feed::Report>(const feed::Item&)> slows_down(int times, int* refused) {
  return [times, refused](const feed::Item&) {
    if (*refused == times) return delivered();
    ++*refused;
    feed::Report report = failed(feed::Verdict::kRetry, "HTTP 429");
    report.throttled = true;
    report.retry_after = 10 * kSecond;
    return report;
  };
}

Seq seq_of_id(const std::string& id) { return std::stoull(id.substr(id.rfind('-') + 1)); }

int64_t told_number(const feed::Item& item) {
  const auto body = json::parse_value(item.body);
  if (!body) return INT64_MIN;
  const json::Value* number = body->find("/data/channels/web/available_to_sell");
  return number == nullptr ? INT64_MIN : number->as_integer().value_or(INT64_MIN);
}

}  // namespace holdfast::test
