// Who asks the nodes of a schedule, and what they were told: carts, orders and sales over few units, with
// keys and without, each asked again at another node when the answer does not come.
//
// Confined to one thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "model/command.h"
#include "model/outcome.h"

namespace holdfast::schedules {

/// One command and what became of it.
struct Told {
  Command command;
  unsigned attempts = 0;        ///< submitted so often
  bool open = false;            ///< an attempt has no answer yet
  bool ambiguous = false;       ///< an attempt may or may not be in the log
  bool given_up = false;        ///< no answer will be waited for
  std::optional<Outcome> answer;  ///< the definite one
  Seq heard_before = 0;         ///< answered to anyone before the answered attempt was submitted
  uint64_t timeline = 0;        ///< the answer was given on
  Timestamp deadline;           ///< of the open attempt
};

/// A shopper's commands, in order.
std::vector<Told> draw_commands(Random& random, size_t shopper, size_t count);
/// Channels and stock, before anybody shops.
std::vector<Command> opening(Random& random);

/// What a command is called in a finding. In the log it is known by its fingerprint: no two have the same.
std::string said(const Command& command);

inline const std::vector<std::string> kScarceSkus = {"CAP", "MUG", "TEE"};
inline const std::string kPlentySku = "PIN";

}  // namespace holdfast::schedules
