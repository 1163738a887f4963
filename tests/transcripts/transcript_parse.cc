// Plain words into commands.
#include <algorithm>
#include <charconv>
#include <fstream>
#include <functional>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/hash.h"
#include "tests/transcripts/transcript.h"

namespace holdfast::transcripts {
namespace {

using Words = std::vector<std::string>;

/// Punctuation is decoration; `#` begins a comment.
Words split(std::string_view text) {
  Words words;
  std::string word;
  const auto flush = [&] {
    while (!word.empty() && (word.back() == ':' || word.back() == ',')) word.pop_back();
    if (!word.empty()) words.push_back(std::move(word));
    word.clear();
  };
  for (const char c : text) {
    if (c == '#') break;
    if (c == ' ' || c == ',' || c == '(' || c == ')' || c == ';') {
      flush();
    } else {
      word += c;
    }
  }
  flush();
  return words;
}

bool is_number(const std::string& word) {
  const size_t start = word.starts_with('-') || word.starts_with('+') ? 1 : 0;
  return word.size() > start && std::all_of(word.begin() + static_cast<long>(start), word.end(),
                                            [](char c) { return c >= '0' && c <= '9'; });
}

int64_t number(const std::string& word) {
  int64_t value = 0;
  const char* start = word.data() + (word.starts_with('+') ? 1 : 0);
  std::from_chars(start, word.data() + word.size(), value);
  return value;
}

/// "10:00", "10:00:05" of the day of the story, or RFC 3339.
std::optional<Timestamp> time_of(const std::string& word) {
  if (word.contains('T')) return parse_rfc3339(word);
  return parse_rfc3339("2026-11-23T" + word + (word.size() == 5 ? ":00Z" : "Z"));
}

const std::map<std::string, CommandType> kVerbs = {
    {"expect", CommandType::kStockExpected},
    {"receive", CommandType::kStockReceived},
    {"sell", CommandType::kStockSold},
    {"place", CommandType::kOrderPlaced},
    {"change", CommandType::kOrderChanged},
    {"reassign", CommandType::kOrderReassigned},
    {"ship", CommandType::kOrderFulfilled},
    {"unship", CommandType::kOrderUnfulfilled},
    {"cancel", CommandType::kOrderCancelled},
    {"return", CommandType::kStockReturned},
    {"adjust", CommandType::kStockAdjusted},
    {"set", CommandType::kStockAdjusted},
    {"count", CommandType::kStockCounted},
    {"move", CommandType::kStockMoved},
    {"dispatch", CommandType::kTransferDispatched},
    {"arrive", CommandType::kTransferReceived},
    {"hold", CommandType::kHoldPlace},
    {"rearrange", CommandType::kHoldChange},
    {"commit", CommandType::kHoldCommit},
    {"release", CommandType::kHoldRelease},
    {"extend", CommandType::kHoldExtend},
    {"accept", CommandType::kOrderAccept},
    {"channel", CommandType::kChannelSet},
    {"close-channel", CommandType::kChannelRemove},
    {"location", CommandType::kLocationSet},
    {"alias", CommandType::kSkuMerge},
};
const std::set<std::string> kOrderVerbs = {"place",  "change", "reassign", "ship",
                                           "unship", "cancel", "accept"};
const std::set<std::string> kHoldVerbs = {"hold", "rearrange", "commit", "release", "extend"};

/// Reads the words of one command from left to right.
class CommandReader {
 public:
  CommandReader(Words words, const std::string& text) : words_(std::move(words)) {
    command_.source = "local";
    command_.fingerprint = hash64(text);
  }

  /// Empty, or the defect.
  std::string read(Command* out) {
    verb_ = next();
    const auto found = kVerbs.find(verb_);
    if (found == kVerbs.end()) return "no such verb: " + verb_;
    command_.type = found->second;
    if (kOrderVerbs.contains(verb_)) command_.order = next();
    if (kHoldVerbs.contains(verb_)) command_.hold = next();
    if (command_.type == CommandType::kChannelSet || command_.type == CommandType::kChannelRemove) {
      command_.channel = next();
    } else if (command_.type == CommandType::kLocationSet) {
      command_.location = next();
    } else if (command_.type == CommandType::kSkuMerge) {
      command_.sku_alias = next();
      if (next() != "is") return "alias A is B";
      command_.sku_same_as = next();
    }
    while (at_ < words_.size() && defect_.empty()) read_word(next());
    *out = std::move(command_);
    return defect_;
  }

