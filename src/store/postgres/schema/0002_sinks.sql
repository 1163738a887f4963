-- What nodes share beside the ledger. No transaction touches these tables and those of the ledger;
-- of these, sink_lease is locked before record_log, so there is no order to get wrong.

-- Who serves a sink. No column is compared with a clock: feed/sink_election.h says why.
CREATE TABLE sink_lease (
  sink        text COLLATE "C" PRIMARY KEY,
  epoch       int8 NOT NULL DEFAULT 0,         -- raised by whoever takes it
  beat        int8 NOT NULL DEFAULT 0,         -- raised by whoever has it
  owner       text NOT NULL DEFAULT '',        -- a process; empty: given back
  address     text NOT NULL DEFAULT '',        -- where it listens
  report      bytea NOT NULL DEFAULT '',       -- feed/sink_report.h
  last_asked  int8 NOT NULL DEFAULT 0,         -- number of the newest operation
  finished    int8 NOT NULL DEFAULT 0,         -- operations up to it are done
  beat_at     timestamptz NOT NULL DEFAULT clock_timestamp()  -- for people
) WITH (fillfactor = 30);

-- What was asked of a sink, until it is done.
CREATE TABLE sink_operation (
  sink      text COLLATE "C" NOT NULL,
  number    int8 NOT NULL,
  payload   bytea NOT NULL,                    -- feed/sink_operation.h
  asked_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (sink, number)
);

-- Logs of records (io/record_log.h): API keys, parked deliveries, the cursor of each sink.
CREATE TABLE record_log (
  log    text COLLATE "C" PRIMARY KEY,
  first  int8 NOT NULL DEFAULT 1,              -- earlier records were replaced
  last   int8 NOT NULL DEFAULT 0,
  bytes  int8 NOT NULL DEFAULT 0
) WITH (fillfactor = 30);
CREATE TABLE record (
  log      text COLLATE "C" NOT NULL,
  number   int8 NOT NULL,
  payload  bytea NOT NULL,
  PRIMARY KEY (log, number)
);
