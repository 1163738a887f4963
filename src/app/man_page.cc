#include "app/man_page.h"

#include <fmt/format.h>

namespace holdfast::app {
namespace {

/// Text of a line: no macro by accident, and '-' as typed.
std::string roff(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  if (out.starts_with('.') || out.starts_with('\'')) out.insert(0, "\\&");
  return out;
}

std::string value_of(const OptionNode& option) {
  if (!option.takes_value) return "";
  if (option.choices.empty()) return " \\fIVALUE\\fR";
  std::string text;
  for (const std::string& choice : option.choices)
    text += (text.empty() ? " " : "|") + roff(choice);
  return text;
}

std::string option_text(const OptionNode& option) {
  std::string text = ".TP\n";
  for (size_t i = 0; i < option.names.size(); ++i)
    text += (i == 0 ? "" : ", ") + fmt::format("\\fB{}\\fR", roff(option.names[i]));
  text += value_of(option) + "\n";
  text += option.help.empty() ? "\\&" : roff(option.help);
  if (!option.help.empty()) text += ".";
  if (option.required) text += " Required.";
  if (option.repeatable) text += " May be given more than once.";
  if (!option.environment.empty()) text += " Environment: " + roff(option.environment) + ".";
  return text + "\n";
}

std::string positional_text(const OptionNode& positional) {
  std::string text = fmt::format(".TP\n\\fI{}\\fR\n", roff(positional.names.front()));
  text += positional.help.empty() ? "\\&" : roff(positional.help) + ".";
  for (size_t i = 0; i < positional.choices.size(); ++i)
    text += (i == 0 ? " One of " : ", ") + roff(positional.choices[i]);
  if (!positional.choices.empty()) text += ".";
  return text + "\n";
}

std::string synopsis(const CommandNode& node, const std::string& words) {
  std::string text = fmt::format(".B {}\n", roff(words));
  if (!node.commands.empty()) text += "\\fICOMMAND\\fR\n";
  for (const OptionNode& positional : node.positionals) {
    const std::string name = fmt::format("\\fI{}\\fR", roff(positional.names.front()));
    text += positional.required ? name + "\n" : "[" + name + "]\n";
  }
  return text + "[\\fIOPTIONS\\fR]\n";
}

void append_options(const std::vector<OptionNode>& options, std::string* text) {
  for (const OptionNode& option : options) *text += option_text(option);
}

}  // namespace

std::string man_page(const CommandNode& root, const std::vector<std::string>& path,
                     const std::string& version) {
  const CommandNode& node = *find_command(root, path);
  std::string words = root.name, title = root.name;
  for (const std::string& name : path) {
    words += " " + name;
    title += "-" + name;
  }
  std::string text =
      fmt::format(".TH \"{}\" 1 \"\" \"holdfast {}\" \"Holdfast\"\n", roff(title), roff(version));
  text += fmt::format(".SH NAME\n{} \\- {}\n", roff(title), roff(node.help));
  text += ".SH SYNOPSIS\n" + synopsis(node, words);
  if (!node.commands.empty()) {
    text += ".SH COMMANDS\n";
    for (const CommandNode& sub : node.commands)
      text += fmt::format(".TP\n\\fB{}\\fR\n{}.\n", roff(sub.name), roff(sub.help));
  }
  if (!node.positionals.empty()) {
    text += ".SH ARGUMENTS\n";
    for (const OptionNode& positional : node.positionals) text += positional_text(positional);
  }
  text += ".SH OPTIONS\n";
  append_options(node.options, &text);
  if (!path.empty()) {
    for (const OptionNode& option : root.options) {
      if (option.names != std::vector<std::string>{"-h", "--help"}) text += option_text(option);
    }
  }
  text += ".SH EXIT STATUS\n0 well, 1 failed, 2 wrong usage, 78 wrong configuration.\n";
  if (!path.empty()) text += ".SH SEE ALSO\n.BR holdfast (1)\n";
  return text;
}

}  // namespace holdfast::app
