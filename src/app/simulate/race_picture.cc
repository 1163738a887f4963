#include "app/simulate/race_picture.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "app/simulate/race_text.h"
#include "app/simulate/svg.h"

namespace holdfast::app {
namespace {

constexpr double kWidth = 920, kMargin = 24;
constexpr double kTrackLeft = 100, kTrackRight = 740;  // room behind it for how a lane ends
constexpr double kHead = 84, kLane = 30, kStrip = 20, kAxis = 20, kPanelHead = 30, kGap = 14;
constexpr double kLegend = 40;
constexpr int kLanesMax = 6;

/// Time to pixels.
struct Scale {
  Duration end = 0;
  double x(Duration at) const {
    return kTrackLeft +
           (kTrackRight - kTrackLeft) * static_cast<double>(at) / static_cast<double>(end);
  }
};

/// One buyer's steps, by kind; none where it did not come to that.
struct Lane {
  std::optional<Duration> arrives, waits, locks, reads, pauses, wakes, lost, end;
  int64_t read = 0;
  RaceStep last;
};

Lane lane_of(const RaceRun& run, int buyer) {
  Lane lane;
  for (const RaceStep& step : run.steps) {
    if (step.buyer != buyer) continue;
    switch (step.kind) {
      case RaceStepKind::kArrives:
        lane.arrives = step.at;
        break;
      case RaceStepKind::kWaits:
        lane.waits = step.at;
        break;
      case RaceStepKind::kLocks:
        lane.locks = step.at;
        break;
      case RaceStepKind::kReads:
        lane.reads = step.at;
        lane.read = step.number;
        break;
      case RaceStepKind::kPauses:
        lane.pauses = step.at;
        break;
      case RaceStepKind::kWakes:
        lane.wakes = step.at;
        break;
      case RaceStepKind::kLeaseOver:
        lane.lost = step.at;
        break;
      default:
        lane.end = step.at;
        lane.last = step;
    }
  }
  return lane;
}

std::string end_text(const RaceStep& last) {
  switch (last.kind) {
    case RaceStepKind::kSells:
      return last.number < 0 ? fmt::format("✗ sold, stock {}", last.number)
                             : fmt::format("✓ sold, stock {}", last.number);
    case RaceStepKind::kRefused:
      return "refused: sold out";
    case RaceStepKind::kFenced:
      return "refused: old token";
    default:
      return "leaves: sold out";
  }
}

class Picture {
 public:
  explicit Picture(const Race& race)
      : race_(race),
        lanes_(static_cast<int>(std::min<int64_t>(kLanesMax, race.settings.buyers))),
        panel_(kPanelHead + kLane * lanes_ + kStrip + kAxis + kGap),
        svg_(kWidth, kHead + panel_ * static_cast<double>(race.runs.size()) + kLegend, title(),
             description()) {}

  std::string draw() {
    svg_.text({kMargin, 38}, title(), "h1 ink");
    svg_.text({kMargin, 60},
              fmt::format("Virtual time, seed {}: in every row the same buyers with the same delays"
                          "{}.",
                          race_.settings.seed, hidden()),
              "muted");
    double y = kHead;
    for (const RaceRun& run : race_.runs) {
      draw_panel(run, scale_of(run.way.pauses), y);
      y += panel_;
    }
    draw_legend(y + 14);
    return svg_.finish();
  }

 private:
  std::string title() const {
    const RaceSettings& settings = race_.settings;
    return fmt::format(
        "{} buyer{} and {}, five ways", settings.buyers, settings.buyers == 1 ? "" : "s",
        settings.stock == 1 ? "the last unit" : fmt::format("the last {} units", settings.stock));
  }
  std::string description() const {
    std::string text;
    for (const RaceRun& run : race_.runs) {
      text += fmt::format("{}: sold {} of {}, oversold {}. ", run.way.title, run.sold,
                          race_.settings.stock, run.oversold);
    }
    text.pop_back();
    return text;
  }
  std::string hidden() const {
    const int64_t more = race_.settings.buyers - lanes_;
    return more == 0 ? "" : fmt::format("; {} more are not shown but counted", more);
  }
  /// Ways with a pause have one scale, ways without another.
  Scale scale_of(bool pauses) const {
    Duration end = kMillisecond;
    for (const RaceRun& run : race_.runs) {
      if (run.way.pauses == pauses) end = std::max(end, run.last_answer);
    }
    const Duration round = 5 * kMillisecond;
    return {(end + round - 1) / round * round};
  }

  void draw_panel(const RaceRun& run, const Scale& scale, double y) {
    svg_.text({kMargin, y + 14}, run.way.title, "h2 ink");
    const bool bad = run.oversold > 0;
    svg_.text({kWidth - kMargin, y + 14},
              bad ? fmt::format("✗ sold {} of {}: oversold {}", run.sold, race_.settings.stock,
                                run.oversold)
                  : fmt::format("✓ sold {}, nothing twice", run.sold),
              bad ? "h2 end bad" : "h2 end good");
    y += kPanelHead;
    for (int buyer = 1; buyer <= lanes_; ++buyer) {
      draw_lane(lane_of(run, buyer), buyer, scale, y);
      y += kLane;
    }
    draw_stock(run, scale, y);
    draw_axis(scale, y + kStrip);
  }

