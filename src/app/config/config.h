// The settings of a server: read from defaults, a TOML file, the environment and flags, later ones
// winning.
//
// Used by serve, verify, config. load_config() collects every problem instead of stopping at the
// first; a Config without problems is valid. Values only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/command_line.h"
#include "app/config/environment.h"
#include "app/config/problem.h"
#include "connectors/config.h"
#include "model/command.h"
#include "telemetry/log.h"

namespace holdfast::app {

struct ChannelConfig {
  std::string id;
  ChannelSettings settings;
};

/// One setting as `config show` lists it; secrets are already "(hidden)".
struct SettingShown {
  std::string key;
  std::string value;
  std::string origin;  ///< "default", "shop.toml:3", "HOLDFAST_LISTEN", "--listen"
};

struct ListenAddress {
  std::string host;
  uint16_t port = 0;
};

struct Config {
  ListenAddress listen;
  std::string data_dir;
  std::string ledger_url;         ///< of a ledger that many nodes share; empty: the journal of one machine
  std::string ledger_durability;  ///< "local", "replicated" or "auto"
  std::string tls_cert, tls_key;  ///< files; empty: plain HTTP
  int64_t idempotency_window_days = 0;
  int64_t idempotency_keys_max = 0;
  int64_t key_requests_per_s = 0;  ///< of one key's name; 0 = as many as come
  HoldQuota hold_quota;            ///< of one key's name
  telemetry::LogFormat log_format = telemetry::LogFormat::kText;
  telemetry::LogLevel log_level = telemetry::LogLevel::kInfo;
  std::vector<ChannelConfig> channels;
  std::vector<connectors::SourceConfig> sources;
  std::vector<connectors::SinkConfig> sinks;
  std::vector<SettingShown> shown;  ///< every setting, in the order of the documentation
};

/// The configuration, with every problem appended to `problems`: unknown keys (with the nearest
/// known one), variables that begin with HOLDFAST_ and are none, wrong types, values out of range,
/// files that cannot be read, types that are not built.
Config load_config(const ConfigArguments& arguments, const Environment& environment,
                   ConfigProblems* problems);

/// "127.0.0.1:4653", "[::1]:0", "localhost:80"; nullopt for anything else.
std::optional<ListenAddress> parse_listen(const std::string& text);

}  // namespace holdfast::app
