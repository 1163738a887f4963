// The client commands against a running server, as a user types them.
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/harness.h"

namespace holdfast::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Commands : public ::testing::Test {
 protected:
  Commands() : server_(dir_ / "data"), ready_(server_.ready()) {}
  void SetUp() override { ASSERT_TRUE(ready_) << server_.process().err(); }

  /// A client command against the server.
  Finished run(std::vector<std::string> words) {
    ProcessOptions options;
    options.environment["HOLDFAST_URL"] = server_.url();
    return run_holdfast(std::move(words), options);
  }
  /// The same with --json, which must come out as JSON.
  Answer run_json(std::vector<std::string> words) {
    words.push_back("--json");
    const Finished done = run(std::move(words));
    const Result<json::Value> value = json::parse_value(done.out);
    EXPECT_TRUE(value) << done.out << done.err;
    return {done.exit_code, value ? *value : json::Value()};
  }

  TempDir dir_;
  Server server_;
  bool ready_;
};

TEST_F(Commands, FromACountToAnOrder) {
  EXPECT_EQ(run({"event", "stock.counted", "--sku", "A", "--location", "berlin", "--counted", "10"})
                .exit_code,
            0);
  const Finished stock = run({"stock", "A"});
  EXPECT_EQ(stock.exit_code, 0) << stock.err;
  EXPECT_THAT(stock.out, HasSubstr("berlin"));
  EXPECT_THAT(stock.out, HasSubstr("web"));

  const Finished placed = run({"hold", "place", "-l", "A=4", "--channel", "web", "--id", "cart-1"});
  EXPECT_EQ(placed.exit_code, 0) << placed.err;
  EXPECT_THAT(placed.out, HasSubstr("cart-1"));
  EXPECT_EQ(run_json({"stock", "A"}).integer("/locations/0/held"), 4);
  EXPECT_THAT(run({"hold", "list", "--sku", "A", "--status", "open"}).out, HasSubstr("cart-1"));
  EXPECT_EQ(run({"hold", "extend", "cart-1", "--ttl", "60"}).exit_code, 0);
  const Finished committed = run({"hold", "commit", "cart-1", "--order", "1001"});
  EXPECT_EQ(committed.exit_code, 0) << committed.err;
  EXPECT_THAT(run({"hold", "show", "cart-1"}).out, HasSubstr("1001"));

  const Finished accepted = run({"order", "accept", "1002", "--channel", "web", "-l", "A=3"});
  EXPECT_EQ(accepted.exit_code, 0) << accepted.err;
  EXPECT_THAT(run({"order", "show", "1002", "--channel", "web"}).out, HasSubstr("1002"));
  EXPECT_THAT(run({"order", "list", "--sku", "A", "--status", "open"}).out, HasSubstr("1001"));
  const Answer now = run_json({"stock", "A"});
  EXPECT_EQ(now.integer("/locations/0/available"), 3);
  EXPECT_EQ(now.integer("/locations/0/committed"), 7);

  const Finished refused = run({"order", "accept", "1003", "--channel", "web", "-l", "A=4"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("insufficient_stock"));
  EXPECT_THAT(refused.err, HasSubstr("A: asked for 4, available to sell 3"));
  EXPECT_EQ(run_json({"order", "accept", "1003", "--channel", "web", "-l", "A=4"}).text("/code"),
            "insufficient_stock");
  EXPECT_THAT(run({"stock"}).out, HasSubstr("A"));
}

TEST_F(Commands, ReleasedUnitsAreBack) {
  run({"event", "stock.counted", "--sku", "A", "--location", "berlin", "--counted", "2"});
  run({"hold", "place", "-l", "A=2", "--channel", "web", "--id", "c"});
  EXPECT_EQ(run({"hold", "release", "c"}).exit_code, 0);
  EXPECT_EQ(run({"hold", "release", "c"}).exit_code, 0) << "a natural repeat";
  EXPECT_EQ(run_json({"stock", "A"}).integer("/locations/0/available"), 2);
}

// Every kind of fact can be told in flags: moves, transfers and the life of an order among them.
TEST_F(Commands, FactsOfEveryKindFromFlags) {
  const auto tell = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "event");
    words.insert(words.end(), {"--sku", "A"});
    const Finished done = run(words);
    EXPECT_EQ(done.exit_code, 0) << fmt::format("{}", fmt::join(words, " ")) << "\n" << done.err;
  };
  const auto at = [&](const std::string& location, const std::string& balance) {
    const Answer stock = run_json({"stock", "A"});
    for (const json::Value& position : stock.body.get("locations")->items()) {
      if (position.get("location")->as_string() == location)
        return position.get(balance)->as_integer().value_or(-1);
    }
    return int64_t{-1};
  };
  tell({"stock.expected", "--reference", "ASN-1", "--location", "berlin", "--expected", "10",
        "--line", "1"});
  EXPECT_EQ(at("berlin", "incoming"), 10);
  tell({"stock.received", "--reference", "ASN-1", "--location", "berlin", "--total", "9", "--line",
        "1", "--final"});
  EXPECT_EQ(at("berlin", "incoming"), 0);
  tell({"stock.moved", "--location", "berlin", "--from", "available", "--to", "damaged",
        "--quantity", "2"});
  EXPECT_EQ(at("berlin", "damaged"), 2);
  tell({"transfer.dispatched", "--reference", "T-1", "--from", "berlin", "--to", "leeds",
        "--quantity", "3"});
  EXPECT_EQ(at("berlin", "available"), 4);
  tell({"transfer.received", "--reference", "T-1", "--to", "leeds", "--quantity", "2", "--state",
        "damaged", "--final"});
  EXPECT_EQ(at("leeds", "damaged"), 2);
  EXPECT_EQ(at("leeds", "in_transit"), 0) << "one was lost in transit";
  tell({"stock.adjusted", "--location", "berlin", "--set", "5", "--expected", "4", "--reason",
        "found one"});
  EXPECT_EQ(at("berlin", "available"), 5);
  tell({"order.placed", "--channel", "web", "--order", "7", "--ordered", "3", "--version", "1"});
  tell({"order.changed", "--channel", "web", "--order", "7", "--ordered", "3", "--version", "2",
        "--cancelled", "1", "--written-off", "1"});
  EXPECT_EQ(at("berlin", "committed"), 1);
  tell({"order.reassigned", "--channel", "web", "--order", "7", "--from", "berlin", "--to", "leeds",
        "--quantity", "1"});
  EXPECT_EQ(at("leeds", "committed"), 1);
  for (int time = 0; time < 2; ++time) {
    tell({"order.fulfilled", "--channel", "web", "--order", "7", "--fulfillment", "F1",
          "--location", "leeds", "--quantity", "1"});
    EXPECT_EQ(at("leeds", "committed"), 0) << "it counts once, by its id";
  }
  tell({"stock.returned", "--channel", "web", "--order", "7", "--return", "R1", "--location",
        "berlin", "--quantity", "1", "--state", "quality_control"});
  EXPECT_EQ(at("berlin", "quality_control"), 1);
  const Finished no_place =
      run({"event", "transfer.dispatched", "--sku", "A", "--quantity", "1", "--reference", "T-2"});
  EXPECT_EQ(no_place.exit_code, 1);
  EXPECT_THAT(no_place.err, HasSubstr("`from` is missing"));
}

