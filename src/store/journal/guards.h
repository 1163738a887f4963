// The four guards that durability rests on. Always on; tests/faults switches each off to show that
// its harness then finds the loss. They are run-time options so that the code under test is the
// code that ships; no setting, flag or environment variable reaches them, and app never fills this
// in.
#pragma once

namespace holdfast::store {

struct JournalGuards {
  bool chain_hash = true;          ///< a group names the hash of the one before
  bool one_unsynced_group = true;  ///< the next group is written only after the flush of the last
  bool zero_sector_rule = true;  ///< a bad last group without a zero sector is corruption, not torn
  bool bypass_cache = true;      ///< recovery flushes, drops the page cache and reads again
};

}  // namespace holdfast::store
