// One group being filled: encodes commands with their chain links into a buffer behind a reserved header.
// Used by journal and memory. Confined to the sequencer.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "store/event_codec.h"
#include "store/event_store.h"
#include "store/group_view.h"
#include "store/sku_chains.h"

namespace holdfast::store {

class GroupEncoder final : public GroupWriter {
 public:
  /// `chains` outlives it. The payload starts at `header_bytes` of the buffer.
  GroupEncoder(SkuChains& chains, size_t header_bytes) : chains_(chains), header_bytes_(header_bytes) {}

  /// Starts over with an empty group whose first event will be `first_seq`.
  void start(Seq first_seq, Timestamp log_time);

  void begin_command(const CommandHead& head) override;
  void append(const Event& event) override;
  void end_command() override;
  size_t bytes() const override { return bytes_->size() - header_bytes_ + payload_.open_bytes(); }
  size_t commands() const override { return commands_.size(); }

  /// REQUIRES: commands() > 0. Gives the group away; start() again before the next append.
  GroupView take();

 private:
  SkuChains& chains_;
  const size_t header_bytes_;
  std::shared_ptr<std::string> bytes_ = std::make_shared<std::string>();
  PayloadWriter payload_{bytes_.get(), Timestamp{}};
  Seq first_seq_ = 0;
  Seq next_seq_ = 0;
  Seq command_seq_ = 0;
  Timestamp log_time_;
  std::vector<GroupView::CommandAt> commands_;
};

}  // namespace holdfast::store
