// Migration 2: what nodes share beside the ledger. No transaction touches these tables and those of
// the ledger; `sink_lease` is locked before `record_log`, so there is no order to get wrong.
#pragma once

namespace holdfast::store::postgres {

inline constexpr const char* kFeedTables = R"sql(
-- Who serves a sink. No column is compared with a clock: see feed/sink_election.h.
CREATE TABLE sink_lease (
  sink text COLLATE "C" PRIMARY KEY,
  epoch bigint NOT NULL DEFAULT 0,
  beat bigint NOT NULL DEFAULT 0,
  owner text NOT NULL DEFAULT '',
  address text NOT NULL DEFAULT '',
  report bytea NOT NULL DEFAULT '',
  last_asked bigint NOT NULL DEFAULT 0,
  finished bigint NOT NULL DEFAULT 0,
  beat_at timestamptz NOT NULL DEFAULT clock_timestamp()  -- for people
);

-- What operators asked of a sink, until that is done.
CREATE TABLE sink_operation (
  sink text COLLATE "C" NOT NULL,
  number bigint NOT NULL,
  payload bytea NOT NULL,
  asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (sink, number)
);

-- Logs of records: API keys, parked deliveries, the cursor of each sink.
CREATE TABLE record_log (
  log text COLLATE "C" PRIMARY KEY,
  first bigint NOT NULL DEFAULT 1,  -- earlier records were replaced
  last bigint NOT NULL DEFAULT 0,
  bytes bigint NOT NULL DEFAULT 0
);
CREATE TABLE record (
  log text COLLATE "C" NOT NULL,
  number bigint NOT NULL,
  payload bytea NOT NULL,
  PRIMARY KEY (log, number)
);
)sql";

}  // namespace holdfast::store::postgres
