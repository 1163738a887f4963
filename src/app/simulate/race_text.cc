#include "app/simulate/race_text.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/commands/output.h"
#include "app/simulate/ledger_shelf.h"
#include "json/print.h"

namespace holdfast::app {
namespace {

/// More steps than this of one way are counted, not shown.
constexpr size_t kStepsShown = 40;

std::string timeline_text(const RaceRun& run, const RaceSettings& settings) {
  std::string text;
  for (const RaceStep& step : run.steps) {
    if (&step - run.steps.data() == kStepsShown) {
      return text + fmt::format("{:>12}{} more steps; --json has them all\n", "… ",
                                run.steps.size() - kStepsShown);
    }
    text += fmt::format("{:>10}  buyer {:<3} {}\n", ms_text(step.at), step.buyer,
                        step_text(step, run.way, settings));
  }
  return text;
}

std::string verdict_text(const RaceRun& run) {
  if (run.oversold > 0) {
    return fmt::format("sold {}: {} more than there was, the stock says {}", run.sold, run.oversold,
                       run.stock_says);
  }
  return fmt::format("sold {}, nothing twice", run.sold);
}

std::string explanation(const RaceWay& way) {
  switch (way.guard) {
    case Guard::kNone:
      return "Between reading and taking, nobody else is kept out.";
    case Guard::kLease:
      return way.pauses
                 ? "A collection, a frozen machine: if the lease ends meanwhile, nobody tells "
                   "the holder."
                 : "Held until its owner gives it back, or until the lease is over.";
    case Guard::kFencedLease:
      return "Each grant has a larger number; the row refuses one older than it has seen.";
    case Guard::kLedger:
      return "The same buyers and the same pause; to ask is to check and to take, in one step.";
  }
  return {};
}

}  // namespace

std::string ms_text(Duration time) {
  return fmt::format("{}.{} ms", time / kMillisecond, time % kMillisecond / 100);
}

std::string step_text(const RaceStep& step, const RaceWay& way, const RaceSettings& settings) {
  switch (step.kind) {
    case RaceStepKind::kArrives:
      return "wants one";
    case RaceStepKind::kWaits:
      return "finds the lock taken, tries again";
    case RaceStepKind::kLocks:
      return way.guard == Guard::kFencedLease
                 ? fmt::format("has the lock for {}, token {}", ms_text(settings.lease),
                               step.number)
                 : fmt::format("has the lock for {}", ms_text(settings.lease));
    case RaceStepKind::kReads:
      return fmt::format("reads {}", step.number);
    case RaceStepKind::kPauses:
      return fmt::format("stands still for {}", ms_text(settings.pause));
    case RaceStepKind::kWakes:
      return "goes on, as if no time had passed";
    case RaceStepKind::kLeaseOver:
      return "has lost its lock and does not know";
    case RaceStepKind::kSells:
      return fmt::format("{} → {}{}",
                         way.guard == Guard::kLedger ? "order accepted" : "takes one, sold",
                         step.number,
                         step.number >= 0    ? ""
                         : step.number == -1 ? ": SOLD TWICE"
                                             : ": OVERSOLD");
    case RaceStepKind::kRefused:
      return "order refused: insufficient_stock";
    case RaceStepKind::kFenced:
      return "refused: its token is old";
    case RaceStepKind::kLeaves:
      return "leaves, sold out";
  }
  return {};
}

std::string race_text(const Race& race) {
  const RaceSettings& settings = race.settings;
  std::string text = fmt::format("{} buyer{}, {} unit{} of {}; virtual time, seed {}\n",
                                 settings.buyers, settings.buyers == 1 ? "" : "s", settings.stock,
                                 settings.stock == 1 ? "" : "s", kShelfSku, settings.seed);
  std::vector<std::vector<std::string>> rows = {
      {"", "sold", "oversold", "turned away", "stock says", "last answer"}};
  for (const RaceRun& run : race.runs) {
    text += fmt::format("\n{}\n  {}\n{}  {}\n", run.way.title, explanation(run.way),
                        timeline_text(run, settings), verdict_text(run));
    rows.push_back({run.way.title, fmt::format("{}", run.sold), fmt::format("{}", run.oversold),
                    fmt::format("{}", run.turned_away), fmt::format("{}", run.stock_says),
                    ms_text(run.last_answer)});
  }
  text += "\n" + to_table(rows) + "\n";
  if (race.passed()) {
    return text + "The ledger sold what there was, nothing twice, and its books add up.\n";
  }
  return text + fmt::format("This should not have happened: {}\n",
                            race.runs.back().problem.empty() ? "the ledger sold another number"
                                                             : race.runs.back().problem);
}

std::string race_json(const Race& race) {
  const RaceSettings& settings = race.settings;
  std::string out = fmt::format(
      "{{\"passed\":{},\"seed\":{},\"buyers\":{},\"stock\":{},\"lease_us\":{},\"pause_us\":{},"
      "\"runs\":[",
      race.passed(), settings.seed, settings.buyers, settings.stock, settings.lease,
      settings.pause);
  for (size_t i = 0; i < race.runs.size(); ++i) {
    const RaceRun& run = race.runs[i];
    out += fmt::format(
        "{}{{\"name\":\"{}\",\"paused\":{},\"sold\":{},\"oversold\":{},\"turned_away\":{},"
        "\"stock_says\":{},\"last_answer_us\":{},\"problem\":",
        i > 0 ? "," : "", run.way.name, run.way.pauses, run.sold, run.oversold, run.turned_away,
        run.stock_says, run.last_answer);
    json::print_text(&out, run.problem);
    out += ",\"steps\":[";
    for (const RaceStep& step : run.steps) {
      out += fmt::format("{}{{\"at_us\":{},\"buyer\":{},\"step\":\"{}\",\"number\":{}}}",
                         &step == run.steps.data() ? "" : ",", step.at, step.buyer,
                         name_of(step.kind), step.number);
    }
    out += "]}";
  }
  return out + "]}\n";
}

}  // namespace holdfast::app
