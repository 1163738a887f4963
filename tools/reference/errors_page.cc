#include <iterator>
#include <span>

#include <fmt/format.h>

#include "base/error.h"
#include "http/problem.h"
#include "tools/reference/pages.h"

namespace holdfast::reference {
namespace {

/// Codes are numbered by owner, a hundred each.
struct Owner {
  int first;
  const char* heading;
};

constexpr Owner kOwners[] = {
    {0, "## The request itself\n\nMend it and send it again; nothing was recorded."},
    {100,
     "## The ledger's refusals\n\nUnderstood, and does not hold against the state; nothing was "
     "recorded."},
    {200,
     "## Not now\n\nThe ledger cannot take it at the moment. Nothing was recorded, except where it "
     "says so."},
    {300,
     "## Why a delivery was parked\n\nA source's delivery that is signed is answered 2xx; what "
     "cannot be "
     "booked is kept aside with one of these (`GET /v1/sources/{name}/parked`)."},
    {400, "## Storage and start-up\n\nThe process says so and exits, or does not start."},
    {500, "## A defect of ours"},
};

constexpr const char* kOpening = R"(# Error codes

<!-- made by ./dev docs from src/base/error.cc and src/http/problem.cc: edit those -->

Every error is `application/problem+json` (RFC 9457) with a stable `code`; `type` is `urn:holdfast:error:{code}`.
The field at fault is in `errors[].pointer`, a JSON pointer into the body (in arrays and streams: `pointer`,
relative to the item); `request_id` is the answer's `X-Request-Id`. Codes are never renamed. A 4xx, `overloaded` or `storage_full` left nothing behind.
Where a number stands behind the status, the answer has `Retry-After` with that many seconds.

```json
{"type":"urn:holdfast:error:invalid_quantity","title":"Invalid quantity","status":422,"code":"invalid_quantity",
 "detail":"`quantity` must be an integer from 1 to 1000000000; got 2.5","instance":"/v1/holds",
 "errors":[{"pointer":"/lines/0/quantity","detail":"`quantity` must be an integer from 1 to 1000000000; got 2.5"}],
 "request_id":"3f9a1c04be77-2a"}
```
)";

}  // namespace

std::string errors_page() {
  std::string page = kOpening;
  size_t count = 0;
  const ErrorCodeInfo* codes = all_error_codes(&count);
  size_t next_owner = 0;
  for (const ErrorCodeInfo& info : std::span(codes, count)) {
    if (next_owner < std::size(kOwners) &&
        static_cast<int>(info.code) >= kOwners[next_owner].first) {
      page += fmt::format("\n{}\n\n| code | HTTP | what to do |\n|---|---|---|\n",
                          kOwners[next_owner].heading);
      ++next_owner;
    }
    const http::ProblemRow* row = http::problem_row(info.code);
    const int status = row == nullptr ? 500 : row->status;
    const std::string pause =
        row != nullptr && row->retry_after_s > 0 ? fmt::format(", {} s", row->retry_after_s) : "";
    page += fmt::format("| `{}` | {}{} | {} |\n", info.name, status, pause, info.remedy);
  }
  return page;
}

}  // namespace holdfast::reference
