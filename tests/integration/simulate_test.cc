// `holdfast simulate` as a user starts it, and the README's pictures held to what it draws.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/harness.h"

namespace holdfast::test {
namespace {

using ::testing::HasSubstr;

json::Value figures(std::vector<std::string> words) {
  words.emplace_back("--json");
  const Finished run = run_holdfast(std::move(words));
  EXPECT_EQ(run.exit_code, 0) << run.err;
  const Result<json::Value> value = json::parse_value(run.out);
  EXPECT_TRUE(value);
  return value ? *value : json::Value();
}

int64_t number(const json::Value& value, const std::string& pointer) {
  const json::Value* found = value.find(pointer);
  return found == nullptr ? INT64_MIN : found->as_integer().value_or(INT64_MIN);
}

TEST(SimulateRace, TellsItInPlainText) {
  const Finished run = run_holdfast({"simulate", "race"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.out.find('\033'), std::string::npos) << "no terminal, no escape codes";
  EXPECT_THAT(run.out, HasSubstr("takes one, sold → -1: SOLD TWICE"));
  EXPECT_THAT(run.out, HasSubstr("order refused: insufficient_stock"));
  EXPECT_THAT(run.out, HasSubstr("The ledger sold what there was, nothing twice"));
}

TEST(SimulateRace, FiguresFollowTheArguments) {
  const json::Value race =
      figures({"simulate", "race", "--buyers", "12", "--stock", "3", "--seed", "9", "--lease", "5ms"});
  EXPECT_EQ(number(race, "/buyers"), 12);
  EXPECT_EQ(number(race, "/lease_us"), 5'000);
  EXPECT_EQ(race.get("passed")->as_bool(), true);
  ASSERT_EQ(race.get("runs")->items().size(), 5u);
  for (const json::Value& run : race.get("runs")->items()) {
    EXPECT_EQ(number(run, "/sold") + number(run, "/turned_away"), 12) << run.to_text();
    EXPECT_EQ(number(run, "/stock_says"), 3 - number(run, "/sold")) << run.to_text();
  }
  EXPECT_EQ(number(race, "/runs/4/sold"), 3);
  EXPECT_EQ(number(race, "/runs/4/oversold"), 0);
}

TEST(SimulateBatchSync, TellsItInPlainText) {
  const Finished run = run_holdfast({"simulate", "batch-sync", "--interval", "30m"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.out.find('\033'), std::string::npos) << "no terminal, no escape codes";
  EXPECT_THAT(run.out, HasSubstr("cron every 30m"));
  EXPECT_THAT(run.out, HasSubstr("every channel asks first"));
  EXPECT_THAT(run.out, HasSubstr("Asking first oversells nothing"));
}

TEST(SimulateBatchSync, FiguresFollowTheArguments) {
  const json::Value half = figures({"simulate", "batch-sync", "--interval", "30m", "--channels", "4"});
  const json::Value minute = figures({"simulate", "batch-sync", "--interval", "1m", "--channels", "4"});
  EXPECT_EQ(number(half, "/interval_us"), 1'800'000'000);
  EXPECT_EQ(number(half, "/units"), number(minute, "/units")) << "the same demand";
  EXPECT_GT(number(half, "/runs/0/oversold"), number(minute, "/runs/0/oversold"));
  EXPECT_EQ(number(half, "/runs/2/oversold"), 0);
  EXPECT_EQ(number(figures({"simulate", "batch-sync", "--stock", "100000"}), "/runs/0/oversold"), 0);
}

TEST(Simulate, MistakesNameTheFlagAndTheRemedy) {
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{"simulate", "race", "--buyers", "0"}, "--buyers"},
      {{"simulate", "race", "--lease", "soon"}, "--lease: must be a span of time such as 30m"},
      {{"simulate", "batch-sync", "--interval", "0s"}, "from 1s to 24h; got '0s'"},
      {{"simulate", "batch-sync", "--channels", "9"}, "--channels"},
      {{"simulate", "batch-sync", "--lag", "2h"}, "from 0s to 1h"},
      {{"simulate"}, "subcommand"},
  };
  for (const auto& [words, says] : cases) {
    const Finished run = run_holdfast(words);
    EXPECT_EQ(run.exit_code, 2) << run.out;
    EXPECT_THAT(run.err, HasSubstr(says));
  }
  const Finished unwritten = run_holdfast({"simulate", "race", "--svg", "/nowhere/race.svg"});
  EXPECT_EQ(unwritten.exit_code, 1);
  EXPECT_THAT(unwritten.err, HasSubstr("--svg: cannot write '/nowhere/race.svg'"));
}

/// The pictures shown are the ones the command draws. To renew them:
/// `holdfast simulate race --svg docs/pictures/race.svg`, and the same for batch-sync.
TEST(Simulate, TheReadmesPicturesAreWhatTheCommandDraws) {
  const std::string root = std::string(HOLDFAST_SOURCE_DIR) + "/";
  const std::string readme = read_file(root + "README.md");
  const TempDir dir;
  const std::pair<std::vector<std::string>, std::string> pictures[] = {
      {{"simulate", "race"}, "race.svg"},
      {{"simulate", "batch-sync", "--interval", "30m"}, "batch-sync.svg"},
  };
  for (auto [words, name] : pictures) {
    words.insert(words.end(), {"--svg", dir / name});
    ASSERT_EQ(run_holdfast(words).exit_code, 0);
    EXPECT_TRUE(read_file(dir / name) == read_file(root + "docs/pictures/" + name))
        << "docs/pictures/" << name << " is not what the command draws";
    EXPECT_THAT(readme, HasSubstr("docs/pictures/" + name));
  }
}

}  // namespace
}  // namespace holdfast::test
