// Facts and requests over HTTP: single objects, arrays, NDJSON, keys, dry runs.
#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "tests/http/test_node.h"

namespace holdfast::http {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class CommandsTest : public NodeTest {};

std::string hold_of(std::string_view sku, int quantity) {
  return fmt::format(R"({{"lines":[{{"sku":"{}","quantity":{}}}]}})", sku, quantity);
}

TEST_F(CommandsTest, AHoldIsPlacedCommittedAndReadBack) {
  stock("A", 10);
  EXPECT_LT(client().request("PUT", "/v1/channels/web", R"({"locations":["berlin"]})").status, 300);
  const Received held = client().post("/v1/holds", hold_of("A", 3));
  ASSERT_EQ(held.status, 201) << held.body;
  const std::string location = held.headers.at("location");
  EXPECT_THAT(location, StartsWith("/v1/holds/"));
  EXPECT_EQ(available("A"), 7);

  const Received read = client().get(location);
  EXPECT_EQ(read.status, 200);
  EXPECT_EQ(read.text("/status"), "open");

  const Received committed =
      client().post(location + "/commit", R"({"order":"1001","channel":"web"})");
  EXPECT_EQ(committed.status, 201) << committed.body;
  const Received again = client().post(location + "/commit", R"({"order":"1001","channel":"web"})");
  EXPECT_EQ(again.status, 200) << "a natural repeat: " << again.body;
  const Received order = client().get("/v1/orders/web/1001");
  EXPECT_EQ(order.status, 200) << order.body;
  EXPECT_EQ(available("A"), 7);
}

TEST_F(CommandsTest, AnOrderTakesUnitsInOneStep) {
  stock("A", 2);
  const Received order =
      client().post("/v1/orders", R"({"order":"7/8","lines":[{"sku":"A","quantity":2}]})");
  ASSERT_EQ(order.status, 201) << order.body;
  EXPECT_EQ(order.headers.at("location"), "/v1/orders/default/7%2F8");
  EXPECT_EQ(client().get(order.headers.at("location")).status, 200);
}

TEST_F(CommandsTest, ARefusalNamesEveryShortLine) {
  stock("A", 2);
  stock("B", 1);
  const Received refused = client().post(
      "/v1/holds", R"({"lines":[{"sku":"A","quantity":3},{"sku":"B","quantity":2}]})");
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(refused.headers.at("content-type"), "application/problem+json");
  EXPECT_EQ(refused.code(), "insufficient_stock");
  EXPECT_EQ(refused.count("/shortages"), 2);
  EXPECT_EQ(available("A"), 2);
}

TEST_F(CommandsTest, TheSameKeyAndBodyGetTheFirstAnswer) {
  stock("A", 5);
  const std::string key = "Idempotency-Key: \"cart-1\"\r\n";
  const Received first = client().post("/v1/holds", hold_of("A", 2), key);
  const Received replay = client().post("/v1/holds", hold_of("A", 2), key);
  EXPECT_EQ(replay.status, 201) << replay.body;
  EXPECT_EQ(replay.headers.at("idempotent-replayed"), "true");
  EXPECT_EQ(replay.text("/hold/id"), first.text("/hold/id"));
  EXPECT_EQ(available("A"), 3);

  const Received reused = client().post("/v1/holds", hold_of("A", 1), key);
  EXPECT_EQ(reused.status, 422);
  EXPECT_EQ(reused.code(), "idempotency_key_reused");
}

TEST_F(CommandsTest, AnArrayIsAnsweredItemByItem) {
  stock("A", 5);
  const Received answer = client().post("/v1/batch",
                                        R"([{"do":"hold.place","lines":[{"sku":"A","quantity":4}]},
          {"do":"hold.place","lines":[{"sku":"A","quantity":4}]},
          {"do":"hold.dance"},
          {"type":"stock.sold","location":"berlin","sku":"A","quantity":1}])",
                                        "Idempotency-Key: b1\r\n");
  ASSERT_EQ(answer.status, 200) << answer.body;
  const json::Value results = answer.json();
  EXPECT_EQ(results.find("/results/0/status")->as_string(), "accepted");
  EXPECT_EQ(results.find("/results/1/status")->as_string(), "refused");
  EXPECT_EQ(results.find("/results/2/status")->as_string(), "rejected");
  EXPECT_EQ(results.find("/results/3/status")->as_string(), "recorded");
  EXPECT_EQ(available("A"), 0);
}

TEST_F(CommandsTest, AnArrayOfOnlyMalformedItemsIsStillAnswered) {
  const Received answer = client().post("/v1/events", R"([{"type":"x"},{}])");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.count("/results"), 2);
}

