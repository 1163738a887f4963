#include "store/journal/helper.h"

#include <chrono>
#include <utility>

namespace holdfast::store {
namespace {

constexpr auto kMarkInterval = std::chrono::seconds(1);
constexpr auto kRetryWhenFull = std::chrono::milliseconds(200);

}  // namespace

JournalHelper::JournalHelper(io::FileSystem& files, const std::string& directory,
                             uint64_t segment_bytes, uint64_t bytes_per_s, DurableMark mark,
                             uint64_t ready, uint64_t in_use)
    : segment_bytes_(segment_bytes),
      bytes_per_s_(bytes_per_s),
      maker_(files, directory, segment_bytes),
      mark_(std::move(mark)),
      ready_(ready),
      in_use_(in_use) {}

JournalHelper::~JournalHelper() { stop(); }

void JournalHelper::start_thread() {
  thread_ = std::thread([this] { run(); });
}

void JournalHelper::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return;
    is_stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  const std::optional<MarkedPoint> last = std::exchange(to_mark_, std::nullopt);
  if (last && !broken_) (void)mark_.write(*last);  // a mark that lags only checks less
}

void JournalHelper::run() {
  auto next_mark = std::chrono::steady_clock::now() + kMarkInterval;
  std::unique_lock lock(mutex_);
  while (!is_stopping_ && !broken_) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= next_mark && to_mark_) {
      next_mark = now + kMarkInterval;
      const MarkedPoint point = *std::exchange(to_mark_, std::nullopt);
      lock.unlock();
      const Status written = mark_.write(point);
      lock.lock();
      if (!written) broken_ = written.error();
      continue;
    }
    if (!wants_spare() || is_full_) {
      // woken by use_segment, mark_durable after a second, wait_for_segment or stop; a full disk is tried again
      const auto until = is_full_ ? now + kRetryWhenFull : std::max(next_mark, now + kRetryWhenFull);
      changed_.wait_until(lock, until);
      if (is_full_ && std::chrono::steady_clock::now() < until) continue;
      if (!wants_spare()) continue;
    }
    lock.unlock();
    step();
    lock.lock();
    const bool is_paced = bytes_per_s_ > 0 && !is_waited_for_ && !is_full_;
    if (!is_paced) continue;
    const auto pause = std::chrono::microseconds(SpareMaker::kStepBytes * 1'000'000 / bytes_per_s_);
    changed_.wait_for(lock, pause, [this] { return is_stopping_ || is_waited_for_; });
  }
  changed_.notify_all();
}

// One step of the spare. REQUIRES: the mutex is not held.
bool JournalHelper::step() {
  uint64_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    if (!wants_spare() || broken_) return false;
    number = ready_ + 1;
  }
  const Result<bool> done = maker_.step(number);
  {
    const std::lock_guard lock(mutex_);
    if (done && *done) ready_ = number;
    is_full_ = !done && done.error().code == ErrorCode::kNoSpace;
    if (!done && !is_full_) broken_ = done.error();
  }
  changed_.notify_all();
  return true;
}

bool JournalHelper::do_work() {
  if (step()) return true;
  std::optional<MarkedPoint> point;
  {
    const std::lock_guard lock(mutex_);
    if (broken_) return false;
    point = std::exchange(to_mark_, std::nullopt);
  }
  if (!point) return false;
  const Status written = mark_.write(*point);
  if (!written) {
    const std::lock_guard lock(mutex_);
    broken_ = written.error();
  }
  return true;
}

Status JournalHelper::wait_for_segment(uint64_t number) {
  std::unique_lock lock(mutex_);
  is_waited_for_ = true;
  changed_.notify_all();
  bool was_full = false;
  while (ready_ < number && !broken_ && !is_stopping_) {
    if (thread_.joinable()) {
      if (is_full_ && was_full) break;  // tried again, and still no room
      was_full = is_full_;
      changed_.wait(lock);
      continue;
    }
    lock.unlock();
    step();
    lock.lock();
    if (is_full_) break;
  }
  is_waited_for_ = false;
  if (ready_ >= number) return {};
  if (broken_) return fail(*broken_);
  return fail(ErrorCode::kNoSpace,
              "the disk is full and the last segment too: free disk space and start again");
}

void JournalHelper::use_segment(uint64_t number) {
  {
    const std::lock_guard lock(mutex_);
    if (number == in_use_) return;
    in_use_ = number;
  }
  changed_.notify_all();
}

void JournalHelper::mark_durable(const MarkedPoint& point) {
  const std::lock_guard lock(mutex_);
  to_mark_ = point;
}

bool JournalHelper::has_room() const {
  const std::lock_guard lock(mutex_);
  return !(is_full_ && wants_spare());
}

}  // namespace holdfast::store
