// What must be true of the books after a schedule, whatever happened in it.
#pragma once

#include <string>
#include <vector>

#include "tests/schedules/database.h"
#include "tests/schedules/shoppers.h"

namespace holdfast::schedules {

struct Books {
  Snapshot tables;
  std::vector<const Told*> told;
  uint64_t timeline = 1;
  bool loses_commits = false;  ///< what was answered on an earlier timeline may be gone
};

/// Empty, or the first thing that is wrong:
/// * the log has every seq from 1, in whole commands, times never going back;
/// * no position of a scarce SKU is ever below zero: nothing was sold twice;
/// * each command is what the rules decide at its place in the log (the sequence oracle), and its own;
/// * what was acknowledged is in the log once, at the seq it was told; what was refused is not, and was
///   to be refused at the seq its answer rests on; each answer saw every answer given before it was asked;
/// * the rows of the tables, laid out, are the state the log replays to; sums over all accounts are zero.
std::string judge_books(const Books& books);

}  // namespace holdfast::schedules
