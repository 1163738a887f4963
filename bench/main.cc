// holdfast_bench: the flash sale against the physical floors and the peers that are installed.
//
//   holdfast_bench --binary PATH [--quick] [--rounds N] [--seconds S] [--connections N] [--buyers N]
//                  [--no-peers]
//
// Rounds are interleaved (floors, nginx, Holdfast, Redis, PostgreSQL, and again); every figure is
// the median of the rounds whose floors were as usual, every ratio one within a round, with its
// 10-90% band. A row counts only the answers it is about; any other answer, and books that do not
// match, fail the run.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include "bench/floors.h"
#include "bench/peers.h"
#include "bench/report.h"
#include "bench/sell_out.h"

namespace holdfast::bench {
namespace {

struct Options {
  std::string binary = "holdfast";
  int rounds = 9;
  double seconds = 1;
  std::vector<int> connections = {64, 256};
  uint64_t buyers = 1'000'000;
  bool peers = true;  ///< false: the floors and Holdfast alone, for a profile
};

constexpr int64_t kPlenty = 900'000'000;

/// The only answers a row may get, and the ones its rate counts.
enum class Expected { kGranted, kReplayed, kSoldOut };

uint64_t count_of(const LoadResult& load, Expected expected) {
  switch (expected) {
    case Expected::kGranted:
      return load.succeeded;
    case Expected::kReplayed:
      return load.replayed;
    case Expected::kSoldOut:
      return load.sold_out;
  }
  return 0;
}

double micros(int64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e3; }

class Bench {
 public:
  explicit Bench(Options options) : options_(std::move(options)) {}

  int run() {
    fmt::print("{}\n", describe_machine(std::filesystem::current_path(), options_.binary));
    for (int i = 0; i < options_.rounds; ++i) {
      fmt::print(stderr, "bench: round {} of {}\n", i + 1, options_.rounds);
      run_round(static_cast<uint64_t>(i) + 1);
    }
    const size_t used = mark_disturbed(&rounds_);
    fmt::print("{} rounds of {} s, {} used\n\n{}", options_.rounds, options_.seconds, used,
               to_markdown(rounds_, rows_));
    print_notes();
    print_sell_out();
    for (const std::string& text : broken_) fmt::print("FAILED: {}\n", text);
    return broken_.empty() ? 0 : 1;
  }

 private:
  struct Measured {
    LoadResult load;
    double rate = 0;
  };

  void run_round(uint64_t seed) {
    mix_ = Mix{};
    mix_.seed = seed;
    mix_.only_ones = true;
    rounds_.emplace_back();
    const TemporaryDirectory directory;
    const Floors floors = measure_floors(directory.path());
    rounds_.back().flush_p50_us = micros(floors.flush.at(0.5));
    rounds_.back().flush_p99_us = micros(floors.flush.at(0.99));
    rounds_.back().copy_gib_per_s = floors.copy_gib_per_s;
    auto postgres = options_.peers ? start_postgres(directory.path()) : nullptr;
    if (options_.peers && !postgres) missing_.insert("postgresql-15");
    for (const int connections : options_.connections) {
      connections_ = connections;
      const std::string home = fmt::format("{}/{}", directory.path(), connections);
      if (!options_.peers) {
        measure_holdfast(home, 0);
        continue;
      }
      double nginx_rate = 0;
      if (auto nginx = start_nginx(home)) {
        nginx_rate = measure(*nginx, Expected::kGranted, "", 0, {}).rate;
      } else {
        missing_.insert("nginx-light");
      }
      const double granted = measure_holdfast(home, nginx_rate);
      // The rate of Holdfast over the peer's: the goals are put that way round.
      if (auto redis = start_redis(home)) {
        measure_peer(*redis, granted);
      } else {
        missing_.insert("redis-server");
      }
      if (postgres) measure_peer(*postgres, granted);
    }
  }

  void measure_peer(Server& peer, double holdfast_rate) {
    if (!peer.restock(kPlenty)) {
      broken_.push_back(peer.name() + " did not take the stock");
      return;
    }
    const Measured measured = measure(peer, Expected::kGranted, "", 0, {});
    if (measured.rate > 0) sample(peer.name(), "").ratio = holdfast_rate / measured.rate;
  }

