// Data directories that must be refused, and disks that do not do as they are told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "tests/integration/harness.h"

namespace holdfast::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// A data directory with a little in it, closed.
void make_ledger(const std::string& data_dir) {
  Server server(data_dir);
  ASSERT_TRUE(server.ready()) << server.process().err();
  app::HttpClient client = server.client();
  stock_up(client, "A", 10);
  ASSERT_EQ(server.stop(), 0) << server.process().err();
}

Finished serve(const std::string& data_dir, ProcessOptions options = {}) {
  return run_holdfast({"serve", "--listen", "127.0.0.1:0", "--data-dir", data_dir}, std::move(options));
}

/// Name and content of every file below.
std::map<std::string, std::string> content_of(const std::string& directory) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) files[entry.path()] = read_file(entry.path());
  }
  return files;
}

TEST(DataDirectory, OneServerAtATime) {
  const TempDir dir;
  Server first(dir / "data");
  ASSERT_TRUE(first.ready()) << first.process().err();
  for (const Finished& second : {serve(dir / "data"), run_holdfast({"verify", "--data-dir", dir / "data"})}) {
    EXPECT_EQ(second.exit_code, 1);
    EXPECT_THAT(second.err, HasSubstr(dir / "data"));
    EXPECT_THAT(second.err, HasSubstr("another process"));
  }
  app::HttpClient client = first.client();
  stock_up(client, "A", 3);
  EXPECT_EQ(first.stop(), 0) << "the first server is not disturbed";
}

TEST(DataDirectory, ADamagedLogIsRefusedAndTheEndCanBeGivenUp) {
  const TempDir dir;
  const std::string data_dir = dir / "data";
  {
    Server server(data_dir);
    ASSERT_TRUE(server.ready()) << server.process().err();
    app::HttpClient client = server.client();
    for (int i = 0; i < 20; ++i) stock_up(client, "SKU-" + std::to_string(i), 10);
    ASSERT_EQ(server.stop(), 0);
  }
  for (const auto& entry : fs::directory_iterator(data_dir)) {
    const std::string name = entry.path().filename();
    if (name.starts_with("snapshot-")) fs::remove(entry.path());
    if (name.starts_with("segment-") && fs::file_size(entry.path()) > 0) {
      std::string bytes = read_file(entry.path());
      const size_t at = bytes.find("SKU-12");
      if (at == std::string::npos) continue;
      bytes[at] = '!';
      write_file(entry.path(), bytes);
    }
  }
  const Finished refused = serve(data_dir);
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("segment-"));
  const std::string remedy = "--truncate-at ";
  const size_t at = refused.err.find(remedy);
  ASSERT_NE(at, std::string::npos) << refused.err;
  const std::string seq =
      std::to_string(std::strtoull(refused.err.c_str() + at + remedy.size(), nullptr, 10));
  const Finished cut = run_holdfast({"verify", "--data-dir", data_dir, "--truncate-at", seq});
  EXPECT_EQ(cut.exit_code, 0) << cut.out << cut.err;
  EXPECT_THAT(cut.err, HasSubstr("given up"));
  Server server(data_dir);
  ASSERT_TRUE(server.ready()) << server.process().err();
  app::HttpClient client = server.client();
  EXPECT_EQ(client.get("/v1/stock/SKU-11")->status, 200);
  EXPECT_EQ(client.get("/v1/stock/SKU-13")->status, 404);
}

TEST(DataDirectory, AnotherVersionIsRefusedAndLeftAlone) {
  const TempDir dir;
  make_ledger(dir / "data");
  const std::string identity = dir / "data/identity";
  std::string text = read_file(identity);
  const std::string ours = "holdfast journal 1\n";
  ASSERT_TRUE(text.starts_with(ours)) << text;
  text.replace(0, ours.size(), "holdfast journal 99\n");
  write_file(identity, text);
  const auto before = content_of(dir / "data");
  for (const Finished& run : {serve(dir / "data"), run_holdfast({"verify", "--data-dir", dir / "data"})}) {
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_THAT(run.err, HasSubstr(dir / "data"));
    EXPECT_THAT(run.err, HasSubstr("journal format 99"));
  }
  EXPECT_EQ(content_of(dir / "data"), before);
}

TEST(DataDirectory, ADamagedLogIsRefusedWithFileAndRemedy) {
  const TempDir dir;
  make_ledger(dir / "data");
  std::string segment;
  for (const auto& [path, content] : content_of(dir / "data")) {
    if (content.starts_with("HFSEGMT1")) segment = path;
  }
  ASSERT_FALSE(segment.empty());
  std::string bytes = read_file(segment);
  bytes[200] = static_cast<char>(bytes[200] ^ 1);
  write_file(segment, bytes);
  for (const Finished& run : {serve(dir / "data"), run_holdfast({"verify", "--data-dir", dir / "data"})}) {
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_THAT(run.err, HasSubstr(segment));
    EXPECT_THAT(run.err, HasSubstr("offset"));
  }
}

TEST(DataDirectory, OneThatMayNotBeWrittenIsRefused) {
  const TempDir dir;
  make_ledger(dir / "data");
  fs::create_directory(dir / "empty");
  // root may write anywhere: the server runs as somebody else, for whom the disk is read-only
  ProcessOptions options;
  if (geteuid() == 0) options.user = 65534;
  chmod(dir.path().c_str(), 0755);
  for (const auto& entry : fs::recursive_directory_iterator(dir / "data")) {
    chmod(entry.path().c_str(), entry.is_directory() ? 0555 : 0444);
  }
  chmod((dir / "data").c_str(), 0555);
  chmod((dir / "empty").c_str(), 0555);
  const auto before = content_of(dir / "data");
  for (const char* name : {"data", "empty"}) {
    const Finished run = serve(dir / name, options);
    EXPECT_EQ(run.exit_code, 1) << run.out;
    EXPECT_THAT(run.err, HasSubstr(dir / name));
    EXPECT_THAT(run.err, HasSubstr("Permission denied"));
  }
  EXPECT_EQ(content_of(dir / "data"), before);
  EXPECT_TRUE(fs::is_empty(dir / "empty"));
  chmod((dir / "data").c_str(), 0755);
  chmod((dir / "empty").c_str(), 0755);
}

