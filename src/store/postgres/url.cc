#include "store/postgres/url.h"

#include <algorithm>
#include <memory>
#include <regex>

#include <fmt/format.h>
#include <libpq-fe.h>

namespace holdfast::store::postgres {
namespace {

constexpr std::string_view kExample =
    "an address looks like postgresql://user:password@host:5432/database";

/// What applies where the address says nothing else.
constexpr std::pair<std::string_view, std::string_view> kDefaults[] = {
    {"connect_timeout", "3"},      // seconds, for each host
    {"tcp_user_timeout", "5000"},  // milliseconds until unanswered bytes end the connection
    {"keepalives_idle", "5"},      // seconds
    {"keepalives_interval", "2"}, {"keepalives_count", "3"}, {"target_session_attrs", "read-write"},
    {"client_encoding", "UTF8"},
};

/// libpq quotes what it does not understand, and that may be a piece of a password.
std::string without_quotes(const char* message) {
  std::string text = message == nullptr ? "" : message;
  text = std::regex_replace(text, std::regex("\"[^\"]*\"?"), "…");
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace

const std::string* Url::find(std::string_view name) const {
  const auto at = std::find_if(parameters_.begin(), parameters_.end(),
                               [&](const auto& parameter) { return parameter.first == name; });
  return at == parameters_.end() ? nullptr : &at->second;
}

Result<Url> Url::parse(std::string_view text) {
  if (!text.starts_with("postgresql://") && !text.starts_with("postgres://")) {
    return fail(
        ErrorCode::kConfigInvalid,
        fmt::format("the ledger's address does not begin with postgresql://: {}", kExample));
  }
  char* message = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(std::string(text).c_str(), &message), &PQconninfoFree);
  const std::unique_ptr<char, decltype(&PQfreemem)> freed(message, &PQfreemem);
  if (!options) {
    return fail(ErrorCode::kConfigInvalid,
                fmt::format("the ledger's address cannot be read ({}): {}", without_quotes(message),
                            kExample));
  }

  Url url;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) url.parameters_.emplace_back(option->keyword, option->val);
  }
  for (const auto& [name, value] : kDefaults) {
    if (url.find(name) == nullptr) url.parameters_.emplace_back(name, value);
  }
  const std::string& wanted = *url.find("target_session_attrs");
  if (wanted != "read-write" && wanted != "primary") {
    return fail(ErrorCode::kConfigInvalid,
                "the ledger is written: leave target_session_attrs out of its address");
  }
  const auto part = [&](std::string_view name) {
    const std::string* value = url.find(name);
    return value == nullptr ? std::string() : *value;
  };
  const std::string host = part("host").empty() ? part("hostaddr") : part("host");
  url.hosts_ = 1 + static_cast<size_t>(std::count(host.begin(), host.end(), ','));
  url.shown_ = fmt::format("postgresql://{}{}/{}", host,
                           part("port").empty() ? "" : ":" + part("port"), part("dbname"));
  return url;
}

}  // namespace holdfast::store::postgres
