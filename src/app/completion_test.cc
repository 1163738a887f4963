// Completion and manual pages hold every command and option of the one tree.
#include "app/completion.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/command_line.h"
#include "app/man_page.h"

namespace holdfast::app {
namespace {

using ::testing::HasSubstr;
using Path = std::vector<std::string>;

void each(const CommandNode& node, const Path& path,
          const std::function<void(const Path&, const CommandNode&)>& visit) {
  visit(path, node);
  for (const CommandNode& sub : node.commands) {
    Path below = path;
    below.push_back(sub.name);
    each(sub, below, visit);
  }
}

std::string spoken(const Path& path) {
  std::string text = "holdfast";
  for (const std::string& name : path) text += " " + name;
  return text;
}

/// "-" as a manual page writes it.
std::string as_roff(std::string text) {
  for (size_t at = 0; (at = text.find('-', at)) != std::string::npos; at += 2)
    text.insert(at, "\\");
  return text;
}

/// What bash offers behind these words, one a line.
std::string bash_offers(const std::string& script_file, const std::string& words) {
  const std::string command = fmt::format(
      R"(bash -c 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($#-1)); _holdfast; printf "%s\n" "${{COMPREPLY[@]}}"' - {} {})",
      script_file, words);
  std::string out;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return out;
  char buffer[4096];
  for (size_t got; (got = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) out.append(buffer, got);
  EXPECT_EQ(::pclose(pipe), 0) << words;
  return "\n" + out;
}

class BashScript {
 public:
  BashScript() {
    const int descriptor = ::mkstemp(name_);
    EXPECT_GE(descriptor, 0);
    FILE* file = ::fdopen(descriptor, "w");
    const std::string script = bash_completion(command_tree());
    std::fwrite(script.data(), 1, script.size(), file);
    std::fclose(file);
  }
  ~BashScript() { std::remove(name_); }
  std::string offers(const std::string& words) const { return bash_offers(name_, words); }

 private:
  char name_[32] = "/tmp/holdfast-complete-XXXXXX";
};

TEST(CommandTree, HoldsEveryCommandThatIsParsed) {
  const CommandNode root = command_tree();
  each(root, {}, [](const Path& path, const CommandNode& node) {
    std::vector<const char*> words = {"holdfast"};
    for (const std::string& name : path) words.push_back(name.c_str());
    words.push_back("--help");
    const ParsedCommandLine parsed =
        parse_command_line(static_cast<int>(words.size()), words.data());
    EXPECT_EQ(parsed.exit_code, kExitOk) << spoken(path);
    for (const OptionNode& option : node.options)
      for (const std::string& name : option.names)
        EXPECT_THAT(parsed.output, HasSubstr(name)) << spoken(path);
  });
  EXPECT_NE(find_command(root, {"hold", "place"}), nullptr);
  EXPECT_EQ(find_command(root, {"hold", "seize"}), nullptr);
  EXPECT_GE(root.commands.size(), 15u);
}

TEST(Completion, BashOffersEveryCommandAndOption) {
  const CommandNode root = command_tree();
  const BashScript script;
  each(root, {}, [&](const Path& path, const CommandNode& node) {
    const std::string offered = script.offers(spoken(path) + " ''");
    for (const CommandNode& sub : node.commands)
      EXPECT_THAT(offered, HasSubstr("\n" + sub.name + "\n"));
    for (const OptionNode& option : node.options)
      for (const std::string& name : option.names)
        EXPECT_THAT(offered, HasSubstr("\n" + name + "\n")) << spoken(path);
    EXPECT_THAT(offered, HasSubstr("\n--json\n")) << spoken(path);
  });
}

TEST(Completion, BashOffersTheValuesOfAnOptionAndNothingElse) {
  const BashScript script;
  EXPECT_EQ(script.offers("holdfast hold list --status ''"), "\nopen\nclosed\n");
  EXPECT_EQ(script.offers("holdfast hold list --status o"), "\nopen\n");
  EXPECT_EQ(script.offers("holdfast serve --config ''"), "\n\n");  // files, by bash itself
  EXPECT_THAT(script.offers("holdfast completion ''"), HasSubstr("\nfish\n"));
}

TEST(CommandTree, KnowsWhatTakesAValue) {
  const CommandNode root = command_tree();
  const CommandNode& place = *find_command(root, {"hold", "place"});
  const std::vector<std::string> flags = {"--help", "--allow-partial"};
  for (const OptionNode& option : place.options) {
    const bool flag = std::find(flags.begin(), flags.end(), option.names.back()) != flags.end();
    EXPECT_EQ(option.takes_value, !flag) << option.names.back();
    EXPECT_EQ(option.repeatable, option.names.back() == "--line") << option.names.back();
    EXPECT_EQ(option.required, option.names.back() == "--line") << option.names.back();
  }
  EXPECT_THAT(BashScript().offers("holdfast hold place --allow-partial ''"),
              HasSubstr("\n--ttl\n"));
  EXPECT_EQ(man_page(root, {"hold", "place"}, "1").find("partial\\fR \\fIVALUE"),
            std::string::npos);
}

TEST(Completion, ZshAndFishHoldEveryCommandAndOption) {
  const CommandNode root = command_tree();
  const std::string zsh = zsh_completion(root), fish = fish_completion(root);
  each(root, {}, [&](const Path& path, const CommandNode& node) {
    const std::string at = fmt::format("(\"{}\") commands=(", spoken(path));
    const size_t begin = zsh.find(at);
    ASSERT_NE(begin, std::string::npos) << at;
    const std::string line = zsh.substr(begin, zsh.find('\n', begin) - begin);
    const std::string in_fish =
        fmt::format("complete -c holdfast -n '__holdfast_at \"{}\"'", spoken(path));
    for (const CommandNode& sub : node.commands) {
      EXPECT_THAT(line, HasSubstr(" '" + sub.name + ":"));
      EXPECT_THAT(fish, HasSubstr(in_fish + " -a " + sub.name + " "));
    }
    for (const OptionNode& option : node.options) {
      std::string flags;
      for (const std::string& name : option.names) {
        EXPECT_THAT(line, HasSubstr(" '" + name + ":"));
        flags += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      }
      EXPECT_THAT(fish, HasSubstr(in_fish + flags));
    }
  });
}

TEST(ManPage, EveryCommandHasOneWithItsOptionsAndCommands) {
  const CommandNode root = command_tree();
  each(root, {}, [&](const Path& path, const CommandNode& node) {
    const std::string page = man_page(root, path, "1.2.3");
    EXPECT_THAT(page, HasSubstr(".TH \"holdfast"));
    EXPECT_THAT(page, HasSubstr("holdfast 1.2.3"));
    EXPECT_THAT(page, HasSubstr(as_roff("--json")));
    for (const CommandNode& sub : node.commands)
      EXPECT_THAT(page, HasSubstr("\\fB" + as_roff(sub.name) + "\\fR"));
    for (const OptionNode& option : node.options)
      for (const std::string& name : option.names)
        EXPECT_THAT(page, HasSubstr("\\fB" + as_roff(name) + "\\fR")) << spoken(path);
    for (const OptionNode& positional : node.positionals)
      EXPECT_THAT(page, HasSubstr("\\fI" + as_roff(positional.names.front()) + "\\fR"))
          << spoken(path);
    for (size_t at = page.find("\n."); at != std::string::npos; at = page.find("\n.", at + 1)) {
      const std::string macro = page.substr(at + 2, 2);
      EXPECT_TRUE(macro == "SH" || macro == "TP" || macro == "B " || macro == "BR") << macro;
    }
  });
}

}  // namespace
}  // namespace holdfast::app
