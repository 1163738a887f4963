// What the browser tests share: the real binary, a real Chromium, and pages that note what they
// must not do. Environment: HOLDFAST_BINARY, HOLDFAST_TEST_MODULES (the folder npm installed into).
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const load = createRequire(join(process.env.HOLDFAST_TEST_MODULES, '/'));
const { chromium } = load('playwright-core');
export const AxeBuilder = load('@axe-core/playwright').default;

const binary = process.env.HOLDFAST_BINARY;
const PATIENCE_MS = 30_000;

export async function until(condition, what, ms = PATIENCE_MS) {
  const end = Date.now() + ms;
  for (;;) {
    const found = await condition();
    if (found) return found;
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

export class TempDir {
  constructor() {
    this.path = mkdtempSync(join(tmpdir(), 'holdfast-dashboard-'));
  }
  file(name, text) {
    const path = join(this.path, name);
    if (text !== undefined) writeFileSync(path, text);
    return path;
  }
  remove() {
    rmSync(this.path, { recursive: true, force: true, maxRetries: 10 });
  }
}

/** A running `holdfast`. */
class Holdfast {
  constructor(words, directory) {
    this.said = '';
    this.process = spawn(binary, words, {
      env: { ...process.env, TMPDIR: directory },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.process.stdout, this.process.stderr])
      stream.on('data', (bytes) => (this.said += bytes));
    this.ended = new Promise((done) => this.process.on('exit', done));
  }
  async kill() {
    this.process.kill('SIGKILL');
    await this.ended;
  }
}

/** The demo, and the address of the dashboard its banner prints. */
export async function startDemo(directory, words = []) {
  const demo = new Holdfast(['demo', ...words], directory.path);
  const address = () => /dashboard\s+(http:\S+)/.exec(demo.said)?.[1];
  demo.url = await until(address, 'the demo names its dashboard').catch(async (error) => {
    await demo.kill();
    throw new Error(`${error.message}: ${demo.said}`);
  });
  return demo;
}

/** `holdfast serve` with that configuration, on a free port or on that one. */
export async function startServer(directory, config, wanted = 0) {
  const ports = directory.file('ports.json');
  rmSync(ports, { force: true });
  const server = new Holdfast(
    [
      'serve',
      '--listen',
      `127.0.0.1:${wanted}`,
      '--data-dir',
      directory.file('data'),
      '--ports-file',
      ports,
      '--config',
      directory.file('shop.toml', config),
    ],
    directory.path,
  );
  const port = () => {
    try {
      return JSON.parse(readFileSync(ports, 'utf8')).http;
    } catch {
      return 0;
    }
  };
  const bound = await until(
    () => port() || server.process.exitCode !== null,
    'the server is ready',
  );
  if (bound === true) throw new Error(server.said);
  server.url = `http://127.0.0.1:${bound}/`;
  return server;
}

/** `holdfast WORDS` to its end; its standard output. */
export function run(words) {
  const done = spawnSync(binary, words, { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`${words.join(' ')}: ${done.stderr}`);
  return done.stdout;
}

/** A request of a client beside the browser; `key` makes a delta count once. */
export async function ask(server, path, body, { key, bearer, headers = {} } = {}) {
  const all = { ...headers };
  if (key) all['Idempotency-Key'] = key;
  if (bearer) all.Authorization = `Bearer ${bearer}`;
  if (body !== undefined) all['Content-Type'] = 'application/json';
  const answer = await fetch(new URL(path, server.url), {
    method: body === undefined ? 'GET' : 'POST',
    headers: all,
    body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
  });
  const value = await answer.json();
  if (!answer.ok) throw new Error(`${path}: ${JSON.stringify(value)}`);
  return value;
}

export const startBrowser = () =>
  chromium.launch({
    executablePath: process.env.HOLDFAST_CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-background-networking',
      '--no-first-run',
    ],
  });

/**
 * A page that remembers every request to elsewhere, every violation of its policy and every error.
 */
export async function openPage(browser, url, { expected = [], ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  page.complaints = [];
  page.expected = expected; // patterns of console errors that the test provokes
  const complain = (text) =>
    page.expected.some((pattern) => pattern.test(text)) || page.complaints.push(text);
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol !== 'data:' && origin !== new URL(url).origin)
      complain(`a request to elsewhere: ${request.url()}`);
  });
  page.on('pageerror', (error) => complain(`an error: ${error.message}`));
  page.on(
    'console',
    (message) => message.type() === 'error' && complain(`console: ${message.text()}`),
  );
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) =>
      console.error(`violates ${event.violatedDirective}: ${event.blockedURI}`),
    );
  });
  await page.goto(url);
  return page;
}

/** What axe finds, in words; empty = nothing. */
export async function axe(page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.map((node) => `${node.target} ${node.failureSummary}`).join('; ')}`,
  );
}

export const numberIn = (text) => Number(/[\d,]+/.exec(text)?.[0].replaceAll(',', '') ?? NaN);
export const answer = (page, which) => page.locator(`[data-answer=${which}]`).innerText();
export const live = (page) => page.locator('[data-state=live]').waitFor({ timeout: PATIENCE_MS });
