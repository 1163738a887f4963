// The journal's snapshot files as the engine's SnapshotPort.
//
// Made by app beside the journal, which it needs for as long as it lives. Same threading as the
// port.
#pragma once

#include "engine/snapshot_port.h"
#include "store/journal/journal.h"

namespace holdfast::engine {

class JournalSnapshots final : public SnapshotPort {
 public:
  explicit JournalSnapshots(store::Journal& journal) : journal_(journal) {}
  Result<std::unique_ptr<File>> begin(Seq seq) override;
  Result<std::optional<LoadedSnapshot>> load(
      const std::function<bool(std::string_view)>& rows) override;
  Result<std::optional<LoadedSnapshot>> load_before(
      Seq before, const std::function<bool(std::string_view)>& rows) override;

 private:
  store::Journal& journal_;
};

}  // namespace holdfast::engine
