// One element of a document into one typed value, or the error that names its place.
//
// Used inside json only. Confined to one thread; holds the first error, after which the caller stops.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "base/result.h"
#include "base/time.h"
#include "json/place.h"
#include "model/account.h"
#include "model/version.h"

namespace holdfast::json {

using Element = simdjson::dom::element;

/// The root of a body, valid until the next call on this thread. A number beyond 64 bits in a field that
/// holds a quantity is that field's kInvalidQuantity.
Result<Element> parse_root(std::string_view body);

/// Each reader returns false, with error() set, for what its field does not take.
class Extract {
 public:
  bool fail(ErrorCode code, const Place& place, std::string detail);
  Error take_error() { return std::move(error_); }

  /// A name as check_name() wants it.
  bool name(Element element, const Place& place, std::string* out);
  /// Free text: 1-255 bytes without control characters.
  bool key(Element element, const Place& place, std::string* out);
  bool hold_id(Element element, const Place& place, std::string* out);
  bool boolean(Element element, const Place& place, bool* out);
  /// kInvalidQuantity outside [min, max] and for anything that is not written as an integer.
  bool quantity(Element element, const Place& place, int64_t min, int64_t max,
                std::optional<int64_t>* out);
  /// The same with kInvalidValue, for numbers that are no quantities.
  bool integer(Element element, const Place& place, int64_t min, int64_t max, int64_t* out);
  bool time(Element element, const Place& place, Timestamp* out);
  bool version(Element element, const Place& place, Version* out);
  /// available, damaged or quality_control; `sellable` only where it is asked for.
  bool state(Element element, const Place& place, Account* out, bool* sellable = nullptr);
  bool text(Element element, const Place& place, std::string_view* out);

 private:
  bool range_error(ErrorCode code, Element element, const Place& place, int64_t min, int64_t max);

  Error error_;
};

/// The element as it was written, shortened, for "got …".
std::string shown(Element element);

}  // namespace holdfast::json
