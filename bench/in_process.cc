// The engine without HTTP: one closed loop of N callers on one thread, as an event loop would drive
// it, over a journal in a directory of its own. Prints holds per second, latency, CPU per hold,
// group sizes and the flush times seen.
//
//   holdfast_in_process DIRECTORY [seconds per row]
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <sys/resource.h>

#include "engine/journal_snapshots.h"
#include "engine/local_executor.h"

namespace {

using namespace holdfast;
using SteadyClock = std::chrono::steady_clock;

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// What an event loop keeps of answers that came in on engine threads.
class Mailbox {
 public:
  void post(size_t caller) {
    const std::lock_guard lock(mutex_);
    answered_.push_back(caller);
    if (answered_.size() == 1) wake_.notify_one();
  }
  void take(std::vector<size_t>* callers) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return !answered_.empty(); });
    callers->swap(answered_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<size_t> answered_;
};

Command hold_of(uint64_t number) {
  Command command;
  command.type = CommandType::kHoldPlace;
  command.source = "bench";
  command.idempotency_key = fmt::format("{:08x}-0000-4000-8000-{:012x}", number >> 32, number);
  command.fingerprint = number;
  command.location = "berlin";
  CommandLine line;
  line.sku = "sneaker-1";
  line.quantity = 1;
  command.lines.push_back(std::move(line));
  return command;
}

struct Row {
  size_t callers;
  size_t batch;
  bool sold_out;
};

class Run {
 public:
  Run(engine::LocalExecutor& executor, Row row, double seconds, uint64_t* next_key)
      : executor_(executor),
        row_(row),
        seconds_(seconds),
        next_key_(*next_key),
        sent_(row.callers) {}

  void print() {
    const auto& metrics = executor_.metrics();
    const uint64_t groups = metrics.groups.value();
    const uint64_t logged = metrics.group_commands.sum();
    const double cpu = cpu_seconds();
    const auto begin = SteadyClock::now();
    drive(begin);
    const double took = std::chrono::duration<double>(SteadyClock::now() - begin).count();
    const double used = cpu_seconds() - cpu;
    std::sort(latency_us_.begin(), latency_us_.end());
    const uint64_t more_groups = metrics.groups.value() - groups;
    fmt::print("{:>7} {:>6} {:>8} {:>10.0f} {:>9.2f} {:>8.0f} {:>8.0f} {:>8.1f} {:>10.0f}\n",
               row_.callers, row_.batch, row_.sold_out ? "sold out" : "granted",
               static_cast<double>(answered_) / took, used * 1e6 / static_cast<double>(answered_),
               at(0.50), at(0.99),
               more_groups == 0 ? 0.0
                                : static_cast<double>(metrics.group_commands.sum() - logged) /
                                      static_cast<double>(more_groups),
               static_cast<double>(more_groups) / took);
  }

 private:
  double at(double quantile) const {
    if (latency_us_.empty()) return 0;
    const auto index = static_cast<size_t>(quantile * static_cast<double>(latency_us_.size() - 1));
    return latency_us_[index];
  }

  void send(size_t caller) {
    std::vector<Command> commands;
    commands.reserve(row_.batch);
    for (size_t i = 0; i < row_.batch; ++i) {
      commands.push_back(hold_of(++next_key_));
      if (row_.sold_out) commands.back().lines[0].sku = "nothing-left";
    }
    sent_[caller] = SteadyClock::now();
    const bool taken = executor_.submit(
        std::move(commands), [this, caller](std::vector<Outcome>) { mailbox_.post(caller); });
    if (!taken) std::exit(1);
  }

  void drive(SteadyClock::time_point begin) {
    for (size_t caller = 0; caller < row_.callers; ++caller) send(caller);
    size_t in_flight = row_.callers;
    std::vector<size_t> answered;
    while (in_flight > 0) {
      answered.clear();
      mailbox_.take(&answered);
      const auto now = SteadyClock::now();
      const bool over = std::chrono::duration<double>(now - begin).count() > seconds_;
      for (const size_t caller : answered) {
        answered_ += row_.batch;
        latency_us_.push_back(
            std::chrono::duration<double, std::micro>(now - sent_[caller]).count());
        if (over) {
          --in_flight;
        } else {
          send(caller);
        }
      }
    }
  }

  engine::LocalExecutor& executor_;
  const Row row_;
  const double seconds_;
  uint64_t& next_key_;
  Mailbox mailbox_;
  std::vector<SteadyClock::time_point> sent_;
  std::vector<double> latency_us_;
  uint64_t answered_ = 0;
};

int bench(const std::string& directory, double seconds) {
  auto journal = store::Journal::open(io::posix_file_system(), directory, {});
  if (!journal) {
    fmt::print(stderr, "{}\n", journal.error().detail);
    return 1;
  }
  engine::JournalSnapshots snapshots(**journal);
  const SystemClock clock;
  auto executor = engine::LocalExecutor::start(**journal, &snapshots, clock, {});
  if (!executor) {
    fmt::print(stderr, "{}\n", executor.error().detail);
    return 1;
  }
  Command stock = hold_of(0);
  stock.type = CommandType::kStockReceived;
  stock.lines[0].quantity = limits::kQuantityMax;
  Mailbox received;
  std::vector<Command> commands;
  commands.push_back(std::move(stock));
  (*executor)->submit(std::move(commands), [&](std::vector<Outcome>) { received.post(0); });
  std::vector<size_t> done;
  received.take(&done);

  fmt::print("{:>7} {:>6} {:>8} {:>10} {:>9} {:>8} {:>8} {:>8} {:>10}\n", "callers", "batch",
             "answer", "holds/s", "cpu us", "p50 us", "p99 us", "group", "groups/s");
  uint64_t next_key = 1;
  for (const Row row : {Row{1, 1, false}, Row{64, 1, false}, Row{64, 1, true}, Row{256, 1, false},
                        Row{4, 1'000, false}}) {
    Run(**executor, row, seconds, &next_key).print();
  }
  const auto& flush = (*executor)->metrics().flush;
  fmt::print("flush p50 {} us, p99 {} us\n", flush.quantile(0.5), flush.quantile(0.99));
  return (*executor)->drain() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: holdfast_in_process DIRECTORY [seconds per row]\n");
    return 2;
  }
  return bench(argv[1], argc > 2 ? std::atof(argv[2]) : 3.0);
}
