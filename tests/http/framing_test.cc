// Bad framing on a real socket: refused, closed, and nothing behind it is served.
#include <fmt/format.h>

#include "tests/http/test_node.h"

namespace holdfast::http {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class FramingTest : public NodeTest {};

TEST_F(FramingTest, SmuggledRequestsAreNeverServed) {
  stock("A", 100);
  const std::string hold = R"({"lines":[{"sku":"A","quantity":1}]})";
  const std::string inner = fmt::format(
      "POST /v1/holds HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{}", hold.size(), hold);
  const std::string line = "POST /v1/events HTTP/1.1\r\nHost: localhost\r\n";
  const std::vector<std::string> vectors = {
      line + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + inner,
      line + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + inner,
      line + "Transfer-Encoding: gzip\r\n\r\n" + inner,
      line + "Transfer-Encoding: gzip\r\nContent-Length: 0\r\n\r\n" + inner,
      line + "Transfer-Encoding: xchunked\r\nContent-Length: 0\r\n\r\n" + inner,
      line + "Transfer-Encoding: chunked, identity\r\nContent-Length: 0\r\n\r\n" + inner,
      line + "Content-Length: 0\r\nContent-Length: 0\r\n\r\n" + inner,
      line + "Content-Length: 0, 0\r\n\r\n" + inner,
      line + "Content-Length: +0\r\n\r\n" + inner,
      line + "Content-Length : 0\r\n\r\n" + inner,
      line + "X: a\r\n b\r\nContent-Length: 0\r\n\r\n" + inner,
      line + "X: a\nContent-Length: 0\r\n\r\n" + inner,
      line + "X: a\rContent-Length: 0\r\n\r\n" + inner,
      line + "Host: b\r\nContent-Length: 0\r\n\r\n" + inner,
      line + "Transfer-Encoding: chunked\r\n\r\n0;x=\"\n\"\r\n\r\n" + inner,
      line + "Transfer-Encoding: chunked\r\n\r\n0;" + std::string(9'000, 'x') + "\r\n\r\n" + inner,
      line + "Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 9\r\n\r\n" + inner,
      line + "Transfer-Encoding: chunked\r\n\r\n0\r\nAuthorization: x\r\n\r\n" + inner,
      "POST /v1/events HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + inner,
      "POST /v1/events HTTP/1.1\r\nContent-Length: 0\r\n\r\n" + inner,
  };
  for (const std::string& vector : vectors) {
    Client attacker(port());
    attacker.send(vector);
    const std::string answer = attacker.receive_all();  // ends: the connection is closed
    EXPECT_THAT(answer, testing::AnyOf(StartsWith("HTTP/1.1 400 "), StartsWith("HTTP/1.1 501 "))) << vector;
    EXPECT_THAT(answer, HasSubstr("application/problem+json"));
    EXPECT_THAT(answer, HasSubstr("Connection: close"));
    EXPECT_THAT(answer, Not(HasSubstr("201 Created"))) << vector;
  }
  EXPECT_EQ(available("A"), 100);
}

TEST_F(FramingTest, ARefusalReachesAClientThatIsStillSending) {
  // 8 MiB declared, 1 MiB allowed: the answer must not be lost to a reset.
  Client client(port());
  client.send("POST /v1/holds HTTP/1.1\r\nHost: localhost\r\nContent-Length: 8388608\r\n\r\n");
  client.send(std::string(128 << 10, 'x'));
  const Received answer = client.receive();
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.code(), "body_too_large");
}

TEST_F(FramingTest, ChunkedAndContinueWorkOnARealSocket) {
  client().send("POST /v1/events HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
                "Expect: 100-continue\r\nIdempotency-Key: k\r\n\r\n");
  EXPECT_EQ(client().receive_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  const std::string event = R"({"type":"stock.received","location":"b","sku":"A","quantity":3})";
  for (const char c : event) client().send(fmt::format("1\r\n{}\r\n", c));
  client().send("0\r\n\r\n");
  EXPECT_EQ(client().receive().status, 201);
}

TEST_F(FramingTest, AHeadThatNeverEndsIsCutOff) {
  options_.head_timeout = 300 * kMillisecond;
  start();
  Client slow(port());
  slow.send("GET / HTTP/1.1\r\nHost: ");
  EXPECT_THAT(slow.receive_all(), StartsWith("HTTP/1.1 408 "));
}

}  // namespace
}  // namespace holdfast::http
