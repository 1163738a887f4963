// What the dashboard knows, and how it comes to know it: one stream of events, and a few reads in
// turn. Views are told at most four times a second that something changed.
import { get, getText, keepKey, ndjson, Problem, sse, storedKey } from './api.js';
import { growth, parseMetrics, quantile, total } from './metrics.js';
import { Shelf, SKUS_MAX } from './shelf.js';

const LOOK_BACK = 50_000; // events read again for what was sold before this page was opened
const EVENTS_SHOWN = 200;
const SAMPLES = 300; // of the charts, one a second
const BEHIND_MAX = 20_000; // events: reading stock anew is quicker than catching up
const SILENCE_MS = 40_000; // the server says something every 15 s
const SOLD_TYPES = 'stock.sold,stock.returned,hold.committed,order.*';
const SETTINGS = new Set([
  'sku.merged',
  'ledger.restored',
  'location.set',
  'location.created',
  'channel.set',
  'channel.removed',
]);

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

export class Model {
  constructor() {
    this.shelf = new Shelf();
    this.listeners = new Set();
    this.generation = 0;
    this.reset();
  }

  reset() {
    this.shelf.clear();
    this.state = 'connecting'; // live, connecting, unreachable, locked
    this.refused = {}; // part → Problem: what this key may not see
    this.locked = null; // Problem of a 401
    this.refusedKey = false; // it was about a key, and not the lack of one
    this.met = false; // the server has answered something
    this.events = [];
    this.held = null; // events as they stood when the list was held still
    this.seq = 0;
    this.cursor = '';
    this.ledger = '';
    this.loaded = false;
    this.sinks = null;
    this.sources = null;
    this.shortfalls = null;
    this.channels = [];
    this.samples = [];
    this.peaks = new Map(); // sink → [lag_ms of the last minute]
    this.metrics = null;
    this.openHolds = null;
  }

  // ---- views ----

