// Shopify's own library signs deliveries for our Shopify source, and validates the same requests itself.
'use strict';

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
require('@shopify/shopify-api/adapters/node');
const {ApiVersion, LogSeverity, shopifyApi} = require('@shopify/shopify-api');
const {createSHA256HMAC, HashFormat} = require('@shopify/shopify-api/runtime');
const {serve, tampered} = require('./holdfast.js');

const kShop = 'example.myshopify.com', kSecret = 'shpss_now', kOldSecret = 'shpss_before';

const kSource = `
[[channels]]
id = "web"
locations = ["berlin", "leeds"]
[[sources]]
name = "shop-eu"
type = "shopify"
channel = "web"
shop_domain = "${kShop}"
secrets = ["${kSecret}", "${kOldSecret}"]
default_location = "berlin"
[sources.locations]
"655441491" = "berlin"
"655441492" = "leeds"
`;

function library(secret) {
  return shopifyApi({
    apiKey: 'key', apiSecretKey: secret, hostName: 'shop.example', apiVersion: ApiVersion.January25,
    isEmbeddedApp: false, isTesting: true, logger: {level: LogSeverity.Error, log: () => {}},
  });
}

/** A delivery as Shopify makes it; `id` and `event` are its delivery's and its event's. */
async function delivery(topic, body, {id, event = id, secret = kSecret}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return {
    text,
    headers: {
      'Content-Type': 'application/json',
      'X-Shopify-Topic': topic,
      'X-Shopify-Shop-Domain': kShop,
      'X-Shopify-API-Version': '2025-01',
      'X-Shopify-Webhook-Id': id,
      'X-Shopify-Event-Id': event,
      'X-Shopify-Hmac-Sha256': await createSHA256HMAC(secret, text, HashFormat.Base64),
    },
  };
}

/** What Shopify's library says of such a request. */
async function judged(secret, {headers, text}) {
  const rawRequest = {method: 'POST', url: '/', headers};
  return (await library(secret).webhooks.validate({rawBody: text, rawRequest})).valid;
}

const told = (ledger, {headers, text}) => ledger.ask('POST', '/v1/sources/shop-eu', text, headers);

function order(at, quantity) {
  return {
    id: 450789469, name: '#1001', test: false, updated_at: at, cancelled_at: null, location_id: null,
    line_items: [{id: 466157049, variant_id: 39072856, sku: 'TEE-M', quantity, fulfillable_quantity: quantity,
      requires_shipping: true, gift_card: false}],
    fulfillments: [], refunds: [],
  };
}

async function balances(ledger) {
  const stock = await ledger.get('/v1/stock/TEE-M');
  return Object.fromEntries(stock.json.locations.map((at) => [at.location, [at.available, at.committed]]));
}

test('three times, out of order, once with the old secret and once signed wrongly: counted once', async (t) => {
  const ledger = await serve(t, kSource);
  await ledger.count('TEE-M', 10);
  const created = order('2026-11-23T09:00:00+01:00', 5), changed = order('2026-11-23T10:00:00+01:00', 3);

  const newer = await delivery('orders/updated', changed, {id: 'd2'});
  assert.equal(await judged(kSecret, newer), true);
  assert.equal((await told(ledger, newer)).json.recorded, 1);

  const wrong = await delivery('orders/create', created, {id: 'd1', secret: 'shpss_of_somebody'});
  assert.equal(await judged(kSecret, wrong), false);
  assert.equal((await told(ledger, wrong)).status, 401);

  const old = await delivery('orders/create', created, {id: 'd1', secret: kOldSecret});
  assert.equal(await judged(kOldSecret, old), true);
  assert.equal((await told(ledger, old)).status, 200);
  for (const again of [{id: 'd1'}, {id: 'd1'}, {id: 'd9', event: 'd1'}]) {
    const answer = await told(ledger, await delivery('orders/create', created, again));
    assert.deepEqual([answer.status, answer.json.recorded, answer.json.duplicates], [200, 0, 1], answer.text);
  }
  assert.deepEqual(await balances(ledger), {berlin: [7, 3]});
  const {sources: [source]} = (await ledger.get('/v1/sources')).json;
  assert.deepEqual([source.unauthorized, source.parked], [1, 0]);
});

test('a byte of the body or of the signature that differs is refused by both', async (t) => {
  const ledger = await serve(t, kSource);
  await ledger.count('TEE-M', 10);
  const good = await delivery('orders/create', order('2026-11-23T09:00:00+01:00', 5), {id: 'd1'});
  const signature = good.headers['X-Shopify-Hmac-Sha256'];
  const other = tampered(Buffer.from(signature, 'base64')).toString('base64');
  const bad = {
    body: {...good, text: tampered(Buffer.from(good.text)).toString()},
    space: {...good, text: good.text + ' '},
    signature: {...good, headers: {...good.headers, 'X-Shopify-Hmac-Sha256': other}},
  };
  for (const [what, request] of Object.entries(bad)) {
    assert.equal(await judged(kSecret, request), false, what);
    assert.equal((await told(ledger, request)).status, 401, what);
  }
  assert.equal(await judged(kSecret, good), true);
  assert.equal((await told(ledger, good)).json.recorded, 1);
});

/** As many numbers as asked for, from a seed that is told: `HOLDFAST_SEED=… ` repeats a run. */
function random(seed) {
  let state = BigInt(seed);
  return (below) => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
    return Number((state >> 33n) % BigInt(below));
  };
}

test('the life of an order ends right, told in any order and again', async (t) => {
  const seed = process.env.HOLDFAST_SEED ?? String(crypto.randomInt(2 ** 32));
  t.diagnostic(`HOLDFAST_SEED=${seed}`);
  const below = random(seed);
  const folder = path.join(__dirname, '../shopify/order-life');
  const life = fs.readdirSync(folder).filter((name) => name.endsWith('.json')).sort().map((name) => {
    // ids lie beyond what JavaScript's numbers hold: the body is cut out of the file as text
    const text = fs.readFileSync(path.join(folder, name), 'utf8');
    const body = text.slice(text.indexOf('{', text.indexOf('"body"')), text.lastIndexOf('}')).trim();
    return {topic: JSON.parse(text).topic, body, id: name};
  });
  assert.equal(life.length, 14);
  const ledger = await serve(t, kSource);
  // before the first of it: what was shipped before a count is in the count
  await ledger.count('TEE-M', 10, 'berlin', '2026-11-22T18:00:00+01:00');
  await ledger.count('TEE-M', 0, 'leeds', '2026-11-22T18:00:00+01:00');
  const queue = [...life, ...life, ...life];
  while (queue.length > 0) {
    const [{topic, body, id}] = queue.splice(below(queue.length), 1);
    const secret = below(2) === 0 ? kSecret : kOldSecret;
    const answer = await told(ledger, await delivery(topic, body, {id, secret}));
    assert.equal(answer.status, 200, `${id}: ${answer.text}`);
  }
  assert.deepEqual(await balances(ledger), {berlin: [7, 0], leeds: [1, 0]}, `HOLDFAST_SEED=${seed}`);
});
