#include "app/config/lists.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "app/config/items.h"
#include "app/config/secrets.h"
#include "connectors/registry.h"
#include "http/key_book.h"
#include "json/check.h"
#include "model/limits.h"

namespace holdfast::app {
namespace {

constexpr int64_t kRetriesMax = 100;

/// Reports a name that is no name, and one that was there before.
void check_id(TableReader& table, const std::string& key, const std::string& id,
              std::set<std::string>* seen) {
  if (id.empty()) return;  // reported as missing
  if (const Status status = json::check_name(id, key); !status) {
    table.problem(key, status.error().detail);
  } else if (!seen->insert(id).second) {
    table.problem(key, fmt::format("'{}' is there twice", id));
  }
}

/// A connector type: one that is built, one of `planned` that is not, or a mistake.
std::string read_type(TableReader& table, const std::vector<std::string_view>& built,
                      const std::vector<std::string>& planned) {
  const std::string type = table.required_text("type");
  if (type.empty() || std::find(built.begin(), built.end(), type) != built.end()) return type;
  std::vector<std::string> known(built.begin(), built.end());
  if (std::find(planned.begin(), planned.end(), type) != planned.end()) {
    table.problem("type",
                  fmt::format("'{}' is not built yet; there is: {}", type, fmt::join(known, ", ")));
    return {};
  }
  const std::string meant = nearest(type, known);
  table.problem("type",
                fmt::format("'{}' is no type; there is: {}{}", type, fmt::join(known, ", "),
                            meant.empty() ? "" : fmt::format("; did you mean '{}'?", meant)));
  return {};
}

std::map<std::string, std::string> read_text_table(TableReader& table, const std::string& key,
                                                   ConfigProblems* problems) {
  std::map<std::string, std::string> values;
  const ConfigNode* node = table.table(key);
  if (node == nullptr) return values;
  TableReader reader(*node, table.file(), table.path_of(key), problems);
  for (const auto& [name, member] : node->members) values[name] = reader.required_text(name);
  return values;
}

connectors::FieldMapping read_field(TableReader& table, const std::string& key,
                                    const ConfigNode& node, ConfigProblems* problems) {
  connectors::FieldMapping field;
  if (node.kind != ConfigNode::Kind::kTable) {
    field.pointer = table.required_text(key);
    return field;
  }
  TableReader reader(node, table.file(), table.path_of(key), problems);
  field.pointer = reader.text("pointer");
  field.constant = reader.text("constant");
  field.values = read_text_table(reader, "values", problems);
  if (field.pointer.empty() == field.constant.empty()) {
    reader.problem("", "needs either 'pointer' or 'constant'");
  }
  return field;
}

connectors::MappingConfig read_mapping(TableReader& source, const ConfigNode& node,
                                       ConfigProblems* problems) {
  connectors::MappingConfig mapping;
  TableReader table(node, source.file(), source.path_of("mapping"), problems);
  mapping.items = table.text("items");
  mapping.id = table.text("id");
  for (const char* key :
       {"type",        "sku",         "location", "quantity", "total",   "ordered",
        "expected",    "counted",     "delta",    "line",     "channel", "order",
        "reference",   "document",    "reason",   "state",    "from",    "to",
        "to_location", "occurred_at", "version",  "final",    "restock"}) {
    if (const ConfigNode* field = table.any(key)) {
      mapping.fields[key] = read_field(table, key, *field, problems);
    }
  }
  return mapping;
}

/// `signature = "standard-webhooks"`, or a table: scheme, header, encoding, prefix, signed …
void read_signature(TableReader& source, connectors::SourceConfig* config,
                    ConfigProblems* problems) {
  const ConfigNode* node = source.any("signature");
  if (node == nullptr) return;
  const std::vector<std::string> schemes = {"standard-webhooks", "hmac-sha256"};
  if (node->kind != ConfigNode::Kind::kTable) {
    config->signature = source.word("signature", schemes);
    return;
  }
  TableReader table(*node, source.file(), source.path_of("signature"), problems);
  config->signature = table.word("scheme", {"hmac-sha256", "standard-webhooks"});
  config->signature_header = table.text("header");
  config->signature_encoding = table.word("encoding", {"base64", "hex"});
  config->signature_prefix = table.text("prefix");
  config->signed_content = table.text("signed", config->signed_content);
  config->timestamp_header = table.text("timestamp_header");
  config->id_header = table.text("id_header");
}

/// Settings of one type are a mistake in another: what they ask for would not happen.
void only_for(TableReader& table, const std::string& type, std::string_view owner,
              std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    if (type.empty() || type == owner || !table.has(key)) continue;
    table.problem(key, fmt::format("belongs to type = \"{}\"", owner));
  }
}

std::vector<Duration> read_schedule(TableReader& sink, ConfigProblems* problems) {
  std::vector<Duration> schedule = feed::RetryPolicy().schedule;
  const ConfigNode* node = sink.table("retry");
  if (node == nullptr) return schedule;
  TableReader retry(*node, sink.file(), sink.path_of("retry"), problems);
  if (!retry.has("schedule_s")) return schedule;
  const std::vector<int64_t> seconds = retry.integers("schedule_s", 0, 7 * 86'400, {});
  if (seconds.empty() || std::ssize(seconds) > kRetriesMax) {
    retry.problem("schedule_s", fmt::format("must hold 1 to {} waits in seconds", kRetriesMax));
    return schedule;
  }
  schedule.clear();
  for (const int64_t wait : seconds) schedule.push_back(wait * kSecond);
  return schedule;
}

}  // namespace

std::vector<ChannelConfig> read_channels(TableReader& root, ConfigProblems* problems) {
  std::vector<ChannelConfig> channels;
  std::set<std::string> ids;
  for (const ConfigNode* node : root.tables("channels")) {
    TableReader table(*node, root.file(), fmt::format("channels[{}]", channels.size()), problems);
    ChannelConfig channel;
    channel.id = table.required_text("id");
    check_id(table, "id", channel.id, &ids);
    channel.settings.locations = table.texts("locations");
    if (channel.settings.locations.empty()) {
      table.problem("locations", "must name at least one location, in fill order");
    }
    std::set<std::string> seen;
    for (const std::string& location : channel.settings.locations) {
      check_id(table, "locations", location, &seen);
    }
    channel.settings.buffer = table.integer("buffer", 0, limits::kQuantityMax, 0);
    channel.settings.oversell_limit = table.integer("oversell_limit", 0, limits::kQuantityMax, 0);
    channel.settings.low_at = table.integer("low_at", 0, limits::kQuantityMax, 0);
    channel.settings.managed_by_config = true;
    channels.push_back(std::move(channel));
  }
  return channels;
}

std::vector<connectors::SourceConfig> read_sources(TableReader& root,
                                                   const Environment& environment,
                                                   ConfigProblems* problems) {
  std::vector<connectors::SourceConfig> sources;
  std::set<std::string> names;
  for (const ConfigNode* node : root.tables("sources")) {
    TableReader table(*node, root.file(), fmt::format("sources[{}]", sources.size()), problems);
    const size_t before = problems->size();
    connectors::SourceConfig source;
    source.name = table.required_text("name");
    check_id(table, "name", source.name, &names);
    if (http::KeyBook::is_reserved(source.name)) {
      table.problem("name", fmt::format("'{}' names commands that come without a key: choose "
                                        "another",
                                        source.name));
    }
    source.type = read_type(table, connectors::source_types(),
                            {"square", "3pl", "kafka", "rabbitmq", "sqs"});
    source.channel = table.text("channel");
    source.secrets = read_secrets(table, "", "secrets", "secrets_file", environment);
    source.default_location = table.text("default_location");
    source.locations = read_text_table(table, "locations", problems);
    source.shop_domain = table.text("shop_domain");
    source.order_key = table.word("order_key", {"id", "name"});
    source.items = read_items(table, "items_file");
    only_for(table, source.type, "shopify", {"shop_domain", "order_key", "items_file"});
    only_for(table, source.type, "generic", {"signature", "mapping"});
    read_signature(table, &source, problems);
    if (const ConfigNode* mapping = table.table("mapping")) {
      source.mapping = read_mapping(table, *mapping, problems);
    }
    if (problems->size() == before) {
      if (const auto made = connectors::make_source(source); !made) {
        table.problem(made.error().pointer, made.error().detail);
      }
    }
    sources.push_back(std::move(source));
  }
  return sources;
}

std::vector<connectors::SinkConfig> read_sinks(TableReader& root, const Environment& environment,
                                               ConfigProblems* problems) {
  std::vector<connectors::SinkConfig> sinks;
  std::set<std::string> names;
  for (const ConfigNode* node : root.tables("sinks")) {
    TableReader table(*node, root.file(), fmt::format("sinks[{}]", sinks.size()), problems);
    const size_t before = problems->size();
    connectors::SinkConfig sink;
    sink.settings.name = table.required_text("name");
    check_id(table, "name", sink.settings.name, &names);
    sink.type = read_type(table, connectors::sink_types(),
                          {"kafka", "rabbitmq", "shopify", "amazon", "square"});
    const bool stock = table.word("deliver", {"events", "stock"}) == "stock";
    sink.settings.deliver = stock ? feed::DeliverMode::kStock : feed::DeliverMode::kEvents;
    sink.settings.channel = table.text("channel");
    if (!stock && table.has("channel")) {
      table.problem("channel", "belongs to deliver = \"stock\"; an event sink gets every event");
    }
    sink.settings.observe = table.word("mode", {"active", "observe"}) == "observe";
    if (!stock && table.has("mode")) {
      table.problem("mode", "belongs to deliver = \"stock\"; an event sink is always active");
    }
    sink.settings.enforce = table.word("on_drift", {"report", "enforce"}) == "enforce";
    sink.settings.raise_delay = table.integer("raise_delay_s", 0, 86'400, 0) * kSecond;
    for (const char* key : {"on_drift", "raise_delay_s"}) {
      if (table.has(key) && (!stock || sink.settings.channel.empty())) {
        table.problem(key, "belongs to deliver = \"stock\" with a channel");
      }
    }
    sink.settings.retry.schedule = read_schedule(table, problems);
    sink.settings.rate_per_s = static_cast<double>(table.integer("rate_per_s", 0, 1'000'000, 0));
    sink.url = table.text("url");
    sink.secrets = read_secrets(table, "secret", "secrets", "secrets_file", environment);
    sink.allow_private_networks = table.texts("allow_private_networks");
    sink.timeout = table.integer("timeout_s", 1, 300, 15) * kSecond;
    sink.window = static_cast<size_t>(table.integer("window", 1, 256, 32));
    sink.ca_file = table.text("ca_file");
    if (problems->size() == before) {
      if (const auto made = connectors::make_sink(sink); !made) {
        table.problem(made.error().pointer, made.error().detail);
      }
    }
    sinks.push_back(std::move(sink));
  }
  return sinks;
}

}  // namespace holdfast::app
