#include "feed/log_feed_source.h"

namespace holdfast::feed {

Result<FeedPage> LogFeedSource::read(Seq after, size_t bytes_max) {
  HF_ASSIGN(batch, store_.read(after, bytes_max));
  FeedPage page;
  page.keep = batch.bytes;
  page.last_seq = batch.last_seq;
  page.at_end = batch.at_end;
  // A group may begin before `after` where a cursor stands inside a command.
  for (const store::LoggedCommand& command : batch.commands)
    for (const Event& event : command.events)
      if (event.seq > after) page.events.push_back(event);
  return page;
}

}  // namespace holdfast::feed
