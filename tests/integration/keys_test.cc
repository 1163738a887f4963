// `holdfast key` and a server that asks for keys, with the real binary.
#include <csignal>

#include <gmock/gmock.h>

#include "tests/integration/harness.h"

namespace holdfast::test {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// The banner comes a moment after the port.
bool says(Server& server, const std::string& text) {
  return wait_until([&] { return server.process().out().find(text) != std::string::npos; });
}

ProcessOptions with_key(const std::string& key) {
  ProcessOptions options;
  options.environment["HOLDFAST_KEY"] = key;
  return options;
}

TEST(ApiKeys, TheFirstIsMadeInADirectoryThatNoServerHolds) {
  const TempDir dir;
  const std::string data = dir / "data";
  const Finished made = run_holdfast({"key", "create", "--data-dir", data, "--name", "admin",
                                      "--scopes", "admin,stock:read,stock:write"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const std::string key = first_line(made.out);
  EXPECT_THAT(key, testing::StartsWith("hf_"));
  EXPECT_THAT(made.err, HasSubstr("shown this once"));

  Server server(data);
  ASSERT_TRUE(server.ready()) << server.process().err();
  EXPECT_TRUE(says(server, "every request needs an API key"));
  const Finished without = run_holdfast({"stock", "--server", server.url()});
  EXPECT_EQ(without.exit_code, 1);
  EXPECT_THAT(without.err, HasSubstr("HOLDFAST_KEY"));
  EXPECT_EQ(run_holdfast({"stock", "--server", server.url(), "--key", key}).exit_code, 0);
  EXPECT_EQ(run_holdfast({"stock", "--server", server.url()}, with_key(key)).exit_code, 0);

  const Finished held = run_holdfast({"key", "list", "--data-dir", data});
  EXPECT_EQ(held.exit_code, 1);
  EXPECT_THAT(held.err, HasSubstr("a server holds"));
  EXPECT_EQ(server.stop(), 0);
  EXPECT_THAT(run_holdfast({"key", "list", "--data-dir", data}).out, HasSubstr("admin"));
}

TEST(ApiKeys, AreMadeListedAndDeletedThroughTheServerAndSurviveAKill) {
  const TempDir dir;
  const std::string data = dir / "data";
  auto server = std::make_unique<Server>(data);
  ASSERT_TRUE(server->ready()) << server->process().err();
  EXPECT_TRUE(says(*server, "no API key yet"));
  const std::string admin = first_line(run_holdfast({"key", "create", "--server", server->url(),
                                                     "--name", "admin", "--scopes", "admin"})
                                           .out);
  const Finished till = run_holdfast(
      {"key", "create", "--server", server->url(), "--name", "till-7", "--scopes",
       "stock:write,hold:write", "--channels", "till", "--locations", "leeds", "--expires", "90d"},
      with_key(admin));
  ASSERT_EQ(till.exit_code, 0) << till.err;
  server->kill();

  server = std::make_unique<Server>(data);
  ASSERT_TRUE(server->ready()) << server->process().err();
  const std::vector<std::string> sale = {"event",     "stock.sold", "--server",   server->url(),
                                         "--channel", "till",       "--location", "leeds",
                                         "--sku",     "A",          "--quantity", "1"};
  EXPECT_EQ(run_holdfast(sale, with_key(first_line(till.out))).exit_code, 0);
  std::vector<std::string> elsewhere = sale;
  elsewhere[7] = "berlin";
  const Finished refused = run_holdfast(elsewhere, with_key(first_line(till.out)));
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("bound to other locations: leeds"));

  const Finished listed = run_holdfast({"key", "list", "--server", server->url()}, with_key(admin));
  EXPECT_THAT(listed.out, HasSubstr("till-7"));
  EXPECT_THAT(listed.out, HasSubstr("leeds"));
  EXPECT_THAT(listed.out, Not(HasSubstr(first_line(till.out).substr(16))));
  EXPECT_EQ(run_holdfast({"key", "delete", "till-7", "--server", server->url()}, with_key(admin))
                .exit_code,
            0);
  EXPECT_EQ(run_holdfast(sale, with_key(first_line(till.out))).exit_code, 1);
  EXPECT_EQ(run_holdfast({"key", "delete", "admin", "--server", server->url()}, with_key(admin))
                .exit_code,
            1)
      << "nobody would be left who may make keys";
  EXPECT_EQ(server->stop(), 0);
  EXPECT_EQ(run_holdfast({"key", "delete", "admin", "--data-dir", data}).exit_code, 0)
      << "but who has the directory in hand may";
}

// One name is one scope of idempotency keys: what the till told would be the source's repetition.
TEST(ApiKeys, AndSourcesDoNotShareAName) {
  const TempDir dir;
  const std::string data = dir / "data", config = dir / "shop.toml";
  write_file(config,
             "[[sources]]\nname = \"shop-eu\"\ntype = \"shopify\"\nchannel = \"web\"\n"
             "default_location = \"berlin\"\nsecrets = [\"a-secret-of-the-app\"]\n");
  const auto create = [&](const std::string& name, std::vector<std::string> more = {}) {
    std::vector<std::string> words = {"key",    "create", "--data-dir", data,
                                      "--name", name,     "--scopes",   "admin"};
    words.insert(words.end(), more.begin(), more.end());
    return run_holdfast(std::move(words));
  };
  const Finished early = create("shop-eu", {"--config", config});
  EXPECT_EQ(early.exit_code, 1);
  EXPECT_THAT(early.err, HasSubstr("a source of " + config + " has this name"));
  ASSERT_EQ(create("shop-eu").exit_code, 0);

  Server server(data, {"--config", config});
  EXPECT_FALSE(server.ready());
  EXPECT_EQ(server.process().wait(), 78);
  EXPECT_THAT(server.process().err(),
              HasSubstr("sources[0].name: 'shop-eu' is the name of an API key"));
  EXPECT_THAT(server.process().err(), HasSubstr("holdfast key delete shop-eu --data-dir"));

  ASSERT_EQ(run_holdfast({"key", "delete", "shop-eu", "--data-dir", data}).exit_code, 0);
  const std::string admin = first_line(create("admin").out);
  Server again(data, {"--config", config});
  ASSERT_TRUE(again.ready()) << again.process().err();
  const Finished late = run_holdfast(
      {"key", "create", "--server", again.url(), "--name", "shop-eu", "--scopes", "stock:read"},
      with_key(admin));
  EXPECT_EQ(late.exit_code, 1);
  EXPECT_THAT(late.err, HasSubstr("a source has this name"));
  EXPECT_EQ(again.stop(), 0);
}

TEST(ApiKeys, WrongUsageIsNamed) {
  const TempDir dir;
  const auto create = [&](std::vector<std::string> more) {
    std::vector<std::string> words = {"key", "create", "--data-dir", dir / "data", "--name", "x"};
    words.insert(words.end(), more.begin(), more.end());
    return run_holdfast(std::move(words));
  };
  EXPECT_THAT(create({"--scopes", "stock"}).err, HasSubstr("there is no scope 'stock'"));
  EXPECT_THAT(create({"--scopes", "stock:read"}).err, HasSubstr("needs the scope admin"));
  EXPECT_EQ(create({"--scopes", "admin", "--expires", "soon"}).exit_code, 2);
  EXPECT_EQ(run_holdfast({"key"}).exit_code, 2);
}

}  // namespace
}  // namespace holdfast::test
