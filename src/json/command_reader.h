// A parsed JSON object into a Command of a given type, by the table of fields.h.
//
// Used inside json only. Confined to one thread, one command per reader.
#pragma once

#include <string_view>

#include <simdjson.h>

#include "base/result.h"
#include "json/extract.h"
#include "json/fields.h"
#include "model/command.h"

namespace holdfast::json {

class CommandReader {
 public:
  /// Reads into `command`, which already has its type, and its ids from the path. A Command is large: it
  /// is filled where it will stay.
  explicit CommandReader(Command& command) : command_(command) {}

  /// Reads what the type's fields say. `taken` = the fields that may not stand in the body because the
  /// path has them. After an error the command is not to be used.
  Status read(Element root, FieldSet taken = 0);

 private:
  using Object = simdjson::dom::object;

  bool object(Object object, const Place& place);
  bool field(Field field, Element value, const Place& place);
  bool request_field(Field field, Element value, const Place& place);
  bool settings_field(Field field, Element value, const Place& place);
  bool lines(Element value, const Place& place);
  bool line(Element value, const Place& place, CommandLine* out);
  bool line_field(Field field, Element value, const Place& place, CommandLine* out);
  bool fulfillments(Element value, const Place& place);
  bool fulfillment(Element value, const Place& place, CommandFulfillment* out);
  bool fulfillment_field(Field field, Element value, const Place& place, CommandFulfillment* out);
  bool fulfillment_line(Element value, const Place& place, CommandFulfillment::Line* out);
  bool locations(Element value, const Place& place);
  bool resolve_fulfillment_lines();

  /// The field named `name`, or Field::kCount with the error set (unknown, or seen before).
  Field known(std::string_view name, FieldSet allowed, FieldSet* seen, const Place& place);
  bool array(Element value, const Place& place, simdjson::dom::array* out);

  Command& command_;
  FieldSet allowed_ = 0;
  FieldSet flat_allowed_ = 0;
  FieldSet line_allowed_ = 0;
  bool flat_ = false;
  bool has_lines_ = false;
  size_t line_count_ = 0;  ///< fulfilment lines included
  Extract extract_;
};

}  // namespace holdfast::json
