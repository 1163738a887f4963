// Random stories: commands over few SKUs, places, channels, holds and orders, so that they meet
// often.
//
// A story is a list of numbers; each number alone gives one command and the time before it. So a
// failing story is replayed from its seed and made shorter by leaving numbers out. Confined to one
// thread.
#pragma once

#include <string>
#include <vector>

#include "base/random.h"
#include "base/time.h"
#include "model/command.h"

namespace holdfast::properties {

using Story = std::vector<uint64_t>;

/// The story of one integer.
Story story_of(uint64_t seed, size_t commands);

class Teller {
 public:
  Teller();
  /// The next command; now() is its time. Repeats an earlier one now and then.
  Command tell(uint64_t number);
  Timestamp now() const { return now_; }

 private:
  Command fresh();
  void fact(Command& command);
  void order_fact(Command& command);
  void request(Command& command);
  void setting(Command& command);
  std::string recent_hold();
  void lines(Command& command, size_t most);
  void occurred(Command& command);
  void pass_time();
  bool chance(uint64_t percent) { return random_.below(100) < percent; }
  int64_t quantity() { return static_cast<int64_t>(1 + random_.below(chance(10) ? 12 : 4)); }
  std::string pick(const std::vector<std::string>& names) {
    return names[random_.below(names.size())];
  }

  SeededRandom random_{0};
  Timestamp now_;
  std::vector<Command> told_;
};

/// The channels every story starts with.
std::vector<Command> opening();

/// The command as a transcript would say it.
std::string describe(const Command& command);

}  // namespace holdfast::properties
