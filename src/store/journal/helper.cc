#include "store/journal/helper.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace holdfast::store {
namespace {

constexpr auto kMarkInterval = std::chrono::seconds(1);
constexpr auto kRetryWhenFull = std::chrono::milliseconds(200);
// While more than half of the segment in use is left, spares are filled at this share of the pace: the
// disk is the log's.
constexpr uint64_t kEarlyPaceShare = 8;
constexpr auto kLookAround = std::chrono::milliseconds(200);

}  // namespace

JournalHelper::JournalHelper(io::FileSystem& files, const std::string& directory,
                             HelperOptions options, DurableMark mark, HelperStart start)
    : options_(std::move(options)),
      maker_(files, directory, options_.segment_bytes),
      mark_(std::move(mark)),
      ready_(start.ready),
      in_use_(start.in_use),
      bytes_left_(start.bytes_left) {}

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
  auto next_try = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  while (!is_stopping_ && !broken_) {
    const auto now = std::chrono::steady_clock::now();
    if (to_mark_ && now >= next_mark) {
      next_mark = now + kMarkInterval;
      const MarkedPoint point = *std::exchange(to_mark_, std::nullopt);
      lock.unlock();
      write_mark(point);
      lock.lock();
      continue;
    }
    if (!wants_spare() || now < next_try) {
      // woken by use_segment, wait_for_segment or stop; looks for marks and for room by itself
      changed_.wait_until(lock, wants_spare() ? next_try : std::max(next_mark, now + kLookAround));
      continue;
    }
    lock.unlock();
    const Step did = step();
    lock.lock();
    if (did == Step::kNoSpace) next_try = std::chrono::steady_clock::now() + kRetryWhenFull;
    if (did != Step::kDone || options_.bytes_per_s == 0 || is_waited_for_) continue;
    changed_.wait_for(lock, pause_after_step(), [this] { return is_stopping_ || is_waited_for_; });
  }
  changed_.notify_all();
}

// REQUIRES: the mutex is held.
std::chrono::microseconds JournalHelper::pause_after_step() const {
  const bool is_early = bytes_left_ > options_.segment_bytes / 2;
  const uint64_t pace = is_early ? options_.bytes_per_s / kEarlyPaceShare : options_.bytes_per_s;
  return std::chrono::microseconds(SpareMaker::kStepBytes * 1'000'000 / std::max<uint64_t>(pace, 1));
}

// One step of the spare. REQUIRES: the mutex is not held.
JournalHelper::Step JournalHelper::step() {
  uint64_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    if (!wants_spare() || broken_) return Step::kNothing;
    number = ready_ + 1;
  }
  const Result<bool> done = maker_.step(number);
  const bool is_out_of_space = !done && done.error().code == ErrorCode::kNoSpace;
  bool has_just_run_full = false;
  {
    const std::lock_guard lock(mutex_);
    if (done && *done) {
      ready_ = number;
      is_full_ =
          false;  // only a whole spare is room: a step that succeeds on the way to one is not
    } else if (is_out_of_space) {
      has_just_run_full = !std::exchange(is_full_, true);
    } else if (!done) {
      broken_ = done.error();
    }
  }
  changed_.notify_all();
  if (done) return Step::kDone;
  if (!is_out_of_space) {
    if (options_.on_fatal) options_.on_fatal(done.error());
    return Step::kFailed;
  }
  if (has_just_run_full && options_.on_warning) options_.on_warning(done.error());
  return Step::kNoSpace;
}

// The mark only checks what the log holds: one that cannot be written is none, and no reason to
// stop.
void JournalHelper::write_mark(const MarkedPoint& point) {
  const Status written = mark_.write(point);
  if (written) return;
  if (written.error().code != ErrorCode::kNoSpace) mark_.give_up();
  if (options_.on_warning) options_.on_warning(written.error());
}

bool JournalHelper::do_work() {
  if (const Step did = step(); did == Step::kDone || did == Step::kFailed) return true;
  std::optional<MarkedPoint> point;
  {
    const std::lock_guard lock(mutex_);
    if (broken_) return false;
    point = std::exchange(to_mark_, std::nullopt);
  }
  if (!point) return false;
  write_mark(*point);
  return true;
}

Status JournalHelper::wait_for_segment(uint64_t number) {
  std::unique_lock lock(mutex_);
  is_waited_for_ = true;
  changed_.notify_all();
  Step did = Step::kDone;
  while (ready_ < number && !broken_ && !is_stopping_ && did != Step::kNoSpace) {
    if (thread_.joinable()) {
      changed_.wait(lock);
      continue;
    }
    lock.unlock();
    did = step();
    lock.lock();
  }
  is_waited_for_ = false;
  if (ready_ >= number) return {};
  if (broken_) return fail(*broken_);
  return fail(ErrorCode::kNoSpace, "the disk is full and the last segment too: free disk space");
}

void JournalHelper::use_segment(uint64_t number) {
  {
    const std::lock_guard lock(mutex_);
    if (number == in_use_) return;
    in_use_ = number;
    bytes_left_ = options_.segment_bytes;
  }
  changed_.notify_all();
}

void JournalHelper::mark_durable(const MarkedPoint& point, uint64_t bytes_left) {
  const std::lock_guard lock(mutex_);
  to_mark_ = point;
  bytes_left_ = bytes_left;
}

bool JournalHelper::has_room() const {
  const std::lock_guard lock(mutex_);
  return !is_full_ || bytes_left_ >= options_.segment_bytes;
}

}  // namespace holdfast::store
