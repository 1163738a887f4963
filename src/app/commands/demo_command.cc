// `holdfast demo`: runs the day, shows it live, and says what it came to.
#include <algorithm>

#include <fmt/format.h>
#include <unistd.h>

#include "app/commands/commands.h"
#include "app/commands/output.h"
#include "app/demo/demo.h"
#include "app/demo/screen.h"
#include "app/signals.h"

namespace holdfast::app {
namespace {

constexpr Duration kDayDefault = 2 * kMinute;
constexpr int64_t kOrdersPerSecond = 12;
constexpr uint64_t kSeedDefault = 20'101'201;

/// What is left of the time for the day itself: closing the books takes a moment.
Duration day_length(const DemoArguments& arguments) {
  if (!arguments.run_for) return kDayDefault;
  return std::max(*arguments.run_for / 2, *arguments.run_for - 3 * kSecond);
}

Result<Day> make_day(const DemoArguments& arguments, Duration length) {
  if (!arguments.orders_file.empty()) return read_day(arguments.orders_file);
  const int64_t orders = std::max<int64_t>(30, length / kSecond * kOrdersPerSecond);
  return generate_day(arguments.seed.value_or(kSeedDefault), static_cast<size_t>(orders));
}

std::string opening_text(const DemoArguments& arguments, const Demo& demo, const Day& day) {
  size_t lines = 0;
  for (const DayOrder& order : day.orders) lines += order.lines.size();
  std::string text = fmt::format(
      "Holdfast demo: one ledger, three channels, {} orders with {} lines for {} SKUs ({})\n"
      "  dashboard    {}/   what was sold, what is left, which channel lags\n"
      "  ledger       {}/v1   (try {}/v1/stock?limit=5)\n"
      "  journal      {}\n",
      day.orders.size(), lines, day.supply.size(),
      arguments.orders_file.empty()
          ? fmt::format("generated, seed {}", arguments.seed.value_or(kSeedDefault))
          : arguments.orders_file,
      demo.api(), demo.api(), demo.api(), demo.data_dir());
  for (int channel = 0; channel < kDemoChannels; ++channel) {
    text +=
        fmt::format("  {:<12} hears at {}\n", demo_channel(channel), demo.storefront_url(channel));
  }
  return text + "\n";
}

/// Redraws the table in place, or prints a line a second.
class LiveView {
 public:
  LiveView(bool terminal, bool quiet) : terminal_(terminal), quiet_(quiet) {}

  void show(const DemoProgress& progress) {
    if (quiet_) return;
    if (!terminal_) {
      if (shown_++ % 5 == 0) print_out(line_text(progress));
      return;
    }
    const std::string table = table_text(progress);
    std::string out = shown_++ > 0 ? fmt::format("\033[{}A", lines_) : "";
    lines_ = static_cast<size_t>(std::count(table.begin(), table.end(), '\n'));
    for (const char c : table) {
      if (c == '\n') out += "\033[K";
      out += c;
    }
    print_out(out);
  }

 private:
  const bool terminal_, quiet_;
  int shown_ = 0;
  size_t lines_ = 0;
};

}  // namespace

int run_demo(const DemoArguments& arguments, bool json) {
  StopSignals signals(StopSignals::Hangup::kStops);
  const Duration length = day_length(arguments);
  const Result<Day> day = make_day(arguments, length);
  if (!day) return report(day.error(), json);
  const std::unique_ptr<telemetry::Log> log =
      telemetry::Log::to([](std::string_view line) { print_error(std::string(line) + "\n"); },
                         telemetry::LogLevel::kWarning);
  // real orders are replayed as they were; only the generated day has carts that nobody pays for
  Result<std::unique_ptr<Demo>> started = Demo::start(
      *day, length, arguments.seed.value_or(kSeedDefault), arguments.orders_file.empty(), *log);
  if (!started) return report(started.error(), json);
  Demo& demo = **started;
  if (!json) print_out(opening_text(arguments, demo, *day));

  LiveView view(isatty(STDOUT_FILENO) != 0, json);
  demo.open_shops();
  bool stopped = false;
  while (!stopped && !demo.day_is_over()) {
    view.show(demo.progress());
    stopped = signals.wait(200 * kMillisecond);
  }
  DemoVerdict verdict = demo.close_and_compare();
  const DemoProgress progress = demo.progress();
  view.show(progress);
  if (!arguments.run_for && !stopped) {
    if (!json) {
      print_out(summary_text(progress, verdict));
      print_out(fmt::format("The ledger and its dashboard stay up at {}/ until you press Ctrl-C.\n", demo.api()));
    }
    signals.wait();
  }
  demo.drain_and_verify(&verdict);
  print_out(json ? summary_json(progress, verdict) : summary_text(progress, verdict));
  return verdict.passed() ? kExitOk : kExitFailed;
}

}  // namespace holdfast::app
