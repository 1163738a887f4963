#include "app/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holdfast::app {
namespace {

using ::testing::HasSubstr;

ParsedCommandLine parse(std::vector<const char*> words) {
  words.insert(words.begin(), "holdfast");
  return parse_command_line(static_cast<int>(words.size()), words.data());
}

TEST(CommandLine, Serve) {
  const ParsedCommandLine parsed =
      parse({"serve", "--config", "f.toml", "--listen", "[::1]:0", "--data-dir", "/d",
             "--ports-file", "p", "--accept-clock"});
  ASSERT_TRUE(parsed.command) << parsed.output;
  const auto& serve = std::get<ServeArguments>(parsed.command->arguments);
  EXPECT_EQ(serve.config.file, "f.toml");
  EXPECT_EQ(serve.config.flags.at("server.listen"), "[::1]:0");
  EXPECT_EQ(serve.config.flags.at("server.data_dir"), "/d");
  EXPECT_EQ(serve.ports_file, "p");
  EXPECT_TRUE(serve.accept_clock);
}

TEST(CommandLine, JsonBeforeOrAfterTheSubcommand) {
  EXPECT_TRUE(parse({"--json", "version"}).command->json);
  EXPECT_TRUE(parse({"version", "--json"}).command->json);
  EXPECT_TRUE(parse({"hold", "show", "h1", "--json"}).command->json);
  EXPECT_FALSE(parse({"version"}).command->json);
}

TEST(CommandLine, HoldLines) {
  const ParsedCommandLine parsed = parse(
      {"hold", "place", "-l", "A=2", "-l", "B=C=1@berlin", "--ttl", "60", "--channel", "web"});
  ASSERT_TRUE(parsed.command) << parsed.output;
  const auto& hold = std::get<HoldArguments>(parsed.command->arguments);
  ASSERT_EQ(hold.lines.size(), 2u);
  EXPECT_EQ(hold.lines[0].sku, "A");
  EXPECT_EQ(hold.lines[0].quantity, 2);
  EXPECT_EQ(hold.lines[1].sku, "B=C");
  EXPECT_EQ(hold.lines[1].location, "berlin");
  EXPECT_EQ(hold.ttl_s, 60);
}

TEST(CommandLine, SinksAndSources) {
  ParsedCommandLine parsed = parse({"sink", "redeliver", "erp", "--seq", "7", "--seq", "9"});
  ASSERT_TRUE(parsed.command) << parsed.output;
  const auto& sink = std::get<SinkArguments>(parsed.command->arguments);
  EXPECT_EQ(sink.action, SinkArguments::Action::kRedeliver);
  EXPECT_EQ(sink.name, "erp");
  EXPECT_EQ(sink.seqs, (std::vector<int64_t>{7, 9}));
  parsed = parse({"source", "parked", "shop-eu"});
  ASSERT_TRUE(parsed.command) << parsed.output;
  EXPECT_EQ(std::get<SourceArguments>(parsed.command->arguments).action,
            SourceArguments::Action::kParked);
  EXPECT_EQ(parse({"sink", "pause"}).exit_code, kExitUsage);
  EXPECT_EQ(parse({"sink"}).exit_code, kExitUsage);
}

TEST(CommandLine, Simulations) {
  ParsedCommandLine parsed = parse({"simulate", "race", "--buyers", "5", "--lease", "2s"});
  ASSERT_TRUE(parsed.command) << parsed.output;
  const auto& race = std::get<SimulateRaceArguments>(parsed.command->arguments);
  EXPECT_EQ(race.settings.buyers, 5);
  EXPECT_EQ(race.settings.lease, 2 * kSecond);
  EXPECT_EQ(race.settings.pause, RaceSettings{}.pause);
  parsed = parse({"simulate", "batch-sync", "--interval", "15m", "--lag", "0", "--svg", "f.svg"});
  ASSERT_TRUE(parsed.command) << parsed.output;
  const auto& sync = std::get<SimulateBatchSyncArguments>(parsed.command->arguments);
  EXPECT_EQ(sync.settings.interval, 15 * kMinute);
  EXPECT_EQ(sync.settings.lag, 0);
  EXPECT_EQ(sync.svg_file, "f.svg");
}

TEST(CommandLine, MistakesAreUsageErrors) {
  const std::vector<std::vector<const char*>> wrong = {
      {},
      {"sever"},
      {"serve", "--lissten", "x"},
      {"hold", "place"},
      {"hold", "place", "-l", "A"},
      {"hold", "place", "-l", "=2"},
      {"hold", "place", "-l", "A=two"},
      {"hold", "place", "-l", "A=2@"},
      {"hold"},
      {"event"},
      {"demo", "--for", "soon"},
      {"stock", "--as-of", "12"},
      {"stock", "--limit", "0"},
      {"order", "list", "--status", "maybe"},
      {"simulate"},
      {"simulate", "race", "--stock", "0"},
      {"simulate", "race", "--pause", "0s"},
      {"simulate", "batch-sync", "--interval", "25h"},
      {"import"},
      {"import", "--format", "xlsx", "stock.csv"},
      {"export", "--opening", "--events"},
      {"export", "--opening", "--as-of", "12"},
      {"export", "--occurred"},
      {"backup"},
      {"restore"},
      {"restore", "--from", "copy", "--to-seq", "-1"},
  };
  for (const auto& words : wrong) {
    const ParsedCommandLine parsed = parse(words);
    EXPECT_FALSE(parsed.command);
    EXPECT_EQ(parsed.exit_code, kExitUsage);
    EXPECT_THAT(parsed.output, HasSubstr("--help"));
  }
}

TEST(CommandLine, FilesInAndOut) {
  const ParsedCommandLine import =
      parse({"import", "--opening", "--check", "stock.csv", "orders.csv"});
  ASSERT_TRUE(import.command) << import.output;
  const auto& files = std::get<ImportArguments>(import.command->arguments);
  EXPECT_EQ(files.files, (std::vector<std::string>{"stock.csv", "orders.csv"}));
  EXPECT_TRUE(files.opening && files.check);
  const ParsedCommandLine events = parse({"export", "--events", "--after", "main-0-7"});
  ASSERT_TRUE(events.command) << events.output;
  EXPECT_EQ(std::get<ExportArguments>(events.command->arguments).what,
            ExportArguments::What::kEvents);
  const ParsedCommandLine restore = parse(
      {"restore", "--from", "copy", "--to-seq", "12", "--data-dir", "new", "--replaces", "old"});
  ASSERT_TRUE(restore.command) << restore.output;
  EXPECT_EQ(std::get<RestoreArguments>(restore.command->arguments).to_seq, 12);
  EXPECT_TRUE(std::holds_alternative<ResumeArguments>(parse({"resume"}).command->arguments));
}

TEST(CommandLine, HelpIsNoMistake) {
  const ParsedCommandLine parsed = parse({"hold", "place", "--help"});
  EXPECT_EQ(parsed.exit_code, kExitOk);
  EXPECT_THAT(parsed.output, HasSubstr("--allow-partial"));
}

TEST(CommandLine, Spans) {
  EXPECT_EQ(parse_span("20s"), 20 * kSecond);
  EXPECT_EQ(parse_span("20"), 20 * kSecond);
  EXPECT_EQ(parse_span("500ms"), 500 * kMillisecond);
  EXPECT_EQ(parse_span("2m"), 2 * kMinute);
  EXPECT_EQ(parse_span("1h"), kHour);
  for (const char* wrong : {"", "s", "-1s", "1.5s", "1d", "1 s", "99999999999s"}) {
    EXPECT_FALSE(parse_span(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace holdfast::app
