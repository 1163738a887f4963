#include "json/document.h"

#include <cstring>
#include <memory>
#include <string>

#include "json/diagnose.h"
#include "model/limits.h"

namespace holdfast::json {
namespace {

constexpr size_t kStartBytes = size_t{64} << 10;
constexpr size_t kKeptBytes = size_t{1} << 20;

struct Slot {
  std::unique_ptr<simdjson::dom::parser> parser;
  std::unique_ptr<char[]> buffer;
  size_t capacity = 0;

  // simdjson reads past the end of its input, up to SIMDJSON_PADDING bytes: hence the copy.
  simdjson::error_code load(std::string_view text) {
    const bool grow = text.size() > capacity;
    const bool shrink = capacity > kKeptBytes && text.size() <= kKeptBytes;
    if (grow || shrink) {
      capacity = text.size() > kStartBytes ? text.size() : kStartBytes;
      buffer = std::make_unique<char[]>(capacity + simdjson::SIMDJSON_PADDING);
      parser = std::make_unique<simdjson::dom::parser>();
      // simdjson counts what stands inside the deepest container as one level more.
      if (auto error = parser->allocate(capacity, limits::kJsonDepthMax + 1)) {
        capacity = 0;
        return error;
      }
    }
    std::memcpy(buffer.get(), text.data(), text.size());
    return simdjson::SUCCESS;
  }
};

}  // namespace

Result<simdjson::dom::element> parse_document(std::string_view text) {
  thread_local Slot slot;
  simdjson::dom::element root;
  simdjson::error_code error = simdjson::EMPTY;
  if (!text.empty()) {
    error = slot.load(text);
    if (!error) error = slot.parser->parse(slot.buffer.get(), text.size(), false).get(root);
  }
  if (!error) return root;
  if (auto reason = diagnose(text)) return fail(std::move(*reason));
  return fail(ErrorCode::kMalformedJson, simdjson::error_message(error));
}

}  // namespace holdfast::json
