// FeedSource over an event store. Made by app; the store outlives it. Thread-safe.
#pragma once

#include "feed/feed_source.h"
#include "store/event_log.h"

namespace holdfast::feed {

class LogFeedSource final : public FeedSource {
 public:
  explicit LogFeedSource(store::EventLog& store) : store_(store) {}

  const std::string& ledger_id() const override { return store_.identity().ledger_id; }
  uint32_t incarnation() const override { return store_.identity().incarnation; }
  std::span<const Restore> restores() const override { return store_.identity().restored; }
  std::optional<Seq> shared_with(uint32_t seen) const override {
    const store::LedgerIdentity& identity = store_.identity();
    return identity.descends_from(seen) ? identity.shared_with(seen) : std::nullopt;
  }
  Seq durable_seq() const override { return store_.durable_seq(); }
  Result<FeedPage> read(Seq after, size_t bytes_max) override;
  uint64_t subscribe(std::function<void(Seq durable)> listener) override {
    return store_.subscribe(std::move(listener));
  }
  void unsubscribe(uint64_t id) override { store_.unsubscribe(id); }

 private:
  store::EventLog& store_;
};

}  // namespace holdfast::feed
