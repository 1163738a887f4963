#include "feed/cursor_file.h"

#include <utility>

#include <fmt/format.h>

#include "base/bytes.h"
#include "io/record_file.h"

namespace holdfast::feed {
namespace {

enum class RecordType : uint8_t {
  kCursor = 1,
  kParked = 2,
  kUnparked = 3,
  kDeadLetter = 4,
  kDeadLetterGone = 5,
  kPushBlock = 6,
  kState = 7,
  kCarries = 8,
  kPushing = 9,
  kAllDirty = 10,
  kReplaying = 11,
  kObserveMode = 12,
  kLevelSeen = 13,
  kNumbersTold = 14,
};

struct Encoder {
  ByteWriter& out;
  const std::string& sink;

  void head(RecordType type) const {
    out.u8(static_cast<uint8_t>(type));
    out.text(sink);
  }
  void operator()(const CursorMoved& record) const {
    head(RecordType::kCursor);
    out.varint(record.seq);
    out.varint(record.incarnation);
  }
  void operator()(const SkuParked& record) const {
    head(RecordType::kParked);
    out.text(record.sku);
    out.varint(record.from);
    out.varint(record.attempts);
  }
  void operator()(const SkuUnparked& record) const {
    head(RecordType::kUnparked);
    out.text(record.sku);
  }
  void operator()(const DeadLettered& record) const {
    const DeadLetter& letter = record.letter;
    head(RecordType::kDeadLetter);
    out.varint(letter.seq);
    out.text(letter.sku);
    out.varint(letter.sku_seq);
    out.varint(letter.attempts);
    out.text(letter.reason);
    out.svarint(letter.at.us);
  }
  void operator()(const DeadLetterGone& record) const {
    head(RecordType::kDeadLetterGone);
    out.varint(record.seq);
  }
  void operator()(const PushBlock& record) const {
    head(RecordType::kPushBlock);
    out.varint(record.last);
  }
  void operator()(const StateChanged& record) const {
    head(RecordType::kState);
    out.u8(static_cast<uint8_t>(record.state));
    out.text(record.reason);
  }
  void operator()(const Carries& record) const {
    head(RecordType::kCarries);
    out.u8(static_cast<uint8_t>(record.mode));
    out.text(record.channel);
  }
  void operator()(const Pushing& record) const {
    head(RecordType::kPushing);
    out.u8(record.on_the_way ? 1 : 0);
  }
  void operator()(const AllDirty& record) const {
    head(RecordType::kAllDirty);
    out.u8(record.dirty ? 1 : 0);
  }
  void operator()(const Replaying& record) const {
    head(RecordType::kReplaying);
    out.varint(record.from);
    out.varint(record.to);
  }
  void operator()(const ObserveMode& record) const {
    head(RecordType::kObserveMode);
    out.u8(static_cast<uint8_t>(record.kind));
  }
  void operator()(const LevelSeen& record) const {
    head(RecordType::kLevelSeen);
    out.text(record.sku);
    out.text(record.location);
    out.text(record.place);
    out.svarint(record.available);
    out.svarint(record.at.us);
    out.svarint(record.since.us);
  }
  void operator()(const NumbersTold& record) const {
    head(RecordType::kNumbersTold);
    out.text(record.sku);
    out.svarint(record.at.us);
    out.u8(record.numbers.whole ? 1 : 0);
    out.svarint(record.numbers.whole.value_or(0));
    out.varint(record.numbers.locations.size());
    for (const auto& [location, number] : record.numbers.locations) {
      out.text(location);
      out.svarint(number);
    }
  }
};

LevelSeen decode_level(ByteReader& in) {
  LevelSeen record;
  record.sku = in.text();
  record.location = in.text();
  record.place = in.text();
  record.available = in.svarint();
  record.at = {in.svarint()};
  record.since = {in.svarint()};
  return record;
}

NumbersTold decode_told(ByteReader& in) {
  NumbersTold record;
  record.sku = in.text();
  record.at = {in.svarint()};
  const bool has_whole = in.u8() != 0;
  const int64_t whole = in.svarint();
  if (has_whole) record.numbers.whole = whole;
  for (uint64_t left = in.varint(); left > 0 && in.ok(); --left) {
    std::string location(in.text());
    record.numbers.locations.emplace_back(std::move(location), in.svarint());
  }
  return record;
}

CursorRecord decode_body(RecordType type, ByteReader& in) {
  switch (type) {
    case RecordType::kCursor: {
      CursorMoved record;
      record.seq = in.varint();
      record.incarnation = static_cast<uint32_t>(in.varint());
      return record;
    }
    case RecordType::kParked: {
      SkuParked record;
      record.sku = in.text();
      record.from = in.varint();
      record.attempts = static_cast<uint32_t>(in.varint());
      return record;
    }
    case RecordType::kUnparked:
      return SkuUnparked{std::string(in.text())};
    case RecordType::kDeadLetter: {
      DeadLetter letter;
      letter.seq = in.varint();
      letter.sku = in.text();
      letter.sku_seq = in.varint();
      letter.attempts = static_cast<uint32_t>(in.varint());
      letter.reason = in.text();
      letter.at = {in.svarint()};
      return DeadLettered{std::move(letter)};
    }
    case RecordType::kDeadLetterGone:
      return DeadLetterGone{in.varint()};
    case RecordType::kPushBlock:
      return PushBlock{in.varint()};
    case RecordType::kState: {
      StateChanged record;
      record.state = static_cast<SinkState>(in.u8());
      record.reason = in.text();
      return record;
    }
    case RecordType::kCarries: {
      Carries record;
      record.mode = static_cast<DeliverMode>(in.u8());
      record.channel = in.text();
      return record;
    }
    case RecordType::kPushing:
      return Pushing{in.u8() != 0};
    case RecordType::kAllDirty:
      return AllDirty{in.u8() != 0};
    case RecordType::kReplaying: {
      Replaying record;
      record.from = in.varint();
      record.to = in.varint();
      return record;
    }
    case RecordType::kObserveMode:
      return ObserveMode{static_cast<ObserveMode::Kind>(in.u8())};
    case RecordType::kLevelSeen:
      return decode_level(in);
    case RecordType::kNumbersTold:
      return decode_told(in);
  }
  in.bytes(in.remaining() + 1);  // an unknown type: the rest cannot be read
  return CursorMoved{};
}

void encode_saved(ByteWriter& out, const std::string& name, const SavedSink& sink) {
  const Encoder encode{out, name};
  for (const auto& [sku, parked] : sink.parked) {
    encode(SkuParked{sku, parked.from, parked.attempts});
  }
  for (const auto& [seq, letter] : sink.dead_letters) encode(DeadLettered{letter});
  if (sink.push_block_last > 0) encode(PushBlock{sink.push_block_last});
  if (sink.state != SinkState::kActive) encode(StateChanged{sink.state, sink.reason});
  if (sink.carries) encode(*sink.carries);
  if (sink.pushing) encode(Pushing{true});
  if (sink.all_dirty) encode(AllDirty{true});
  if (sink.observe != ObserveMode::Kind::kNone) encode(ObserveMode{sink.observe});
  if (sink.replaying.from > 0) encode(sink.replaying);
  for (const auto& [sku, compared] : sink.compared) {
    for (const LevelSeen& seen : compared.seen) encode(seen);
    for (const NumbersTold& told : compared.told) encode(told);
  }
  if (sink.known) encode(CursorMoved{sink.cursor, sink.incarnation});
}

}  // namespace

Result<std::unique_ptr<CursorFile>> CursorFile::open(io::FileSystem& files, const std::string& path,
                                                     const std::string& ledger_id) {
  return open(io::RecordFile::opener(files, path, "feed:" + ledger_id), path);
}

Result<std::unique_ptr<CursorFile>> CursorFile::open(const io::OpenRecords& records,
                                                     const std::string& what) {
  std::unique_ptr<CursorFile> cursors(new CursorFile);
  auto* const reader = cursors.get();
  HF_ASSIGN(file, records([reader](std::string_view payload) {
              reader->arrived_.emplace_back(payload);
            }));
  if (!cursors->take_arrived()) {
    return fail(ErrorCode::kWrongVersion,
                what + ": holds records this version does not know; use the version that wrote it");
  }
  cursors->file_ = std::move(file);
  cursors->file_bytes_ = cursors->file_->bytes();
  return cursors;
}

/// False where a record is of another version.
bool CursorFile::take_arrived() {
  std::lock_guard lock(mutex_);
  bool readable = true;
  for (const std::string& payload : std::exchange(arrived_, {})) {
    ByteReader in(payload);
    while (in.ok() && !in.at_end()) {
      const auto type = static_cast<RecordType>(in.u8());
      const std::string sink(in.text());
      const CursorRecord record = decode_body(type, in);
      if (in.ok()) sinks_[sink].apply(record);
    }
    readable = readable && in.ok();
  }
  return readable;
}

Status CursorFile::catch_up() {
  std::lock_guard flushing(flush_mutex_);
  bool anew = false;
  const Status caught_up = file_->catch_up([&] {
    anew = true;
    arrived_.clear();
  });
  if (anew) {
    std::lock_guard lock(mutex_);
    sinks_.clear();
  }
  if (!take_arrived()) {
    return fail(ErrorCode::kWrongVersion, "a cursor was written by a newer version");
  }
  return caught_up;
}

SavedSink CursorFile::saved(const std::string& sink) const {
  std::lock_guard lock(mutex_);
  const auto found = sinks_.find(sink);
  return found == sinks_.end() ? SavedSink{} : found->second;
}

std::vector<std::string> CursorFile::sinks() const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, saved] : sinks_) names.push_back(name);
  return names;
}

