#include "app/command_line/parts.h"

#include <optional>

#include <fmt/format.h>

namespace holdfast::app {

void add_server(CLI::App* app, Parsed* parsed) {
  app->add_option("--server", parsed->command.server.url,
                  "Address of the server (default http://127.0.0.1:4653)")
      ->envname("HOLDFAST_URL");
  app->add_option(
         "--key", parsed->command.server.key,
         "API key to come with; better in HOLDFAST_KEY, where no list of processes shows it")
      ->envname("HOLDFAST_KEY");
  app->add_option("--ca-file", parsed->command.server.ca_file,
                  "PEM of who signed the server's certificate (default: the system's)")
      ->envname("HOLDFAST_CA_FILE");
}

void add_setting(CLI::App* app, const std::string& flag, const std::string& setting,
                 ConfigArguments* config, const std::string& help) {
  app->add_option_function<std::string>(
      flag, [config, setting](const std::string& value) { config->flags[setting] = value; }, help);
}

void add_config(CLI::App* app, ConfigArguments* config) {
  app->add_option("-c,--config", config->file, "Configuration file (TOML)")
      ->envname("HOLDFAST_CONFIG");
  add_setting(app, "--listen", "server.listen", config,
              "Address to listen on, port 0 = any free one");
  add_setting(app, "--tls-cert", "server.tls_cert", config, "Chain of certificates (PEM): HTTPS");
  add_setting(app, "--tls-key", "server.tls_key", config, "Its key (PEM)");
  add_setting(app, "--data-dir", "server.data_dir", config, "Directory of the journal");
  add_setting(app, "--idempotency-window-days", "idempotency.window_days", config,
              "How long a key is remembered");
  add_setting(app, "--idempotency-keys-max", "idempotency.keys_max", config,
              "How many keys are remembered");
  add_setting(app, "--keys-requests-per-s", "keys.requests_per_s", config,
              "How many requests a second one API key may make, 0 = no limit");
  add_setting(app, "--keys-holds-open-max", "keys.holds_open_max", config,
              "How many open holds one API key may have, 0 = no limit");
  add_setting(app, "--keys-holds-open-per-sku-max", "keys.holds_open_per_sku_max", config,
              "The same of each SKU, 0 = no limit (default)");
}

CLI::Option* add_lines(CLI::App* app, std::vector<LineArgument>* lines) {
  return app->add_option_function<std::vector<std::string>>(
      "-l,--line",
      [lines](const std::vector<std::string>& words) {
        lines->clear();
        for (const std::string& word : words) {
          const std::optional<LineArgument> line = parse_line_argument(word);
          if (!line) {
            throw CLI::ValidationError(
                "--line", "'" + word + "' is not SKU=QUANTITY or SKU=QUANTITY@LOCATION");
          }
          lines->push_back(*line);
        }
      },
      "SKU=QUANTITY or SKU=QUANTITY@LOCATION, repeatable");
}

void add_span(CLI::App* app, const std::string& flag, Duration* span, Duration low, Duration high,
              const std::string& bounds, const std::string& help) {
  app->add_option_function<std::string>(
      flag,
      [=](const std::string& text) {
        const std::optional<Duration> given = parse_span(text);
        if (!given || *given < low || *given > high) {
          throw CLI::ValidationError(
              flag,
              fmt::format("must be a span of time such as 30m, 20s or 500ms, from {}; got '{}'",
                          bounds, text));
        }
        *span = *given;
      },
      help);
}

}  // namespace holdfast::app
