#include "engine/verify_book.h"

#include <numeric>

#include <fmt/format.h>

namespace holdfast::engine {
namespace {

/// A restore adds this to every sku_seq, so that receivers never see a number twice (product.md).
constexpr uint64_t kRestoreStep = uint64_t{1} << 32;

}  // namespace

void VerifyBook::note_command(Timestamp recorded_at) {
  ++commands_;
  if (last_time_.has_value() && recorded_at < last_time_ && order_fault_.empty()) {
    order_fault_ = fmt::format("time goes back after seq {}", last_seq_);
  }
  last_time_ = recorded_at;
}

void VerifyBook::note(const Event& event) {
  if (event.seq != last_seq_ + 1 && order_fault_.empty()) {
    order_fault_ = fmt::format("seq {} follows seq {}", event.seq, last_seq_);
  }
  last_seq_ = event.seq;
  if (event.sku.empty()) return;
  Sku& sku = skus_[std::string(event.sku)];
  const bool next = event.sku_seq == sku.sku_seq + 1;
  const bool restored = event.sku_seq > sku.sku_seq && event.sku_seq >= kRestoreStep;
  if (event.sku_seq != 0 && !next && !restored && order_fault_.empty()) {
    order_fault_ = fmt::format("sku_seq {} of '{}' follows {} (seq {})", event.sku_seq, event.sku,
                               sku.sku_seq, event.seq);
  }
  if (event.sku_seq != 0) sku.sku_seq = event.sku_seq;
  if (event.from == Account::kNone) return;
  const std::string_view to = event.to_location.empty() ? event.location : event.to_location;
  sku.places[std::string(event.location)][static_cast<size_t>(event.from)] -= event.quantity;
  sku.places[std::string(to)][static_cast<size_t>(event.to)] += event.quantity;
}

std::string VerifyBook::zero_sum_fault() const {
  for (const auto& [name, sku] : skus_) {
    int64_t sum = 0;
    for (const auto& [location, balances] : sku.places) {
      sum = std::accumulate(balances.begin(), balances.end(), sum);
      for (const Account account : {Account::kHeld, Account::kCommitted, Account::kDamaged,
                                    Account::kQualityControl, Account::kIncoming}) {
        if (balances[static_cast<size_t>(account)] < 0) {
          return fmt::format("'{}' has {} {} at '{}'", name, balances[static_cast<size_t>(account)],
                             name_of(account), location);
        }
      }
    }
    if (sum != 0) return fmt::format("the accounts of '{}' add up to {}", name, sum);
  }
  return {};
}

std::string VerifyBook::difference(const StockView& view) const {
  const auto found = skus_.find(view.sku);
  static const Balances kEmpty{};
  for (const PositionView& position : view.locations) {
    const Balances* balances = &kEmpty;
    if (found != skus_.end()) {
      const auto place = found->second.places.find(position.location);
      if (place != found->second.places.end()) balances = &place->second;
    }
    const std::pair<Account, int64_t> pairs[] = {
        {Account::kAvailable, position.available}, {Account::kHeld, position.held},
        {Account::kCommitted, position.committed}, {Account::kDamaged, position.damaged},
        {Account::kQualityControl, position.quality_control}};
    for (const auto& [account, present] : pairs) {
      const int64_t summed = (*balances)[static_cast<size_t>(account)];
      if (summed != present) {
        return fmt::format("'{}' at '{}': the ledger has {} {}, its events add up to {}", view.sku,
                           position.location, present, name_of(account), summed);
      }
    }
  }
  return {};
}

std::string VerifyBook::difference_from(const ledger::Ledger& ledger) const {
  Query query;
  query.type = QueryType::kStockPage;
  query.limit = 1'000;
  do {
    const QueryResult page = ledger.query(query, last_time_);
    for (const StockView& view : page.stock) {
      if (std::string fault = difference(view); !fault.empty()) return fault;
    }
    query.cursor = page.next_cursor;
  } while (!query.cursor.empty());
  return {};
}

}  // namespace holdfast::engine
