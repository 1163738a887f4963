// The dashboard of a shop whose numbers are known: exact stock, search, the account behind a
// number, the keyboard, and what an operator does to sinks and sources.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import {
  answer,
  ask,
  axe,
  live,
  numberIn,
  openPage,
  startBrowser,
  startServer,
  TempDir,
  until,
} from './kit.mjs';

const SECRET = 'correct horse battery staple';
const directory = new TempDir();
let browser;
let server;
let page;
let receiver;
let mended = false;
const heard = [];

const config = (url) => `
[[channels]]
id = "web"
locations = ["berlin", "leeds"]
buffer = 2
[[channels]]
id = "till"
locations = ["leeds"]
[[sinks]]
name = "erp"
type = "webhook"
url = "${url}"
allow_private_networks = ["127.0.0.0/8"]
retry = { schedule_s = [0] }
[[sinks]]
name = "shop"
type = "noop"
deliver = "stock"
channel = "web"
mode = "observe"
[[sources]]
name = "wms"
type = "generic"
secrets = ["${SECRET}"]
signature = { scheme = "hmac-sha256", header = "x-signature", encoding = "hex" }
[sources.mapping]
id = "/id"
type = { constant = "stock.received" }
sku = "/item"
location = "/site"
quantity = "/qty"
occurred_at = "/at"
`;

const deliver = (delivery) => {
  const body = JSON.stringify({ at: new Date().toISOString(), ...delivery });
  return ask(server, '/v1/sources/wms', body, {
    headers: { 'x-signature': createHmac('sha256', SECRET).update(body).digest('hex') },
  });
};

const button = (name) => page.getByRole('button', { name, exact: true });
const row = (table, name) =>
  page.locator(`#${table} tbody tr`, { has: page.getByRole('rowheader', { name }) });
const cells = async (line) => (await line.locator('td').allInnerTexts()).map((text) => text.trim());

before(async () => {
  receiver = createServer((request, reply) => {
    let body = '';
    request.on('data', (bytes) => (body += bytes));
    request.on('end', () => {
      if (mended) heard.push(JSON.parse(body));
      reply.writeHead(mended ? 200 : 400).end();
    });
  });
  await new Promise((done) => receiver.listen(0, '127.0.0.1', done));
  [browser, server] = await Promise.all([
    startBrowser(),
    startServer(directory, config(`http://127.0.0.1:${receiver.address().port}/`)),
  ]);
  await ask(server, '/v1/events', {
    type: 'stock.counted',
    location: 'berlin',
    lines: [
      { sku: 'TEE-M', counted: 10 },
      { sku: 'TEE-L', counted: 1 },
      { sku: 'MUG', counted: 40 },
    ],
  });
  await ask(server, '/v1/events', {
    type: 'stock.counted',
    location: 'leeds',
    lines: [{ sku: 'TEE-M', counted: 5 }],
  });
  await ask(server, '/v1/holds', {
    id: 'cart-1',
    channel: 'web',
    lines: [{ sku: 'TEE-M', quantity: 3 }],
  });
  await ask(server, '/v1/holds/cart-1/commit', { order: '1001' });
  await ask(server, '/v1/holds', {
    id: 'cart-2',
    channel: 'web',
    lines: [{ sku: 'TEE-M', quantity: 2 }],
  });
  await ask(
    server,
    '/v1/events',
    { type: 'stock.sold', channel: 'till', sku: 'TEE-M', location: 'leeds', quantity: 4 },
    { key: 'r1' },
  );
  page = await openPage(browser, server.url);
  await live(page);
});

after(async () => {
  await browser?.close();
  await server?.kill();
  receiver?.close();
  directory.remove();
});

test('what was sold and what is left are the ledger’s own numbers', async () => {
  await until(
    async () => numberIn(await answer(page, 'sold')) === 7,
    '3 by the web shop, 4 by the till',
  );
  await until(async () => numberIn(await answer(page, 'left')) === 47, '5 + 1 + 1 + 40');
  // [sold, left, held, committed, not for sale, incoming]
  assert.deepEqual(await cells(row('stock', 'TEE-M')), ['7', '6', '2', '3', '–', '–']);
});

