// holdfast_bench: the flash sale against the physical floors and the peers that are installed.
//
//   holdfast_bench --binary PATH [--rounds N] [--seconds S] [--connections N] [--buyers N]
//
// Rounds are interleaved (floors, nginx, Holdfast, Redis, PostgreSQL, and again); every figure is the
// median of the rounds with its 10-90% band, every rate also a ratio to that round's nginx.
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "bench/floors.h"
#include "bench/peers.h"

namespace holdfast::bench {
namespace {

struct Options {
  std::string binary = "holdfast";
  int rounds = 3;
  double seconds = 3;
  std::vector<int> connections = {64, 256};
  uint64_t buyers = 200'000;
};

/// The figures of one row over the rounds.
struct Row {
  std::vector<double> rate, ratio, cpu_us, p50_us, p99_us, bytes;
};

double quantile(std::vector<double> values, double fraction) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const double at = fraction * static_cast<double>(values.size() - 1);
  const auto low = static_cast<size_t>(at);
  const size_t high = std::min(low + 1, values.size() - 1);
  return values[low] + (values[high] - values[low]) * (at - static_cast<double>(low));
}

class Bench {
 public:
  explicit Bench(Options options) : options_(std::move(options)) {}

  int run() {
    print_machine();
    for (int round = 0; round < options_.rounds; ++round) {
      fmt::print(stderr, "bench: round {} of {}\n", round + 1, options_.rounds);
      if (!run_round(round)) return 1;
    }
    print_table();
    return sell_out() ? 0 : 1;
  }

 private:
  void print_machine() {
    utsname name{};
    uname(&name);
    std::ifstream load("/proc/loadavg");
    std::string average;
    std::getline(load, average);
    fmt::print("machine: {} {}, {} CPUs, load average {}\n", name.sysname, name.release,
               sysconf(_SC_NPROCESSORS_ONLN), average);
    fmt::print("not included: TLS, a network, the other side of a channel; client and server share the "
               "CPUs\n\n");
  }

  bool run_round(int round) {
    TemporaryDirectory directory;
    const Floors floors = measure_floors(directory.path());
    floor_p50_us_.push_back(static_cast<double>(floors.flush.at(0.5)) / 1e3);
    floor_p99_us_.push_back(static_cast<double>(floors.flush.at(0.99)) / 1e3);
    floor_copy_.push_back(floors.copy_gib_per_s);
    for (const int connections : options_.connections) {
      double nginx_rate = 0;
      if (auto nginx = start_nginx(directory.path())) {
        nginx_rate = measure(*nginx, round, connections, 0, "").rate();
      } else {
        missing_["nginx"] = "apt-get install nginx-light";
      }
      auto holdfast = start_holdfast(options_.binary, directory.path() + fmt::format("/{}", connections));
      if (!holdfast) {
        fmt::print(stderr, "bench: {} did not start\n", options_.binary);
        return false;
      }
      if (!measure_holdfast(*holdfast, round, connections, nginx_rate)) return false;
      holdfast.reset();
      measure_peer(start_redis(directory.path() + fmt::format("/r{}", connections)), "redis-server",
                   round, connections, nginx_rate);
      measure_peer(start_postgres(directory.path() + fmt::format("/p{}", connections)),
                   "postgresql-15", round, connections, nginx_rate);
    }
    return true;
  }

  void measure_peer(std::unique_ptr<Server> peer, const std::string& package, int round,
                    int connections, double nginx_rate) {
    if (!peer || !peer->restock(900'000'000)) {
      missing_[package] = "apt-get install " + package;
      return;
    }
    measure(*peer, round, connections, nginx_rate, "");
  }

  bool measure_holdfast(Server& server, int round, int connections, double nginx_rate) {
    if (!server.restock(900'000'000)) return false;
    const LoadResult granted = measure(server, round, connections, nginx_rate, "");
    // P12: the same keys again, then nothing left to sell. Ratios to the granted rate of this round.
    measure(server, round, connections, granted.rate(), ": the same keys again", granted.sent);
    // A count is of the shelf, held units included: counting what is held leaves nothing available.
    if (!server.restock(static_cast<int64_t>(granted.succeeded))) return false;
    measure(server, round, connections, granted.rate(), ": sold out", 0, 50'000'000);
    // Latency at half of capacity, planned send times.
    if (!server.restock(900'000'000)) return false;
    const LoadResult half = server.buy(ones(round), 100'000'000, connections, options_.seconds,
                                       granted.rate() / 2);
    Row& row = rows_[key(connections, server.name() + ": open loop at half of that")];
    add_latency(half, &row);
    row.rate.push_back(half.rate());
    lag_p99_us_.push_back(static_cast<double>(half.lag.at(0.99)) / 1e3);
    if (granted.failed + half.failed > 0) {
      fmt::print(stderr, "bench: {} requests failed\n", granted.failed + half.failed);
      return false;
    }
    return true;
  }

  static Mix ones(int round) {
    Mix mix;
    mix.seed = static_cast<uint64_t>(round) + 1;
    mix.only_ones = true;
    return mix;
  }

