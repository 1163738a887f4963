// RecordingSink: an EventSink that keeps what was decided, for tests, the simulator and dry runs. It can
// play it all into another ledger, as a restart would.
//
// Confined to one thread. Owns its text.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ledger/ledger.h"
#include "model/event.h"

namespace holdfast::ledger {

class RecordingSink final : public EventSink {
 public:
  struct Recorded {
    CommandType type = CommandType::kNone;
    std::string source, key, key_2;
    uint64_t fingerprint = 0;
    bool from_source = false;
    std::vector<Shortage> shortages;
    std::vector<OwnedEvent> events;

    /// Valid as long as this record.
    CommandHead head() const {
      return {type,        source, key, key_2, fingerprint, from_source,
              shortages.empty() ? nullptr : &shortages};
    }
    std::vector<Event> views() const {
      std::vector<Event> events_now;
      for (const OwnedEvent& event : events) events_now.push_back(event.get());
      return events_now;
    }
  };

  void begin_command(const CommandHead& head) override {
    Recorded& record = *commands_.emplace_back(std::make_unique<Recorded>());
    record.type = head.type;
    record.source = head.source;
    record.key = head.idempotency_key;
    record.key_2 = head.idempotency_key_2;
    record.fingerprint = head.fingerprint;
    record.from_source = head.from_source;
    if (head.shortages != nullptr) record.shortages = *head.shortages;
  }
  void append(const Event& event) override { commands_.back()->events.emplace_back(event); }
  void end_command() override {}

  size_t size() const { return commands_.size(); }
  const Recorded& command(size_t index) const { return *commands_[index]; }
  const Recorded& last() const { return *commands_.back(); }
  /// The command whose first event has that seq; null when there is none.
  const Recorded* starting_at(Seq seq) const {
    for (const auto& record : commands_) {
      if (record->events.front()->seq == seq) return record.get();
    }
    return nullptr;
  }
  /// Every event so far, in order.
  std::vector<Event> events() const {
    std::vector<Event> all;
    for (const auto& record : commands_) {
      for (const OwnedEvent& event : record->events) all.push_back(event.get());
    }
    return all;
  }
  /// Plays every command into `ledger`, as recovery does. REQUIRES: its last_seq() is the seq before.
  void replay_into(Ledger& ledger, size_t from_command = 0) const {
    for (size_t i = from_command; i < commands_.size(); ++i) {
      const Recorded& record = *commands_[i];
      const Event& first = record.events.front().get();
      ledger.begin_command(record.head(), first.seq, first.recorded_at);
      for (const OwnedEvent& event : record.events) ledger.apply(event.get());
      ledger.end_command();
    }
  }
  void clear() { commands_.clear(); }

 private:
  std::vector<std::unique_ptr<Recorded>> commands_;
};

}  // namespace holdfast::ledger
