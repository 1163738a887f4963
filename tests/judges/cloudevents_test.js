// CloudEvents' own SDK reads what the webhook sink and the feed say, strictly.
'use strict';

const assert = require('node:assert/strict');
const test = require('node:test');
const {CloudEvent, HTTP} = require('cloudevents');
const {receiver, serve, tampered, until} = require('./holdfast.js');

/** An event as the SDK reads it from a structured-mode message; throws what the SDK throws. */
function read(headers, body) {
  const event = HTTP.toEvent({headers: {'content-type': headers['content-type']}, body: body.toString()});
  assert.ok(event instanceof CloudEvent);
  assert.equal(event.validate(), true);
  return event;
}

/** The attributes every one of our events has, by the SDK's reading. */
function check(event) {
  assert.equal(event.specversion, '1.0');
  assert.match(event.id, /^[0-9a-z]+-\d+-(push-)?\d+$/);
  assert.match(event.source, /^holdfast\//);
  assert.equal(event.datacontenttype, 'application/json');
  assert.ok(!Number.isNaN(Date.parse(event.time)), event.time);
  assert.equal(typeof event.data, 'object');
}

const configuration = (url) => `
[[channels]]
id = "web"
locations = ["berlin", "leeds"]
[[sinks]]
name = "events"
type = "webhook"
url = "${url}"
allow_private_networks = ["127.0.0.0/8"]
[[sinks]]
name = "stock"
type = "webhook"
deliver = "stock"
channel = "web"
url = "${url}"
allow_private_networks = ["127.0.0.0/8"]
`;

/** A day of every kind of event that can be made in a few requests. */
async function live(ledger) {
  await ledger.count('TEE-M ☂', 10);
  const ok = async (answer) => assert.ok((await answer).status < 300, (await answer).text);
  await ok(ledger.post('/v1/holds', {id: 'cart-1', channel: 'web', lines: [{sku: 'TEE-M ☂', quantity: 2}]}));
  await ok(ledger.post('/v1/holds/cart-1/commit', {order: '1001'}));
  await ok(ledger.post('/v1/orders', {channel: 'web', order: '1002', lines: [{sku: 'TEE-M ☂', quantity: 1}]}));
  await ok(ledger.post('/v1/events', [
    {type: 'order.fulfilled', channel: 'web', order: '1001', fulfillment: 'F1', location: 'berlin',
      lines: [{sku: 'TEE-M ☂', quantity: 2}]},
    {type: 'order.cancelled', channel: 'web', order: '1002'},
    {type: 'stock.sold', channel: 'till', location: 'berlin', sku: 'TEE-M ☂', quantity: 20, idempotency_key: 'r1'},
    {type: 'transfer.dispatched', reference: 'T-1', from: 'berlin', to: 'leeds', idempotency_key: 't1',
      lines: [{sku: 'MUG', quantity: 1}]},
    {type: 'stock.moved', location: 'berlin', sku: 'MUG', quantity: 1, from: 'available', to: 'damaged',
      idempotency_key: 'm1'},
  ]));
  await ok(ledger.put('/v1/locations/outlet', {sellable: false}));
}

test('bodies of the webhook sink are CloudEvents in structured mode', async (t) => {
  const shop = await receiver(t);
  const ledger = await serve(t, configuration(shop.url));
  await live(ledger);
  const types = () => new Set(shop.received.map(({headers, body}) => read(headers, body).type));
  const made = ['stock.counted', 'hold.placed', 'hold.committed', 'order.accepted', 'order.fulfilled',
    'order.cancelled', 'stock.sold', 'transfer.dispatched', 'shortfall.opened', 'location.set', 'stock.changed'];
  await until(`one of each of ${made}`, () => made.every((type) => types().has(type)));
  for (const {headers, body} of shop.received) {
    assert.match(headers['content-type'], /^application\/cloudevents\+json/);
    check(read(headers, body));
  }
});

test('lines of the feed, and the data of its server-sent events, are CloudEvents', async (t) => {
  const shop = await receiver(t);
  const ledger = await serve(t, configuration(shop.url));
  await live(ledger);
  const structured = {'content-type': 'application/cloudevents+json'};
  const feed = await ledger.get('/v1/feed?follow=false');
  const lines = feed.text.trimEnd().split('\n');
  assert.ok(lines.length > 10, feed.text);
  const ids = lines.map((line) => {
    const event = read(structured, line);
    check(event);
    return event.id;
  });
  assert.equal(new Set(ids).size, ids.length, 'an id names one event');

  const stream = await ledger.get('/v1/feed?follow=false', {Accept: 'text/event-stream'});
  const told = stream.text.split('\n').filter((line) => line.startsWith('data:')).map((line) => line.slice(5).trim());
  assert.deepEqual(told.map((line) => read(structured, line).id), ids);
});

test('an event whose envelope differs in an attribute, or in its first byte, is refused by the judge', async (t) => {
  const shop = await receiver(t);
  const ledger = await serve(t, configuration(shop.url));
  await live(ledger);
  await until('a delivery', () => shop.received.length > 0);
  const {headers, body} = shop.received[0];
  read(headers, body);
  const event = JSON.parse(body.toString());
  // (where there is no id, time or specversion the SDK makes one up: contract_test.js judges those)
  const others = {source: undefined, type: 5, Bad_Name: 1};
  for (const [attribute, value] of Object.entries(others))
    assert.throws(() => read(headers, JSON.stringify({...event, [attribute]: value})), TypeError, attribute);
  assert.throws(() => read(headers, Buffer.concat([tampered(body.subarray(0, 1)), body.subarray(1)])));
});
