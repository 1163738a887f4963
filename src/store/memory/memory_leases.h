// SinkLeases in memory, for several nodes in one process: for tests. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "io/memory_records.h"
#include "store/sink_leases.h"

namespace holdfast::store {

/// The tables. Outlive every MemoryLeases.
struct MemoryLeaseTable {
  struct Sink {
    SinkLeaseRow row;
    io::MemoryRecords cursor;
    std::vector<AskedOperation> asked;
    uint64_t last_asked = 0;
  };
  std::mutex mutex;  ///< guards what follows; taken after the records' own
  std::map<std::string, Sink> sinks;

  Sink& sink(const std::string& name) {
    std::lock_guard lock(mutex);
    return sinks[name];
  }
};

/// One node's access to them.
class MemoryLeases : public SinkLeases {
 public:
  MemoryLeases(MemoryLeaseTable& table, std::string me) : table_(table), me_(std::move(me)), address_("node-" + me_) {}

  Result<SinkLeaseRow> look(const std::string& sink) override {
    std::lock_guard lock(table_.mutex);
    return table_.sinks[sink].row;
  }
  Result<bool> take(const std::string& sink, const SinkLeaseRow& seen) override {
    std::lock_guard lock(table_.mutex);
    SinkLeaseRow& row = table_.sinks[sink].row;
    if (!row.same_turn(seen)) return false;
    row.epoch = seen.epoch + 1;
    row.beat = 0;
    row.owner = me_;
    row.address = address_;
    row.report.clear();
    return true;
  }
  Result<bool> renew(const std::string& sink, uint64_t epoch, const std::string& report) override {
    std::lock_guard lock(table_.mutex);
    SinkLeaseRow& row = table_.sinks[sink].row;
    if (!is_mine(row, epoch)) return false;
    ++row.beat;
    row.report = report;
    return true;
  }
  Status release(const std::string& sink, uint64_t epoch) override {
    std::lock_guard lock(table_.mutex);
    SinkLeaseRow& row = table_.sinks[sink].row;
    if (is_mine(row, epoch)) row.owner.clear();
    return {};
  }
  io::OpenRecords cursor(const std::string& sink, uint64_t epoch) override {
    return table_.sink(sink).cursor.opener([this, sink, epoch] {
      std::lock_guard lock(table_.mutex);
      return is_mine(table_.sinks[sink].row, epoch);
    });
  }
  Result<uint64_t> ask(const std::string& sink, std::string payload) override {
    std::lock_guard lock(table_.mutex);
    MemoryLeaseTable::Sink& there = table_.sinks[sink];
    there.asked.push_back({++there.last_asked, std::move(payload)});
    return there.last_asked;
  }
  Result<std::vector<AskedOperation>> asked(const std::string& sink, uint64_t after) override {
    std::lock_guard lock(table_.mutex);
    std::vector<AskedOperation> later;
    for (const AskedOperation& operation : table_.sinks[sink].asked) {
      if (operation.number > after) later.push_back(operation);
    }
    return later;
  }
  Result<bool> finish(const std::string& sink, uint64_t epoch, uint64_t number,
                      const std::string& report) override {
    std::lock_guard lock(table_.mutex);
    MemoryLeaseTable::Sink& there = table_.sinks[sink];
    if (!is_mine(there.row, epoch)) return false;
    std::erase_if(there.asked, [&](const auto& operation) { return operation.number <= number; });
    there.row.finished = number;
    there.row.report = report;
    return true;
  }
  const std::string& me() const override { return me_; }
  const std::string& address() const override { return address_; }

 private:
  bool is_mine(const SinkLeaseRow& row, uint64_t epoch) const {
    return epoch != 0 && row.epoch == epoch && row.owner == me_;
  }

  MemoryLeaseTable& table_;
  const std::string me_, address_;
};

}  // namespace holdfast::store