TEST_F(Commands, AVariableThatIsNearlyOneOfOursIsNamed) {
  const auto with = [&](const std::string& name, std::vector<std::string> words) {
    ProcessOptions options;
    options.environment = {{"HOLDFAST_URL", server_.url()}, {name, "x"}};
    return run_holdfast(std::move(words), options);
  };
  const Finished near = with("HOLDFAST_KEI", {"stock"});
  EXPECT_EQ(near.exit_code, 2);
  EXPECT_THAT(near.err, HasSubstr("HOLDFAST_KEI: is no setting; did you mean HOLDFAST_KEY?"));
  EXPECT_EQ(with("HOLDFAST_SHOP_SECRET", {"stock"}).exit_code, 0) << "a configuration may name it";
  EXPECT_EQ(with("HOLDFAST_TEST_ANYTHING", {"stock"}).exit_code, 0);
  const Finished strict = with("HOLDFAST_DATADIR", {"config", "check"});
  EXPECT_EQ(strict.exit_code, 78);
  EXPECT_THAT(strict.err, HasSubstr("environment: HOLDFAST_DATADIR: is no setting; did you mean "
                                    "HOLDFAST_DATA_DIR?"));
  EXPECT_EQ(with("HOLDFAST_TEST_ANYTHING", {"config", "check"}).exit_code, 0);
}

