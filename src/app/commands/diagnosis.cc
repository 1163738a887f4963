#include "app/commands/diagnosis.h"

#include <algorithm>
#include <charconv>
#include <functional>

#include <fmt/format.h>

#include "app/commands/output.h"
#include "json/value.h"

namespace holdfast::app {
namespace {

using Findings = std::vector<Finding>;

int64_t number_of(const json::Value& object, std::string_view name) {
  const json::Value* value = object.get(name);
  return value == nullptr ? 0 : value->as_integer().value_or(0);
}

bool is_loopback(std::string_view base) {
  const size_t scheme = base.find("://");
  if (scheme != std::string_view::npos) base.remove_prefix(scheme + 3);
  return base.starts_with("127.") || base.starts_with("localhost") || base.starts_with("[::1]");
}

void check_ready(const Checkup& checkup, Findings* findings) {
  if (checkup.ready->ok()) {
    findings->push_back({"ready", Health::kFine, "it takes commands", ""});
    return;
  }
  std::string why = fmt::format("/readyz answers {}", checkup.ready->status);
  if (const auto problem = json::parse_value(checkup.ready->body))
    why += ": " + text_of(*problem, "detail");
  findings->push_back({"ready", Health::kWrong, why,
                       "if it drains, start it again; else see its log for what it waits for"});
}

void check_open(const Checkup& checkup, Findings* findings) {
  if (!checkup.without_key) return;
  if (!checkup.without_key->ok()) {
    findings->push_back({"access", Health::kFine, "requests need an API key", ""});
  } else if (is_loopback(checkup.base)) {
    findings->push_back({"access", Health::kNote,
                         "the API is open: every process of this machine may read and change stock",
                         "fine for one user's machine; otherwise give it API keys"});
  } else {
    findings->push_back({"access", Health::kWrong,
                         "the API is open to everybody who reaches " + checkup.base,
                         "give it API keys, or bind it to 127.0.0.1"});
  }
}

/// A list the server gave, or a finding that says why there is none.
void check_list(const Result<HttpAnswer>& answer, const std::string& check, std::string_view member,
                Findings* findings,
                const std::function<void(const std::vector<json::Value>&)>& look) {
  if (!answer) {
    findings->push_back({check, Health::kWrong, answer.error().detail, "ask again"});
    return;
  }
  const auto page = json::parse_value(answer->body);
  if (answer->status == 401 || answer->status == 403) {
    findings->push_back({check, Health::kWrong, fmt::format("may not be read ({})", answer->status),
                         "use a key with the scopes stock:read, metrics and admin"});
    return;
  }
  const json::Value* items = page ? page->get(member) : nullptr;
  if (!answer->ok() || items == nullptr) {
    findings->push_back({check, Health::kWrong,
                         fmt::format("could not be read ({})", answer->status),
                         "see the server's log; is it the same version as this command?"});
    return;
  }
  look(items->items());
}

void check_sink(const json::Value& sink, Findings* findings) {
  const std::string name = text_of(sink, "name"), check = "sink " + name;
  const std::string error = text_of(sink, "last_error");
  const std::string why = error.empty() ? "" : ", last error: " + error;
  const size_t before = findings->size();
  const std::string state = text_of(sink, "state");
  if (state == "paused") {
    findings->push_back({check, Health::kWrong, "paused by an operator",
                         "POST /v1/sinks/" + name + "/resume when its receiver may hear again"});
  } else if (state != "active") {
    findings->push_back({check, Health::kWrong, state + why,
                         "mend what the error says, then POST /v1/sinks/" + name + "/resume"});
  }
  if (text_of(sink, "circuit") == "open") {
    findings->push_back({check, Health::kWrong, "its receiver keeps failing" + why,
                         "mend the receiver; it is tried again by itself"});
  }
  if (const int64_t lag = number_of(sink, "lag_ms"); lag > kSinkLagWrongMs) {
    findings->push_back(
        {check, Health::kWrong,
         fmt::format("lags {} s, {} events", lag / 1000, number_of(sink, "lag_events")),
         "see why its receiver is slow or refuses" + why});
  }
  if (const int64_t parked = number_of(sink, "parked"); parked > 0) {
    findings->push_back({check, Health::kWrong,
                         fmt::format("{} SKUs wait for a retry{}", parked, why),
                         "mend what the receiver refuses; they are tried again by schedule"});
  }
  if (const int64_t dead = number_of(sink, "dead_letters"); dead > 0) {
    findings->push_back(
        {check, Health::kWrong, fmt::format("{} dead letters", dead),
         fmt::format("read GET /v1/sinks/{0}/dead-letters, mend the receiver, then POST "
                     "/v1/sinks/{0}/dead-letters/redeliver",
                     name)});
  }
  if (findings->size() == before)
    findings->push_back({check, Health::kFine,
                         fmt::format("active, {} events behind", number_of(sink, "lag_events")),
                         ""});
}

void check_source(const json::Value& source, Findings* findings) {
  const std::string name = text_of(source, "name"), check = "source " + name;
  const size_t before = findings->size();
  const json::Value* paused = source.get("paused");
  if (paused != nullptr && paused->as_bool().value_or(false)) {
    findings->push_back({check, Health::kWrong, "paused: its deliveries are refused",
                         "POST /v1/sources/" + name + "/resume"});
  }
  if (const int64_t parked = number_of(source, "parked"); parked > 0) {
    findings->push_back({check, Health::kWrong,
                         fmt::format("{} deliveries could not be booked and are parked", parked),
                         "read GET /v1/sources/" + name +
                             "/parked: each says why, most often an unmapped location"});
  }
  if (const int64_t refused = number_of(source, "unauthorized"); refused > 0) {
    findings->push_back(
        {check, Health::kNote,
         fmt::format("{} deliveries since the start were not signed by its secrets", refused),
         "compare `secrets` with the sender's; during a rotation list both"});
  }
  if (findings->size() == before)
    findings->push_back(
        {check, Health::kFine,
         fmt::format("{} deliveries since the start", number_of(source, "deliveries")), ""});
}

void check_durability(const std::string& text, Findings* findings) {
  const auto metric = [&](std::string_view name) { return metric_of(text, name).value_or(0); };
  const auto durable = metric_of(text, "holdfast_engine_durable_seq");
  if (!durable) {
    findings->push_back({"durability", Health::kWrong, "the metrics do not tell the durable seq",
                         "is it the same version as this command?"});
    return;
  }
  if (metric("holdfast_engine_failed") > 0) {
    findings->push_back(
        {"durability", Health::kWrong, "the log could not be written",
         "see the server's log for the file and the error, mend the disk, start it again"});
  } else {
    findings->push_back({"durability", Health::kFine,
                         fmt::format("flushed up to seq {:.0f}, snapshot at seq {:.0f}", *durable,
                                     metric("holdfast_engine_snapshot_seq")),
                         ""});
  }
  if (const double failed = metric("holdfast_engine_snapshots_failed_total"); failed > 0) {
    findings->push_back({"snapshots", Health::kWrong,
                         fmt::format("{:.0f} failed since the start", failed),
                         "nothing is lost, the next start takes longer; see the server's log"});
  }
  if (metric("holdfast_engine_storage_full") > 0) {
    findings->push_back({"storage", Health::kWrong,
                         "full: holds, orders and facts are refused (507)",
                         "free space on the disk of the data directory; it goes on by itself"});
  }
  const double offset = metric("holdfast_engine_clock_offset_microseconds");
  if (offset > kClockWrongUs || offset < -kClockWrongUs) {
    findings->push_back({"clock", Health::kWrong,
                         fmt::format("the log's time is {:.1f} s off the wall clock", offset / 1e6),
                         "set the machine's clock and keep it by NTP"});
  }
}

void check_metrics(const Result<HttpAnswer>& answer, Findings* findings) {
  if (answer && answer->ok()) return check_durability(answer->body, findings);
  findings->push_back(
      {"durability", Health::kWrong,
       answer ? fmt::format("/metrics answers {}", answer->status) : answer.error().detail,
       "use a key with the scope metrics"});
}

void check_disk(const Checkup::Disk& disk, Findings* findings) {
  if (!disk.error.empty()) {
    findings->push_back({"disk", Health::kWrong, disk.directory + ": " + disk.error,
                         "give the server's own data directory, on this machine"});
    return;
  }
  const double share = disk.size_bytes == 0 ? 0
                                            : static_cast<double>(disk.free_bytes) /
                                                  static_cast<double>(disk.size_bytes);
  const bool wrong = disk.free_bytes < kDiskFreeWrongBytes || share < kDiskFreeWrongShare;
  findings->push_back({"disk", wrong ? Health::kWrong : Health::kFine,
                       fmt::format("{} has {:.1f} GiB free ({:.0f}%)", disk.directory,
                                   static_cast<double>(disk.free_bytes) / (1 << 30), share * 100),
                       wrong ? "free space before it is full: the log only grows" : ""});
}

void check_count(const Result<HttpAnswer>& answer, const std::string& check,
                 const std::string& what, const std::string& remedy, Findings* findings) {
  check_list(answer, check, check, findings, [&](const std::vector<json::Value>& items) {
    if (items.empty()) {
      findings->push_back({check, Health::kFine, "none", ""});
      return;
    }
    findings->push_back(
        {check, Health::kWrong,
         fmt::format("{}{} {}, the first of {}", items.size() == 100 ? "at least " : "",
                     items.size(), what, text_of(items.front(), "sku")),
         remedy});
  });
}

}  // namespace

std::string_view name_of(Health health) {
  switch (health) {
    case Health::kFine:
      return "ok";
    case Health::kNote:
      return "note";
    case Health::kWrong:
      return "wrong";
  }
  return "";
}

std::optional<double> metric_of(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (!line.starts_with(name) || line.size() <= name.size() || line[name.size()] != ' ') continue;
    double value = 0;
    const char* begin = line.data() + name.size() + 1;
    if (std::from_chars(begin, line.data() + line.size(), value).ec == std::errc()) return value;
  }
  return std::nullopt;
}

