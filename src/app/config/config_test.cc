#include "app/config/config.h"

#include <filesystem>
#include <fstream>
#include <map>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace holdfast::app {
namespace {

using ::testing::HasSubstr;

class ConfigTest : public ::testing::Test {
 protected:
  ConfigTest() {
    std::string name = (std::filesystem::temp_directory_path() / "holdfast-config.XXXXXX").string();
    directory_ = mkdtemp(name.data());
  }
  ~ConfigTest() override { std::filesystem::remove_all(directory_); }

  std::string write(const std::string& name, const std::string& text, mode_t mode = 0600) {
    const std::string path = directory_ + "/" + name;
    std::ofstream(path) << text;
    chmod(path.c_str(), mode);
    return path;
  }
  Config load(const std::string& toml) {
    problems_.clear();
    arguments_.file = write("shop.toml", toml);
    const auto get = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = environment_.find(name);
      if (found == environment_.end()) return std::nullopt;
      return found->second;
    };
    std::vector<std::string> names;
    for (const auto& [name, value] : environment_) {
      if (name.starts_with("HOLDFAST_")) names.push_back(name);
    }
    return load_config(arguments_, Environment(get, names), &problems_);
  }
  /// Every problem of this configuration, as the user sees them.
  std::string problems_of(const std::string& toml) {
    load(toml);
    return to_text(problems_);
  }

  std::string directory_;
  ConfigArguments arguments_;
  std::map<std::string, std::string> environment_;
  ConfigProblems problems_;
};

constexpr const char* kSecret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

TEST_F(ConfigTest, DefaultsWithoutAFile) {
  const Config config =
      load_config({}, [](const std::string&) { return std::nullopt; }, &problems_);
  EXPECT_TRUE(problems_.empty()) << to_text(problems_);
  EXPECT_EQ(config.listen.host, "127.0.0.1");
  EXPECT_EQ(config.listen.port, 4653);
  EXPECT_EQ(config.idempotency_window_days, 7);
  EXPECT_EQ(config.idempotency_keys_max, 16'000'000);
}

TEST_F(ConfigTest, TheLogsFormatAndLevelAreOneOfAFew) {
  const Config config = load("[log]\nformat = \"json\"\nlevel = \"debug\"\n");
  EXPECT_TRUE(problems_.empty()) << to_text(problems_);
  EXPECT_EQ(config.log_format, telemetry::LogFormat::kJson);
  EXPECT_EQ(config.log_level, telemetry::LogLevel::kDebug);
  EXPECT_THAT(problems_of("[log]\nformat = \"xml\"\n"), HasSubstr("one of: text json"));
  EXPECT_THAT(problems_of("[log]\nlevel = \"loud\"\n"), HasSubstr("debug info warning error"));
  EXPECT_THAT(problems_of("[log]\nformt = \"json\"\n"), HasSubstr("format"));
}

std::string origin_of(const Config& config, std::string_view key) {
  for (const SettingShown& shown : config.shown) {
    if (shown.key == key) return shown.origin;
  }
  return "not shown";
}

TEST_F(ConfigTest, FlagsBeatEnvironmentBeatsFile) {
  const std::string toml =
      "[server]\nlisten = \"127.0.0.1:1\"\ndata_dir = \"/a\"\n[idempotency]\nkeys_max = 5000\n";
  environment_["HOLDFAST_LISTEN"] = "127.0.0.1:2";
  environment_["HOLDFAST_DATA_DIR"] = "/b";
  arguments_.flags["server.listen"] = "127.0.0.1:3";
  const Config config = load(toml);
  EXPECT_TRUE(problems_.empty()) << to_text(problems_);
  EXPECT_EQ(config.listen.port, 3);
  EXPECT_EQ(config.data_dir, "/b");
  EXPECT_EQ(config.idempotency_keys_max, 5000);
  EXPECT_EQ(origin_of(config, "server.listen"), "--listen");
  EXPECT_EQ(origin_of(config, "server.data_dir"), "HOLDFAST_DATA_DIR");
  EXPECT_THAT(origin_of(config, "idempotency.keys_max"), HasSubstr("shop.toml:5"));
}

