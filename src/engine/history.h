// History and as-of on both axes, from durable bytes: HistoryPort over the store.
//
// Used by LocalExecutor. Thread-safe (the store's readers are); blocks on the disk.
#pragma once

#include "engine/command_port.h"
#include "store/event_log.h"

namespace holdfast::engine {

class History final : public HistoryPort {
 public:
  explicit History(store::EventLog& store) : store_(store) {}

  Result<std::vector<OwnedEvent>> sku_history(const std::string& sku, Seq before_seq,
                                              size_t limit) override;
  Result<StockView> stock_as_of_seq(const std::string& sku, Seq seq) override;
  Result<StockView> stock_as_of_time(const std::string& sku, Timestamp time,
                                     bool by_occurred) override;
  Result<StockAccount> stock_account(const std::string& name, Seq seq, size_t events_max) override;

 private:
  /// kUnknownSku when no durable event names the SKU.
  Status check_known(const std::string& sku);
  /// Adds the events recorded after `view.seq` that occurred at or before `time`.
  Status add_late_facts(const std::string& sku, Timestamp time, StockView* view);

  store::EventLog& store_;
};

}  // namespace holdfast::engine
