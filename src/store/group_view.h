// One group of the log in memory: its bytes and where its commands start. Immutable, shared by readers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/event.h"

namespace holdfast::store {

struct GroupView {
  struct CommandAt {
    Seq first_seq = 0;
    uint32_t offset = 0;  ///< in the payload
  };
  std::shared_ptr<const std::string> bytes;
  size_t payload_at = 0;
  size_t payload_bytes = 0;
  Seq first_seq = 0;
  Seq last_seq = 0;
  Timestamp time;
  std::vector<CommandAt> commands;

  std::string_view payload() const {
    return std::string_view(*bytes).substr(payload_at, payload_bytes);
  }
  /// The command that contains `seq`. REQUIRES: first_seq ≤ seq ≤ last_seq.
  const CommandAt& command_with(Seq seq) const;
  /// Fills `commands` and `last_seq` from the payload; false when it is malformed.
  bool index_commands();
};

/// Where readers get groups from. Thread-safe.
class GroupSource {
 public:
  virtual ~GroupSource() = default;
  virtual Seq durable_seq() const = 0;
  /// The group with `seq`. REQUIRES: 1 ≤ seq ≤ durable_seq(). kIo, kCorrupt.
  virtual Result<std::shared_ptr<const GroupView>> group_with(Seq seq) = 0;
  /// The last durable seq of groups with log time ≤ time; 0 = none.
  virtual Result<Seq> last_seq_at(Timestamp time) = 0;
};

}  // namespace holdfast::store
