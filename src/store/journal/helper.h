// What runs beside the log: makes spares, rewrites durable.mark. By a thread of its own, or step by
// step.
//
// A full disk is a state here, never an error: it begins when a spare cannot be made and ends when
// one is whole. In between the segment in use is the reserve of what frees units.
//
// Used by Journal. do_work() is confined to one thread at a time; the rest is thread-safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/result.h"
#include "store/journal/directory_files.h"
#include "store/journal/spare_maker.h"

namespace holdfast::store {

struct HelperOptions {
  uint64_t segment_bytes = 0;
  uint64_t bytes_per_s = 0;                      ///< highest pace of filling spares; 0 = at full speed
  std::function<void(const Error&)> on_fatal;    ///< a spare failed with kIo; called once, or empty
  std::function<void(const Error&)> on_warning;  ///< the disk ran full, a mark was lost; or empty
};

/// Where the log stands when the helper takes over.
struct HelperStart {
  uint64_t ready = 0;       ///< the highest segment number there is
  uint64_t in_use = 0;      ///< the segment groups go to
  uint64_t bytes_left = 0;  ///< behind the last group in that one
};

class JournalHelper {
 public:
  /// Keeps one spare beyond the segment in use.
  JournalHelper(io::FileSystem& files, const std::string& directory, HelperOptions options,
                DurableMark mark, HelperStart start);
  ~JournalHelper();

  void start_thread();
  /// Ends the thread, and writes the mark a last time.
  void stop();

  /// One step; true if it got anything done. Without a thread.
  bool do_work();

  /// Waits until segment `number` is there, however long the disk stays full. Without a thread it
  /// is made here, and kNoSpace says that it cannot be now. kIo is final.
  Status wait_for_segment(uint64_t number);
  /// `number` is being written now: the one after it is the spare to make.
  void use_segment(uint64_t number);
  /// The group that ends at `point` is durable; `bytes_left` remain in the segment in use.
  void mark_durable(const MarkedPoint& point, uint64_t bytes_left);
  /// False from the moment a spare cannot be made until one is whole, unless a whole segment is
  /// left.
  bool has_room() const;

 private:
  enum class Step { kNothing, kDone, kNoSpace, kFailed };

  void run();
  Step step();
  std::chrono::microseconds pause_after_step() const;
  void write_mark(const MarkedPoint& point);
  bool wants_spare() const { return ready_ < in_use_ + 1; }

  const HelperOptions options_;
  SpareMaker maker_;  // confined to do_work
  DurableMark mark_;  // confined to do_work

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t ready_;  // guarded by mutex_, as all below
  uint64_t in_use_;
  uint64_t bytes_left_;
  bool is_waited_for_ = false;
  bool is_full_ = false;
  bool is_stopping_ = false;
  std::optional<Error> broken_;
  std::optional<MarkedPoint> to_mark_;
  std::thread thread_;
};

}  // namespace holdfast::store