test('the mirror follows every movement', async () => {
  await ask(server, '/v1/events', { type: 'order.cancelled', channel: 'web', order: '1001' });
  await ask(
    server,
    '/v1/events',
    {
      type: 'stock.moved',
      location: 'berlin',
      sku: 'MUG',
      quantity: 4,
      from: 'available',
      to: 'damaged',
    },
    { key: 'm1' },
  );
  await ask(
    server,
    '/v1/events',
    {
      type: 'transfer.dispatched',
      reference: 'T1',
      from: 'berlin',
      to: 'leeds',
      lines: [{ sku: 'MUG', quantity: 6 }],
    },
    { key: 't1' },
  );
  await ask(
    server,
    '/v1/events',
    { type: 'stock.received', location: 'leeds', sku: 'NEW', quantity: 9 },
    { key: 'n1' },
  );
  await until(async () => (await row('stock', 'NEW').count()) === 1, 'a SKU that is new');
  await until(
    async () => (await cells(row('stock', 'TEE-M')))[0] === '4',
    'the order was taken back',
  );
  assert.deepEqual(await cells(row('stock', 'TEE-M')), ['4', '9', '2', '–', '–', '–']);
  assert.deepEqual(await cells(row('stock', 'MUG')), ['–', '30', '–', '–', '4', '6']);
  const fresh = await openPage(browser, server.url);
  await live(fresh);
  const all = (which) => which.locator('#stock tbody tr').allInnerTexts();
  await until(async () => (await all(fresh)).length === 4, 'the page anew');
  assert.deepEqual(
    (await all(fresh)).sort(),
    (await all(page)).sort(),
    'read anew it is what the mirror came to',
  );
  assert.deepEqual(fresh.complaints, []);
  await fresh.context().close();
});

test('by keyboard alone: skip link, search, a SKU’s account, and back', async () => {
  await page.reload();
  await live(page);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'To the content');
  await page.keyboard.press('Enter');
  const search = page.getByRole('searchbox', { name: 'Search SKUs' });
  for (
    let i = 0;
    i < 30 && !(await search.evaluate((field) => field === document.activeElement));
    ++i
  )
    await page.keyboard.press('Tab');
  await page.keyboard.type('tee');
  await until(async () => (await page.locator('#stock tbody tr').count()) === 2, 'two are found');
  const sku = button('TEE-M');
  for (
    let i = 0;
    i < 20 && !(await sku.first().evaluate((it) => it === document.activeElement));
    ++i
  )
    await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'TEE-M' });
  await dialog.getByText('What each channel may sell').waitFor();
  const text = await dialog.innerText();
  assert.match(text, /web\s+7\s+9 available − 2 buffer/);
  assert.match(text, /till\s+1\s+1 available/);
  assert.match(text, /The count of .* \(seq \d+\)/);
  assert.match(text, /Held by cart-2 \(2\)/);
  assert.match(text, /stock\.sold/);
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    assert.deepEqual(await axe(page), [], colorScheme);
  }
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  assert.ok(
    await sku.first().evaluate((it) => it === document.activeElement),
    'the focus is where it was',
  );
  page.expected.push(/status of 404/); // the server is asked for the exact name
  await search.fill('nothing of this name');
  await page.getByText('No SKU has “nothing of this name” in its name.').waitFor();
  await search.fill('');
});

test('columns sort, and say so', async () => {
  const head = page.getByRole('columnheader', { name: 'Left' });
  await head.getByRole('button').click();
  assert.equal(await head.getAttribute('aria-sort'), 'descending');
  await until(
    async () => (await page.locator('#stock tbody tr').first().innerText()).startsWith('MUG'),
    'most first',
  );
  await head.getByRole('button').click();
  await until(
    async () => (await page.locator('#stock tbody tr').first().innerText()).startsWith('TEE-L'),
    'least first',
  );
});

test('a promise that is no longer covered is shown with whom it endangers', async () => {
  await page.getByText('None. Nothing is promised that is not there.').waitFor();
  await ask(server, '/v1/holds', {
    id: 'cart-9',
    channel: 'web',
    lines: [{ sku: 'TEE-M', quantity: 6 }],
  });
  await ask(
    server,
    '/v1/events',
    { type: 'stock.adjusted', location: 'berlin', sku: 'TEE-M', delta: -4, reason: 'scrapped' },
    { key: 'a1' },
  );
  const line = row('shortfalls', 'TEE-M');
  await line.waitFor();
  assert.match(await line.innerText(), /berlin\s+\d+ units?\s+cart-9 \(\d+\)/);
  await page.getByText('1 shortfall', { exact: true }).waitFor();
});

test('a receiver that refuses: its dead letters are read and told again', async () => {
  const line = row('channels', 'erp');
  await until(async () => numberIn((await cells(line))[5]) >= 4, 'dead letters');
  mended = true;
  await line.getByRole('button', { name: /dead letters of erp/ }).click();
  const dialog = page.getByRole('dialog', { name: 'Dead letters of erp' });
  await dialog.getByRole('row', { name: /TEE-L/ }).first().waitFor();
  assert.deepEqual(await axe(page), []);
  await dialog.getByRole('button', { name: /^Tell all/ }).click();
  await until(() => heard.some((event) => event.subject === 'TEE-L'), 'the receiver heard');
  await dialog.getByRole('button', { name: 'Close' }).click();
  await until(async () => (await cells(line))[5] === '–', 'none is left');
});

