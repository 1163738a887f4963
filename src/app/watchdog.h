// Says that the process is alive only while it is: every round asks each part that must move (the
// sequencer with its flush, each event loop) to answer through its own queue, and only a round that
// all of them answered counts.
//
// Made by serve. turn() is confined to one thread; parts answer on any.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::app {

class Watchdog {
 public:
  /// Asks a part to call `answer`, once, when it gets to it. Must not block.
  using Ask = std::function<void(std::function<void()> answer)>;
  /// True while the part has a good reason to stand still: it then counts as alive.
  using Excused = std::function<bool()>;

  void watch(std::string part, Ask ask, Excused excused = {});

  /// One round: whether every part has answered what the round before asked; those that have are
  /// asked anew. False in the first round.
  bool turn();
  /// The first part that turn() found without an answer; empty = none.
  std::string_view silent() const { return silent_; }

 private:
  struct Part {
    std::string name;
    Ask ask;
    Excused excused;
    std::shared_ptr<std::atomic<bool>> answered;  ///< of the question that is out; null = none is
  };
  std::vector<Part> parts_;
  std::string silent_;
};

}  // namespace holdfast::app
