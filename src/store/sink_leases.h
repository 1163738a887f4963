// What the couriers of many nodes share about each sink: who serves it, what it has taken, and what
// operators asked of it. One row, one log and one list per sink, all in the ledger's database.
//
// Used by feed. Implementations: memory/ (tests), postgres/. Thread-safe; every call may block for
// a round trip. No call compares clocks of machines: see feed/sink_election.h.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "io/record_log.h"

namespace holdfast::store {

/// Who serves a sink, as of one moment.
struct SinkLeaseRow {
  uint64_t epoch = 0;     ///< rises whenever the sink is taken
  uint64_t beat = 0;      ///< rises whenever the lease is renewed
  std::string owner;      ///< the node process; empty: nobody, it was given back
  std::string address;    ///< where the owner listens, for people
  std::string report;     ///< what the owner said of itself at its last renewal: feed/sink_report.h
  uint64_t finished = 0;  ///< operations up to this number are done, and that is durable
  bool same_turn(const SinkLeaseRow& other) const {
    return epoch == other.epoch && beat == other.beat && owner == other.owner;
  }
};

/// Something an operator asked of a sink. `payload`: feed/sink_operation.h.
struct AskedOperation {
  uint64_t number = 0;  ///< rises
  std::string payload;
};

class SinkLeases {
 public:
  virtual ~SinkLeases() = default;

  /// The row now; one that was never taken is there with epoch 0 and nobody.
  virtual Result<SinkLeaseRow> look(const std::string& sink) = 0;
  /// Takes the sink with epoch `seen.epoch + 1` if its row still has the epoch, the beat and the
  /// owner of `seen`; false: it has moved. An error tells nothing about whether it was taken.
  virtual Result<bool> take(const std::string& sink, const SinkLeaseRow& seen) = 0;
  /// Raises the beat of one's own row; false: it is another's, or of another epoch.
  virtual Result<bool> renew(const std::string& sink, uint64_t epoch,
                             const std::string& report) = 0;
  /// Gives one's own row back: anybody may take it at once.
  virtual Status release(const std::string& sink, uint64_t epoch) = 0;

  /// What the sink has taken. Its append() and replace() are kInUse once the row is another's or of
  /// another epoch, and nothing is written then. Epoch 0: to be read alone.
  virtual io::OpenRecords cursor(const std::string& sink, uint64_t epoch) = 0;

  /// Durable on return; returns its number.
  virtual Result<uint64_t> ask(const std::string& sink, std::string payload) = 0;
  /// What was asked after this number, oldest first.
  virtual Result<std::vector<AskedOperation>> asked(const std::string& sink, uint64_t after) = 0;
  /// Operations up to this number are done, and the report is what came of them. false: the row is
  /// another's, or of another epoch.
  virtual Result<bool> finish(const std::string& sink, uint64_t epoch, uint64_t number,
                              const std::string& report) = 0;

  /// This process, as in SinkLeaseRow::owner. Different for every process there ever was.
  virtual const std::string& me() const = 0;
  /// Where this node listens, as in SinkLeaseRow::address.
  virtual const std::string& address() const = 0;
};

}  // namespace holdfast::store
