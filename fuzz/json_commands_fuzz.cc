// Any bytes as any body: nothing crashes, what is accepted is well-formed, what is refused says why in
// valid UTF-8, and its answer is valid JSON.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "json/check.h"
#include "json/parse.h"
#include "json/print.h"
#include "json/value.h"

namespace {

using namespace holdfast;

void require(bool condition) {
  if (!condition) std::abort();
}

void check(const Result<Command>& result) {
  if (result) {
    // A flat line and a whole one pass the same checks.
    require(json::check_command(*result).has_value());
    return;
  }
  require(result.error().code != ErrorCode::kNone && result.error().code != ErrorCode::kInternal);
  require(!result.error().detail.empty());
  require(json::is_utf8(result.error().detail) && json::is_utf8(result.error().pointer));
  std::string answer;
  json::print_outcome(&answer, json::rejected(result.error()));
  require(json::parse_value(answer).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const json::ParseContext context{.idempotency_header = data[0] & 0x10 ? "key" : "", .path = "/v1/x"};
  switch (data[0] & 0x0f) {
    case 0: check(json::parse_event(body, context)); break;
    case 1: check(json::parse_item(body, context)); break;
    case 2:
      if (const auto items = json::parse_array(body, context, json::Accept::kFactsAndRequests)) {
        for (const auto& item : *items) check(item);
      }
      break;
    case 3: {
      json::NdjsonItems stream(body, context, json::Accept::kFacts);
      while (!stream.at_end()) {
        for (const auto& item : stream.next(3)) check(item);
      }
      break;
    }
    case 4: check(json::parse_hold_place(body, context)); break;
    case 5: check(json::parse_hold_commit(body, "h1", context)); break;
    case 6: check(json::parse_hold_release(body, "h1", context)); break;
    case 7: check(json::parse_order_accept(body, context)); break;
    case 8: check(json::parse_channel_settings(body, "web", context)); break;
    case 9: (void)json::parse_availability(body); break;
    case 10: (void)json::key_of_header(body); break;
    default: check(json::parse_hold_change(body, "h1", context)); break;
  }
  return 0;
}
