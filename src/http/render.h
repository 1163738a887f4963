// Outcomes as HTTP answers: which status, which body, which headers. Pure; used by the handlers.
#pragma once

#include <string_view>

#include "http/answer.h"
#include "model/outcome.h"

namespace holdfast::http {

/// A single command's answer: recorded / accepted 201, duplicate 200 (a replay: the first status), parked
/// 202, refused and rejected as problems.
Answer outcome_answer(const Outcome& outcome, std::string_view path);

}  // namespace holdfast::http