  void bar(Duration from, Duration to, const Scale& scale, double y, const char* look) {
    svg_.rect(scale.x(from), y + 14, std::max(1.0, scale.x(to) - scale.x(from)), 8, look);
  }

  void draw_lane(const Lane& lane, int buyer, const Scale& scale, double y) {
    svg_.text({kMargin, y + 22}, fmt::format("buyer {}", buyer), "muted");
    const Duration starts = lane.locks.value_or(*lane.arrives);
    if (lane.locks) bar(*lane.arrives, starts, scale, y, "waits");
    bar(starts, *lane.reads, scale, y, "asks");
    if (*lane.end > *lane.reads) bar(*lane.reads, *lane.end, scale, y, "acts");
    if (lane.pauses) bar(*lane.pauses, *lane.wakes, scale, y, "still");
    if (lane.locks) {
      const Duration held_to = lane.lost.value_or(*lane.end);
      svg_.line({scale.x(starts), y + 25}, {scale.x(held_to), y + 25}, "lock");
    }
    label_from_ = 0;
    if (lane.waits) label(*lane.waits, "waits for the lock", scale, y, "muted");
    label(*lane.reads,
          fmt::format("reads {}{}", lane.read,
                      lane.pauses ? ", stands still " + ms_text(race_.settings.pause) : ""),
          scale, y, "ink");
    if (lane.lost) {
      const double x = scale.x(*lane.lost);
      svg_.line({x, y + 12}, {x, y + 28}, "lock");
      label(*lane.lost, "lease over", scale, y, "sync");
    }
    const bool sold = lane.last.kind == RaceStepKind::kSells;
    const char* end_look = !sold ? "muted" : lane.last.number < 0 ? "bad" : "good";
    svg_.circle({scale.x(*lane.end), y + 18}, 5, end_look);
    svg_.text({scale.x(*lane.end) + 10, y + 22}, end_text(lane.last),
              fmt::format("{} bold", end_look));
  }

  /// Above the bar, where the labels before it leave room.
  void label(Duration at, const std::string& text, const Scale& scale, double y, const char* look) {
    const double x = scale.x(at);
    if (x < label_from_) return;
    svg_.text({x, y + 10}, text, look);
    label_from_ = x + svg_text_width(text) + 6;
  }

  void draw_stock(const RaceRun& run, const Scale& scale, double y) {
    svg_.text({kMargin, y + 14}, "stock", "muted");
    int64_t says = race_.settings.stock;
    Duration since = 0;
    const auto draw_until = [&](Duration until) {
      const double left = scale.x(since), width = scale.x(until) - left;
      svg_.rect(left, y + 2, width, 15, says > 0 ? "some" : says == 0 ? "none" : "below");
      const std::string text = fmt::format("{}", says);
      if (width > svg_text_width(text) + 4) {
        svg_.text({left + width / 2, y + 14}, text, "middle bold onfill");
      }
    };
    for (const RaceStep& step : run.steps) {
      if (step.kind != RaceStepKind::kSells) continue;
      draw_until(step.at);
      since = step.at;
      says = step.number;
    }
    draw_until(scale.end);
  }

  void draw_axis(const Scale& scale, double y) {
    const Duration step = tick_step(scale.end);
    for (Duration at = 0; at <= scale.end; at += step) {
      svg_.line({scale.x(at), y - 2}, {scale.x(at), y + 2}, "axis");
      svg_.text({scale.x(at), y + 14}, fmt::format("{}{}", at / kMillisecond, at == 0 ? " ms" : ""),
                "middle muted");
    }
  }
  /// At most eight ticks behind the first: every 5, 10, 20, 50, 100 … ms.
  static Duration tick_step(Duration end) {
    Duration step = 5 * kMillisecond;
    while (end / step > 8) {
      const bool two = step / kMillisecond % 9 == 2;  // 2, 20, 200 … go on with 5, 50, 500 …
      step = two ? step / 2 * 5 : step * 2;
    }
    return step;
  }

  void draw_legend(double y) {
    double x = kMargin;
    for (const auto& [look, text] : {std::pair("waits", "waits for the lock"),
                                     {"asks", "asks what is left"},
                                     {"acts", "acts on what it read"},
                                     {"still", "stands still"}}) {
      svg_.rect(x, y, 22, 8, look);
      svg_.text({x + 28, y + 9}, text, "muted");
      x += 28 + svg_text_width(text) + 22;
    }
    svg_.line({x, y + 5}, {x + 22, y + 5}, "lock");
    svg_.text({x + 28, y + 9}, "holds the lock", "muted");
  }

  const Race& race_;
  const int lanes_;
  const double panel_;
  Svg svg_;
  double label_from_ = 0;
};

}  // namespace

std::string race_picture(const Race& race) { return Picture(race).draw(); }

}  // namespace holdfast::app
