#include "app/files/opening.h"

#include <algorithm>
#include <iterator>
#include <set>

#include <fmt/format.h>

#include "app/commands/output.h"
#include "base/hash.h"
#include "model/limits.h"

namespace holdfast::app {
namespace {

const std::vector<std::string_view> kFields = {
    "sku", "location", "on_hand", "damaged", "quality_control", "channel", "order", "quantity"};

/// One for all files: a place may stand in one of them only.
class LineReader {
 public:
  LineReader(const OpeningOptions& options, std::vector<BadLine>* bad)
      : options_(options), bad_(bad) {}

  std::optional<OpeningLine> read(const InputFile& file, const Record& record) {
    const size_t bad_before = bad_->size();
    file_ = file.name;
    OpeningLine line{
        file_, record.line, record.text_of("sku"), record.text_of("location"), 0, 0, 0, {}, {}, 0};
    if (line.sku.empty()) mistake(record, "sku", "is missing: every line names its SKU");
    if (record.fields.contains("order")) {
      read_order(record, &line);
    } else {
      read_stock(record, &line);
    }
    if (bad_->size() > bad_before) return std::nullopt;
    return line;
  }

 private:
  void mistake(const Record& record, std::string field, std::string what) {
    bad_->push_back({file_, record.line, std::move(field), std::move(what)});
  }

  int64_t number(const Record& record, const char* field, bool is_required) {
    const std::string text = record.text_of(field);
    if (text.empty() && !is_required) return 0;
    const auto value = whole_number(text);
    if (value && *value >= 0 && *value <= limits::kQuantityMax) return *value;
    mistake(
        record, field,
        text.empty()
            ? "is missing: a line is an order with `order` and `quantity`, or stock with `on_hand`"
            : fmt::format("'{}' must be a whole number from 0 to 1,000,000,000", text));
    return 0;
  }

  void read_order(const Record& record, OpeningLine* line) {
    line->order = record.text_of("order");
    line->channel = record.text_of("channel");
    if (line->channel.empty())
      line->channel = options_.channel.empty() ? "default" : options_.channel;
    if (record.fields.contains("on_hand"))
      mistake(record, "on_hand",
              "is for stock lines, and this line has an order: make two lines of it");
    line->quantity = number(record, "quantity", true);
    if (line->quantity == 0 && record.text_of("quantity") == "0")
      mistake(record, "quantity", "0 are owed: leave the line out");
  }

  void read_stock(const Record& record, OpeningLine* line) {
    if (line->location.empty()) line->location = options_.location;
    if (line->location.empty())
      mistake(record, "location",
              "is missing: name it in the file, or for all lines with --location");
    line->on_hand = number(record, "on_hand", true);
    line->damaged = number(record, "damaged", false);
    line->quality_control = number(record, "quality_control", false);
    if (line->damaged + line->quality_control > line->on_hand) {
      mistake(
          record, "on_hand",
          fmt::format(
              "{} are fewer than damaged and quality_control together: on_hand counts those too",
              line->on_hand));
    }
    // The same place twice is two bins, or one that was exported twice: only its owner knows.
    const std::string here = fmt::format("{}:{}", file_, record.line);
    const auto [first, is_new] = seen_.try_emplace({line->sku, line->location}, here);
    if (!is_new) {
      mistake(record, "sku",
              fmt::format("'{}' at {} stands at {} already: add the two up into one line",
                          line->sku, line->location, first->second));
    }
  }

  const OpeningOptions& options_;
  std::vector<BadLine>* bad_;
  std::string file_;
  std::map<std::pair<std::string, std::string>, std::string> seen_;  ///< where each place stands
};

/// What is left to give to orders, place by place.
using Shelf = std::map<std::pair<std::string, std::string>, int64_t>;

struct Share {
  std::string location;
  int64_t quantity = 0;
};

std::vector<Share> deal(const OpeningLine& line, const std::vector<std::string>& fill_order,
                        Shelf* shelf) {
  const auto left_at = [&](const std::string& location) -> int64_t& {
    return (*shelf)[{line.sku, location}];
  };
  if (!line.location.empty()) {
    left_at(line.location) -= line.quantity;
    return {{line.location, line.quantity}};
  }
  for (const std::string& location : fill_order) {
    if (left_at(location) < line.quantity) continue;
    left_at(location) -= line.quantity;
    return {{location, line.quantity}};
  }
  std::vector<Share> shares;
  int64_t rest = line.quantity;
  for (const std::string& location : fill_order) {
    const int64_t part = std::min(rest, std::max<int64_t>(left_at(location), 0));
    if (part == 0) continue;
    shares.push_back({location, part});
    left_at(location) -= part;
    rest -= part;
  }
  if (rest == 0) return shares;
  const std::string& home = fill_order.front();
  const auto at_home = std::ranges::find(shares, home, &Share::location);
  if (at_home == shares.end()) {
    shares.insert(shares.begin(), {home, rest});
  } else {
    at_home->quantity += rest;
  }
  left_at(home) -= rest;
  return shares;
}

std::string count_line(const OpeningLine& line, const char* state, int64_t counted) {
  std::string members;
  print_member(&members, "sku", line.sku);
  print_member(&members, "location", line.location);
  print_member(&members, "counted", counted);
  print_member(&members, "state", state);
  return to_object(members);
}

/// A command under construction: head members, and lines.
struct Draft {
  const OpeningLine* first = nullptr;
  std::string lines;
  size_t count = 0;
  void add(const OpeningLine& from, const std::string& line) {
    if (first == nullptr) first = &from;
    lines += (count++ > 0 ? "," : "") + line;
  }
};

/// What one order is owed, and where it lies.
struct OwedOrder {
  const OpeningLine* first = nullptr;
  std::map<std::string, std::vector<Share>> by_sku;

