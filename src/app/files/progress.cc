#include "app/files/progress.h"

#include <algorithm>

#include <fmt/format.h>
#include <unistd.h>

#include "app/commands/output.h"

namespace holdfast::app {
namespace {

constexpr auto kDrawEvery = std::chrono::milliseconds(100);
constexpr size_t kBarWidth = 30;

}  // namespace

Progress::Progress(std::string what, uint64_t total, bool quiet)
    : what_(std::move(what)), total_(total), drawn_(!quiet && ::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (drawn_) print_error("\r\x1b[K");
}

void Progress::at(uint64_t done) {
  if (!drawn_) return;
  const Clock::time_point now = Clock::now();
  if (now < next_) return;
  next_ = now + kDrawEvery;
  const double seconds = std::chrono::duration<double>(now - begin_).count();
  print_error("\r\x1b[K" + progress_line(what_, done, total_, seconds));
}

std::string with_commas(uint64_t number) {
  std::string text = std::to_string(number);
  for (size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
  return text;
}

std::string progress_line(const std::string& what, uint64_t done, uint64_t total, double seconds) {
  const auto rate = static_cast<uint64_t>(seconds > 0 ? static_cast<double>(done) / seconds : 0);
  if (total == 0) return fmt::format("{} {}  {}/s", with_commas(done), what, with_commas(rate));
  const size_t full = std::min<size_t>(kBarWidth, kBarWidth * done / total);
  return fmt::format("[{}{}] {:3}%  {} of {} {}  {}/s", std::string(full, '#'),
                     std::string(kBarWidth - full, '.'), 100 * std::min(done, total) / total,
                     with_commas(done), with_commas(total), what, with_commas(rate));
}

}  // namespace holdfast::app
