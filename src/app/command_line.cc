// Words into the values of command_line.h: the tree of commands, parsed.
#include "app/command_line.h"

#include <charconv>

#include <fmt/format.h>

#include "app/command_line/parts.h"
#include "app/command_line/tree.h"
#include "app/command_tree.h"

namespace holdfast::app {
namespace {

constexpr const char* kPurpose = "Holdfast: one ledger of stock that every sales channel sells from";

void add_everything(CLI::App& root, Parsed* parsed) {
  root.require_subcommand(1);
  root.fallthrough();
  root.add_flag("--json", parsed->command.json, "Answer in JSON");
  add_serve(root, parsed);
  add_demo(root, parsed);
  add_simulate(root, parsed);
  add_event(root, parsed);
  add_hold(root, parsed);
  add_order(root, parsed);
  add_reads(root, parsed);
  add_sink(root, parsed);
  add_source(root, parsed);
  add_key(root, parsed);
  add_offline(root, parsed);
  add_files(root, parsed);
  add_help(root, parsed);
}

}  // namespace

CommandNode command_tree() {
  Parsed parsed;
  CLI::App root(kPurpose, "holdfast");
  add_everything(root, &parsed);
  return tree_of(root);
}

ParsedCommandLine parse_command_line(int count, const char* const* words) {
  Parsed parsed;
  CLI::App root(kPurpose, "holdfast");
  add_everything(root, &parsed);

  ParsedCommandLine result;
  try {
    root.parse(count, words);
    result.command = std::move(parsed.command);
  } catch (const CLI::CallForHelp&) {
    const CLI::App* asked = &root;
    while (!asked->get_subcommands().empty()) asked = asked->get_subcommands().front();
    result.output = asked->help();
  } catch (const CLI::ParseError& error) {
    result.exit_code = kExitUsage;
    result.output = fmt::format("holdfast: {}\nSee holdfast --help, or holdfast COMMAND --help.\n",
                                error.what());
  }
  return result;
}

std::optional<LineArgument> parse_line_argument(const std::string& text) {
  const size_t equals = text.rfind('=');
  if (equals == std::string::npos || equals == 0) return std::nullopt;
  LineArgument line;
  line.sku = text.substr(0, equals);
  const size_t at = text.find('@', equals);
  const char* begin = text.data() + equals + 1;
  const char* end = text.data() + (at == std::string::npos ? text.size() : at);
  const auto [stop, error] = std::from_chars(begin, end, line.quantity);
  if (error != std::errc() || stop != end) return std::nullopt;
  if (at != std::string::npos) {
    line.location = text.substr(at + 1);
    if (line.location.empty()) return std::nullopt;
  }
  return line;
}

std::optional<Duration> parse_span(const std::string& text) {
  int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || number < 0 || number > 1'000'000) return std::nullopt;
  const std::string unit(stop, end);
  if (unit.empty() || unit == "s") return number * kSecond;
  if (unit == "ms") return number * kMillisecond;
  if (unit == "m") return number * kMinute;
  if (unit == "h") return number * kHour;
  return std::nullopt;
}

}  // namespace holdfast::app
