// A log of records in memory that several writers share, as they share a table: for tests. The
// records outlive every log that was opened on them. Thread-safe; each log is not.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "io/record_log.h"

namespace holdfast::io {

class MemoryRecords {
 public:
  /// `may_write` is asked at each append: false is kInUse. Null: everybody may, after catching up.
  OpenRecords opener(std::function<bool()> may_write = nullptr) {
    return [this, may_write = std::move(may_write)](
               RecordVisitor visit) -> Result<std::unique_ptr<RecordLog>> {
      auto log = std::make_unique<Log>(*this, may_write, std::move(visit));
      HF_TRY(log->catch_up([] {}));
      return log;
    };
  }

 private:
  class Log final : public RecordLog {
   public:
    Log(MemoryRecords& records, std::function<bool()> may_write, RecordVisitor visit)
        : shared_(records), may_write_(std::move(may_write)), visit_(std::move(visit)) {}

    Status append(std::string_view payload) override { return write(payload, false); }
    Status replace(std::string_view payload) override { return write(payload, true); }
    uint64_t bytes() const override {
      std::lock_guard lock(shared_.mutex_);
      uint64_t sum = 0;
      for (const std::string& record : shared_.records_) sum += record.size();
      return sum;
    }
    bool shared() const override { return true; }
    Status catch_up(const std::function<void()>& begin_anew) override {
      std::lock_guard lock(shared_.mutex_);
      const bool anew = first_ != shared_.first_ && seen_ > 0;
      if (anew) begin_anew();
      const uint64_t from = first_ == shared_.first_ ? seen_ : shared_.first_;
      for (uint64_t at = from; at < shared_.end(); ++at)
        visit_(shared_.records_[at - shared_.first_]);
      first_ = shared_.first_;
      seen_ = shared_.end();
      return {};
    }

   private:
    Status write(std::string_view payload, bool alone) {
      std::lock_guard lock(shared_.mutex_);
      if (may_write_ && !may_write_()) return fail(ErrorCode::kInUse, "another one may write now");
      // Who is fenced is the only one that writes.
      if (!may_write_ && seen_ != shared_.end())
        return fail(ErrorCode::kBasisMoved, "another one wrote first");
      if (alone) {
        shared_.first_ = shared_.end();
        shared_.records_.clear();
      }
      shared_.records_.emplace_back(payload);
      first_ = shared_.first_;
      seen_ = shared_.end();
      return {};
    }

    MemoryRecords& shared_;
    const std::function<bool()> may_write_;
    const RecordVisitor visit_;
    uint64_t first_ = 0;
    uint64_t seen_ = 0;  ///< number of the first record that was not visited
  };

  uint64_t end() const { return first_ + records_.size(); }

  std::mutex mutex_;                  ///< guards what follows
  std::vector<std::string> records_;  ///< number first_ and on
  uint64_t first_ = 0;
};

}  // namespace holdfast::io
