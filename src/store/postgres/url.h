// The address of a shared ledger: a PostgreSQL URL, checked, with the settings that a node depends
// on.
//
// Used by connection and by app. Immutable; owns its text.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace holdfast::store::postgres {

class Url {
 public:
  /// `postgresql://user:password@host:port,host:port/database?sslmode=verify-full…`, any parameter
  /// of libpq. What is not said gets our default: connect within 3 s per host, a dead peer is
  /// noticed within 5 s, and of several hosts the one that takes writes. kConfigInvalid: not an
  /// address, or one that asks for a standby.
  static Result<Url> parse(std::string_view text);

  /// For people: without the password and without parameters.
  const std::string& shown() const { return shown_; }
  /// More than one: a cluster that can fail over.
  size_t hosts() const { return hosts_; }
  /// libpq's names and values.
  const std::vector<std::pair<std::string, std::string>>& parameters() const { return parameters_; }

 private:
  Url() = default;
  const std::string* find(std::string_view name) const;

  std::vector<std::pair<std::string, std::string>> parameters_;
  std::string shown_;
  size_t hosts_ = 1;
};

}  // namespace holdfast::store::postgres
