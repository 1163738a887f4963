// Which node serves a sink: the part of one node in it, without I/O.
//
// A lease counts on no clock of another machine. The holder raises the beat of its row every third
// of `ttl`, and trusts its lease for `ttl - margin` from before it *sent* the statement. Who wants
// the sink looks at the row and takes it once it has seen the same beat for `ttl`, counted from
// after it *received* the row. Between sending and receiving lies the commit, so the holder's trust
// is over before anybody takes the sink, wherever answers are delayed or lost, and however wall
// clocks jump; only CLOCK_BOOTTIME must run at the same rate everywhere, `margin` in `ttl`.
//
// A row that was given back is taken at once. So is one that is this node's own and is not trusted
// any more, or never was (the answer was lost): with another epoch, for something that was sent
// under the old one may still be on its way to the table.
//
// Confined to one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/time.h"
#include "store/sink_leases.h"

namespace holdfast::feed {

struct LeaseTimes {
  Duration ttl = 5 * kSecond;
  Duration margin = 500 * kMillisecond;
  Duration look_every = 500 * kMillisecond;
  Duration renew_every() const { return ttl / 3; }
};

class SinkElection {
 public:
  enum class Step { kNothing, kLook, kTake, kRenew };

  SinkElection(std::string me, LeaseTimes times) : me_(std::move(me)), times_(times) {}

  /// What to ask the table now.
  Step next(Duration now) const;
  /// Call before the statement of that step is sent.
  void sent(Duration now) { sent_at_ = now; }

  // ---- its answer, and when it was there ----
  void looked(store::SinkLeaseRow row, Duration now);
  void took(bool mine, Duration now);
  void renewed(bool mine, Duration now);
  /// There was no answer: it may have happened.
  void unanswered(Duration now);

  /// The lease was given back, or is not wanted any more.
  void give_up(Duration now);

  /// 0: not served here. Else the epoch, and nothing may be sent from valid_until() on.
  uint64_t epoch() const { return epoch_; }
  Duration valid_until() const { return valid_until_; }
  /// The lease that was held has run out unrenewed: it is served no longer, whoever is in the row.
  bool ran_out(Duration now) const { return epoch_ != 0 && now >= valid_until_; }
  /// The row as it was last seen; what another may have done since is not in it.
  const store::SinkLeaseRow& row() const { return row_; }
  /// When next() has something again.
  Duration next_at() const { return next_at_; }

 private:
  void lose(Duration now);
  void hold(uint64_t epoch, Duration now);

  const std::string me_;
  const LeaseTimes times_;
  store::SinkLeaseRow row_;
  bool seen_ = false;        ///< row_ is of a look, and not from before the last loss
  Duration same_since_ = 0;  ///< the row was first seen like this
  Duration sent_at_ = 0;
  Duration next_at_ = 0;
  uint64_t epoch_ = 0;
  Duration valid_until_ = 0;
};

}  // namespace holdfast::feed
