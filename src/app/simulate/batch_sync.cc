#include "app/simulate/batch_sync.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/simulate/ledger_shelf.h"
#include "app/simulate/virtual_time.h"

namespace holdfast::app {
namespace {

std::vector<std::string> channels_of(const BatchSyncSettings& settings) {
  std::vector<std::string> names;
  for (int i = 0; i < settings.channels; ++i) names.emplace_back(sale_channel(i));
  return names;
}

/// One day, told in one way.
class SaleDay {
 public:
  SaleDay(const BatchSyncSettings& settings, const FlashSale& sale, Telling telling)
      : settings_(settings),
        sale_(sale),
        channels_(channels_of(settings)),
        shelf_(settings.stock, channels_, time_.wall()),
        shown_(channels_.size(), settings.stock) {
    run_.telling = telling;
  }

  SyncRun go() {
    if (run_.telling == Telling::kCron) plan_cron();
    if (!sale_.orders.empty()) time_.at(sale_.orders[0].at, [this] { next_order(0); });
    time_.run();
    close_books();
    return std::move(run_);
  }

 private:
  const std::string& channel(size_t order) const {
    return channels_[static_cast<size_t>(sale_.orders[order].channel)];
  }
  static std::string number_of(size_t order) { return fmt::format("{}", 1'001 + order); }

  void next_order(size_t order) {
    if (run_.telling == Telling::kAsking) {
      ask(order);
    } else {
      sell_if_shown(order);
    }
    if (order + 1 < sale_.orders.size()) {
      time_.at(sale_.orders[order + 1].at, [this, order] { next_order(order + 1); });
    }
  }

  void ask(size_t order) {
    const int64_t quantity = sale_.orders[order].quantity;
    if (shelf_.accept(channel(order), number_of(order), quantity, time_.wall())) {
      sold(quantity);
    } else {
      ++run_.turned_away;
    }
  }

  /// The channel decides by the number it shows.
  void sell_if_shown(size_t order) {
    const int64_t quantity = sale_.orders[order].quantity;
    int64_t& shown = shown_[static_cast<size_t>(sale_.orders[order].channel)];
    if (shown < quantity) {
      ++run_.turned_away;
      return;
    }
    shown -= quantity;
    sold(quantity);
    if (run_.telling == Telling::kCron) {
      unbooked_.push_back(order);
    } else {
      const Duration in = settings_.lag / 2, out = settings_.lag - in;
      time_.after(in, [this, order, out] {
        book(order);
        push(out);
      });
    }
  }

  void sold(int64_t quantity) {
    run_.units += quantity;
    ++run_.orders;
    run_.sales.push_back({time_.now(), quantity, run_.units});
  }

  void book(size_t order) {
    const SaleOrder& sale = sale_.orders[order];
    shelf_.placed(channel(order), number_of(order), sale.quantity, VirtualTime::kBegin + sale.at,
                  time_.wall());
  }

  /// Every channel hears the ledger's number of now, `out` later.
  void push(Duration out) {
    for (size_t i = 0; i < channels_.size(); ++i) {
      const int64_t number = shelf_.available_to_sell(channels_[i]);
      time_.after(out, [this, i, number] { shown_[i] = std::min(shown_[i], number); });
    }
  }

  /// Runs on the clock's multiples of the interval, and once more when the shop closes.
  void plan_cron() {
    const Duration midnight_to_opening = kShopOpens * kHour;
    const Duration interval = settings_.interval;
    Duration first = interval - midnight_to_opening % interval;
    for (Duration at = first; at < kShopHours; at += interval) {
      time_.at(at, [this] { sync(); });
    }
    time_.at(kShopHours, [this] { sync(); });
  }

  void sync() {
    run_.syncs.push_back(time_.now());
    for (const size_t order : unbooked_) book(order);
    unbooked_.clear();
    for (size_t i = 0; i < channels_.size(); ++i) {
      shown_[i] = shelf_.available_to_sell(channels_[i]);
    }
  }

  void close_books() {
    run_.oversold = shelf_.oversold();
    int64_t uncovered = run_.oversold;
    for (auto sale = run_.sales.rbegin(); uncovered > 0 && sale != run_.sales.rend(); ++sale) {
      uncovered -= sale->quantity;
      ++run_.to_cancel;
    }
    const ShortfallView shortfall = shelf_.shortfall();
    for (const auto& [order, units] : shortfall.orders) run_.endangered.push_back(order);
    run_.endangered_more = shortfall.more;
    run_.problem = shelf_.problem();
    if (shelf_.committed() != run_.units) {
      run_.problem =
          fmt::format("{} units were sold, the books hold {}", run_.units, shelf_.committed());
    }
  }

  const BatchSyncSettings& settings_;
  const FlashSale& sale_;
  const std::vector<std::string> channels_;
  VirtualTime time_;
  LedgerShelf shelf_;
  std::vector<int64_t> shown_;    // what each channel believes it may sell
  std::vector<size_t> unbooked_;  // sold since the last run of cron
  SyncRun run_;
};

}  // namespace

const char* name_of(Telling telling) {
  switch (telling) {
    case Telling::kCron:
      return "cron";
    case Telling::kPushes:
      return "pushes";
    case Telling::kAsking:
      return "asking";
  }
  return "";
}

int64_t SyncRun::units_at(Duration at) const {
  const auto after =
      std::upper_bound(sales.begin(), sales.end(), at,
                       [](Duration time, const Sold& sale) { return time < sale.at; });
  return after == sales.begin() ? 0 : std::prev(after)->units_so_far;
}

SyncRun run_sync(const BatchSyncSettings& settings, const FlashSale& sale, Telling telling) {
  return SaleDay(settings, sale, telling).go();
}

BatchSync run_batch_sync(const BatchSyncSettings& settings) {
  BatchSync result;
  result.settings = settings;
  result.sale = draw_flash_sale(settings);
  result.cron = run_sync(settings, result.sale, Telling::kCron);
  result.pushes = run_sync(settings, result.sale, Telling::kPushes);
  result.asking = run_sync(settings, result.sale, Telling::kAsking);
  return result;
}

int64_t BatchSync::within_a_lag() const {
  int64_t most = 0, units = 0;
  size_t first = 0;
  for (const SaleOrder& order : sale.orders) {
    units += order.quantity;
    while (sale.orders[first].at + settings.lag < order.at) units -= sale.orders[first++].quantity;
    most = std::max(most, units - order.quantity);  // the order itself found its units
  }
  return most;
}

bool BatchSync::passed() const {
  return asking.oversold == 0 && pushes.oversold <= within_a_lag() && cron.problem.empty() &&
         pushes.problem.empty() && asking.problem.empty();
}

}  // namespace holdfast::app
