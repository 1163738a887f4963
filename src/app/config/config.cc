#include "app/config/config.h"

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "app/config/config_node.h"
#include "app/config/lists.h"
#include "app/config/scalars.h"

namespace holdfast::app {
namespace {

/// The file's tree; an empty one when there is no file or it cannot be read (which is then a
/// problem).
ConfigNode read_tree(const std::string& file, ConfigProblems* problems) {
  if (file.empty()) return {};
  std::ifstream in(file);
  if (!in) {
    problems->push_back({file, "", fmt::format("cannot be read: {}", std::strerror(errno))});
    return {};
  }
  std::ostringstream text;
  text << in.rdbuf();
  Result<ConfigNode> tree = parse_toml(text.str());
  if (tree) return std::move(*tree);
  problems->push_back({file, "", tree.error().detail});
  return {};
}

/// A channel that a source or sink names must be one of the file's: a typing error would otherwise
/// open a channel nobody set up. Checked only where the file defines channels at all.
void check_channel_names(const Config& config, const std::string& file, ConfigProblems* problems) {
  if (config.channels.empty()) return;
  std::vector<std::string> known;
  for (const ChannelConfig& channel : config.channels) known.push_back(channel.id);
  const auto check = [&](const std::string& key, const std::string& channel) {
    if (channel.empty() || std::find(known.begin(), known.end(), channel) != known.end()) return;
    const std::string meant = nearest(channel, known);
    problems->push_back(
        {file, key,
         fmt::format("'{}' is none of [[channels]]{}", channel,
                     meant.empty() ? "" : fmt::format("; did you mean '{}'?", meant))});
  };
  for (size_t i = 0; i < config.sources.size(); ++i) {
    check(fmt::format("sources[{}].channel", i), config.sources[i].channel);
  }
  for (size_t i = 0; i < config.sinks.size(); ++i) {
    check(fmt::format("sinks[{}].channel", i), config.sinks[i].settings.channel);
  }
}

std::string join_shown(const std::vector<std::string>& words) {
  return fmt::format("[{}]", fmt::join(words, ", "));
}

/// The lists as `config show` tells them, secrets hidden.
void show_lists(const std::string& file, Config* config) {
  const auto show = [&](const std::string& key, std::string value) {
    config->shown.push_back({key, std::move(value), file});
  };
  for (const ChannelConfig& channel : config->channels) {
    const std::string path = "channels." + channel.id;
    show(path + ".locations", join_shown(channel.settings.locations));
    show(path + ".buffer", fmt::format("{}", channel.settings.buffer));
    show(path + ".oversell_limit", fmt::format("{}", channel.settings.oversell_limit));
    show(path + ".low_at", fmt::format("{}", channel.settings.low_at));
  }
  for (const connectors::SourceConfig& source : config->sources) {
    const std::string path = "sources." + source.name;
    show(path + ".type", source.type);
    show(path + ".channel", source.channel);
    show(path + ".signature", source.signature);
    show(path + ".secrets", fmt::format("({} hidden)", source.secrets.size()));
    show(path + ".default_location", source.default_location);
    if (source.type == "shopify") show(path + ".order_key", source.order_key);
    if (!source.items.empty()) show(path + ".items_file", fmt::format("({} items)", source.items.size()));
  }
  for (const connectors::SinkConfig& sink : config->sinks) {
    const std::string path = "sinks." + sink.settings.name;
    show(path + ".type", sink.type);
    show(path + ".deliver",
         sink.settings.deliver == feed::DeliverMode::kStock ? "stock" : "events");
    show(path + ".channel", sink.settings.channel);
    show(path + ".mode", sink.settings.observe ? "observe" : "active");
    show(path + ".on_drift", sink.settings.enforce ? "enforce" : "report");
    show(path + ".raise_delay_s", fmt::format("{}", sink.settings.raise_delay / kSecond));
    show(path + ".url", sink.url);
    show(path + ".secrets", fmt::format("({} hidden)", sink.secrets.size()));
    std::vector<std::string> waits;
    for (const Duration wait : sink.settings.retry.schedule) {
      waits.push_back(fmt::format("{}", wait / kSecond));
    }
    show(path + ".retry.schedule_s", join_shown(waits));
    show(path + ".allow_private_networks", join_shown(sink.allow_private_networks));
  }
}

}  // namespace

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  };
}

std::optional<ListenAddress> parse_listen(const std::string& text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return std::nullopt;
  ListenAddress address;
  address.host = text.substr(0, colon);
  if (address.host.front() == '[') {
    if (address.host.back() != ']' || address.host.size() < 4) return std::nullopt;
    address.host = address.host.substr(1, address.host.size() - 2);
  } else if (address.host.find(':') != std::string::npos) {
    return std::nullopt;  // an IPv6 address without brackets
  }
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, address.port);
  if (error != std::errc() || stop != end) return std::nullopt;
  return address;
}

Config load_config(const ConfigArguments& arguments, const Environment& environment,
                   ConfigProblems* problems) {
  Config config;
  const ConfigNode tree = read_tree(arguments.file, problems);
  {
    TableReader root(tree, arguments.file, "", problems);
    const auto scalars = read_scalars(root, arguments, environment, problems);
    for (const ScalarSetting& setting : scalar_settings()) {
      config.shown.push_back(scalars.at(setting.key));
    }
    const SettingShown& listen = scalars.at("server.listen");
    if (const auto address = parse_listen(listen.value)) {
      config.listen = *address;
    } else {
      problems->push_back({listen.origin, listen.key,
                           fmt::format("is '{}', must be ADDRESS:PORT such as 127.0.0.1:4653 or "
                                       "[::1]:4653, port 0 to 65535",
                                       listen.value)});
    }
    config.tls_cert = scalars.at("server.tls_cert").value;
    config.tls_key = scalars.at("server.tls_key").value;
    if (config.tls_cert.empty() != config.tls_key.empty()) {
      const SettingShown& set = scalars.at(config.tls_cert.empty() ? "server.tls_key" : "server.tls_cert");
      problems->push_back({set.origin, set.key, "server.tls_cert and server.tls_key go together: set both"});
    }
    config.data_dir = scalars.at("server.data_dir").value;
    config.idempotency_window_days = std::stoll(scalars.at("idempotency.window_days").value);
    config.idempotency_keys_max = std::stoll(scalars.at("idempotency.keys_max").value);
    config.key_requests_per_s = std::stoll(scalars.at("keys.requests_per_s").value);
    config.key_holds_open_max = std::stoll(scalars.at("keys.holds_open_max").value);
    if (scalars.at("log.format").value == "json") config.log_format = telemetry::LogFormat::kJson;
    config.log_level = telemetry::log_level_named(scalars.at("log.level").value)
                           .value_or(telemetry::LogLevel::kInfo);
    config.channels = read_channels(root, problems);
    config.sources = read_sources(root, environment, problems);
    config.sinks = read_sinks(root, environment, problems);
  }
  check_channel_names(config, arguments.file, problems);
  show_lists(arguments.file, &config);
  return config;
}

}  // namespace holdfast::app