  subscribe(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  changed() {
    if (this.pending) return;
    this.pending = setTimeout(() => {
      this.pending = null;
      for (const listener of this.listeners) listener();
    }, 250);
  }

  /** Begins anew, with the key there is now. */
  start() {
    this.stop();
    this.reset();
    this.resumeWork();
    this.changed();
  }

  /**
   * Begins anew with that key, if the server knows it; what it may see is found out part by part.
   */
  async tryKey(key) {
    keepKey(key);
    const problem = await get('/v1/stock?limit=1').then(
      () => null,
      (error) => error,
    );
    if (problem && problem.status !== 403) {
      keepKey('');
      this.locked = problem;
      this.refusedKey = true;
      this.changed();
      return;
    }
    this.start();
  }

  forgetKey() {
    keepKey('');
    this.start();
  }

  stop() {
    this.generation += 1;
    this.abort?.abort();
  }

  /**
   * Everything rests while nobody looks: a browser has six connections to a server, over all its
   * tabs.
   */
  resumeWork() {
    if (document.hidden) return;
    this.stop();
    const generation = this.generation;
    this.abort = new AbortController();
    const signal = this.abort.signal;
    const alive = () => generation === this.generation;
    this.run('feed', alive, () => this.follow(signal), 1000);
    this.run('sinks', alive, () => this.readSinks(signal), 1000);
    this.run('metrics', alive, () => this.readMetrics(signal), 1000);
    this.run('shortfalls', alive, () => this.readShortfalls(signal), 3000);
  }

  async run(part, alive, work, everyMs) {
    while (alive()) {
      let wait = everyMs;
      try {
        await work();
        if (!alive()) return;
        this.met = true;
        delete this.refused[part];
      } catch (error) {
        if (!alive()) return;
        wait = Math.max(wait, this.note(part, error));
      }
      this.changed();
      await sleep(wait);
    }
  }

  /** What went wrong with a part; how long to leave it alone. */
  note(part, error) {
    if (!(error instanceof Problem)) console.error(error);
    if (error.status === 401) {
      this.locked = error;
      this.refusedKey = this.hasKey();
      this.state = 'locked';
      this.stop();
      return 0;
    }
    this.met ||= error.status === 403;
    if (error.status === 403) {
      this.refused[part] = error;
      return 15_000;
    }
    if (part === 'feed') this.state = error.status === 0 ? 'unreachable' : 'connecting';
    return 2000;
  }

  // ---- stock and events ----

  async follow(signal) {
    if (!this.loaded) await this.load(signal);
    const silence = { timer: 0 };
    const watched = new AbortController();
    const give = () => watched.abort();
    signal.addEventListener('abort', give);
    const heard = () => {
      clearTimeout(silence.timer);
      silence.timer = setTimeout(give, SILENCE_MS);
      if (this.state !== 'live') {
        this.state = 'live';
        this.changed();
      }
    };
    try {
      const path = `/v1/feed?after=${encodeURIComponent(this.cursor)}`;
      for await (const events of sse(path, watched.signal, heard)) this.take(events);
    } catch (error) {
      if (error.status === 410) this.loaded = false; // restored: what we know is no more
      if (error.status === 403) return this.withoutFeed(error, signal);
      if (error instanceof Problem || signal.aborted) throw error;
    } finally {
      clearTimeout(silence.timer);
      signal.removeEventListener('abort', give);
    }
    this.state = 'connecting';
  }

  /** A key that may read stock and not the feed: stock as it is now, every few seconds. */
  async withoutFeed(error, signal) {
    this.refused.feed = error;
    if (this.refused.stock) throw error;
    while (!signal.aborted) {
      this.state = 'live';
      this.changed();
      await sleep(10_000);
      if (!signal.aborted) this.seq = await this.loadStock(signal);
    }
  }

  async load(signal) {
    this.shelf.clear();
    this.events = [];
    try {
      this.seq = await this.loadStock(signal);
      this.cursor = String(this.seq);
      delete this.refused.stock;
    } catch (error) {
      if (error.status !== 403) throw error;
      this.refused.stock = error;
      this.cursor = await this.endOfLog(signal);
    }
    try {
      await this.lookBack(signal);
    } catch (error) {
      if (error.status !== 403) throw error;
    }
    this.loaded = true;
    this.changed();
  }

  async loadStock(signal) {
    let cursor = '';
    let first = 0;
    const [locations, channels] = await Promise.all([
      get('/v1/locations?limit=1000', signal),
      get('/v1/channels?limit=1000', signal),
    ]);
    this.shelf.unsellable = new Set(
      locations.locations.filter((place) => place.sellable === false).map((place) => place.id),
    );
    this.channels = channels.channels;
    do {
      const page = await get(
        `/v1/stock?limit=1000${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
        signal,
      );
      first ||= page.seq;
      for (const stock of page.stock) this.shelf.put(stock);
      cursor = page.next_cursor ?? '';
      this.changed();
    } while (cursor && this.shelf.rows.size < SKUS_MAX);
    this.shelf.complete = !cursor;
    return first; // rows of later pages know more: their sku_seq tells
  }

  /** A cursor beyond the log is answered with the one to go on from. */
  async endOfLog(signal) {
    try {
      await get(`/v1/feed?after=${Number.MAX_SAFE_INTEGER}&follow=false`, signal);
    } catch (error) {
      if (error.status !== 410) throw error;
      this.seq = Number(error.resumeAt.split('-').pop());
      return error.resumeAt;
    }
    return '0';
  }

  async lookBack(signal) {
    const { shelf } = this;
    const after = Math.max(0, this.seq - LOOK_BACK);
    shelf.sold.whole = after === 0;
    for await (const event of ndjson(
      `/v1/feed?after=${after}&follow=false&types=${SOLD_TYPES}`,
      signal,
    )) {
      if (event.data.seq > this.seq) break;
      shelf.sold.since ||= event.data.recorded_at;
      shelf.tally(event.type, event.data);
      this.remember(event);
    }
  }

  remember(event) {
    this.ledger ||= event.id.split('-').slice(0, -2).join('-');
    this.events.unshift(event);
    if (this.events.length > EVENTS_SHOWN * 2) this.events.length = EVENTS_SHOWN;
  }

  take(events) {
    for (const event of events) {
      const { type, data, id } = event;
      if (data.seq <= this.seq) continue;
      this.seq = data.seq;
      this.cursor = id;
      this.shelf.sold.since ||= data.recorded_at;
      this.shelf.apply(type, data);
      this.shelf.tally(type, data);
      this.remember(event);
      if (SETTINGS.has(type)) this.settingsChanged = true;
      if (type.startsWith('shortfall.')) this.shortfallsDue = true;
    }
    if (this.settingsChanged) {
      this.settingsChanged = false;
      if (!this.refused.stock) this.loadStock(this.abort.signal).catch(() => {});
    }
    this.changed();
  }

  // ---- the rest, in turn ----

  async readSinks(signal) {
    const [sinks, sources] = await Promise.all([
      get('/v1/sinks', signal),
      get('/v1/sources', signal),
    ]);
    this.sinks = sinks.sinks;
    this.sources = sources.sources;
    for (const sink of this.sinks) {
      const peak = this.peaks.get(sink.name) ?? [];
      peak.push(sink.lag_ms);
      this.peaks.set(sink.name, peak.slice(-60));
    }
  }

  async readShortfalls(signal) {
    this.shortfalls = (await get('/v1/shortfalls?limit=100', signal)).shortfalls;
  }

  async readMetrics(signal) {
    const now = { at: Date.now() / 1000, samples: parseMetrics(await getText('/metrics', signal)) };
    const before = this.metrics;
    this.metrics = now;
    this.openHolds = total(now.samples, 'holdfast_engine_open_holds');
    const durable = total(now.samples, 'holdfast_engine_durable_seq');
    if (this.loaded && durable - this.seq > BEHIND_MAX && !this.refused.feed) {
      this.loaded = false;
      return this.resumeWork();
    }
    if (!before) return;
    const seconds = Math.max(0.001, now.at - before.at);
    const flush = (wanted) =>
      quantile(before.samples, now.samples, 'holdfast_engine_flush_seconds', wanted);
    const ms = (value) => (value === null ? null : value * 1000);
    this.samples.push({
      at: now.at,
      events: growth(before.samples, now.samples, 'holdfast_engine_events_total') / seconds,
      answers: growth(before.samples, now.samples, 'holdfast_engine_answers_total') / seconds,
      flushP50: ms(flush(0.5)),
      flushP99: ms(flush(0.99)),
      lags: new Map(
        (now.samples.get('holdfast_feed_lag_seconds') ?? []).map((s) => [s.labels.sink, s.value]),
      ),
    });
    if (this.samples.length > SAMPLES) this.samples.shift();
  }

  hasKey() {
    return storedKey() !== '';
  }
}
