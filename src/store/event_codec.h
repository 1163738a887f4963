// Commands and events ↔ bytes, as docs/internals/journal-format.md, "Payload".
//
// Used by journal and memory. PayloadWriter appends to a buffer it does not own; PayloadReader is strict:
// anything malformed ends it with ok() = false, and it never reads past its bytes. Confined to one thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "store/chain_links.h"
#include "store/event_store.h"
#include "store/text_arena.h"

namespace holdfast::store {

class PayloadWriter {
 public:
  /// Appends to *payload. `log_time` is the group's: times are stored relative to it.
  PayloadWriter(std::string* payload, Timestamp log_time) : payload_(payload), log_time_(log_time) {}

  void begin_command(const CommandHead& head);
  /// `event.source` is stored only where it is neither empty nor the head's.
  void append(const Event& event, const ChainLinks& links);
  /// REQUIRES: at least one append since begin_command.
  void end_command();
  /// Bytes of the command being written, not yet in the payload.
  size_t open_bytes() const { return head_.size() + events_.size(); }

 private:
  std::string* payload_;
  Timestamp log_time_;
  std::string source_;
  std::string head_;
  std::string events_;
  uint64_t event_count_ = 0;
};

class PayloadReader {
 public:
  /// `payload` and `arena` outlive what is decoded.
  PayloadReader(std::string_view payload, Seq first_seq, Timestamp log_time, TextArena* arena)
      : payload_(payload), reader_(payload), next_seq_(first_seq), log_time_(log_time), arena_(arena) {}

  /// Decodes the next command into *out (its vectors are reused); `links`, if given, gets one entry per
  /// event. False at the end and when something is malformed: ask ok().
  bool next(LoggedCommand* out, std::vector<ChainLinks>* links = nullptr);
  /// Steps over the next command. False as with next().
  bool skip();

  bool ok() const { return ok_ && reader_.ok(); }
  Seq next_seq() const { return next_seq_; }
  /// Of the next command, from the start of the payload.
  size_t offset() const { return payload_.size() - reader_.remaining(); }

 private:
  bool open_command(ByteReader* body, uint64_t* event_count);
  bool decode_head(ByteReader& body, LoggedCommand* out);
  bool decode_event(ByteReader& body, const CommandHead& head, Event* event, ChainLinks* links);

  std::string_view payload_;
  ByteReader reader_;
  Seq next_seq_;
  Timestamp log_time_;
  TextArena* arena_;
  bool ok_ = true;
};

}  // namespace holdfast::store