TEST_F(Commands, FactsFromAFileOnceOnly) {
  write_file(dir_ / "facts.ndjson",
             R"({"type":"stock.counted","location":"berlin","lines":[{"sku":"A","counted":5}]})"
             "\n"
             R"({"type":"stock.sold","location":"berlin","lines":[{"sku":"A","quantity":2}]})"
             "\n");
  for (int time = 0; time < 2; ++time) {
    const Finished done =
        run({"event", "--file", dir_ / "facts.ndjson", "--idempotency-key", "import-1"});
    EXPECT_EQ(done.exit_code, 0) << done.out << done.err;
  }
  EXPECT_EQ(run_json({"stock", "A"}).integer("/locations/0/available"), 3);
  EXPECT_EQ(run({"event", "--file", dir_ / "nowhere"}).exit_code, 1);
}

TEST_F(Commands, AFileWithOneBadFactFails) {
  const std::string good =
      R"({"type":"stock.counted","location":"berlin","lines":[{"sku":"A","counted":5}]})";
  const std::string bad =
      R"({"type":"stock.counted","location":"berlin","lines":[{"sku":"A","counted":-5}]})";
  for (const std::string& text : {good + "\n" + bad + "\n", "[" + good + "," + bad + "]"}) {
    write_file(dir_ / "facts", text);
    for (const bool json : {false, true}) {
      std::vector<std::string> command = {"event", "--file", dir_ / "facts"};
      if (json) command.push_back("--json");
      const Finished done = run(command);
      EXPECT_EQ(done.exit_code, 1) << text << done.out;
      EXPECT_THAT(done.out, HasSubstr("invalid_quantity"));
    }
  }
  // A mistake in JSON over several lines is a mistake, not lines of their own.
  write_file(dir_ / "pretty", "{\n  \"type\": \"stock.counted\",,\n}\n");
  const Finished done = run({"event", "--file", dir_ / "pretty"});
  EXPECT_EQ(done.exit_code, 1);
  EXPECT_THAT(done.err, HasSubstr("malformed_json"));
}

TEST_F(Commands, ADryRunRecordsNothing) {
  EXPECT_EQ(run({"event", "stock.counted", "--sku", "A", "--location", "berlin", "--counted", "5",
                 "--dry-run"})
                .exit_code,
            0);
  EXPECT_EQ(run({"stock", "A"}).exit_code, 1) << "nobody knows the SKU";
}

TEST_F(Commands, TailShowsTheLog) {
  run({"event", "stock.counted", "--sku", "A", "--location", "berlin", "--counted", "5"});
  run({"event", "stock.sold", "--sku", "A", "--location", "berlin", "--quantity", "1"});
  const Finished all = run({"tail", "--once"});
  EXPECT_EQ(all.exit_code, 0) << all.err;
  EXPECT_THAT(all.out, HasSubstr("stock.counted"));
  EXPECT_THAT(all.out, HasSubstr("stock.sold"));
  const Finished sold = run({"tail", "--once", "--types", "stock.sold", "--json"});
  EXPECT_THAT(sold.out, Not(HasSubstr("stock.counted")));
  EXPECT_THAT(sold.out, HasSubstr("\"specversion\":\"1.0\""));
}

TEST_F(Commands, TailFollows) {
  run({"event", "stock.counted", "--sku", "OLD", "--location", "berlin", "--counted", "5"});
  Process tail({"tail", "--server", server_.url()});
  // it begins where the log ends: an event recorded before it is connected may be missed, later
  // ones not
  ASSERT_TRUE(wait_until([&] {
    run({"event", "stock.counted", "--sku", "NEW", "--location", "berlin", "--counted", "5"});
    return tail.out().find("NEW") != std::string::npos || !tail.running();
  }));
  EXPECT_THAT(tail.out(), Not(HasSubstr("OLD")));
  EXPECT_TRUE(tail.running());
}

TEST_F(Commands, VerifyPassesAfterAStop) {
  run({"event", "stock.counted", "--sku", "A", "--location", "berlin", "--counted", "5"});
  ASSERT_EQ(server_.stop(), 0);
  const Finished verified = run_holdfast({"verify", "--data-dir", dir_ / "data"});
  EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
  const Finished as_json = run_holdfast({"verify", "--data-dir", dir_ / "data", "--json"});
  const Result<json::Value> value = json::parse_value(as_json.out);
  ASSERT_TRUE(value) << as_json.out;
  EXPECT_EQ(value->get("passed")->as_bool(), true);
}

