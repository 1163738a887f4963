// What the three shops have sold and not yet taken back, so that a cancellation that does not name its
// order finds the youngest line of its SKU. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace holdfast::app {

class OpenLines {
 public:
  struct Line {
    int channel = 0;
    std::string order;
    int64_t quantity = 0;
  };

  void sold(const std::string& sku, int channel, const std::string& order, int64_t quantity) {
    const std::lock_guard lock(mutex_);
    lines_[sku].push_back({channel, order, quantity});
  }

  /// Takes up to `quantity` units off the youngest open lines of the SKU and says whose they were.
  std::vector<Line> take_youngest(const std::string& sku, int64_t quantity) {
    const std::lock_guard lock(mutex_);
    std::vector<Line> taken;
    std::vector<Line>& lines = lines_[sku];
    while (quantity > 0 && !lines.empty()) {
      Line part = lines.back();
      part.quantity = part.quantity < quantity ? part.quantity : quantity;
      quantity -= part.quantity;
      lines.back().quantity -= part.quantity;
      if (lines.back().quantity == 0) lines.pop_back();
      taken.push_back(std::move(part));
    }
    return taken;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::vector<Line>> lines_;
};

}  // namespace holdfast::app
