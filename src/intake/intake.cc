#include "intake/intake.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <optional>
#include <thread>

#include <fmt/format.h>

namespace holdfast::intake {
namespace {

constexpr size_t kParkQueueMax = 4'096;
/// What other nodes parked is seen here within a second.
constexpr std::chrono::milliseconds kRefreshEvery{500};

/// The ledger cannot take it now: nothing is parked, the sender tries again with the same keys.
bool is_temporary(ErrorCode code) {
  return code >= ErrorCode::kOverloaded && code < ErrorCode::kUnmappedLocation;
}

}  // namespace

struct Intake::Source {
  std::unique_ptr<PushSource> connector;
  std::atomic<uint64_t> deliveries{0}, unauthorized{0}, recorded{0}, duplicates{0}, observed{0};
  std::atomic<uint64_t> unnamed{0};
  std::atomic<bool> paused{false};
  std::mutex mutex;
  std::string last_error;  ///< guarded by mutex

  void remember_error(std::string text) {
    std::lock_guard lock(mutex);
    last_error = std::move(text);
  }
};

/// One delivery on its way: what it came to so far, and whom to tell.
struct Intake::Receipt {
  Source* source = nullptr;
  Reply reply;
  std::vector<ParkedItem> parked;
  std::vector<std::string> items;  ///< by command: what to park if it is refused
  std::string delivery_id;
  std::shared_ptr<const std::string> kept;
  Timestamp at;  ///< when the delivery came; told again, when it came first
  std::optional<uint64_t> redelivers;  ///< what is parked of this delivery is replaced
  Done done;
};

/// The thread that makes parked deliveries durable: an engine thread must not wait for a disk.
struct Intake::Parker {
  explicit Parker(std::unique_ptr<ParkedFile> owned)
      : file(std::move(owned)), thread([this] { run(); }) {}
  ~Parker() {
    {
      std::lock_guard lock(mutex);
      stopping = true;
    }
    changed.notify_all();
    thread.join();
  }

  /// False when too many wait already.
  bool put(std::shared_ptr<Receipt> receipt) {
    {
      std::lock_guard lock(mutex);
      if (waiting.size() >= kParkQueueMax) return false;
      waiting.push_back(std::move(receipt));
    }
    changed.notify_all();
    return true;
  }

  void run() {
    std::unique_lock lock(mutex);
    while (true) {
      const auto has_work = [this] { return stopping || !waiting.empty(); };
      if (!file->shared()) {
        changed.wait(lock, has_work);
      } else if (!changed.wait_for(lock, kRefreshEvery, has_work)) {
        lock.unlock();
        (void)file->refresh();  // an error is met again, and told, where something is to be parked
        lock.lock();
        continue;
      }
      if (waiting.empty()) return;
      const std::deque<std::shared_ptr<Receipt>> batch = std::exchange(waiting, {});
      lock.unlock();
      park(batch);
      lock.lock();
    }
  }

  /// One flush for everything that waits to be parked, and one for each that is parked no longer.
  void park(const std::deque<std::shared_ptr<Receipt>>& batch) {
    std::vector<ParkedItem> items;
    for (const auto& receipt : batch) {
      if (receipt->redelivers) continue;
      items.insert(items.end(), receipt->parked.begin(), receipt->parked.end());
    }
    const Status appended = file->append(items);
    for (const auto& receipt : batch) {
      const Status kept = receipt->redelivers ? file->replace(receipt->source->connector->name(),
                                                              *receipt->redelivers, receipt->parked)
                                              : appended;
      if (!kept) {
        receipt->source->remember_error(kept.error().detail);
        receipt->reply.error = {ErrorCode::kStorageFull, kept.error().detail, {}};
      }
      receipt->done(std::move(receipt->reply));
    }
  }

