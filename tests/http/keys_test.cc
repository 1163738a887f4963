// Keys over the wire: how they are made, what ends the open API, rotation, expiry, limits, and what
// a browser may do while there is none.
#include <fmt/format.h>

#include "tests/http/keyed_node.h"

namespace holdfast::http {
namespace {

using testing::HasSubstr;
using testing::Not;

class Keys : public KeyedNodeTest {
 protected:
  /// Makes a key through the API; the header line it is used with.
  std::string make(const std::string& body, const std::string& by = "") {
    const Received made = client().post("/v1/keys", body, by);
    EXPECT_EQ(made.status, 201) << made.body;
    return "Authorization: Bearer " + made.text("/key") + "\r\n";
  }
};

const std::string kAdmin = R"({"name":"admin","scopes":["admin","stock:read"]})";

TEST_F(Keys, TheFirstKeyEndsTheOpenApi) {
  EXPECT_EQ(client().get("/v1/stock").status, 200);
  const std::string admin = make(kAdmin);
  EXPECT_EQ(client().get("/v1/stock").status, 401);
  EXPECT_EQ(client().get("/v1/stock", admin).status, 200);
  EXPECT_EQ(client().get("/livez").status, 200);
}

TEST_F(Keys, TheFirstKeyMustBeAbleToMakeOthers) {
  const Received refused = client().post("/v1/keys", R"({"name":"till","scopes":["stock:write"]})");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(client().get("/v1/stock").status, 200) << "the API is still open";
}

TEST_F(Keys, AreShownOnceAndKeptAsHashesOnly) {
  const Received made = client().post("/v1/keys", kAdmin);
  const std::string text = made.text("/key");
  EXPECT_THAT(text, testing::MatchesRegex("hf_[0-9A-Za-z]{12}_[0-9A-Za-z]{43}"));
  EXPECT_EQ(made.headers.at("cache-control"), "no-store");
  const Received listed = client().get("/v1/keys", "Authorization: Bearer " + text + "\r\n");
  ASSERT_EQ(listed.status, 200);
  const std::string secret = text.substr(text.rfind('_') + 1);
  EXPECT_THAT(listed.body, Not(HasSubstr(secret)));
  EXPECT_EQ(listed.text("/keys/0/id"), made.text("/id"));
  EXPECT_FALSE(listed.text("/keys/0/last_used_at").empty());
  auto file = files_.open(kPath, io::OpenMode::kRead);
  ASSERT_TRUE(file.has_value());
  std::string bytes((*file)->size().value(), '\0');
  ASSERT_TRUE((*file)->read_at(0, bytes.data(), bytes.size()).has_value());
  EXPECT_EQ(bytes.find(secret), std::string::npos);
}

TEST_F(Keys, AWrongUnknownTwiceGivenOrForeignCredentialIsRefused) {
  const std::string admin = make(kAdmin);
  std::string wrong = admin;
  wrong[wrong.size() - 3] = wrong[wrong.size() - 3] == 'a' ? 'b' : 'a';
  for (const std::string& header :
       {wrong, std::string("Authorization: Bearer hf_nobody123456_x\r\n"),
        std::string("Authorization: Basic YTpi\r\n"), std::string("Authorization: Bearer\r\n"),
        admin + admin}) {
    EXPECT_EQ(client().get("/v1/stock", header).status, 401) << header;
    EXPECT_EQ(client().get("/v1/stock", admin).status, 200) << "on the same connection";
  }
}

// What a connection proved before must not stand for what it sends now.
TEST_F(Keys, TheCredentialOfAConnectionIsLookedAtWithEachRequest) {
  const std::string admin = make(kAdmin);
  const std::string reader = make(R"({"name":"reader","scopes":["stock:read"]})", admin);
  EXPECT_EQ(client().get("/v1/keys", admin).status, 200);
  EXPECT_EQ(client().get("/v1/keys", reader).status, 403);
  EXPECT_EQ(client().get("/v1/keys").status, 401);
  EXPECT_EQ(client().request("DELETE", "/v1/keys/reader", "", admin).status, 200);
  EXPECT_EQ(client().get("/v1/stock", reader).status, 401);
}

TEST_F(Keys, ADeletedKeyOpensNothingOnAConnectionThatUsedIt) {
  const std::string admin = make(kAdmin);
  const std::string reader = make(R"({"name":"reader","scopes":["stock:read"]})", admin);
  Client other(port());
  EXPECT_EQ(other.get("/v1/stock", reader).status, 200);
  EXPECT_EQ(client().request("DELETE", "/v1/keys/reader", "", admin).number("/deleted"), 1);
  const Received after = other.get("/v1/stock", reader);
  EXPECT_EQ(after.status, 401);
  EXPECT_THAT(after.text("/detail"), HasSubstr("deleted"));
}

// Scenario 24: a retry with the new secret is the same retry.
TEST_F(Keys, ASecretIsReplacedWithAnOverlapUnderOneName) {
  const std::string admin = make(kAdmin);
  const Received first = client().post(
      "/v1/keys", R"({"name":"till-7","scopes":["stock:write"],"locations":["leeds"]})", admin);
  const Received second = client().post("/v1/keys", R"({"name":"till-7"})", admin);
  ASSERT_EQ(second.status, 201) << second.body;
  EXPECT_EQ(second.text("/scopes/0"), "stock:write");
  EXPECT_EQ(second.text("/locations/0"), "leeds");
  const std::string body =
      R"({"type":"stock.received","location":"leeds","sku":"A","quantity":3,"idempotency_key":"r-1"})";
  const auto post = [&](const Received& made) {
    return client().post("/v1/events", body, "Authorization: Bearer " + made.text("/key") + "\r\n");
  };
  EXPECT_EQ(post(first).status, 201);
  Received again = post(second);
  EXPECT_EQ(again.headers["idempotent-replayed"], "true") << "the name is the scope of its keys";
  EXPECT_EQ(client().request("DELETE", "/v1/keys/till-7?id=" + first.text("/id"), "", admin).status,
            200);
  EXPECT_EQ(post(first).status, 401);
  EXPECT_EQ(post(second).status, 201);
}

TEST_F(Keys, TheLastOneThatMakesKeysStays) {
  const std::string admin = make(kAdmin);
  EXPECT_EQ(client().request("DELETE", "/v1/keys/admin", "", admin).status, 403);
  make(R"({"name":"boss","scopes":["admin"]})", admin);
  EXPECT_EQ(client().request("DELETE", "/v1/keys/admin", "", admin).status, 200);
  EXPECT_EQ(client().get("/v1/stock", admin).status, 401);
}

TEST_F(Keys, RefusesWhatCannotBe) {
  const std::string admin = make(kAdmin);
  const auto code = [&](const std::string& body) {
    return client().post("/v1/keys", body, admin).code();
  };
  EXPECT_EQ(code(R"({"scopes":["admin"]})"), "missing_field");
  EXPECT_EQ(code(R"({"name":"new"})"), "missing_field");
  EXPECT_EQ(code(R"({"name":"local","scopes":["admin"]})"), "invalid_name");
  EXPECT_EQ(code(R"({"name":"x","scopes":["stock"]})"), "invalid_value");
  EXPECT_EQ(code(R"({"name":"x","scopes":"admin"})"), "invalid_value");
  EXPECT_EQ(code(R"({"name":"x","scopes":["admin"],"channels":["web"]})"), "invalid_value");
  EXPECT_EQ(code(R"({"name":"x","scopes":["metrics"],"locations":["leeds"]})"), "invalid_value");
  EXPECT_EQ(code(R"({"name":"x","scopes":["admin"],"expires_at":"2020-01-01T00:00:00Z"})"),
            "invalid_time");
  EXPECT_EQ(code(R"({"name":"x","scopes":["admin"],"expires_at":"tomorrow"})"), "invalid_time");
  EXPECT_EQ(code(R"({"name":"x","scopes":["admin"],"secret":"mine"})"), "unknown_field");
  EXPECT_EQ(client().request("DELETE", "/v1/keys/nobody", "", admin).code(), "not_found");
}

// A feed that is open when its key goes must not go on telling.
TEST_F(Keys, AFeedEndsWithItsKey) {
  const std::string admin = make(kAdmin);
  const std::string reader = make(R"({"name":"reader","scopes":["feed:read"]})", admin);
  Client feed(port());
  feed.send("GET /v1/feed HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n" + reader +
            "\r\n");
  feed.receive_until("retry: 2000");
  EXPECT_EQ(client().request("DELETE", "/v1/keys/reader", "", admin).status, 200);
  EXPECT_THAT(feed.receive_until("unauthorized"), HasSubstr("unauthorized"));
}

TEST_F(Keys, AFeedOfTheOpenServerEndsWithTheFirstKey) {
  Client feed(port());
  feed.send("GET /v1/feed HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
  feed.receive_until("retry: 2000");
  make(kAdmin);
  EXPECT_THAT(feed.receive_until("unauthorized"), HasSubstr("unauthorized"));
}

TEST_F(Keys, ALimitedKeyIsToldToSlowDown) {
  book_.reset();
  book_ = open_book({.per_second = 5});
  key_book_ = book_.get();
  const std::string admin = make(kAdmin);
  const std::string other = make(R"({"name":"other","scopes":["stock:read"]})", admin);
  int served = 0;
  Received last;
  for (int i = 0; i < 100 && last.status != 429; ++i) {
    last = client().get("/v1/stock", admin);
    served += last.status == 200 ? 1 : 0;
  }
  EXPECT_EQ(last.status, 429);
  EXPECT_EQ(last.code(), "rate_limited");
  EXPECT_EQ(last.headers["retry-after"], "1");
  EXPECT_GE(served, 5);
  EXPECT_EQ(client().get("/v1/stock", other).status, 200) << "each name has its own";
}

TEST_F(Keys, AKeyHoldsOnlySoManyCartsOpen) {
  options_.hold_quota.open_max = 2;
  const std::string admin =
      make(R"({"name":"admin","scopes":["admin","stock:write","hold:write"]})");
  const std::string other = make(R"({"name":"other","scopes":["hold:write"]})", admin);
  ASSERT_EQ(
      client()
          .post(
              "/v1/events",
              R"({"type":"stock.received","location":"leeds","sku":"A","quantity":9,"idempotency_key":"1"})",
              admin)
          .status,
      201);
  const std::string cart = R"({"lines":[{"sku":"A","quantity":1,"location":"leeds"}]})";
  const std::string first = client().post("/v1/holds", cart, other).text("/hold/id");
  EXPECT_EQ(client().post("/v1/holds", cart, other).status, 201);
  const Received refused = client().post("/v1/holds", cart, other);
  EXPECT_EQ(refused.code(), "too_many_open");
  EXPECT_THAT(refused.text("/detail"), HasSubstr("keys.holds_open_max"));
  EXPECT_EQ(client().post("/v1/holds", cart, admin).status, 201) << "each name has its own";
  ASSERT_FALSE(first.empty());
  EXPECT_EQ(client().post("/v1/holds/" + first + "/release", "", other).status, 201);
  EXPECT_EQ(client().post("/v1/holds", cart, other).status, 201);
}

TEST_F(Keys, AKeyHoldsOnlySoManyCartsOfOneSku) {
  options_.hold_quota.open_per_sku_max = 2;
  const std::string admin =
      make(R"({"name":"admin","scopes":["admin","stock:write","hold:write"]})");
  const std::string other = make(R"({"name":"other","scopes":["hold:write"]})", admin);
  for (const char* sku : {"A", "B"}) {
    const Received stocked = client().post(
        "/v1/events",
        fmt::format(
            R"({{"type":"stock.received","location":"leeds","sku":"{}","quantity":9,"idempotency_key":"{}"}})",
            sku, sku),
        admin);
    ASSERT_EQ(stocked.status, 201);
  }
  const auto hold = [&](const std::string& lines, const std::string& who) {
    return client().post("/v1/holds", R"({"lines":[)" + lines + "]}", who);
  };
  const std::string a = R"({"sku":"A","quantity":1,"location":"leeds"})";
  const std::string b = R"({"sku":"B","quantity":1,"location":"leeds"})";
  // two lines of one SKU are one hold of it
  const std::string first =
      hold(a + R"(,{"sku":"A","quantity":1,"location":"leeds","line":"gift"})", other)
          .text("/hold/id");
  EXPECT_EQ(hold(a, other).status, 201);
  const Received refused = hold(b + "," + a, other);
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.code(), "too_many_open");
  EXPECT_EQ(refused.text("/errors/0/pointer"), "/lines/1/sku");
  EXPECT_THAT(refused.text("/detail"), HasSubstr("keys.holds_open_per_sku_max"));
  const std::string of_b = hold(b, other).text("/hold/id");
  EXPECT_FALSE(of_b.empty()) << "each SKU has its own";
  EXPECT_EQ(hold(a, admin).status, 201) << "each name has its own";
  const auto change = [&](const std::string& id, const std::string& lines) {
    return client().request("PUT", "/v1/holds/" + id, R"({"lines":[)" + lines + "]}", other);
  };
  EXPECT_EQ(change(of_b, a).code(), "too_many_open") << "nor by the back door";
  EXPECT_EQ(change(first, R"({"sku":"A","quantity":5,"location":"leeds"})").status, 201)
      << "a hold keeps what it has, and may have more of it";
  EXPECT_EQ(client().post("/v1/holds/" + first + "/release", "", other).status, 201);
  EXPECT_EQ(change(of_b, a).status, 201);
  EXPECT_EQ(hold(a, other).code(), "too_many_open");
  EXPECT_EQ(hold(b, other).status, 201);
}

// The body of a stranger is not even taken.
TEST_F(Keys, ALargeBodyNeedsItsKeyFirst) {
  const std::string admin = make(R"({"name":"admin","scopes":["admin","stock:write"]})");
  Client stranger(port());
  stranger.send("POST /v1/batch HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000000\r\n\r\n");
  EXPECT_EQ(stranger.receive().status, 401);
  const std::string facts(70'000, ' ');
  EXPECT_EQ(client().post("/v1/batch", facts + "[]", admin).status, 400);
}

TEST_F(Keys, RefusalsAreLoggedWithoutTheSecret) {
  std::string log;
  log_ = telemetry::Log::to([&](std::string_view line) { log.append(line).append("\n"); },
                            telemetry::LogLevel::kInfo);
  const Received made = client().post("/v1/keys", kAdmin);
  const std::string header = "Authorization: Bearer " + made.text("/key") + "\r\n";
  EXPECT_EQ(client().get("/metrics", header).status, 403);
  EXPECT_EQ(client().get("/v1/stock", "Authorization: Bearer hf_a_b\r\n").status, 401);
  client_.reset();
  server_.reset();  // its threads have said all they had to say
  EXPECT_THAT(log, HasSubstr("key created"));
  EXPECT_THAT(log, HasSubstr(made.text("/id")));
  EXPECT_THAT(log, HasSubstr("/metrics"));
  EXPECT_THAT(log, Not(HasSubstr(made.text("/key").substr(16))));
  EXPECT_THAT(metrics_.text(), HasSubstr("holdfast_http_denied_total{reason=\"unauthorized\"} 1"));
}

// ---- the open API and browsers ----

TEST_F(Keys, WithoutKeysOnlyLocalNamesAreServed) {
  const auto status = [&](const char* host) {
    Client one(port());
    one.send(fmt::format("GET /v1/stock HTTP/1.1\r\nHost: {}\r\n\r\n", host));
    return one.receive().status;
  };
  for (const char* host :
       {"localhost", "LOCALHOST:4653", "127.0.0.1", "127.0.0.1:80", "[::1]:4653"})
    EXPECT_EQ(status(host), 200) << host;
  for (const char* host :
       {"shop.example", "127.0.0.1.example", "localhost.example:4653", "[::2]", "10.0.0.1"})
    EXPECT_EQ(status(host), 403) << host;
}

TEST_F(Keys, WithoutKeysAPageOfAnotherOriginIsRefused) {
  const auto status = [&](const std::string& headers) {
    return client().get("/v1/stock", headers).status;
  };
  EXPECT_EQ(status("Sec-Fetch-Site: cross-site\r\n"), 403);
  EXPECT_EQ(status("Sec-Fetch-Site: same-site\r\n"), 403);
  EXPECT_EQ(status("Sec-Fetch-Site: same-origin\r\n"), 200);
  EXPECT_EQ(status("Sec-Fetch-Site: none\r\n"), 200);
  EXPECT_EQ(status("Origin: http://localhost\r\n"), 200);
  EXPECT_EQ(status("Origin: http://localhost:8080\r\n"), 403);
  EXPECT_EQ(status("Origin: http://evil.example\r\n"), 403);
  EXPECT_EQ(status("Origin: null\r\n"), 403);
}

TEST_F(Keys, WithKeysAnyHostIsServed) {
  const std::string admin = make(kAdmin);
  Client one(port());
  one.send("GET /v1/stock HTTP/1.1\r\nHost: stock.shop.example\r\nOrigin: http://a.example\r\n" +
           admin + "\r\n");
  EXPECT_EQ(one.receive().status, 200);
}

}  // namespace
}  // namespace holdfast::http
