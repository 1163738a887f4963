// The way in for signed webhooks: verify and map (the connector), submit, answer once durable.
//
// Used by http (`POST /v1/sources/{name}`) and app. add() before the first receive(); then thread-safe.
// What cannot be booked is parked durably with its reason before the sender gets its 2xx.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/command_port.h"
#include "intake/parked_file.h"
#include "intake/source.h"

namespace holdfast::intake {

/// What the sender is told. `error.code` kNone = 2xx.
struct Reply {
  Error error{ErrorCode::kNone, {}, {}};
  size_t recorded = 0;
  size_t duplicates = 0;
  size_t parked = 0;
};

struct SourceStatus {
  std::string name;
  uint64_t deliveries = 0;     ///< since start, verified ones
  uint64_t unauthorized = 0;
  uint64_t recorded = 0;
  uint64_t duplicates = 0;
  uint64_t observed = 0;       ///< numbers read from the sender's own books, that moved nothing
  uint64_t unnamed = 0;        ///< … of items whose SKU nobody has told: compared with nothing
  uint64_t parked = 0;         ///< in the file, now
  std::string last_error;
  bool paused = false;
};

class Intake {
 public:
  using Done = std::move_only_function<void(Reply)>;

  /// Both outlive the intake, and so do the commands it submitted: drain the port first.
  Intake(CommandPort& port, std::unique_ptr<ParkedFile> parked, const Clock& clock);
  ~Intake();
  Intake(const Intake&) = delete;
  Intake& operator=(const Intake&) = delete;

  void add(std::unique_ptr<PushSource> source);
  /// Who hears of the numbers that senders keep themselves, on the thread that calls receive().
  using Observer = std::function<void(const std::vector<ObservedLevel>&)>;
  void on_observed(Observer observer) { observer_ = std::move(observer); }
  bool has(const std::string& name) const;

  /// Verifies, maps and submits on the caller's thread; `done` is called exactly once, on any thread
  /// (the caller's, an engine thread, or the parking thread), when everything told is durable. kNotFound
  /// for a source there is not; kUnauthorized without detail; kMalformedJson; kOverloaded, kStorageFull,
  /// kShuttingDown, kIdempotencyFull: the sender shall try again. `delivery` is not used after return.
  void receive(const std::string& name, const Delivery& delivery, Done done);

  /// What became of parked deliveries that were told again.
  struct Redelivered {
    size_t deliveries = 0;
    size_t recorded = 0;    ///< facts that are booked now
    size_t duplicates = 0;  ///< … that were already
    size_t parked = 0;      ///< items that still cannot be booked
  };
  /// Has what is parked mapped and booked anew, delivery by delivery; all of it, or of these
  /// delivery ids. What can be booked leaves the list durably; the rest stays, with its present
  /// reason. Idempotent. Waits for disk: not on an engine thread or an event loop. kNotFound;
  /// kOverloaded, kStorageFull, kShuttingDown …: what was redelivered before stands.
  Result<Redelivered> redeliver(const std::string& name,
                                const std::vector<std::string>& delivery_ids);

  std::vector<SourceStatus> status() const;
  Result<std::vector<ParkedItem>> parked(const std::string& name) const;
  /// A paused source answers 503, so its sender keeps what it has to tell.
  Status pause(const std::string& name);
  Status resume(const std::string& name);

 private:
  struct Source;
  struct Parker;
  struct Receipt;
  Source* find(const std::string& name) const;
  void book(std::shared_ptr<Receipt> receipt, Mapped mapped);
  Result<Reply> redeliver_one(Source& source, const ParkedItem& parked);
  void settle(std::shared_ptr<Receipt> receipt, const std::vector<Outcome>& outcomes);
  void finish(std::shared_ptr<Receipt> receipt);

  CommandPort& port_;
  const Clock& clock_;
  std::vector<std::unique_ptr<Source>> sources_;
  Observer observer_;
  std::unique_ptr<Parker> parker_;
};

}  // namespace holdfast::intake
