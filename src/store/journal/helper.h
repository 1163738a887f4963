// What runs beside the log: makes spares, rewrites durable.mark. By a thread of its own, or step by step.
//
// Used by Journal. do_work() is confined to one thread at a time; the rest is thread-safe.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/result.h"
#include "store/journal/directory_files.h"
#include "store/journal/spare_maker.h"

namespace holdfast::store {

class JournalHelper {
 public:
  /// `ready`: the highest segment number there is. Keeps one spare beyond the segment in use.
  JournalHelper(io::FileSystem& files, const std::string& directory, uint64_t segment_bytes,
                uint64_t bytes_per_s, DurableMark mark, uint64_t ready, uint64_t in_use);
  ~JournalHelper();

  void start_thread();
  /// Ends the thread, and writes the mark a last time.
  void stop();

  /// One step; true if there was anything to do. Without a thread.
  bool do_work();

  /// Waits until segment `number` is there. Without a thread it is made here. kNoSpace; kIo is final.
  Status wait_for_segment(uint64_t number);
  /// `number` is being written now: the one after it is the spare to make.
  void use_segment(uint64_t number);
  void mark_durable(const MarkedPoint& point);
  /// False while a spare is wanted and there is no space for it.
  bool has_room() const;

 private:
  void run();
  bool step();
  bool wants_spare() const { return ready_ < in_use_ + 1; }

  const uint64_t segment_bytes_;
  const uint64_t bytes_per_s_;
  SpareMaker maker_;          // confined to do_work
  DurableMark mark_;          // confined to do_work

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t ready_;                        // guarded by mutex_, as all below
  uint64_t in_use_;
  bool is_waited_for_ = false;
  bool is_full_ = false;
  bool is_stopping_ = false;
  std::optional<Error> broken_;
  std::optional<MarkedPoint> to_mark_;
  std::thread thread_;
};

}  // namespace holdfast::store
