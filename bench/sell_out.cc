#include "bench/sell_out.h"

#include <unordered_map>

#include <fmt/format.h>

namespace holdfast::bench {
namespace {

/// What the answers promised, by key.
class Promises {
 public:
  explicit Promises(const Mix& mix) : mix_(mix) {}

  void take(uint64_t number, int status, bool replayed) {
    if (status < 200 || status > 299 || replayed) return;
    const Buyer who = buyer(mix_, number);
    doubled_ += !granted_.emplace(who.key, who.quantity).second;
    units_ += who.quantity;
  }
  int64_t units() const { return units_; }
  uint64_t doubled() const { return doubled_; }

 private:
  const Mix& mix_;
  std::unordered_map<uint64_t, int> granted_;
  int64_t units_ = 0;
  uint64_t doubled_ = 0;
};

void hold_against(HoldfastServer& server, const std::string& when, int64_t promised,
                  std::vector<std::string>* broken) {
  const int64_t available = server.available().value_or(-1);
  const int64_t held = server.held().value_or(-1);
  if (available != 0) broken->push_back(fmt::format("{}: {} available, not 0", when, available));
  if (held != promised) {
    broken->push_back(fmt::format("{}: {} held, {} were granted", when, held, promised));
  }
}

}  // namespace

SellOut sell_out(const std::string& binary, const std::string& directory, uint64_t buyers,
                 int connections, double rate) {
  SellOut out;
  out.buyers = buyers;
  out.stock = static_cast<int64_t>(buyers / 10);
  out.planned_rate = rate;
  auto server = start_holdfast(binary, directory);
  if (!server || !server->restock(out.stock)) {
    out.broken.push_back("the server did not start or take the stock");
    return out;
  }
  const Mix mix;
  Promises promises(mix);
  const Usage before = server->usage();
  out.load = server->buy({.mix = mix,
                          .connections = connections,
                          .seconds = 3'600,
                          .rate = rate,
                          .requests_max = buyers,
                          .answered = [&](uint64_t n, int status, bool replayed) {
                            promises.take(n, status, replayed);
                          }});
  out.used = server->usage();
  out.used.cpu_s -= before.cpu_s;
  out.used.written_bytes -= before.written_bytes;

  if (out.load.failed + out.load.pushed_back > 0) {
    out.broken.push_back(fmt::format("{} requests failed, {} were pushed back", out.load.failed,
                                     out.load.pushed_back));
  }
  if (promises.doubled() > 0) {
    out.broken.push_back(fmt::format("{} keys were granted twice", promises.doubled()));
  }
  if (promises.units() != out.stock) {
    out.broken.push_back(fmt::format("{} units granted of {}", promises.units(), out.stock));
  }
  hold_against(*server, "at the end", promises.units(), &out.broken);
  const std::optional<double> restart = server->kill_and_restart();
  if (!restart) {
    out.broken.push_back("it did not come back after kill -9");
    return out;
  }
  out.restart_s = *restart;
  hold_against(*server, "after kill -9", promises.units(), &out.broken);
  return out;
}

}  // namespace holdfast::bench
