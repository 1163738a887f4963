// The variables a process was started with, and which of them mean anything to us.
//
// Values; thread-safe once made.
#pragma once

#include <concepts>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "app/config/problem.h"

namespace holdfast::app {

class Environment {
 public:
  using Get = std::function<std::optional<std::string>(const std::string& name)>;

  /// `get` answers nullopt for what is unset. `names`: of all that begin with HOLDFAST_.
  template <std::invocable<const std::string&> G>
  Environment(G get, std::vector<std::string> names = {})
      : get_(std::move(get)), names_(std::move(names)) {}

  std::optional<std::string> operator()(const std::string& name) const { return get_(name); }
  const std::vector<std::string>& names() const { return names_; }

 private:
  Get get_;
  std::vector<std::string> names_;
};

Environment process_environment();

/// Every HOLDFAST_ variable that means something to some command, in alphabetical order.
std::vector<std::string> known_variables();

/// Reports each HOLDFAST_ variable that is nearly a known one and not one of `used` (a secret's): what
/// it was meant to set is not set. Others are let be: a cluster's manager sets HOLDFAST_SERVICE_HOST
/// and the like for a service of that name. HOLDFAST_TEST_… are the tests' own.
void check_variables(const Environment& environment, const std::set<std::string>& used,
                     ConfigProblems* problems);

}  // namespace holdfast::app
