#include "store/group_encoder.h"

#include "base/invariant.h"

namespace holdfast::store {

void GroupEncoder::start(Seq first_seq, Timestamp log_time) {
  bytes_ = std::make_shared<std::string>();
  bytes_->reserve(header_bytes_ + 256);
  bytes_->resize(header_bytes_);
  payload_ = PayloadWriter(bytes_.get(), log_time);
  first_seq_ = next_seq_ = first_seq;
  log_time_ = log_time;
  commands_.clear();
}

void GroupEncoder::begin_command(const CommandHead& head) {
  command_seq_ = next_seq_;
  payload_.begin_command(head);
}

void GroupEncoder::append(const Event& event) {
  INVARIANT(event.seq == next_seq_, "the log wants seq {} and got {}", next_seq_, event.seq);
  payload_.append(event, chains_.add(event, log_time_));
  ++next_seq_;
}

void GroupEncoder::end_command() {
  commands_.push_back({command_seq_, static_cast<uint32_t>(bytes_->size() - header_bytes_)});
  payload_.end_command();
}

GroupView GroupEncoder::take() {
  GroupView group;
  group.bytes = bytes_;
  group.payload_at = header_bytes_;
  group.payload_bytes = bytes_->size() - header_bytes_;
  group.first_seq = first_seq_;
  group.last_seq = next_seq_ - 1;
  group.time = log_time_;
  group.commands = std::move(commands_);
  commands_.clear();
  return group;
}

}  // namespace holdfast::store
