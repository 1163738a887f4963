#include "bench/peers.h"

#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <unistd.h>

#include "bench/process_server.h"

namespace holdfast::bench {
namespace {

// nginx answering a constant of Holdfast's size to the same bytes.
class NginxServer final : public ProcessServer {
 public:
  NginxServer(std::unique_ptr<Process> process, int port)
      : ProcessServer("nginx, constant answer (1 worker)", std::move(process), port) {}

  bool restock(int64_t) override { return true; }
  std::optional<int64_t> available() override { return std::nullopt; }

  LoadResult buy(const Purchase& purchase) override {
    LoadPlan load = plan(purchase);
    load.request = [&purchase](uint64_t n, std::string* out) {
      append_hold_request(purchase.mix, purchase.first + n, out);
    };
    return run_load(load);
  }
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
  RedisServer(std::unique_ptr<Process> process, int port, std::string cli)
      : ProcessServer("Redis Lua, appendfsync always", std::move(process), port),
        cli_(std::move(cli)) {
    sha_ = ask(fmt::format("SCRIPT LOAD \"{}\"", kRedisScript)).value_or("");
  }

  bool restock(int64_t units) override {
    return ask(fmt::format("SET stock {}", units)) && sha_.size() == 40;
  }
  std::optional<int64_t> available() override { return to_number(ask("GET stock")); }

  LoadResult buy(const Purchase& purchase) override {
    LoadPlan load = plan(purchase);
    load.protocol = Protocol::kRedis;
    load.request = [this, &purchase](uint64_t n, std::string* out) {
      append_redis_request(purchase.mix, purchase.first + n, sha_, out);
    };
    return run_load(load);
  }

 private:
  std::optional<std::string> ask(const std::string& command) const {
    return trimmed_output(fmt::format("{} -p {} {}", cli_, port_, command));
  }

  std::string cli_, sha_;
};

// One statement: unique key, conditional UPDATE, event row. Driven by pgbench, prepared.
class PostgresServer final : public ProcessServer {
 public:
  PostgresServer(std::unique_ptr<Process> process, int port, std::string bin, std::string directory)
      : ProcessServer("PostgreSQL UPDATE + event row", std::move(process), port),
        bin_(std::move(bin)),
        directory_(std::move(directory)) {}

  bool prepare() {
    write_file(directory_ + "/schema.sql",
               "CREATE TABLE stock(sku text PRIMARY KEY, available bigint);"
               "CREATE TABLE event(seq bigserial PRIMARY KEY, key text UNIQUE, sku text, n int);"
               "INSERT INTO stock VALUES ('FLASH-1', 0);");
    write_file(
        directory_ + "/buy.sql",
        "\\set k random(1, 9000000000000000)\n"
        "WITH u AS (UPDATE stock SET available = available - 1 WHERE sku = 'FLASH-1' AND "
        "available >= 1 RETURNING sku) INSERT INTO event(key, sku, n) SELECT :k::text, sku, 1 "
        "FROM u;\n");
    return psql("-f " + directory_ + "/schema.sql").has_value();
  }

  bool restock(int64_t units) override {
    return psql(fmt::format("-c \"UPDATE stock SET available = {}\"", units)).has_value();
  }
  std::optional<int64_t> available() override {
    return to_number(psql("-At -c \"SELECT available FROM stock\""));
  }

  // pgbench takes whole seconds, writes each latency (third column, microseconds) to a log, and
  // says at the end what came of it.
  LoadResult buy(const Purchase& purchase) override {
    const std::string prefix = fmt::format("{}/latency{}", directory_, ++runs_);
    const int seconds = std::max(1, static_cast<int>(purchase.seconds + 0.5));
    const std::optional<std::string> output = trimmed_output(
        fmt::format("{}/pgbench -h 127.0.0.1 -p {} -U postgres -n -M prepared -c {} -j 1 -T {} -l "
                    "--log-prefix={} -f {}/buy.sql postgres 2>/dev/null",
                    bin_, port_, purchase.connections, seconds, prefix, directory_));
    LoadResult result;
    const double done = number_after(output, "transactions actually processed: ");
    const double per_second = number_after(output, "tps = ");
    if (done <= 0 || per_second <= 0) {
      result.failed = 1;
      return result;
    }
    result.succeeded = static_cast<uint64_t>(done);
    result.failed = static_cast<uint64_t>(number_after(output, "failed transactions: "));
    result.sent = result.succeeded + result.failed;
    result.seconds = done / per_second;  // without the time pgbench took to connect
    for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
      if (!entry.path().string().starts_with(prefix)) continue;
      std::ifstream log(entry.path());
      std::string client, number;
      int64_t micros = 0;
      for (std::string rest; log >> client >> number >> micros && std::getline(log, rest);) {
        result.latency.record(micros * 1'000);
      }
    }
    return result;
  }

