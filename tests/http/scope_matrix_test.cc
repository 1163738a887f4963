// Every operation of the contract, asked without a key and with a key of each scope.
#include <set>

#include "http/routes.h"
#include "tests/http/keyed_node.h"

namespace holdfast::http {

extern const std::string_view kOpenApiText;

namespace {

struct Operation {
  std::string method, path;
  std::set<std::string> scopes;  ///< any of them lets in; empty = open to everyone
};

std::vector<Operation> operations() {
  std::vector<Operation> out;
  const auto contract = json::parse_value(kOpenApiText);
  for (const auto& [path, item] : contract->get("paths")->members()) {
    for (const auto& [method, operation] : item.members()) {
      Operation& one = out.emplace_back();
      for (const char c : method) one.method.push_back(static_cast<char>(::toupper(c)));
      bool inside = false;
      for (const char c : path) {
        if (c == '{') one.path += "x";
        if (c == '{' || c == '}')
          inside = c == '{';
        else if (!inside)
          one.path.push_back(c);
      }
      if (one.path == "/v1/feed") one.path += "?follow=false";
      const json::Value* security = operation.get("security");
      EXPECT_NE(security, nullptr) << method << " " << path << " does not say who may";
      if (security == nullptr) continue;
      for (const json::Value& alternative : security->items()) {
        const json::Value* names = alternative.get("key");
        if (names == nullptr) continue;
        EXPECT_EQ(names->items().size(), 1u) << path;
        one.scopes.emplace(names->items().at(0).as_string().value_or(""));
      }
    }
  }
  return out;
}

class ScopeMatrix : public KeyedNodeTest {
 protected:
  Received ask(const Operation& operation, const std::string& headers) {
    const bool sends = operation.method == "POST" || operation.method == "PUT";
    return client().request(operation.method, operation.path, sends ? "{}" : "", headers);
  }
};

TEST_F(ScopeMatrix, LetsInWhoHasTheScopeAndNobodyElse) {
  std::map<std::string, std::string> keys;
  for (const std::string_view scope : kScopeNames)
    keys[std::string(scope)] = key("only-" + std::string(scope), std::string(scope).c_str());
  const auto all = operations();
  ASSERT_GT(all.size(), 30u);
  for (const Operation& operation : all) {
    SCOPED_TRACE(operation.method + " " + operation.path);
    const Received without = ask(operation, "");
    if (operation.scopes.empty()) {
      EXPECT_NE(without.status, 401);
      EXPECT_NE(without.status, 403);
      continue;
    }
    EXPECT_EQ(without.status, 401);
    EXPECT_EQ(without.code(), "unauthorized");
    EXPECT_EQ(without.headers.at("www-authenticate"), "Bearer");
    for (const auto& [scope, header] : keys) {
      SCOPED_TRACE(scope);
      const Received with = ask(operation, header);
      EXPECT_NE(with.status, 401);
      if (operation.scopes.contains(scope)) {
        // the body is empty: an item's own scope is not yet known
        EXPECT_NE(with.status, 403) << with.body;
        continue;
      }
      EXPECT_EQ(with.status, 403) << with.body;
      EXPECT_EQ(with.code(), "forbidden");
      for (const std::string& missing : operation.scopes)
        EXPECT_THAT(with.text("/detail"), testing::HasSubstr(missing));
    }
  }
}

TEST_F(ScopeMatrix, TheTableOfRoutesAsksForNothingElseThanTheContract) {
  for (const Operation& operation : operations()) {
    std::string allow;
    const auto match =
        find_route(operation.method, operation.path.substr(0, operation.path.find('?')), &allow);
    ASSERT_TRUE(match.has_value()) << operation.path;
    std::set<std::string> asked;
    for (size_t i = 0; i < std::size(kScopeNames); ++i)
      if (match->route->scope.has(static_cast<Scope>(i))) asked.emplace(kScopeNames[i]);
    EXPECT_EQ(asked, operation.scopes) << operation.method << " " << operation.path;
  }
}

// A route takes several kinds of commands: each asks for its own scope.
TEST_F(ScopeMatrix, EveryItemNeedsItsOwnScope) {
  const std::string admin = key("owner", "admin|stock:write|order:write|hold:write");
  const std::string orders = key("orders", "order:write");
  const std::string holds = key("holds", "hold:write");
  const std::string sold =
      R"({"type":"stock.sold","location":"berlin","sku":"A","quantity":1,"idempotency_key":"s1"})";
  const Received refused = client().post("/v1/events", sold, orders);
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.text("/detail"), testing::HasSubstr("stock:write"));
  EXPECT_EQ(
      client()
          .post(
              "/v1/events",
              R"({"type":"order.placed","channel":"web","order":"1","location":"berlin","lines":[{"sku":"A","ordered":1}]})",
              orders)
          .status,
      201);
  const std::string items =
      "[" + sold +
      R"(,{"do":"hold.place","lines":[{"sku":"A","quantity":1,"location":"berlin"}]})"
      R"(,{"do":"order.accept","order":"2","lines":[{"sku":"A","quantity":1,"location":"berlin"}]}])";
  const Received array = client().post("/v1/batch", items, holds);
  ASSERT_EQ(array.status, 200) << array.body;
  EXPECT_EQ(array.text("/results/0/code"), "forbidden");
  EXPECT_EQ(array.text("/results/1/code"), "insufficient_stock");
  EXPECT_EQ(array.text("/results/2/code"), "forbidden");
  const Received lines =
      client().post("/v1/batch", sold + "\n", holds + "Content-Type: application/x-ndjson\r\n");
  EXPECT_EQ(lines.text("/code"), "forbidden");
  EXPECT_EQ(client().post("/v1/batch", "[" + sold + "]", admin).text("/results/0/status"),
            "recorded");
}

}  // namespace
}  // namespace holdfast::http
