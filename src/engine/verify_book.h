// The book of `verify`: adds up every event by itself, knowing nothing of the rules, to compare with what
// the ledger made of the same events. Confined to one thread.
#pragma once

#include <array>
#include <map>
#include <string>
#include <unordered_map>

#include "ledger/ledger.h"
#include "model/event.h"

namespace holdfast::engine {

class VerifyBook {
 public:
  void note_command(Timestamp recorded_at);
  void note(const Event& event);

  /// Empty, or the first gap or step backwards in seq, sku_seq or time.
  const std::string& order_fault() const { return order_fault_; }
  /// Empty, or the first SKU whose accounts do not add up to 0.
  std::string zero_sum_fault() const;
  /// Empty, or the first position on which the ledger and the book differ.
  std::string difference_from(const ledger::Ledger& ledger) const;

  uint64_t skus() const { return skus_.size(); }
  uint64_t commands() const { return commands_; }
  Seq last_seq() const { return last_seq_; }

 private:
  using Balances = std::array<int64_t, kAccountCount>;
  struct Sku {
    uint64_t sku_seq = 0;
    std::map<std::string, Balances, std::less<>> places;
  };
  std::string difference(const StockView& view) const;

  std::unordered_map<std::string, Sku> skus_;
  std::string order_fault_;
  Seq last_seq_ = 0;
  Timestamp last_time_;
  uint64_t commands_ = 0;
};

}  // namespace holdfast::engine
