#include "app/demo/day.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <optional>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/random.h"
#include "base/time.h"
#include "json/check.h"
#include "model/limits.h"

namespace holdfast::app {
namespace {

constexpr size_t kOrdersMax = 1'000'000;

/// Something drawn with a weight.
struct Weighted {
  int64_t low, high;
  uint64_t weight;
};

template <size_t N>
int64_t draw(SeededRandom& random, const std::array<Weighted, N>& table) {
  uint64_t total = 0;
  for (const Weighted& entry : table) total += entry.weight;
  uint64_t at = random.below(total);
  for (const Weighted& entry : table) {
    if (at < entry.weight) {
      return entry.low + static_cast<int64_t>(
                             random.below(static_cast<uint64_t>(entry.high - entry.low + 1)));
    }
    at -= entry.weight;
  }
  return table.back().high;
}

constexpr std::array<Weighted, 7> kLinesPerOrder = {
    {{1, 1, 18}, {2, 2, 15}, {3, 7, 17}, {8, 14, 20}, {15, 20, 14}, {21, 40, 9}, {41, 85, 7}}};

// single pieces, then half dozens, dozens and cartons: a shop that also sells to smaller shops
constexpr std::array<Weighted, 14> kQuantities = {{{1, 1, 232},
                                                   {2, 2, 131},
                                                   {3, 3, 95},
                                                   {4, 4, 52},
                                                   {5, 5, 22},
                                                   {6, 6, 122},
                                                   {7, 9, 48},
                                                   {10, 10, 26},
                                                   {12, 12, 116},
                                                   {24, 24, 51},
                                                   {16, 40, 27},
                                                   {48, 48, 17},
                                                   {50, 144, 28},
                                                   {192, 600, 9}}};

/// Orders per hour from 8 to 13 o'clock.
constexpr std::array<uint64_t, 6> kHours = {6, 14, 13, 18, 19, 10};

constexpr int kSkus = 590;
constexpr double kPopularityExponent = 0.75;
constexpr uint64_t kCancellationsPercent = 8;

/// SKU numbers drawn by popularity: the n-th most popular one with weight n^-0.75.
class Assortment {
 public:
  explicit Assortment(SeededRandom& random) {
    double sum = 0;
    for (int rank = 0; rank < kSkus; ++rank) {
      sum += std::pow(rank + 1, -kPopularityExponent);
      cumulative_.push_back(sum);
      const uint64_t number = 20'000 + random.below(70'000);
      // one in six is a variant, marked by a letter
      const bool variant = random.below(6) == 0;
      names_.push_back(variant ? fmt::format("{}{}", number, static_cast<char>('A' + rank % 8))
                               : fmt::format("{}", number));
    }
  }
  const std::string& draw(SeededRandom& random) const {
    const double at = static_cast<double>(random.below(1u << 30)) / (1u << 30) * cumulative_.back();
    const auto found = std::upper_bound(cumulative_.begin(), cumulative_.end(), at);
    const auto rank = std::min<size_t>(static_cast<size_t>(found - cumulative_.begin()), kSkus - 1);
    return names_[rank];
  }

 private:
  std::vector<double> cumulative_;
  std::vector<std::string> names_;
};

double draw_time(SeededRandom& random) {
  uint64_t total = 0;
  for (const uint64_t weight : kHours) total += weight;
  uint64_t at = random.below(total);
  size_t hour = 0;
  while (at >= kHours[hour]) at -= kHours[hour++];
  const double within = static_cast<double>(random.below(1u << 20)) / (1u << 20);
  return (static_cast<double>(hour) + within) / kHours.size();
}

int channel_of(const std::string& order) {
  return static_cast<int>(hash64(order) % kDemoChannels);
}

/// 90% of what is asked for, to the nearest unit: the last units are fought over.
void supply_day(Day* day) {
  for (const DayOrder& order : day->orders) {
    for (const DayLine& line : order.lines) {
      if (!order.cancellation) day->supply[line.sku] += line.quantity;
    }
  }
  for (auto& [sku, units] : day->supply) units = (units * 9 + 5) / 10;
}

void sort_by_time(Day* day) {
  std::stable_sort(day->orders.begin(), day->orders.end(),
                   [](const DayOrder& a, const DayOrder& b) { return a.at < b.at; });
}

// ---- CSV -----------------------------------------------------------------------------------------

/// The fields of a CSV line; quotes as in RFC 4180.
std::vector<std::string> split_csv(const std::string& line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quoted && c == '"' && i + 1 < line.size() && line[i + 1] == '"') {
      fields.back() += '"';
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else if (c != '\r') {
      fields.back() += c;
    }
  }
  return fields;
}

struct CsvRow {
  std::string order, sku;
  int64_t quantity = 0;
  Timestamp at;
};