 private:
  static double number_after(const std::optional<std::string>& text, const std::string& words) {
    const size_t at = text ? text->find(words) : std::string::npos;
    return at == std::string::npos ? 0 : std::atof(text->c_str() + at + words.size());
  }
  std::optional<std::string> psql(const std::string& arguments) const {
    return trimmed_output(fmt::format("{}/psql -h 127.0.0.1 -p {} -U postgres -q {} postgres 2>&1",
                                      bin_, port_, arguments));
  }

  std::string bin_, directory_;
  int runs_ = 0;
};

}  // namespace

std::unique_ptr<Server> start_nginx(const std::string& directory) {
  const std::string nginx = find_program("nginx");
  if (nginx.empty()) return nullptr;
  const std::string home = make_directory(directory, "nginx");
  const int port = free_port();
  write_file(
      home + "/nginx.conf",
      fmt::format("daemon off; worker_processes 1; pid {0}/pid; error_log {0}/error.log;\n"
                  "events {{ worker_connections 4096; }}\n"
                  "http {{ access_log off; keepalive_requests 1000000000;\n"
                  "client_body_temp_path {0}/body; proxy_temp_path {0}/proxy;\n"
                  "fastcgi_temp_path {0}/f; uwsgi_temp_path {0}/u; scgi_temp_path {0}/s;\n"
                  "default_type application/json;\n"
                  "server {{ listen 127.0.0.1:{1}; location / {{ return 201 '{2}'; }} }} }}\n",
                  home, port,
                  R"({"status":"accepted","seq":12345,"hold":{"id":"h_0_12345","status":"open",)"
                  R"("expires_at":"2026-11-23T10:00:00.000000Z","endangered":0,"channel":"web",)"
                  R"("lines":[{"sku":"FLASH-1","location":"berlin","quantity":1,"remaining":1,)"
                  R"("committed":0,"released":0,"expired":0}],"commits":[]},"stock":[{"sku":)"
                  R"("FLASH-1","sku_seq":12345,"available_to_sell":899999999}]})"));
  auto process = std::make_unique<Process>(
      std::vector<std::string>{nginx, "-c", home + "/nginx.conf", "-p", home}, home + "/log");
  auto server = std::make_unique<NginxServer>(std::move(process), port);
  return wait_for_port(port) ? std::move(server) : nullptr;
}

std::unique_ptr<Server> start_redis(const std::string& directory) {
  const std::string redis = find_program("redis-server");
  const std::string cli = find_program("redis-cli");
  if (redis.empty() || cli.empty()) return nullptr;
  const std::string home = make_directory(directory, "redis");
  const int port = free_port();
  auto process = std::make_unique<Process>(
      std::vector<std::string>{redis, "--port", std::to_string(port), "--bind", "127.0.0.1",
                               "--dir", home, "--save", "", "--appendonly", "yes", "--appendfsync",
                               "always"},
      home + "/log");
  if (!wait_for_port(port)) return nullptr;
  return std::make_unique<RedisServer>(std::move(process), port, cli);
}

std::unique_ptr<Server> start_postgres(const std::string& directory) {
  const std::string bin = "/usr/lib/postgresql/15/bin";
  if (access((bin + "/pgbench").c_str(), X_OK) != 0) return nullptr;
  const std::string home = make_directory(directory, "postgres");
  const int port = free_port();
  // PostgreSQL refuses to run as root.
  const std::string user = geteuid() == 0 ? "postgres" : "";
  const std::string as =
      user.empty() ? "" : "setpriv --reuid=postgres --regid=postgres --clear-groups ";
  if (!trimmed_output(fmt::format("{}{}/initdb -D {}/data -A trust -U postgres >{}/init.log 2>&1",
                                  as, bin, home, home))) {
    return nullptr;
  }
  auto process = std::make_unique<Process>(
      std::vector<std::string>{bin + "/postgres", "-D", home + "/data", "-p", std::to_string(port),
                               "-k", home, "-c", "listen_addresses=127.0.0.1", "-c",
                               "max_connections=300"},
      home + "/log", user);
  auto server = std::make_unique<PostgresServer>(std::move(process), port, bin, home);
  if (!wait_for_port(port) || !server->prepare()) return nullptr;
  return server;
}

}  // namespace holdfast::bench