TEST_F(ConfigTest, TheAddressOfASharedLedgerIsShownWithoutItsPassword) {
  environment_["HOLDFAST_LEDGER_URL"] = "postgresql://shop:s3cret@db1,db2/stock";
  const Config config = load("[ledger]\ndurability = \"local\"\n");
  EXPECT_TRUE(problems_.empty()) << to_text(problems_);
  EXPECT_EQ(config.ledger_url, "postgresql://shop:s3cret@db1,db2/stock");
  EXPECT_EQ(config.ledger_durability, "local");
  for (const SettingShown& shown : config.shown) {
    EXPECT_EQ(shown.value.find("s3cret"), std::string::npos) << shown.key;
  }
}

TEST_F(ConfigTest, ReadsChannelsSourcesAndSinks) {
  const Config config = load(std::string(R"(
[[channels]]
id = "web"
locations = ["berlin", "leeds"]
buffer = 2
oversell_limit = 1
low_at = 3

[[sources]]
name = "wms"
type = "generic"
channel = "web"
secrets = [")") + kSecret + R"("]
signature = "standard-webhooks"
default_location = "berlin"
[sources.locations]
"655441491" = "leeds"
[sources.mapping]
items = "/lines"
id = "/document/number"
type = { pointer = "/kind", values = { RCPT = "stock.received", ADJ = "stock.adjusted" } }
sku = "/item"
location = "/site"
quantity = "/qty"
occurred_at = "/at"

[[sinks]]
name = "erp"
type = "webhook"
deliver = "stock"
channel = "web"
url = "https://erp.example/hooks"
secret = ")" + kSecret + R"("
allow_private_networks = ["10.0.0.0/8"]
[sinks.retry]
schedule_s = [0, 1]
)");
  ASSERT_TRUE(problems_.empty()) << to_text(problems_);
  ASSERT_EQ(config.channels.size(), 1u);
  EXPECT_EQ(config.channels[0].settings.locations, (std::vector<std::string>{"berlin", "leeds"}));
  EXPECT_EQ(config.channels[0].settings.buffer, 2);
  EXPECT_TRUE(config.channels[0].settings.managed_by_config);
  ASSERT_EQ(config.sources.size(), 1u);
  EXPECT_EQ(config.sources[0].locations.at("655441491"), "leeds");
  EXPECT_EQ(config.sources[0].mapping.fields.at("type").values.at("ADJ"), "stock.adjusted");
  EXPECT_EQ(config.sources[0].mapping.fields.at("sku").pointer, "/item");
  ASSERT_EQ(config.sinks.size(), 1u);
  EXPECT_EQ(config.sinks[0].settings.deliver, feed::DeliverMode::kStock);
  EXPECT_EQ(config.sinks[0].settings.retry.schedule, (std::vector<Duration>{0, kSecond}));
  for (const SettingShown& setting : config.shown) {
    EXPECT_EQ(setting.value.find(kSecret), std::string::npos) << setting.key << " shows a secret";
  }
}

