#include "app/simulate/batch_sync_picture.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "app/demo/screen.h"
#include "app/simulate/batch_sync_text.h"
#include "app/simulate/svg.h"

namespace holdfast::app {
namespace {

constexpr double kWidth = 920, kHeight = 560, kMargin = 24;
constexpr double kCardTop = 80, kCardHeight = 96, kCardGap = 16;
constexpr double kLeft = 72, kRight = 780, kTop = 212, kBottom = 500;
constexpr double kSample = 2;         // pixels between two looks at a curve
constexpr size_t kSyncLinesMax = 24;  // more would be a wall

class Picture {
 public:
  explicit Picture(const BatchSync& result)
      : result_(result),
        from_(std::max<Duration>(0, result.sale.opens - 30 * kMinute)),
        to_(std::min(kShopHours, result.sale.opens + 150 * kMinute)),
        top_units_(std::max(
            {result.settings.stock, result.sale.units_at(to_), result.cron.units_at(to_)})),
        svg_(kWidth, kHeight, title(), description()) {}

  std::string draw() {
    const BatchSyncSettings& settings = result_.settings;
    svg_.text({kMargin, 38}, title(), "h1 ink");
    svg_.text(
        {kMargin, 60},
        fmt::format("{} orders ask for {} units; virtual time, seed {}. Every way sees the same "
                    "demand.",
                    count_text(settings.demand), count_text(result_.sale.units()), settings.seed),
        "muted");
    draw_card(0, result_.cron, "cron thick");
    draw_card(1, result_.pushes, "push thick");
    draw_card(2, result_.asking, "hold thick dashed");
    draw_grid();
    draw_syncs();
    draw_excess();
    draw_curve("want thick dotted", [this](Duration at) { return result_.sale.units_at(at); });
    draw_curve("cron thick", [this](Duration at) { return result_.cron.units_at(at); });
    draw_curve("push thick", [this](Duration at) { return result_.pushes.units_at(at); });
    draw_curve("hold thick dashed", [this](Duration at) { return result_.asking.units_at(at); });
    draw_ends();
    return svg_.finish();
  }

 private:
  std::string title() const {
    return fmt::format("A flash sale: {} units, {} channel{}", count_text(result_.settings.stock),
                       result_.settings.channels, result_.settings.channels == 1 ? "" : "s");
  }
  std::string description() const {
    std::string text = "Units sold over time. ";
    for (const SyncRun* run : {&result_.cron, &result_.pushes, &result_.asking}) {
      text += fmt::format("With {}: {} sold, {} oversold, {} orders to cancel. ",
                          telling_text(run->telling, result_.settings), count_text(run->units),
                          count_text(run->oversold), count_text(run->to_cancel));
    }
    text.pop_back();
    return text;
  }

  double x(Duration at) const {
    return kLeft +
           (kRight - kLeft) * static_cast<double>(at - from_) / static_cast<double>(to_ - from_);
  }
  double y(int64_t units) const {
    return kBottom -
           (kBottom - kTop) * static_cast<double>(units) / static_cast<double>(top_units_);
  }

  void draw_card(int place, const SyncRun& run, const char* look) {
    const double width = (kWidth - 2 * kMargin - 2 * kCardGap) / 3;
    const double left = kMargin + place * (width + kCardGap);
    const bool bad = run.oversold > 0;
    svg_.rect(left, kCardTop, width, kCardHeight, "panel", 8);
    svg_.line({left + 14, kCardTop + 20}, {left + 42, kCardTop + 20}, look);
    svg_.text({left + 52, kCardTop + 24}, telling_text(run.telling, result_.settings), "h2 ink");
    const std::string number = count_text(run.oversold);
    svg_.text({left + 14, kCardTop + 62}, number, bad ? "big bad" : "big good");
    svg_.text({left + 22 + svg_text_width(number, 38), kCardTop + 62},
              fmt::format("unit{} oversold", run.oversold == 1 ? "" : "s"),
              bad ? "h2 bad" : "h2 good");
    svg_.text({left + 14, kCardTop + 84},
              fmt::format("{} sold, {} order{} to cancel", count_text(run.units),
                          count_text(run.to_cancel), run.to_cancel == 1 ? "" : "s"),
              "muted");
  }

  /// 1, 2, 5, 10, 20 … so that there are four to eight lines.
  int64_t unit_step() const {
    int64_t step = 1;
    for (int i = 0; top_units_ / step > 8; ++i) step = i % 3 == 1 ? step / 2 * 5 : step * 2;
    return step;
  }

