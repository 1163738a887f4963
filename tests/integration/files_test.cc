// import and export as a shop uses them: spreadsheets in, spreadsheets out, the first day.
#include <map>
#include <sstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "tests/connectors/loopback_receiver.h"
#include "tests/integration/harness.h"

namespace holdfast::test {
namespace {

using ::testing::HasSubstr;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

Finished run_at(Server& server, std::vector<std::string> words) {
  ProcessOptions options;
  options.environment["HOLDFAST_URL"] = server.url();
  return run_holdfast(std::move(words), options);
}

class Files : public ::testing::Test {
 protected:
  Files() : server_(dir_ / "data"), ready_(server_.ready()) {}
  void SetUp() override { ASSERT_TRUE(ready_) << server_.process().err(); }

  Finished run(std::vector<std::string> words) { return run_at(server_, std::move(words)); }
  std::string file(const std::string& name, const std::string& text) {
    write_file(dir_ / name, text);
    return dir_ / name;
  }
  int64_t available(const std::string& sku) {
    app::HttpClient client = server_.client();
    return get(client, "/v1/stock/" + sku).integer("/locations/0/available");
  }

  TempDir dir_;
  Server server_;
  bool ready_;
};

TEST_F(Files, ASpreadsheetToldTwiceCountsOnce) {
  const std::string csv = file("facts.csv",
                               "\xef\xbb\xbftype;SKU;Location;Quantity;Counted\r\n"
                               "stock.counted;MUG;berlin;;10\r\n"
                               "stock.sold;MUG;berlin;3;\r\n"
                               "stock.received;\"TEE;M\";berlin;4;\r\n");
  const Finished first = run({"import", csv});
  EXPECT_EQ(first.exit_code, 0) << first.err;
  EXPECT_THAT(first.out, HasSubstr("3 recorded, 0 already there, 0 refused"));
  EXPECT_EQ(first.err, "") << "no progress bar without a terminal";
  EXPECT_EQ(available("MUG"), 7);
  const Finished second = run({"import", csv});
  EXPECT_EQ(second.exit_code, 0) << second.err;
  EXPECT_THAT(second.out, HasSubstr("0 recorded, 3 already there, 0 refused"));
  EXPECT_EQ(available("MUG"), 7);
  EXPECT_EQ(available("TEE%3BM"), 4);
}

TEST_F(Files, EveryBadLineIsNamedAndTheOthersStand) {
  const std::string csv = file("facts.csv",
                               "type,sku,location,quantity,idempotency_key\n"
                               "stock.received,A,berlin,5,\n"
                               "stock.received,A,berlin,1.5,\n"
                               "stock.received,A,berlin,0,\n"
                               "stock.received,A\n"
                               ",A,berlin,1,\n"
                               "stock.vanished,A,berlin,1,\n"
                               "stock.received,\"A\nA\",berlin,1,\n"
                               "stock.received,A,berlin,2,slip-9\n");
  const Finished checked = run({"import", "--check", csv});
  EXPECT_EQ(checked.exit_code, 1);
  EXPECT_THAT(checked.out, HasSubstr("nothing written"));
  app::HttpClient client = server_.client();
  EXPECT_EQ(client.get("/v1/stock/A")->status, 404) << "--check wrote something";

  const Finished done = run({"import", csv});
  EXPECT_EQ(done.exit_code, 1);
  EXPECT_THAT(done.out, HasSubstr("2 recorded, 0 already there, 6 refused"));
  EXPECT_THAT(done.err, HasSubstr("facts.csv:3: quantity: '1.5' must be a whole number"));
  EXPECT_THAT(done.err, HasSubstr("facts.csv:4: quantity: "));
  EXPECT_THAT(done.err, HasSubstr("facts.csv:5: has 2 cells, the header has 5"));
  EXPECT_THAT(done.err, HasSubstr("facts.csv:6: type: is missing"));
  EXPECT_THAT(done.err, HasSubstr("facts.csv:7: type: "));
  EXPECT_THAT(done.err, HasSubstr("facts.csv:8: sku: "));
  EXPECT_EQ(available("A"), 7);

  const Finished column = run({"import", file("more.csv",
                                              "type,sku,location,quantity,Colour\n"
                                              "stock.received,A,berlin,1,red\n")});
  EXPECT_EQ(column.exit_code, 1);
  EXPECT_THAT(column.err, HasSubstr("more.csv:1: Colour: is no field"));
  EXPECT_EQ(run({"import", "--ignore-columns", dir_ / "more.csv"}).exit_code, 0);
  EXPECT_EQ(available("A"), 8);
  const Finished missing = run({"import", dir_ / "nowhere.csv"});
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_THAT(missing.err, HasSubstr("nowhere.csv"));
}

TEST_F(Files, NdjsonTakesRequestsTooAndSnapshotsOfOrdersAreOneFact) {
  const std::string ndjson = file(
      "facts.ndjson",
      R"({"type":"stock.counted","location":"berlin","lines":[{"sku":"A","counted":10},{"sku":"B","counted":5}]})"
      "\n\n"
      R"({"do":"hold.place","id":"cart-1","channel":"web","lines":[{"sku":"A","quantity":2}]})"
      "\n"
      R"({"type":"stock.sold","sku":"A","location":"berlin","quantity":1)"
      "\n");
  const Finished done = run({"import", ndjson});
  EXPECT_EQ(done.exit_code, 1);
  EXPECT_THAT(done.out, HasSubstr("2 recorded, 0 already there, 1 refused"));
  EXPECT_THAT(done.err, HasSubstr("facts.ndjson:4: "));
  EXPECT_EQ(available("A"), 8);

  const Finished orders = run({"import", file("orders.csv",
                                              "type,channel,order,line,sku,location,ordered\n"
                                              "order.placed,web,1001,1,A,berlin,3\n"
                                              "order.placed,web,1001,2,B,berlin,1\n"
                                              "order.placed,web,1002,1,B,berlin,1\n")});
  EXPECT_EQ(orders.exit_code, 0) << orders.err;
  EXPECT_THAT(orders.out, HasSubstr("2 recorded")) << "one snapshot of each order";
  EXPECT_EQ(available("A"), 5);
  EXPECT_EQ(available("B"), 3);
}

TEST_F(Files, AnInterruptedImportGoesOnWhereItStopped) {
  constexpr int kLines = 40'000;
  std::string csv = "type,sku,location,quantity\n";
  for (int i = 0; i < kLines; ++i) csv += fmt::format("stock.received,SKU-{},berlin,1\n", i % 10);
  const std::string path = file("many.csv", csv);
  app::HttpClient client = server_.client();
  ProcessOptions options;
  options.environment["HOLDFAST_URL"] = server_.url();
  {
    Process interrupted({"import", path}, options);
    ASSERT_TRUE(wait_until([&] { return get(client, "/v1/stock?limit=1").integer("/seq") > 100; }));
    interrupted.signal(SIGKILL);
    interrupted.wait();
  }
  const Finished again = run({"import", path, "--json"});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  const Result<json::Value> counts = json::parse_value(again.out);
  ASSERT_TRUE(counts) << again.out;
  const int64_t recorded = counts->get("recorded")->as_integer().value_or(-1);
  EXPECT_EQ(recorded + counts->get("already_there")->as_integer().value_or(-1), kLines);
  EXPECT_LT(recorded, kLines) << "nothing was told before the interruption: the test shows nothing";
  for (int i = 0; i < 10; ++i) EXPECT_EQ(available("SKU-" + std::to_string(i)), kLines / 10);
}

TEST_F(Files, ExportSaysWhatThereIsAndWhatThereWas) {
  const std::string csv =
      file("facts.csv", "type,sku,location,counted\nstock.counted,\"A \"\"B\"\"\",berlin,10\n");
  ASSERT_EQ(run({"import", csv}).exit_code, 0);
  app::HttpClient client = server_.client();
  const std::string then = get(client, "/v1/stock?limit=1").text("/seq");
  ASSERT_EQ(
      run({"event", "stock.sold", "--sku", "A \"B\"", "--location", "berlin", "--quantity", "4"})
          .exit_code,
      0);
  const Finished now = run({"export"});
  EXPECT_EQ(now.exit_code, 0) << now.err;
  ASSERT_EQ(lines_of(now.out).size(), 2u) << now.out;
  EXPECT_THAT(lines_of(now.out)[0], HasSubstr("sku,location,tracked,on_hand,available"));
  EXPECT_THAT(lines_of(now.out)[1], HasSubstr("\"A \"\"B\"\"\",berlin,true,6,6,0,0,0,0,0,0,"));
  EXPECT_THAT(run({"export", "--as-of", then}).out, HasSubstr("berlin,true,10,10,"));
  const Finished ndjson = run({"export", "--format", "ndjson", "-o", dir_ / "stock.ndjson"});
  EXPECT_EQ(ndjson.exit_code, 0) << ndjson.err;
  EXPECT_THAT(read_file(dir_ / "stock.ndjson"),
              HasSubstr(R"({"sku":"A \"B\"","location":"berlin","tracked":true,"on_hand":6)"));

  const Finished events = run({"export", "--events"});
  EXPECT_EQ(events.exit_code, 0) << events.err;
  const std::vector<std::string> log = lines_of(events.out);
  EXPECT_EQ(std::to_string(log.size()), get(client, "/v1/stock?limit=1").text("/seq"))
      << "every event";
  const Result<json::Value> last = json::parse_value(log.back());
  ASSERT_TRUE(last);
  EXPECT_EQ(last->get("specversion")->as_text(), "1.0");
  const Finished rest = run({"export", "--events", "--after", log.size() > 1 ? then : "0"});
  EXPECT_EQ(lines_of(rest.out).size(), log.size() - std::stoul(then));
  EXPECT_EQ(run({"export", "--events", "--after", "99999"}).exit_code, 1);
}

TEST_F(Files, ExportedAndImportedTheBalancesAreTheSame) {
  const std::string facts = file(
      "facts.ndjson",
      R"({"type":"stock.counted","location":"berlin","lines":[{"sku":"A","counted":10},{"sku":"B","counted":5},{"sku":"C","counted":0}]})"
      "\n"
      R"({"type":"stock.counted","location":"leeds","lines":[{"sku":"A","counted":4},{"sku":"A","counted":2,"state":"damaged"},{"sku":"B","counted":1,"state":"quality_control"}]})"
      "\n"
      R"({"type":"order.placed","channel":"web","order":"1001","lines":[{"line":"1","sku":"A","location":"berlin","ordered":4},{"line":"3","sku":"B","location":"berlin","ordered":7}]})"
      "\n"
      R"({"type":"order.reassigned","channel":"web","order":"1001","from":"berlin","to":"leeds","lines":[{"sku":"A","quantity":1}]})"
      "\n"
      R"({"type":"order.placed","channel":"till","order":"1001","lines":[{"line":"1","sku":"A","location":"berlin","ordered":2}]})"
      "\n"
      R"({"type":"order.fulfilled","channel":"web","order":"1001","fulfillment":"F1","location":"berlin","lines":[{"sku":"A","quantity":1}]})"
      "\n");
  ASSERT_EQ(run({"import", facts}).exit_code, 0);
  const Finished exported = run({"export", "--opening", "-o", dir_ / "opening.csv"});
  ASSERT_EQ(exported.exit_code, 0) << exported.err;

  Server fresh(dir_ / "fresh");
  ASSERT_TRUE(fresh.ready()) << fresh.process().err();
  const Finished imported = run_at(fresh, {"import", "--opening", dir_ / "opening.csv"});
  ASSERT_EQ(imported.exit_code, 0) << imported.err << read_file(dir_ / "opening.csv");
  const auto table = [](Server& server) {
    std::vector<std::string> rows = lines_of(run_at(server, {"export"}).out);
    for (std::string& row : rows) row.erase(row.rfind(','));  // the seq is each ledger's own
    return rows;
  };
  EXPECT_EQ(table(fresh), table(server_));
  app::HttpClient before = server_.client(), after = fresh.client();
  for (const char* sku : {"A", "B", "C"}) {
    EXPECT_EQ(
        get(after, fmt::format("/v1/stock/{}", sku)).integer("/channels/web/available_to_sell"),
        get(before, fmt::format("/v1/stock/{}", sku)).integer("/channels/web/available_to_sell"));
  }
}

// ---- the first day
// -------------------------------------------------------------------------------

constexpr int kSkus = 10'000;
constexpr int kOrders = 400;

/// A shop: what lies where, who still waits for what, and what the web channel may sell of it.
struct Shop {
  std::string stock = "sku,location,on_hand,damaged\n";
  std::string orders = "channel,order,sku,quantity,location\n";
  std::map<std::string, int64_t> ats;
};

Shop make_shop() {
  Shop shop;
  for (int i = 0; i < kSkus; ++i) {
    const int berlin = i % 7, leeds = (i * 3) % 5, damaged = i % 11 == 0 ? std::min(berlin, 1) : 0;
    const std::string sku = fmt::format("SKU-{}", i);
    shop.stock += fmt::format("{},berlin,{},{}\n{},leeds,{},\n", sku, berlin, damaged, sku, leeds);
    shop.ats[sku] = berlin - damaged + leeds;
  }
  for (int order = 0; order < kOrders; ++order) {
    for (int line = 0; line < 2; ++line) {
      const std::string sku = fmt::format("SKU-{}", order * 25 + line);
      const int64_t owed = std::min<int64_t>(shop.ats[sku], 1 + order % 3);
      if (owed == 0) continue;
      shop.orders += fmt::format("web,{},{},{},\n", 1000 + order, sku, owed);
      shop.ats[sku] -= owed;
    }
  }
  return shop;
}

TEST(Opening, NoChannelIsEverToldAWrongNumber) {
  const TempDir dir;
  LoopbackReceiver receiver;
  write_file(
      dir / "shop.toml",
      fmt::format(
          "[[channels]]\nid = \"web\"\nlocations = [\"berlin\", \"leeds\"]\n"
          "[[sinks]]\nname = \"shop\"\ntype = \"webhook\"\ndeliver = \"stock\"\nchannel = \"web\"\n"
          "url = \"{}\"\nallow_private_networks = [\"127.0.0.0/8\"]\nwindow = 32\n",
          receiver.url()));
  Server server(dir / "data", {"--config", dir / "shop.toml"});
  ASSERT_TRUE(server.ready()) << server.process().err();
  const Shop shop = make_shop();
  write_file(dir / "stock.csv", shop.stock);
  write_file(dir / "orders.csv", shop.orders);
  const Finished checked =
      run_at(server, {"import", "--opening", "--check", dir / "stock.csv", dir / "orders.csv"});
  EXPECT_EQ(checked.exit_code, 0) << checked.err;
  const Finished done =
      run_at(server, {"import", "--opening", dir / "stock.csv", dir / "orders.csv"});
  ASSERT_EQ(done.exit_code, 0) << done.err;

  app::HttpClient client = server.client();
  const auto is_told = [&] {
    const Answer sink = get(client, "/v1/sinks/shop");
    return sink.integer("/lag_events") == 0 && sink.integer("/waiting") == 0 &&
           sink.integer("/in_flight") == 0;
  };
  ASSERT_TRUE(wait_until(is_told, std::chrono::seconds(120)));
  std::map<std::string, int64_t> told;
  for (const Received& push : receiver.accepted()) {
    const Result<json::Value> event = json::parse_value(push.body);
    ASSERT_TRUE(event) << push.body;
    const std::string sku = event->find("/subject")->as_text().value_or("");
    const auto number = event->find("/data/channels/web/available_to_sell")->as_integer();
    ASSERT_TRUE(number) << push.body;
    told[sku] = *number;
    ASSERT_EQ(*number, shop.ats.at(sku)) << sku << " was told otherwise on the way";
  }
  EXPECT_EQ(told, shop.ats) << "every SKU was told";
  EXPECT_EQ(get(client, "/v1/shortfalls").body.get("shortfalls")->items().size(), 0u);
  EXPECT_EQ(get(client, "/v1/orders?status=open&limit=1000").body.get("orders")->items().size(),
            static_cast<size_t>(kOrders));

  const std::string seq = get(client, "/v1/stock?limit=1").text("/seq");
  const Finished again =
      run_at(server, {"import", "--opening", dir / "stock.csv", dir / "orders.csv"});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_THAT(again.out, HasSubstr("0 recorded"));
  EXPECT_EQ(get(client, "/v1/stock?limit=1").text("/seq"), seq)
      << "the second run changed something";
  EXPECT_EQ(server.stop(), 0);
  const Finished verified = run_holdfast({"verify", "--data-dir", dir / "data"});
  EXPECT_EQ(verified.exit_code, 0) << verified.out;
}

TEST_F(Files, AnOpeningWithAMistakeTellsNothing) {
  const std::string csv = file("opening.csv",
                               "sku,location,on_hand,damaged,channel,order,quantity\n"
                               "A,berlin,5,,,,\n"
                               "B,berlin,1,2,,,\n"
                               "A,berlin,3,,,,\n"
                               "C,,3,,,,\n"
                               "A,,,,web,1001,two\n"
                               "A,,,,nobody,1002,1\n"
                               ",berlin,1,,,,\n");
  const Finished done = run({"import", "--opening", csv});
  EXPECT_EQ(done.exit_code, 1);
  EXPECT_THAT(done.err, HasSubstr("opening.csv:3: on_hand: 1 are fewer than damaged"));
  EXPECT_THAT(done.err, HasSubstr("opening.csv:4: sku: 'A' at berlin stands at"));
  EXPECT_THAT(done.err, HasSubstr("opening.csv:5: location: is missing"));
  EXPECT_THAT(done.err, HasSubstr("opening.csv:6: quantity: 'two'"));
  EXPECT_THAT(done.err, HasSubstr("opening.csv:7: location: is missing, and channel 'nobody'"));
  EXPECT_THAT(done.err, HasSubstr("opening.csv:8: sku: is missing"));
  EXPECT_THAT(done.err, HasSubstr("nothing was told"));
  app::HttpClient client = server_.client();
  EXPECT_EQ(client.get("/v1/stock/A")->status, 404);
}

TEST_F(Files, OrdersTakeTheirUnitsWhereTheyAre) {
  const TempDir dir;
  write_file(dir / "shop.toml",
             "[[channels]]\nid = \"web\"\nlocations = [\"berlin\", \"leeds\"]\n");
  Server server(dir / "data", {"--config", dir / "shop.toml"});
  ASSERT_TRUE(server.ready()) << server.process().err();
  write_file(dir / "opening.csv",
             "sku,location,on_hand,channel,order,quantity\n"
             "A,berlin,1,,,\nA,leeds,5,,,\n"
             "A,,,web,1001,3\n"    // leeds has them all
             "A,,,web,1002,3\n"    // one here, two there
             "B,,,web,1003,1\n");  // nobody has counted it
  const Finished done = run_at(server, {"import", "--opening", dir / "opening.csv"});
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_THAT(done.err, HasSubstr("warning: "));
  EXPECT_THAT(done.err, HasSubstr("'B' is ordered and has no stock line"));
  app::HttpClient client = server.client();
  const Answer stock = get(client, "/v1/stock/A");
  EXPECT_EQ(stock.integer("/locations/0/available"), 0);
  EXPECT_EQ(stock.integer("/locations/0/committed"), 1);
  EXPECT_EQ(stock.integer("/locations/1/available"), 0);
  EXPECT_EQ(stock.integer("/locations/1/committed"), 5);
  EXPECT_EQ(get(client, "/v1/shortfalls").body.get("shortfalls")->items().size(), 0u);
}

}  // namespace
}  // namespace holdfast::test
