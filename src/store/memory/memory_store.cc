#include "store/memory/memory_store.h"

#include <algorithm>

#include "base/invariant.h"

namespace holdfast::store {

MemoryStore::MemoryStore(LedgerIdentity identity) : identity_(std::move(identity)) {}

GroupWriter& MemoryStore::begin_group(Timestamp log_time) {
  encoder_.start(last_seq_ + 1, log_time);
  return encoder_;
}

bool MemoryStore::seal_group() {
  if (encoder_.commands() == 0) return false;
  const std::lock_guard lock(mutex_);
  INVARIANT(!sealed_.has_value(), "a group was sealed before the one before was flushed");
  sealed_ = encoder_.take();
  last_seq_ = sealed_->last_seq;
  chains_.seal_group();
  return true;
}

Status MemoryStore::flush_group() {
  Seq durable = 0;
  {
    const std::lock_guard lock(mutex_);
    INVARIANT(sealed_.has_value(), "flush_group without a sealed group");
    durable = sealed_->last_seq;
    groups_.push_back(std::make_shared<const GroupView>(std::move(*sealed_)));
    sealed_.reset();
    chains_.group_durable();
  }
  listeners_.tell(durable);
  return {};
}

Seq MemoryStore::durable_seq() const {
  const std::lock_guard lock(mutex_);
  return groups_.empty() ? 0 : groups_.back()->last_seq;
}

Timestamp MemoryStore::last_time() const {
  const std::lock_guard lock(mutex_);
  return groups_.empty() ? Timestamp{} : groups_.back()->time;
}

Result<std::shared_ptr<const GroupView>> MemoryStore::group_with(Seq seq) {
  const std::lock_guard lock(mutex_);
  const auto at = std::lower_bound(
      groups_.begin(), groups_.end(), seq,
      [](const std::shared_ptr<const GroupView>& group, Seq wanted) { return group->last_seq < wanted; });
  INVARIANT(at != groups_.end(), "seq {} is beyond the log", seq);
  return *at;
}

Result<Seq> MemoryStore::last_seq_at(Timestamp time) {
  const std::lock_guard lock(mutex_);
  const auto after = std::upper_bound(
      groups_.begin(), groups_.end(), time,
      [](Timestamp wanted, const std::shared_ptr<const GroupView>& group) { return wanted < group->time; });
  return after == groups_.begin() ? 0 : (*(after - 1))->last_seq;
}

Result<LogBatch> MemoryStore::read(Seq after, size_t bytes_max) { return reader_.read(after, bytes_max); }
Result<LogBatch> MemoryStore::read_command(Seq seq) { return reader_.read_command(seq); }
Status MemoryStore::walk_sku(const std::string& sku, Seq before_seq,
                             const std::function<bool(const Event&)>& visit) {
  return reader_.walk_sku(sku, before_seq, visit);
}
Status MemoryStore::walk_late_facts(const std::string& sku, Seq after_seq, Timestamp time,
                                    const std::function<bool(const Event&)>& visit) {
  return reader_.walk_late_facts(sku, after_seq, time, visit);
}
Result<std::vector<PlaceBalances>> MemoryStore::balances_after(const std::string& sku, Seq seq) {
  return reader_.balances_after(sku, seq);
}
Result<Seq> MemoryStore::seq_at(Timestamp time) { return last_seq_at(time); }
Status MemoryStore::replay(Seq after, LogVisitor& visitor) { return reader_.replay(after, visitor); }
uint64_t MemoryStore::subscribe(std::function<void(Seq durable)> listener) {
  return listeners_.add(std::move(listener));
}
void MemoryStore::unsubscribe(uint64_t id) { listeners_.remove(id); }

}  // namespace holdfast::store
