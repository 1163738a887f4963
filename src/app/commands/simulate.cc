// `holdfast simulate`: two stories under virtual time, printed and, with --svg, drawn.
#include "app/commands/commands.h"
#include "app/commands/output.h"
#include "app/simulate/batch_sync.h"
#include "app/simulate/batch_sync_picture.h"
#include "app/simulate/batch_sync_text.h"
#include "app/simulate/race.h"
#include "app/simulate/race_picture.h"
#include "app/simulate/race_text.h"
#include "app/simulate/svg.h"

namespace holdfast::app {

int run_simulate_race(const SimulateRaceArguments& arguments, bool json) {
  const Race race = run_race(arguments.settings);
  if (!arguments.svg_file.empty()) {
    const Status written = write_picture(arguments.svg_file, race_picture(race));
    if (!written) return report(written.error(), json);
  }
  print_out(json ? race_json(race) : race_text(race));
  return race.passed() ? kExitOk : kExitFailed;
}

int run_simulate_batch_sync(const SimulateBatchSyncArguments& arguments, bool json) {
  const BatchSync result = run_batch_sync(arguments.settings);
  if (!arguments.svg_file.empty()) {
    const Status written = write_picture(arguments.svg_file, batch_sync_picture(result));
    if (!written) return report(written.error(), json);
  }
  print_out(json ? batch_sync_json(result) : batch_sync_text(result));
  return result.passed() ? kExitOk : kExitFailed;
}

}  // namespace holdfast::app
