#include "app/config/config.h"

#include <charconv>
#include <cstring>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "app/config/config_node.h"
#include "app/config/lists.h"
#include "app/config/scalars.h"
#include "store/postgres/url.h"

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

using Show = std::function<void(const std::string& key, std::string value)>;

/// One field of a mapping: a pointer with the sender's words translated, or a constant.
std::string field_shown(const connectors::FieldMapping& field) {
  if (!field.constant.empty()) return fmt::format("constant {}", field.constant);
  std::vector<std::string> words;
  for (const auto& [theirs, ours] : field.values) words.push_back(theirs + " = " + ours);
  return words.empty() ? field.pointer
                       : fmt::format("{} {{{}}}", field.pointer, fmt::join(words, ", "));
}

void show_signature(const std::string& path, const connectors::SourceConfig& source,
                    const Show& show) {
  show(path, source.signature);
  if (source.signature != "hmac-sha256") return;
  show(path + ".header", source.signature_header);
  show(path + ".encoding", source.signature_encoding);
  show(path + ".prefix", source.signature_prefix);
  show(path + ".signed", source.signed_content);
  show(path + ".timestamp_header", source.timestamp_header);
  show(path + ".id_header", source.id_header);
}

void show_source(const std::string& path, const connectors::SourceConfig& source,
                 const Show& show) {
  show(path + ".type", source.type);
  show(path + ".channel", source.channel);
  show(path + ".secrets", fmt::format("({} hidden)", source.secrets.size()));
  show(path + ".default_location", source.default_location);
  for (const auto& [theirs, ours] : source.locations) show(path + ".locations." + theirs, ours);
  if (!source.items.empty())
    show(path + ".items_file", fmt::format("({} items)", source.items.size()));
  if (source.type == "shopify") {
    show(path + ".shop_domain", source.shop_domain);
    show(path + ".order_key", source.order_key);
  }
  if (source.type != "generic") return;
  show_signature(path + ".signature", source, show);
  show(path + ".mapping.items", source.mapping.items);
  show(path + ".mapping.id", source.mapping.id);
  for (const auto& [name, field] : source.mapping.fields)
    show(path + ".mapping." + name, field_shown(field));
}

/// The lists as `config show` tells them, secrets hidden.
void show_lists(const std::string& file, Config* config) {
  const Show show = [&](const std::string& key, std::string value) {
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
    show_source("sources." + source.name, source, show);
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
    show(path + ".rate_per_s", fmt::format("{}", sink.settings.rate_per_s));
    show(path + ".timeout_s", fmt::format("{}", sink.timeout / kSecond));
    show(path + ".window", fmt::format("{}", sink.window));
    show(path + ".ca_file", sink.ca_file);
    show(path + ".allow_private_networks", join_shown(sink.allow_private_networks));
  }
}

/// The address of a shared ledger has a password in it: it is checked here and never shown.
void read_ledger(const std::map<std::string, SettingShown>& scalars, Config* config,
                 ConfigProblems* problems) {
  const SettingShown& url = scalars.at("ledger.url");
  config->ledger_url = url.value;
  config->ledger_durability = scalars.at("ledger.durability").value;
  if (url.value.empty()) return;
  const auto parsed = store::postgres::Url::parse(url.value);
  if (!parsed) problems->push_back({url.origin, url.key, parsed.error().detail});
  for (SettingShown& shown : config->shown) {
    if (shown.key == url.key) shown.value = parsed ? parsed->shown() : "(hidden)";
  }
}

}  // namespace

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

Config load_config(const ConfigArguments& arguments, const Environment& given,
                   ConfigProblems* problems) {
  Config config;
  std::set<std::string> used;
  const Environment environment([&](const std::string& name) {
    used.insert(name);
    return given(name);
  });
  const ConfigNode tree = read_tree(arguments.file, problems);
  {
    TableReader root(tree, arguments.file, "", problems);
    const auto scalars = read_scalars(root, arguments, environment, problems);
    for (const ScalarSetting& setting : scalar_settings()) {
      config.shown.push_back(scalars.at(setting.key));
    }
    read_ledger(scalars, &config, problems);
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
    config.hold_quota.open_max = std::stoll(scalars.at("keys.holds_open_max").value);
    config.hold_quota.open_per_sku_max =
        std::stoll(scalars.at("keys.holds_open_per_sku_max").value);
    if (scalars.at("log.format").value == "json") config.log_format = telemetry::LogFormat::kJson;
    config.log_level = telemetry::log_level_named(scalars.at("log.level").value)
                           .value_or(telemetry::LogLevel::kInfo);
    config.channels = read_channels(root, problems);
    config.sources = read_sources(root, environment, problems);
    config.sinks = read_sinks(root, environment, problems);
  }
  check_variables(given, used, problems);
  check_channel_names(config, arguments.file, problems);
  show_lists(arguments.file, &config);
  return config;
}

}  // namespace holdfast::app
