// The contract and the routes, held against each other both ways; and the table of problems.
#include <algorithm>
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

const ErrorCodeInfo* code_named(std::string_view name) {
  size_t count = 0;
  const ErrorCodeInfo* codes = all_error_codes(&count);
  for (size_t i = 0; i < count; ++i)
    if (codes[i].name == name) return &codes[i];
  return nullptr;
}

TEST(OpenApi, EveryProblemAnOperationNamesHasItsAnswerAndEveryAnswerACode) {
  const auto contract = json::parse_value(kOpenApiText);
  ASSERT_TRUE(contract.has_value());
  for (const auto& [path, item] : contract->get("paths")->members())
    for (const auto& [method, operation] : item.members()) {
      SCOPED_TRACE(method + " " + path);
      std::set<std::string> named, answered;
      const json::Value* codes = operation.get("x-codes");
      ASSERT_NE(codes, nullptr);
      for (const json::Value& name : codes->items()) {
        const ErrorCodeInfo* info = code_named(name.as_string().value_or(""));
        ASSERT_NE(info, nullptr) << name.to_text() << " is no error code";
        named.insert(std::to_string(status_of(info->code)));
      }
      for (const auto& [status, answer] : operation.get("responses")->members())
        if (status >= "400") answered.insert(status);
      EXPECT_EQ(named, answered);
    }
}

/// A path with every parameter replaced by a name.
std::string example_path(std::string_view pattern) {
  std::string path;
  bool inside = false;
  for (const char c : pattern) {
    if (c == '{') inside = true, path.push_back('x');
    if (!inside) path.push_back(c);
    if (c == '}') inside = false;
  }
  return path;
}

class ContractOverHttp : public NodeTest {};

// What a generator of requests asks first: a parameter that is not there, twice the same one, a broken escape.
TEST_F(ContractOverHttp, WhatEveryRouteRefusesInAQueryIsDocumented) {
  const auto contract = json::parse_value(kOpenApiText);
  ASSERT_TRUE(contract.has_value());
  for (const auto& [path, item] : contract->get("paths")->members())
    for (const auto& [method, operation] : item.members()) {
      std::string upper = method;
      for (char& c : upper) c = static_cast<char>(::toupper(c));
      const bool sends = upper == "POST" || upper == "PUT";
      for (const char* query : {"?nonsense=1", "?nonsense=1&nonsense=2", "?nonsense=%zz"}) {
        const Received answer =
            client().request(upper, example_path(path) + query, sends ? "{}" : "");
        SCOPED_TRACE(upper + " " + path + query + ": " + answer.body);
        EXPECT_NE(operation.get("responses")->get(std::to_string(answer.status)), nullptr);
        if (answer.status < 400) continue;
        const auto& codes = operation.get("x-codes")->items();
        EXPECT_TRUE(std::any_of(codes.begin(), codes.end(), [&](const json::Value& code) {
          return code.as_string() == answer.code();
        }));
      }
    }
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