TEST(DataDirectory, WithoutSpaceThereIsNoStart) {
  const TempDir dir;
  write_file(dir / "full", "");
  ProcessOptions options;
  options.environment = {{"LD_PRELOAD", HOLDFAST_FULL_DISK},
                         {"HOLDFAST_TEST_FULL_DISK_FLAG", dir / "full"}};
  const Finished run = serve(dir / "data", options);
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr(dir / "data"));
  EXPECT_THAT(run.err, HasSubstr("No space left on device"));
  fs::remove(dir / "full");
  Server again(dir / "data", {}, options);
  EXPECT_TRUE(again.ready()) << "what the failed start left must not be in the way: " << again.process().err();
}

/// Ten thousand adjustments in one request: about a megabyte of log.
int fill(app::HttpClient& client, int round) {
  std::string batch;
  for (int i = 0; i < 10'000; ++i) {
    batch += fmt::format(
        R"({}{{"type":"stock.adjusted","location":"berlin","reason":"recount of the shelf, round {}","lines":[{{"sku":"SKU-{}","delta":1}}],"idempotency_key":"fill-{}-{}"}})",
        i == 0 ? "[" : ",", round, i, round, i);
  }
  const Answer answer = post(client, "/v1/batch", batch + "]");
  EXPECT_EQ(answer.status, 200) << answer.body.to_text();
  // a refused item says so by name, and how many went through does not matter
  const std::string last = answer.text("/results/9999/code");
  return last.empty() ? 201 : last == "storage_full" ? 507 : -1;
}

TEST(DataDirectory, AFullDiskRefusesWhatAddsAndClearsByItself) {
  const TempDir dir;
  ProcessOptions options;
  options.environment = {{"LD_PRELOAD", HOLDFAST_FULL_DISK},
                         {"HOLDFAST_TEST_FULL_DISK_FLAG", dir / "full"}};
  Server server(dir / "data", {}, options);
  ASSERT_TRUE(server.ready()) << server.process().err();
  app::HttpClient client = server.client();
  stock_up(client, "A", 100);
  const Answer hold = post(client, "/v1/holds", R"({"channel":"web","lines":[{"sku":"A","quantity":3}]})", "h");
  ASSERT_EQ(hold.status, 201);
  write_file(dir / "full", "");
  int round = 0;
  int status = 201;
  while (status == 201 && round < 400) status = fill(client, round++);
  ASSERT_EQ(status, 507) << "the disk never ran full in " << round << " rounds";

  const std::string order = R"({"channel":"web","order":"1","lines":[{"sku":"A","quantity":1}]})";
  const Answer refused = post(client, "/v1/orders", order, "o");
  EXPECT_EQ(refused.status, 507);
  EXPECT_EQ(refused.text("/code"), "storage_full");
  EXPECT_EQ(get(client, "/v1/stock/A").integer("/locations/0/available"), 97) << "reads go on";
  const std::string id = hold.text("/hold/id").empty() ? hold.text("/id") : hold.text("/hold/id");
  EXPECT_EQ(post(client, "/v1/holds/" + id + "/release", "{}", "r").status, 201) << "what frees units goes on";
  EXPECT_EQ(get(client, "/v1/stock/A").integer("/locations/0/available"), 100);

  fs::remove(dir / "full");
  EXPECT_TRUE(wait_until([&] { return client.post("/v1/orders", order, {{"Idempotency-Key", "o"}})->status == 201; }))
      << "it clears by itself";
  EXPECT_EQ(server.stop(), 0) << server.process().err();
  const Finished verified = run_holdfast({"verify", "--data-dir", dir / "data"});
  EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
}

TEST(DataDirectory, VerifyChangesNothing) {
  const TempDir dir;
  {
    Server server(dir / "data");
    ASSERT_TRUE(server.ready()) << server.process().err();
    app::HttpClient client = server.client();
    stock_up(client, "A", 3);
    EXPECT_EQ(server.stop(), 0);
  }
  fs::remove(dir / "data/durable.mark");
  fs::remove(dir / "data/segment-0000000002.log");
  const auto listing = [&] {
    std::map<std::string, fs::file_time_type> files;
    for (const auto& entry : fs::directory_iterator(dir / "data")) {
      files[entry.path().filename()] = entry.last_write_time();
    }
    return files;
  };
  const auto before = listing();
  const Finished run = run_holdfast({"verify", "--data-dir", dir / "data"});
  EXPECT_EQ(run.exit_code, 0) << run.out << run.err;
  EXPECT_EQ(listing(), before) << "no spare, no mark, no tail zeroed";
}

TEST(DataDirectory, VerifyNamesAMissingOneAndMakesNone) {
  const TempDir dir;
  const Finished run = run_holdfast({"verify", "--data-dir", dir / "nowhere"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr(dir / "nowhere"));
  EXPECT_FALSE(fs::exists(dir / "nowhere"));
  fs::create_directory(dir / "empty");
  EXPECT_EQ(run_holdfast({"verify", "--data-dir", dir / "empty"}).exit_code, 1);
  EXPECT_TRUE(fs::is_empty(dir / "empty"));
}

}  // namespace
}  // namespace holdfast::test
