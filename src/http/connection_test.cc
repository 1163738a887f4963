#include "http/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace holdfast::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

/// Notes every request, and answers at once unless told to wait.
class Recorder final : public RequestHandler {
 public:
  BodyRule body_rule(const Head&) override { return {.bytes_max = 1'000, .refusal = {}}; }
  void on_request(Connection& connection, uint64_t ticket, const Head& head,
                  std::string_view body) override {
    seen.push_back(std::string(head.method) + " " + std::string(head.path) + " " + std::string(body));
    tickets.push_back(ticket);
    if (!answering) return;
    Answer answer;
    answer.body = "echo " + std::string(head.path);
    connection.answer(ticket, std::move(answer), now);
  }
  Answer refusal(int status, std::string_view reason) override {
    Answer answer;
    answer.status = status;
    answer.body = reason;
    return answer;
  }
  std::string_view date_line() override { return "Date: Mon, 23 Nov 2026 10:00:00 GMT\r\n"; }
  Head& scratch_head() override { return head_; }

  std::vector<std::string> seen;
  std::vector<uint64_t> tickets;
  bool answering = true;
  Duration now = 0;

 private:
  Head head_;
};

class ConnectionTest : public testing::Test {
 protected:
  Duration now_ = kSecond;
  ConnectionLimits limits_;
  Recorder handler_;
  Connection connection_{limits_, handler_, now_};

  void SetUp() override { handler_.now = now_; }
  void feed(std::string_view bytes) { connection_.receive(bytes, now_); }
  std::string take() {
    const std::string out(connection_.output());
    connection_.sent(out.size(), now_);
    return out;
  }
  void pass(Duration time) {
    now_ += time;
    handler_.now = now_;
    connection_.check_time(now_);
  }
  void answer(size_t which, std::string body) {
    Answer answer;
    answer.body = std::move(body);
    connection_.answer(handler_.tickets.at(which), std::move(answer), now_);
  }
};

constexpr std::string_view kGet = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr std::string_view kPost =
    "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello";
constexpr std::string_view kChunked =
    "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    "3\r\nabc\r\n2;e\r\nde\r\n0\r\nX-T: 1\r\n\r\n";

TEST_F(ConnectionTest, AnswersARequest) {
  feed(kGet);
  EXPECT_EQ(take(),
            "HTTP/1.1 200 OK\r\nDate: Mon, 23 Nov 2026 10:00:00 GMT\r\n"
            "Content-Type: application/json\r\nContent-Length: 7\r\n\r\necho /a");
  EXPECT_FALSE(connection_.finished());
  EXPECT_TRUE(connection_.wants_input());
}

TEST_F(ConnectionTest, ReadsPipelinedRequestsByteByByteAsInOnePiece) {
  const std::string all = std::string(kGet) + std::string(kPost) + std::string(kChunked) +
                          std::string(kGet);
  feed(all);
  const auto whole = handler_.seen;
  const std::string answers = take();
  EXPECT_THAT(whole, ElementsAre("GET /a ", "POST /b hello", "POST /c abcde", "GET /a "));

  Recorder again;
  Connection bytewise(limits_, again, now_);
  for (const char c : all) bytewise.receive({&c, 1}, now_);
  EXPECT_EQ(again.seen, whole);
  EXPECT_EQ(bytewise.output(), answers);
  EXPECT_EQ(bytewise.held_input(), 0u);
}

TEST_F(ConnectionTest, AnswersLeaveInTheOrderOfRequests) {
  handler_.answering = false;
  feed(std::string(kGet) + std::string(kPost) + std::string(kGet));
  answer(2, "third");
  answer(1, "second");
  EXPECT_THAT(take(), IsEmpty());
  answer(0, "first");
  const std::string out = take();
  EXPECT_LT(out.find("first"), out.find("second"));
  EXPECT_LT(out.find("second"), out.find("third"));
  EXPECT_EQ(connection_.unanswered(), 0u);
}

TEST_F(ConnectionTest, NothingBehindARefusalIsParsed) {
  handler_.answering = false;
  feed(kGet);
  feed("POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n");
  feed(kGet);
  EXPECT_THAT(handler_.seen, ElementsAre("GET /a "));
  EXPECT_FALSE(connection_.finished()) << "the first answer is still owed";
  answer(0, "first");
  const std::string out = take();
  EXPECT_THAT(out, HasSubstr("first"));
  EXPECT_THAT(out, HasSubstr("HTTP/1.1 400 Bad Request"));
  EXPECT_THAT(out, HasSubstr("Connection: close"));
  EXPECT_TRUE(connection_.finished());
}

TEST_F(ConnectionTest, SmuggledRequestsNeverReachTheHandler) {
  const std::string smuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::vector<std::string> vectors = {
      "POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n" + smuggled,
      "POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\nContent-Length: 4\r\n\r\n0\r\n\r" + smuggled,
      "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 44\r\n\r\n" + smuggled,
      "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 0, 44\r\n\r\n" + smuggled,
      "POST /b HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled,
      "POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\n chunked\r\nContent-Length: 0\r\n\r\n" + smuggled,
      "POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0;a=\"\n\"\r\n\r\n" + smuggled,
      "GET /b HTTP/1.1\r\nHost: x\nContent-Length: 44\r\n\r\n" + smuggled,
  };
  for (const std::string& vector : vectors) {
    Recorder recorder;
    Connection connection(limits_, recorder, now_);
    connection.receive(vector, now_);
    EXPECT_THAT(recorder.seen, IsEmpty()) << vector;
    EXPECT_TRUE(connection.finished()) << vector;
    EXPECT_THAT(std::string(connection.output()), StartsWith("HTTP/1.1 ")) << vector;
  }
}

TEST_F(ConnectionTest, ClosesWhereAsked) {
  feed("GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" + std::string(kGet));
  EXPECT_THAT(handler_.seen, ElementsAre("GET /a "));
  EXPECT_THAT(take(), HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(connection_.finished());
}

TEST_F(ConnectionTest, TellsHttp10ThatItStays) {
  feed("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_THAT(take(), HasSubstr("Connection: keep-alive\r\n"));
  feed("GET /a HTTP/1.0\r\n\r\n");
  EXPECT_THAT(take(), HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(connection_.finished());
}

TEST_F(ConnectionTest, HeadGetsTheLengthWithoutTheBody) {
  feed("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string out = take();
  EXPECT_THAT(out, HasSubstr("Content-Length: 7\r\n"));
  EXPECT_THAT(out, Not(HasSubstr("echo")));
}

TEST_F(ConnectionTest, RefusesABodyThatIsTooLarge) {
  feed("POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n");
  const std::string out = take();
  EXPECT_THAT(out, StartsWith("HTTP/1.1 413 ")) << "no 100 Continue first";
  EXPECT_TRUE(connection_.finished());
}

TEST_F(ConnectionTest, RefusesAChunkedBodyThatGrowsTooLarge) {
  feed("POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 30; ++i) feed("64\r\n" + std::string(100, 'a') + "\r\n");
  EXPECT_THAT(take(), StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(handler_.seen, IsEmpty());
}

TEST_F(ConnectionTest, SaysContinueOnlyWhenTheBodyIsNotThereYet) {
  const std::string head =
      "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
  feed(head);
  EXPECT_EQ(take(), "HTTP/1.1 100 Continue\r\n\r\n");
  feed("hello");
  EXPECT_THAT(take(), StartsWith("HTTP/1.1 200 "));
  feed(head + "hello");
  EXPECT_THAT(take(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(ConnectionTest, ContinueWaitsForEarlierAnswers) {
  handler_.answering = false;
  feed(std::string(kGet) +
       "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_THAT(take(), IsEmpty());
  answer(0, "first");
  const std::string out = take();
  EXPECT_THAT(out, HasSubstr("first"));
  EXPECT_THAT(out, testing::EndsWith("HTTP/1.1 100 Continue\r\n\r\n"));
}

TEST_F(ConnectionTest, HoldsBackWhatIsOverThePipeliningCap) {
  limits_.pipelined_max = 2;
  handler_.answering = false;
  feed(std::string(kGet) + std::string(kGet) + std::string(kPost));
  EXPECT_EQ(handler_.seen.size(), 2u);
  EXPECT_FALSE(connection_.wants_input());
  pass(60 * kSecond);
  EXPECT_FALSE(connection_.finished()) << "the wait is ours, not the client's";
  answer(0, "first");
  EXPECT_EQ(handler_.seen.size(), 3u);
}

TEST_F(ConnectionTest, KeepsServingOneConnectionForALongTime) {
  handler_.answering = false;
  for (int i = 0; i < 1'000; ++i) {  // never without an unanswered request: slots must not pile up
    feed(kGet);
    if (i > 0) answer(static_cast<size_t>(i) - 1, "x");
  }
  answer(999, "last");
  EXPECT_EQ(connection_.unanswered(), 0u);
  EXPECT_THAT(take(), HasSubstr("last"));
}

TEST_F(ConnectionTest, GivesAHeadTenSeconds) {
  feed("GET /a HT");
  pass(9 * kSecond);
  feed("TP/1.1\r\n");  // a byte now and then buys nothing
  EXPECT_FALSE(connection_.finished());
  pass(kSecond);
  EXPECT_THAT(take(), StartsWith("HTTP/1.1 408 "));
  EXPECT_TRUE(connection_.finished());
}

TEST_F(ConnectionTest, WantsABodyAtAMinimumRate) {
  feed("POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n");
  limits_.body_bytes_per_s_min = 10;
  for (int i = 0; i < 20; ++i) {
    pass(kSecond);
    feed(std::string(10, 'a'));
  }
  EXPECT_FALSE(connection_.finished()) << "200 bytes in 20 s are enough";
  pass(9 * kSecond);
  EXPECT_FALSE(connection_.finished());
  pass(kSecond);
  EXPECT_THAT(take(), StartsWith("HTTP/1.1 408 "));
}

TEST_F(ConnectionTest, ClosesAnIdleConnectionQuietly) {
  feed(kGet);
  take();
  pass(74 * kSecond);
  EXPECT_FALSE(connection_.finished());
  pass(kSecond);
  EXPECT_TRUE(connection_.finished());
  EXPECT_THAT(take(), IsEmpty());
}

TEST_F(ConnectionTest, WaitsForTheEngineAsLongAsItTakes) {
  handler_.answering = false;
  feed(kGet);
  pass(1'000 * kSecond);
  EXPECT_FALSE(connection_.finished());
  EXPECT_FALSE(connection_.aborted());
  answer(0, "late");
  EXPECT_THAT(take(), HasSubstr("late"));
}

TEST_F(ConnectionTest, DropsAReaderThatTakesNothing) {
  feed(kGet);
  pass(29 * kSecond);
  connection_.sent(1, now_);
  pass(29 * kSecond);
  EXPECT_FALSE(connection_.aborted());
  pass(kSecond);
  EXPECT_TRUE(connection_.aborted());
}

TEST_F(ConnectionTest, StopsReadingWhileAnswersPileUp) {
  limits_.output_bytes_max = 500;
  for (int i = 0; i < 10; ++i) feed(kGet);
  EXPECT_LT(handler_.seen.size(), 10u);
  EXPECT_FALSE(connection_.wants_input());
  while (!connection_.output().empty()) take();
  EXPECT_EQ(handler_.seen.size(), 10u);
}

TEST_F(ConnectionTest, AnswersAPeerThatHasEndedItsSide) {
  handler_.answering = false;
  feed(kGet);
  connection_.end_of_input(now_);
  EXPECT_FALSE(connection_.finished());
  answer(0, "still");
  EXPECT_THAT(take(), HasSubstr("still"));
  EXPECT_TRUE(connection_.finished());
}

TEST_F(ConnectionTest, DropsARequestThatWasCutOff) {
  feed("POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhel");
  connection_.end_of_input(now_);
  EXPECT_THAT(handler_.seen, IsEmpty());
  EXPECT_TRUE(connection_.finished());
  EXPECT_THAT(take(), IsEmpty());
}

TEST_F(ConnectionTest, DrainsByFinishingWhatItOwes) {
  handler_.answering = false;
  feed(std::string(kGet) + std::string(kGet));
  connection_.drain(now_);
  EXPECT_FALSE(connection_.wants_input());
  answer(0, "first");
  EXPECT_FALSE(connection_.finished());
  answer(1, "second");
  const std::string out = take();
  EXPECT_THAT(out, HasSubstr("first"));
  EXPECT_THAT(out, HasSubstr("second"));
  EXPECT_THAT(out, HasSubstr("Connection: close"));
  EXPECT_TRUE(connection_.finished());
}

TEST_F(ConnectionTest, DrainingClosesAnIdleConnection) {
  connection_.drain(now_);
  EXPECT_TRUE(connection_.finished());
}

TEST_F(ConnectionTest, DrainingLetsARequestInTheMiddleFinish) {
  feed(kPost.substr(0, kPost.size() - 2));
  connection_.drain(now_);
  EXPECT_FALSE(connection_.finished());
  feed(kPost.substr(kPost.size() - 2));
  EXPECT_THAT(take(), HasSubstr("Connection: close"));
  EXPECT_TRUE(connection_.finished());
}

TEST_F(ConnectionTest, StreamsInChunks) {
  handler_.answering = false;
  feed(std::string(kGet) + std::string(kPost));
  connection_.begin_stream(handler_.tickets.at(0), {.content_type = kNdjson}, now_);
  EXPECT_TRUE(connection_.stream(handler_.tickets.at(0), "abc", now_));
  const std::string out = take();
  EXPECT_THAT(out, HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_THAT(out, testing::EndsWith("\r\n\r\n3\r\nabc\r\n"));
  feed(kGet);
  EXPECT_EQ(handler_.seen.size(), 2u) << "nothing is taken behind an open stream";
  connection_.end_stream(handler_.tickets.at(0), now_);
  EXPECT_THAT(take(), StartsWith("0\r\n\r\n"));
  EXPECT_FALSE(connection_.stream(handler_.tickets.at(0), "late", now_));
  EXPECT_EQ(handler_.seen.size(), 3u);
}

TEST_F(ConnectionTest, StreamsToHttp10UntilTheClose) {
  handler_.answering = false;
  feed("GET /a HTTP/1.0\r\n\r\n");
  connection_.begin_stream(handler_.tickets.at(0), {.content_type = kNdjson}, now_);
  connection_.stream(handler_.tickets.at(0), "abc", now_);
  connection_.end_stream(handler_.tickets.at(0), now_);
  const std::string out = take();
  EXPECT_THAT(out, Not(HasSubstr("chunked")));
  EXPECT_THAT(out, Not(HasSubstr("Content-Length")));
  EXPECT_THAT(out, testing::EndsWith("\r\n\r\nabc"));
  EXPECT_TRUE(connection_.finished());
}

TEST_F(ConnectionTest, SaysWhenAStreamIsFull) {
  limits_.stream_bytes_max = 100;
  handler_.answering = false;
  feed(kGet);
  connection_.begin_stream(handler_.tickets.at(0), {}, now_);
  take();
  EXPECT_FALSE(connection_.stream_full());
  connection_.stream(handler_.tickets.at(0), std::string(100, 'a'), now_);
  EXPECT_TRUE(connection_.stream_full());
  take();
  EXPECT_FALSE(connection_.stream_full());
}

TEST(Answer, CannotBeSplitByAHeaderValue) {
  Answer answer;
  answer.add_header("Location", "/v1/holds/a\r\nSet-Cookie: x");
  EXPECT_EQ(answer.headers, "Location: /v1/holds/a__Set-Cookie: x\r\n");
}

TEST_F(ConnectionTest, NothingIsTakenBehindAnExpectedStream) {
  handler_.answering = false;
  const std::string request = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";
  feed(request);
  ASSERT_EQ(handler_.tickets.size(), 1u);
  connection_.expect_stream(handler_.tickets.at(0));
  feed(request);
  EXPECT_EQ(handler_.tickets.size(), 1u);
  EXPECT_FALSE(connection_.wants_input());
  connection_.answer(handler_.tickets.at(0), {}, now_);  // it does not begin after all
  EXPECT_EQ(handler_.tickets.size(), 2u);
  EXPECT_TRUE(connection_.wants_input());
}

}  // namespace
}  // namespace holdfast::http
