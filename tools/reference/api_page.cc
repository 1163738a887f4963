#include <algorithm>
#include <cctype>
#include <map>

#include <fmt/format.h>

#include "base/error.h"
#include "http/problem.h"
#include "tools/reference/pages.h"
#include "tools/reference/schema_text.h"

namespace holdfast::reference {
namespace {

using json::Value;

constexpr const char* kServer = "http://127.0.0.1:4653";

constexpr const char* kOpening = R"(# HTTP API: every route

<!-- made by ./dev docs from openapi.json: edit that -->

JSON over HTTP on `http://127.0.0.1:4653`. What all routes have in common, and how facts, requests, answers, keys and
the feed work, is told in [the HTTP API](../http-api.md); the machine-readable contract is [openapi.json](openapi.json),
served at `/openapi.json`; what each problem's code means and asks for is in [errors](errors.md). Required fields are **bold**. Where a ledger has
keys, the examples take one: `-H "Authorization: Bearer $HOLDFAST_KEY"`.

Beside what is listed with a route, any of them may answer 400 `bad_request` (framing that is not accepted),
404 `not_found`, 405 `method_not_allowed`, 403 `forbidden` (asked under a foreign name or by a foreign page),
503 `overloaded` or `shutting_down`, and 500 `internal`.
)";

struct Operation {
  std::string method, path;
  const Value* value;
};

std::vector<Operation> operations_of(const Value& contract, std::string_view tag) {
  std::vector<Operation> found;
  for (const auto& [path, item] : contract.get("paths")->members())
    for (const auto& [method, operation] : item.members()) {
      const Value* first = operation.find("/tags/0");
      if (first == nullptr || first->as_string() != tag) continue;
      std::string upper = method;
      std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return std::toupper(c); });
      found.push_back({upper, path, &operation});
    }
  return found;
}

/// As GitHub makes it: lower case, spaces to dashes, everything else but letters, digits, '-' and
/// '_' left out.
std::string anchor_of(std::string_view heading) {
  std::string anchor;
  for (const unsigned char c : heading) {
    if (std::isalnum(c) || c == '-' || c == '_' || c >= 0x80)
      anchor += static_cast<char>(std::tolower(c));
    if (c == ' ') anchor += '-';
  }
  return anchor;
}

/// A cell must not end its column.
std::string cell(std::string text) {
  for (size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2)
    text.insert(at, "\\");
  return text;
}

std::string scopes_of(const Value& operation) {
  std::string scopes;
  for (const Value& alternative : operation.get("security")->items())
    if (const Value* scope = alternative.find("/key/0"))
      scopes +=
          (scopes.empty() ? "`" : " or `") + std::string(scope->as_string().value_or("")) + "`";
  return scopes.empty() ? "none" : scopes;
}

void add_fields(const Value& contract, const Value& schema, std::string* page) {
  const auto rows = fields_of(contract, schema);
  if (rows.empty()) return;
  *page += "\n| field | type | |\n|---|---|---|\n";
  for (const FieldRow& row : rows) {
    const char* mark = row.required ? "**" : "";
    *page += fmt::format("| {}`{}`{} | {} | {} |\n", mark, row.name, mark, cell(row.type),
                         cell(row.what));
  }
  std::string flat;
  for (const std::string& name : flat_fields_of(schema))
    flat += (flat.empty() ? "`" : ", `") + name + "`";
  if (!flat.empty())
    *page +=
        fmt::format("\nOne line may be given flat, instead of `lines`: {} beside `type`.\n", flat);
}

void add_parameters(const Value& contract, const Value& operation, std::string* page) {
  const Value* parameters = operation.get("parameters");
  if (parameters == nullptr || parameters->items().empty()) return;
  *page += "\n| parameter | in | type | |\n|---|---|---|---|\n";
  for (const Value& written : parameters->items()) {
    const Value& parameter = resolved(contract, written);
    const Value* required = parameter.get("required");
    const char* mark = required != nullptr && required->as_bool() == true ? "**" : "";
    *page +=
        fmt::format("| {}`{}`{} | {} | {} | {} |\n", mark, text_of(parameter, "name"), mark,
                    text_of(parameter, "in"), cell(type_text(contract, *parameter.get("schema"))),
                    cell(text_of(parameter, "description")));
  }
}

void add_body(const Value& contract, const Value& operation, std::string* page) {
  const Value* content = operation.find("/requestBody/content");
  if (content == nullptr) return;
  const Value* required = operation.find("/requestBody/required");
  *page += required != nullptr && required->as_bool() == true ? "\nBody:\n\n"
                                                              : "\nBody, may be left out:\n\n";
  for (const auto& [type, media] : content->members()) {
    const Value* schema = media.get("schema");
    *page += fmt::format("- `{}`{}{}\n", type, schema == nullptr ? "" : ": ",
                         schema == nullptr ? "" : type_text(contract, *schema));
  }
  if (const Value* schema = operation.find("/requestBody/content/application~1json/schema"))
    add_fields(contract, resolved(contract, *schema), page);
}

/// "400 `malformed_json`, `unknown_field`; 401 `unauthorized`", in the order of the statuses.
std::string problems_of(const Value& operation) {
  std::map<int, std::string> by_status;
  size_t count = 0;
  const ErrorCodeInfo* all = all_error_codes(&count);
  for (const Value& name : operation.get("x-codes")->items()) {
    const auto* info = std::find_if(
        all, all + count, [&](const ErrorCodeInfo& one) { return name.as_string() == one.name; });
    if (info == all + count) continue;  // http/openapi_test says so
    std::string& list = by_status[http::status_of(info->code)];
    list += fmt::format("{}`{}`", list.empty() ? "" : ", ", info->name);
  }
  std::string out;
  for (const auto& [status, list] : by_status)
    out += fmt::format("{}{} {}", out.empty() ? "" : "; ", status, list);
  return out;
}

