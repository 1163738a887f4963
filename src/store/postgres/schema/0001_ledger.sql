-- Migration 1: the tables of a ledger that many nodes share (docs/internals/many-nodes.md, "Tables").
--
-- Columns are for people and for lookup; `row` is what a node loads. Names compare by their bytes: COLLATE "C".
-- Rows that every sale rewrites leave room on their page, so that a new version needs no new index entries.

-- The one row that orders all groups: whoever writes anything locks it first.
CREATE TABLE ledger (
  one              bool PRIMARY KEY DEFAULT true CHECK (one),
  id               text COLLATE "C" NOT NULL,
  incarnation      int8 NOT NULL DEFAULT 0,
  last_seq         int8 NOT NULL DEFAULT 0,
  last_time        timestamptz,                -- of the last group
  settings         int8 NOT NULL DEFAULT 0,    -- raised with each change of a location, channel or source
  settle           int8 NOT NULL DEFAULT 0,    -- raised where availability follows from a setting
  sku_seq_base     int8 NOT NULL DEFAULT 0,
  skus_born        int8 NOT NULL DEFAULT 0,
  forgotten_holds  int8 NOT NULL DEFAULT 0,
  open_holds       int8 NOT NULL DEFAULT 0,
  open_orders      int8 NOT NULL DEFAULT 0,
  keys             int8 NOT NULL DEFAULT 0
) WITH (fillfactor = 10);

-- ---- what is sold, and where it lies ----

