// Backups of a running server, and what a restore means for everyone who was told more.
#include <atomic>
#include <filesystem>
#include <map>
#include <set>
#include <thread>
#include <tuple>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/connectors/loopback_receiver.h"
#include "tests/integration/harness.h"

namespace holdfast::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

ProcessOptions small_segments() {
  ProcessOptions options;
  options.environment["HOLDFAST_TEST_SEGMENT_KIB"] = "512";
  options.environment["HOLDFAST_TEST_SNAPSHOT_EVENTS"] = "500";
  return options;
}

Finished backup(Server& server, const std::string& data_dir, const std::string& to) {
  return run_holdfast({"backup", "--data-dir", data_dir, "--to", to, "--server", server.url()});
}

void sell(app::HttpClient& client, const std::string& sku, int quantity, const std::string& key) {
  const std::string sale = fmt::format(
      R"({{"type":"stock.sold","channel":"till","sku":"{}","location":"berlin","quantity":{}}})",
      sku, quantity);
  ASSERT_EQ(post(client, "/v1/events", sale, key).status, 201);
}

// Schedule 15: a copy taken while it writes.
TEST(Backup, UnderLoadIsWholeAndHasEverythingAnsweredBefore) {
  const TempDir dir;
  Server server(dir / "data", {}, small_segments());
  ASSERT_TRUE(server.ready()) << server.process().err();
  app::HttpClient client = server.client();
  stock_up(client, "A", 1'000'000);
  std::atomic<int64_t> answered{0};
  std::atomic<bool> enough{false};
  std::thread load([&] {
    app::HttpClient till = server.client();
    while (!enough) {
      std::string batch;
      for (int i = 0; i < 50; ++i)
        batch += fmt::format(
            R"({{"type":"stock.sold","channel":"till","sku":"A","location":"berlin","quantity":1,"idempotency_key":"s-{}"}})"
            "\n",
            answered + i);
      const auto answer =
          till.post("/v1/events", batch, {{"Content-Type", "application/x-ndjson"}});
      if (!answer || !answer->ok()) break;
      answered += 50;
    }
  });
  for (int copy = 0; copy < 3; ++copy) {
    const int64_t before = answered;
    EXPECT_TRUE(wait_until([&] { return answered >= before + 1'000; }));
    const int64_t sure = answered;
    const std::string to = dir / fmt::format("copy-{}", copy);
    const Finished done = backup(server, dir / "data", to);
    EXPECT_EQ(done.exit_code, 0) << done.err;
    const Finished verified = run_holdfast({"verify", "--data-dir", to});
    EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
    const Result<json::Value> about = json::parse_value(read_file(to + "/backup.json"));
    ASSERT_TRUE(about);
    const int64_t seq = about->get("seq")->as_integer().value_or(0);
    EXPECT_GE(seq, sure) << "what was answered before the backup is in it";
    EXPECT_EQ(fs::status(to).permissions(), fs::perms::owner_all);
  }
  enough = true;
  load.join();
  EXPECT_GT(std::distance(fs::directory_iterator(dir / "copy-2"), {}), 6)
      << "it has met several segments";

  // the newest one serves, and a retry of what it has counts once
  ASSERT_EQ(server.stop(), 0);
  const Finished restored =
      run_holdfast({"restore", "--from", dir / "copy-2", "--data-dir", dir / "again"});
  ASSERT_EQ(restored.exit_code, 0) << restored.err;
  Server again(dir / "again", {}, small_segments());
  ASSERT_TRUE(again.ready()) << again.process().err();
  app::HttpClient later = again.client();
  const int64_t left = get(later, "/v1/stock/A").integer("/locations/0/available");
  const Answer retried = post(
      later, "/v1/events",
      R"({"type":"stock.sold","channel":"till","sku":"A","location":"berlin","quantity":1,"idempotency_key":"s-0"})");
  EXPECT_LT(retried.status, 300);
  EXPECT_EQ(get(later, "/v1/stock/A").integer("/locations/0/available"), left);
  EXPECT_EQ(again.stop(), 0);
  EXPECT_EQ(run_holdfast({"verify", "--data-dir", dir / "again"}).exit_code, 0);
}

TEST(Backup, OfAStoppedLedgerNeedsNoServerAndOthersAreRefused) {
  const TempDir dir;
  {
    Server server(dir / "data");
    ASSERT_TRUE(server.ready()) << server.process().err();
    app::HttpClient client = server.client();
    stock_up(client, "A", 3);
    Server other(dir / "other");
    ASSERT_TRUE(other.ready());
    app::HttpClient other_client = other.client();
    stock_up(other_client, "B", 3);
    const Finished wrong = backup(other, dir / "data", dir / "wrong");
    EXPECT_EQ(wrong.exit_code, 1);
    EXPECT_THAT(wrong.err, HasSubstr("runs ledger"));
    ASSERT_EQ(server.stop(), 0);
  }
  const Finished done = run_holdfast({"backup", "--data-dir", dir / "data", "--to", dir / "copy"});
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_EQ(run_holdfast({"verify", "--data-dir", dir / "copy"}).exit_code, 0);
  const Finished twice = run_holdfast({"backup", "--data-dir", dir / "data", "--to", dir / "copy"});
  EXPECT_EQ(twice.exit_code, 1);
  EXPECT_THAT(twice.err, HasSubstr("is not empty"));
  const Finished nothing =
      run_holdfast({"backup", "--data-dir", dir / "nowhere", "--to", dir / "copy-2"});
  EXPECT_EQ(nothing.exit_code, 1);
  EXPECT_THAT(nothing.err, HasSubstr("holds no ledger"));
  EXPECT_FALSE(fs::exists(dir / "nowhere")) << "nothing was made";

  const Finished onto =
      run_holdfast({"restore", "--from", dir / "copy", "--data-dir", dir / "data"});
  EXPECT_EQ(onto.exit_code, 1);
  EXPECT_THAT(onto.err, HasSubstr("is not empty"));
  const Finished beyond = run_holdfast(
      {"restore", "--from", dir / "copy", "--data-dir", dir / "new", "--to-seq", "999"});
  EXPECT_EQ(beyond.exit_code, 1);
  EXPECT_THAT(beyond.err, HasSubstr("the backup ends at seq"));
  fs::remove(dir / "copy/backup.json");
  const Finished unfinished =
      run_holdfast({"restore", "--from", dir / "copy", "--data-dir", dir / "new"});
  EXPECT_EQ(unfinished.exit_code, 1);
  EXPECT_THAT(unfinished.err, HasSubstr("no finished backup"));
  EXPECT_FALSE(fs::exists(dir / "new"));
}

TEST(Backup, ToAndFromFreshlyMountedFileSystems) {
  const TempDir dir;
  for (const char* mount : {"data", "copy", "again"})
    fs::create_directories((dir / mount) + "/lost+found");
  {
    Server server(dir / "data");
    ASSERT_TRUE(server.ready()) << server.process().err();
    app::HttpClient client = server.client();
    stock_up(client, "A", 3);
    const Finished copied = backup(server, dir / "data", dir / "copy");
    EXPECT_EQ(copied.exit_code, 0) << copied.err;
    ASSERT_EQ(server.stop(), 0);
  }
  const Finished restored =
      run_holdfast({"restore", "--from", dir / "copy", "--data-dir", dir / "again"});
  EXPECT_EQ(restored.exit_code, 0) << restored.err;
  EXPECT_EQ(run_holdfast({"verify", "--data-dir", dir / "again"}).exit_code, 0);
  write_file(dir / "copy/notes.txt", "somebody's");
  const Finished refused =
      run_holdfast({"backup", "--data-dir", dir / "data", "--to", dir / "copy"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("is not empty"));
}

TEST(Backup, SaysWhichKeyARunningServerWants) {
  const TempDir dir;
  const auto make = [&](const std::string& name, const std::string& scopes,
                        std::vector<std::string> more = {}) {
    std::vector<std::string> words = {"key",    "create", "--data-dir", dir / "data",
                                      "--name", name,     "--scopes",   scopes};
    words.insert(words.end(), more.begin(), more.end());
    const Finished made = run_holdfast(std::move(words));
    EXPECT_EQ(made.exit_code, 0) << made.err;
    return made.out.substr(0, made.out.find('\n'));
  };
  const std::string whole = make("admin", "admin,stock:read,stock:write,feed:read");
  const std::string no_feed = make("reader", "stock:read");
  Server server(dir / "data");
  ASSERT_TRUE(server.ready()) << server.process().err();
  const auto backup_with = [&](const std::string& key) {
    ProcessOptions options;
    if (!key.empty()) options.environment["HOLDFAST_KEY"] = key;
    return run_holdfast(
        {"backup", "--data-dir", dir / "data", "--to", dir / "copy", "--server", server.url()},
        options);
  };
  app::HttpClient client = server.client();
  client.set_key(whole);
  stock_up(client, "A", 3);
  const Finished without = backup_with("");
  EXPECT_EQ(without.exit_code, 1);
  EXPECT_THAT(without.err, HasSubstr("did not let us in (401)"));
  EXPECT_THAT(without.err, HasSubstr("stock:read and feed:read"));
  EXPECT_THAT(without.err, HasSubstr("HOLDFAST_KEY"));
  const Finished too_little = backup_with(no_feed);
  EXPECT_EQ(too_little.exit_code, 1);
  EXPECT_THAT(too_little.err, HasSubstr("lacks the scope feed:read"));
  EXPECT_FALSE(fs::exists(dir / "copy"))
      << "a refusal leaves nothing for the next try to trip over";
  const Finished done = backup_with(whole);
  EXPECT_EQ(done.exit_code, 0) << done.err;
}

TEST(Backup, ARestoreThatWasNotFinishedIsRefused) {
  const TempDir dir;
  {
    Server server(dir / "data");
    ASSERT_TRUE(server.ready()) << server.process().err();
    ASSERT_EQ(server.stop(), 0);
  }
  ASSERT_EQ(run_holdfast({"backup", "--data-dir", dir / "data", "--to", dir / "copy"}).exit_code,
            0);
  ASSERT_EQ(run_holdfast({"restore", "--from", dir / "copy", "--data-dir", dir / "new"}).exit_code,
            0)
      << "an empty ledger has a backup too";
  write_file(dir / "new/restore.unfinished", "");
  for (const Finished& run :
       {run_holdfast({"serve", "--listen", "127.0.0.1:0", "--data-dir", dir / "new"}),
        run_holdfast({"verify", "--data-dir", dir / "new", "--truncate-at", "0"})}) {
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_THAT(run.err, HasSubstr("begun and not finished"));
  }
}

// ---- R12
// -----------------------------------------------------------------------------------------

/// A shop that follows the rule: of all pushes of a SKU it keeps the highest.
class Storefront {
 public:
  using Rank = std::tuple<int64_t, int64_t, int64_t>;  ///< incarnation, sku_seq, push_seq
  Storefront() {
    receiver_.answer_with([this](const Received& request) {
      const Result<json::Value> event = json::parse_value(request.body);
      const auto number = [&](const char* pointer) {
        return event->find(pointer)->as_integer().value_or(-1);
      };
      const Rank rank{number("/data/incarnation"), number("/data/sku_seq"),
                      number("/data/push_seq")};
      const std::string sku = event->find("/subject")->as_text().value_or("");
      const std::lock_guard lock(mutex_);
      Kept& kept = kept_[sku];
      if (rank > kept.rank) kept = {rank, number("/data/channels/web/available_to_sell")};
      by_push_seq_ok_ = by_push_seq_ok_ && std::get<2>(rank) > highest_push_[sku];
      highest_push_[sku] = std::get<2>(rank);
      return LoopbackReceiver::Answer{};
    });
  }
  std::string url() const { return receiver_.url(); }
  size_t requests() const { return receiver_.requests(); }
  std::map<std::string, int64_t> shown() const {
    const std::lock_guard lock(mutex_);
    std::map<std::string, int64_t> shown;
    for (const auto& [sku, kept] : kept_) shown[sku] = kept.number;
    return shown;
  }
  /// push_seq alone never went back.
  bool push_seq_rises() const {
    const std::lock_guard lock(mutex_);
    return by_push_seq_ok_;
  }

 private:
  struct Kept {
    Rank rank{-1, -1, -1};
    int64_t number = -1;
  };
  mutable std::mutex mutex_;
  std::map<std::string, Kept> kept_;
  std::map<std::string, int64_t> highest_push_;
  bool by_push_seq_ok_ = true;
  LoopbackReceiver receiver_;  ///< its threads end before what they use
};

std::string config_with_sinks(const Storefront& shop, const LoopbackReceiver& erp) {
  return fmt::format(
      "[[channels]]\nid = \"web\"\nlocations = [\"berlin\"]\n"
      "[[sinks]]\nname = \"shop\"\ntype = \"webhook\"\ndeliver = \"stock\"\nchannel = \"web\"\nurl "
      "= \"{}\"\n"
      "allow_private_networks = [\"127.0.0.0/8\"]\nwindow = 1\n"
      "[[sinks]]\nname = \"erp\"\ntype = \"webhook\"\nurl = \"{}\"\nallow_private_networks = "
      "[\"127.0.0.0/8\"]\n"
      "[[sources]]\nname = \"wms\"\ntype = \"generic\"\nsecrets = "
      "[\"whsec_aG9sZGZhc3QtaG9sZGZhc3QtaG9sZGZhc3Q=\"]\n"
      "signature = \"standard-webhooks\"\n[sources.mapping]\ntype = {{ pointer = \"/kind\", values "
      "= {{ RCPT = \"stock.received\" }} }}\n"
      "sku = \"/item\"\nlocation = \"/site\"\nquantity = \"/qty\"\n",
      shop.url(), erp.url());
}

// Schedule 4: receivers that saw higher numbers of a future that is gone.
TEST(Restore, EveryStockSinkEndsOnTheRestoredNumbers) {
  const TempDir dir;
  Storefront shop;
  LoopbackReceiver erp;
  write_file(dir / "shop.toml", config_with_sinks(shop, erp));
  const std::vector<std::string> with_config = {"--config", dir / "shop.toml"};
  std::map<std::string, int64_t> then;
  std::string cursor_then, cursor_later;
  int64_t seq_then = 0;
  {
    Server server(dir / "data", with_config);
    ASSERT_TRUE(server.ready()) << server.process().err();
    app::HttpClient client = server.client();
    for (int i = 0; i < 20; ++i) stock_up(client, fmt::format("SKU-{}", i), 10);
    for (int i = 0; i < 10; ++i)
      sell(client, fmt::format("SKU-{}", i), 1 + i % 3, fmt::format("early-{}", i));
    for (int i = 0; i < 20; ++i) then[fmt::format("SKU-{}", i)] = 10 - (i < 10 ? 1 + i % 3 : 0);
    EXPECT_TRUE(wait_until([&] { return shop.shown() == then; }));
    seq_then = get(client, "/v1/stock?limit=1").integer("/seq");
    for (int i = 0; i < 20; ++i)
      for (int n = 0; n < 3; ++n)
        sell(client, fmt::format("SKU-{}", i), 1, fmt::format("late-{}-{}", i, n));
    stock_up(client, "LATER", 5);
    EXPECT_TRUE(wait_until([&] { return shop.shown().contains("LATER"); }));
    EXPECT_TRUE(
        wait_until([&] { return get(client, "/v1/sinks/erp").integer("/lag_events") == 0; }));
    const Finished done =
        run_holdfast({"backup", "--config", dir / "shop.toml", "--data-dir", dir / "data", "--to",
                      dir / "copy", "--server", server.url()});
    ASSERT_EQ(done.exit_code, 0) << done.err;
    EXPECT_TRUE(fs::exists(dir / "copy/holdfast.toml"));
    const auto id_after = [&](int64_t seq) {
      const auto feed = client.get(fmt::format("/v1/feed?follow=false&after={}", seq - 1));
      return json::parse_value(feed->body.substr(0, feed->body.find('\n')))
          ->get("id")
          ->as_text()
          .value_or("");
    };
    cursor_then = id_after(seq_then);
    cursor_later = id_after(seq_then + 5);
    ASSERT_EQ(server.stop(), 0);
  }
  const Finished restored =
      run_holdfast({"restore", "--from", dir / "copy", "--to-seq", std::to_string(seq_then),
                    "--data-dir", dir / "restored"});
  ASSERT_EQ(restored.exit_code, 0) << restored.err;
  EXPECT_THAT(restored.out, HasSubstr("incarnation 1"));
  EXPECT_THAT(restored.out, HasSubstr("holdfast resume"));
  const Finished verified = run_holdfast({"verify", "--data-dir", dir / "restored"});
  EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;

  const size_t told_shop = shop.requests(), told_erp = erp.requests();
  const size_t events_told = erp.accepted().size();
  for (int start = 0; start < 2; ++start) {  // they wait for a human, over a restart too
    Server server(dir / "restored", with_config);
    ASSERT_TRUE(server.ready()) << server.process().err();
    EXPECT_THAT(server.process().out(), HasSubstr("sinks and sources are paused"));
    app::HttpClient client = server.client();
    for (const char* sink : {"shop", "erp"})
      EXPECT_EQ(get(client, fmt::format("/v1/sinks/{}", sink)).text("/state"), "paused");
    EXPECT_EQ(get(client, "/v1/sources").body.find("/sources/0/paused")->as_bool(), true);
    EXPECT_EQ(shop.requests(), told_shop);
    EXPECT_EQ(erp.requests(), told_erp);
    ASSERT_EQ(server.stop(), 0);
  }

  Server server(dir / "restored", with_config);
  ASSERT_TRUE(server.ready()) << server.process().err();
  app::HttpClient client = server.client();
  EXPECT_EQ(client.get("/v1/stock/LATER")->status, 404);
  const Finished resumed = run_holdfast({"resume", "--server", server.url()});
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_THAT(resumed.out, HasSubstr("go on"));
  const auto is_right = [&] {
    std::map<std::string, int64_t> shown = shop.shown();
    shown.erase("LATER");  // a SKU the restored ledger has never heard of: nobody can name a number
    return shown == then;
  };
  EXPECT_TRUE(wait_until(is_right))
      << "the shop keeps selling on the numbers of the future that was given up";
  EXPECT_TRUE(shop.push_seq_rises()) << "for receivers that go by push_seq alone";
  EXPECT_EQ(get(client, "/v1/sources").body.find("/sources/0/paused")->as_bool(), false);
  EXPECT_THAT(run_holdfast({"resume", "--server", server.url()}).out,
              HasSubstr("nothing was waiting"));

  // The event sink goes on where the futures parted, with ledger.restored first of all that is new: the
  // backup's cursor may be a moment old, so that some of what was told before comes again.
  const auto told = [&](size_t at, const char* member) {
    return json::parse_value(erp.accepted().at(at).body)->get(member)->as_text().value_or("");
  };
  std::set<std::string> known;
  for (size_t at = 0; at < events_told; ++at) known.insert(told(at, "id"));
  size_t first_new = events_told;
  ASSERT_TRUE(wait_until([&] {
    const size_t now = erp.accepted().size();
    while (first_new < now && known.contains(told(first_new, "id"))) ++first_new;
    return first_new < now;
  }));
  EXPECT_EQ(told(first_new, "type"), "ledger.restored");

  // a cursor that was kept is one, with the id it had; one of the abandoned future says so
  const auto after_kept = client.get("/v1/feed?follow=false&after=" + cursor_then);
  ASSERT_EQ(after_kept->status, 200);
  EXPECT_THAT(after_kept->body, HasSubstr("ledger.restored"));
  const auto kept_event = client.get(fmt::format("/v1/feed?follow=false&after={}", seq_then - 1));
  EXPECT_THAT(kept_event->body, HasSubstr("\"id\":\"" + cursor_then + "\""))
      << "a restore renames nothing";
  const Answer gone = get(client, "/v1/feed?follow=false&after=" + cursor_later);
  EXPECT_EQ(gone.status, 410);
  EXPECT_EQ(gone.text("/code"), "cursor_invalid");
  EXPECT_THAT(gone.text("/resume_at"), HasSubstr(fmt::format("-1-{}", seq_then + 1)));

  // sku_seq went up: this sale is told too
  sell(client, "SKU-0", 1, "after-restore");
  then["SKU-0"] -= 1;
  EXPECT_TRUE(wait_until(is_right));
  ASSERT_EQ(server.stop(), 0);
  {
    Server resumed_for_good(dir / "restored", with_config);
    ASSERT_TRUE(resumed_for_good.ready());
    app::HttpClient again = resumed_for_good.client();
    EXPECT_EQ(get(again, "/v1/sinks/shop").text("/state"), "active");
  }

  // the backup again, without its cursors: yet another future, and still nobody is left on the one
  // before
  fs::remove(dir / "copy/feed.log");
  const Finished second = run_holdfast({"restore", "--from", dir / "copy", "--data-dir",
                                        dir / "second", "--replaces", dir / "restored"});
  ASSERT_EQ(second.exit_code, 0) << second.err;
  EXPECT_THAT(second.out, HasSubstr("incarnation 2"));
  Server third(dir / "second", with_config);
  ASSERT_TRUE(third.ready()) << third.process().err();
  ASSERT_EQ(run_holdfast({"resume", "--server", third.url()}).exit_code, 0);
  std::map<std::string, int64_t> whole = {{"LATER", 5}};
  for (int i = 0; i < 20; ++i) whole[fmt::format("SKU-{}", i)] = 10 - (i < 10 ? 1 + i % 3 : 0) - 3;
  EXPECT_TRUE(wait_until([&] { return shop.shown() == whole; }));
  EXPECT_TRUE(shop.push_seq_rises());
}

TEST(Restore, ACutStartsPausedToo) {
  const TempDir dir;
  Storefront shop;
  LoopbackReceiver erp;
  write_file(dir / "shop.toml", config_with_sinks(shop, erp));
  {
    Server server(dir / "data", {"--config", dir / "shop.toml"});
    ASSERT_TRUE(server.ready()) << server.process().err();
    app::HttpClient client = server.client();
    stock_up(client, "A", 10);
    ASSERT_EQ(post(client, "/v1/sinks/erp/pause", "{}").status, 200);
    EXPECT_TRUE(
        wait_until([&] { return get(client, "/v1/sinks/erp").text("/state") == "paused"; }));
    for (int i = 0; i < 3; ++i) sell(client, "A", 1, fmt::format("s-{}", i));
    EXPECT_TRUE(
        wait_until([&] { return shop.shown() == std::map<std::string, int64_t>{{"A", 7}}; }));
    ASSERT_EQ(server.stop(), 0);
  }
  const Finished verified = run_holdfast({"verify", "--data-dir", dir / "data"});
  ASSERT_EQ(verified.exit_code, 0);
  const Finished log = run_holdfast({"verify", "--data-dir", dir / "data", "--json"});
  const int64_t end = json::parse_value(log.out)->get("seq")->as_integer().value_or(0);
  const Finished cut = run_holdfast(
      {"verify", "--data-dir", dir / "data", "--truncate-at", std::to_string(end - 1)});
  ASSERT_EQ(cut.exit_code, 0) << cut.err;
  EXPECT_THAT(cut.err, HasSubstr("holdfast resume"));
  Server server(dir / "data", {"--config", dir / "shop.toml"});
  ASSERT_TRUE(server.ready()) << server.process().err();
  app::HttpClient client = server.client();
  EXPECT_EQ(get(client, "/v1/sinks/shop").text("/state"), "paused");
  ASSERT_EQ(post(client, "/v1/resume", "{}").status, 200);
  EXPECT_TRUE(wait_until([&] { return shop.shown() == std::map<std::string, int64_t>{{"A", 8}}; }));
  EXPECT_EQ(get(client, "/v1/sinks/erp").text("/state"), "paused")
      << "whom an operator has paused stays so";
}

TEST(Rebuild, MakesTheSnapshotAnewFromTheLog) {
  const TempDir dir;
  {
    Server server(dir / "data");
    ASSERT_TRUE(server.ready()) << server.process().err();
    app::HttpClient client = server.client();
    for (int i = 0; i < 30; ++i) stock_up(client, fmt::format("SKU-{}", i), i);
    const Finished held = run_holdfast({"rebuild", "--data-dir", dir / "data"});
    EXPECT_EQ(held.exit_code, 1);
    EXPECT_THAT(held.err, HasSubstr("another process"));
    ASSERT_EQ(server.stop(), 0);
  }
  std::vector<fs::path> snapshots;
  const auto list = [&] {
    snapshots.clear();
    for (const auto& entry : fs::directory_iterator(dir / "data"))
      if (entry.path().filename().string().starts_with("snapshot-"))
        snapshots.push_back(entry.path());
  };
  list();
  ASSERT_EQ(snapshots.size(), 1u);
  const std::string right = read_file(snapshots[0]);
  std::string wrong = right;
  wrong[wrong.size() / 2] = static_cast<char>(wrong[wrong.size() / 2] ^ 1);
  write_file(snapshots[0], wrong);
  const Finished rebuilt = run_holdfast({"rebuild", "--data-dir", dir / "data"});
  EXPECT_EQ(rebuilt.exit_code, 0) << rebuilt.err;
  list();
  ASSERT_EQ(snapshots.size(), 1u);
  EXPECT_NE(read_file(snapshots[0]), wrong);
  const Finished verified = run_holdfast({"verify", "--data-dir", dir / "data"});
  EXPECT_EQ(verified.exit_code, 0) << verified.out;
  EXPECT_THAT(verified.out, HasSubstr("snapshot"));
  Server server(dir / "data");
  ASSERT_TRUE(server.ready()) << server.process().err();
  app::HttpClient client = server.client();
  EXPECT_EQ(get(client, "/v1/stock/SKU-29").integer("/locations/0/available"), 29);
  EXPECT_EQ(run_holdfast({"rebuild", "--data-dir", dir / "nowhere"}).exit_code, 1);
}

}  // namespace
}  // namespace holdfast::test