TEST(CommandsAlone, NoServerIsSaidWithTheRemedy) {
  const Finished run = run_holdfast({"stock", "A", "--server", "http://127.0.0.1:1"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("http://127.0.0.1:1"));
  EXPECT_THAT(run.err, HasSubstr("holdfast serve"));
}

TEST(CommandsAlone, UsageMistakesExitWith2) {
  EXPECT_EQ(run_holdfast({}).exit_code, 2);
  EXPECT_EQ(run_holdfast({"sell"}).exit_code, 2);
  EXPECT_EQ(run_holdfast({"stock", "--colour", "red"}).exit_code, 2);
}

TEST(CommandsAlone, Version) {
  EXPECT_THAT(run_holdfast({"version"}).out, HasSubstr("holdfast 0."));
  EXPECT_TRUE(json::parse_value(run_holdfast({"version", "--json"}).out));
}

TEST(CommandsAlone, ConfigShowTellsOrigins) {
  const TempDir dir;
  write_file(dir / "shop.toml", "[server]\ndata_dir = \"/srv/holdfast\"\n");
  ProcessOptions options;
  options.environment["HOLDFAST_LISTEN"] = "127.0.0.1:9";
  const Finished shown = run_holdfast({"config", "show", "--origin", dir / "shop.toml"}, options);
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("/srv/holdfast"));
  EXPECT_THAT(shown.out, HasSubstr("shop.toml:2"));
  EXPECT_THAT(shown.out, HasSubstr("HOLDFAST_LISTEN"));
  EXPECT_THAT(shown.out, HasSubstr("default"));
}

TEST_F(Commands, ExplainsANumber) {
  app::HttpClient client = server_.client();
  stock_up(client, "A", 10);
  EXPECT_EQ(run({"hold", "place", "-l", "A=4", "--channel", "web", "--id", "cart-1"}).exit_code, 0);
  const Finished why = run({"explain", "A", "--channel", "web"});
  EXPECT_EQ(why.exit_code, 0) << why.err;
  EXPECT_THAT(why.out, HasSubstr("berlin: available 6, held 4"));
  EXPECT_THAT(why.out, HasSubstr("counted as of "));
  EXPECT_THAT(why.out, HasSubstr("hold.placed: available -4, held +4 (seq "));
  EXPECT_THAT(why.out, HasSubstr("held: 4 by hold cart-1 of web until "));
  EXPECT_THAT(why.out, HasSubstr("6 available − 0 buffer + 0 oversell limit = 6"));
  EXPECT_EQ(run_json({"explain", "A"}).integer("/channels/0/available_to_sell"), 6);
  const Finished unknown = run({"explain", "B"});
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_THAT(unknown.err, HasSubstr("unknown_sku"));
  EXPECT_THAT(run({"explain", "A", "--channel", "nowhere"}).err, HasSubstr("unknown_channel"));
}

TEST_F(Commands, DoctorFindsNothingAndThenAShortfall) {
  app::HttpClient client = server_.client();
  stock_up(client, "A", 1);
  const Finished well = run({"doctor"});
  EXPECT_EQ(well.exit_code, 0) << well.out;
  EXPECT_THAT(well.out, HasSubstr("note   access: the API is open"));
  EXPECT_THAT(well.out, HasSubstr("ok     durability: flushed up to seq "));
  EXPECT_EQ(run({"event", "stock.sold", "--sku", "A", "--location", "berlin", "--quantity", "3"}).exit_code, 0);
  const Answer ill = run_json({"doctor"});
  EXPECT_EQ(ill.status, 1);
  EXPECT_EQ(ill.body.get("ok")->as_bool(), false);
  EXPECT_THAT(run({"doctor"}).out, HasSubstr("wrong  shortfalls: 1 places"));
  server_.stop();
  const Finished gone = run({"doctor"});
  EXPECT_EQ(gone.exit_code, 1);
  EXPECT_THAT(gone.out, HasSubstr("wrong  reachable"));
}

TEST_F(Commands, CompletionAndManualPages) {
  EXPECT_THAT(run({"completion", "bash"}).out, HasSubstr("complete -o default -F _holdfast holdfast"));
  EXPECT_THAT(run({"completion", "zsh"}).out, HasSubstr("#compdef holdfast"));
  EXPECT_THAT(run({"completion", "fish"}).out, HasSubstr("complete -c holdfast -f"));
  EXPECT_EQ(run({"completion", "csh"}).exit_code, 2);
  EXPECT_THAT(run({"man"}).out, HasSubstr(".SH COMMANDS"));
  EXPECT_THAT(run({"man", "hold", "place"}).out, HasSubstr("holdfast\\-hold\\-place"));
  const Finished unknown = run({"man", "holds"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("there is no command 'holds'"));
}

}  // namespace
}  // namespace holdfast::test