void add_answers(const Value& contract, const Value& operation, std::string* page) {
  *page += "\n| answer | body | |\n|---|---|---|\n";
  for (const auto& [status, written] : operation.get("responses")->members()) {
    if (status >= "400") continue;
    const Value& response = resolved(contract, written);
    std::string bodies;
    if (const Value* content = response.get("content"))
      for (const auto& [type, media] : content->members())
        bodies += fmt::format("{}`{}` {}", bodies.empty() ? "" : "; ", type,
                              type_text(contract, *media.get("schema")));
    *page += fmt::format("| {} | {} | {} |\n", status, cell(bodies),
                         cell(text_of(response, "description")));
  }
  if (const std::string problems = problems_of(operation); !problems.empty())
    *page += fmt::format("\nProblems: {}.\n", problems);
}

/// The path with the examples of its parameters, and the query of those that are required or have
/// an example.
std::string example_target(const Value& contract, const Operation& operation) {
  std::string target = operation.path, query;
  const Value* parameters = operation.value->get("parameters");
  if (parameters == nullptr) return target;
  for (const Value& written : parameters->items()) {
    const Value& parameter = resolved(contract, written);
    const Value* example = parameter.get("example");
    if (example == nullptr) continue;
    const std::string value = example->as_text().value_or(example->to_text());
    const std::string place = "{" + text_of(parameter, "name") + "}";
    if (const size_t at = target.find(place); at != std::string::npos) {
      target.replace(at, place.size(), value);
    } else if (text_of(parameter, "in") == "query") {
      query += fmt::format("{}{}={}", query.empty() ? "?" : "&", text_of(parameter, "name"), value);
    }
  }
  return target + query;
}

/// The body of the example: the media type's own, its first named one, or the schema's.
const Value* example_body(const Value& contract, const Value& operation) {
  const Value* media = operation.find("/requestBody/content/application~1json");
  if (media == nullptr) return nullptr;
  if (const Value* own = media->get("example")) return own;
  if (const Value* named = media->get("examples"); named != nullptr && !named->members().empty())
    return named->members().front().second.get("value");
  return resolved(contract, *media->get("schema")).find("/examples/0");
}

void add_example(const Value& contract, const Operation& operation, std::string* page) {
  // what a person cannot type, such as a signature, has a reason why there is no example
  if (operation.value->get("x-no-example") != nullptr) return;
  const std::string target = example_target(contract, operation);
  const bool quoted = target.find_first_of("?&*") != std::string::npos;
  std::string command = "curl";
  if (const Value* body = example_body(contract, *operation.value))
    command += fmt::format(" --json '{}'", body->to_text());
  const bool posts = command != "curl";
  if (operation.method != (posts ? "POST" : "GET")) command += " -X " + operation.method;
  *page += fmt::format("\n```sh\n{} {}{}{}{}\n```\n", command, quoted ? "'" : "", kServer, target,
                       quoted ? "'" : "");
}

void add_operation(const Value& contract, const Operation& operation, std::string* page) {
  *page += fmt::format("\n### {}\n\n`{} {}`, scope: {}.", text_of(*operation.value, "summary"),
                       operation.method, operation.path, scopes_of(*operation.value));
  const std::string description = text_of(*operation.value, "description");
  *page += description.empty() ? "\n" : " " + description + "\n";
  add_parameters(contract, *operation.value, page);
  add_body(contract, *operation.value, page);
  add_answers(contract, *operation.value, page);
  add_example(contract, operation, page);
}

void add_object(const Value& contract, const std::string& name, const Value& schema,
                std::string* page) {
  *page += fmt::format("\n### {} object\n", name);
  const std::string description = text_of(schema, "description");
  if (!description.empty()) *page += "\n" + description + "\n";
  const size_t before = page->size();
  add_fields(contract, schema, page);
  if (page->size() == before) *page += "\n" + type_text(contract, schema) + "\n";
  if (const Value* example = schema.find("/examples/0"))
    *page += fmt::format("\n```json\n{}\n```\n", example->to_text());
}

}  // namespace

std::string api_page(const Value& contract) {
  std::string page = kOpening;
  page += "\n| route | | scope |\n|---|---|---|\n";
  const auto& tags = contract.get("tags")->items();
  for (const Value& tag : tags)
    for (const Operation& operation : operations_of(contract, text_of(tag, "name"))) {
      const std::string summary = text_of(*operation.value, "summary");
      page += fmt::format("| `{} {}` | [{}](#{}) | {} |\n", operation.method, operation.path,
                          summary, anchor_of(summary), scopes_of(*operation.value));
    }
  for (const Value& tag : tags) {
    std::string heading = text_of(tag, "name");
    if (!heading.empty()) heading[0] = static_cast<char>(std::toupper(heading[0]));
    page += fmt::format("\n## {}\n", heading);
    if (const std::string text = text_of(tag, "description"); !text.empty())
      page += "\n" + text + "\n";
    for (const Operation& operation : operations_of(contract, text_of(tag, "name")))
      add_operation(contract, operation, &page);
  }
  page += "\n## Objects\n";
  for (const auto& [name, schema] : contract.find("/components/schemas")->members())
    add_object(contract, name, schema, &page);
  return page;
}

}  // namespace holdfast::reference
