// GET /v1/feed as NDJSON and as server-sent events: following, resuming, filters, cursors, slow
// readers.
#include <thread>

#include <fmt/format.h>

#include "tests/http/test_node.h"

namespace holdfast::http {
namespace {

using testing::HasSubstr;
using testing::Not;

class FeedTest : public NodeTest {};

std::vector<json::Value> lines_of(const std::string& body) {
  std::vector<json::Value> lines;
  for (size_t at = 0; at < body.size();) {
    const size_t end = body.find('\n', at);
    auto value = json::parse_value(std::string_view(body).substr(at, end - at));
    EXPECT_TRUE(value.has_value()) << body.substr(at, end - at);
    if (value) lines.push_back(std::move(*value));
    at = end + 1;
  }
  return lines;
}

std::string id_of(const json::Value& event) {
  return std::string(event.get("id")->as_string().value_or(""));
}

TEST_F(FeedTest, TellsEverythingOnceFromTheBeginning) {
  for (int i = 0; i < 300; ++i) stock(fmt::format("S{}", i), 1);
  const Received feed = client().get("/v1/feed?follow=false");
  ASSERT_EQ(feed.status, 200);
  EXPECT_EQ(feed.headers.at("content-type"), "application/x-ndjson");
  const auto events = lines_of(feed.body);
  ASSERT_EQ(events.size(), store_.durable_seq());
  for (size_t i = 0; i < events.size(); ++i)
    ASSERT_EQ(id_of(events[i]), fmt::format("testledger01-0-{}", i + 1));
}

TEST_F(FeedTest, ResumesAfterACursorAnIdOrASeq) {
  for (int i = 0; i < 5; ++i) stock("A", 1);
  const auto all = lines_of(client().get("/v1/feed?follow=false").body);
  const size_t rest = all.size() - 3;
  for (const char* after : {"0-3", "testledger01-0-3", "3"}) {
    const auto some =
        lines_of(client().get(fmt::format("/v1/feed?follow=false&after={}", after)).body);
    ASSERT_EQ(some.size(), rest) << after;
    EXPECT_EQ(id_of(some.front()), "testledger01-0-4");
  }
  const auto by_header = lines_of(
      client().get("/v1/feed?follow=false&after=1", "Last-Event-ID: testledger01-0-3\r\n").body);
  EXPECT_EQ(by_header.size(), rest);
}

// Schedules 4 and 39: numbers are used again after a cut, and a cursor of before says so.
TEST_F(FeedTest, RefusesACursorOfAnotherFuture) {
  stock("A", 1);
  for (const char* after : {"0-999999", "7-1", "999999", "otherledger9-0-1"}) {
    const Received refused = client().get(fmt::format("/v1/feed?after={}", after));
    EXPECT_EQ(refused.status, 410) << after;
    EXPECT_EQ(refused.code(), "cursor_invalid");
    EXPECT_EQ(refused.text("/resume_at"), fmt::format("testledger01-0-{}", store_.durable_seq()));
  }
  EXPECT_EQ(client().get("/v1/feed?after=elsewhere").status, 422);
}

TEST_F(FeedTest, Filters) {
  stock("A", 5);
  stock("B", 5);
  client().post("/v1/holds", R"({"lines":[{"sku":"A","quantity":1}]})");
  const auto holds = lines_of(client().get("/v1/feed?follow=false&types=hold.*").body);
  ASSERT_EQ(holds.size(), 1u);
  EXPECT_THAT(std::string(holds[0].get("type")->as_string().value()), HasSubstr("hold.placed"));
  for (const auto& event : lines_of(client().get("/v1/feed?follow=false&skus=B,C").body))
    EXPECT_EQ(event.get("subject")->as_string(), "B");
  EXPECT_EQ(client().get("/v1/feed?types=hold.danced").code(), "unknown_type");
  EXPECT_EQ(client().get("/v1/feed?colour=red").code(), "unknown_field");
}

TEST_F(FeedTest, ServerSentEventsFollowTheLog) {
  stock("A", 1);
  Client reader(port());
  reader.send("GET /v1/feed HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
  const std::string head = reader.receive_until("\r\n\r\n");
  EXPECT_THAT(head, HasSubstr("Content-Type: text/event-stream"));
  reader.receive_until(fmt::format("id: testledger01-0-{}\nevent: ", store_.durable_seq()));
  stock("B", 2);  // told without being asked again
  const std::string told =
      reader.receive_until(fmt::format("id: testledger01-0-{}\n", store_.durable_seq()));
  EXPECT_THAT(told, Not(HasSubstr("0-1\n")));
  EXPECT_THAT(reader.receive_until("\n\n"), HasSubstr("\"subject\":\"B\""));
}

TEST_F(FeedTest, ManyReadersHearTheSame) {
  std::vector<std::unique_ptr<Client>> readers;
  for (int i = 0; i < 50; ++i) {
    readers.push_back(std::make_unique<Client>(port()));
    readers.back()->send("GET /v1/feed HTTP/1.1\r\nHost: localhost\r\n\r\n");
  }
  for (int i = 0; i < 20; ++i) stock("A", 1);
  const std::string last = fmt::format("\"id\":\"testledger01-0-{}\"", store_.durable_seq());
  for (auto& reader : readers) EXPECT_THAT(reader->receive_until(last), HasSubstr(last));
}

TEST_F(FeedTest, AReaderThatTakesNothingIsDroppedAndResumes) {
  options_.write_timeout = 300 * kMillisecond;
  start();
  const std::string long_name(120, 'x');
  std::string body;
  for (int i = 0; i < 20'000; ++i)
    body +=
        fmt::format(R"({{"type":"stock.received","location":"berlin","sku":"{}{}","quantity":1}})"
                    "\n",
                    long_name, i);
  ASSERT_EQ(
      client()
          .post("/v1/batch", body, "Content-Type: application/x-ndjson\r\nIdempotency-Key: k\r\n")
          .status,
      200);
  Client slow(port());
  slow.send("GET /v1/feed HTTP/1.1\r\nHost: localhost\r\n\r\n");
  Client live(port());
  live.send(fmt::format("GET /v1/feed?after={} HTTP/1.1\r\nHost: localhost\r\n\r\n", store_.durable_seq()));
  live.receive_until("\r\n\r\n");
  auto& streams = metrics_.gauge("holdfast_http_feed_streams", "Open feed streams.");
  while (streams.value() != 2) std::this_thread::yield();
  while (streams.value() != 1) std::this_thread::yield();  // the test's own time limit ends this
  stock("A", 1);
  live.receive_until("\"subject\":\"A\"");
  // What the slow one got ends in the middle; from its last id it hears the rest.
  const std::string got = slow.receive_all();
  const size_t id_at = got.rfind("\"id\":\"");
  ASSERT_NE(id_at, std::string::npos);
  const std::string id = got.substr(id_at + 6, got.find('"', id_at + 6) - id_at - 6);
  const auto rest = lines_of(client().get("/v1/feed?follow=false&after=" + id).body);
  EXPECT_EQ(id_of(rest.back()), fmt::format("testledger01-0-{}", store_.durable_seq()));
}

TEST_F(FeedTest, OpenStreamsEndWhenTheServerStops) {
  stock("A", 1);
  Client reader(port());
  reader.send("GET /v1/feed HTTP/1.1\r\nHost: localhost\r\n\r\n");
  reader.receive_until("\"subject\":\"A\"");
  server_->stop();
  EXPECT_THAT(reader.receive_all(), HasSubstr("0\r\n\r\n"));
}

TEST_F(FeedTest, TheNumberOfStreamsIsBounded) {
  options_.feed_streams_max = 1;
  start();
  Client first(port());
  first.send("GET /v1/feed HTTP/1.1\r\nHost: localhost\r\n\r\n");
  first.receive_until("\r\n\r\n");
  EXPECT_EQ(client().get("/v1/feed").code(), "overloaded");
}

TEST_F(FeedTest, AskingForTheHeadTakesNoStream) {
  options_.feed_streams_max = 1;
  start();
  for (int i = 0; i < 3; ++i) {
    client().send("HEAD /v1/feed HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_THAT(client().receive_until("\r\n\r\n"), HasSubstr("200 OK"));
  }
  client().send("GET /v1/feed HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_THAT(client().receive_until("\r\n\r\n"), HasSubstr("200 OK"));
}

}  // namespace
}  // namespace holdfast::http