Result<CsvRow> parse_row(const std::string& line, const std::string& place) {
  const std::vector<std::string> fields = split_csv(line);
  const auto wrong = [&](const std::string& what) {
    return fail(ErrorCode::kInvalidValue, fmt::format("{}: {}", place, what));
  };
  if (fields.size() < 4) {
    return wrong(fmt::format("{} fields; expected order,sku,quantity,ordered_at", fields.size()));
  }
  CsvRow row;
  row.order = fields[0];
  row.sku = fields[1];
  if (const Status name = json::check_name(row.order, "order"); !name) {
    return wrong(name.error().detail);
  }
  if (const Status name = json::check_name(row.sku, "sku"); !name) return wrong(name.error().detail);
  const std::string& number = fields[2];
  const auto [stop, error] =
      std::from_chars(number.data(), number.data() + number.size(), row.quantity);
  if (error != std::errc() || stop != number.data() + number.size() || row.quantity == 0 ||
      std::abs(row.quantity) > limits::kQuantityMax) {
    return wrong(fmt::format("quantity '{}' is not a whole number other than 0", number));
  }
  const std::optional<Timestamp> at = parse_rfc3339(fields[3]);
  if (!at) return wrong(fmt::format("ordered_at '{}' is not RFC 3339 with an offset", fields[3]));
  row.at = *at;
  return row;
}

bool is_goods(const std::string& sku) { return sku != "D" && sku != "POST"; }

}  // namespace

const char* demo_channel(int channel) {
  static constexpr std::array<const char*, kDemoChannels> kNames = {"web", "market", "till"};
  return kNames[static_cast<size_t>(channel)];
}

Day generate_day(uint64_t seed, size_t orders) {
  SeededRandom random(seed);
  const Assortment assortment(random);
  Day day;
  std::vector<DayLine> sold;  // what cancellations may take back
  std::vector<double> times;
  for (size_t i = 0; i < orders; ++i) times.push_back(draw_time(random));
  std::sort(times.begin(), times.end());
  for (size_t i = 0; i < orders; ++i) {
    DayOrder order;
    order.at = times[i];
    order.cancellation = !sold.empty() && random.below(100) < kCancellationsPercent;
    order.number = fmt::format("{}{}", order.cancellation ? "C" : "", 536'365 + i);
    order.channel = channel_of(order.number);
    const int64_t lines = draw(random, kLinesPerOrder);
    if (order.cancellation) {
      order.lines.push_back(sold[random.below(sold.size())]);
    } else {
      for (int64_t line = 0; line < lines; ++line) {
        order.lines.push_back({assortment.draw(random), draw(random, kQuantities)});
        sold.push_back(order.lines.back());
      }
    }
    day.orders.push_back(std::move(order));
  }
  supply_day(&day);
  return day;
}

Result<Day> read_day(const std::string& file) {
  std::ifstream in(file);
  if (!in) {
    return fail(ErrorCode::kIo, fmt::format("cannot read '{}': {}", file, std::strerror(errno)));
  }
  Day day;
  std::map<std::string, size_t> index;
  std::vector<Timestamp> times;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (line.empty() || line == "\r" || (number == 1 && line.starts_with("order,"))) continue;
    HF_ASSIGN(row, parse_row(line, fmt::format("{}:{}", file, number)));
    if (!is_goods(row.sku)) continue;
    const auto [found, fresh] = index.try_emplace(row.order, day.orders.size());
    if (fresh) {
      if (day.orders.size() == kOrdersMax) {
        return fail(ErrorCode::kInvalidValue,
                    fmt::format("{}:{}: more than {} orders", file, number, kOrdersMax));
      }
      DayOrder order;
      order.number = row.order;
      order.channel = channel_of(row.order);
      order.cancellation = row.order.starts_with('C');
      day.orders.push_back(std::move(order));
      times.push_back(row.at);
    }
    DayOrder& order = day.orders[found->second];
    if (order.lines.size() == limits::kLinesMax) {
      return fail(ErrorCode::kInvalidValue, fmt::format("{}:{}: order {} has more than {} lines", file,
                                                        number, row.order, limits::kLinesMax));
    }
    if (row.quantity < 0 && !order.cancellation) {
      return fail(ErrorCode::kInvalidValue,
                  fmt::format("{}:{}: quantity {} in an order that is no cancellation (C…)", file,
                              number, row.quantity));
    }
    order.lines.push_back({row.sku, std::abs(row.quantity)});
  }
  if (day.orders.empty()) {
    return fail(ErrorCode::kInvalidValue,
                fmt::format("{}: no orders; expected lines of order,sku,quantity,ordered_at,country", file));
  }
  const auto [first, last] = std::minmax_element(times.begin(), times.end());
  const double length = std::max<double>(1.0, static_cast<double>(*last - *first));
  for (size_t i = 0; i < day.orders.size(); ++i) {
    day.orders[i].at = static_cast<double>(times[i] - *first) / length;
  }
  sort_by_time(&day);
  supply_day(&day);
  return day;
}

}  // namespace holdfast::app