  std::unique_ptr<ParkedFile> file;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::shared_ptr<Receipt>> waiting;
  bool stopping = false;
  std::thread thread;
};

Intake::Intake(CommandPort& port, std::unique_ptr<ParkedFile> parked, const Clock& clock)
    : port_(port), clock_(clock), parker_(std::make_unique<Parker>(std::move(parked))) {}

Intake::~Intake() = default;

void Intake::add(std::unique_ptr<PushSource> source) {
  auto added = std::make_unique<Source>();
  added->connector = std::move(source);
  sources_.push_back(std::move(added));
}

Intake::Source* Intake::find(const std::string& name) const {
  for (const auto& source : sources_) {
    if (source->connector->name() == name) return source.get();
  }
  return nullptr;
}

bool Intake::has(const std::string& name) const { return find(name) != nullptr; }

void Intake::receive(const std::string& name, const Delivery& delivery, Done done) {
  const auto refuse = [&](ErrorCode code, std::string detail) {
    done(Reply{{code, std::move(detail), {}}, 0, 0, 0});
  };
  Source* source = find(name);
  if (source == nullptr) return refuse(ErrorCode::kNotFound, "there is no source " + name);
  if (source->paused) {
    return refuse(ErrorCode::kOverloaded, "the source is paused: try again later");
  }
  Result<Mapped> mapped = source->connector->receive(delivery);
  if (!mapped) {
    if (mapped.error().code == ErrorCode::kUnauthorized) ++source->unauthorized;
    else source->remember_error(mapped.error().detail);
    return refuse(mapped.error().code, mapped.error().detail);
  }
  ++source->deliveries;
  source->observed += mapped->observations;
  source->unnamed += mapped->observations - mapped->observed.size();

  auto receipt = std::make_shared<Receipt>();
  receipt->source = source;
  receipt->at = clock_.wall();
  receipt->done = std::move(done);
  book(std::move(receipt), std::move(*mapped));
}

/// Submits what was mapped; the rest is parked once the outcome of this is known.
void Intake::book(std::shared_ptr<Receipt> receipt, Mapped mapped) {
  if (observer_ && !mapped.observed.empty()) observer_(mapped.observed);
  receipt->delivery_id = std::move(mapped.delivery_id);
  receipt->kept = std::make_shared<const std::string>(std::move(mapped.kept));
  for (Mapped::Parked& parked : mapped.parked) {
    receipt->parked.push_back({receipt->source->connector->name(), receipt->delivery_id,
                               parked.reason.code, parked.reason.detail, std::move(parked.item),
                               receipt->at, receipt->kept, 0});
  }
  if (mapped.commands.empty()) return finish(std::move(receipt));
  receipt->items = std::move(mapped.items);
  receipt->items.resize(mapped.commands.size());
  const bool taken = port_.submit(std::move(mapped.commands),
                                  [this, receipt](std::vector<Outcome> outcomes) mutable {
                                    settle(std::move(receipt), outcomes);
                                  });
  if (taken) return;
  const ErrorCode code =
      port_.draining() ? ErrorCode::kShuttingDown : ErrorCode::kOverloaded;
  receipt->done(Reply{{code, "the ledger cannot take it now: try again", {}}, 0, 0, 0});
}

void Intake::settle(std::shared_ptr<Receipt> receipt, const std::vector<Outcome>& outcomes) {
  for (size_t i = 0; i < outcomes.size(); ++i) {
    const Outcome& outcome = outcomes[i];
    switch (outcome.status) {
      case OutcomeStatus::kRecorded:
      case OutcomeStatus::kAccepted: ++(outcome.replayed ? receipt->reply.duplicates
                                                         : receipt->reply.recorded); break;
      case OutcomeStatus::kDuplicate: ++receipt->reply.duplicates; break;
      case OutcomeStatus::kRefused:
      case OutcomeStatus::kRejected:
      case OutcomeStatus::kParked:
        if (is_temporary(outcome.error.code)) {
          receipt->reply.error = outcome.error;
        } else {
          receipt->parked.push_back({receipt->source->connector->name(), receipt->delivery_id,
                                     outcome.error.code, outcome.error.detail, receipt->items[i],
                                     receipt->at, receipt->kept, 0});
        }
    }
  }
  receipt->source->recorded += receipt->reply.recorded;
  receipt->source->duplicates += receipt->reply.duplicates;
  finish(std::move(receipt));
}

/// Tells the sender, after what has to be parked is durable.
void Intake::finish(std::shared_ptr<Receipt> receipt) {
  receipt->reply.parked = receipt->parked.size();
  // To be told again as a whole: nothing is parked now, or it would be once more.
  const bool nothing_to_keep = receipt->parked.empty() && !receipt->redelivers;
  if (nothing_to_keep || receipt->reply.error.code != ErrorCode::kNone) {
    return receipt->done(std::move(receipt->reply));
  }
  if (!receipt->parked.empty()) receipt->source->remember_error(receipt->parked.back().reason);
  if (parker_->put(receipt)) return;
  receipt->done(Reply{{ErrorCode::kOverloaded, "too much waits to be parked: try again", {}}, 0, 0, 0});
}

// ---- parked deliveries, again -------------------------------------------------------------------

Result<Intake::Redelivered> Intake::redeliver(const std::string& name,
                                              const std::vector<std::string>& delivery_ids) {
  Source* source = find(name);
  if (source == nullptr) return fail(ErrorCode::kNotFound, "there is no source " + name);
  Redelivered sum;
  for (const ParkedItem& parked : parker_->file->deliveries(name)) {
    const bool asked = delivery_ids.empty() ||
                       std::ranges::find(delivery_ids, parked.delivery_id) != delivery_ids.end();
    if (!asked) continue;
    ++sum.deliveries;
    HF_ASSIGN(reply, redeliver_one(*source, parked));
    if (reply.error.code != ErrorCode::kNone) return std::unexpected(reply.error);
    sum.recorded += reply.recorded;
    sum.duplicates += reply.duplicates;
    sum.parked += reply.parked;
  }
  return sum;
}

Result<Reply> Intake::redeliver_one(Source& source, const ParkedItem& parked) {
  if (!parked.kept) return Reply{.parked = 1};  // there is only the item, not what it was part of
  HF_ASSIGN(mapped, source.connector->map_kept(*parked.kept));
  mapped.kept = *parked.kept;
  auto answered = std::make_shared<std::promise<Reply>>();
  std::future<Reply> answer = answered->get_future();
  auto receipt = std::make_shared<Receipt>();
  receipt->source = &source;
  receipt->redelivers = parked.delivery;
  receipt->at = parked.at;
  // It is as old as it was when it came: a delta whose key may be forgotten by now must not count again.
  for (Command& command : mapped.commands)
    if (!command.occurred_at.has_value()) command.occurred_at = parked.at;
  receipt->done = [answered = std::move(answered)](Reply reply) {
    answered->set_value(std::move(reply));
  };
  book(std::move(receipt), std::move(mapped));
  try {
    return answer.get();
  } catch (const std::future_error&) {  // dropped unanswered: the engine has ended
    return fail(ErrorCode::kShuttingDown, "the server is stopping: what is parked stays parked");
  }
}

std::vector<SourceStatus> Intake::status() const {
  std::vector<SourceStatus> all;
  for (const auto& source : sources_) {
    SourceStatus status;
    status.name = source->connector->name();
    status.deliveries = source->deliveries;
    status.unauthorized = source->unauthorized;
    status.recorded = source->recorded;
    status.duplicates = source->duplicates;
    status.observed = source->observed;
    status.unnamed = source->unnamed;
    status.parked = parker_->file->count(status.name);
    status.paused = source->paused;
    std::lock_guard lock(source->mutex);
    status.last_error = source->last_error;
    all.push_back(std::move(status));
  }
  return all;
}

Result<std::vector<ParkedItem>> Intake::parked(const std::string& name) const {
  if (!has(name)) return fail(ErrorCode::kNotFound, "there is no source " + name);
  return parker_->file->list(name);
}

Status Intake::pause(const std::string& name) {
  Source* source = find(name);
  if (source == nullptr) return fail(ErrorCode::kNotFound, "there is no source " + name);
  source->paused = true;
  return {};
}

Status Intake::resume(const std::string& name) {
  Source* source = find(name);
  if (source == nullptr) return fail(ErrorCode::kNotFound, "there is no source " + name);
  source->paused = false;
  return {};
}

}  // namespace holdfast::intake
