#include "app/config/scalars.h"

#include <charconv>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "app/config/table_reader.h"
#include "model/limits.h"

namespace holdfast::app {
namespace {

constexpr int64_t kKeysMin = 1'000;
constexpr int64_t kKeysMax = 1'000'000'000;
constexpr int64_t kRequestsPerSMax = 1'000'000;

std::optional<int64_t> to_integer(const std::string& text) {
  int64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_choice(std::string_view choices, std::string_view value) {
  while (true) {
    const size_t end = choices.find(' ');
    if (choices.substr(0, end) == value) return true;
    if (end == std::string_view::npos) return false;
    choices.remove_prefix(end + 1);
  }
}

/// What is wrong with the text of a setting; empty when nothing is.
std::string complaint(const ScalarSetting& setting, const std::string& value) {
  if (setting.choices != nullptr && !is_choice(setting.choices, value)) {
    return fmt::format("is '{}', must be one of: {}", value, setting.choices);
  }
  if (!setting.is_integer) {
    const bool may_lack = *setting.otherwise == '\0';
    return value.empty() && !may_lack ? "is empty, must be a text" : "";
  }
  const std::optional<int64_t> number = to_integer(value);
  if (number && *number >= setting.low && *number <= setting.high) return "";
  return fmt::format("is {}, must be a whole number of {} to {}", value, setting.low, setting.high);
}

/// The setting's text in the file; nullopt when it is not there. Keys of [server], [idempotency]
/// and [log] that are no setting are reported by the reader of that table.
std::optional<std::string> text_in_file(const ScalarSetting& setting, TableReader* table,
                                        const std::string& key, ConfigProblems* problems) {
  const ConfigNode* node = table->any(key);
  if (node == nullptr) return std::nullopt;
  const bool fits = setting.is_integer ? node->kind == ConfigNode::Kind::kInteger
                                       : node->kind == ConfigNode::Kind::kText;
  if (fits) return setting.is_integer ? fmt::format("{}", node->integer) : node->text;
  problems->push_back({table->place_of(key), setting.key,
                       fmt::format("is {}, must be {}", name_of(node->kind),
                                   name_of(setting.is_integer ? ConfigNode::Kind::kInteger
                                                              : ConfigNode::Kind::kText))});
  return std::nullopt;
}

}  // namespace

const std::vector<ScalarSetting>& scalar_settings() {
  static const std::vector<ScalarSetting> kSettings = {
      {"server.listen", "HOLDFAST_LISTEN", "--listen", "127.0.0.1:4653", false, 0, 0},
      {"server.data_dir", "HOLDFAST_DATA_DIR", "--data-dir", "/var/lib/holdfast", false, 0, 0},
      {"ledger.url", "HOLDFAST_LEDGER_URL", "--ledger", "", false, 0, 0},
      {"ledger.durability", "HOLDFAST_LEDGER_DURABILITY", "--ledger-durability", "auto", false, 0, 0,
       "auto local replicated"},
      {"idempotency.window_days", "HOLDFAST_IDEMPOTENCY_WINDOW_DAYS", "--idempotency-window-days",
       "7", true, 1, 365},
      {"idempotency.keys_max", "HOLDFAST_IDEMPOTENCY_KEYS_MAX", "--idempotency-keys-max",
       "16000000", true, kKeysMin, kKeysMax},
      {"keys.requests_per_s", "HOLDFAST_KEYS_REQUESTS_PER_S", "--keys-requests-per-s", "0", true, 0,
       kRequestsPerSMax},
      {"keys.holds_open_max", "HOLDFAST_KEYS_HOLDS_OPEN_MAX", "--keys-holds-open-max", "100000", true,
       0, limits::kHoldsOpenMax},
      {"keys.holds_open_per_sku_max", "HOLDFAST_KEYS_HOLDS_OPEN_PER_SKU_MAX",
       "--keys-holds-open-per-sku-max", "0", true, 0, limits::kHoldsOpenMax},
      {"server.tls_cert", "HOLDFAST_TLS_CERT", "--tls-cert", "", false, 0, 0},
      {"server.tls_key", "HOLDFAST_TLS_KEY", "--tls-key", "", false, 0, 0},
      {"log.format", "HOLDFAST_LOG_FORMAT", "--log-format", "text", false, 0, 0, "text json"},
      {"log.level", "HOLDFAST_LOG_LEVEL", "--log-level", "info", false, 0, 0,
       "debug info warning error"},
  };
  return kSettings;
}

std::map<std::string, SettingShown> read_scalars(TableReader& root,
                                                 const ConfigArguments& arguments,
                                                 const Environment& environment,
                                                 ConfigProblems* problems) {
  std::map<std::string, SettingShown> values;
  std::map<std::string, std::unique_ptr<TableReader>> tables;
  for (const char* name : {"server", "ledger", "idempotency", "keys", "log"}) {
    if (const ConfigNode* node = root.table(name)) {
      tables[name] = std::make_unique<TableReader>(*node, root.file(), name, problems);
    }
  }
  for (const ScalarSetting& setting : scalar_settings()) {
    const std::string key = setting.key;
    const size_t dot = key.find('.');
    SettingShown& shown = values[key] = {key, setting.otherwise, "default"};
    if (const auto table = tables.find(key.substr(0, dot)); table != tables.end()) {
      const std::string name = key.substr(dot + 1);
      const auto text = text_in_file(setting, table->second.get(), name, problems);
      if (text) shown = {key, *text, table->second->place_of(name)};
    }
    if (const auto text = environment(setting.environment)) {
      shown = {key, *text, setting.environment};
    }
    if (const auto flag = arguments.flags.find(key); flag != arguments.flags.end()) {
      shown = {key, flag->second, setting.flag};
    }
    if (const std::string wrong = complaint(setting, shown.value); !wrong.empty()) {
      problems->push_back({shown.origin, key, wrong});
      shown = {key, setting.otherwise, "default"};
    }
  }
  return values;
}

}  // namespace holdfast::app
