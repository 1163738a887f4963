// `holdfast event`: one fact from flags, or a file of facts.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/commands/output.h"
#include "app/commands/render.h"

namespace holdfast::app {
namespace {

std::string fact_from_flags(const EventArguments& event) {
  std::string line;
  print_member(&line, "sku", event.sku);
  print_member(&line, "quantity", event.quantity);
  print_member(&line, "total", event.total);
  print_member(&line, "counted", event.counted);
  print_member(&line, "delta", event.delta);
  print_member(&line, "state", event.state);
  std::string fact;
  print_member(&fact, "type", event.type);
  print_member(&fact, "channel", event.channel);
  print_member(&fact, "order", event.order);
  print_member(&fact, "location", event.location);
  print_member(&fact, "reference", event.reference);
  print_member(&fact, "reason", event.reason);
  print_member(&fact, "occurred_at", event.occurred_at);
  if (!line.empty()) fact += ",\"lines\":[" + to_object(line) + "]";
  return to_object(fact);
}

Result<std::string> read_all(const std::string& file) {
  if (file == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::ifstream in(file, std::ios::binary);
  if (!in)
    return fail(ErrorCode::kIo, fmt::format("cannot read '{}': {}", file, std::strerror(errno)));
  return std::string(std::istreambuf_iterator<char>(in), {});
}

/// One value, or one value a line: where the whole is none and its first line is one, it is NDJSON.
/// Anything else is JSON with a mistake in it, and the server says where.
const char* content_type_of(const std::string& body) {
  const size_t begin = std::min(body.find_first_not_of(" \t\r\n"), body.size());
  const std::string first = body.substr(begin, body.find('\n', begin) - begin);
  const bool lines = !json::parse_value(body) && json::parse_value(first);
  return lines ? "application/x-ndjson" : "application/json";
}

}  // namespace

int run_event(const EventArguments& arguments, const ServerArguments& server, bool json) {
  std::string body = fact_from_flags(arguments);
  const char* content_type = "application/json";
  if (!arguments.file.empty()) {
    Result<std::string> text = read_all(arguments.file);
    if (!text) return report(text.error(), json);
    body = std::move(*text);
    content_type = content_type_of(body);
  }
  const std::string key = arguments.key.empty() ? fresh_key() : arguments.key;
  HttpClient client = connect(server);
  return show_answer(client.post(arguments.dry_run ? "/v1/events?dry_run=true" : "/v1/events", body,
                                 {{"Content-Type", content_type}, {"Idempotency-Key", key}}),
                     json, render_outcome);
}

}  // namespace holdfast::app
