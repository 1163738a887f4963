// What intake asks of a connector that brings events in: verify and map a signed delivery (push sources),
// or poll a batch and later acknowledge it (pull sources, from Kafka on).
//
// Mapping is pure: bytes in, commands out, no memory of earlier deliveries. Thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/command.h"
#include "model/observed_level.h"

namespace holdfast::intake {

/// A signed HTTP delivery as it came in.
struct Delivery {
  std::string_view body;  ///< raw bytes, what the signature is over
  std::vector<std::pair<std::string, std::string>> headers;  ///< names lower-case
  Timestamp received_at;
};

/// A delivery, verified and mapped. Each command has `source`, `from_source` and its keys set.
struct Mapped {
  std::vector<Command> commands;
  std::vector<std::string> items;  ///< JSON text of each command's item: what is parked if it is refused
  /// Why (some of) it cannot be booked: such items are parked with the reason, and the sender gets 2xx.
  struct Parked {
    Error reason;
    std::string item;  ///< JSON text
  };
  std::vector<Parked> parked;
  size_t observations = 0;  ///< numbers the sender keeps itself of our stock: counted, they never move it
  std::vector<ObservedLevel> observed;  ///< those of them whose SKU is known
  std::string delivery_id;
  /// What map_kept() makes the same of again; kept with what is parked. Nothing in it that a parked
  /// item may not hold.
  std::string kept;
};

/// Gives `command` keys made of its old ones and of what it says: told again with more it is new,
/// told again with the same a duplicate. Not of `order.reassigned`, which counts once by its key alone.
void rekey_by_content(Command* command);

class PushSource {
 public:
  virtual ~PushSource() = default;
  virtual const std::string& name() const = 0;
  /// kUnauthorized: the signature does not verify (answer 401 without detail). kMalformedJson: not JSON.
  virtual Result<Mapped> receive(const Delivery& delivery) = 0;
  /// A delivery that was received before, by its `kept`, mapped as the configuration is now. No
  /// signature is checked: it was, when it came. Facts that count once by themselves (numbers that
  /// are totals, documents with ids) get keys by their content, for the first telling may have
  /// booked only a part of them; deltas keep their keys, so that what was booked stays booked once.
  virtual Result<Mapped> map_kept(std::string_view kept) = 0;
};

}  // namespace holdfast::intake
