// `holdfast completion SHELL` and `holdfast man [COMMAND]`: both made from the one command tree.
#include <fmt/format.h>

#include "app/command_tree.h"
#include "app/commands/commands.h"
#include "app/commands/output.h"
#include "app/completion.h"
#include "app/man_page.h"

namespace holdfast::app {

int run_completion(const CompletionArguments& arguments) {
  const CommandNode root = command_tree();
  if (arguments.shell == "bash") print_out(bash_completion(root));
  if (arguments.shell == "zsh") print_out(zsh_completion(root));
  if (arguments.shell == "fish") print_out(fish_completion(root));
  return kExitOk;
}

int run_man(const ManArguments& arguments) {
  const CommandNode root = command_tree();
  if (find_command(root, arguments.command) == nullptr) {
    print_error(fmt::format("holdfast: there is no command '{}': see holdfast --help\n",
                            fmt::join(arguments.command, " ")));
    return kExitUsage;
  }
  print_out(man_page(root, arguments.command, HOLDFAST_VERSION));
  return kExitOk;
}

}  // namespace holdfast::app
