// Two sets of books for one day: every command that reaches the engine is recorded in the order the engine
// takes it, and given to the naive twin as well; in the end the two must agree to the unit.
//
// Recorder stands between the engine and everyone who submits (thread-safe). TwinBooks owns the twin and
// follows: record() by the recorder, note_time() by the log's follower, work() by its own thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/command_port.h"
#include "sim/twin.h"

namespace holdfast::app {

class TwinBooks {
 public:
  TwinBooks();
  ~TwinBooks();
  TwinBooks(const TwinBooks&) = delete;
  TwinBooks& operator=(const TwinBooks&) = delete;

  /// Commands the engine has taken, in its order. Returns the number to settle them by.
  uint64_t record(const std::vector<Command>& commands);
  /// The engine did not take what record() just numbered.
  void take_back(uint64_t number);
  /// What the engine answered.
  void settle(uint64_t number, const std::vector<Outcome>& outcomes);
  /// The command whose last event is `seq` was recorded at `time`.
  void note_time(Seq seq, Timestamp time);

  /// Waits until the twin has decided everything recorded; then ends its thread. What is submitted later is
  /// not the twin's business any more.
  void finish();
  bool finished() const;
  /// After finish(): the twin, for comparison, and where its answers differed from the engine's.
  sim::Twin& twin() { return twin_; }
  const std::vector<std::string>& differences() const { return differences_; }
  uint64_t decided() const { return decided_; }

 private:
  struct Answer {
    OutcomeStatus status = OutcomeStatus::kRejected;
    ErrorCode code = ErrorCode::kNone;
    Seq seq = 0;  ///< 0: nothing logged
  };
  struct Entry {
    std::vector<Command> commands;
    std::vector<Answer> answers;
    bool settled = false;
    bool taken_back = false;
  };
  void run();
  bool next_ready() const;
  void decide(const Entry& entry, const std::map<Seq, Timestamp>& times);

  sim::Twin twin_;
  Timestamp now_{0};
  std::vector<std::string> differences_;
  uint64_t decided_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Entry> entries_;         // guarded by mutex_, as is all below
  uint64_t first_number_ = 0;         // of entries_.front()
  std::map<Seq, Timestamp> times_;    // of commands not yet decided by the twin
  Timestamp last_time_;                 ///< of everything logged so far
  bool finishing_ = false;
  std::thread thread_;
};

class Recorder final : public CommandPort {
 public:
  Recorder(CommandPort& engine, TwinBooks& books) : engine_(engine), books_(books) {}

  bool submit(std::vector<Command> commands, CommandsDone done) override;
  bool query(Query query, QueryDone done) override {
    return engine_.query(std::move(query), std::move(done));
  }
  bool draining() const override { return engine_.draining(); }

 private:
  CommandPort& engine_;
  TwinBooks& books_;
  std::mutex order_;  ///< the order of recording is the order of submitting
};

/// Compares the twin's books with the ledger's through its port: every balance of every SKU, and every
/// channel's number. Returns what differs, at most 20 lines. REQUIRES: finish() was called.
std::vector<std::string> compare_books(CommandPort& ledger, TwinBooks& books);

}  // namespace holdfast::app
