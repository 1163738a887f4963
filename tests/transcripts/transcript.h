// Golden transcripts: a story of commands in plain words, and what the books must say after each.
//
// The language is described in README.md beside this file. Used by transcript_test and by
// properties that replay a life in other orders. Confined to one thread.
#pragma once

#include <string>
#include <vector>

#include "base/time.h"
#include "model/command.h"
#include "sim/books.h"

namespace holdfast::transcripts {

/// One expectation: an answer ("-> …") or a state of the books ("= …").
struct Expectation {
  int line_number = 0;
  std::vector<std::string> words;
};

/// A command (or, with type kNone, only the passing of time) and what must be so after it.
struct Step {
  int line_number = 0;
  std::string text;
  Timestamp now;
  Command command;
  std::vector<Expectation> answers;
  std::vector<Expectation> states;
};

struct Transcript {
  std::string name;
  std::string sentence;  ///< what could go wrong
  std::vector<Step> steps;
  std::string error;  ///< empty, or why the file does not parse
};

/// Reads a transcript. A defect is told in `error` with its line.
Transcript read_transcript(const std::string& path);

/// Runs one step; empty, or what differs, with the line.
std::string run_step(const Step& step, sim::Books& books);
/// Runs all; stops at the first difference.
std::string run(const Transcript& transcript, sim::Books& books);

}  // namespace holdfast::transcripts
