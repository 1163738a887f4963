// `holdfast version`.
#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/commands/output.h"

namespace holdfast::app {
namespace {

#if defined(__clang__)
constexpr const char* kCompiler = "clang " __clang_version__;
#else
constexpr const char* kCompiler = "g++ " __VERSION__;
#endif

}  // namespace

int run_version(bool json) {
  if (json) {
    std::string members;
    print_member(&members, "version", std::string_view(HOLDFAST_VERSION));
    print_member(&members, "compiler", std::string_view(kCompiler));
    print_out(to_object(members) + "\n");
  } else {
    print_out(fmt::format("holdfast {} ({})\n", HOLDFAST_VERSION, kCompiler));
  }
  return kExitOk;
}

}  // namespace holdfast::app
