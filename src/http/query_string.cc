#include "http/query_string.h"

#include <charconv>

#include <fmt/format.h>

#include "base/append.h"

namespace holdfast::http {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hex_value(text[i + 1]);
    const int low = hex_value(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return out;
}

void append_percent_encoded(std::string* out, std::string_view text) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  append_filled(out, 3 * text.size(), [text](char* at) {
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                         (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_' || c == '~';
      if (plain) {
        *at++ = c;
      } else {
        *at++ = '%';
        *at++ = kDigits[byte >> 4];
        *at++ = kDigits[byte & 15];
      }
    }
    return at;
  });
}

Result<QueryString> QueryString::parse(std::string_view query) {
  QueryString out;
  while (!query.empty()) {
    const size_t end = query.find('&');
    const std::string_view part = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
    if (part.empty()) continue;
    const size_t equals = part.find('=');
    auto name = percent_decode(part.substr(0, equals));
    auto value = percent_decode(equals == std::string_view::npos ? "" : part.substr(equals + 1));
    if (!name || !value)
      return fail(ErrorCode::kInvalidValue, "a '%' in the query is not followed by two hex digits");
    if (out.parameters_.size() == kParametersMax)
      return fail(ErrorCode::kInvalidValue, "too many query parameters");
    for (const Parameter& earlier : out.parameters_)
      if (earlier.name == *name)
        return fail(ErrorCode::kDuplicateField, fmt::format("query parameter \"{}\" is given twice", *name));
    out.parameters_.push_back({std::move(*name), std::move(*value)});
  }
  return out;
}

std::optional<std::string_view> QueryString::take(std::string_view name) {
  for (Parameter& parameter : parameters_) {
    if (parameter.name != name) continue;
    parameter.taken = true;
    return parameter.value;
  }
  return std::nullopt;
}

Status QueryString::check_all_taken() const {
  for (const Parameter& parameter : parameters_)
    if (!parameter.taken)
      return fail(ErrorCode::kUnknownField,
                  fmt::format("there is no query parameter \"{}\" here", parameter.name));
  return {};
}

Result<bool> read_bool(std::string_view name, std::string_view value) {
  if (value.empty() || value == "true") return true;
  if (value == "false") return false;
  return fail(ErrorCode::kInvalidValue, fmt::format("query parameter \"{}\" must be true or false", name));
}

Result<uint64_t> read_number(std::string_view name, std::string_view value, uint64_t min, uint64_t max) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc{} || end != value.data() + value.size() || number < min || number > max)
    return fail(ErrorCode::kInvalidValue,
                fmt::format("query parameter \"{}\" must be an integer from {} to {}", name, min, max));
  return number;
}

}  // namespace holdfast::http