  void add(const OpeningLine& line, const Share& share) {
    if (first == nullptr) first = &line;
    std::vector<Share>& shares = by_sku[line.sku];
    const auto same = std::ranges::find(shares, share.location, &Share::location);
    if (same == shares.end()) {
      shares.push_back(share);
    } else {
      same->quantity += share.quantity;
    }
  }
};

ImportItem finish(const Draft& draft, const std::string& head, const std::string& key,
                  const OpeningOptions& options, std::vector<BadLine>* bad) {
  if (draft.count > limits::kLinesMax) {
    bad->push_back({draft.first->file,
                    draft.first->line,
                    {},
                    fmt::format("{} lines belong together here, and one command has at most {}",
                                draft.count, limits::kLinesMax)});
  }
  std::string members = head;
  print_member(&members, "occurred_at", options.counted_at);
  print_member(&members, "idempotency_key", key);
  return {draft.first->file, draft.first->line,
          to_object(members + ",\"lines\":[" + draft.lines + "]")};
}

std::string key_of(const std::string& id, const char* kind, const std::string& name) {
  const Hash128 hash = hash128(name);
  return fmt::format("opening-{}-{}-{:016x}{:016x}", id, kind, hash.high, hash.low);
}

/// An order takes all units of a SKU at one place; what lies elsewhere is reassigned there after
/// it.
void tell_order(const OwedOrder& owed, const std::string& id, const OpeningOptions& options,
                Opening* opening) {
  const std::string name = owed.first->channel + "\n" + owed.first->order;
  std::string head;
  print_member(&head, "channel", owed.first->channel);
  print_member(&head, "order", owed.first->order);
  Draft placed;
  std::vector<ImportItem> reassigned;
  for (const auto& [sku, shares] : owed.by_sku) {
    int64_t ordered = 0;
    for (const Share& share : shares) ordered += share.quantity;
    std::string line;
    print_member(&line, "sku", sku);
    print_member(&line, "location", shares.front().location);
    print_member(&line, "ordered", ordered);
    placed.add(*owed.first, to_object(line));
    for (size_t i = 1; i < shares.size(); ++i) {
      std::string members = ",\"type\":\"order.reassigned\"" + head;
      print_member(&members, "from", shares.front().location);
      print_member(&members, "to", shares[i].location);
      std::string units;
      print_member(&units, "sku", sku);
      print_member(&units, "quantity", shares[i].quantity);
      Draft move;
      move.add(*owed.first, to_object(units));
      const std::string key = key_of(id, "move", name + "\n" + sku + "\n" + shares[i].location);
      reassigned.push_back(finish(move, members, key, options, &opening->bad));
    }
  }
  opening->orders.push_back(finish(placed, ",\"type\":\"order.placed\"" + head,
                                   key_of(id, "order", name), options, &opening->bad));
  std::move(reassigned.begin(), reassigned.end(), std::back_inserter(opening->orders));
}

Shelf shelf_of(const std::vector<OpeningLine>& lines) {
  Shelf shelf;
  for (const OpeningLine& line : lines) {
    if (line.order.empty())
      shelf[{line.sku, line.location}] = line.on_hand - line.damaged - line.quality_control;
  }
  return shelf;
}

/// Without the places the files do say something of.
Strays beyond(const Shelf& shelf, const Strays& strays) {
  Strays left;
  for (const auto& [sku, places] : strays) {
    for (const std::string& place : places) {
      if (!shelf.contains({sku, place})) left[sku].push_back(place);
    }
  }
  return left;
}

/// None of the SKU lies at `places`.
ImportItem count_stray(const OpeningLine& line, const std::vector<std::string>& places,
                       const std::string& id, const OpeningOptions& options,
                       std::vector<BadLine>* bad) {
  Draft draft;
  std::string name = line.sku;
  for (const std::string& place : places) {
    OpeningLine there = line;
    there.location = place;
    draft.add(line, count_line(there, "sellable", 0));
    name += "\n" + place;
  }
  return finish(draft, ",\"type\":\"stock.counted\",\"reason\":\"opening\"",
                key_of(id, "stray", name), options, bad);
}

}  // namespace

std::vector<OpeningLine> read_opening(const std::vector<InputFile>& files,
                                      const OpeningOptions& options, std::vector<BadLine>* bad) {
  std::vector<OpeningLine> lines;
  LineReader reader(options, bad);
  for (const InputFile& file : files) {
    for (const Record& record : read_records(file, kFields, options.ignore_columns, bad)) {
      if (auto line = reader.read(file, record)) lines.push_back(std::move(*line));
    }
  }
  return lines;
}

std::vector<std::string> channels_to_fill(const std::vector<OpeningLine>& lines) {
  std::set<std::string> channels;
  for (const OpeningLine& line : lines) {
    if (!line.order.empty() && line.location.empty()) channels.insert(line.channel);
  }
  return {channels.begin(), channels.end()};
}

Opening plan_opening(const std::vector<OpeningLine>& lines,
                     const std::map<std::string, std::vector<std::string>>& fill_orders,
                     const Strays& strays, const std::string& id, const OpeningOptions& options) {
  Opening opening;
  Shelf shelf = shelf_of(lines);
  std::map<std::pair<std::string, std::string>, OwedOrder> orders;
  std::map<std::string, Draft> counts;
  // lines with a location first: what they take is not there for the ones that may go anywhere
  std::vector<const OpeningLine*> sorted;
  for (const OpeningLine& line : lines) sorted.push_back(&line);
  std::ranges::stable_partition(sorted,
                                [](const OpeningLine* line) { return !line->location.empty(); });

  for (const OpeningLine* line : sorted) {
    if (line->order.empty()) {
      Draft& count = counts[line->sku];
      count.add(*line, count_line(*line, "sellable",
                                  line->on_hand - line->damaged - line->quality_control));
      if (line->damaged > 0) count.add(*line, count_line(*line, "damaged", line->damaged));
      if (line->quality_control > 0)
        count.add(*line, count_line(*line, "quality_control", line->quality_control));
      continue;
    }
    const auto fill = fill_orders.find(line->channel);
    if (line->location.empty() && (fill == fill_orders.end() || fill->second.empty())) {
      opening.bad.push_back(
          {line->file, line->line, "location",
           fmt::format("is missing, and channel '{}' has no locations to fill from: name "
                       "the location, or set up the channel first",
                       line->channel)});
      continue;
    }
    OwedOrder& order = orders[{line->channel, line->order}];
    for (const Share& share :
         deal(*line, fill == fill_orders.end() ? std::vector<std::string>{} : fill->second, &shelf))
      order.add(*line, share);
  }

  for (const OpeningLine& line : lines) {
    if (!line.order.empty() && !counts.contains(line.sku)) {
      opening.warnings.push_back(
          {line.file, line.line, "sku",
           fmt::format("'{}' is ordered and has no stock line: it stays untracked, and "
                       "no channel is told of it, until it is counted",
                       line.sku)});
    }
  }
  for (const auto& [name, owed] : orders) tell_order(owed, id, options, &opening);
  const Strays elsewhere = beyond(shelf_of(lines), strays);
  for (const auto& [sku, draft] : counts) {
    opening.counts.push_back(finish(draft, ",\"type\":\"stock.counted\",\"reason\":\"opening\"",
                                    key_of(id, "stock", sku), options, &opening.bad));
    if (const auto stray = elsewhere.find(sku); stray != elsewhere.end()) {
      opening.counts.push_back(count_stray(*draft.first, stray->second, id, options, &opening.bad));
    }
  }
  return opening;
}

std::vector<ImportItem> count_strays(const std::vector<OpeningLine>& lines, const Strays& strays,
                                     const std::string& id, const OpeningOptions& options,
                                     std::vector<BadLine>* bad) {
  std::map<std::string, const OpeningLine*> counted;
  for (const OpeningLine& line : lines) {
    if (line.order.empty()) counted.emplace(line.sku, &line);
  }
  std::vector<ImportItem> items;
  for (const auto& [sku, places] : beyond(shelf_of(lines), strays)) {
    const auto line = counted.find(sku);
    if (line != counted.end()) {
      items.push_back(count_stray(*line->second, places, id, options, bad));
    }
  }
  return items;
}

}  // namespace holdfast::app
