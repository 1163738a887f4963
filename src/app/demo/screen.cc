#include "app/demo/screen.h"

#include <fmt/format.h>

#include "app/commands/output.h"
#include "json/print.h"

namespace holdfast::app {
namespace {

/// The hour of the shop's day, which runs from 8 to 14 o'clock.
std::string hour_text(double of_the_day) {
  const int minutes = 8 * 60 + static_cast<int>(of_the_day * 6 * 60);
  return fmt::format("{:02}:{:02}", minutes / 60, minutes % 60);
}

}  // namespace

std::string lag_text(Duration lag) {
  if (lag == 0) return "-";
  if (lag < 10 * kMillisecond) {
    return fmt::format("{:.1f} ms", static_cast<double>(lag) / kMillisecond);
  }
  if (lag < kSecond) return fmt::format("{} ms", lag / kMillisecond);
  return fmt::format("{:.1f} s", static_cast<double>(lag) / kSecond);
}

std::string count_text(int64_t number) {
  std::string digits = fmt::format("{}", number);
  for (int at = static_cast<int>(digits.size()) - 3; at > (number < 0 ? 1 : 0); at -= 3) {
    digits.insert(static_cast<size_t>(at), ",");
  }
  return digits;
}

std::string table_text(const DemoProgress& progress) {
  std::vector<std::vector<std::string>> rows = {
      {"channel", "orders", "sold out", "cancelled", "pushes heard", "lag p50", "lag p99"}};
  for (const DemoProgress::Channel& channel : progress.channels) {
    rows.push_back({channel.name, count_text(channel.orders), count_text(channel.lost),
                    count_text(channel.cancellations),
                    count_text(static_cast<int64_t>(channel.pushes)), lag_text(channel.lag_p50),
                    lag_text(channel.lag_p99)});
  }
  return fmt::format("{} in the shop\n\n{}\nevents {}   holds open {}   oversold {}\n",
                     hour_text(progress.of_the_day), to_table(rows),
                     count_text(static_cast<int64_t>(progress.events)), progress.open_holds,
                     progress.shortfalls);
}

std::string line_text(const DemoProgress& progress) {
  std::string text = fmt::format("{} events={} holds={} oversold={}", hour_text(progress.of_the_day),
                                 progress.events, progress.open_holds, progress.shortfalls);
  for (const DemoProgress::Channel& channel : progress.channels) {
    text += fmt::format("  {}: orders={} pushes={} lag p50={} p99={}", channel.name, channel.orders,
                        channel.pushes, lag_text(channel.lag_p50), lag_text(channel.lag_p99));
  }
  return text + "\n";
}

std::string summary_text(const DemoProgress& progress, const DemoVerdict& verdict) {
  int64_t orders = 0, lost = 0, cancellations = 0;
  Duration worst = 0;
  for (const DemoProgress::Channel& channel : progress.channels) {
    orders += channel.orders;
    lost += channel.lost;
    cancellations += channel.cancellations;
    worst = std::max(worst, channel.lag_p99);
  }
  std::string text = fmt::format(
      "\n{} orders promised, {} found everything sold out, {} cancellations; {} events for {} SKUs\n"
      "  oversold          {}\n"
      "  channels          {} numbers compared with the ledger's ({} SKUs, 3 channels); lag p99 ≤ {}\n"
      "  books             {} commands decided again by the naive twin\n",
      count_text(orders), count_text(lost), count_text(cancellations),
      count_text(static_cast<int64_t>(progress.events)), count_text(static_cast<int64_t>(verdict.skus)),
      verdict.oversold, count_text(static_cast<int64_t>(verdict.numbers_compared)), verdict.skus,
      lag_text(worst), count_text(static_cast<int64_t>(verdict.commands_compared)));
  if (verdict.passed()) {
    return text + "Nothing was sold twice, every channel knows the last state, and the books agree.\n";
  }
  for (const std::string& complaint : verdict.complaints) text += "  WRONG: " + complaint + "\n";
  return text + "This should not have happened.\n";
}

std::string summary_json(const DemoProgress& progress, const DemoVerdict& verdict) {
  std::string out = fmt::format(
      "{{\"passed\":{},\"oversold\":{},\"events\":{},\"skus\":{},\"numbers_compared\":{},"
      "\"commands_compared\":{},\"channels\":[",
      verdict.passed(), verdict.oversold, progress.events, verdict.skus, verdict.numbers_compared,
      verdict.commands_compared);
  for (size_t i = 0; i < progress.channels.size(); ++i) {
    const DemoProgress::Channel& channel = progress.channels[i];
    out += fmt::format(
        "{}{{\"channel\":\"{}\",\"orders\":{},\"sold_out\":{},\"cancellations\":{},\"pushes\":{},"
        "\"lag_p50_us\":{},\"lag_p99_us\":{}}}",
        i > 0 ? "," : "", channel.name, channel.orders, channel.lost, channel.cancellations,
        channel.pushes, channel.lag_p50, channel.lag_p99);
  }
  out += "],\"complaints\":[";
  for (size_t i = 0; i < verdict.complaints.size(); ++i) {
    if (i > 0) out += ",";
    json::print_text(&out, verdict.complaints[i]);
  }
  return out + "]}\n";
}

}  // namespace holdfast::app
