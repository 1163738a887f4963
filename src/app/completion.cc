#include "app/completion.h"

#include <functional>
#include <vector>

#include <fmt/format.h>

namespace holdfast::app {
namespace {

using Visit = std::function<void(const std::string& path, const CommandNode&)>;

/// Every command with its path: "holdfast", "holdfast hold", "holdfast hold place" …
void walk(const CommandNode& node, const std::string& path, const Visit& visit) {
  visit(path, node);
  for (const CommandNode& sub : node.commands) walk(sub, path + " " + sub.name, visit);
}

/// The node's own options and those every command takes.
std::vector<OptionNode> options_at(const CommandNode& root, const CommandNode& node) {
  std::vector<OptionNode> options = node.options;
  if (&node == &root) return options;
  for (const OptionNode& option : root.options) {
    bool own = false;
    for (const OptionNode& at : node.options) own = own || at.names == option.names;
    if (!own) options.push_back(option);
  }
  return options;
}

std::string join(const std::vector<std::string>& words, std::string_view between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : std::string(between)) + word;
  return text;
}

/// For single quotes in bash, zsh and fish alike.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

/// Case labels of every command below the root: "holdfast hold"|"holdfast hold place" …
std::string all_paths(const CommandNode& root, std::string_view between) {
  std::vector<std::string> paths;
  walk(root, root.name, [&](const std::string& path, const CommandNode& node) {
    if (&node != &root) paths.push_back('"' + path + '"');
  });
  return join(paths, between);
}

/// "holdfast hold list --status" … for every option of the node that takes a value.
std::string value_labels(const std::string& path, const OptionNode& option,
                         std::string_view between) {
  std::vector<std::string> labels;
  for (const std::string& name : option.names) labels.push_back('"' + path + " " + name + '"');
  return join(labels, between);
}

}  // namespace

std::string bash_completion(const CommandNode& root) {
  std::string values, words;
  walk(root, root.name, [&](const std::string& path, const CommandNode& node) {
    std::vector<std::string> all;
    for (const CommandNode& sub : node.commands) all.push_back(sub.name);
    for (const OptionNode& at : node.positionals)
      all.insert(all.end(), at.choices.begin(), at.choices.end());
    for (const OptionNode& option : options_at(root, node)) {
      all.insert(all.end(), option.names.begin(), option.names.end());
      if (!option.takes_value) continue;
      values += fmt::format("    {}) words=\"{}\" ;;\n", value_labels(path, option, "|"),
                            join(option.choices, " "));
    }
    words += fmt::format("    \"{}\") words=\"{}\" ;;\n", path, join(all, " "));
  });
  return fmt::format(R"sh(# bash completion for holdfast: eval "$(holdfast completion bash)"
_holdfast() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}} path=holdfast words=none i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path ${{COMP_WORDS[i]}}" in
      {}) path="$path ${{COMP_WORDS[i]}}" ;;
    esac
  done
  case "$path $prev" in
{}  esac
  [ "$words" != none ] || case "$path" in
{}  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}}
complete -o default -F _holdfast holdfast
)sh",
                     all_paths(root, "|"), values, words);
}

std::string zsh_completion(const CommandNode& root) {
  std::string values, words;
  const auto described = [](const std::string& name, const std::string& help) {
    return " " + quoted(name + ":" + help);
  };
  walk(root, root.name, [&](const std::string& path, const CommandNode& node) {
    std::string commands, options;
    for (const CommandNode& sub : node.commands) commands += described(sub.name, sub.help);
    for (const OptionNode& at : node.positionals)
      for (const std::string& choice : at.choices) commands += described(choice, at.help);
    for (const OptionNode& option : options_at(root, node)) {
      for (const std::string& name : option.names) options += described(name, option.help);
      if (!option.takes_value) continue;
      values +=
          fmt::format("    ({}) {} ; return ;;\n", value_labels(path, option, "|"),
                      option.choices.empty() ? "_files" : "compadd " + join(option.choices, " "));
    }
    words += fmt::format("    (\"{}\") commands=({} ) options=({} ) ;;\n", path, commands, options);
  });
  return fmt::format(R"sh(#compdef holdfast
# zsh completion for holdfast: as _holdfast in a directory of $fpath, or source <(holdfast completion zsh)
_holdfast() {{
  local at=holdfast i
  local -a commands options
  for ((i = 2; i < CURRENT; i++)); do
    case "$at ${{words[i]}}" in
      ({}) at="$at ${{words[i]}}" ;;
    esac
  done
  case "$at ${{words[CURRENT-1]}}" in
{}  esac
  case "$at" in
{}  esac
  if [[ $PREFIX == -* ]]; then
    _describe -o option options
  elif (( $#commands )); then
    _describe command commands
  else
    _files
  fi
}}
if [ "$funcstack[1]" = _holdfast ]; then _holdfast "$@"; else compdef _holdfast holdfast; fi
)sh",
                     all_paths(root, "|"), values, words);
}

std::string fish_completion(const CommandNode& root) {
  std::string lines;
  walk(root, root.name, [&](const std::string& path, const CommandNode& node) {
    const std::string at = fmt::format("complete -c holdfast -n '__holdfast_at \"{}\"'", path);
    for (const CommandNode& sub : node.commands)
      lines += fmt::format("{} -a {} -d {}\n", at, sub.name, quoted(sub.help));
    for (const OptionNode& positional : node.positionals) {
      if (!positional.choices.empty())
        lines += fmt::format("{} -a '{}' -d {}\n", at, join(positional.choices, " "),
                             quoted(positional.help));
    }
    for (const OptionNode& option : options_at(root, node)) {
      std::string names;
      for (const std::string& name : option.names)
        names += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      const std::string value = !option.takes_value ? ""
                                : option.choices.empty()
                                    ? " -r -F"
                                    : " -x -a '" + join(option.choices, " ") + "'";
      lines += fmt::format("{}{}{} -d {}\n", at, names, value, quoted(option.help));
    }
  });
  return fmt::format(R"sh(# fish completion for holdfast: holdfast completion fish | source
function __holdfast_at
    set -l path holdfast
    for word in (commandline -opc)[2..-1]
        switch "$path $word"
            case {}
                set path "$path $word"
        end
    end
    test "$path" = "$argv[1]"
end
complete -c holdfast -f
{})sh",
                     all_paths(root, " "), lines);
}

}  // namespace holdfast::app