 private:
  std::string next() {
    if (at_ < words_.size()) return words_[at_++];
    if (defect_.empty()) defect_ = "the line ends too early";
    return {};
  }
  int64_t next_number() {
    const std::string word = next();
    if (!is_number(word) && defect_.empty()) defect_ = "not a number: " + word;
    return number(word);
  }
  Timestamp next_time() {
    const std::string word = next();
    const auto time = time_of(word);
    if (!time && defect_.empty()) defect_ = "not a time: " + word;
    return time.value_or(Timestamp{});
  }
  CommandLine& line() {
    if (command_.lines.empty()) command_.lines.emplace_back();
    return command_.lines.back();
  }

  void read_word(const std::string& word) {
    if (is_number(word)) return read_line(number(word));
    if (const auto found = options_.find(word); found != options_.end()) return found->second();
    defect_ = "what is '" + word + "'?";
  }

  /// "5 TEE", "2 damaged TEE": a line of the command, or of the fulfilment being told.
  void read_line(int64_t quantity) {
    std::string word = next();
    if (in_fulfillment_) {
      command_.fulfillments.back().lines.push_back({word, "", quantity});
      return;
    }
    CommandLine& line = command_.lines.emplace_back();
    if (word == "damaged" || word == "quality_control") {
      line.state = *account_named(word);
      word = next();
    }
    line.sku = word;
    switch (command_.type) {
      case CommandType::kStockExpected:
        line.expected = quantity;
        break;
      case CommandType::kStockCounted:
        line.counted = quantity;
        break;
      case CommandType::kStockAdjusted:
        (verb_ == "set" ? line.set : line.delta) = quantity;
        break;
      case CommandType::kOrderPlaced:
      case CommandType::kOrderChanged:
        line.ordered = quantity;
        break;
      default:
        (total_ ? line.total : line.quantity) = quantity;
    }
    total_ = false;
  }

  void read_at() {
    const std::string place = next();
    if (in_fulfillment_) {
      command_.fulfillments.back().location = place;
    } else if (command_.lines.empty()) {
      command_.location = place;
    } else {
      command_.lines.back().location = place;
    }
  }
  void read_from() {
    const std::string word = next();
    if (command_.type == CommandType::kChannelSet) {
      command_.channel_settings.locations.push_back(word);
    } else if (const auto account = account_named(word)) {
      line().from = *account;
    } else {
      command_.location = word;
    }
  }
  void read_to() {
    const std::string word = next();
    if (command_.type == CommandType::kHoldCommit) {
      command_.order = word;
    } else if (const auto account = account_named(word)) {
      line().to = *account;
    } else {
      command_.to_location = word;
    }
  }
  void read_fulfillment(bool voided) {
    CommandFulfillment& fulfillment = command_.fulfillments.emplace_back();
    fulfillment.id = next();
    fulfillment.voided = voided;
    in_fulfillment_ = true;
  }
  void read_version() {
    const std::string word = next();
    if (is_number(word)) {
      command_.version = {Version::Kind::kInteger, number(word)};
    } else if (const auto time = time_of(word)) {
      command_.version = {Version::Kind::kTime, time->us};
    } else {
      defect_ = "not a version: " + word;
    }
  }
  void read_occurred() {
    const Timestamp time = next_time();
    (in_fulfillment_ ? command_.fulfillments.back().occurred_at : command_.occurred_at) = time;
  }

