// `holdfast key …`: make, list and delete API keys, of a server, of a data directory that none
// holds, or in the tables of a ledger that many nodes share.
#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/commands/output.h"
#include "app/config/config.h"
#include "app/shared_tables.h"
#include "base/random.h"
#include "http/key_book.h"
#include "io/file_system.h"
#include "store/postgres/migration.h"

namespace holdfast::app {
namespace {

/// "2027-01-31T00:00:00Z", or a span from now: "90d", "12h" and what else `--for` takes.
Result<Timestamp> expiry_of(const std::string& text, Timestamp now) {
  if (text.empty()) return Timestamp{};
  if (const auto time = parse_rfc3339(text)) return *time;
  if (text.ends_with('d')) {
    const auto days = parse_span(text.substr(0, text.size() - 1));
    if (days && text.size() > 1) return now + *days / kSecond * kDay;
  }
  if (const auto span = parse_span(text)) return now + *span;
  return fail(
      ErrorCode::kInvalidTime,
      fmt::format(
          "--expires is '{}', must be RFC 3339 with an offset, or a span such as 12h or 90d",
          text));
}

std::string list_text(const std::vector<std::string>& names) {
  std::string out = "[";
  for (const std::string& name : names) {
    std::string member;
    print_member(&member, "n", name);
    out += (out.size() > 1 ? "," : "") + member.substr(member.find(':') + 1);
  }
  return out + "]";
}

// ---- through a server ----

std::string body_of(const KeyArguments& key, Timestamp expires) {
  std::string members;
  print_member(&members, "name", key.name);
  if (!key.scopes.empty()) members += ",\"scopes\":" + list_text(key.scopes);
  if (!key.channels.empty()) members += ",\"channels\":" + list_text(key.channels);
  if (!key.locations.empty()) members += ",\"locations\":" + list_text(key.locations);
  if (expires.has_value()) print_member(&members, "expires_at", to_rfc3339(expires));
  return to_object(members);
}

std::string joined(const json::Value& key, std::string_view name) {
  const json::Value* list = key.get(name);
  if (list == nullptr || list->items().empty()) return "-";
  std::string text;
  for (const json::Value& one : list->items()) {
    text += (text.empty() ? "" : ",") + one.as_text().value_or("");
  }
  return text;
}

std::string or_dash(std::string text) { return text.empty() ? "-" : text; }

/// The key alone on standard output, so that a script can take it from there.
std::string render_created(const json::Value& key) {
  print_error(
      fmt::format("Key {} for \"{}\", shown this once: keep it where only its user can read it.\n",
                  text_of(key, "id"), text_of(key, "name")));
  return text_of(key, "key") + "\n";
}

std::string render_keys(const json::Value& page) {
  std::vector<std::vector<std::string>> rows = {
      {"NAME", "ID", "SCOPES", "CHANNELS", "LOCATIONS", "EXPIRES", "LAST USED"}};
  const json::Value* keys = page.get("keys");
  for (const json::Value& key : keys == nullptr ? std::vector<json::Value>{} : keys->items()) {
    std::string expires = or_dash(text_of(key, "expires_at"));
    if (text_of(key, "expired") == "yes") expires += " (over)";
    rows.push_back({text_of(key, "name"), text_of(key, "id"), joined(key, "scopes"),
                    joined(key, "channels"), joined(key, "locations"), expires,
                    or_dash(text_of(key, "last_used_at"))});
  }
  if (rows.size() == 1)
    return "There is no key: every program of this machine may read and write.\n";
  return to_table(rows, rows[0].size());
}

std::string render_deleted(const json::Value& answer) {
  return fmt::format("Deleted {}.\n", text_of(answer, "deleted"));
}

int run_on_server(const KeyArguments& key, const ServerArguments& server, Timestamp expires,
                  bool json) {
  HttpClient client = connect(server);
  switch (key.action) {
    case KeyArguments::Action::kCreate:
      return show_answer(client.post("/v1/keys", body_of(key, expires)), json, render_created);
    case KeyArguments::Action::kList:
      return show_answer(client.get("/v1/keys"), json, render_keys);
    case KeyArguments::Action::kDelete:
      break;
  }
  std::string path = "/v1/keys/" + percent_encode(key.name);
  if (!key.id.empty()) path += "?id=" + percent_encode(key.id);
  return show_answer(client.remove(path), json, render_deleted);
}

// ---- in a data directory ----

std::string json_of(const http::Key& key, const std::string& secret, Timestamp now) {
  std::string members;
  print_member(&members, "name", key.name);
  print_member(&members, "id", key.id);
  print_member(&members, "key", secret);
  std::vector<std::string> scopes;
  for (size_t i = 0; i < std::size(http::kScopeNames); ++i) {
    if (key.scopes.has(static_cast<http::Scope>(i))) scopes.emplace_back(http::kScopeNames[i]);
  }
  const Binding binding = key.binding ? *key.binding : Binding{};
  members += fmt::format(",\"scopes\":{},\"channels\":{},\"locations\":{}", list_text(scopes),
                         list_text(binding.channels), list_text(binding.locations));
  const Timestamp used{key.last_used_us.load()};
  if (key.created_at.has_value()) print_member(&members, "created_at", to_rfc3339(key.created_at));
  if (key.expires_at.has_value()) print_member(&members, "expires_at", to_rfc3339(key.expires_at));
  if (used.has_value()) print_member(&members, "last_used_at", to_rfc3339(used));
  members += key.valid(now) ? ",\"expired\":false" : ",\"expired\":true";
  return to_object(members);
}

Result<http::KeyRequest> request_of(const KeyArguments& key, Timestamp expires) {
  http::KeyRequest request;
  request.name = key.name;
  request.binding = {key.channels, key.locations};
  request.expires_at = expires;
  for (const std::string& name : key.scopes) {
    const auto scope = http::scope_named(name);
    if (!scope) {
      return fail(ErrorCode::kInvalidValue, fmt::format("there is no scope '{}'; there are {}",
                                                        name, fmt::join(http::kScopeNames, ", ")));
    }
    request.scopes.add(*scope);
  }
  return request;
}

/// The text the server would have answered.
Result<std::string> carry_out(http::KeyBook& keys, const KeyArguments& key, Timestamp expires,
                              Timestamp now) {
  switch (key.action) {
    case KeyArguments::Action::kCreate: {
      HF_ASSIGN(request, request_of(key, expires));
      HF_ASSIGN(made, keys.create(request));
      return json_of(*made.key, made.text, now);
    }
    case KeyArguments::Action::kDelete: {
      HF_ASSIGN(count, keys.remove(key.name, key.id, true));
      return fmt::format("{{\"deleted\":{}}}", count);
    }
    case KeyArguments::Action::kList:
      break;
  }
  std::string body = "{\"keys\":[";
  for (const http::KeyPtr& one : keys.list()) {
    body += (body.back() == '[' ? "" : ",") + json_of(*one, "", now);
  }
  return body + "]}";
}

/// With a configuration at hand: the start would refuse the two, and this is earlier.
Status check_no_source(const KeyArguments& key) {
  if (key.config.file.empty() || key.action != KeyArguments::Action::kCreate) return {};
  ConfigProblems problems;
  const Config config = load_config(key.config, process_environment(), &problems);
  if (!problems.empty()) return fail(ErrorCode::kConfigInvalid, to_text(problems));
  for (const connectors::SourceConfig& source : config.sources) {
    if (source.name != key.name) continue;
    return fail(ErrorCode::kInvalidName,
                fmt::format("--name {}: a source of {} has this name, and the two would share "
                            "their idempotency keys: choose another",
                            key.name, key.config.file));
  }
  return {};
}

Result<std::string> run_in_directory(const KeyArguments& key, Timestamp expires) {
  HF_TRY(check_no_source(key));
  io::FileSystem& files = io::posix_file_system();
  HF_TRY(files.make_directories(key.data_dir));
  auto lock = files.lock(key.data_dir + "/LOCK");
  if (!lock && lock.error().code == ErrorCode::kInUse) {
    return fail(ErrorCode::kInUse,
                fmt::format("a server holds {}: leave --data-dir out to ask it", key.data_dir));
  }
  if (!lock) return std::unexpected(lock.error());
  SystemClock clock;
  SystemRandom random;
  HF_ASSIGN(keys,
            http::KeyBook::open(files, fmt::format("{}/{}", key.data_dir, http::KeyBook::kFileName),
                                clock, random));
  return carry_out(*keys, key, expires, clock.wall());
}

/// The ledger of many nodes has one book of keys: they hear of it within a second.
Result<std::string> run_in_tables(const KeyArguments& key, Timestamp expires) {
  HF_TRY(check_no_source(key));
  HF_ASSIGN(url, store::postgres::Url::parse(key.ledger));
  {
    HF_ASSIGN(connection, store::postgres::Connection::open(url));
    HF_TRY(store::postgres::check_schema(*connection));
  }
  SystemClock clock;
  SystemRandom random;
  SharedTables tables(url, random);
  HF_ASSIGN(keys, http::KeyBook::open(tables.keys(), "the API keys", clock, random));
  return carry_out(*keys, key, expires, clock.wall());
}

}  // namespace

int run_key(const KeyArguments& arguments, const ServerArguments& server, bool json) {
  const Result<Timestamp> expires = expiry_of(arguments.expires, SystemClock().wall());
  if (!expires) {
    report(expires.error(), json);
    return kExitUsage;
  }
  if (arguments.data_dir.empty() && arguments.ledger.empty())
    return run_on_server(arguments, server, *expires, json);
  Result<std::string> text = arguments.ledger.empty() ? run_in_directory(arguments, *expires)
                                                      : run_in_tables(arguments, *expires);
  if (!text) return report(text.error(), json);
  HttpAnswer answer;
  answer.status = 200;
  answer.body = std::move(*text);
  const auto render = arguments.action == KeyArguments::Action::kCreate ? render_created
                      : arguments.action == KeyArguments::Action::kList ? render_keys
                                                                        : render_deleted;
  return show_answer(answer, json, render);
}

}  // namespace holdfast::app
