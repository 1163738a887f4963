#include "http/framing_guard.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/chunked_body.h"

namespace holdfast::http {
namespace {

/// The status a head is refused with; 0 = accepted, -1 = incomplete. *head looks into the last `given`.
int status_of_head(const std::string& given, Head* head = nullptr) {
  static std::string raw;
  raw = given;
  size_t scanned = 0;
  const HeadEnd end = find_head_end(raw, &scanned);
  if (end.state == HeadEnd::State::kRefused) return end.refusal.status;
  if (end.state == HeadEnd::State::kIncomplete) return -1;
  Head local;
  const auto refusal = read_head(std::string_view(raw).substr(0, end.size), head ? head : &local);
  return refusal ? refusal->status : 0;
}

std::string post(const std::string& lines) {
  return "POST /v1/events HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n";
}

struct Vector {
  const char* name;
  std::string head;
  int status;
};

class FramingTable : public testing::TestWithParam<Vector> {};

TEST_P(FramingTable, IsRefused) { EXPECT_EQ(status_of_head(GetParam().head), GetParam().status); }

const std::vector<Vector> kTable = {
    {"TeThenCl", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400},
    {"ClThenTe", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400},
    {"TeGzipAndCl", post("Transfer-Encoding: gzip\r\nContent-Length: 5\r\n"), 400},
    {"TeXchunkedAndCl", post("Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n"), 400},
    {"TeChunkedIdentityAndCl", post("Transfer-Encoding: chunked, identity\r\nContent-Length: 5\r\n"), 400},
    {"TeGzipAlone", post("Transfer-Encoding: gzip\r\n"), 501},
    {"TeChunkedIdentity", post("Transfer-Encoding: chunked, identity\r\n"), 501},
    {"TeGzipChunked", post("Transfer-Encoding: gzip, chunked\r\n"), 501},
    {"TeEmpty", post("Transfer-Encoding:\r\n"), 501},
    {"TeTwice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
    {"TeVerticalTab", post("Transfer-Encoding: \x0b" "chunked\r\n"), 400},
    {"TeWithClEmpty", post("Transfer-Encoding: chunked\r\nContent-Length:\r\n"), 400},
    {"ChunkedOnHttp10",
     "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    {"ClTwiceEqual", post("Content-Length: 5\r\nContent-Length: 5\r\n"), 400},
    {"ClTwiceDiffering", post("Content-Length: 5\r\nContent-Length: 6\r\n"), 400},
    {"ClList", post("Content-Length: 5, 5\r\n"), 400},
    {"ClPlus", post("Content-Length: +5\r\n"), 400},
    {"ClMinus", post("Content-Length: -5\r\n"), 400},
    {"ClHex", post("Content-Length: 0x5\r\n"), 400},
    {"ClEmpty", post("Content-Length:\r\n"), 400},
    {"ClInnerSpace", post("Content-Length: 5 5\r\n"), 400},
    {"ClOverflows", post("Content-Length: 18446744073709551621\r\n"), 400},
    {"SpaceBeforeColon", post("Content-Length : 5\r\n"), 400},
    {"TabBeforeColon", post("Content-Length\t: 5\r\n"), 400},
    {"BareLf", "POST / HTTP/1.1\nHost: a\r\n\r\n", 400},
    {"BareLfInHeader", post("X: a\nContent-Length: 5\r\n"), 400},
    {"BareLfEndsHead", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400},
    {"NulInValue", post(std::string("X: a\0b\r\n", 8)), 400},
    {"BareCrInValue", post("X: a\rb\r\n"), 400},
    {"BareCrSmugglesHeader", post("X: a\rContent-Length: 5\r\n"), 400},
    {"ObsFold", post("X: a\r\n b\r\n"), 400},
    {"ObsFoldInTe", post("Transfer-Encoding:\r\n chunked\r\n"), 400},
    {"FoldAsFirstHeader", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
    {"TwoHosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
    {"TwoEqualHosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
    {"NoHost", "GET / HTTP/1.1\r\n\r\n", 400},
    {"EmptyHost", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
    {"HostWithPath", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
    {"HostWithSpace", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
    {"NoHeaderName", post(": a\r\n"), 400},
    {"NoColon", post("Content-Length 5\r\n"), 400},
    {"HighByteInName", post("X\xff: a\r\n"), 400},
    {"EmptyLineFirst", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"OtherExpectation", post("Expect: 200-maybe\r\n"), 417},
    {"TwoSpaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"SpaceInTarget", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"TabInRequestLine", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"NoVersion", "GET /\r\nHost: a\r\n\r\n", 400},
    {"Http09", "GET / \r\n\r\n", 400},
    {"LowerCaseVersion", "GET / http/1.1\r\nHost: a\r\n\r\n", 400},
    {"Http2Preface", "PRI * HTTP/2.0\r\n\r\n", 505},
    {"Http12", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505},
    {"Asterisk", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"Fragment", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"NulInTarget", std::string("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", 29), 400},
    {"Connect", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"ForeignScheme", "GET ftp://a/b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"LongRequestLine", "GET /" + std::string(9 << 10, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
    {"LongHead", post("X: " + std::string(17 << 10, 'a') + "\r\n"), 431},
};

std::string many_fields(size_t count) {
  std::string lines;
  for (size_t i = 0; i < count; ++i) lines += "X-" + std::to_string(i) + ": a\r\n";
  return post(lines);
}

INSTANTIATE_TEST_SUITE_P(SecurityTable, FramingTable, testing::ValuesIn(kTable),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(FramingGuard, CountsFields) {
  EXPECT_EQ(status_of_head(many_fields(limits::kHeadFieldsMax - 1)), 0);  // and Host
  EXPECT_EQ(status_of_head(many_fields(limits::kHeadFieldsMax)), 431);
}

TEST(FramingGuard, ReadsWhatIsInOrder) {
  Head head;
  ASSERT_EQ(status_of_head("POST /v1/holds?dry_run=true HTTP/1.1\r\nhOST: localhost:4653\r\n"
                           "Content-Length:  12 \r\nX-Latin: \xe4\r\nExpect: 100-Continue\r\n"
                           "Idempotency-Key:\t\"a b\"\t\r\n\r\n",
                           &head),
            0);
  EXPECT_EQ(head.method, "POST");
  EXPECT_EQ(head.path, "/v1/holds");
  EXPECT_EQ(head.query, "dry_run=true");
  EXPECT_EQ(head.content_length, 12u);
  EXPECT_FALSE(head.chunked);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_TRUE(head.expects_continue);
  EXPECT_EQ(head.field("idempotency-key"), "\"a b\"");
  EXPECT_EQ(head.field("absent"), "");
  EXPECT_EQ(head.field_count, 5u);
}

TEST(FramingGuard, KeepsTheConnectionAsAsked) {
  Head head;
  ASSERT_EQ(status_of_head("GET / HTTP/1.0\r\n\r\n", &head), 0);
  EXPECT_FALSE(head.keep_alive);
  ASSERT_EQ(status_of_head("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", &head), 0);
  EXPECT_TRUE(head.keep_alive);
  ASSERT_EQ(status_of_head("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n", &head), 0);
  EXPECT_FALSE(head.keep_alive);
  ASSERT_EQ(status_of_head("GET http://a/b?c HTTP/1.1\r\nHost: a\r\n\r\n", &head), 0);
  EXPECT_EQ(head.path, "/b");
  EXPECT_EQ(head.query, "c");
  ASSERT_EQ(status_of_head(post("Transfer-Encoding: Chunked\r\n"), &head), 0);
  EXPECT_TRUE(head.chunked);
}

TEST(FramingGuard, WaitsForTheWholeHead) {
  const std::string raw = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  size_t scanned = 0;
  for (size_t size = 0; size < raw.size(); ++size)
    ASSERT_EQ(find_head_end(raw.substr(0, size), &scanned).state, HeadEnd::State::kIncomplete);
  const HeadEnd end = find_head_end(raw + "more", &scanned);
  EXPECT_EQ(end.state, HeadEnd::State::kComplete);
  EXPECT_EQ(end.size, raw.size());
}

// ---- chunked bodies ------------------------------------------------------------------------------

struct Decoded {
  int refused = 0;
  bool done = false;
  std::string body;
  size_t taken = 0;
};

Decoded decode(const std::string& bytes, size_t step = 1'000'000, size_t max = 1'000) {
  ChunkedBody chunked;
  Decoded out;
  while (out.taken < bytes.size() && !chunked.done() && !chunked.refusal()) {
    const std::string part = bytes.substr(out.taken, step);
    out.taken += chunked.take(part, max, &out.body);
  }
  out.done = chunked.done();
  if (chunked.refusal()) out.refused = chunked.refusal()->status;
  return out;
}

TEST(ChunkedBody, DecodesByteByByte) {
  const std::string raw = "5;x=\"y\"\r\nhello\r\nA\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\nGET /";
  for (const size_t step : {size_t{1}, size_t{3}, raw.size()}) {
    const Decoded out = decode(raw, step);
    EXPECT_TRUE(out.done) << step;
    EXPECT_EQ(out.body, "hello0123456789") << step;
    EXPECT_EQ(out.taken, raw.size() - 5) << step;  // what follows belongs to the next request
  }
}

TEST(ChunkedBody, RefusesWhatCouldBeReadTwoWays) {
  EXPECT_EQ(decode("5\nhello\r\n0\r\n\r\n").refused, 400);             // bare LF
  EXPECT_EQ(decode("5;a=\"\n\"\r\nhello\r\n0\r\n\r\n").refused, 400);  // quoted bare LF
  EXPECT_EQ(decode("5;" + std::string(9'000, 'a') + "\r\nhello").refused, 400);
  EXPECT_EQ(decode("5;" + std::string(300, 'a') + "\r\nhello").refused, 400);
  EXPECT_EQ(decode("5;a\rb\r\nhello\r\n0\r\n\r\n").refused, 400);
  EXPECT_EQ(decode("0x5\r\nhello\r\n0\r\n\r\n").refused, 400);
  EXPECT_EQ(decode("+5\r\nhello\r\n0\r\n\r\n").refused, 400);
  EXPECT_EQ(decode("-1\r\n").refused, 400);
  EXPECT_EQ(decode("\r\nhello").refused, 400);
  EXPECT_EQ(decode("5 x\r\nhello\r\n0\r\n\r\n").refused, 400);
  EXPECT_EQ(decode("123456789\r\n").refused, 400);                     // nine digits
  EXPECT_EQ(decode("5\r\nhelloX\r\n0\r\n\r\n").refused, 400);          // longer than its size
  EXPECT_EQ(decode("5\r\nhello0\r\n\r\n").refused, 400);
  EXPECT_EQ(decode("5\r\nhello\n0\r\n\r\n").refused, 400);
  EXPECT_EQ(decode("FFFFFFFF\r\n" + std::string(2'000, 'a')).refused, 413);
}

TEST(ChunkedBody, RefusesTrailersThatFrameOrAuthorize) {
  for (const char* name : {"Content-Length", "Host", "Authorization", "Transfer-Encoding", "Idempotency-Key"})
    EXPECT_EQ(decode(std::string("0\r\n") + name + ": 1\r\n\r\n").refused, 400) << name;
  EXPECT_EQ(decode("0\r\n folded\r\n\r\n").refused, 400);
  EXPECT_EQ(decode("0\r\nX: " + std::string(5'000, 'a') + "\r\n\r\n").refused, 400);
  std::string many = "0\r\n";
  for (int i = 0; i < 1'000; ++i) many += "X-Padding: aaaaaaaa\r\n";
  EXPECT_EQ(decode(many + "\r\n").refused, 400);
}

}  // namespace
}  // namespace holdfast::http