  void draw_grid() {
    for (int64_t units = 0; units <= top_units_; units += unit_step()) {
      svg_.line({kLeft, y(units)}, {kRight, y(units)}, "grid");
      svg_.text({kLeft - 8, y(units) + 4}, count_text(units), "end muted");
    }
    const Duration first = (from_ + 30 * kMinute - 1) / (30 * kMinute) * (30 * kMinute);
    for (Duration at = first; at <= to_; at += 30 * kMinute) {
      svg_.line({x(at), kBottom}, {x(at), kBottom + 5}, "axis");
      svg_.text({x(at), kBottom + 20}, clock_text(at), "middle muted");
    }
    svg_.line({kLeft, kBottom}, {kRight, kBottom}, "axis");
    svg_.text({kLeft, kTop - 10}, "units sold", "muted");
    svg_.line({x(result_.sale.opens), kTop}, {x(result_.sale.opens), kBottom}, "axis");
    svg_.text({x(result_.sale.opens) - 4, kTop - 10},
              "the sale opens, " + clock_text(result_.sale.opens), "muted");
  }

  void draw_syncs() {
    std::vector<Duration> seen;
    for (const Duration at : result_.cron.syncs) {
      if (at >= from_ && at <= to_) seen.push_back(at);
    }
    const bool many = seen.size() > kSyncLinesMax;
    for (const Duration at : seen) {
      svg_.line({x(at), many ? kBottom - 6 : kTop}, {x(at), kBottom}, "cron dotted");
    }
    svg_.line({kLeft, kBottom + 40}, {kLeft + 22, kBottom + 40}, "cron dotted");
    svg_.text({kLeft + 30, kBottom + 44}, "cron runs", "muted");
    svg_.line({kLeft + 120, kBottom + 40}, {kLeft + 148, kBottom + 40}, "want thick dotted");
    svg_.text({kLeft + 156, kBottom + 44}, "asked for", "muted");
  }

  /// A curve as pixels, a point wherever it bends.
  std::vector<Svg::Point> points_of(const std::function<int64_t(Duration)>& units) const {
    std::vector<Svg::Point> points;
    for (double at = kLeft; at <= kRight; at += kSample) {
      const double part = (at - kLeft) / (kRight - kLeft);
      const Duration time = from_ + static_cast<Duration>(part * static_cast<double>(to_ - from_));
      const double level = y(units(time));
      const size_t count = points.size();
      if (count >= 2 && points[count - 1].second == level && points[count - 2].second == level) {
        points.back().first = at;
      } else {
        points.emplace_back(at, level);
      }
    }
    return points;
  }
  void draw_curve(const char* look, const std::function<int64_t(Duration)>& units) {
    svg_.polyline(points_of(units), look);
  }

  /// What cron sold above the stock.
  void draw_excess() {
    const int64_t stock = result_.settings.stock;
    if (result_.cron.units_at(to_) > stock) {
      std::vector<Svg::Point> area =
          points_of([&](Duration at) { return std::max(stock, result_.cron.units_at(at)); });
      area.emplace_back(area.back().first, y(stock));
      svg_.polygon(area, "excess");
    }
    svg_.line({kLeft, y(stock)}, {kRight, y(stock)}, "limit");
    svg_.text({kLeft + 6, y(stock) - 7}, fmt::format("{} in stock", count_text(stock)), "bold ink");
  }

  /// At the right: what each curve came to, pushed apart where they would overlap.
  void draw_ends() {
    struct End {
      double y;
      std::string text;
      const char* look;
    };
    std::vector<End> ends = {
        {y(result_.sale.units_at(to_)),
         fmt::format("{} asked for", count_text(result_.sale.units_at(to_))), "muted"},
        {y(result_.cron.units_at(to_)),
         fmt::format("{} cron", count_text(result_.cron.units_at(to_))), "bold bad"},
        {y(result_.pushes.units_at(to_)),
         fmt::format("{} pushes", count_text(result_.pushes.units_at(to_))), "bold sync"},
        {y(result_.asking.units_at(to_)),
         fmt::format("{} asking", count_text(result_.asking.units_at(to_))), "bold good"}};
    std::stable_sort(ends.begin(), ends.end(),
                     [](const End& a, const End& b) { return a.y < b.y; });
    double free = 0;
    for (End& end : ends) {
      end.y = std::max(end.y, free);
      free = end.y + 16;
      svg_.text({kRight + 10, end.y + 4}, end.text, end.look);
    }
  }

  const BatchSync& result_;
  const Duration from_, to_;
  const int64_t top_units_;
  Svg svg_;
};

}  // namespace

std::string batch_sync_picture(const BatchSync& result) { return Picture(result).draw(); }

}  // namespace holdfast::app
