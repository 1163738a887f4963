#include "http/problem.h"

#include <algorithm>
#include <charconv>

#include "json/print.h"

namespace holdfast::http {
namespace {

using enum ErrorCode;

constexpr ProblemRow kRows[] = {
    {kMalformedJson, 400, 0},
    {kUnknownField, 400, 0},
    {kDuplicateField, 400, 0},
    {kMissingField, 400, 0},
    {kInvalidValue, 422, 0},
    {kInvalidQuantity, 422, 0},
    {kInvalidName, 422, 0},
    {kInvalidTime, 422, 0},
    {kInvalidVersion, 422, 0},
    {kIdempotencyKeyRequired, 400, 0},
    {kIdempotencyKeyReused, 422, 0},
    {kLocationRequired, 422, 0},
    {kUnsupportedMediaType, 415, 0},
    {kBodyTooLarge, 413, 0},
    {kTooManyLines, 413, 0},
    {kNotFound, 404, 0},
    {kMethodNotAllowed, 405, 0},
    {kBadRequest, 400, 0},
    {kUnauthorized, 401, 0},
    {kForbidden, 403, 0},
    {kRateLimited, 429, 1},
    {kUnknownType, 422, 0},
    {kReferenceRequired, 422, 0},
    {kCursorInvalid, 410, 0},

    {kInsufficientStock, 409, 0},
    {kUnknownSku, 404, 0},
    {kUnknownHold, 404, 0},
    {kUnknownOrder, 404, 0},
    {kHoldExpired, 409, 0},
    {kHoldEndangered, 409, 0},
    {kHoldClosed, 409, 0},
    {kHoldCommittedElsewhere, 409, 0},
    {kHoldExists, 409, 0},
    {kOrderExists, 409, 0},
    {kStaleQuantity, 409, 0},
    {kUnknownChannel, 404, 0},
    {kUnknownLocation, 404, 0},
    {kChannelInUse, 409, 0},
    {kManagedByConfig, 409, 0},
    {kSkuMergeConflict, 409, 0},
    {kQuantityOverflow, 422, 0},

    {kOverloaded, 503, 1},
    {kIdempotencyFull, 503, 60},
    {kStorageFull, 507, 30},
    {kOutcomeUnknown, 503, 1},
    {kSkuLocked, 423, 1},
    {kShuttingDown, 503, 5},
    {kBasisMoved, 503, 1},  // the engine prepares it again; seen only when it gave up under load
    {kTooManyOpen, 503, 10},

    // Why a delivery is parked; as statuses only where an operator asks for such an item by itself.
    {kUnmappedLocation, 422, 0},
    {kUnmappedSku, 422, 0},
    {kOutsideWindow, 422, 0},
    {kUnreadableDelivery, 422, 0},

    // Storage and start-up. A process that answers at all has none of these for long.
    {kIo, 500, 0},
    {kCorrupt, 500, 0},
    {kInUse, 500, 0},
    {kWrongVersion, 500, 0},
    {kClockRefused, 500, 0},
    {kSnapshotAhead, 500, 0},
    {kConfigInvalid, 500, 0},
    {kNoSpace, 507, 30},

    {kInternal, 500, 0},
};
static_assert(std::ranges::is_sorted(kRows, {}, [](const ProblemRow& row) { return row.code; }));

Answer finish(const json::Problem& problem, int retry_after_s) {
  Answer answer;
  answer.status = problem.status;
  answer.content_type = kProblemJson;
  answer.code = problem.error.code;
  answer.instance = problem.instance;
  if (retry_after_s > 0) {
    char digits[12];
    const auto end = std::to_chars(digits, digits + sizeof digits, retry_after_s).ptr;
    answer.add_header("Retry-After", {digits, end});
  }
  json::print_problem(&answer.body, problem);
  return answer;
}

}  // namespace

const ProblemRow* problem_row(ErrorCode code) {
  const auto* row = std::ranges::lower_bound(kRows, code, {}, [](const ProblemRow& r) { return r.code; });
  return row != std::end(kRows) && row->code == code ? row : nullptr;
}

int status_of(ErrorCode code) {
  const ProblemRow* row = problem_row(code);
  return row == nullptr ? 500 : row->status;
}

Answer problem_answer(const Error& error, std::string_view instance, std::string_view resume_at) {
  const ProblemRow* row = problem_row(error.code);
  const int retry_after_s = row == nullptr ? 0 : row->retry_after_s;
  json::Problem problem;
  problem.status = status_of(error.code);
  problem.error = error;
  problem.instance = instance;
  problem.resume_at = resume_at;
  problem.retry_after_s = retry_after_s;
  return finish(problem, retry_after_s);
}

Answer problem_answer(const Outcome& outcome, std::string_view instance) {
  const ProblemRow* row = problem_row(outcome.error.code);
  const int retry_after_s = row == nullptr ? 0 : row->retry_after_s;
  json::Problem problem = json::problem_of(outcome, status_of(outcome.error.code), instance);
  problem.retry_after_s = retry_after_s;
  return finish(problem, retry_after_s);
}

Answer problem_answer(int status, const Error& error, std::string_view instance) {
  json::Problem problem;
  problem.status = status;
  problem.error = error;
  problem.instance = instance;
  return finish(problem, 0);
}

}  // namespace holdfast::http
