// One sales channel of the demo: takes the orders of its day as they fall due, asks the ledger for the
// units over HTTP, and reports what became of them by signed webhook (web, market) or as sales (till).
//
// What it says it has promised is its own count, kept from the ledger's answers alone: the demo holds it
// against what lay on the shelves. start() and join() belong to one thread; counters are thread-safe.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "app/client/http_client.h"
#include "app/demo/day.h"
#include "app/demo/open_lines.h"
#include "base/time.h"
#include "json/value.h"

namespace holdfast::app {

struct ShopCounters {
  std::atomic<int64_t> orders{0};      ///< promised, in whole or in part
  std::atomic<int64_t> lost{0};        ///< nothing of it was left
  std::atomic<int64_t> short_lines{0};
  std::atomic<int64_t> abandoned{0};   ///< carts left to expire
  std::atomic<int64_t> cancellations{0};
  std::atomic<int64_t> repeats{0};     ///< deliveries sent a second time on purpose
};

/// Where and as whom the shop talks to the ledger, and at what pace its day passes.
struct ShopSettings {
  int channel = 0;
  std::string api;               ///< "http://127.0.0.1:41234"
  std::array<std::string, kDemoChannels> secrets;  ///< of the sources, by channel
  Duration day_length = 0;       ///< real time
  bool abandon_carts = false;
  uint64_t seed = 0;
};

class Shop {
 public:
  Shop(ShopSettings settings, std::vector<const DayOrder*> orders, OpenLines& open_lines);
  ~Shop();
  Shop(const Shop&) = delete;
  Shop& operator=(const Shop&) = delete;

  /// Opens for business: its clerks work through the day, which begins now.
  void start();
  /// Tells the clerks to finish what they have in hand and begin nothing more.
  void close();
  /// Waits until the day is over, or until closed.
  void join();
  bool done() const { return clerks_at_work_ == 0; }

  const ShopCounters& counters() const { return counters_; }
  /// Units promised to customers and not taken back, by SKU.
  std::map<std::string, int64_t> promised() const;
  /// The first thing that went wrong, or empty: a refusal that is no sell-out, a connection that broke.
  std::string failure() const;

 private:
  struct Units {
    std::string sku;
    int64_t quantity = 0;
  };
  using Basket = std::vector<Units>;

  void work(int clerk);
  bool wait_until_due(const DayOrder& order);
  void serve(HttpClient& client, const DayOrder& order);
  void serve_web(HttpClient& client, const DayOrder& order);
  void serve_market(HttpClient& client, const DayOrder& order);
  void serve_till(HttpClient& client, const DayOrder& order);
  void take_back(HttpClient& client, const DayOrder& order);
  /// Asks for the basket at `path`, leaving out what the ledger says is short, until granted or empty.
  Result<json::Value> ask_for_units(HttpClient& client, const DayOrder& order,
                                    const std::string& path, const std::string& members,
                                    Basket* basket);
  /// A POST with an idempotency key, repeated while the answer is unknown.
  Result<HttpAnswer> post(HttpClient& client, const std::string& path, const std::string& body,
                          const std::string& key);
  /// A signed delivery to the source of that channel: whoever sold an order also tells its end, for the
  /// ledger takes what two sources tell of one order as two reports of the same thing.
  void deliver(HttpClient& client, int channel, const std::string& kind, const std::string& order,
               const Basket& basket, const std::string& id);
  void promise(const DayOrder& order, const Basket& basket);
  void note_failure(const std::string& what);
  bool lucky(const std::string& order, uint64_t percent) const;

  const ShopSettings settings_;
  const std::vector<const DayOrder*> orders_;
  OpenLines& open_lines_;
  ShopCounters counters_;
  std::atomic<size_t> next_{0};
  std::atomic<int> clerks_at_work_{0};
  Duration opened_at_ = 0;  ///< boot time
  std::vector<std::thread> clerks_;

  mutable std::mutex mutex_;
  std::condition_variable closing_;
  bool closed_ = false;                       // guarded by mutex_, as are the next two
  std::map<std::string, int64_t> promised_;
  std::string failure_;
};

}  // namespace holdfast::app
