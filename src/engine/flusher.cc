#include "engine/flusher.h"

#include <utility>

namespace holdfast::engine {

Flusher::Flusher(store::EventStore& store, const Clock& clock, Releaser& releaser,
                 EngineMetrics& metrics, std::function<void()> finished)
    : store_(store),
      clock_(clock),
      releaser_(releaser),
      metrics_(metrics),
      finished_(std::move(finished)) {}

Status Flusher::flush(SealedGroup& group) {
  HF_TRY(make_durable(group));
  releaser_.release(group.answers);
  return {};
}

Status Flusher::make_durable(const SealedGroup& group) {
  const Duration begin = clock_.boot();
  HF_TRY(store_.flush_group());
  metrics_.flush.observe(static_cast<uint64_t>(clock_.boot() - begin));
  metrics_.groups.add();
  metrics_.events.add(group.events);
  metrics_.group_commands.observe(group.commands);
  metrics_.durable_seq.set(static_cast<int64_t>(group.last_seq));
  return {};
}

void Flusher::hand_over(SealedGroup group) {
  group_ = std::move(group);
  state_.store(kGiven, std::memory_order_release);
  ring();
}

std::optional<Status> Flusher::take_result() {
  if (state_.load(std::memory_order_acquire) != kDone) return std::nullopt;
  group_.answers.clear();  // only there after an error: their outcome is unknown
  state_.store(kIdle, std::memory_order_relaxed);
  return std::exchange(result_, {});
}

bool Flusher::do_work() {
  if (state_.load(std::memory_order_acquire) != kGiven) return false;
  result_ = make_durable(group_);
  std::vector<Submission> answers;
  if (result_) answers = std::move(group_.answers);
  // The sequencer may seal and hand over the next group while these answers are still being
  // released.
  state_.store(kDone, std::memory_order_release);
  finished_();
  releaser_.release(answers);
  return true;
}

void Flusher::start() {
  thread_ = std::thread([this] { run(); });
}

void Flusher::run() {
  for (;;) {
    const uint32_t heard = rings_.load(std::memory_order_acquire);
    if (stopping_.load(std::memory_order_acquire)) return;
    if (!do_work()) rings_.wait(heard, std::memory_order_acquire);
  }
}

void Flusher::stop() {
  if (!thread_.joinable()) return;
  stopping_.store(true, std::memory_order_release);
  ring();
  thread_.join();
}

void Flusher::ring() {
  rings_.fetch_add(1, std::memory_order_release);
  rings_.notify_one();
}

}  // namespace holdfast::engine