Seq CursorFile::highest_cursor(uint32_t incarnation) const {
  std::lock_guard lock(mutex_);
  Seq highest = 0;
  for (const auto& [name, saved] : sinks_) {
    if (saved.known && saved.incarnation == incarnation) highest = std::max(highest, saved.cursor);
  }
  return highest;
}

uint64_t CursorFile::append(const std::string& sink, const std::vector<CursorRecord>& records) {
  std::lock_guard lock(mutex_);
  ByteWriter out(&pending_);
  SavedSink& saved = sinks_[sink];
  for (const CursorRecord& record : records) {
    saved.apply(record);
    std::visit(Encoder{out, sink}, record);
  }
  appended_ += records.size();
  return appended_;
}

Status CursorFile::flush() {
  std::lock_guard flushing(flush_mutex_);
  std::string payload;
  std::string pending;
  uint64_t number = 0;
  const bool can_wait = !rewrite_;
  const bool rewrite =
      rewrite_ || file_->bytes() > std::max(kCompactBytesMin, 4 * compacted_bytes_);
  {
    std::lock_guard lock(mutex_);
    if (pending_.empty() && !rewrite_) return {};
    number = appended_;
    pending = std::exchange(pending_, {});
    payload = rewrite ? encode_all() : pending;
  }
  // What a failed append held is not kept: the next flush writes the sum of everything instead.
  rewrite_ = true;
  Status done = rewrite ? file_->replace(payload) : file_->append(payload);
  // A full disk has no room for a second file, but the first has some of its own: it grows for
  // longer.
  const bool grows_on = !done && rewrite && can_wait && done.error().code == ErrorCode::kNoSpace;
  if (grows_on) done = file_->append(pending);
  HF_TRY(std::move(done));
  rewrite_ = false;
  if (rewrite && !grows_on) compacted_bytes_ = file_->bytes();
  std::lock_guard lock(mutex_);
  durable_ = number;
  file_bytes_ = file_->bytes();
  return {};
}

uint64_t CursorFile::durable() const {
  std::lock_guard lock(mutex_);
  return durable_;
}

uint64_t CursorFile::appended() const {
  std::lock_guard lock(mutex_);
  return appended_;
}

bool CursorFile::dirty() const {
  std::lock_guard lock(mutex_);
  return durable_ < appended_;
}

uint64_t CursorFile::bytes() const {
  std::lock_guard lock(mutex_);
  return file_bytes_;
}

std::string CursorFile::encode_all() const {
  std::string bytes;
  ByteWriter out(&bytes);
  for (const auto& [name, sink] : sinks_) encode_saved(out, name, sink);
  return bytes;
}

}  // namespace holdfast::feed
