#include "app/simulate/batch_sync_text.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "app/commands/output.h"
#include "app/demo/screen.h"
#include "app/simulate/ledger_shelf.h"
#include "json/print.h"

namespace holdfast::app {
namespace {

constexpr Duration kRowEvery = 15 * kMinute;
constexpr Duration kCourse = 2 * kHour;
constexpr size_t kOrdersNamed = 3;

std::array<const SyncRun*, 3> runs_of(const BatchSync& result) {
  return {&result.cron, &result.pushes, &result.asking};
}

int64_t over(const SyncRun& run, Duration at, int64_t stock) {
  return std::max<int64_t>(0, run.units_at(at) - stock);
}

std::string totals_text(const BatchSync& result) {
  std::vector<std::vector<std::string>> rows = {
      {"", "units sold", "oversold", "orders to cancel", "turned away"}};
  for (const SyncRun* run : runs_of(result)) {
    rows.push_back({telling_text(run->telling, result.settings), count_text(run->units),
                    count_text(run->oversold), count_text(run->to_cancel),
                    count_text(run->turned_away)});
  }
  return to_table(rows);
}

/// From before the sale opens until its burst is over.
std::string course_text(const BatchSync& result) {
  std::vector<std::vector<std::string>> rows = {{"time", "asked for", "cron sold", "oversold",
                                                 "pushes sold", "oversold", "asking sold",
                                                 "oversold"}};
  for (Duration at = kRowEvery; at <= kShopHours; at += kRowEvery) {
    if (at + kRowEvery < result.sale.opens || at > result.sale.opens + kCourse) continue;
    std::vector<std::string> row = {clock_text(at), count_text(result.sale.units_at(at))};
    for (const SyncRun* run : runs_of(result)) {
      row.push_back(count_text(run->units_at(at)));
      row.push_back(count_text(over(*run, at, result.settings.stock)));
    }
    rows.push_back(std::move(row));
  }
  return to_table(rows);
}

/// "The ledger names them, newest first: web/1843, market/1842, … ".
std::string named_text(const SyncRun& run) {
  if (run.endangered.empty()) return {};
  std::string text = "The ledger names the endangered orders, newest first: ";
  for (size_t i = 0; i < std::min(kOrdersNamed, run.endangered.size()); ++i) {
    text += (i > 0 ? ", " : "") + run.endangered[i];
  }
  return text + (run.endangered.size() > kOrdersNamed ? " …\n" : "\n");
}

std::string problem_of(const BatchSync& result) {
  for (const SyncRun* run : runs_of(result)) {
    if (!run->problem.empty()) return run->problem;
  }
  return "more was sold than can be explained";
}

std::string verdict_text(const BatchSync& result) {
  if (!result.passed()) {
    return fmt::format("This should not have happened: {}\n", problem_of(result));
  }
  return fmt::format(
      "Asking first oversells nothing. Pushes can oversell what is asked for within one lag: at "
      "most "
      "{} unit{} here.\n",
      result.within_a_lag(), result.within_a_lag() == 1 ? "" : "s");
}

}  // namespace

std::string span_text(Duration span) {
  for (const auto& [unit, name] :
       {std::pair(kHour, "h"), {kMinute, "m"}, {kSecond, "s"}, {kMillisecond, "ms"}}) {
    if (span % unit == 0 && span >= unit) return fmt::format("{}{}", span / unit, name);
  }
  return "0s";
}

std::string telling_text(Telling telling, const BatchSyncSettings& settings) {
  switch (telling) {
    case Telling::kCron:
      return "cron every " + span_text(settings.interval);
    case Telling::kPushes:
      return "pushes, " + span_text(settings.lag) + " behind";
    case Telling::kAsking:
      return "every channel asks first";
  }
  return {};
}

std::string batch_sync_text(const BatchSync& result) {
  const BatchSyncSettings& settings = result.settings;
  return fmt::format(
             "A flash sale on {} channel{}: {} units of {}, {} orders ask for {}; it opens at {} "
             "(virtual time, seed {})\n\n",
             settings.channels, settings.channels == 1 ? "" : "s", count_text(settings.stock),
             kShelfSku, count_text(settings.demand), count_text(result.sale.units()),
             clock_text(result.sale.opens), settings.seed) +
         totals_text(result) + "\n" + course_text(result) + "\n" + named_text(result.cron) +
         verdict_text(result);
}

std::string batch_sync_json(const BatchSync& result) {
  const BatchSyncSettings& settings = result.settings;
  std::string out = fmt::format(
      "{{\"passed\":{},\"seed\":{},\"interval_us\":{},\"lag_us\":{},\"stock\":{},\"channels\":{},"
      "\"orders\":{},\"units\":{},\"opens\":\"{}\",\"within_a_lag\":{},\"runs\":[",
      result.passed(), settings.seed, settings.interval, settings.lag, settings.stock,
      settings.channels, settings.demand, result.sale.units(), clock_text(result.sale.opens),
      result.within_a_lag());
  for (const SyncRun* run : runs_of(result)) {
    out += fmt::format(
        "{}{{\"name\":\"{}\",\"orders_sold\":{},\"units_sold\":{},\"turned_away\":{},"
        "\"oversold\":{},\"orders_to_cancel\":{},\"problem\":",
        run == &result.cron ? "" : ",", name_of(run->telling), run->orders, run->units,
        run->turned_away, run->oversold, run->to_cancel);
    json::print_text(&out, run->problem);
    out += ",\"course\":[";
    for (Duration at = kRowEvery; at <= kShopHours; at += kRowEvery) {
      out += fmt::format("{}{{\"at\":\"{}\",\"units_sold\":{},\"oversold\":{}}}",
                         at == kRowEvery ? "" : ",", clock_text(at), run->units_at(at),
                         over(*run, at, settings.stock));
    }
    out += "]}";
  }
  return out + "]}\n";
}

}  // namespace holdfast::app
