// simdjson and the second, plain reader accept the same texts, but for integers beyond 64 bits, which a Value keeps
// and a command's number may not be; what is read prints and reads back the same.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "json/cursor.h"
#include "json/diagnose.h"
#include "json/print.h"
#include "json/value.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace holdfast;
  const auto require = [](bool condition) {
    if (!condition) std::abort();
  };
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto value = json::parse_value(text);
  const bool readable = value.has_value() || value.error().code == ErrorCode::kDuplicateField;
  const auto flaw = json::diagnose(text);
  const bool out_of_range = flaw && flaw->code == ErrorCode::kInvalidValue;
  require(readable == !flaw.has_value() || (out_of_range && readable));
  if (value) {
    const std::string printed = value->to_text();
    const auto again = json::parse_value(printed);
    require(again.has_value() && again->to_text() == printed);
    (void)value->find(text);
  }
  std::string quoted;
  json::print_text(&quoted, text);
  require(json::parse_value(quoted).has_value());
  if (const auto key = json::decode_page_cursor(text)) {
    require(json::encode_page_cursor(*key) == text);
  }
  if (const auto cursor = json::decode_cursor(text)) {
    require(text.ends_with(std::to_string(cursor->incarnation) + "-" + std::to_string(cursor->seq)));
    require(cursor->ledger.empty() || text.starts_with(cursor->ledger + "-"));
  }
  return 0;
}
