// The part of a target after '?', and percent-decoding. Used by the router and the handlers. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace holdfast::http {

/// "%2F" → "/". nullopt for a '%' without two hexadecimal digits. '+' stays '+': this is no form.
std::optional<std::string> percent_decode(std::string_view text);
/// Everything but unreserved characters (RFC 3986 §2.3) as %XX, for Location.
void append_percent_encoded(std::string* out, std::string_view text);

/// Decoded parameters. Names a handler does not know are refused, like unknown fields.
class QueryString {
 public:
  static constexpr size_t kParametersMax = 32;

  /// kInvalidValue for bad escapes, a name given twice, or too many.
  static Result<QueryString> parse(std::string_view query);

  /// The value of that name, and notes that the handler knows it.
  std::optional<std::string_view> take(std::string_view name);
  /// kUnknownField naming the first parameter nobody took.
  Status check_all_taken() const;

 private:
  struct Parameter {
    std::string name, value;
    bool taken = false;
  };
  std::vector<Parameter> parameters_;
};

/// "true" / "false" (or a bare name: true); kInvalidValue otherwise.
Result<bool> read_bool(std::string_view name, std::string_view value);
/// Decimal digits, min … max; kInvalidValue otherwise.
Result<uint64_t> read_number(std::string_view name, std::string_view value, uint64_t min, uint64_t max);

}  // namespace holdfast::http