TEST_F(ConfigTest, NamesFileLineKeyAndRemedy) {
  const struct {
    const char* toml;
    std::vector<const char*> says;
  } cases[] = {
      {"[server]\nlissten = \"x\"\n", {"shop.toml:2", "server.lissten", "did you mean 'listen'"}},
      {"[serve]\n", {"shop.toml:1", "serve", "did you mean 'server'"}},
      {"[server]\nlisten = 4653\n",
       {"server.listen", "is a whole number, must be a text in quotes"}},
      {"[server]\nlisten = \"4653\"\n", {"server.listen", "ADDRESS:PORT"}},
      {"[server]\nlisten = \"::1:80\"\n", {"server.listen", "[::1]:4653"}},
      {"[server]\nlisten = \"127.0.0.1:65536\"\n", {"server.listen", "port 0 to 65535"}},
      {"[idempotency]\nwindow_days = 0\n",
       {"shop.toml:2", "window_days", "is 0, must be a whole number of 1 to 365"}},
      {"[idempotency]\nkeys_max = 1.5\n", {"keys_max", "with a fraction"}},
      {"[server]\ntls_cert = \"x\"\n", {"server.tls_cert", "go together"}},
      {"[ledger]\nurl = \"mysql://x\"\n", {"shop.toml:2", "ledger.url"}},
      {"[ledger]\ndurability = \"maybe\"\n",
       {"ledger.durability", "must be one of: auto local replicated"}},
      {"[[channels]]\nid = \"web\"\n", {"channels[0].locations", "at least one location"}},
      {"[[channels]]\nlocations = [\"a\"]\n", {"channels[0].id", "is missing"}},
      {"[[channels]]\nid=\"a\"\nlocations=[\"x\"]\nbuffer=-1\n",
       {"channels[0].buffer", "is -1, must be 0 to 1000000000"}},
      {"[[channels]]\nid=\"a\"\nlocations=[\"x\"]\n[[channels]]\nid=\"a\"\nlocations=[\"x\"]\n",
       {"shop.toml:5", "channels[1].id", "'a' is there twice"}},
      {"channels = \"web\"\n", {"channels", "is a text in quotes, must be an array"}},
      {"[[sinks]]\nname=\"k\"\ntype=\"kafka\"\n",
       {"sinks[0].type", "'kafka' is not built yet", "webhook"}},
      {"[[sinks]]\nname=\"k\"\ntype=\"webhok\"\n", {"sinks[0].type", "did you mean 'webhook'"}},
      {"[[sinks]]\nname=\"k\"\ntype=\"webhook\"\ndelivr=\"stock\"\n",
       {"sinks[0].delivr", "did you mean 'deliver'"}},
      {"[[sources]]\nname=\"s\"\ntype=\"square\"\n",
       {"sources[0].type", "'square' is not built yet"}},
      {"[[sources]]\nname=\"s\"\ntype=\"shopify\"\n", {"sources[0]", "client secret of the app"}},
      {"[[sources]]\nname=\"s\"\ntype=\"shopify\"\nsecrets=[\"x\"]\nsignature=\"hmac-sha256\"\n",
       {"sources[0].signature", "belongs to type = \"generic\""}},
      {"[[sources]]\nname=\"s\"\ntype=\"generic\"\nsecrets=[\"x\"]\nshop_domain=\"x\"\n",
       {"sources[0].shop_domain", "belongs to type = \"shopify\""}},
      {"[[sources]]\nname=\"s\"\ntype=\"shopify\"\nsecrets=[\"x\"]\n[sources.locations]\nberlin=\"b\"\n",
       {"sources[0]", "\"berlin\" is no location of Shopify's"}},
      {"[server\n", {"shop.toml", "line 1"}},
  };
  for (const auto& one : cases) {
    const std::string said = problems_of(one.toml);
    EXPECT_FALSE(problems_.empty()) << one.toml;
    for (const char* expected : one.says) EXPECT_THAT(said, HasSubstr(expected)) << one.toml;
  }
}

TEST_F(ConfigTest, ReportsEveryMistakeAtOnce) {
  problems_of("[server]\nlissten = \"x\"\n[idempotency]\nwindow_days = 0\nkey_max = 1\n");
  EXPECT_EQ(problems_.size(), 3u) << to_text(problems_);
}

TEST_F(ConfigTest, RefusesAMissingFile) {
  arguments_.file = directory_ + "/nowhere.toml";
  load_config(arguments_, [](const std::string&) { return std::nullopt; }, &problems_);
  EXPECT_THAT(to_text(problems_), HasSubstr("nowhere.toml: cannot be read: No such file"));
}

TEST_F(ConfigTest, SecretsFromFileAndEnvironment) {
  const auto sink = [](const std::string& secret) {
    return "[[sinks]]\nname=\"a\"\ntype=\"webhook\"\nurl=\"https://a.example/\"\n" + secret + "\n";
  };
  environment_["ERP_SECRET"] = kSecret;
  EXPECT_EQ(load(sink("secret = \"${ERP_SECRET}\"")).sinks.at(0).secrets.at(0), kSecret);
  EXPECT_TRUE(problems_.empty()) << to_text(problems_);
  EXPECT_THAT(problems_of(sink("secret = \"${UNSET}\"")), HasSubstr("variable UNSET is not set"));

  const std::string good = write("good", std::string(kSecret) + "\n");
  EXPECT_EQ(load(sink("secrets_file = \"" + good + "\"")).sinks.at(0).secrets.at(0), kSecret);
  EXPECT_TRUE(problems_.empty()) << to_text(problems_);
  const std::string open = write("open", std::string(kSecret) + "\n", 0644);
  EXPECT_THAT(problems_of(sink("secrets_file = \"" + open + "\"")),
              HasSubstr("can be read by others"));
  EXPECT_THAT(problems_of(sink("secret = \"x\"\nsecrets_file = \"" + good + "\"")),
              HasSubstr("secrets are given twice"));
}

