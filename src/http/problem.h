// The one table from ErrorCode to HTTP status, and errors as application/problem+json (RFC 9457).
//
// Used by every handler. Pure functions, thread-safe.
#pragma once

#include <optional>
#include <string_view>

#include "base/error.h"
#include "http/answer.h"
#include "model/outcome.h"

namespace holdfast::http {

struct ProblemRow {
  ErrorCode code;
  int status;
  int retry_after_s;  ///< 0 = no Retry-After
};

/// nullptr for a code that has no row (a test shows there is none but kNone).
const ProblemRow* problem_row(ErrorCode code);
/// The status of that row; 500 without one.
int status_of(ErrorCode code);

/// `instance` is the path asked for. `resume_at` goes with kCursorInvalid.
Answer problem_answer(const Error& error, std::string_view instance, std::string_view resume_at = {});
/// A refused or rejected outcome, with its shortages, hold and stock.
Answer problem_answer(const Outcome& outcome, std::string_view instance);
/// A problem that has a status of its own: framing refusals and timeouts.
Answer problem_answer(int status, const Error& error, std::string_view instance);

}  // namespace holdfast::http