TEST_F(CommandsTest, NdjsonInNdjsonOutInOrder) {
  stock("A", 5'000);
  std::string body;
  constexpr int kItems = 6'000;  // several slices
  for (int i = 0; i < kItems; ++i) {
    if (i % 1'000 == 7)
      body += "{\"do\":\"broken\"\n";
    else
      body += R"({"do":"hold.place","lines":[{"sku":"A","quantity":1}]})"
              "\n";
  }
  const Received answer = client().post(
      "/v1/batch", body, "Content-Type: application/x-ndjson\r\nIdempotency-Key: n\r\n");
  ASSERT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("content-type"), "application/x-ndjson");
  int line = 0, accepted = 0, refused = 0;
  for (size_t at = 0; at < answer.body.size(); ++line) {
    const size_t end = answer.body.find('\n', at);
    const auto item = json::parse_value(std::string_view(answer.body).substr(at, end - at));
    ASSERT_TRUE(item.has_value());
    const auto status = item->get("status")->as_string();
    if (line % 1'000 == 7) {
      EXPECT_EQ(status, "rejected") << line;
    }
    accepted += status == "accepted";
    refused += status == "refused";
    at = end + 1;
  }
  EXPECT_EQ(line, kItems);
  EXPECT_EQ(accepted, 5'000);
  EXPECT_EQ(refused, kItems - 6 - 5'000);
  EXPECT_EQ(available("A"), 0);
}

TEST_F(CommandsTest, ADryRunAnswersAndChangesNothing) {
  stock("A", 5);
  const Received answer = client().post("/v1/holds?dry_run=true", hold_of("A", 2));
  EXPECT_EQ(answer.status, 201) << answer.body;
  EXPECT_EQ(available("A"), 5);
  EXPECT_EQ(client().post("/v1/holds?dry_run=true", hold_of("A", 6)).status, 409);
  EXPECT_EQ(client().post("/v1/holds?dry_run=maybe", hold_of("A", 2)).status, 422);
  EXPECT_EQ(client().post("/v1/holds?dryrun=true", hold_of("A", 2)).code(), "unknown_field");
  EXPECT_EQ(available("A"), 5);
}

TEST_F(CommandsTest, SettingsArePutAndRead) {
  stock("A", 5);
  stock("A", 5, "leeds");
  const Received put =
      client().request("PUT", "/v1/channels/web", R"({"locations":["berlin","leeds"],"buffer":2})");
  EXPECT_LT(put.status, 300) << put.body;
  EXPECT_EQ(client().get("/v1/channels/web").status, 200);
  const Received ask =
      client().post("/v1/availability", R"({"channel":"web","lines":[{"sku":"A","quantity":9}]})");
  ASSERT_EQ(ask.status, 200) << ask.body;
  EXPECT_EQ(ask.number("/lines/0/available_to_sell"), 8);
  EXPECT_EQ(ask.json().get("ok")->as_bool(), false);
  EXPECT_LT(client().request("PUT", "/v1/locations/returns", R"({"sellable":false})").status, 300);
  EXPECT_LT(client().request("PUT", "/v1/skus/A-old", R"({"same_as":"A"})").status, 300);
  EXPECT_EQ(client().get("/v1/stock/A-old").status, 200);
  EXPECT_LT(client().request("DELETE", "/v1/channels/web").status, 300);
  EXPECT_EQ(client().get("/v1/channels/web").status, 404);
}

TEST_F(CommandsTest, PipelinedRequestsSeeEachOther) {
  stock("A", 3);
  const std::string hold = hold_of("A", 2);
  client().send(
      fmt::format("POST /v1/holds HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{}"
                  "GET /v1/stock/A HTTP/1.1\r\nHost: localhost\r\n\r\n",
                  hold.size(), hold));
  EXPECT_EQ(client().receive().status, 201);
  EXPECT_EQ(client().receive().number("/locations/0/available"), 1);
}

TEST_F(CommandsTest, PipelinedStreamsAreAnsweredWholeOneAfterTheOther) {
  stock("A", 1);
  std::string body;  // its answers are several times what a connection holds unsent
  for (int i = 0; i < 12'000; ++i)
    body += R"({"do":"hold.place","lines":[{"sku":"A","quantity":2}]})"
            "\n";
  const std::string request = fmt::format(
      "POST /v1/batch HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"
      "Content-Length: {}\r\n\r\n{}",
      body.size(), body);
  client();
  std::thread sender([&] { client().send(request + request + request); });
  for (int stream = 0; stream < 3; ++stream) {
    const Received answer = client().receive();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(std::ranges::count(answer.body, '\n'), 12'000) << stream;
  }
  sender.join();
}

TEST_F(CommandsTest, SixtyFourConnectionsSellAThousandUnitsOnce) {
  stock("A", 1'000);
  std::vector<std::thread> buyers;
  std::atomic<int> sold{0}, short_of_stock{0}, replayed{0};
  for (int buyer = 0; buyer < 64; ++buyer) {
    buyers.emplace_back([&, buyer] {
      Client connection(port());
      for (int round = 0; round < 2; ++round) {
        for (int i = 0; i < 20; ++i) {
          const Received answer = connection.post(
              "/v1/holds", hold_of("A", 1), fmt::format("Idempotency-Key: {}-{}\r\n", buyer, i));
          if (round == 0) {
            sold += answer.status == 201;
            short_of_stock += answer.status == 409;
          } else {
            replayed += answer.headers.contains("idempotent-replayed");
          }
        }
      }
    });
  }
  for (std::thread& buyer : buyers) buyer.join();
  EXPECT_EQ(sold, 1'000);
  EXPECT_EQ(short_of_stock, 280);
  EXPECT_EQ(replayed, 1'000);
  EXPECT_EQ(available("A"), 0);
}

}  // namespace
}  // namespace holdfast::http
