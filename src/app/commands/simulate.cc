// `holdfast simulate`: two stories under virtual time, printed and, with --svg, drawn.
#include "app/commands/commands.h"
#include "app/commands/output.h"
#include "app/simulate/race.h"
#include "app/simulate/race_text.h"

namespace holdfast::app {

int run_simulate_race(const SimulateRaceArguments& arguments, bool json) {
  const Race race = run_race(arguments.settings);
  print_out(json ? race_json(race) : race_text(race));
  return race.passed() ? kExitOk : kExitFailed;
}

}  // namespace holdfast::app
