#include "app/shared_ledger.h"

#include <utility>

#include <fmt/format.h>

#include "store/journal/directory_files.h"
#include "store/postgres/connection.h"
#include "store/postgres/url.h"

namespace holdfast::app {
namespace {

using store::postgres::Connection;
using store::postgres::Durability;
using store::postgres::Url;

constexpr size_t kReaders = 2;

/// A directory of a journal has another ledger's cursors.
Result<std::unique_ptr<io::FileSystem::Lock>> take_directory(const std::string& directory) {
  io::FileSystem& files = io::posix_file_system();
  HF_TRY(files.make_directories(directory));
  HF_ASSIGN(lock, files.lock(directory + "/LOCK"));
  HF_ASSIGN(journal, store::read_identity(files, directory));
  if (journal.has_value()) {
    return fail(
        ErrorCode::kConfigInvalid,
        fmt::format("{} has the journal of one machine: give a node of a shared ledger a data "
                    "directory of its own",
                    directory));
  }
  return lock;
}

Durability wanted(const std::string& durability, const Url& url) {
  if (durability == "auto") return url.hosts() > 1 ? Durability::kReplicated : Durability::kLocal;
  return durability == "replicated" ? Durability::kReplicated : Durability::kLocal;
}

}  // namespace

Result<std::unique_ptr<SharedLedger>> SharedLedger::start(const SharedLedgerOptions& options,
                                                          const Clock& clock, Random& random,
                                                          telemetry::Metrics& metrics) {
  std::unique_ptr<SharedLedger> shared(new SharedLedger);
  HF_ASSIGN(url, Url::parse(options.url));
  shared->address_ = url.shown();
  shared->durability_ = wanted(options.durability, url);
  {
    HF_ASSIGN(connection, Connection::open(url));
    HF_ASSIGN(facts, store::postgres::check_start(*connection, shared->durability_));
    shared->facts_ = std::move(facts);
  }
  HF_ASSIGN(directory, take_directory(options.data_dir));
  shared->directory_ = std::move(directory);
  HF_ASSIGN(log, store::postgres::PostgresLog::open(url, shared->facts_.ledger));
  shared->log_ = std::move(log);
  shared->groups_ = std::make_unique<store::postgres::GroupStore>(
      url, store::postgres::SessionOptions{.replicated =
                                               shared->durability_ == Durability::kReplicated});
  std::vector<store::SharedReader*> readers;
  for (size_t i = 0; i < kReaders; ++i) {
    shared->readers_.push_back(std::make_unique<store::postgres::SnapshotReader>(url));
    readers.push_back(shared->readers_.back().get());
  }
  engine::SharedExecutorOptions executor;
  executor.idempotency_window = options.idempotency_window;
  executor.idempotency_keys_max = options.idempotency_keys_max;
  executor.metrics = &metrics;
  executor.writer.owner = random.next() | 1;  // never 0
  executor.on_committed = [log = shared->log_.get()](Seq seq, Timestamp time) {
    log->heard(seq, time);
  };
  shared->executor_ = std::make_unique<engine::SharedExecutor>(
      *shared->groups_, std::move(readers), *shared->log_, clock, std::move(executor));
  return shared;
}

std::string SharedLedger::durability() const {
  std::string text =
      durability_ == Durability::kReplicated
          ? "an answer means: flushed by the database and by a quorum of its standbys"
          : "an answer means: flushed by the database. A failover may lose the last answers";
  if (!facts_.fsync) text += "; fsync is off: a power cut loses answers";
  return text;
}

}  // namespace holdfast::app
