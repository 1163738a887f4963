// A delivery's JSON as facts, by the mapping the configuration declares. Pure and without memory:
// the same bytes give the same commands, whatever came before.
//
// One fact per item; items about one order, document and version are the lines of one fact. What is
// not as declared is parked with a reason, never guessed: above all a location the sender names and
// the configuration does not know.
#pragma once

#include <string>

#include "base/result.h"
#include "connectors/config.h"
#include "intake/source.h"
#include "json/value.h"

namespace holdfast::connectors::generic {

class Mapping {
 public:
  /// kConfigInvalid for unknown fields, bad pointers, words that are no event type. `needs_time`:
  /// nothing but `occurred_at` tells how old a delivery is, so it must be mapped, and an item
  /// without it is parked.
  static Result<Mapping> make(const SourceConfig& config, bool needs_time);

  /// `delivery_id`: of the signature scheme, covered by the signature; may be empty.
  intake::Mapped map(const json::Value& delivery, const std::string& delivery_id) const;
  /// A delivery that was mapped before: PushSource::map_kept().
  intake::Mapped map_again(const json::Value& delivery, const std::string& delivery_id) const;

 private:
  /// Finds what a field is told to be, inside the item or else in the delivery around it.
  struct Lookup {
    const MappingConfig& mapping;
    const json::Value& item;
    const json::Value& delivery;
    bool in_list;  ///< the item is an element of the delivery

    const json::Value* find(const std::string& field) const;
    Result<std::string> text(const std::string& field) const;  ///< empty = absent
    Result<std::optional<int64_t>> integer(const std::string& field) const;
    Result<bool> flag(const std::string& field, bool absent) const;
  };

  Result<Command> map_item(const Lookup& lookup) const;
  /// A number the sender keeps itself, told as "stock.observed".
  Result<ObservedLevel> map_observed(const Lookup& lookup) const;
  Status map_numbers(const Lookup& lookup, Command& command, CommandLine& line) const;
  Status map_states(const Lookup& lookup, Command& command, CommandLine& line) const;
  Status map_places(const Lookup& lookup, Command& command) const;
  Status map_times(const Lookup& lookup, Command& command) const;
  Result<std::string> our_location(const std::string& theirs) const;
  bool cancels_whole(const json::Value& delivery, const json::Value* list) const;
  void set_keys(Command& command, const std::string& delivery_id, const std::string& event_id,
                size_t index) const;
  void add(intake::Mapped* mapped, Command command, std::string item) const;

  SourceConfig config_;
  bool needs_time_ = false;
};

}  // namespace holdfast::connectors::generic
