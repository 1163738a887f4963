#include "app/commands/output.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

#include "base/random.h"
#include "json/print.h"

namespace holdfast::app {
namespace {

/// What a client without the right key does next.
std::string key_remedy(int status) {
  if (status != 401) return "";
  return "  Give the key with --key or HOLDFAST_KEY; one is made with `holdfast key create`.\n";
}

/// "insufficient_stock: there is less than asked for" and one line per short line.
std::string describe_problem(const json::Value& problem, int status) {
  std::string text = fmt::format("holdfast: {} ({})", text_of(problem, "code"), status);
  for (const char* member : {"detail", "pointer"}) {
    const std::string part = text_of(problem, member);
    if (!part.empty()) text += fmt::format(": {}", part);
  }
  text += "\n" + key_remedy(status);
  const json::Value* shortages = problem.get("shortages");
  if (shortages == nullptr) return text;
  for (const json::Value& line : shortages->items()) {
    text += fmt::format("  {}: asked for {}, available to sell {}\n", text_of(line, "sku"),
                        text_of(line, "requested"), text_of(line, "available_to_sell"));
  }
  return text;
}

size_t display_width(const std::string& text) {
  size_t width = 0;
  for (const char c : text) width += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1 : 0;
  return width;
}

}  // namespace

void print_out(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}
void print_error(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); }

bool is_problem(const json::Value& answer) {
  return answer.get("code") != nullptr && answer.get("title") != nullptr;
}

int report(const Error& error, bool json) {
  if (json) {
    std::string out = "{\"code\":";
    json::print_text(&out, name_of(error.code));
    print_member(&out, "detail", error.detail);
    print_member(&out, "pointer", error.pointer);
    print_out(out + "}\n");
  } else {
    print_error(fmt::format("holdfast: {}\n", error.detail));
  }
  return kExitFailed;
}

namespace {

/// An answer about many is 200 as a whole; each of them says what became of it. The last line of a
/// stream may be the problem that ended it.
bool is_good(const json::Value& answer) {
  if (is_problem(answer)) return false;
  if (const json::Value* results = answer.get("results"); results != nullptr) {
    return std::all_of(results->items().begin(), results->items().end(), is_good);
  }
  const std::string status = text_of(answer, "status");
  return status != "refused" && status != "rejected";
}

/// NDJSON: one answer a line, in the order of what was asked.
int show_lines(std::string_view body, bool json,
               const std::function<std::string(const json::Value&)>& render) {
  bool good = true;
  while (!body.empty()) {
    const size_t end = body.find('\n');
    const Result<json::Value> value = json::parse_value(body.substr(0, end));
    if (!value) return report(value.error(), json);
    good = good && is_good(*value);
    if (json) {
      print_out(std::string(body.substr(0, end)) + "\n");
    } else if (is_problem(*value)) {
      print_error(describe_problem(*value, std::atoi(text_of(*value, "status").c_str())));
    } else {
      print_out(render(*value));
    }
    body.remove_prefix(end == std::string_view::npos ? body.size() : end + 1);
  }
  return good ? kExitOk : kExitFailed;
}

}  // namespace

int show_answer(const Result<HttpAnswer>& answer, bool json,
                const std::function<std::string(const json::Value&)>& render) {
  if (!answer) return report(answer.error(), json);
  const Result<json::Value> value = json::parse_value(answer->body);
  if (!value && answer->ok() && answer->body.ends_with('\n')) {
    return show_lines(answer->body, json, render);
  }
  const int exit_code = answer->ok() && value && is_good(*value) ? kExitOk : kExitFailed;
  if (json) {
    print_out(answer->body.ends_with('\n') ? answer->body : answer->body + "\n");
    return exit_code;
  }
  if (!value) {
    print_error(fmt::format("holdfast: the server's answer ({}) is not JSON: is it Holdfast?\n",
                            answer->status));
    return kExitFailed;
  }
  if (answer->ok()) {
    print_out(render(*value));
  } else {
    print_error(describe_problem(*value, answer->status));
  }
  return exit_code;
}

std::string to_table(const std::vector<std::vector<std::string>>& rows, size_t text_columns) {
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - display_width(row[i]), ' ');
      if (i > 0) line += "  ";
      line += i < text_columns ? row[i] + padding : padding + row[i];
    }
    while (line.ends_with(' ')) line.pop_back();
    text += line + "\n";
  }
  return text;
}

std::string text_of(const json::Value& object, std::string_view name) {
  const json::Value* value = object.get(name);
  if (value == nullptr) return {};
  if (value->is_null()) return "-";
  if (const auto flag = value->as_bool()) return *flag ? "yes" : "no";
  return value->as_text().value_or("");
}

HttpClient connect(const ServerArguments& server) {
  HttpClient client(server.url.empty() ? "http://127.0.0.1:4653" : server.url);
  client.set_key(server.key);
  client.set_ca_file(server.ca_file);
  return client;
}

std::string fresh_key() {
  SystemRandom random;
  return fmt::format("cli-{:016x}{:016x}", random.next(), random.next());
}

void print_lines(std::string* out, const std::vector<LineArgument>& lines) {
  if (lines.empty()) return;
  *out += ",\"lines\":[";
  for (size_t i = 0; i < lines.size(); ++i) {
    std::string members;
    print_member(&members, "sku", lines[i].sku);
    print_member(&members, "quantity", lines[i].quantity);
    print_member(&members, "location", lines[i].location);
    if (i > 0) *out += ",";
    *out += to_object(members);
  }
  *out += "]";
}

void print_member(std::string* out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  *out += fmt::format(",\"{}\":", name);
  json::print_text(out, value);
}

void print_member(std::string* out, std::string_view name, std::optional<int64_t> value) {
  if (value) *out += fmt::format(",\"{}\":{}", name, *value);
}

std::string to_object(const std::string& members) {
  return "{" + (members.empty() ? members : members.substr(1)) + "}";
}

}  // namespace holdfast::app