TEST_F(ConfigTest, AVariableThatIsNearlyASettingIsAMistake) {
  environment_ = {{"HOLDFAST_LISTN", "127.0.0.1:1"},
                  {"HOLDFAST_SHOP_SECRET", kSecret},
                  {"HOLDFAST_SERVICE_HOST", "10.0.0.7"},
                  {"HOLDFAST_PORT", "tcp://10.0.0.7:4653"},
                  {"HOLDFAST_PORT_4653_TCP_ADDR", "10.0.0.7"},
                  {"HOLDFAST_SEED", "17"},
                  {"HOLDFAST_URL", "http://127.0.0.1:1"},
                  {"HOLDFAST_KEY", "hf_x"},
                  {"HOLDFAST_TEST_SEGMENT_KIB", "512"}};
  EXPECT_EQ(problems_of(""),
            "environment: HOLDFAST_LISTN: is no setting; did you mean HOLDFAST_LISTEN?\n");
  environment_.erase("HOLDFAST_LISTN");
  environment_["HOLDFAST_KEYS"] = kSecret;
  EXPECT_EQ(problems_of("[[sinks]]\nname=\"a\"\ntype=\"webhook\"\nurl=\"https://a.example/\"\n"
                        "secret = \"${HOLDFAST_KEYS}\"\n"),
            "");
}

TEST_F(ConfigTest, SourcesHaveNoNameOfCommandsWithoutAKey) {
  for (const char* name : {"local", "config"}) {
    EXPECT_THAT(problems_of(fmt::format("[[sources]]\nname=\"{}\"\ntype=\"shopify\"\n"
                                        "secrets=[\"x\"]\n",
                                        name)),
                HasSubstr("sources[0].name: '" + std::string(name) + "' names commands that come"));
  }
}

// Whatever the file may say comes out of `config show`: the keys of every table below are all set.
TEST_F(ConfigTest, ShowsEveryKeyThatIsSet) {
  const std::string secret = std::string("\"") + kSecret + "\"";
  const Config config = load(R"(
[[channels]]
id = "web"
locations = ["berlin"]
buffer = 2
oversell_limit = 1
low_at = 3

[[sources]]
name = "shop"
type = "shopify"
channel = "web"
secrets = ["app-secret-of-shopify"]
default_location = "berlin"
shop_domain = "x.myshopify.com"
[sources.locations]
"655441491" = "leeds"

[[sources]]
name = "wms"
type = "generic"
channel = "web"
secrets = [)" + secret + R"(]
default_location = "berlin"
[sources.signature]
scheme = "hmac-sha256"
header = "x-signature"
encoding = "hex"
prefix = "sha256="
signed = "{timestamp}.{id}.{body}"
timestamp_header = "x-time"
id_header = "x-id"
[sources.mapping]
items = "/lines"
id = "/document/number"
type = { pointer = "/kind", values = { RCPT = "stock.received" } }
sku = "/item"
quantity = "/qty"
location = { constant = "berlin" }

[[sinks]]
name = "erp"
type = "webhook"
deliver = "stock"
channel = "web"
mode = "observe"
url = "https://erp.example/hooks"
secret = )" + secret + R"(
allow_private_networks = ["10.0.0.0/8"]
rate_per_s = 7
timeout_s = 4
window = 9
[sinks.retry]
schedule_s = [0, 1]
)");
  ASSERT_TRUE(problems_.empty()) << to_text(problems_);
  std::map<std::string, std::string> shown;
  for (const SettingShown& setting : config.shown) shown[setting.key] = setting.value;
  const std::map<std::string, std::string> wanted = {
      {"channels.web.locations", "[berlin]"},
      {"channels.web.buffer", "2"},
      {"channels.web.oversell_limit", "1"},
      {"channels.web.low_at", "3"},
      {"sources.shop.type", "shopify"},
      {"sources.shop.channel", "web"},
      {"sources.shop.secrets", "(1 hidden)"},
      {"sources.shop.default_location", "berlin"},
      {"sources.shop.shop_domain", "x.myshopify.com"},
      {"sources.shop.locations.655441491", "leeds"},
      {"sources.wms.signature", "hmac-sha256"},
      {"sources.wms.signature.header", "x-signature"},
      {"sources.wms.signature.encoding", "hex"},
      {"sources.wms.signature.prefix", "sha256="},
      {"sources.wms.signature.signed", "{timestamp}.{id}.{body}"},
      {"sources.wms.signature.timestamp_header", "x-time"},
      {"sources.wms.signature.id_header", "x-id"},
      {"sources.wms.mapping.items", "/lines"},
      {"sources.wms.mapping.id", "/document/number"},
      {"sources.wms.mapping.type", "/kind {RCPT = stock.received}"},
      {"sources.wms.mapping.sku", "/item"},
      {"sources.wms.mapping.location", "constant berlin"},
      {"sinks.erp.type", "webhook"},
      {"sinks.erp.deliver", "stock"},
      {"sinks.erp.channel", "web"},
      {"sinks.erp.mode", "observe"},
      {"sinks.erp.url", "https://erp.example/hooks"},
      {"sinks.erp.secrets", "(1 hidden)"},
      {"sinks.erp.allow_private_networks", "[10.0.0.0/8]"},
      {"sinks.erp.rate_per_s", "7"},
      {"sinks.erp.timeout_s", "4"},
      {"sinks.erp.window", "9"},
      {"sinks.erp.ca_file", ""},
      {"sinks.erp.retry.schedule_s", "[0, 1]"},
  };
  for (const auto& [key, value] : wanted) {
    ASSERT_TRUE(shown.contains(key)) << key;
    EXPECT_EQ(shown[key], value) << key;
  }
}

