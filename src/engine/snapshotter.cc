#include "engine/snapshotter.h"

#include <string>
#include <utility>

namespace holdfast::engine {

Snapshotter::Snapshotter(ledger::Ledger& ledger, store::EventStore& store, SnapshotPort* port,
                         Worker& writer, Inbox& inbox, EngineMetrics& metrics,
                         SnapshotOptions options, Seq newest)
    : ledger_(ledger),
      store_(store),
      port_(port),
      writer_(writer),
      inbox_(inbox),
      metrics_(metrics),
      options_(options),
      counted_from_(newest),
      newest_(newest) {
  metrics_.snapshot_seq.set(static_cast<int64_t>(newest));
}

void Snapshotter::request() { requested_ = port_ != nullptr && ledger_.last_seq() > newest_; }

bool Snapshotter::due() const {
  if (port_ == nullptr || ledger_.last_seq() == newest_) return false;
  return requested_ || ledger_.last_seq() - counted_from_ >= options_.events_between ||
         bytes_since_ >= options_.bytes_between;
}

bool Snapshotter::turn(bool between_groups) {
  if (job_ == nullptr) {
    if (!between_groups || !due()) return false;
    begin();
    return true;
  }
  if (job_->failed.load(std::memory_order_acquire)) {
    end(false);
    return true;
  }
  if (!job_->all_rows_taken) return take_slice();
  if (!job_->finish_posted) {
    if (store_.durable_seq() < job_->seq) return false;
    job_->finish_posted = true;
    post([](Job& job) {
      const Status finished = job.file->finish(job.state_hash);
      if (finished) job.finished.store(true, std::memory_order_release);
      return finished;
    });
    return true;
  }
  if (!job_->finished.load(std::memory_order_acquire)) return false;
  end(true);
  return true;
}

void Snapshotter::begin() {
  job_ = std::make_shared<Job>();
  job_->seq = ledger_.begin_snapshot();
  job_->state_hash = ledger_.state_hash();
  counted_from_ = job_->seq;
  bytes_since_ = 0;
  requested_ = false;
  post([port = port_](Job& job) -> Status {
    HF_ASSIGN(file, port->begin(job.seq));
    job.file = std::move(file);
    return {};
  });
}

void Snapshotter::end(bool succeeded) {
  if (succeeded) {
    newest_ = job_->seq;
    metrics_.snapshots.add();
    metrics_.snapshot_seq.set(static_cast<int64_t>(newest_));
  } else {
    if (!job_->all_rows_taken) ledger_.abandon_snapshot();
    metrics_.snapshots_failed
        .add();  // the next one is due as if this had succeeded: no tight retry
  }
  job_.reset();
}

bool Snapshotter::take_slice() {
  size_t rows_max = options_.rows_per_turn;
  if (job_->slices_waiting.load(std::memory_order_acquire) >= options_.slices_waiting_max) {
    // The writer is behind. Commands go on, and so does what they change before its turn.
    if (ledger_.snapshot_bytes_saved() < options_.side_buffer_bytes_max) return false;
    rows_max = 0;
  }
  if (job_->bytes_waiting.load(std::memory_order_acquire) >= options_.bytes_waiting_max) {
    // A disk that takes no snapshot costs a longer start, not the server's memory.
    job_->failed.store(true, std::memory_order_release);
    end(false);
    return true;
  }
  std::string rows;
  job_->all_rows_taken = ledger_.next_snapshot_rows(rows_max, &rows);
  hand_over(std::move(rows));
  return true;
}

void Snapshotter::hand_over(std::string rows) {
  job_->slices_waiting.fetch_add(1, std::memory_order_relaxed);
  job_->bytes_waiting.fetch_add(rows.size(), std::memory_order_relaxed);
  post([slice = std::move(rows)](Job& job) {
    const Status written = job.file->append(slice);
    job.bytes_waiting.fetch_sub(slice.size(), std::memory_order_release);
    job.slices_waiting.fetch_sub(1, std::memory_order_release);
    return written;
  });
}

void Snapshotter::post(std::move_only_function<Status(Job&)> step) {
  writer_.post([this, job = job_, run = std::move(step)]() mutable {
    if (!job->failed.load(std::memory_order_relaxed) && !run(*job)) {
      job->file.reset();
      job->failed.store(true, std::memory_order_release);
    }
    inbox_.poke();
  });
}

}  // namespace holdfast::engine
