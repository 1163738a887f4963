// RecordKeeper: an EventSink that keeps what a group decided as the shared log's table has it:
// columns per event, and the whole command as bytes in the row of its first event.
//
// Used by engine's SharedWriter. Confined to one thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/stored_rows.h"
#include "store/event_codec.h"

namespace holdfast::store {

class RecordKeeper final : public EventSink {
 public:
  explicit RecordKeeper(Timestamp time) : time_(time) {}

  void begin_command(const CommandHead& head) override {
    payload_.clear();
    first_ = events_.size();
    ++commands_;
    writer_.emplace(&payload_, time_);
    writer_->begin_command(head);
  }
  void append(const Event& event) override {
    writer_->append(event, {});
    bytes_ += kColumnBytes;
    events_.push_back({OwnedEvent(event), {}});
  }
  void end_command() override {
    writer_->end_command();
    bytes_ += payload_.size();
    events_[first_].record = std::move(payload_);
  }

  bool empty() const { return events_.empty(); }
  size_t bytes() const { return bytes_; }
  size_t commands() const { return commands_; }
  size_t events() const { return events_.size(); }
  std::vector<StoredEvent> take() { return std::move(events_); }

 private:
  static constexpr size_t kColumnBytes = 128;  // about what an event's columns take

  const Timestamp time_;
  std::string payload_;
  std::optional<PayloadWriter> writer_;
  std::vector<StoredEvent> events_;
  size_t first_ = 0;
  size_t commands_ = 0;
  size_t bytes_ = 0;
};

}  // namespace holdfast::store
