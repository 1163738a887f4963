// A stream of commands in, a stream of outcomes out: an NDJSON body goes to the engine slice by
// slice, and each slice's answers leave when they are durable.
//
// Made per request by the handlers of /v1/events and /v1/batch; keeps itself alive until the last
// slice is answered or the connection is gone. Confined to its worker's thread.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/api.h"
#include "http/exchange.h"
#include "http/worker.h"
#include "json/parse.h"

namespace holdfast::http {

/// Outcomes of items, some of which never became a command: put back into the order of the items.
class ItemOutcomes {
 public:
  /// Splits `items`: the commands to submit; errors, and what `principal` may not do, stay behind as
  /// outcomes.
  ItemOutcomes(json::Items items, const Principal& principal);
  std::vector<Command> take_commands() { return std::move(commands_); }
  /// Puts the engine's outcomes into their places.
  void fill(std::vector<Outcome> outcomes);
  const std::vector<Outcome>& all() const { return outcomes_; }

 private:
  std::vector<Outcome> outcomes_;
  std::vector<size_t> places_;
  std::vector<Command> commands_;
};

class NdjsonStream final : public StreamProducer,
                           public std::enable_shared_from_this<NdjsonStream> {
 public:
  NdjsonStream(Api& api, const Exchange& exchange, const json::ParseContext& context,
               json::Accept accept);
  /// Begins; the answer's head leaves with the first outcomes.
  void start();

  void on_space() override;
  void on_drain() override;
  void on_gone() override { end(); }

 private:
  static constexpr size_t kSliceItems = 2'048;
  static constexpr size_t kSlicesInFlight = 2;
  struct Slice {
    Slice(json::Items items, const Principal& principal) : outcomes(std::move(items), principal) {}
    ItemOutcomes outcomes;
    bool answered = false;
  };

  void submit_more();
  bool submit(const std::shared_ptr<Slice>& slice);
  void send_answered();
  void send(std::string_view lines);
  void finish();
  void end();

  Api& api_;
  Worker& worker_;
  Responder responder_;
  const Principal principal_;
  std::string body_, source_, key_, path_;  // what items_ looks into
  json::NdjsonItems items_;
  std::deque<std::shared_ptr<Slice>> slices_;  ///< read and not yet sent, in order
  std::optional<Error> ending_;  ///< no further item is looked at; the last line says why
  bool begun_ = false;           ///< the head has left
  bool full_ = false;
  bool over_ = false;
};

}  // namespace holdfast::http