  /// The rows of Holdfast; returns its rate of granted holds.
  double measure_holdfast(const std::string& home, double nginx_rate) {
    auto server = start_holdfast(options_.binary, home);
    if (!server || !server->restock(kPlenty)) {
      broken_.push_back(options_.binary + " did not start or take the stock");
      return 0;
    }
    const Measured granted = measure(*server, Expected::kGranted, "", nginx_rate, {});
    measure(*server, Expected::kReplayed, ": the same keys again", granted.rate,
            {.requests_max = granted.load.sent});
    if (!server->restock(0))
      broken_.push_back("a count that leaves nothing available was not taken");
    measure(*server, Expected::kSoldOut, ": sold out", granted.rate, {.first = 50'000'000});
    if (!server->restock(kPlenty)) broken_.push_back("a second count was not taken");
    const Measured half = measure(*server, Expected::kGranted, ": open loop at half of that", 0,
                                  {.first = 100'000'000, .rate = granted.rate / 2});
    rounds_.back().lag_p99_us = micros(half.load.lag.at(0.99));
    return granted.rate;
  }

  /// Runs one row: buyers, usage, the books. `purchase` says what differs from a closed loop.
  Measured measure(Server& server, Expected expected, const std::string& suffix, double base_rate,
                   Purchase purchase) {
    purchase.mix = mix_;
    purchase.connections = connections_;
    purchase.seconds = options_.seconds;
    const std::optional<int64_t> stock = server.available();
    const Usage before = server.usage();
    Measured out;
    out.load = server.buy(purchase);
    const Usage after = server.usage();
    const uint64_t wanted = count_of(out.load, expected);
    out.rate = out.load.rate_of(wanted);
    check(server, suffix, out.load, wanted, stock);

    Sample& row = sample(server.name(), suffix);
    row.rate = out.rate;
    if (base_rate > 0) row.ratio = out.rate / base_rate;
    const double each = static_cast<double>(std::max<uint64_t>(wanted, 1));
    row.cpu_us = (after.cpu_s - before.cpu_s) * 1e6 / each;
    row.bytes = static_cast<double>(after.written_bytes - before.written_bytes) / each;
    row.resident_mib = static_cast<double>(after.resident_bytes) / (1 << 20);
    row.p50_us = micros(out.load.latency.at(0.5));
    row.p90_us = micros(out.load.latency.at(0.9));
    row.p99_us = micros(out.load.latency.at(0.99));
    row.p999_us = micros(out.load.latency.at(0.999));
    row.max_us = micros(out.load.latency.max());
    return out;
  }

  /// Only the wanted answers, and exactly the granted units gone.
  void check(Server& server, const std::string& suffix, const LoadResult& load, uint64_t wanted,
             std::optional<int64_t> stock_before) {
    const std::string row = key(server.name(), suffix);
    if (wanted == 0 || wanted != load.sent) {
      broken_.push_back(
          fmt::format("{}: of {} requests {} had the answer the row is about ({} granted, {} "
                      "replayed, {} sold out, {} key reused, {} pushed back, {} failed)",
                      row, load.sent, wanted, load.succeeded, load.replayed, load.sold_out,
                      load.conflicted, load.pushed_back, load.failed));
    }
    if (!stock_before) return;
    const int64_t left = *stock_before - static_cast<int64_t>(load.succeeded);
    const int64_t found = server.available().value_or(-1);
    if (found != left) {
      broken_.push_back(fmt::format("{}: {} units left, {} would be right", row, found, left));
    }
  }

  std::string key(const std::string& server, const std::string& suffix) const {
    return fmt::format("{} connections: {}{}", connections_, server, suffix);
  }
  Sample& sample(const std::string& server, const std::string& suffix) {
    const std::string name = key(server, suffix);
    if (std::find(rows_.begin(), rows_.end(), name) == rows_.end()) rows_.push_back(name);
    return rounds_.back().samples[name];
  }

  void print_notes() {
    fmt::print(
        "\nper s: only the answers a row is about. ratio: of Holdfast to nginx in the same round "
        "(P1); "
        "of \"the same keys\nagain\" and \"sold out\" to granted holds (P12); in the rows of "
        "peers, of "
        "Holdfast to that peer (P2, P3).\nCPU us: of the server with its children, per such "
        "answer; "
        "bytes: what it gave to the device, likewise.\nNot included: TLS, a network, the other "
        "side of "
        "a channel. Client and server share the CPUs.\n");
    for (const std::string& package : missing_) {
      fmt::print("Not measured: {} (apt-get install {}).\n", package, package);
    }
    const std::string granted =
        fmt::format("{} connections: Holdfast", options_.connections.front());
    std::vector<double> p50, p99;
    for (const Round& round : rounds_) {
      const auto it = round.samples.find(granted + ": open loop at half of that");
      if (!round.used || it == round.samples.end()) continue;
      p50.push_back(it->second.p50_us / round.flush_p50_us);
      p99.push_back(it->second.p99_us / round.flush_p99_us);
    }
    fmt::print(
        "\nP6, {} connections, half of capacity, over fdatasync of the round: p50 {:.2f} "
        "[{:.2f}-{:.2f}], p99 {:.2f} [{:.2f}-{:.2f}]\n",
        options_.connections.front(), quantile(p50, 0.5), quantile(p50, 0.1), quantile(p50, 0.9),
        quantile(p99, 0.5), quantile(p99, 0.1), quantile(p99, 0.9));
  }

