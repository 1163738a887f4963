// Two sets of books held against each other: what an answer said, and what everything now says.
#pragma once

#include <string>
#include <vector>

#include "model/outcome.h"
#include "sim/recorded_ledger.h"
#include "sim/twin.h"
#include "tests/properties/teller.h"

namespace holdfast::properties {

/// Empty, or how the ledger's answer differs from the twin's.
std::string compare_answers(const Outcome& ledger, const Outcome& twin);
/// Empty, or how balances, numbers of channels, holds, orders or shortfalls differ.
std::string compare_books(const sim::Books& ledger, const sim::Twin& twin);

struct StoryOptions {
  int64_t ats_error = 0;      ///< a wrong twin, to see the properties fail
  bool try_every_ats = true;  ///< a request of ATS is granted, of one more refused (as dry runs)
  bool lazy_expiry = false;   ///< the ledger expires only what a command touches
};

/// Tells a story to ledger and twin and holds them together after every command; then replays the
/// log. Empty, or the first difference.
std::string tell(const Story& story, const StoryOptions& options = {});

/// Leaves numbers out of a failing story as long as it still fails.
Story shorten(Story story, const StoryOptions& options);

/// The story in words, for a finding.
std::string retell(const Story& story);

}  // namespace holdfast::properties
