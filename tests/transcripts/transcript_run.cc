// Commands into books, and the books held against the story.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tests/transcripts/transcript.h"

namespace holdfast::transcripts {
namespace {

using Words = std::vector<std::string>;

std::string shown(const std::optional<int64_t>& number) {
  return number ? std::to_string(*number) : "unknown";
}

/// "accepted", "refused insufficient_stock short TEE 6 of 5", "accepted endangered 1".
std::string say_answer(const Outcome& outcome, const Words& expected) {
  std::string said(name_of(outcome.status));
  if (outcome.error.code != ErrorCode::kNone)
    said += " " + std::string(name_of(outcome.error.code));
  if (outcome.replayed) said += " replayed";
  if (std::ranges::find(expected, "short") != expected.end()) {
    for (const Shortage& shortage : outcome.shortages) {
      said +=
          fmt::format(" short {} {} of {}", shortage.sku, shortage.requested,
                      shortage.untracked ? "unknown" : std::to_string(shortage.available_to_sell));
    }
  }
  if (std::ranges::find(expected, "endangered") != expected.end()) {
    said += fmt::format(" endangered {}", outcome.hold ? outcome.hold->endangered : 0);
  }
  return said;
}

/// "TEE berlin 5/0/2 damaged 1"
std::string say_position(const sim::Books& books, const std::string& sku,
                         const std::string& place) {
  for (const PositionView& at : books.positions(sku)) {
    if (at.location != place) continue;
    std::string said =
        fmt::format("{} {} {}/{}/{}", sku, place, at.available, at.held, at.committed);
    if (at.damaged != 0) said += fmt::format(" damaged {}", at.damaged);
    if (at.quality_control != 0) said += fmt::format(" quality_control {}", at.quality_control);
    if (at.incoming != 0) said += fmt::format(" incoming {}", at.incoming);
    if (at.in_transit != 0) said += fmt::format(" in_transit {}", at.in_transit);
    if (!at.tracked) said += " untracked";
    return said;
  }
  return fmt::format("{} {} nothing", sku, place);
}

/// "TEE on web 7 berlin 7 leeds 0"; places only where the story names them.
std::string say_channel(const sim::Books& books, const Words& expected) {
  const ChannelAvailability answer = books.availability(expected[0], expected[2]);
  std::string said =
      fmt::format("{} on {} {}", expected[0], expected[2], shown(answer.available_to_sell));
  if (expected.size() <= 4) return said;
  for (const auto& [location, quantity] : answer.locations) {
    said += fmt::format(" {} {}", location, quantity);
  }
  return said;
}

std::string say_order(const sim::Books& books, const Words& expected) {
  const auto order = books.order(expected[3], expected[1]);
  std::string said = fmt::format("order {} on {}", expected[1], expected[3]);
  if (!order) return said + " unknown";
  if (expected.size() < 5) return said;
  const std::string& sku = expected[4];
  const auto found = std::ranges::find(order->lines, sku, &OrderLineView::sku);
  const OrderLineView line = found == order->lines.end() ? OrderLineView{} : *found;
  said += " " + sku;
  for (size_t i = 5; i < expected.size(); ++i) {
    const std::string& word = expected[i];
    const auto number = [&](int64_t value) {
      said += fmt::format(" {} {}", word, value);
      ++i;
    };
    if (word == "ordered")
      number(line.ordered);
    else if (word == "fulfilled")
      number(line.fulfilled);
    else if (word == "cancelled")
      number(line.cancelled);
    else if (word == "written_off")
      number(line.written_off);
    else if (word == "returned")
      number(line.returned);
    else if (word == "committed")
      number(line.committed);
    else if (word == "open" || word == "closed")
      said += order->open ? " open" : " closed";
    else
      said += " ?" + word;
  }
  return said;
}

std::string say_hold(const sim::Books& books, const Words& expected) {
  const auto hold = books.hold(expected[1]);
  std::string said = "hold " + expected[1];
  if (!hold) return said + " unknown";
  const auto sum = [&](int64_t HoldLineView::* member) {
    int64_t total = 0;
    for (const HoldLineView& line : hold->lines) total += line.*member;
    return total;
  };
  for (size_t i = 2; i < expected.size(); ++i) {
    const std::string& word = expected[i];
    const auto number = [&](int64_t value) {
      said += fmt::format(" {} {}", word, value);
      ++i;
    };
    if (word == "remaining")
      number(sum(&HoldLineView::remaining));
    else if (word == "committed")
      number(sum(&HoldLineView::committed));
    else if (word == "released")
      number(sum(&HoldLineView::released));
    else if (word == "expired")
      number(sum(&HoldLineView::expired));
    else if (word == "endangered")
      number(hold->endangered);
    else if (word == "open" || word == "closed")
      said += hold->open ? " open" : " closed";
    else if (word == "until") {
      const std::string time = to_rfc3339(hold->expires_at);
      const std::string& wanted = expected[++i];
      said += " until " + (wanted.contains('T') ? time : time.substr(11, wanted.size()));
    } else if (word == "line") {  // line c1 TEE leeds 2
      const std::string& id = expected[++i];
      const std::string& place = expected[i + 2];
      int64_t quantity = 0;
      for (const HoldLineView& line : hold->lines) {
        if (line.line == id && line.location == place && line.sku == expected[i + 1]) {
          quantity += line.quantity;
        }
      }
      said += fmt::format(" line {} {} {} {}", id, expected[i + 1], place, quantity);
      i += 3;
    } else {
      said += " ?" + word;
    }
  }
  return said;
}

std::string say_shortfalls(const sim::Books& books) {
  std::string said;
  for (const ShortfallView& shortfall : books.shortfalls()) {
    said += fmt::format("{}shortfall {} {} {}", said.empty() ? "" : " ", shortfall.sku,
                        shortfall.location, shortfall.quantity);
    for (const auto& [hold, quantity] : shortfall.holds)
      said += fmt::format(" hold {} {}", hold, quantity);
    for (const auto& [order, quantity] : shortfall.orders)
      said += fmt::format(" order {} {}", order, quantity);
  }
  return said.empty() ? "no shortfall" : said;
}

/// What the books say to the question an expectation asks, in the expectation's own words.
std::string say_state(const sim::Books& books, const Words& expected) {
  if (expected[0] == "order" && expected.size() >= 4) return say_order(books, expected);
  if (expected[0] == "hold" && expected.size() >= 3) return say_hold(books, expected);
  if (expected[0] == "shortfall" || expected[0] == "no") return say_shortfalls(books);
  if (expected[0] == "discrepancies") return fmt::format("discrepancies {}", books.discrepancies());
  if (expected.size() >= 4 && expected[1] == "on") return say_channel(books, expected);
  if (expected.size() < 3) return "?";
  if (expected[2].contains('/') || expected[2] == "nothing")
    return say_position(books, expected[0], expected[1]);
  std::string said = expected[0];
  for (size_t i = 1; i + 1 < expected.size(); i += 2) {
    const auto account = account_named(expected[i]);
    said += fmt::format(" {} {}", expected[i], account ? books.outside(expected[0], *account) : 0);
  }
  return said;
}

std::string differs(const Step& step, const Expectation& expectation, const std::string& said) {
  const std::string wanted = fmt::format("{}", fmt::join(expectation.words, " "));
  if (wanted == said) return {};
  return fmt::format("line {} ({})\n  line {} wants: {}\n  books say:    {}", step.line_number,
                     step.text, expectation.line_number, wanted, said);
}

}  // namespace

std::string run_step(const Step& step, sim::Books& books) {
  if (step.command.type != CommandType::kNone) {
    const Outcome outcome = books.decide(step.command, step.now);
    if (step.answers.empty() && outcome.status != OutcomeStatus::kRecorded &&
        outcome.status != OutcomeStatus::kAccepted) {
      return fmt::format("line {} ({})\n  says: {}", step.line_number, step.text,
                         say_answer(outcome, {}));
    }
    for (const Expectation& answer : step.answers) {
      const std::string wrong = differs(step, answer, say_answer(outcome, answer.words));
      if (!wrong.empty()) return wrong;
    }
  }
  books.expire_due(step.now);
  for (const Expectation& state : step.states) {
    const std::string wrong = differs(step, state, say_state(books, state.words));
    if (!wrong.empty()) return wrong;
  }
  const std::string broken = books.check();
  if (!broken.empty())
    return fmt::format("line {} ({})\n  {}", step.line_number, step.text, broken);
  return {};
}

std::string run(const Transcript& transcript, sim::Books& books) {
  if (!transcript.error.empty()) return transcript.error;
  for (const Step& step : transcript.steps) {
    const std::string wrong = run_step(step, books);
    if (!wrong.empty()) return transcript.name + "\n  " + wrong;
  }
  return {};
}

}  // namespace holdfast::transcripts
