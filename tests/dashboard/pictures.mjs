// node pictures.mjs FOLDER: the pictures of docs/dashboard.md, taken of the demo. `./dev pictures`
// runs it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  answer,
  live,
  numberIn,
  openPage,
  startBrowser,
  startDemo,
  TempDir,
  until,
} from './kit.mjs';

const folder = process.argv[2];
const directory = new TempDir();
const demo = await startDemo(directory);
const browser = await startBrowser();
try {
  const save = async (page, name) => {
    await page.mouse.move(0, 0); // nothing is pointed at
    writeFileSync(join(folder, `${name}.png`), await page.screenshot());
  };
  const open = async (colorScheme, viewport, options = {}) => {
    const page = await openPage(browser, demo.url, {
      colorScheme,
      viewport,
      deviceScaleFactor: 1,
      ...options,
    });
    await live(page);
    await page.locator('.answer .bars tr').nth(2).waitFor();
    return page;
  };
  const page = await open('light', { width: 1360, height: 850 });
  await until(
    async () => numberIn(await answer(page, 'sold')) > 60_000,
    'a good part of the day',
    90_000,
  );
  await page.getByRole('button', { name: 'Pause market', exact: true }).click();
  await until(async () => (await answer(page, 'lag')).startsWith('market lags'), 'market lags');
  await page
    .locator('.toast:not([hidden])')
    .waitFor({ state: 'detached' })
    .catch(() => {});
  await until(
    async () => (await page.locator('.toast:not([hidden])').count()) === 0,
    'the message is gone',
  );
  await page.evaluate(() => scrollTo(0, 0));
  await save(page, 'dashboard');
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.evaluate(() =>
    document.getElementById('channels').scrollIntoView({ behavior: 'instant' }),
  );
  await until(async () => (await page.locator('#flow canvas').count()) === 3, 'three charts');
  await save(page, 'dashboard-channels');
  await page.emulateMedia({ colorScheme: 'light' });
  await page.evaluate(() => scrollTo(0, 0));
  await page.locator('#stock tbody button').first().click();
  await page.getByRole('dialog').getByText('Its last events').waitFor();
  await save(page, 'dashboard-sku');
} finally {
  await browser.close();
  await demo.kill();
  directory.remove();
}
