// The way out and the way in as operators see them, and POST /v1/sources/{name}, where signed webhooks come in.
#include <algorithm>

#include "feed/feed.h"
#include "http/handlers.h"
#include "http/problem.h"
#include "http/worker.h"
#include "intake/intake.h"
#include "json/check.h"
#include "json/cursor.h"
#include "json/print.h"
#include "json/value.h"
#include "model/limits.h"

namespace holdfast::http {
namespace {

/// Members of one JSON object, commas included.
class Object {
 public:
  explicit Object(std::string* out) : out_(out) { out_->push_back('{'); }
  ~Object() { out_->push_back('}'); }
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  void text(std::string_view name, std::string_view value) {
    begin(name);
    json::print_text(out_, value);
  }
  void number(std::string_view name, int64_t value) {
    begin(name);
    json::print_integer(out_, value);
  }
  void flag(std::string_view name, bool value) {
    begin(name);
    out_->append(value ? "true" : "false");
  }
  void begin(std::string_view name) {
    if (!first_) out_->push_back(',');
    first_ = false;
    json::print_text(out_, name);
    out_->push_back(':');
  }

 private:
  std::string* out_;
  bool first_ = true;
};

template <typename Items, typename Print>
void print_list(std::string* out, std::string_view name, const Items& items, Print print) {
  Object page(out);
  page.begin(name);
  out->push_back('[');
  bool first = true;
  for (const auto& item : items) {
    if (!first) out->push_back(',');
    first = false;
    print(out, item);
  }
  out->push_back(']');
}

void print_counts(std::string* out, const feed::ComparisonCounts& counts) {
  Object object(out);
  for (size_t i = 0; i < feed::kComparedStates; ++i) {
    object.number(name_of(static_cast<feed::ComparedState>(i)), static_cast<int64_t>(counts.rows[i]));
  }
  if (counts.left_out > 0) object.number("left_out", static_cast<int64_t>(counts.left_out));
}

void print_compared(std::string* out, const feed::ComparedRow& row) {
  Object object(out);
  const auto number = [&](std::string_view name, std::optional<int64_t> value) {
    if (value) object.number(name, *value);
  };
  object.text("sku", row.sku);
  if (!row.location.empty()) object.text("location", row.location);
  object.text("state", name_of(row.state));
  number("ours", row.ours);
  number("theirs", row.theirs);
  number("difference", row.difference());
  if (row.observed_at.has_value()) object.text("observed_at", to_rfc3339(row.observed_at));
}

void print_sink(std::string* out, const feed::SinkStatus& sink) {
  Object object(out);
  object.text("name", sink.name);
  object.text("deliver", feed::name_of(sink.deliver));
  object.text("state", feed::name_of(sink.state));
  if (sink.deliver == feed::DeliverMode::kStock) {
    object.text("mode", sink.observing ? "observe" : "active");
    object.number("observed", static_cast<int64_t>(sink.observed));
  }
  if (sink.comparison) {
    object.begin("comparison");
    print_counts(out, *sink.comparison);
  }
  object.text("circuit", feed::name_of(sink.circuit));
  object.number("cursor", static_cast<int64_t>(sink.cursor));
  object.number("lag_events", static_cast<int64_t>(sink.lag_events));
  object.number("lag_ms", sink.lag / kMillisecond);
  object.number("in_flight", static_cast<int64_t>(sink.in_flight));
  object.number("waiting", static_cast<int64_t>(sink.waiting));
  object.number("parked", static_cast<int64_t>(sink.parked));
  object.number("dead_letters", static_cast<int64_t>(sink.dead_letters));
  object.number("delivered", static_cast<int64_t>(sink.delivered));
  object.number("failed", static_cast<int64_t>(sink.failed));
  if (!sink.last_error.empty()) object.text("last_error", sink.last_error);
  if (sink.served_by) object.text("served_by", *sink.served_by);
}

void print_dead_letter(std::string* out, const feed::DeadLetter& letter) {
  Object object(out);
  object.number("seq", static_cast<int64_t>(letter.seq));
  object.text("sku", letter.sku);
  object.number("sku_seq", static_cast<int64_t>(letter.sku_seq));
  object.number("attempts", letter.attempts);
  object.text("reason", letter.reason);
  object.text("at", to_rfc3339(letter.at));
}

void print_observation(std::string* out, const feed::Observation& observation) {
  Object object(out);
  object.text("sku", observation.sku);
  object.number("available_to_sell", observation.available_to_sell);
  object.number("seq", static_cast<int64_t>(observation.seq));
  object.text("at", to_rfc3339(observation.at));
}

void print_source(std::string* out, const intake::SourceStatus& source) {
  Object object(out);
  object.text("name", source.name);
  object.flag("paused", source.paused);
  object.number("deliveries", static_cast<int64_t>(source.deliveries));
  object.number("unauthorized", static_cast<int64_t>(source.unauthorized));
  object.number("recorded", static_cast<int64_t>(source.recorded));
  object.number("duplicates", static_cast<int64_t>(source.duplicates));
  object.number("observed", static_cast<int64_t>(source.observed));
  object.number("unnamed", static_cast<int64_t>(source.unnamed));
  object.number("parked", static_cast<int64_t>(source.parked));
  if (!source.last_error.empty()) object.text("last_error", source.last_error);
}

void print_parked(std::string* out, const intake::ParkedItem& item) {
  Object object(out);
  object.text("delivery_id", item.delivery_id);
  object.text("code", name_of(item.code));
  object.text("reason", item.reason);
  object.text("item", item.item);
  object.text("at", to_rfc3339(item.at));
  object.flag("redeliverable", item.kept != nullptr);
}

Error no_such_sink(std::string_view name) {
  return {ErrorCode::kNotFound, "there is no sink \"" + std::string(name) + "\"", {}};
}
Error no_such_source(std::string_view name) {
  return {ErrorCode::kNotFound, "there is no source \"" + std::string(name) + "\"", {}};
}

Result<std::string> sink_text(feed::Feed& sinks, const std::string& name) {
  HF_ASSIGN(status, sinks.status(name));
  std::string body;
  print_sink(&body, status);
  return body;
}

Result<std::string> source_text(intake::Intake& intake, const std::string& name) {
  for (const intake::SourceStatus& status : intake.status()) {
    if (status.name != name) continue;
    std::string body;
    print_source(&body, status);
    return body;
  }
  return fail(no_such_source(name));
}

/// Does something to the sink named in the path, then answers with its status.
void operate_sink(Api& api, Exchange& exchange,
                  std::move_only_function<Status(feed::Feed&, const std::string&)> operate) {
  if (!check_parameters(exchange)) return;
  feed::Feed* sinks = api.ports().sinks;
  const std::string& name = exchange.params.at(0);
  if (sinks == nullptr) return refuse(exchange, no_such_sink(name));
  answer_in_background(api, exchange,
                       [sinks, name, operate = std::move(operate)]() mutable -> Result<std::string> {
                         HF_TRY(operate(*sinks, name));
                         return sink_text(*sinks, name);
                       });
}

void operate_source(Api& api, Exchange& exchange,
                    std::move_only_function<Status(intake::Intake&, const std::string&)> operate) {
  if (!check_parameters(exchange)) return;
  intake::Intake* intake = api.ports().intake;
  const std::string& name = exchange.params.at(0);
  if (intake == nullptr) return refuse(exchange, no_such_source(name));
  answer_in_background(
      api, exchange, [intake, name, operate = std::move(operate)]() mutable -> Result<std::string> {
        HF_TRY(operate(*intake, name));
        return source_text(*intake, name);
      });
}

/// A seq in the body's member `name`; `fallback` where the body or the member is absent.
Result<Seq> seq_member(const json::Value& body, std::string_view name, Seq fallback) {
  const json::Value* member = body.get(name);
  if (member == nullptr) return fallback;
  const auto number = member->as_integer();
  if (!number || *number < 0)
    return fail(ErrorCode::kInvalidValue, "must be a seq: an integer from 0",
                "/" + std::string(name));
  return static_cast<Seq>(*number);
}

Result<json::Value> body_object(std::string_view body, std::initializer_list<std::string_view> known) {
  if (body.empty()) return json::Value{};
  HF_ASSIGN(value, json::parse_value(body));
  if (!value.is_object())
    return fail(ErrorCode::kMalformedJson, "the body must be a JSON object");
  for (const auto& [name, member] : value.members())
    if (std::ranges::find(known, name) == known.end())
      return fail(ErrorCode::kUnknownField, "there is no such field here", "/" + name);
  return value;
}

}  // namespace

void list_sinks(Api& api, Exchange& exchange) {
  if (!check_parameters(exchange)) return;
  answer_in_background(api, exchange, [sinks = api.ports().sinks]() -> Result<std::string> {
    std::string body;
    print_list(&body, "sinks", sinks == nullptr ? std::vector<feed::SinkStatus>{} : sinks->status(),
               print_sink);
    return body;
  });
}

void get_sink(Api& api, Exchange& exchange) {
  operate_sink(api, exchange, [](feed::Feed&, const std::string&) { return Status{}; });
}
void pause_sink(Api& api, Exchange& exchange) {
  operate_sink(api, exchange, [](feed::Feed& sinks, const std::string& name) { return sinks.pause(name); });
}
void resume_sink(Api& api, Exchange& exchange) {
  operate_sink(api, exchange, [](feed::Feed& sinks, const std::string& name) { return sinks.resume(name); });
}

void activate_sink(Api& api, Exchange& exchange) {
  operate_sink(api, exchange,
               [](feed::Feed& sinks, const std::string& name) { return sinks.activate(name); });
}

void list_observations(Api& api, Exchange& exchange) {
  if (!check_parameters(exchange)) return;
  feed::Feed* sinks = api.ports().sinks;
  const std::string& name = exchange.params.at(0);
  if (sinks == nullptr) return refuse(exchange, no_such_sink(name));
  answer_in_background(api, exchange, [sinks, name]() -> Result<std::string> {
    HF_ASSIGN(observations, sinks->observations(name));
    std::string body;
    print_list(&body, "observations", observations, print_observation);
    return body;
  });
}

namespace {

constexpr int64_t kComparisonPageDefault = 100;
constexpr int64_t kComparisonPageMax = 1'000;

struct ComparisonPage {
  std::string after;
  size_t limit = 0;
  std::optional<feed::ComparedState> state;
};

Result<ComparisonPage> read_comparison_page(QueryString& query) {
  ComparisonPage page;
  if (const auto state = query.take("state")) {
    page.state = feed::compared_state_named(*state);
    if (!page.state) {
      return fail(ErrorCode::kInvalidValue,
                  "query parameter \"state\" must be equal, pending, drift, unobserved, untracked "
                  "or unread");
    }
  }
  page.limit = kComparisonPageDefault;
  if (const auto limit = query.take("limit")) {
    HF_ASSIGN(wanted, read_number("limit", *limit, 1, kComparisonPageMax));
    page.limit = static_cast<size_t>(wanted);
  }
  if (const auto cursor = query.take("cursor")) {
    auto key = json::decode_page_cursor(*cursor);
    if (!key) {
      return fail(ErrorCode::kCursorInvalid,
                  "query parameter \"cursor\" is not one of ours: start again");
    }
    page.after = std::move(*key);
  }
  HF_TRY(query.check_all_taken());
  return page;
}

Result<ObservedLevel> read_level(const json::Value& item, const std::string& pointer,
                                 Timestamp now) {
  const auto bad = [&](const char* member, const char* detail) {
    return fail(ErrorCode::kInvalidValue, detail, pointer + "/" + member);
  };
  if (!item.is_object()) return fail(ErrorCode::kMalformedJson, "must be an object", pointer);
  ObservedLevel level;
  level.at = now;
  bool has_number = false;
  for (const auto& [name, member] : item.members()) {
    if (name == "sku" || name == "location") {
      const auto text = member.as_string();
      if (!text || !json::check_name(*text, name)) {
        return bad(name == "sku" ? "sku" : "location", "must be a name of 1 to 128 bytes");
      }
      (name == "sku" ? level.sku : level.location) = *text;
    } else if (name == "available") {
      const auto number = member.as_integer();
      if (!number || std::abs(*number) > limits::kQuantityMax) {
        return bad("available", "must be an integer, at most 1,000,000,000 either way");
      }
      level.available = *number;
      has_number = true;
    } else if (name == "observed_at") {
      const auto time = parse_rfc3339(member.as_string().value_or(""));
      if (!time) return bad("observed_at", "must be an RFC 3339 time with an offset");
      level.at = *time;
    } else {
      return fail(ErrorCode::kUnknownField, "there is no such field here", pointer + "/" + name);
    }
  }
  if (level.sku.empty()) return bad("sku", "is missing");
  if (!has_number) return bad("available", "is missing: the number the channel shows");
  return level;
}

}  // namespace

void get_comparison(Api& api, Exchange& exchange) {
  auto page = read_comparison_page(exchange.query);
  if (!page) return refuse(exchange, page.error());
  feed::Feed* sinks = api.ports().sinks;
  const std::string& name = exchange.params.at(0);
  if (sinks == nullptr) return refuse(exchange, no_such_sink(name));
  answer_in_background(api, exchange, [sinks, name, page = *page]() -> Result<std::string> {
    HF_ASSIGN(comparison, sinks->comparison(name));
    std::string next, body;
    const auto rows = comparison->page(page.after, page.limit, page.state, &next);
    print_list(&body, "rows", rows, print_compared);
    body.pop_back();
    body.append(",\"counts\":");
    print_counts(&body, comparison->counts());
    if (!next.empty()) {
      body.append(",\"next_cursor\":");
      json::print_text(&body, json::encode_page_cursor(next));
    }
    body.push_back('}');
    return body;
  });
}

/// What the channel shows, read there by somebody: it is compared, and moves nothing.
void post_comparison(Api& api, Exchange& exchange) {
  const auto body = body_object(exchange.body, {"levels"});
  if (!body) return refuse(exchange, body.error());
  const json::Value* list = body->get("levels");
  if (list == nullptr || !list->is_array() || list->items().empty() ||
      list->items().size() > limits::kObservedLevelsMax) {
    return refuse(exchange, {ErrorCode::kInvalidValue,
                             "must be an array of 1 to 5,000 numbers: {\"sku\", \"location\"?, "
                             "\"available\", \"observed_at\"?}",
                             "/levels"});
  }
  std::vector<ObservedLevel> levels;
  for (size_t i = 0; i < list->items().size(); ++i) {
    auto level = read_level(list->items()[i], "/levels/" + std::to_string(i),
                            api.ports().clock.wall());
    if (!level) return refuse(exchange, level.error());
    levels.push_back(std::move(*level));
  }
  operate_sink(api, exchange,
               [levels = std::move(levels)](feed::Feed& sinks, const std::string& name) mutable {
                 return sinks.compare(name, std::move(levels));
               });
}

void replay_sink(Api& api, Exchange& exchange) {
  const auto body = body_object(exchange.body, {"from", "to"});
  if (!body) return refuse(exchange, body.error());
  const auto from = seq_member(*body, "from", 1);
  const auto to = seq_member(*body, "to", api.ports().events.durable_seq());
  if (!from) return refuse(exchange, from.error());
  if (!to) return refuse(exchange, to.error());
  operate_sink(api, exchange, [from = *from, to = *to](feed::Feed& sinks, const std::string& name) {
    return sinks.replay(name, from, to);
  });
}

void list_dead_letters(Api& api, Exchange& exchange) {
  if (!check_parameters(exchange)) return;
  feed::Feed* sinks = api.ports().sinks;
  const std::string& name = exchange.params.at(0);
  if (sinks == nullptr) return refuse(exchange, no_such_sink(name));
  answer_in_background(api, exchange, [sinks, name]() -> Result<std::string> {
    HF_ASSIGN(letters, sinks->dead_letters(name));
    std::string body;
    print_list(&body, "dead_letters", letters, print_dead_letter);
    return body;
  });
}

void redeliver_dead_letters(Api& api, Exchange& exchange) {
  const auto body = body_object(exchange.body, {"seqs"});
  if (!body) return refuse(exchange, body.error());
  std::vector<Seq> seqs;
  if (const json::Value* list = body->get("seqs")) {
    for (const json::Value& item : list->items()) {
      const auto seq = item.as_integer();
      if (!seq || *seq < 1)
        return refuse(exchange, {ErrorCode::kInvalidValue, "must be seqs: integers from 1", "/seqs"});
      seqs.push_back(static_cast<Seq>(*seq));
    }
    if (seqs.empty())
      return refuse(exchange, {ErrorCode::kInvalidValue, "must name at least one seq", "/seqs"});
  }
  operate_sink(api, exchange,
               [seqs = std::move(seqs)](feed::Feed& sinks, const std::string& name) mutable {
                 return sinks.redeliver(name, std::move(seqs));
               });
}

/// After a restore or a cut.
void post_resume(Api& api, Exchange& exchange) {
  const auto body = body_object(exchange.body, {});
  if (!body) return refuse(exchange, body.error());
  if (!check_parameters(exchange)) return;
  answer_in_background(api, exchange, [resume = api.ports().resume]() -> Result<std::string> {
    bool was_paused = false;
    if (resume) {
      HF_ASSIGN(resumed, resume());
      was_paused = resumed;
    }
    std::string text;
    {
      Object object(&text);
      object.flag("resumed", was_paused);
    }
    return text;
  });
}

void list_sources(Api& api, Exchange& exchange) {
  if (!check_parameters(exchange)) return;
  answer_in_background(api, exchange, [intake = api.ports().intake]() -> Result<std::string> {
    std::string body;
    print_list(&body, "sources",
               intake == nullptr ? std::vector<intake::SourceStatus>{} : intake->status(),
               print_source);
    return body;
  });
}

void pause_source(Api& api, Exchange& exchange) {
  operate_source(api, exchange, [](intake::Intake& intake, const std::string& name) {
    return intake.pause(name);
  });
}
void resume_source(Api& api, Exchange& exchange) {
  operate_source(api, exchange, [](intake::Intake& intake, const std::string& name) {
    return intake.resume(name);
  });
}
void get_source(Api& api, Exchange& exchange) {
  operate_source(api, exchange, [](intake::Intake&, const std::string&) { return Status{}; });
}

void list_parked(Api& api, Exchange& exchange) {
  if (!check_parameters(exchange)) return;
  intake::Intake* intake = api.ports().intake;
  const std::string& name = exchange.params.at(0);
  if (intake == nullptr) return refuse(exchange, no_such_source(name));
  answer_in_background(api, exchange, [intake, name]() -> Result<std::string> {
    HF_ASSIGN(items, intake->parked(name));
    std::string body;
    print_list(&body, "parked", items, print_parked);
    return body;
  });
}

void redeliver_parked(Api& api, Exchange& exchange) {
  const auto body = body_object(exchange.body, {"delivery_ids"});
  if (!body) return refuse(exchange, body.error());
  std::vector<std::string> ids;
  if (const json::Value* list = body->get("delivery_ids")) {
    for (const json::Value& item : list->items()) {
      const auto id = item.as_string();
      if (!id)
        return refuse(exchange, {ErrorCode::kInvalidValue, "must be texts", "/delivery_ids"});
      ids.emplace_back(*id);
    }
    if (ids.empty()) {
      return refuse(exchange,
                    {ErrorCode::kInvalidValue,
                     "must name at least one delivery, or be absent for all", "/delivery_ids"});
    }
  }
  if (!check_parameters(exchange)) return;
  intake::Intake* intake = api.ports().intake;
  const std::string& name = exchange.params.at(0);
  if (intake == nullptr) return refuse(exchange, no_such_source(name));
  answer_in_background(api, exchange,
                       [intake, name, ids = std::move(ids)]() -> Result<std::string> {
                         HF_ASSIGN(told, intake->redeliver(name, ids));
                         std::string text;
                         {
                           Object object(&text);
                           object.number("deliveries", static_cast<int64_t>(told.deliveries));
                           object.number("recorded", static_cast<int64_t>(told.recorded));
                           object.number("duplicates", static_cast<int64_t>(told.duplicates));
                           object.number("parked", static_cast<int64_t>(told.parked));
                         }
                         return text;
                       });
}

/// Whoever signed it is let in: the source verifies, maps, and answers once everything told is durable.
void post_source(Api& api, Exchange& exchange) {
  const std::string& name = exchange.params.at(0);
  intake::Intake* intake = api.ports().intake;
  if (intake == nullptr) return refuse(exchange, no_such_source(name));
  intake::Delivery delivery;
  delivery.body = exchange.body;
  delivery.received_at = api.ports().clock.wall();
  for (size_t i = 0; i < exchange.head.field_count; ++i) {
    std::string header(exchange.head.fields[i].name);
    for (char& c : header)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    delivery.headers.emplace_back(std::move(header), std::string(exchange.head.fields[i].value));
  }
  Worker& worker = exchange.worker;
  worker.flush_commands();
  intake->receive(
      name, delivery,
      [&worker, mailbox = worker.mailbox(), responder = exchange.responder,
       path = std::string(exchange.path)](intake::Reply reply) mutable {
        mailbox->post([&worker, responder, path = std::move(path), reply = std::move(reply)] {
          if (reply.error.code != ErrorCode::kNone)
            return worker.answer(responder, problem_answer(reply.error, path));
          Answer answer;
          {
            Object object(&answer.body);
            object.number("recorded", static_cast<int64_t>(reply.recorded));
            object.number("duplicates", static_cast<int64_t>(reply.duplicates));
            object.number("parked", static_cast<int64_t>(reply.parked));
          }
          worker.answer(responder, std::move(answer));
        });
      });
}

}  // namespace holdfast::http
