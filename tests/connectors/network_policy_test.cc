// Which addresses may be called, and that the check is made on the address really connected to.
#include "connectors/shared/network_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connectors/shared/http_client.h"
#include "tests/connectors/loopback_receiver.h"

namespace holdfast::connectors {
namespace {

TEST(NetworkPolicy, RefusesEveryPrivateAndReservedNetwork) {
  const auto policy = *NetworkPolicy::make({});
  for (const char* address :
       {"0.0.0.0", "0.255.255.255", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255",
        "127.0.0.1", "127.255.255.255", "169.254.169.254", "172.16.0.1", "172.31.255.255",
        "192.0.0.1", "192.0.2.1", "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.7",
        "203.0.113.7", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1",
        "fc00::1", "fdff::1", "fe80::1", "febf::1", "ff02::1", "2001:db8::1", "64:ff9b::a00:1",
        "2002:7f00:1::", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254"}) {
    EXPECT_FALSE(policy.allows_text(address)) << address;
  }
}

TEST(NetworkPolicy, AllowsPublicAddressesUpToTheEdges) {
  const auto policy = *NetworkPolicy::make({});
  for (const char* address :
       {"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
        "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0",
        "192.0.3.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0",
        "198.51.99.255", "203.0.112.255", "203.0.114.0", "223.255.255.255", "2606:4700::1111",
        "fbff::1", "fec0::1", "2001:db7::1", "2001:db9::1", "2003::1", "::ffff:1.1.1.1"}) {
    EXPECT_TRUE(policy.allows_text(address)) << address;
  }
  EXPECT_FALSE(policy.allows_text("example.com"));
}

TEST(NetworkPolicy, AllowPrivateNetworksOpensJustThose) {
  const auto policy = *NetworkPolicy::make({"10.0.0.0/8", "fd00::/8"});
  EXPECT_TRUE(policy.allows_text("10.1.2.3"));
  EXPECT_TRUE(policy.allows_text("::ffff:10.1.2.3"));
  EXPECT_TRUE(policy.allows_text("fd12::1"));
  EXPECT_FALSE(policy.allows_text("192.168.0.1"));
  EXPECT_FALSE(policy.allows_text("fc12::1"));
}

TEST(NetworkPolicy, WhatIsNoNetworkIsRefused) {
  for (const char* text : {"10.0.0.0", "10.0.0.0/33", "::/129", "10/8", "localhost/8", "1.2.3.4/x",
                           "1.2.3.4/-1", ""}) {
    const auto made = NetworkPolicy::make({text});
    ASSERT_FALSE(made) << text;
    EXPECT_EQ(made.error().code, ErrorCode::kConfigInvalid);
  }
}

TEST(CheckUrl, OnlyHttpWithoutUserinfo) {
  EXPECT_TRUE(check_url("https://erp.example/hooks"));
  EXPECT_TRUE(check_url("http://[2001:db8::1]:8080/"));
  for (const char* url : {"ftp://h/", "file:///etc/passwd", "gopher://h/", "https://", "/hooks",
                          "https://user@h/", "https://user:pw@h/", "javascript:alert(1)", ""}) {
    EXPECT_FALSE(check_url(url)) << url;
  }
}

HttpAnswer call(const std::string& url, const std::vector<std::string>& allow) {
  HttpClientOptions options;
  options.policy = *NetworkPolicy::make(allow);
  options.timeout = 5 * kSecond;
  HttpClient client(std::move(options));
  client.start({1, url, {}, "{}"});
  std::vector<HttpAnswer> answers;
  while (answers.empty()) answers = client.poll(kSecond);
  return answers.front();
}

TEST(HttpClient, RefusesThePrivateAddressAtConnectTime) {
  test::LoopbackReceiver receiver;
  const HttpAnswer refused = call(receiver.url(), {});
  EXPECT_EQ(refused.status, 0);
  EXPECT_FALSE(refused.connected);
  EXPECT_THAT(refused.error, testing::HasSubstr("private or reserved network"));
  EXPECT_EQ(receiver.connections(), 0u);
  // By name too: what counts is what the name resolves to.
  std::string by_name = receiver.url();
  by_name.replace(by_name.find("127.0.0.1"), 9, "localhost");
  EXPECT_EQ(call(by_name, {}).status, 0);
  EXPECT_EQ(receiver.connections(), 0u);
  EXPECT_EQ(call(receiver.url(), {"127.0.0.0/8"}).status, 200);
}

TEST(HttpClient, FollowsNoRedirect) {
  test::LoopbackReceiver receiver, target;
  receiver.answer_with([&](const auto&) {
    return test::LoopbackReceiver::Answer{302, "Location: " + target.url() + "\r\n", "", false};
  });
  EXPECT_EQ(call(receiver.url(), {"127.0.0.0/8"}).status, 302);
  EXPECT_EQ(target.requests(), 0u);
}

TEST(HttpClient, IgnoresAProxyFromTheEnvironment) {
  test::LoopbackReceiver receiver, proxy;
  setenv("http_proxy", proxy.url("").c_str(), 1);
  EXPECT_EQ(call(receiver.url(), {"127.0.0.0/8"}).status, 200);
  unsetenv("http_proxy");
  EXPECT_EQ(proxy.requests(), 0u);
}

TEST(HttpClient, CutsALongAnswerAndKeepsItsStatus) {
  test::LoopbackReceiver receiver;
  receiver.answer_with([](const auto&) {
    return test::LoopbackReceiver::Answer{200, "", std::string(1 << 20, 'x'), false};
  });
  const HttpAnswer answer = call(receiver.url(), {"127.0.0.0/8"});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body.size(), HttpClient::kBodyBytesMax);
}

TEST(RetryAfter, SecondsOrADate) {
  const Timestamp now{1'700'000'000'000'000};  // 2023-11-14T22:13:20Z
  EXPECT_EQ(parse_retry_after("120", now), 120 * kSecond);
  EXPECT_EQ(parse_retry_after("Tue, 14 Nov 2023 22:14:20 GMT", now), 60 * kSecond);
  EXPECT_EQ(parse_retry_after("-5", now), 0);
  EXPECT_EQ(parse_retry_after("soon", now), 0);
  EXPECT_EQ(parse_retry_after("", now), 0);
}

}  // namespace
}  // namespace holdfast::connectors
