// A ledger that wants keys: the dashboard asks for one, keeps it in the tab, and says what the key
// may not see.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  answer,
  ask,
  axe,
  live,
  numberIn,
  openPage,
  run,
  startBrowser,
  startServer,
  TempDir,
  until,
} from './kit.mjs';

const directory = new TempDir();
let browser;
let server;
let page;
const keys = {};

const field = () => page.getByLabel('API key', { exact: true });
const enter = async (key) => {
  await field().fill(key);
  await page.getByRole('button', { name: 'Open' }).click();
};
const kept = (which) =>
  which.evaluate(() => ({
    session: Object.values(sessionStorage),
    local: Object.values(localStorage),
    cookie: document.cookie,
    address: location.href,
  }));

before(async () => {
  const data = directory.file('data');
  for (const [name, scopes] of [
    ['desk', 'admin,metrics,stock:read,stock:write,feed:read'],
    ['reader', 'stock:read'],
    ['tail', 'feed:read'],
  ])
    keys[name] = run([
      'key',
      'create',
      '--data-dir',
      data,
      '--name',
      name,
      '--scopes',
      scopes,
    ]).split('\n')[0];
  [browser, server] = await Promise.all([
    startBrowser(),
    startServer(
      directory,
      '[[channels]]\nid = "web"\nlocations = ["berlin"]\n[[sinks]]\nname = "out"\ntype = "noop"\n',
    ),
  ]);
  await ask(
    server,
    '/v1/events',
    { type: 'stock.counted', location: 'berlin', lines: [{ sku: 'TEE-M', counted: 10 }] },
    { bearer: keys.desk },
  );
  page = await openPage(browser, server.url, { expected: [/status of 40[13]/] });
});

after(async () => {
  await browser?.close();
  await server?.kill();
  directory.remove();
});

test('without a key the page asks for one, shows nothing, and is accessible', async () => {
  await page.getByRole('heading', { name: 'This ledger needs an API key' }).waitFor();
  assert.equal(await page.locator('section').count(), 0);
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    assert.deepEqual(await axe(page), []);
  }
});

test('what is no key is refused here, a wrong one by the server', async () => {
  await enter('hello\u00e9');
  await page.getByRole('alert').filter({ hasText: 'A key begins with hf_' }).waitFor();
  await enter(`${keys.desk.slice(0, -1)}${keys.desk.endsWith('x') ? 'y' : 'x'}`);
  await page.getByText('no such key').waitFor();
  assert.equal(await page.locator('section').count(), 0);
});

test('a key opens the ledger by keyboard, and stays in this tab alone', async () => {
  await field().focus();
  await page.keyboard.type(keys.desk);
  await page.keyboard.press('Enter');
  await live(page);
  await until(async () => numberIn(await answer(page, 'left')) === 10, 'what is left');
  await page.getByRole('button', { name: 'Pause out', exact: true }).waitFor();
  const where = await kept(page);
  assert.deepEqual(where.session, [keys.desk]);
  assert.deepEqual([where.local, where.cookie], [[], '']);
  assert.ok(!where.address.includes('hf_'));
  await page.reload();
  await live(page);
  const other = await page.context().newPage();
  await other.goto(server.url);
  await other.getByRole('heading', { name: 'This ledger needs an API key' }).waitFor();
  await other.close();
});

test('a live event comes with a key too', async () => {
  await ask(
    server,
    '/v1/events',
    { type: 'stock.received', location: 'berlin', sku: 'MUG', quantity: 3 },
    { bearer: keys.desk, key: 'k1' },
  );
  await page.locator('#events tbody tr', { hasText: 'MUG' }).first().waitFor();
});

test('parts that a key may not see say so, and the others work', async () => {
  await page.getByRole('button', { name: 'Forget the key' }).click();
  await enter(keys.reader);
  await live(page);
  await until(async () => numberIn(await answer(page, 'left')) === 13, 'stock is read');
  for (const [part, scope] of [
    ['events', 'feed:read'],
    ['channels', 'admin'],
    ['flow', 'metrics'],
  ])
    await page.locator(`#${part} .refused`, { hasText: scope }).waitFor();
  assert.deepEqual(await axe(page), []);
  await page.getByRole('button', { name: 'TEE-M', exact: true }).click();
  await page.getByRole('dialog', { name: 'TEE-M' }).getByText('Why these numbers').waitFor();
  await page.keyboard.press('Escape');
});

test('a key for the feed alone is told what happens from now on', async () => {
  await page.getByRole('button', { name: 'Forget the key' }).click();
  page.expected.push(/status of 410/);
  await enter(keys.tail);
  await page.locator('#stock .refused', { hasText: 'stock:read' }).waitFor();
  await live(page);
  await ask(
    server,
    '/v1/events',
    { type: 'stock.received', location: 'berlin', sku: 'CAP', quantity: 3 },
    { bearer: keys.desk, key: 'k2' },
  );
  await page.locator('#events tbody tr', { hasText: 'CAP' }).first().waitFor();
});

test('a forgotten key is gone, and so is what it showed', async () => {
  await page.getByRole('button', { name: 'Forget the key' }).click();
  await page.getByRole('heading', { name: 'This ledger needs an API key' }).waitFor();
  assert.deepEqual((await kept(page)).session, []);
  assert.equal(await page.locator('section').count(), 0);
});

test('a key that is deleted meanwhile shows nothing more', async () => {
  await enter(keys.reader);
  await live(page);
  run(['key', 'delete', 'reader', '--server', server.url, '--key', keys.desk]);
  await page.getByRole('heading', { name: 'This ledger needs an API key' }).waitFor();
});

test('it asked nobody else for anything, and its policy was never violated', () => {
  assert.deepEqual(page.complaints, []);
});
