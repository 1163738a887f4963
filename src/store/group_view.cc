#include "store/group_view.h"

#include <algorithm>

#include "store/event_codec.h"

namespace holdfast::store {

const GroupView::CommandAt& GroupView::command_with(Seq seq) const {
  const auto after = std::upper_bound(
      commands.begin(), commands.end(), seq,
      [](Seq wanted, const CommandAt& command) { return wanted < command.first_seq; });
  return *(after - 1);
}

bool GroupView::index_commands() {
  TextArena arena;
  PayloadReader reader(payload(), first_seq, time, &arena);
  commands.clear();
  CommandAt at{reader.next_seq(), 0};
  while (reader.skip()) {
    commands.push_back(at);
    at = {reader.next_seq(), static_cast<uint32_t>(reader.offset())};
  }
  last_seq = reader.next_seq() - 1;
  return reader.ok();
}

}  // namespace holdfast::store
