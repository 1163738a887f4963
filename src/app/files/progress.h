// How far something long has come: one line on standard error, redrawn, and only on a terminal.
//
// Used by import, export, backup and restore. Confined to one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace holdfast::app {

class Progress {
 public:
  /// `what` is counted, "lines"; `total` 0: nobody knows. `quiet`: never drawn.
  Progress(std::string what, uint64_t total, bool quiet);
  /// Takes its line away.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// So many are done. Draws at most ten times a second.
  void at(uint64_t done);
  void of(uint64_t total) { total_ = total; }

 private:
  using Clock = std::chrono::steady_clock;
  const std::string what_;
  uint64_t total_;
  const bool drawn_;
  const Clock::time_point begin_ = Clock::now();
  Clock::time_point next_ = begin_;
};

/// "12,345".
std::string with_commas(uint64_t number);

/// The line a Progress draws, `seconds` after its begin.
std::string progress_line(const std::string& what, uint64_t done, uint64_t total, double seconds);

}  // namespace holdfast::app
