// A mirror of the ledger's stock: pages of /v1/stock, then every movement of the feed on top. An
// event that a row already contains is known by its sku_seq.

// Beyond it the mirror is of the first ones by name; the search still finds all.
export const SKUS_MAX = 20_000;
const MOVED = [
  'available',
  'held',
  'committed',
  'damaged',
  'quality_control',
  'incoming',
  'in_transit',
];
const TRACKING = new Set(['stock.counted', 'stock.received', 'transfer.received']);
const SETTLED = new Set(['committed', 'customer']);
const SHIFTS = new Set(['order.fulfilled', 'order.unfulfilled', 'order.reassigned']);

const blank = (location) => ({
  location,
  tracked: false,
  available: 0,
  held: 0,
  committed: 0,
  damaged: 0,
  quality_control: 0,
  incoming: 0,
  in_transit: 0,
});

export class Shelf {
  constructor() {
    this.clear();
  }

  clear() {
    this.rows = new Map();
    this.complete = false; // every SKU of the ledger is here
    this.unsellable = new Set();
    this.sold = {
      units: 0,
      takenBack: 0,
      returned: 0,
      byChannel: new Map(),
      since: '',
      whole: false,
    };
  }

  /** A SKU as /v1/stock gives it. */
  put(stock) {
    const before = this.rows.get(stock.sku);
    if (before && before.skuSeq > stock.sku_seq) return;
    this.rows.set(stock.sku, {
      sku: stock.sku,
      skuSeq: stock.sku_seq,
      sold: before?.sold ?? 0,
      places: new Map(stock.locations.map((place) => [place.location, { ...place }])),
    });
  }

  /** Units sold and not taken back; of one SKU also without its stock being known. */
  tally(type, data) {
    if (!data.from || !data.quantity) return;
    if (type === 'stock.returned') {
      this.sold.returned += data.quantity;
      return;
    }
    if (type !== 'stock.sold' && type !== 'hold.committed' && !type.startsWith('order.')) return;
    const change = (SETTLED.has(data.to) - SETTLED.has(data.from)) * data.quantity;
    if (change === 0) return;
    this.sold.units += change;
    if (change < 0 && !SHIFTS.has(type)) this.sold.takenBack -= change;
    const channel = data.channel ?? 'no channel';
    this.sold.byChannel.set(channel, (this.sold.byChannel.get(channel) ?? 0) + change);
    const row = this.rows.get(data.sku);
    if (row) row.sold += change;
  }

  /** A movement of the feed. */
  apply(type, data) {
    if (!data.sku) return;
    let row = this.rows.get(data.sku);
    if (!row) {
      if (!this.complete || this.rows.size >= SKUS_MAX) return;
      row = { sku: data.sku, skuSeq: 0, sold: 0, places: new Map() };
      this.rows.set(data.sku, row);
    }
    if (data.sku_seq === undefined || data.sku_seq <= row.skuSeq) return;
    row.skuSeq = data.sku_seq;
    if (!data.location) return;
    const place = (name) => {
      if (!row.places.has(name)) row.places.set(name, blank(name));
      return row.places.get(name);
    };
    const from = place(data.location);
    const to = data.to_location ? place(data.to_location) : from;
    if (TRACKING.has(type)) to.tracked = true;
    if (MOVED.includes(data.from)) from[data.from] -= data.quantity;
    if (MOVED.includes(data.to)) to[data.to] += data.quantity;
  }

  /**
   * The sums of a row over its tracked places: what lies in a place that does not sell is not left
   * to sell.
   */
  sums(row) {
    const sums = {
      left: 0,
      held: 0,
      committed: 0,
      aside: 0,
      incoming: 0,
      short: 0,
      tracked: false,
    };
    for (const place of row.places.values()) {
      sums.incoming += place.incoming + place.in_transit;
      if (!place.tracked) continue;
      sums.tracked = true;
      sums.held += place.held;
      sums.committed += place.committed;
      sums.aside += place.damaged + place.quality_control;
      if (place.available < 0) sums.short -= place.available;
      if (this.unsellable.has(place.location)) sums.aside += Math.max(0, place.available);
      else sums.left += place.available;
    }
    return sums;
  }

  /** Over everything: what is left, where, and how many SKUs are sold out. */
  totals() {
    const totals = { left: 0, held: 0, skus: 0, out: 0, short: 0, byPlace: new Map() };
    for (const row of this.rows.values()) {
      const sums = this.sums(row);
      if (!sums.tracked) continue;
      totals.skus += 1;
      totals.left += Math.max(0, sums.left);
      totals.held += sums.held;
      totals.short += sums.short;
      if (sums.left <= 0) totals.out += 1;
      for (const place of row.places.values())
        if (place.tracked && !this.unsellable.has(place.location))
          totals.byPlace.set(
            place.location,
            (totals.byPlace.get(place.location) ?? 0) + Math.max(0, place.available),
          );
    }
    return totals;
  }
}
