// Holdfast as the bench starts, loads, asks, kills and restarts it.
#include <chrono>
#include <cstdlib>

#include <fmt/format.h>

#include "bench/process_server.h"

namespace holdfast::bench {
namespace {

std::unique_ptr<Process> start_process(const std::string& binary, const std::string& home,
                                       int port) {
  return std::make_unique<Process>(
      std::vector<std::string>{binary, "serve", "--listen", fmt::format("127.0.0.1:{}", port),
                               "--data-dir", home + "/data"},
      home + "/log");
}

class Holdfast final : public ProcessServer, public HoldfastServer {
 public:
  Holdfast(std::string binary, std::string home, int port)
      : ProcessServer("Holdfast", start_process(binary, home, port), port),
        binary_(std::move(binary)),
        home_(std::move(home)) {}

  bool ready() {
    return wait_for_port(port_) && http_once(port_, "GET", "/readyz", "", "", nullptr) == 200;
  }

  // A count is of the shelf, what is held included: available is what is counted beyond that.
  bool restock(int64_t units) override {
    const std::string json = "Content-Type: application/json\r\n";
    std::string body;
    const int channel =
        http_once(port_, "PUT", "/v1/channels/web", json, R"({"locations":["berlin"]})", &body);
    const int count = http_once(
        port_, "POST", "/v1/events", json,
        fmt::format(R"({{"type":"stock.counted","location":"berlin","sku":"{}","counted":{}}})",
                    kSku, units + held().value_or(0)),
        &body);
    if (channel / 100 == 2 && count / 100 == 2 && available() == units) return true;
    fmt::print(stderr, "bench: Holdfast answered {} and {}: {}\n", channel, count, body);
    return false;
  }

  std::optional<int64_t> available() override { return stock_member("available"); }
  std::optional<int64_t> held() override { return stock_member("held"); }

  LoadResult buy(const Purchase& purchase) override {
    LoadPlan load = plan(purchase);
    load.request = [&purchase](uint64_t n, std::string* out) {
      append_hold_request(purchase.mix, purchase.first + n, out);
    };
    return run_load(load);
  }

  std::optional<double> kill_and_restart() override {
    process_->kill_now();
    const auto begin = std::chrono::steady_clock::now();
    process_ = start_process(binary_, home_, port_);
    if (!ready()) return std::nullopt;
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }

 private:
  std::optional<int64_t> stock_member(const std::string& name) {
    std::string body;
    const int status = http_once(port_, "GET", fmt::format("/v1/stock/{}", kSku), "", "", &body);
    const size_t at = body.find("\"" + name + "\":");
    if (status != 200 || at == std::string::npos) return std::nullopt;
    return std::strtoll(body.c_str() + at + name.size() + 3, nullptr, 10);
  }

  std::string binary_, home_;
};

}  // namespace

std::unique_ptr<HoldfastServer> start_holdfast(const std::string& binary,
                                               const std::string& directory) {
  auto server =
      std::make_unique<Holdfast>(binary, make_directory(directory, "holdfast"), free_port());
  return server->ready() ? std::move(server) : nullptr;
}

}  // namespace holdfast::bench
