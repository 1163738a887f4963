// The two-minute proof: an embedded ledger with its real journal, three sales channels that are real HTTP
// clients and real webhook endpoints, a day of orders, and the sums at the end.
//
// Used by `holdfast demo`. Confined to one thread; what it starts runs on threads of its own.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "app/demo/books.h"
#include "app/demo/day.h"
#include "app/demo/follower.h"
#include "app/demo/open_lines.h"
#include "app/demo/shop.h"
#include "app/demo/storefront.h"
#include "app/server.h"
#include "base/result.h"

namespace holdfast::app {

/// What the demo came to: every line must be as it should for an exit with 0.
struct DemoVerdict {
  int64_t oversold = 0;                 ///< units promised beyond what there was
  std::vector<std::string> complaints;  ///< everything that is not as it should be, in words
  uint64_t numbers_compared = 0;        ///< SKU × channel
  uint64_t commands_compared = 0;       ///< decided by ledger and twin
  uint64_t skus = 0;
  bool passed() const { return oversold == 0 && complaints.empty(); }
};

/// What the screen shows while it runs.
struct DemoProgress {
  struct Channel {
    std::string name;
    int64_t orders = 0, lost = 0, cancellations = 0;
    uint64_t pushes = 0;
    Duration lag_p50 = 0, lag_p99 = 0;
  };
  std::array<Channel, kDemoChannels> channels;
  uint64_t events = 0;
  uint64_t open_holds = 0;
  uint64_t shortfalls = 0;
  double of_the_day = 0;  ///< 0 … 1
};

class Demo {
 public:
  /// Starts ledger and endpoints, fills the shelves. Errors are for the user.
  static Result<std::unique_ptr<Demo>> start(Day day, Duration day_length, uint64_t seed,
                                             bool abandon_carts, telemetry::Log& log);
  ~Demo();

  std::string api() const;
  std::string storefront_url(int channel) const { return storefronts_[static_cast<size_t>(channel)]->url(); }
  const std::string& data_dir() const { return data_dir_; }

  void open_shops();
  bool day_is_over() const;
  DemoProgress progress();
  /// Ends the day, waits until holds have run out and every channel knows the last state, and compares.
  DemoVerdict close_and_compare();
  /// Drains the ledger and proves its files from the bytes; complaints go to the verdict.
  void drain_and_verify(DemoVerdict* verdict);

 private:
  Demo(Day day, Duration day_length, uint64_t seed, bool abandon_carts);
  Status start_node(telemetry::Log& log);
  Status fill_shelves();
  Status wait_for_channels();
  void wait_for_holds(DemoVerdict* verdict);
  void compare_storefronts(DemoVerdict* verdict);
  /// SKU × channel where the endpoint's number is not the ledger's, in words.
  Result<std::vector<std::string>> storefront_differences(uint64_t* compared);
  void count_oversold(DemoVerdict* verdict);

  const Day day_;
  const Duration day_length_;
  const uint64_t seed_;
  const bool abandon_carts_;
  std::string data_dir_;
  std::array<std::string, kDemoChannels> secrets_;
  std::array<std::unique_ptr<Storefront>, kDemoChannels> storefronts_;
  std::unique_ptr<TwinBooks> books_;
  std::unique_ptr<Node> node_;
  std::unique_ptr<Follower> follower_;
  OpenLines open_lines_;
  std::vector<std::unique_ptr<Shop>> shops_;
  Duration opened_at_ = 0;
};

}  // namespace holdfast::app