std::vector<Finding> diagnose(const Checkup& checkup) {
  Findings findings;
  if (!checkup.ready) {
    findings.push_back({"reachable", Health::kWrong, checkup.ready.error().detail,
                        "start it (holdfast serve), or say where it is: --server or HOLDFAST_URL"});
    if (checkup.disk) check_disk(*checkup.disk, &findings);
    return findings;
  }
  findings.push_back({"reachable", Health::kFine, checkup.base + " answers", ""});
  check_ready(checkup, &findings);
  check_open(checkup, &findings);
  check_metrics(checkup.metrics, &findings);
  if (checkup.disk) check_disk(*checkup.disk, &findings);
  check_list(checkup.sinks, "sinks", "sinks", &findings,
             [&](const std::vector<json::Value>& sinks) {
               for (const json::Value& sink : sinks) check_sink(sink, &findings);
             });
  check_list(checkup.sources, "sources", "sources", &findings,
             [&](const std::vector<json::Value>& sources) {
               for (const json::Value& source : sources) check_source(source, &findings);
             });
  check_count(checkup.discrepancies, "discrepancies", "facts took more than the books had",
              "count the SKU where it lies (stock.counted), and see holdfast explain SKU",
              &findings);
  check_count(checkup.shortfalls, "shortfalls", "places promised more than there is",
              "restock, move stock there, or cancel what GET /v1/shortfalls names", &findings);
  return findings;
}

bool is_well(const std::vector<Finding>& findings) {
  return std::none_of(findings.begin(), findings.end(),
                      [](const Finding& finding) { return finding.health == Health::kWrong; });
}

}  // namespace holdfast::app
