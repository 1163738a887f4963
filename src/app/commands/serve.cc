// `holdfast serve`: configuration, checks, start, banner, and the drain when told to stop.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/commands/loaded_config.h"
#include "app/commands/output.h"
#include "app/server.h"
#include "app/service_manager.h"
#include "app/signals.h"
#include "app/watchdog.h"

namespace holdfast::app {
namespace {

/// Rounds of the watchdog within the time after which the service manager gives up: one late answer
/// is no reason to end the process.
constexpr int64_t kWatchdogRounds = 4;

/// What a test of crashes needs smaller than anybody else does, so that a short run meets segment
/// switches and snapshots; not settings: a group that does not fit into a segment ends the process.
uint64_t number_for_tests(const char* variable) {
  const char* text = std::getenv(variable);
  return text == nullptr ? 0 : std::strtoull(text, nullptr, 10);
}

NodeOptions node_options(const Config& config, const ServeArguments& arguments,
                         telemetry::Log& log) {
  NodeOptions options;
  options.listen = config.listen;
  options.data_dir = config.data_dir;
  options.ledger_url = config.ledger_url;
  options.ledger_durability = config.ledger_durability;
  options.tls_cert = config.tls_cert;
  options.tls_key = config.tls_key;
  options.accept_clock = arguments.accept_clock;
  options.idempotency_window = config.idempotency_window_days * kDay;
  options.idempotency_keys_max = static_cast<uint64_t>(config.idempotency_keys_max);
  options.requests_per_key.per_second = config.key_requests_per_s;
  options.hold_quota = config.hold_quota;
  options.segment_bytes = number_for_tests("HOLDFAST_TEST_SEGMENT_KIB") << 10;
  options.snapshot_events = number_for_tests("HOLDFAST_TEST_SNAPSHOT_EVENTS");
  options.channels = config.channels;
  options.sources = config.sources;
  options.sinks = config.sinks;
  options.on_fatal = [&log](const Error& error) {
    // The disk has refused or lost a write: what was answered is safe, nothing more may be
    // answered. No destructor may run, for one could answer somebody.
    log.error("the journal cannot be written; the process ends", {{"error", error.detail}});
    print_error(
        fmt::format("holdfast: the journal cannot be written: {}\n"
                    "Everything that was answered is safe. Mend the disk, then start again.\n",
                    error.detail));
    log.flush();
    std::_Exit(kExitFailed);
  };
  return options;
}

std::string address_text(const Config& config, const Node& node) {
  const std::string& host = config.listen.host;
  const bool v6 = host.find(':') != std::string::npos;
  return fmt::format("{}://{}:{}", node.has_tls() ? "https" : "http", v6 ? "[" + host + "]" : host,
                     node.port());
}

std::string durability_text(const Node& node) {
  if (node.shared() != nullptr) return node.shared()->durability();
  return "an answer means: flushed to this disk. There is no second machine";
}

/// What an operator wants to see before anything else.
std::string banner(const Config& config, const Node& node) {
  const std::string url = address_text(config, node);
  std::string text = fmt::format(
      "Holdfast {} is ready\n"
      "  API          {}/v1    (health {}/readyz, contract {}/openapi.json)\n"
      "  dashboard    {}/\n"
      "  data         {}  (ledger {}, seq {})\n"
      "  durability   {}.\n",
      HOLDFAST_VERSION, url, url, url, url,
      node.shared() != nullptr ? node.shared()->address() : config.data_dir, node.ledger_id(),
      node.recovery().last_seq, durability_text(node));
  for (const connectors::SourceConfig& source : config.sources) {
    text += fmt::format("  source       {} ({}): POST {}/v1/sources/{}\n", source.name, source.type,
                        url, percent_encode(source.name));
  }
  for (const connectors::SinkConfig& sink : config.sinks) {
    text += fmt::format("  sink         {} ({}){}{}\n", sink.settings.name, sink.type,
                        sink.url.empty() ? "" : ": ", sink.url);
  }
  if (node.resume_awaited()) {
    text +=
        "  restored     sinks and sources are paused; look at the numbers, then `holdfast "
        "resume`\n";
  }
  text += node.has_keys()
              ? "  keys         every request needs an API key: `Authorization: Bearer hf_…`\n"
              : "  warning      no API key yet: whoever reaches this machine's loopback address may read and write.\n"
                "               From the first key on (holdfast key create) every request needs one.\n";
  if (!node.loopback() && !node.has_tls()) {
    text +=
        "  warning      plain HTTP beyond this machine: keys can be read on the way. Set "
        "server.tls_cert and server.tls_key, or let a proxy terminate TLS.\n";
  }
  return text;
}

std::string banner_json(const Config& config, const Node& node) {
  std::string members = ",\"ready\":true";
  print_member(&members, "url", address_text(config, node));
  print_member(&members, "data_dir", config.data_dir);
  print_member(&members, "ledger", node.ledger_id());
  print_member(&members, "seq", static_cast<int64_t>(node.recovery().last_seq));
  print_member(&members, "durability",
               node.shared() != nullptr ? std::string_view(node.shared()->durability())
                                        : std::string_view("flushed to the local disk"));
  members += node.has_keys() ? ",\"open\":false" : ",\"open\":true";
  members += fmt::format(",\"resume_awaited\":{}", node.resume_awaited());
  return to_object(members) + "\n";
}

/// Written under another name first: whoever waits for the file never reads half of it.
Status write_ports_file(const std::string& path, uint16_t port) {
  const std::string temporary = path + ".tmp";
  std::ofstream out(temporary, std::ios::trunc);
  out << fmt::format("{{\"http\": {}}}\n", port);
  out.close();
  if (!out || std::rename(temporary.c_str(), path.c_str()) != 0) {
    return fail(ErrorCode::kIo,
                fmt::format("cannot write the ports file '{}': {}", path, std::strerror(errno)));
  }
  return {};
}

void log_start(telemetry::Log& log, const Node& node) {
  const engine::RecoveryFacts& facts = node.recovery();
  log.info("ledger opened", {{"seq", facts.last_seq},
                             {"snapshot_seq", facts.snapshot_seq},
                             {"events_replayed", facts.events_replayed},
                             {"took_ms", facts.took / kMillisecond}});
  for (const std::string& remark : facts.remarks) log.warning(remark);
  const store::Recovery* journal = node.journal_recovery();
  if (journal != nullptr && journal->torn_tail) {
    log.warning("an unfinished group at the end of the log was cut; nothing acknowledged was in it",
                {{"file", journal->torn_file}, {"offset", journal->torn_offset}});
  }
}

/// Until a signal says to stop. Where the service manager has a watchdog it hears from us while,
/// and only while, the node makes progress: the manager then restarts what is stuck.
void wait_for_stop(StopSignals& signals, ServiceManager& manager, Node& node, telemetry::Log& log) {
  if (!manager.watchdog()) {
    signals.wait();
    return;
  }
  Watchdog watchdog;
  node.be_watched_by(&watchdog);
  const Duration interval = std::max<Duration>(*manager.watchdog() / kWatchdogRounds, kMillisecond);
  bool first = true;
  do {
    if (watchdog.turn()) {
      manager.alive();
    } else if (!std::exchange(first, false)) {
      log.error("no progress: the service manager is not told that we are well",
                {{"part", watchdog.silent()}});
    }
  } while (!signals.wait(interval));
}

/// A second signal during the drain means: now.
void exit_on_second_signal(StopSignals signals) {
  std::thread([signals]() mutable {
    signals.wait();
    std::_Exit(kExitFailed);
  }).detach();
}

}  // namespace

int run_serve(const ServeArguments& arguments, bool json) {
  StopSignals signals;
  const std::optional<Config> loaded = load_or_complain(arguments.config);
  if (!loaded) return kExitConfig;
  const Config& config = *loaded;
  ServiceManager manager(process_environment());
  Result<std::unique_ptr<telemetry::Log>> log =
      telemetry::Log::open({.level = config.log_level, .format = config.log_format});
  if (!log) return report(log.error(), json);
  Result<std::unique_ptr<Node>> started =
      Node::start(node_options(config, arguments, **log), **log);
  if (!started) {
    const int exit_code = report(started.error(), json);
    return started.error().code == ErrorCode::kConfigInvalid ? kExitConfig : exit_code;
  }
  Node& node = **started;
  log_start(**log, node);
  if (!arguments.ports_file.empty()) {
    if (const Status written = write_ports_file(arguments.ports_file, node.port()); !written) {
      return report(written.error(), json);
    }
  }
  print_out(json ? banner_json(config, node) : banner(config, node));

  signals.on_hangup([&node] { node.reload_tls(); });
  manager.ready();
  wait_for_stop(signals, manager, node, **log);
  signals.on_hangup(nullptr);
  manager.stopping();
  (*log)->info("draining");
  exit_on_second_signal(signals);
  if (const Status drained = node.drain(); !drained) return report(drained.error(), json);
  (*log)->info("drained; every answer is on disk");
  return kExitOk;
}

}  // namespace holdfast::app