  LoadResult measure(Server& server, int round, int connections, double base_rate,
                     const std::string& suffix, uint64_t requests_max = 0, uint64_t first = 0) {
    const Usage before = server.usage();
    LoadResult result =
        server.buy(ones(round), first, connections, options_.seconds, 0, requests_max);
    const Usage after = server.usage();
    Row& row = rows_[key(connections, server.name() + suffix)];
    row.rate.push_back(result.rate());
    if (base_rate > 0) row.ratio.push_back(result.rate() / base_rate);
    if (const auto answered = static_cast<double>(result.answered()); answered > 0) {
      row.cpu_us.push_back((after.cpu_s - before.cpu_s) * 1e6 / answered);
      row.bytes.push_back(static_cast<double>(after.written_bytes - before.written_bytes) / answered);
    }
    add_latency(result, &row);
    return result;
  }

  static void add_latency(const LoadResult& result, Row* row) {
    row->p50_us.push_back(static_cast<double>(result.latency.at(0.5)) / 1e3);
    row->p99_us.push_back(static_cast<double>(result.latency.at(0.99)) / 1e3);
  }

  std::string key(int connections, const std::string& name) {
    std::string out = fmt::format("{:>4} conn  {}", connections, name);
    if (std::find(order_.begin(), order_.end(), out) == order_.end()) order_.push_back(out);
    return out;
  }

  void print_table() {
    fmt::print("floor: fdatasync of a preallocated 4 KiB block p50 {:.0f} us, p99 {:.0f} us; memcpy "
               "{:.1f} GiB/s; generator lag p99 {:.0f} us\n\n",
               quantile(floor_p50_us_, 0.5), quantile(floor_p99_us_, 0.5), quantile(floor_copy_, 0.5),
               quantile(lag_p99_us_, 0.5));
    fmt::print("{:<52} {:>9} {:>19} {:>8} {:>8} {:>8} {:>9}\n", "", "per s", "ratio [10%-90%]",
               "CPU us", "p50 us", "p99 us", "B written");
    for (const std::string& name : order_) {
      const Row& row = rows_[name];
      const std::string ratio =
          row.ratio.empty() ? "-"
                            : fmt::format("{:.2f} [{:.2f}-{:.2f}]", quantile(row.ratio, 0.5),
                                          quantile(row.ratio, 0.1), quantile(row.ratio, 0.9));
      fmt::print("{:<52} {:>9.0f} {:>19} {:>8.1f} {:>8.0f} {:>8.0f} {:>9.0f}\n", name,
                 quantile(row.rate, 0.5), ratio, quantile(row.cpu_us, 0.5), quantile(row.p50_us, 0.5),
                 quantile(row.p99_us, 0.5), quantile(row.bytes, 0.5));
    }
    fmt::print("\nratio: to nginx of the same round; \"the same keys again\" and \"sold out\": to granted "
               "holds of the same round (P12).\nCPU us: of the server, per answer. PostgreSQL's p50 is "
               "pgbench's average.\n");
    for (const auto& [package, remedy] : missing_) {
      fmt::print("not measured: {} is not installed or did not start ({})\n", package, remedy);
    }
  }

  // F1 itself: fewer units than buyers, retries and reused keys in between; must end exactly sold out.
  bool sell_out() {
    TemporaryDirectory directory;
    auto holdfast = start_holdfast(options_.binary, directory.path());
    const auto stock = static_cast<int64_t>(options_.buyers / 10);
    if (!holdfast || !holdfast->restock(stock)) return false;
    Mix mix;
    const LoadResult result =
        holdfast->buy(mix, 0, options_.connections.front(), 600, 0, options_.buyers);
    fmt::print("\nF1 sell-out: {} buyers, stock {}: {:.0f} answers/s; {} granted ({} of them replays), {} "
               "sold out, {} key reused, {} pushed back, {} failed\n",
               options_.buyers, stock, result.rate(), result.succeeded, result.replayed,
               result.sold_out, result.conflicted, result.pushed_back, result.failed);
    const Usage usage = holdfast->usage();
    fmt::print("             {:.1f} MiB resident\n",
               static_cast<double>(usage.resident_bytes) / (1 << 20));
    return result.failed == 0;
  }

  Options options_;
  std::map<std::string, Row> rows_;
  std::vector<std::string> order_;
  std::vector<double> floor_p50_us_, floor_p99_us_, floor_copy_, lag_p99_us_;
  std::map<std::string, std::string> missing_;
};

int usage() {
  fmt::print(stderr, "usage: holdfast_bench --binary PATH [--rounds N] [--seconds S] [--connections "
                     "N] [--buyers N]\n");
  return 2;
}

}  // namespace
}  // namespace holdfast::bench

int main(int argc, char** argv) {
  using namespace holdfast::bench;
  Options options;
  for (int i = 1; i < argc; i += 2) {
    const std::string flag = argv[i];
    if (i + 1 >= argc) return usage();
    const std::string value = argv[i + 1];
    if (flag == "--binary") options.binary = value;
    else if (flag == "--rounds") options.rounds = std::clamp(std::atoi(value.c_str()), 1, 1'000);
    else if (flag == "--seconds") options.seconds = std::clamp(std::atof(value.c_str()), 0.2, 600.0);
    else if (flag == "--connections") options.connections = {std::clamp(std::atoi(value.c_str()), 1, 4'096)};
    else if (flag == "--buyers") options.buyers = std::strtoull(value.c_str(), nullptr, 10);
    else return usage();
  }
  return Bench(std::move(options)).run();
}
