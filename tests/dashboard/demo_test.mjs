// A newcomer opens the dashboard of `holdfast demo`: what was sold, what is left, which channel
// lags.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  answer,
  axe,
  numberIn,
  openPage,
  startBrowser,
  startDemo,
  TempDir,
  until,
} from './kit.mjs';

const directory = new TempDir();
let demo;
let browser;
let page;

before(async () => {
  [browser, demo] = await Promise.all([startBrowser(), startDemo(directory)]);
});

after(async () => {
  await browser?.close();
  await demo?.kill();
  directory.remove();
});

test('the three answers are there within ten seconds', async () => {
  const opened = Date.now();
  page = await openPage(browser, demo.url);
  await until(
    async () => numberIn(await answer(page, 'sold').catch(() => '')) > 0,
    'what was sold',
    10_000,
  );
  await until(async () => numberIn(await answer(page, 'left')) > 0, 'what is left', 10_000);
  await until(
    async () => /lags|None lags/.test(await answer(page, 'lag').catch(() => '')),
    'which channel lags',
    10_000,
  );
  const took = Date.now() - opened;
  console.log(
    `the three answers took ${took} ms: ${await answer(page, 'sold')} sold; ` +
      `${await answer(page, 'left')} left; ${await answer(page, 'lag')}`,
  );
  assert.ok(took < 10_000);
  // on the first screen, without scrolling
  for (const which of ['sold', 'left', 'lag']) {
    const box = await page.locator(`[data-answer=${which}]`).boundingBox();
    assert.ok(box.y + box.height < 400, which);
  }
  for (const channel of ['web', 'market', 'till'])
    await page
      .locator('.answer')
      .first()
      .getByRole('rowheader', { name: channel })
      .waitFor({ timeout: 10_000 });
});

test('they move with the day', async () => {
  const [sold, left] = [numberIn(await answer(page, 'sold')), numberIn(await answer(page, 'left'))];
  await until(async () => numberIn(await answer(page, 'sold')) > sold, 'more is sold');
  await until(async () => numberIn(await answer(page, 'left')) !== left, 'less is left');
  await page.locator('#events tbody tr').nth(10).waitFor();
});

test('a paused channel is named as the one that lags, until it is resumed', async () => {
  await page.getByRole('button', { name: 'Pause market', exact: true }).click();
  await until(
    async () => (await answer(page, 'lag')).startsWith('market lags'),
    'market lags',
    10_000,
  );
  await page.locator('.toast', { hasText: 'market is paused' }).waitFor();
  const row = page.locator('#channels tr', {
    has: page.getByRole('button', { name: 'Resume market', exact: true }),
  });
  assert.match(await row.innerText(), /paused/);
  await until(
    async () => numberIn((await row.locator('td').nth(1).innerText()).split(',')[1] ?? '') > 0,
    'its lag is shown',
  );
  await page.getByRole('button', { name: 'Resume market', exact: true }).click();
  await until(async () => (await answer(page, 'lag')).startsWith('None lags'), 'it caught up');
});

test('charts are drawn from what the server measures', async () => {
  await until(async () => (await page.locator('#flow canvas').count()) === 3, 'three charts');
  await until(
    async () => numberIn(await page.locator('#flow .legend b').first().innerText()) > 0,
    'events a second',
  );
});

test('axe finds nothing, in light and in dark, on a desk and on a phone', async () => {
  for (const colorScheme of ['light', 'dark']) {
    for (const viewport of [
      { width: 1440, height: 900 },
      { width: 390, height: 844 },
    ]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize(viewport);
      assert.deepEqual(await axe(page), [], `${colorScheme} ${viewport.width}`);
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(sideways <= 0, `the page scrolls sideways by ${sideways} at ${viewport.width}`);
    }
  }
});

test('nothing moves for those who asked for that', async () => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const moving = await page.evaluate(
    () =>
      [...document.querySelectorAll('*')].filter((element) => {
        const style = getComputedStyle(element);
        return (
          style.transitionDuration !== '0s' ||
          style.animationName !== 'none' ||
          style.scrollBehavior === 'smooth'
        );
      }).length,
  );
  assert.equal(moving, 0);
});

test('it asked nobody else for anything, and its policy was never violated', () => {
  assert.deepEqual(page.complaints, []);
});
