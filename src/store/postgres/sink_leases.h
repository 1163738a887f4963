// SinkLeases in PostgreSQL: rows of `sink_lease` and `sink_operation`, cursors as logs of records.
// Thread-safe. Two sessions: leases are not kept waiting by cursors that are written.
#pragma once

#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "store/postgres/record_log.h"
#include "store/postgres/session.h"
#include "store/sink_leases.h"

namespace holdfast::store::postgres {

class TableLeases final : public SinkLeases {
 public:
  /// Asked and not done, of one sink: then kOverloaded.
  static constexpr int64_t kAskedMax = 10'000;

  /// `me`: different for every process there ever was.
  TableLeases(const Url& url, std::string me);
  /// Where this node listens, for people. Before anything else is called.
  void listen_at(std::string address) { address_ = std::move(address); }

  Result<SinkLeaseRow> look(const std::string& sink) override;
  Result<bool> take(const std::string& sink, const SinkLeaseRow& seen) override;
  Result<bool> renew(const std::string& sink, uint64_t epoch, const std::string& report) override;
  Status release(const std::string& sink, uint64_t epoch) override;
  io::OpenRecords cursor(const std::string& sink, uint64_t epoch) override;
  Result<uint64_t> ask(const std::string& sink, std::string payload) override;
  Result<std::vector<AskedOperation>> asked(const std::string& sink, uint64_t after) override;
  Result<bool> finish(const std::string& sink, uint64_t epoch, uint64_t number,
                      const std::string& report) override;
  const std::string& me() const override { return me_; }
  const std::string& address() const override { return address_; }

 private:
  Status make_row(Connection& connection, const std::string& sink);

  const std::string me_;
  std::string address_;
  Session leases_;
  Session records_;
  std::set<std::string> made_;  ///< sinks whose row is there; of leases_' caller
};

}  // namespace holdfast::store::postgres
