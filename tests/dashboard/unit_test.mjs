// The parts of the dashboard that need no browser: the mirror of stock, Prometheus text, words.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { growth, parseMetrics, quantile, total } from '../../web/src/metrics.js';
import { Shelf, SKUS_MAX } from '../../web/src/shelf.js';
import { count, duration, sinkState } from '../../web/src/text.js';

const place = (location, numbers) => ({
  location,
  tracked: true,
  available: 0,
  held: 0,
  committed: 0,
  damaged: 0,
  quality_control: 0,
  incoming: 0,
  in_transit: 0,
  ...numbers,
});
const shelfOf = (...stock) => {
  const shelf = new Shelf();
  for (const one of stock) shelf.put(one);
  shelf.complete = true;
  return shelf;
};
const tee = {
  sku: 'TEE',
  sku_seq: 5,
  locations: [place('berlin', { available: 10 }), place('leeds', { available: 2 })],
};
const move = (from, to, quantity, more) => ({
  sku: 'TEE',
  sku_seq: 6,
  location: 'berlin',
  from,
  to,
  quantity,
  ...more,
});
const sums = (shelf, sku = 'TEE') => shelf.sums(shelf.rows.get(sku));

test('an event that a row already contains moves nothing', () => {
  const shelf = shelfOf(tee);
  shelf.apply('hold.placed', move('available', 'held', 3, { sku_seq: 5 }));
  assert.equal(sums(shelf).left, 12);
  shelf.apply('hold.placed', move('available', 'held', 3));
  shelf.apply('hold.placed', move('available', 'held', 3));
  assert.deepEqual([sums(shelf).left, sums(shelf).held], [9, 3]);
});

test('a page that is older than what the feed told does not turn a row back', () => {
  const shelf = shelfOf(tee);
  shelf.apply('stock.sold', move('available', 'customer', 4, { sku_seq: 9 }));
  shelf.put(tee);
  assert.equal(sums(shelf).left, 8);
});

test('units move between accounts and places, and outside accounts are no stock', () => {
  const shelf = shelfOf(tee);
  shelf.apply('transfer.dispatched', move('available', 'in_transit', 4, { to_location: 'leeds' }));
  shelf.apply('stock.moved', move('available', 'damaged', 1, { sku_seq: 7 }));
  shelf.apply(
    'stock.received',
    move('supplier', 'available', 5, { sku_seq: 8, location: 'porto' }),
  );
  const { left, aside, incoming } = sums(shelf);
  assert.deepEqual({ left, aside, incoming }, { left: 12, aside: 1, incoming: 4 });
  assert.ok(shelf.rows.get('TEE').places.get('porto').tracked, 'tracked from its first receipt');
});

test('what is not tracked is in no sum; what lies where nothing is sold is not left to sell', () => {
  const shelf = shelfOf({
    ...tee,
    locations: [
      place('berlin', { available: 7, tracked: false }),
      place('returns', { available: 3 }),
    ],
  });
  shelf.unsellable = new Set(['returns']);
  assert.deepEqual([sums(shelf).left, sums(shelf).aside], [0, 3]);
  const { left, skus, out } = shelf.totals();
  assert.deepEqual({ left, skus, out }, { left: 0, skus: 1, out: 1 });
});

test('below zero is short, and does not make the rest less', () => {
  const shelf = shelfOf(
    { ...tee, locations: [place('berlin', { available: -2 })] },
    { ...tee, sku: 'MUG' },
  );
  assert.equal(sums(shelf).short, 2);
  assert.deepEqual([shelf.totals().left, shelf.totals().short], [12, 2]);
});

