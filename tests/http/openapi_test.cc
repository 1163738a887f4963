// The contract and the routes, held against each other both ways; and the table of problems.
#include <set>

#include "http/problem.h"
#include "http/routes.h"
#include "tests/http/test_node.h"

namespace holdfast::http {

extern const std::string_view kOpenApiText;

namespace {

std::set<std::string> documented() {
  std::set<std::string> out;
  const auto contract = json::parse_value(kOpenApiText);
  EXPECT_TRUE(contract.has_value());
  const json::Value* paths = contract->get("paths");
  EXPECT_NE(paths, nullptr);
  if (paths == nullptr) return out;
  for (const auto& [path, item] : paths->members())
    for (const auto& [method, operation] : item.members()) {
      if (method == "parameters" || method == "summary" || method == "description") continue;
      std::string upper = method;
      for (char& c : upper) c = static_cast<char>(::toupper(c));
      // The name of a parameter is the document's business, its place is not.
      std::string shape;
      bool inside = false;
      for (const char c : path) {
        if (c == '{') inside = true;
        if (!inside || c == '{') shape.push_back(c);
        if (c == '}') inside = false, shape.push_back('}');
      }
      out.insert(upper + " " + shape);
    }
  return out;
}

std::set<std::string> served() {
  std::set<std::string> out;
  for (const Route& route : routes()) {
    std::string shape;
    bool inside = false;
    for (const char c : route.pattern) {
      if (c == '{') inside = true;
      if (!inside || c == '{') shape.push_back(c);
      if (c == '}') inside = false, shape.push_back('}');
    }
    out.insert(std::string(route.method) + " " + shape);
  }
  return out;
}

TEST(OpenApi, EveryRouteIsDocumented) {
  const auto in_contract = documented();
  for (const std::string& route : served())
    EXPECT_TRUE(in_contract.contains(route)) << route << " is missing from docs/reference/openapi.json";
}

TEST(OpenApi, EverythingDocumentedIsServed) {
  const auto in_table = served();
  for (const std::string& operation : documented())
    EXPECT_TRUE(in_table.contains(operation)) << operation << " has no route";
}

TEST(Routes, AreFoundByMethodAndPath) {
  std::string allow;
  const auto commit = find_route("POST", "/v1/holds/h%2F1/commit", &allow);
  ASSERT_TRUE(commit.has_value());
  EXPECT_EQ(commit->route->pattern, "/v1/holds/{id}/commit");
  EXPECT_EQ(commit->params.at(0), "h/1");
  EXPECT_TRUE(find_route("HEAD", "/livez", &allow).has_value());
  EXPECT_EQ(find_route("GET", "/v1/nothing", &allow).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(find_route("GET", "/v1/holds/", &allow).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(find_route("DELETE", "/v1/holds", &allow).error().code, ErrorCode::kMethodNotAllowed);
  EXPECT_EQ(allow, "POST, GET, HEAD");
}

TEST(Routes, OnlyHealthAndSignedOnesAreOpenToEveryone) {
  for (const Route& route : routes()) {
    if (!route.scope.empty()) continue;
    const std::set<std::string_view> open = {"/livez", "/readyz", "/openapi.json", "/",
                                             "/v1/sources/{name}"};
    EXPECT_TRUE(open.contains(route.pattern)) << route.pattern;
  }
}

TEST(Problems, EveryErrorCodeHasARow) {
  size_t count = 0;
  const ErrorCodeInfo* codes = all_error_codes(&count);
  for (size_t i = 0; i < count; ++i) {
    if (codes[i].code == ErrorCode::kNone) continue;
    const ProblemRow* row = problem_row(codes[i].code);
    ASSERT_NE(row, nullptr) << codes[i].name;
    EXPECT_GE(row->status, 400);
    EXPECT_LT(row->status, 600);
    const Answer answer = problem_answer(Error{codes[i].code, "why", {}}, "/v1/x");
    EXPECT_EQ(answer.status, row->status);
    EXPECT_EQ(answer.headers.find("Retry-After") != std::string::npos, row->retry_after_s > 0);
    const auto body = json::parse_value(answer.body);
    ASSERT_TRUE(body.has_value()) << answer.body;
    EXPECT_EQ(body->get("code")->as_string(), codes[i].name);
  }
}

}  // namespace
}  // namespace holdfast::http
