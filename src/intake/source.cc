#include "intake/source.h"

#include <fmt/format.h>

#include "base/hash.h"

namespace holdfast::intake {
namespace {

/// Lines and places, each text behind its length so that no two contents look alike.
std::string content_of(const Command& command) {
  std::string content;
  const auto text = [&](const std::string& value) {
    content += fmt::format("{}:{};", value.size(), value);
  };
  const auto number = [&](const std::optional<int64_t>& value) {
    content += value ? fmt::format("{};", *value) : std::string("-;");
  };
  for (const std::string* value : {&command.location, &command.to_location}) text(*value);
  for (const CommandLine& line : command.lines) {
    for (const std::string* value : {&line.sku, &line.location, &line.line}) text(*value);
    for (const auto* value :
         {&line.quantity, &line.total, &line.ordered, &line.cancelled, &line.written_off}) {
      number(*value);
    }
  }
  for (const CommandFulfillment& told : command.fulfillments) {
    for (const std::string* value : {&told.id, &told.location}) text(*value);
    number(told.voided ? 1 : 0);
    for (const CommandFulfillment::Line& line : told.lines) {
      for (const std::string* value : {&line.sku, &line.line}) text(*value);
      number(line.quantity);
    }
  }
  return content;
}

}  // namespace

void rekey_by_content(Command* command) {
  if (command->type == CommandType::kOrderReassigned) return;  // only its key tells a repetition
  const uint64_t content = hash64(content_of(*command));
  for (std::string* key : {&command->idempotency_key, &command->idempotency_key_2}) {
    if (!key->empty()) *key = fmt::format("again:{:016x}:{:016x}", hash64(*key), content);
  }
}

}  // namespace holdfast::intake