  // At half of what 64 connections came to, so that the plan can be kept.
  void print_sell_out() {
    std::vector<double> rates;
    const std::string name = fmt::format("{} connections: Holdfast", options_.connections.front());
    for (const Round& round : rounds_) {
      const auto it = round.samples.find(name);
      if (it != round.samples.end()) rates.push_back(it->second.rate);
    }
    if (quantile(rates, 0.5) <= 0) return;
    fmt::print(stderr, "bench: F1, {} buyers\n", options_.buyers);
    const TemporaryDirectory directory;
    const SellOut sale = sell_out(options_.binary, directory.path(), options_.buyers,
                                  options_.connections.front(), quantile(rates, 0.5) / 2);
    const LoadResult& load = sale.load;
    fmt::print(
        "\nF1: {} buyers for {} units, planned {:.0f} per s, {:.0f} answered per s: {} granted, {} "
        "replayed, {} sold out,\n{} key reused, {} pushed back, {} failed. Latency from the "
        "planned "
        "time, us: p50 {:.0f}, p90 {:.0f}, p99 {:.0f}, p99.9 {:.0f}, max {:.0f};\ngenerator lag "
        "p50 "
        "{:.0f}, p99 {:.0f}. CPU {:.1f} us and {:.0f} bytes written per answer, {:.0f} MiB "
        "resident.\nReady {:.3f} s after kill -9.\n",
        sale.buyers, sale.stock, sale.planned_rate, load.rate_of(load.sent), load.succeeded,
        load.replayed, load.sold_out, load.conflicted, load.pushed_back, load.failed,
        micros(load.latency.at(0.5)), micros(load.latency.at(0.9)), micros(load.latency.at(0.99)),
        micros(load.latency.at(0.999)), micros(load.latency.max()), micros(load.lag.at(0.5)),
        micros(load.lag.at(0.99)), sale.used.cpu_s * 1e6 / static_cast<double>(sale.buyers),
        static_cast<double>(sale.used.written_bytes) / static_cast<double>(sale.buyers),
        static_cast<double>(sale.used.resident_bytes) / (1 << 20), sale.restart_s);
    for (const std::string& text : sale.broken) broken_.push_back("F1: " + text);
  }

  Options options_;
  Mix mix_;
  int connections_ = 0;
  std::vector<Round> rounds_;
  std::vector<std::string> rows_;
  std::vector<std::string> broken_;
  std::set<std::string> missing_;
};

/// Generator and servers share the CPUs. Woken by every answer, the generator would take the CPU from the
/// server in the middle of its round, as no buyer across a network could: it waits for its turn instead.
/// Servers do not inherit that.
void yield_to_servers() {
  const sched_param parameters{};
  if (::sched_setscheduler(0, SCHED_BATCH | SCHED_RESET_ON_FORK, &parameters) != 0)
    fmt::print(stderr, "bench: no SCHED_BATCH for the generator: rates will be lower\n");
}

int usage() {
  fmt::print(stderr,
             "usage: holdfast_bench --binary PATH [--quick] [--rounds N] [--seconds S] "
             "[--connections N] [--buyers N] [--no-peers]\n");
  return 2;
}

}  // namespace
}  // namespace holdfast::bench

int main(int argc, char** argv) {
  using namespace holdfast::bench;
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string flag = argv[i];
    if (flag == "--quick") {
      options.rounds = 3;
      options.buyers = 100'000;
      continue;
    }
    if (flag == "--no-peers") {
      options.peers = false;
      continue;
    }
    if (++i >= argc) return usage();
    const std::string value = argv[i];
    if (flag == "--binary")
      options.binary = value;
    else if (flag == "--rounds")
      options.rounds = std::clamp(std::atoi(value.c_str()), 1, 1'000);
    else if (flag == "--seconds")
      options.seconds = std::clamp(std::atof(value.c_str()), 0.2, 600.0);
    else if (flag == "--connections")
      options.connections = {std::clamp(std::atoi(value.c_str()), 1, 4'096)};
    else if (flag == "--buyers")
      options.buyers = std::strtoull(value.c_str(), nullptr, 10);
    else
      return usage();
  }
  yield_to_servers();
  return Bench(std::move(options)).run();
}
