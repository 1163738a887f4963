// The dashboard's files as a browser gets them. What the page does with them is tested in
// tests/dashboard.
#include "http/dashboard.h"

#include <regex>
#include <set>

#include <fmt/format.h>

#include "tests/http/keyed_node.h"

namespace holdfast::http {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class Dashboard : public NodeTest {};
class DashboardWithKeys : public KeyedNodeTest {};

/// Every address the page names.
std::set<std::string> addresses_in(const std::string& page) {
  std::set<std::string> out;
  const std::regex address("(?:src|href)=\"([^\"]+)\"");
  for (std::sregex_iterator it(page.begin(), page.end(), address), end; it != end; ++it)
    out.insert((*it)[1].str());
  return out;
}

TEST_F(Dashboard, ThePageIsServedWithAPolicyThatLetsNothingInButItsOwnFiles) {
  const Received page = client().get("/");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.headers.at("content-type"), "text/html; charset=utf-8");
  EXPECT_EQ(page.headers.at("cache-control"), "no-cache");
  EXPECT_EQ(page.headers.at("x-content-type-options"), "nosniff");
  EXPECT_EQ(page.headers.at("referrer-policy"), "no-referrer");
  EXPECT_EQ(page.headers.at("x-frame-options"), "DENY");
  EXPECT_EQ(page.headers.at("cross-origin-opener-policy"), "same-origin");
  EXPECT_EQ(page.headers.at("content-security-policy"),
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
            "img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action 'none'");
  EXPECT_THAT(page.body, StartsWith("<!doctype html>"));
  // what the policy would refuse is not there in the first place
  EXPECT_THAT(page.body,
              AllOf(Not(HasSubstr("<style")), Not(HasSubstr("style=")), Not(HasSubstr("onclick")),
                    Not(HasSubstr("http://")), Not(HasSubstr("https://"))));
}

TEST_F(Dashboard, WhatThePageLoadsHasATypeAndMayBeKeptForEver) {
  std::set<std::string> kinds;
  for (const std::string& address : addresses_in(client().get("/").body)) {
    if (!address.starts_with("/assets/")) continue;
    const Received file = client().get(address);
    EXPECT_EQ(file.status, 200) << address;
    EXPECT_EQ(file.headers.at("cache-control"), "public, max-age=31536000, immutable") << address;
    EXPECT_EQ(file.headers.at("x-content-type-options"), "nosniff") << address;
    EXPECT_EQ(file.headers.at("cross-origin-resource-policy"), "same-origin") << address;
    EXPECT_FALSE(file.body.empty());
    kinds.insert(file.headers.at("content-type"));
  }
  EXPECT_THAT(kinds, testing::ElementsAre("image/svg+xml; charset=utf-8", "text/css; charset=utf-8",
                                          "text/javascript; charset=utf-8"));
}

TEST_F(Dashboard, EveryEmbeddedFileButThePageIsNamedByItsContents) {
  const std::regex hashed("/assets/[a-z]+-[A-Z0-9]{8}\\.(js|css|svg)");
  for (const DashboardFile& file : kDashboardFiles)
    EXPECT_TRUE(file.path == "/" || std::regex_match(std::string(file.path), hashed)) << file.path;
  EXPECT_EQ(kDashboardFiles.front().path, "/");
}

TEST_F(Dashboard, AFileThatTheBrowserHasIsNotSentAgain) {
  for (const DashboardFile& file : kDashboardFiles) {
    const std::string path(file.path);
    const std::string etag = client().get(path).headers.at("etag");
    EXPECT_EQ(etag, file.etag);
    for (const std::string& has : {etag, "W/" + etag, "\"other\", " + etag, std::string("*")}) {
      Received kept = client().get(path, "If-None-Match: " + has + "\r\n");
      EXPECT_EQ(kept.status, 304) << has;
      EXPECT_EQ(kept.body, "");
      EXPECT_EQ(kept.headers.at("etag"), etag);
      EXPECT_EQ(kept.headers["content-length"], "") << "it would be the length of the file";
      EXPECT_FALSE(kept.headers.contains("content-type"));
    }
    EXPECT_EQ(client().get(path, "If-None-Match: \"other\"\r\n").status, 200);
  }
}

TEST_F(Dashboard, HeadHasTheLengthAndNoBody) {
  for (const DashboardFile& file : kDashboardFiles) {
    Client one(port());
    one.send(
        fmt::format("HEAD {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", file.path));
    const std::string answer = one.receive_all();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answer, HasSubstr(fmt::format("Content-Length: {}\r\n", file.body.size())));
    EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << file.path;
  }
}

TEST_F(Dashboard, FilesAreReadAndNothingElse) {
  const std::string asset(kDashboardFiles.back().path);
  for (const char* method : {"POST", "PUT", "DELETE"}) {
    const Received answer = client().request(method, asset);
    EXPECT_EQ(answer.status, 405) << method;
    EXPECT_EQ(answer.headers.at("allow"), "GET, HEAD");
    EXPECT_EQ(client().request(method, "/").status, 405) << method;
  }
}

TEST_F(Dashboard, NothingBesideTheEmbeddedFilesCanBeReached) {
  const std::string asset(kDashboardFiles.back().path);
  for (const std::string& path :
       {std::string("/assets/"), std::string("/assets"), std::string("/assets/nothing.js"),
        std::string("/assets/../../etc/passwd"), std::string("/assets/%2e%2e/%2e%2e/etc/passwd"),
        std::string("/assets/..%2f..%2fetc%2fpasswd"), std::string("//assets/../etc/passwd"),
        std::string("/index.html"), std::string("/dashboard_files.cc"), "/" + asset, asset + "/",
        asset + "%00", asset.substr(0, asset.size() - 1)}) {
    const Received answer = client().get(path);
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_EQ(answer.code(), "not_found") << path;
  }
}

// The page is no secret: it asks for the key itself. Its data are of the API, and need one.
TEST_F(DashboardWithKeys, ThePageNeedsNoKeyAndShowsNothingWithoutOne) {
  const std::string admin = key("desk", "admin");
  EXPECT_EQ(client().get("/").status, 200);
  EXPECT_EQ(client().get(std::string(kDashboardFiles.back().path)).status, 200);
  EXPECT_EQ(client().get("/v1/sinks").status, 401);
  EXPECT_EQ(client().get("/v1/sinks", admin).status, 200);
}

// A name made to point at this machine gets the page, which can read nothing: its requests carry
// that name.
TEST_F(Dashboard, UnderAForeignNameThePageReadsNothing) {
  start();
  const auto get = [&](const char* path) {
    Client one(port());
    one.send(fmt::format(
        "GET {} HTTP/1.1\r\nHost: rebound.example\r\nSec-Fetch-Site: same-origin\r\n\r\n", path));
    return one.receive().status;
  };
  EXPECT_EQ(get("/v1/stock"), 403);
  EXPECT_EQ(get("/v1/feed"), 403);
  EXPECT_EQ(get("/v1/sinks"), 403);
  EXPECT_EQ(get("/metrics"), 403);
}

}  // namespace
}  // namespace holdfast::http