test('a sink is paused, replayed and resumed; an observing one activated', async () => {
  await button('Pause erp').click();
  await button('Resume erp').waitFor();
  await button('Replay erp').click();
  const dialog = page.getByRole('dialog', { name: 'Replay erp' });
  await dialog.getByRole('spinbutton', { name: 'From seq' }).fill('2');
  assert.deepEqual(await axe(page), []);
  heard.length = 0;
  await dialog.getByRole('button', { name: 'Tell again' }).click();
  await dialog.waitFor({ state: 'detached' });
  await button('Resume erp').click();
  await button('Pause erp').waitFor();
  await until(() => heard.some((event) => event.data.seq === 2), 'seq 2 is told again');
  assert.match(await row('channels', 'shop').innerText(), /observing/);
  await button('Activate shop').click();
  await button('Activate').click();
  await until(async () => !/observing/.test(await row('channels', 'shop').innerText()), 'active');
});

test('a source is paused and resumed; what it parked is read and booked anew', async () => {
  await deliver({ id: 'd1', item: 'MUG', site: 'berlin', qty: 0 });
  const line = row('channels', 'wms');
  await until(async () => (await cells(line))[5] === '1', 'one is parked');
  await line.getByRole('button', { name: /parked deliveries of wms/ }).click();
  const dialog = page.getByRole('dialog', { name: 'Parked deliveries of wms' });
  await dialog.getByRole('row', { name: /d1/ }).waitFor();
  assert.deepEqual(await axe(page), []);
  await dialog.getByRole('button', { name: 'Book all anew' }).click();
  await page
    .locator('.toast', {
      hasText: '1 delivery tried again: 0 recorded, 0 told before, 1 still parked.',
    })
    .waitFor();
  await page.keyboard.press('Escape');
  await button('Pause source wms').click();
  await button('Resume source wms').click();
  await button('Pause source wms').waitFor();
});

test('the list of events can be held still', async () => {
  await button('Hold still').click();
  const first = () => page.locator('#events tbody tr').first().innerText();
  const before = await first();
  await ask(
    server,
    '/v1/events',
    { type: 'stock.received', location: 'leeds', sku: 'LATER', quantity: 1 },
    { key: 'l1' },
  );
  await row('stock', 'LATER').waitFor();
  assert.equal(await first(), before);
  await button('Follow again').click();
  await until(async () => /LATER/.test(await first()), 'it follows again');
});

test('a page of another origin can neither read the ledger nor frame its dashboard', async () => {
  const foreign = createServer((_, reply) =>
    reply
      .writeHead(200, { 'content-type': 'text/html' })
      .end(`<!doctype html><title>foreign</title><iframe src="${server.url}"></iframe>`),
  );
  await new Promise((done) => foreign.listen(0, '127.0.0.1', done));
  const stranger = await openPage(browser, `http://127.0.0.1:${foreign.address().port}/`);
  const tried = await stranger.evaluate(async (url) => {
    const outcomes = [];
    for (const options of [
      {},
      { mode: 'no-cors' },
      { method: 'POST', mode: 'no-cors', body: '{}' },
    ])
      outcomes.push(
        await fetch(`${url}v1/stock`, options).then(
          (it) => it.type,
          () => 'refused',
        ),
      );
    return outcomes;
  }, server.url);
  assert.equal(tried[0], 'refused', 'cross-origin reads');
  const framed = stranger.frames().find((frame) => frame !== stranger.mainFrame());
  assert.equal(
    (await framed
      ?.locator('#app')
      .count()
      .catch(() => 0)) ?? 0,
    0,
    'frame-ancestors',
  );
  const events = await ask(server, '/v1/stock?limit=1');
  assert.ok(events.seq > 0, 'and the ledger goes on');
  await stranger.context().close();
  foreign.close();
});

test('a server that goes away and comes back is followed on', async () => {
  page.expected.push(
    /ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY_RESPONSE/,
  );
  await server.kill();
  await page.locator('[data-state=unreachable]').waitFor();
  server = await startServer(
    directory,
    config(`http://127.0.0.1:${receiver.address().port}/`),
    new URL(server.url).port,
  );
  await live(page);
  await ask(
    server,
    '/v1/events',
    { type: 'stock.received', location: 'leeds', sku: 'AFTER', quantity: 1 },
    { key: 'z1' },
  );
  await row('stock', 'AFTER').waitFor();
});

test('it asked nobody else for anything, and its policy was never violated', () => {
  assert.deepEqual(page.complaints, []);
});
