// `holdfast event`: one fact from flags, or a file of facts.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/commands/output.h"
#include "app/commands/render.h"

namespace holdfast::app {
namespace {

/// An integer as it is, anything else as text: a version may be either.
void print_version(std::string* out, const std::string& version) {
  const bool is_integer = !version.empty() && version.size() < 19 &&
                          version.find_first_not_of("0123456789") == std::string::npos;
  if (is_integer) {
    print_member(out, "version", std::optional<int64_t>(std::stoll(version)));
  } else {
    print_member(out, "version", version);
  }
}

/// One flat fact: what is not given is not there, and the server says what its type lacks.
std::string fact_from_flags(const EventArguments& event) {
  std::string fact;
  const std::pair<const char*, const std::string*> texts[] = {
      {"type", &event.type},
      {"channel", &event.channel},
      {"order", &event.order},
      {"location", &event.location},
      {"from", &event.from},
      {"to", &event.to},
      {"reference", &event.reference},
      {"fulfillment", &event.fulfillment},
      {"cancellation", &event.cancellation},
      {"return", &event.return_id},
      {"reason", &event.reason},
      {"occurred_at", &event.occurred_at},
      {"sku", &event.sku},
      {"line", &event.line},
      {"state", &event.state},
  };
  for (const auto& [name, text] : texts) print_member(&fact, name, *text);
  const std::pair<const char*, std::optional<int64_t>> numbers[] = {
      {"quantity", event.quantity},
      {"total", event.total},
      {"ordered", event.ordered},
      {"cancelled", event.cancelled},
      {"written_off", event.written_off},
      {"expected", event.expected},
      {"counted", event.counted},
      {"delta", event.delta},
      {"set", event.set},
  };
  for (const auto& [name, number] : numbers) print_member(&fact, name, number);
  print_version(&fact, event.version);
  if (event.final) fact += ",\"final\":true";
  if (event.no_restock) fact += ",\"restock\":false";
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
