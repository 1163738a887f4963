// What courier tests share: a log to write to by hand, numbers to read, a sink that does as it is told, a
// temporary directory. Each is confined to the test's thread unless it says otherwise.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/stock_reader.h"
#include "feed/courier_runner.h"
#include "feed/sink.h"
#include "json/value.h"
#include "store/memory/memory_store.h"

namespace holdfast::test {

class TempDirectory {
 public:
  TempDirectory();
  ~TempDirectory();
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

/// A log in memory that tests append single events to.
class TestLog {
 public:
  /// `restored`: where the last of its incarnations begin.
  explicit TestLog(uint32_t incarnation = 0, std::vector<Seq> restored = {})
      : store_({"testledger00", incarnation, restores(incarnation, restored)}) {}
  store::MemoryStore& store() { return store_; }

  /// One received unit of `sku` (tracked from here on); durable on return. Returns its seq.
  Seq receive(const std::string& sku, Timestamp at = {1'763'884'800'000'000});
  /// Many in one group.
  Seq receive_many(const std::vector<std::string>& skus, Timestamp at = {1'763'884'800'000'000});
  Seq set_channel(const std::string& channel);

 private:
  Seq append(std::vector<Event> events, Timestamp at);
  static std::vector<Restore> restores(uint32_t incarnation, const std::vector<Seq>& seqs) {
    std::vector<Restore> all;
    for (const Seq seq : seqs)
      all.push_back({seq, static_cast<uint32_t>(incarnation + 1 - seqs.size() + all.size())});
    return all;
  }

  store::MemoryStore store_;
  Seq last_ = 0;
  std::map<std::string, uint64_t> sku_seqs_;
};

/// Present numbers: `available` of one location and channel "web". Reflects the log's end.
class TestStock final : public StockReader {
 public:
  explicit TestStock(store::MemoryStore& store) : store_(store) {}
  Result<std::vector<StockView>> read(const std::vector<std::string>& skus) override;
  Result<std::vector<std::string>> list_skus(const std::string& after, size_t limit) override;

  std::map<std::string, int64_t> available;
  std::set<std::string> untracked;
  size_t reads = 0;

 private:
  store::MemoryStore& store_;
};

/// Answers each item as `answer` says; nullopt = keeps it in flight until release().
class ScriptedSink final : public feed::Sink {
 public:
  /// What a sink leaves behind, so that it outlives the courier that owns the sink.
  struct Peer {
    std::function<std::optional<feed::Report>(const feed::Item&)> answer;
    std::vector<feed::Item> items;      ///< every attempt, in order
    std::vector<feed::Item> accepted;   ///< the delivered ones
    std::map<uint64_t, feed::Item> held;
    std::vector<feed::Report> reports;
    size_t window = 8;
    size_t in_flight = 0;
    size_t most_in_flight = 0;
    std::map<std::string, size_t> in_flight_of;
    size_t most_of_one_sku = 0;

    void settle(const feed::Item& item, feed::Report report);
    /// Answers what is held now.
    void release(feed::Verdict verdict);
    std::vector<std::string> ids() const;
    std::vector<Seq> seqs_of(const std::string& sku) const;   ///< accepted ones, in order
  };
  explicit ScriptedSink(std::shared_ptr<Peer> peer) : peer_(std::move(peer)) {}

  Status open() override { return {}; }
  size_t window() const override { return peer_->window; }
  void deliver(std::vector<feed::Item> items, Timestamp now) override;
  std::vector<feed::Report> poll(Duration wait) override;
  void wake() override {}

 private:
  std::shared_ptr<Peer> peer_;
};

feed::Report delivered();
feed::Report failed(feed::Verdict verdict, std::string detail = "HTTP 500", bool unreachable = false);
/// An answer that asks for ten seconds' pause so many times (429), and then takes everything.
std::function<std::optional<feed::Report>(const feed::Item&)> slows_down(int times, int* refused);
/// The seq at the end of an event's id.
Seq seq_of_id(const std::string& id);
/// A pushed number: data.channels.web.available_to_sell.
int64_t told_number(const feed::Item& item);

}  // namespace holdfast::test