  Words words_;
  size_t at_ = 0;
  std::string verb_, defect_;
  Command command_;
  bool in_fulfillment_ = false;
  bool total_ = false;
  const std::map<std::string, std::function<void()>> options_ = {
      {"at", [this] { read_at(); }},
      {"from", [this] { read_from(); }},
      {"then", [this] { command_.channel_settings.locations.push_back(next()); }},
      {"to", [this] { read_to(); }},
      {"on", [this] { command_.channel = next(); }},
      {"by", [this] { command_.source = next(); }},
      {"order", [this] { command_.order = next(); }},
      {"key", [this] { command_.idempotency_key = next(); }},
      {"event", [this] { command_.idempotency_key_2 = next(); }},
      {"webhook", [this] { command_.from_source = true; }},
      {"document", [this] { command_.document = next(); }},
      {"reference", [this] { command_.reference = next(); }},
      {"because", [this] { command_.reason = next(); }},
      {"version", [this] { read_version(); }},
      {"occurred", [this] { read_occurred(); }},
      {"ttl", [this] { command_.ttl_s = next_number(); }},
      {"total", [this] { total_ = true; }},
      {"line", [this] { line().line = next(); }},
      {"expected", [this] { line().expected = next_number(); }},
      {"cancelled", [this] { line().cancelled = next_number(); }},
      {"written-off", [this] { line().written_off = next_number(); }},
      {"shipped", [this] { read_fulfillment(false); }},
      {"voided", [this] { read_fulfillment(true); }},
      {"final", [this] { command_.final = true; }},
      {"no-restock", [this] { command_.restock = false; }},
      {"or-part", [this] { command_.allow_partial = true; }},
      {"release-rest", [this] { command_.release_rest = true; }},
      {"rehold", [this] { command_.rehold = true; }},
      {"unless-endangered", [this] { command_.refuse_if_endangered = true; }},
      {"dry-run", [this] { command_.dry_run = true; }},
      {"sells", [] {}},
      {"buffer", [this] { command_.channel_settings.buffer = next_number(); }},
      {"limit", [this] { command_.channel_settings.oversell_limit = next_number(); }},
      {"low", [this] { command_.channel_settings.low_at = next_number(); }},
      {"not-sellable", [this] { command_.location_settings.sellable = false; }},
      {"sellable", [this] { command_.location_settings.sellable = true; }},
  };
};

std::optional<Duration> duration_of(const std::string& word) {
  if (word.size() < 2 || !is_number(word.substr(0, word.size() - 1))) return std::nullopt;
  const int64_t n = number(word.substr(0, word.size() - 1));
  switch (word.back()) {
    case 's':
      return n * kSecond;
    case 'm':
      return n * kMinute;
    case 'h':
      return n * kHour;
    case 'd':
      return n * kDay;
    default:
      return std::nullopt;
  }
}

}  // namespace

Transcript read_transcript(const std::string& path) {
  Transcript transcript;
  transcript.name = path;
  std::ifstream file(path);
  if (!file) transcript.error = "cannot open " + path;
  Timestamp now = *time_of("09:00");
  std::string text;
  for (int line_number = 1; transcript.error.empty() && std::getline(file, text); ++line_number) {
    const auto defect = [&](const std::string& what) {
      transcript.error = fmt::format("{}:{}: {}", path, line_number, what);
    };
    Words words = split(text);
    if (words.empty()) continue;
    if (transcript.sentence.empty()) {
      transcript.sentence = text;
      if (!text.ends_with('.')) defect("a transcript opens with a sentence of what could go wrong");
      continue;
    }
    if (words.front() == "->" || words.front() == "=") {
      if (transcript.steps.empty()) {
        defect("nothing happened yet");
        continue;
      }
      Step& step = transcript.steps.back();
      auto& list = words.front() == "=" ? step.states : step.answers;
      list.push_back({line_number, Words(words.begin() + 1, words.end())});
      continue;
    }
    Step& step = transcript.steps.emplace_back();
    step.line_number = line_number;
    step.text = text;
    if (words.front() == "time" && words.size() == 2) {
      const auto time = time_of(words[1]);
      if (!time || *time < now) defect("time TIME, never back");
      now = time.value_or(now);
    } else if (words.front() == "later" && words.size() == 2) {
      const auto duration = duration_of(words[1]);
      if (!duration) defect("later 15m");
      now = now + duration.value_or(0);
    } else {
      const std::string wrong = CommandReader(words, text).read(&step.command);
      if (!wrong.empty()) defect(wrong);
      if (step.command.idempotency_key.empty() && is_fact(step.command.type)) {
        step.command.idempotency_key = fmt::format("line-{}", line_number);
      }
    }
    step.now = now;
  }
  return transcript;
}

}  // namespace holdfast::transcripts
