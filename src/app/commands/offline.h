// What the commands that open a data directory without a server have in common.
#pragma once

#include "app/config/config.h"
#include "base/result.h"
#include "io/file_system.h"
#include "ledger/ledger.h"
#include "store/event_store.h"

namespace holdfast::app {

/// kIo naming the remedy where `config.data_dir` holds no ledger: such a command never makes an empty one.
inline Status check_ledger_is_there(io::FileSystem& files, const Config& config) {
  HF_ASSIGN(there, files.exists(config.data_dir + "/identity"));
  if (there) return {};
  return fail(ErrorCode::kIo, "there is no ledger in '" + config.data_dir +
                                  "': name its directory with --data-dir or --config");
}

/// The rules of the log with that identity, as configured.
inline ledger::LedgerOptions ledger_options(const store::LedgerIdentity& identity,
                                            const Config& config) {
  ledger::LedgerOptions options;
  options.ledger_id = identity.ledger_id;
  options.incarnation = identity.incarnation;
  options.idempotency_window = config.idempotency_window_days * kDay;
  options.idempotency_keys_max = static_cast<uint64_t>(config.idempotency_keys_max);
  return options;
}

}  // namespace holdfast::app