TEST(ListenAddress, Parses) {
  EXPECT_EQ(parse_listen("[::1]:80")->host, "::1");
  EXPECT_EQ(parse_listen("localhost:0")->port, 0);
  for (const char* wrong : {"", ":80", "localhost", "localhost:", "localhost:x", "localhost:80x",
                            "localhost:-1", "[]:80", "::1:80", "[::1:80"}) {
    EXPECT_FALSE(parse_listen(wrong)) << wrong;
  }
}

std::string shop_source(const std::string& more) {
  return "[[sources]]\nname = \"shop-eu\"\ntype = \"shopify\"\nchannel = \"web\"\n"
         "secrets = [\"shpss_1\"]\n" +
         more;
}

TEST_F(ConfigTest, AnItemsFileNamesTheShopsItems) {
  const std::string items =
      write("items.csv", "title;sku;inventory_item_id\r\nTee;A;gid://shopify/InventoryItem/7\r\n"
                         "Card;;8\r\n");
  const Config config = load(shop_source("items_file = \"" + items + "\"\norder_key = \"name\"\n"));
  EXPECT_TRUE(problems_.empty()) << to_text(problems_);
  ASSERT_EQ(config.sources.size(), 1u);
  EXPECT_EQ(config.sources[0].items, (std::map<std::string, std::string>{{"7", "A"}}));
  EXPECT_EQ(config.sources[0].order_key, "name");
}

TEST_F(ConfigTest, WhatIsWrongWithAnItemsFileIsNamedWithItsLine) {
  const auto problem = [&](const std::string& csv) {
    return problems_of(shop_source("items_file = \"" + write("items.csv", csv) + "\"\n"));
  };
  EXPECT_THAT(problem(""), HasSubstr("is empty"));
  EXPECT_THAT(problem("id,sku\n"), HasSubstr("must name inventory_item_id and sku"));
  EXPECT_THAT(problem("inventory_item_id,sku\n7,A\n7,B\n"), HasSubstr("line 3: item 7 is 'A' and 'B'"));
  EXPECT_THAT(problem("inventory_item_id,sku\n,A\n"), HasSubstr("line 2: inventory_item_id is empty"));
  EXPECT_THAT(problems_of(shop_source("items_file = \"/nowhere.csv\"\n")), HasSubstr("cannot read"));
  EXPECT_THAT(problems_of(shop_source("order_key = \"number\"\n")), HasSubstr("order_key"));
}

TEST_F(ConfigTest, OnlyAStockSinkOfAChannelHasADriftPolicy) {
  const auto sink = [](const std::string& more) {
    return "[[sinks]]\nname = \"out\"\ntype = \"noop\"\n" + more;
  };
  const Config config = load(sink(
      "deliver = \"stock\"\nchannel = \"web\"\non_drift = \"enforce\"\nraise_delay_s = 120\n"));
  EXPECT_TRUE(problems_.empty()) << to_text(problems_);
  EXPECT_TRUE(config.sinks[0].settings.enforce);
  EXPECT_EQ(config.sinks[0].settings.raise_delay, 120 * kSecond);
  EXPECT_THAT(problems_of(sink("on_drift = \"report\"\n")), HasSubstr("belongs to deliver"));
  EXPECT_THAT(problems_of(sink("deliver = \"stock\"\nraise_delay_s = 1\n")),
              HasSubstr("with a channel"));
}

}  // namespace
}  // namespace holdfast::app
