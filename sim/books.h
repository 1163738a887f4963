// Books that take commands: the ledger, or its twin. What transcripts and properties ask of either.
//
// Confined to one thread.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "model/command.h"
#include "model/outcome.h"

namespace holdfast::sim {

class Books {
 public:
  virtual ~Books() = default;
  /// Expires what the command needs expired, then decides it. REQUIRES: `now` never goes back.
  virtual Outcome decide(const Command& command, Timestamp now) = 0;
  /// Expires everything due.
  virtual void expire_due(Timestamp now) = 0;

  /// Every location the SKU is known at, by name.
  virtual std::vector<PositionView> positions(const std::string& sku) const = 0;
  virtual ChannelAvailability availability(const std::string& sku,
                                           const std::string& channel) const = 0;
  /// Balance of supplier, customer or adjustment.
  virtual int64_t outside(const std::string& sku, Account account) const = 0;
  virtual std::optional<HoldView> hold(const std::string& id) const = 0;
  virtual std::optional<OrderView> order(const std::string& channel,
                                         const std::string& order) const = 0;
  virtual std::vector<ShortfallView> shortfalls() const = 0;
  /// How many facts took more from an account than it held, or more than an order allows.
  virtual size_t discrepancies() const = 0;
  /// Empty, or what does not add up.
  virtual std::string check() const = 0;
};

}  // namespace holdfast::sim
