// Ajv, a JSON Schema validator of its own, holds answers, events and our published examples to the contract.
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const Ajv = require('ajv/dist/2020').default;
const formats = require('ajv-formats').default;
const {serve} = require('./holdfast.js');

const contract = JSON.parse(fs.readFileSync(path.join(__dirname, '../../docs/reference/openapi.json'), 'utf8'));

/** A validator of one schema of the contract, by its JSON pointer. */
function judge(pointer) {
  // OpenAPI's own words mean nothing to a schema validator
  const ajv = new Ajv({strict: true, strictRequired: false, allErrors: true, strictTypes: false});
  formats(ajv);
  for (const word of [...Object.keys(contract), 'discriminator']) ajv.addKeyword(word);
  ajv.addSchema(contract, 'contract');
  const validate = ajv.compile({$ref: `contract#${pointer}`});
  return (value) => (validate(value) ? null : JSON.stringify(validate.errors));
}

const schema = (name) => judge(`/components/schemas/${name}`);

test('every example of the contract is what its schema says', () => {
  for (const [name, {examples = []}] of Object.entries(contract.components.schemas)) {
    const complaint = schema(name);
    for (const example of examples) assert.equal(complaint(example), null, name);
  }
  for (const [route, item] of Object.entries(contract.paths))
    for (const [method, operation] of Object.entries(item)) {
      const body = operation.requestBody?.content['application/json'];
      if (body === undefined) continue;
      const at = route.replaceAll('~', '~0').replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D');
      const complaint = judge(`/paths/${at}/${method}/requestBody/content/application~1json/schema`);
      for (const {value} of Object.values(body.examples ?? {})) assert.equal(complaint(value), null, `${method} ${route}`);
      if (body.example) assert.equal(complaint(body.example), null, `${method} ${route}`);
    }
});

const kShop = `
[[channels]]
id = "web"
locations = ["berlin", "leeds"]
buffer = 1
[[sinks]]
name = "quiet"
type = "noop"
`;

test('answers and events are what the contract says', async (t) => {
  const ledger = await serve(t, kShop);
  await ledger.count('A', 10);
  const placed = await ledger.post('/v1/holds', {id: 'cart-1', channel: 'web', lines: [{sku: 'A', quantity: 2}]});
  const refused = await ledger.post('/v1/holds', {channel: 'web', lines: [{sku: 'A', quantity: 99}]});
  const malformed = await ledger.post('/v1/holds', {channel: 'web', lines: [{sku: 'A', quantity: 2.5}]});
  const both = await ledger.post('/v1/events', [{type: 'order.placed', channel: 'web', order: '1',
    lines: [{sku: 'A', ordered: 1}]}, {type: 'stock.counted'}]);
  const answers = [
    [placed, 201, 'Outcome'], [refused, 409, 'Problem'], [malformed, 422, 'Problem'], [both, 200, 'Results'],
    [await ledger.get('/v1/stock/A'), 200, 'Stock'], [await ledger.get('/v1/stock'), 200, 'StockPage'],
    [await ledger.get('/v1/stock/A/events'), 200, 'History'],
    [await ledger.get('/v1/stock/A/explain'), 200, 'Explanation'],
    [await ledger.get('/v1/holds/cart-1'), 200, 'Hold'], [await ledger.get('/v1/orders/web/1'), 200, 'Order'],
    [await ledger.get('/v1/channels'), 200, 'Channels'], [await ledger.get('/v1/locations'), 200, 'Locations'],
    [await ledger.get('/v1/sinks'), 200, 'Sinks'], [await ledger.get('/v1/nothing'), 404, 'Problem'],
  ];
  for (const [answer, status, name] of answers) {
    assert.equal(answer.status, status, answer.text);
    assert.equal(schema(name)(answer.json), null, `${name}: ${answer.text}`);
  }
  const events = (await ledger.get('/v1/feed?follow=false')).text.trimEnd().split('\n');
  const complaint = schema('Event');
  assert.ok(events.length > 5);
  for (const line of events) assert.equal(complaint(JSON.parse(line)), null, line);

  const event = JSON.parse(events[0]);
  for (const other of [{specversion: '1.1'}, {time: 'yesterday'}, {id: undefined}, {sequence: '7'}, {data: {}}])
    assert.notEqual(complaint(JSON.parse(JSON.stringify({...event, ...other}))), null, JSON.stringify(other));
});

test('one byte that differs in an answer is seen', async (t) => {
  const ledger = await serve(t, kShop);
  await ledger.count('A', 10);
  const {text} = await ledger.get('/v1/stock/A');
  assert.equal(schema('Stock')(JSON.parse(text)), null);
  assert.notEqual(schema('Stock')(JSON.parse(text.replace('"on_hand"', '"on_hane"'))), null);
  assert.notEqual(schema('Stock')(JSON.parse(text.replace('"tracked":true', '"tracked":null'))), null);
});