CREATE TABLE sku (
  sku         text COLLATE "C" PRIMARY KEY,
  epoch       int8 NOT NULL,                   -- with owner: which writing of the row this is
  owner       int8 NOT NULL,
  number      int8 NOT NULL UNIQUE,            -- in order of birth
  sku_seq     int8 NOT NULL,
  last_seq    int8 NOT NULL,
  same_as     text COLLATE "C",                -- an alias: what it stands for
  supplier    int8 NOT NULL,
  customer    int8 NOT NULL,
  adjustment  int8 NOT NULL,
  settled     int8 NOT NULL,                   -- the ledger's `settle` its levels were announced at
  row         bytea NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX sku_same_as ON sku (same_as) WHERE same_as IS NOT NULL;
CREATE INDEX sku_settled ON sku (settled);

CREATE TABLE stock (
  sku              text COLLATE "C" NOT NULL,
  location         text COLLATE "C" NOT NULL,
  tracked          bool NOT NULL,
  available        int8 NOT NULL,
  held             int8 NOT NULL,
  committed        int8 NOT NULL,
  damaged          int8 NOT NULL,
  quality_control  int8 NOT NULL,
  incoming         int8 NOT NULL,
  in_transit       int8 NOT NULL,
  shortfall        int8 NOT NULL,
  PRIMARY KEY (sku, location)
) WITH (fillfactor = 50);

-- ---- promises ----

CREATE TABLE hold (
  id         text COLLATE "C" PRIMARY KEY,
  channel    text COLLATE "C",
  reference  text COLLATE "C",
  placed_by  text COLLATE "C",
  first_seq  int8 NOT NULL,
  placed_at  timestamptz NOT NULL,
  deadline   timestamptz,
  closed_at  timestamptz,                      -- null = open
  remaining  int8 NOT NULL,
  row        bytea NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX hold_first_seq ON hold (first_seq);
CREATE INDEX hold_due ON hold (deadline, first_seq) WHERE remaining > 0;
CREATE INDEX hold_closed ON hold (closed_at) WHERE closed_at IS NOT NULL;

CREATE TABLE hold_line (
  hold       text COLLATE "C" NOT NULL,
  part       int8 NOT NULL,                    -- from 0, in the hold's order
  sku        text COLLATE "C" NOT NULL,
  location   text COLLATE "C" NOT NULL,
  line       text COLLATE "C",
  quantity   int8 NOT NULL,
  remaining  int8 NOT NULL,
  committed  int8 NOT NULL,
  released   int8 NOT NULL,
  expired    int8 NOT NULL,
  deadline   timestamptz,                      -- the hold's
  PRIMARY KEY (hold, part)
) WITH (fillfactor = 70);
CREATE INDEX hold_line_open ON hold_line (sku, deadline) WHERE remaining > 0;
CREATE INDEX hold_line_due ON hold_line (deadline) WHERE remaining > 0;

CREATE TABLE orders (
  "order"    text COLLATE "C" NOT NULL,
  channel    text COLLATE "C" NOT NULL,
  first_seq  int8 NOT NULL,
  committed  int8 NOT NULL,
  cancelled  bool NOT NULL,
  closed_at  timestamptz,
  row        bytea NOT NULL,
  PRIMARY KEY ("order", channel)
) WITH (fillfactor = 80);
CREATE INDEX orders_first_seq ON orders (first_seq);

CREATE TABLE order_sku (
  "order"    text COLLATE "C" NOT NULL,
  channel    text COLLATE "C" NOT NULL,
  sku        text COLLATE "C" NOT NULL,
  committed  int8 NOT NULL,
  PRIMARY KEY ("order", channel, sku)
) WITH (fillfactor = 80);
CREATE INDEX order_sku_sku ON order_sku (sku);

CREATE TABLE reference (
  reference  text COLLATE "C" NOT NULL,
  kind       int2 NOT NULL,                    -- 0 receipt, 1 transfer, 2 return
  closed     bool NOT NULL,
  last_at    timestamptz,
  open       int8 NOT NULL,
  row        bytea NOT NULL,
  PRIMARY KEY (reference, kind)
);

CREATE TABLE reference_sku (
  reference  text COLLATE "C" NOT NULL,
  kind       int2 NOT NULL,
  sku        text COLLATE "C" NOT NULL,
  open       int8 NOT NULL,
  PRIMARY KEY (reference, kind, sku)
);
CREATE INDEX reference_sku_sku ON reference_sku (sku);

-- ---- names, by number in order of birth ----

CREATE TABLE location (
  number  int8 PRIMARY KEY,
  name    text COLLATE "C" NOT NULL UNIQUE,
  row     bytea NOT NULL
);

CREATE TABLE channel (
  number      int8 PRIMARY KEY,
  name        text COLLATE "C" NOT NULL UNIQUE,
  open_holds  int8 NOT NULL DEFAULT 0,
  row         bytea NOT NULL
) WITH (fillfactor = 30);

CREATE TABLE source (
  number      int8 PRIMARY KEY,
  name        text COLLATE "C" NOT NULL UNIQUE,
  open_holds  int8 NOT NULL DEFAULT 0,
  row         bytea NOT NULL
) WITH (fillfactor = 30);

-- ---- what was asked before: names and hashes only ----

CREATE TABLE idempotency (
  key          uuid PRIMARY KEY,               -- 128-bit keyed hash
  fingerprint  int8 NOT NULL,
  first_seq    int8 NOT NULL,
  at           timestamptz NOT NULL
) PARTITION BY HASH (key);
CREATE INDEX idempotency_at ON idempotency (at);
DO $$
BEGIN
  FOR i IN 0..15 LOOP
    EXECUTE format('CREATE TABLE idempotency_%s PARTITION OF idempotency '
                   'FOR VALUES WITH (MODULUS 16, REMAINDER %s)', i, i);
  END LOOP;
END $$;

-- ---- the log: from 1, no gaps, in the order of commits ----

CREATE TABLE event (
  seq          int8 PRIMARY KEY,
  command_seq  int8 NOT NULL,                  -- of the first event of its command
  recorded_at  timestamptz NOT NULL,           -- the time of its group
  occurred_at  timestamptz,                    -- null = recorded_at
  type         text COLLATE "C" NOT NULL,
  sku          text COLLATE "C",
  sku_seq      int8 NOT NULL,
  moved_from   text COLLATE "C",               -- accounts; null = nothing moves
  moved_to     text COLLATE "C",
  quantity     int8 NOT NULL,
  location     text COLLATE "C",
  to_location  text COLLATE "C",               -- null = location
  channel      text COLLATE "C",
  "order"      text COLLATE "C",
  hold         text COLLATE "C",
  reference    text COLLATE "C",
  source       text COLLATE "C",
  record       bytea                           -- of the whole command, in its first event
);
CREATE INDEX event_sku ON event (sku, seq) WHERE sku IS NOT NULL;
CREATE INDEX event_discrepancy ON event (seq) WHERE type = 'stock.discrepancy';
CREATE INDEX event_restored ON event (seq) WHERE type = 'ledger.restored';

-- ---- nodes ----

CREATE TABLE node (
  nonce       int8 PRIMARY KEY,                -- random, of a process: the owner of the rows it wrote
  address     text,
  version     text,
  started_at  timestamptz NOT NULL DEFAULT now(),
  seen_at     timestamptz NOT NULL DEFAULT now(),
  last_group  int8 NOT NULL DEFAULT 0          -- what a lost COMMIT is settled by
) WITH (fillfactor = 30);
