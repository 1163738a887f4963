// Standard Webhooks' own library verifies what a webhook sink sends, and signs what a generic source takes.
'use strict';

const assert = require('node:assert/strict');
const test = require('node:test');
const {Webhook} = require('standardwebhooks');
const {receiver, serve, tampered, until} = require('./holdfast.js');

const kSecret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const kOldSecret = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';

const sinks = (url) => `
[[channels]]
id = "web"
locations = ["berlin"]
[[sinks]]
name = "events"
type = "webhook"
url = "${url}"
secrets = ["${kSecret}", "${kOldSecret}"]
allow_private_networks = ["127.0.0.0/8"]
[[sinks]]
name = "stock"
type = "webhook"
deliver = "stock"
channel = "web"
url = "${url}"
secret = "${kSecret}"
allow_private_networks = ["127.0.0.0/8"]
`;

test('what the webhook sinks send verifies, with each of the secrets it is signed with', async (t) => {
  const shop = await receiver(t);
  const ledger = await serve(t, sinks(shop.url));
  await ledger.count('TEE-M ☂', 10);
  const events = () => shop.received.filter(({body}) => body.includes('stock.counted'));
  const pushes = () => shop.received.filter(({body}) => body.includes('stock.changed'));
  await until('an event and a push', () => events().length > 0 && pushes().length > 0);
  for (const {headers, body} of shop.received)
    assert.equal(typeof new Webhook(kSecret).verify(body.toString(), headers), 'object');
  new Webhook(kOldSecret).verify(events()[0].body.toString(), events()[0].headers);
  assert.throws(() => new Webhook(kOldSecret).verify(pushes()[0].body.toString(), pushes()[0].headers),
    /No matching signature/, 'signed with one secret only');
});

test('a byte of the body, the id or the time that differs does not verify', async (t) => {
  const shop = await receiver(t);
  const ledger = await serve(t, sinks(shop.url));
  await ledger.count('A', 10);
  await until('a delivery', () => shop.received.length > 0);
  const {headers, body} = shop.received[0];
  const judge = new Webhook(kSecret);
  judge.verify(body.toString(), headers);
  assert.throws(() => judge.verify(tampered(body).toString(), headers), /No matching signature/);
  assert.throws(() => judge.verify(body.toString(), {...headers, 'webhook-id': headers['webhook-id'] + '0'}),
    /No matching signature/);
  const later = String(Number(headers['webhook-timestamp']) + 1);
  assert.throws(() => judge.verify(body.toString(), {...headers, 'webhook-timestamp': later}),
    /No matching signature/);
});

const kSource = `
[[channels]]
id = "web"
locations = ["berlin"]
[[sources]]
name = "wms"
type = "generic"
secrets = ["${kSecret}"]
signature = { scheme = "standard-webhooks" }
[sources.locations]
"S1" = "berlin"
[sources.mapping]
type = { constant = "stock.received" }
sku = "/item"
location = "/site"
quantity = "/qty"
`;

function signed(secret, id, body, at = new Date()) {
  return {
    'Content-Type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, at, body),
  };
}

test('what the library signs is taken once, and nothing else is', async (t) => {
  const ledger = await serve(t, kSource);
  const body = JSON.stringify({item: 'A', site: 'S1', qty: 5});
  const deliver = (headers, text = body) => ledger.ask('POST', '/v1/sources/wms', text, headers);

  const first = await deliver(signed(kSecret, 'd-1', body));
  assert.deepEqual([first.status, first.json.recorded], [200, 1], first.text);
  const again = await deliver(signed(kSecret, 'd-1', body));
  assert.deepEqual([again.status, again.json.duplicates], [200, 1], again.text);

  const good = signed(kSecret, 'd-2', body);
  const refused = {
    'another body': await deliver(good, tampered(Buffer.from(body))),
    'another id': await deliver({...good, 'webhook-id': 'd-3'}),
    'another secret': await deliver(signed(kOldSecret, 'd-2', body)),
    'an old time': await deliver(signed(kSecret, 'd-2', body, new Date(Date.now() - 3_600_000))),
  };
  for (const [what, answer] of Object.entries(refused)) assert.equal(answer.status, 401, what);
  const stock = await ledger.get('/v1/stock/A');
  assert.equal(stock.json.locations[0].available, 5);
});
