// `holdfast sink …` and `holdfast source …`, as an operator types them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/harness.h"

namespace holdfast::test {
namespace {

using ::testing::HasSubstr;

constexpr const char* kConfig = R"([[channels]]
id = "web"
locations = ["berlin"]
[[sinks]]
name = "out"
type = "noop"
[[sources]]
name = "wms"
type = "generic"
secrets = ["correct horse battery staple"]
signature = { scheme = "hmac-sha256", header = "x-signature", encoding = "hex" }
[sources.mapping]
id = "/id"
type = { constant = "stock.received" }
sku = "/item"
location = "/site"
quantity = "/qty"
occurred_at = "/at"
)";

TEST(SinksAndSources, AreShownPausedAndResumed) {
  const TempDir dir;
  write_file(dir / "shop.toml", kConfig);
  Server server(dir / "data", {"--config", dir / "shop.toml"});
  ASSERT_TRUE(server.ready()) << server.process().err();
  const auto run = [&](std::vector<std::string> words) {
    return run_holdfast(std::move(words), {.environment = {{"HOLDFAST_URL", server.url()}}});
  };
  EXPECT_THAT(run({"sink", "list"}).out, HasSubstr("out"));
  EXPECT_EQ(run({"sink", "pause", "out"}).exit_code, 0);
  EXPECT_TRUE(wait_until(
      [&] { return run({"sink", "show", "out"}).out.find("paused") != std::string::npos; }));
  EXPECT_EQ(run({"sink", "resume", "out"}).exit_code, 0);
  EXPECT_TRUE(wait_until(
      [&] { return run({"sink", "show", "out"}).out.find("active") != std::string::npos; }));
  EXPECT_EQ(run({"sink", "replay", "out", "--from", "1"}).exit_code, 0);
  EXPECT_EQ(run({"sink", "dead-letters", "out"}).out, "there are no dead letters\n");
  EXPECT_EQ(run({"sink", "redeliver", "out", "--seq", "3"}).exit_code, 0);
  const Finished unknown = run({"sink", "show", "oat"});
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_THAT(unknown.err, HasSubstr("oat"));

  EXPECT_THAT(run({"source", "list"}).out, HasSubstr("wms"));
  EXPECT_THAT(run({"source", "pause", "wms"}).out, HasSubstr("yes"));
  EXPECT_EQ(run({"source", "resume", "wms"}).exit_code, 0);
  EXPECT_EQ(run({"source", "parked", "wms"}).out, "nothing is parked\n");
  EXPECT_THAT(run({"source", "redeliver", "wms"}).out, HasSubstr("deliveries     0"));
  EXPECT_THAT(run({"source", "redeliver", "wms", "--delivery", "d1", "--json"}).out,
              HasSubstr("\"deliveries\":0"));
}

}  // namespace
}  // namespace holdfast::test
