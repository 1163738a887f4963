// Some nodes over one table, one log and one receiver, run by hand in an order that a seed gives.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "io/file_system.h"
#include "store/memory/memory_leases.h"
#include "tests/feed/shared_kit.h"

namespace holdfast::test {

class SharedCluster {
 public:
  struct Guards {
    bool send_until = true;  ///< the sink looks at the end of the lease before it sends
    bool fence = true;       ///< cursors are written by who has the sink alone
    feed::LeaseTimes times;
  };

  /// One process's access to the table.
  using MakeLeases = std::function<std::unique_ptr<store::SinkLeases>(std::string me)>;

  /// Over a table in memory.
  SharedCluster(uint64_t seed, feed::SinkSettings settings, Guards guards)
      : SharedCluster(seed, std::move(settings), guards, nullptr) {}
  SharedCluster(uint64_t seed, feed::SinkSettings settings, Guards guards, MakeLeases make)
      : random_(seed), settings_(std::move(settings)), guards_(guards), make_(std::move(make)) {
    if (!make_) {
      make_ = [this](std::string me) {
        return std::make_unique<store::MemoryLeases>(table_, std::move(me));
      };
    }
    watcher_ = make_("watcher");
    receiver_.owner = [this] { return row().owner; };
  }
  store::SinkLeaseRow row() { return *watcher_->look(settings_.name); }

  void add_node() {
    nodes_.push_back(std::make_unique<Node>());
    restart(*nodes_.back());
  }

  /// One node does one thing, at once or while others wait; time passes.
  void step() {
    std::vector<Node*> idle;
    for (const auto& node : nodes_)
      if (!node->busy) idle.push_back(node.get());
    clock_.advance(static_cast<Duration>(random_.below(60)) * kMillisecond);
    if (idle.empty()) return;
    Node& node = *idle[random_.below(idle.size())];
    node.busy = true;
    const uint64_t choice = random_.below(100);
    if (choice < 40) node.sink->tend();
    if (choice >= 40 && choice < 75) work(node);
    if (choice >= 75 && choice < 99) node.sink->flush();
    if (choice == 99 && faulty_) restart(node);  // as after kill -9
    node.busy = false;
  }
  void step(int times) {
    for (int i = 0; i < times; ++i) step();
  }
  /// Everybody answers, nobody is stopped, for so long.
  void calm(Duration time) {
    faulty_ = false;
    for (const Duration until = clock_.boot() + time; clock_.boot() < until;) step();
    faulty_ = true;
  }

  struct Node {
    std::string me;
    std::unique_ptr<FaultyLeases> leases;
    std::unique_ptr<feed::SharedFeedServices> services;
    std::unique_ptr<feed::SharedSink> sink;
    bool busy = false;
  };
  Node& node(size_t at) { return *nodes_[at]; }
  /// The one that serves the sink; null: nobody.
  Node* serving() {
    for (const auto& node : nodes_)
      if (node->sink->courier()) return node.get();
    return nullptr;
  }
  void work(Node& node) {
    if (const auto courier = node.sink->courier()) courier->runner().do_work(0);
  }
  void restart(Node& node) {
    node.sink.reset();
    node.me = "n" + std::to_string(++processes_);
    node.leases = std::make_unique<FaultyLeases>(make_(node.me));
    node.leases->before = [this] { return before_statement(); };
    node.leases->after = [this] { maybe_stop(); };
    if (!guards_.fence) {
      store::MemoryLeaseTable::Sink& shared = table_.sink(settings_.name);
      node.leases->unfenced = shared.cursor.opener([this, me = node.me] {
        stale_writes_ += row().owner != me ? 1 : 0;
        return true;
      });
    }
    node.services = std::make_unique<feed::SharedFeedServices>();
    node.services->feed = {&log_.store(), &stock_, &io::posix_file_system(), &clock_, &random_};
    node.services->leases = node.leases.get();
    node.services->times = guards_.times;
    node.services->threads = false;
    node.sink = std::make_unique<feed::SharedSink>(
        *node.services, settings_, [this, me = node.me]() -> Result<std::unique_ptr<feed::Sink>> {
          return std::make_unique<LateSink>(
              receiver_, clock_, me, [this] { sending(); }, guards_.send_until);
        });
  }

  /// Sends of a node while the sink was another's already.
  size_t stale_sends() const {
    size_t stale = 0;
    for (const Receiver::Arrived& arrived : receiver_.arrived)
      stale += arrived.owner != arrived.node ? 1 : 0;
    return stale;
  }
  std::set<Seq> told() const {
    std::set<Seq> seqs;
    for (const Receiver::Arrived& arrived : receiver_.arrived) {
      if (arrived.taken) seqs.insert(seq_of_id(arrived.item.id));
    }
    return seqs;
  }
  /// Of each SKU the first time an event is heard of it, it is newer than all before.
  bool first_deliveries_in_order() const {
    std::set<Seq> heard;
    std::map<std::string, Seq> newest;
    for (const Receiver::Arrived& arrived : receiver_.arrived) {
      const Seq seq = seq_of_id(arrived.item.id);
      if (!heard.insert(seq).second) continue;
      Seq& last = newest[arrived.item.sku];
      if (seq < last) return false;
      last = seq;
    }
    return true;
  }

  SeededRandom random_;
  ManualClock clock_;
  TestLog log_;
  TestStock stock_{log_.store()};
  store::MemoryLeaseTable table_;
  Receiver receiver_;
  bool faulty_ = true;
  size_t stale_writes_ = 0;  ///< of cursors, by who does not have the sink; without the fence
  std::function<void()> before_sending_;  ///< of any node; null: as the seed gives

 private:
  FaultyLeases::Fault before_statement() {
    maybe_stop();
    if (!faulty_ || random_.below(10) > 0) return FaultyLeases::Fault::kNone;
    return random_.below(2) == 0 ? FaultyLeases::Fault::kLostBefore
                                 : FaultyLeases::Fault::kLostAfter;
  }
  void sending() {
    if (before_sending_) return std::function(before_sending_)();
    maybe_stop();
  }
  /// The node that is in the middle of something stands still, and the others go on.
  void maybe_stop() {
    if (!faulty_ || random_.below(40) > 0 || depth_ >= 2) return;
    ++depth_;
    const Duration until = clock_.boot() + static_cast<Duration>(random_.below(12)) * kSecond;
    while (clock_.boot() < until) step();
    --depth_;
  }

  const feed::SinkSettings settings_;
  const Guards guards_;
  MakeLeases make_;
  std::unique_ptr<store::SinkLeases> watcher_;
  std::vector<std::unique_ptr<Node>> nodes_;
  size_t processes_ = 0;
  int depth_ = 0;
};

}  // namespace holdfast::test
