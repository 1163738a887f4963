#include "bench/peers.h"

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

namespace holdfast::bench {
namespace {

namespace fs = std::filesystem;

std::string make_directory(const std::string& parent, const std::string& name) {
  const std::string path = parent + "/" + name;
  fs::create_directories(path);
  fs::permissions(path, fs::perms::all);
  return path;
}

void write_file(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

// A server that is one process and one port.
class ProcessServer : public Server {
 public:
  ProcessServer(std::string name, Process* process, int port)
      : name_(std::move(name)), process_(process), port_(port) {}
  std::string name() const override { return name_; }
  Usage usage() const override { return process_->usage(); }

 protected:
  LoadPlan plan(int connections, double seconds, double rate, uint64_t requests_max,
                int pipeline) const {
    LoadPlan plan;
    plan.port = port_;
    plan.connections = connections;
    plan.seconds = seconds;
    plan.rate = rate;
    plan.requests_max = requests_max;
    plan.pipeline = pipeline;
    return plan;
  }

  std::string name_;
  std::unique_ptr<Process> process_;
  int port_;
};

// Holdfast, and nginx answering a constant to the same bytes.
class HttpServer final : public ProcessServer {
 public:
  HttpServer(std::string name, Process* process, int port, bool ledger)
      : ProcessServer(std::move(name), process, port), ledger_(ledger) {}

  bool restock(int64_t units) override {
    if (!ledger_) return true;
    std::string body;
    const std::string json = "Content-Type: application/json\r\n";
    const int channel =
        http_once(port_, "PUT", "/v1/channels/web", json, R"({"locations":["berlin"]})", &body);
    const int count = http_once(
        port_, "POST", "/v1/events", json,
        fmt::format(R"({{"type":"stock.counted","location":"berlin","sku":"{}","counted":{}}})", kSku,
                    units),
        &body);
    if (channel / 100 != 2 || count / 100 != 2) {
      fmt::print(stderr, "bench: Holdfast answered {} and {}: {}\n", channel, count, body);
      return false;
    }
    return true;
  }

  LoadResult buy(const Mix& mix, uint64_t first, int connections, double seconds, double rate,
                 uint64_t requests_max, int pipeline) override {
    LoadPlan load = plan(connections, seconds, rate, requests_max, pipeline);
    load.request = [&mix, first](uint64_t n, std::string* out) {
      append_hold_request(mix, first + n, out);
    };
    return run_load(load);
  }

 private:
  bool ledger_;
};

// Check, decrement and event in one script: what shops do with Redis when they do it well.
constexpr const char* kRedisScript =
    "local seen = redis.call('GET', KEYS[1]) "
    "if seen then if seen == ARGV[1] then return 0 else return -2 end end "
    "local left = tonumber(redis.call('GET', 'stock') or '0') "
    "local n = tonumber(ARGV[1]) "
    "if left < n then return -1 end "
    "redis.call('DECRBY', 'stock', n) "
    "redis.call('SET', KEYS[1], ARGV[1], 'EX', 604800) "
    "redis.call('RPUSH', 'events', KEYS[1] .. ':' .. ARGV[1]) "
    "return 1";

class RedisServer final : public ProcessServer {
 public:
  RedisServer(Process* process, int port, std::string cli)
      : ProcessServer("Redis Lua, appendfsync always", process, port), cli_(std::move(cli)) {
    bool ok = false;
    sha_ = run(fmt::format("{} -p {} SCRIPT LOAD \"{}\"", cli_, port_, kRedisScript), &ok);
    while (!sha_.empty() && sha_.back() == '\n') sha_.pop_back();
  }

  bool restock(int64_t units) override {
    bool ok = false;
    run(fmt::format("{} -p {} SET stock {}", cli_, port_, units), &ok);
    return ok && sha_.size() == 40;
  }

  LoadResult buy(const Mix& mix, uint64_t first, int connections, double seconds, double rate,
                 uint64_t requests_max, int pipeline) override {
    LoadPlan load = plan(connections, seconds, rate, requests_max, pipeline);
    load.protocol = Protocol::kRedis;
    load.request = [this, &mix, first](uint64_t n, std::string* out) {
      append_redis_request(mix, first + n, sha_, out);
    };
    return run_load(load);
  }

 private:
  std::string cli_, sha_;
};

// One statement: unique key, conditional UPDATE, event row. Driven by pgbench, prepared.
class PostgresServer final : public ProcessServer {
 public:
  PostgresServer(Process* process, int port, std::string bin, std::string directory)
      : ProcessServer("PostgreSQL UPDATE + event row", process, port),
        bin_(std::move(bin)),
        directory_(std::move(directory)) {}

  bool prepare() {
    write_file(directory_ + "/schema.sql",
               "CREATE TABLE stock(sku text PRIMARY KEY, available bigint);"
               "CREATE TABLE event(seq bigserial PRIMARY KEY, key text UNIQUE, sku text, n int);"
               "INSERT INTO stock VALUES ('FLASH-1', 0);");
    write_file(directory_ + "/buy.sql",
               "\\set k random(1, 9000000000000000)\n"
               "WITH u AS (UPDATE stock SET available = available - 1 WHERE sku = 'FLASH-1' AND "
               "available >= 1 RETURNING sku) INSERT INTO event(key, sku, n) SELECT :k::text, sku, 1 "
               "FROM u;\n");
    bool ok = false;
    run(psql("-f " + directory_ + "/schema.sql"), &ok);
    return ok;
  }

  bool restock(int64_t units) override {
    bool ok = false;
    run(psql(fmt::format("-c \"UPDATE stock SET available = {}\"", units)), &ok);
    return ok;
  }

  LoadResult buy(const Mix&, uint64_t, int connections, double seconds, double rate, uint64_t,
                 int) override {
    bool ok = false;
    const std::string output = run(
        fmt::format("{}/pgbench -h 127.0.0.1 -p {} -U postgres -n -M prepared -c {} -j 1 -T {} {} -f "
                    "{}/buy.sql postgres 2>/dev/null",
                    bin_, port_, connections, static_cast<int>(seconds + 0.5),
                    rate > 0 ? fmt::format("-R {}", rate) : "", directory_),
        &ok);
    LoadResult result;
    const size_t tps = output.find("tps = ");
    const size_t average = output.find("latency average = ");
    if (!ok || tps == std::string::npos) return result;
    result.seconds = seconds;
    result.succeeded =
        static_cast<uint64_t>(std::atof(output.c_str() + tps + 6) * seconds);
    result.sent = result.succeeded;
    if (average != std::string::npos) {
      result.latency.record(
          static_cast<int64_t>(std::atof(output.c_str() + average + 18) * 1e6));
    }
    return result;
  }

 private:
  std::string psql(const std::string& arguments) const {
    return fmt::format("{}/psql -h 127.0.0.1 -p {} -U postgres -q {} postgres 2>&1", bin_, port_,
                       arguments);
  }

  std::string bin_, directory_;
};

}  // namespace

std::unique_ptr<Server> start_holdfast(const std::string& binary, const std::string& directory) {
  const std::string data = make_directory(directory, "holdfast");
  const int port = free_port();
  auto* process = new Process({binary, "serve", "--listen", fmt::format("127.0.0.1:{}", port),
                               "--data-dir", data + "/data"},
                              data + "/log");
  auto server = std::make_unique<HttpServer>("Holdfast", process, port, true);
  if (!wait_for_port(port)) return nullptr;
  return server;
}

std::unique_ptr<Server> start_nginx(const std::string& directory) {
  const std::string nginx = find_program("nginx");
  if (nginx.empty()) return nullptr;
  const std::string home = make_directory(directory, "nginx");
  const int port = free_port();
  write_file(home + "/nginx.conf",
             fmt::format("daemon off; worker_processes 1; pid {0}/pid; error_log {0}/error.log;\n"
                         "events {{ worker_connections 4096; }}\n"
                         "http {{ access_log off; keepalive_requests 1000000000;\n"
                         "client_body_temp_path {0}/body; proxy_temp_path {0}/proxy;\n"
                         "fastcgi_temp_path {0}/f; uwsgi_temp_path {0}/u; scgi_temp_path {0}/s;\n"
                         "default_type application/json;\n"
                         "server {{ listen 127.0.0.1:{1}; location / {{ return 201 '{2}'; }} }} }}\n",
                         home, port,
                         "{\"status\":\"accepted\",\"seq\":12345,\"hold\":{\"id\":\"h_0_12345\","
                         "\"status\":\"open\",\"expires_at\":\"2026-11-23T10:00:00Z\",\"endangered\":0,"
                         "\"lines\":[{\"sku\":\"FLASH-1\",\"location\":\"berlin\",\"quantity\":1,"
                         "\"remaining\":1,\"committed\":0,\"released\":0,\"expired\":0}],\"commits\":[]}}"));
  auto* process = new Process({nginx, "-c", home + "/nginx.conf", "-p", home}, home + "/log");
  auto server =
      std::make_unique<HttpServer>("nginx, constant answer (1 worker)", process, port, false);
  if (!wait_for_port(port)) return nullptr;
  return server;
}

std::unique_ptr<Server> start_redis(const std::string& directory) {
  const std::string redis = find_program("redis-server");
  const std::string cli = find_program("redis-cli");
  if (redis.empty() || cli.empty()) return nullptr;
  const std::string home = make_directory(directory, "redis");
  const int port = free_port();
  auto* process = new Process({redis, "--port", std::to_string(port), "--bind", "127.0.0.1", "--dir",
                               home, "--save", "", "--appendonly", "yes", "--appendfsync", "always"},
                              home + "/log");
  std::unique_ptr<Process> guard;
  if (!wait_for_port(port)) {
    guard.reset(process);
    return nullptr;
  }
  return std::make_unique<RedisServer>(process, port, cli);
}

std::unique_ptr<Server> start_postgres(const std::string& directory) {
  const std::string bin = "/usr/lib/postgresql/15/bin";
  if (access((bin + "/pgbench").c_str(), X_OK) != 0) return nullptr;
  const std::string home = make_directory(directory, "postgres");
  const int port = free_port();
  // PostgreSQL refuses to run as root.
  const std::string user = geteuid() == 0 ? "postgres" : "";
  const std::string as = user.empty() ? "" : "setpriv --reuid=postgres --regid=postgres --clear-groups ";
  bool ok = false;
  run(fmt::format("{}{}/initdb -D {}/data -A trust -U postgres >{}/init.log 2>&1", as, bin, home, home),
      &ok);
  if (!ok) return nullptr;
  auto* process = new Process({bin + "/postgres", "-D", home + "/data", "-p", std::to_string(port), "-k",
                               home, "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=300"},
                              home + "/log", user);
  auto server = std::make_unique<PostgresServer>(process, port, bin, home);
  if (!wait_for_port(port) || !server->prepare()) return nullptr;
  return server;
}

}  // namespace holdfast::bench