test('sold is what orders and tills took, less what was taken back', () => {
  const shelf = shelfOf(tee);
  const tally = (type, from, to, quantity, channel = 'web') =>
    shelf.tally(type, { sku: 'TEE', from, to, quantity, channel });
  tally('hold.placed', 'available', 'held', 5); // a cart is not sold yet
  tally('hold.committed', 'held', 'committed', 5);
  tally('hold.committed', 'held', 'available', 1); // the rest of a hold goes back
  tally('stock.sold', 'available', 'customer', 2, 'till');
  tally('order.fulfilled', 'committed', 'customer', 5); // shipping sells nothing again
  tally('order.cancelled', 'committed', 'available', 3);
  tally('order.fulfilled', 'committed', 'available', 1); // shipped from elsewhere: undone here …
  tally('order.fulfilled', 'available', 'customer', 1); // … and taken there
  tally('stock.returned', 'customer', 'available', 1);
  const { units, takenBack, returned, byChannel } = shelf.sold;
  assert.deepEqual({ units, takenBack, returned }, { units: 4, takenBack: 3, returned: 1 });
  assert.deepEqual(
    [...byChannel],
    [
      ['web', 2],
      ['till', 2],
    ],
  );
  assert.equal(shelf.rows.get('TEE').sold, 4);
});

test('the mirror is bounded', () => {
  const shelf = shelfOf();
  for (let i = 0; i < SKUS_MAX + 10; ++i)
    shelf.apply('stock.received', { ...move('supplier', 'available', 1), sku: `S${i}` });
  assert.equal(shelf.rows.size, SKUS_MAX);
});

const metrics = (flushes) =>
  parseMetrics(`# HELP x y
holdfast_engine_events_total ${flushes * 10}
holdfast_feed_lag_seconds{sink="a \\"b\\""} 1
holdfast_feed_lag_seconds{sink="till"} 2.5
holdfast_engine_flush_seconds_bucket{le="0.001"} ${flushes / 2}
holdfast_engine_flush_seconds_bucket{le="0.002"} ${flushes}
holdfast_engine_flush_seconds_bucket{le="+Inf"} ${flushes}
`);

test('metrics: sums, growth over a restart, quantiles of what lies between two readings', () => {
  assert.equal(total(metrics(1), 'holdfast_feed_lag_seconds'), 3.5);
  assert.equal(metrics(1).get('holdfast_feed_lag_seconds')[0].labels.sink, 'a "b"');
  assert.equal(growth(metrics(100), metrics(160), 'holdfast_engine_events_total'), 600);
  assert.equal(growth(metrics(100), metrics(4), 'holdfast_engine_events_total'), 40);
  const flush = (wanted) =>
    quantile(metrics(100), metrics(200), 'holdfast_engine_flush_seconds', wanted);
  assert.ok(Math.abs(flush(0.5) - 0.001) < 1e-9);
  assert.ok(Math.abs(flush(0.75) - 0.0015) < 1e-9);
  assert.equal(quantile(metrics(100), metrics(100), 'holdfast_engine_flush_seconds', 0.5), null);
});

test('a sink is late from a second on; a paused one as soon as it misses something', () => {
  const sink = { state: 'active', circuit: 'closed', lag_ms: 0, lag_events: 0 };
  assert.deepEqual(sinkState(sink), {
    word: 'active',
    tone: 'good',
    late: false,
    lag: 'up to date',
  });
  assert.equal(
    sinkState({ ...sink, lag_ms: 40, lag_events: 2 }).late,
    false,
    'a delivery under way',
  );
  assert.deepEqual(sinkState({ ...sink, lag_ms: 4200, lag_events: 7 }), {
    word: 'late',
    tone: 'warn',
    late: true,
    lag: '4.2 s, 7 events',
  });
  assert.equal(sinkState({ ...sink, state: 'paused' }).late, false);
  assert.equal(sinkState({ ...sink, state: 'paused', lag_ms: 40, lag_events: 1 }).late, true);
  assert.equal(sinkState({ ...sink, circuit: 'open', lag_ms: 5, lag_events: 1 }).word, 'failing');
});

test('numbers and times in words', () => {
  assert.equal(count(-1234567), '−1,234,567');
  assert.deepEqual([0, 12, 4200, 190_000, 7_500_000].map(duration), [
    '<1 ms',
    '12 ms',
    '4.2 s',
    '3 min 10 s',
    '2 h 5 min',
  ]);
});
