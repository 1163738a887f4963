// A real `holdfast serve`, a receiver for what it sends, and requests to it: for the judges of this folder.
'use strict';

const assert = require('node:assert/strict');
const {spawn} = require('node:child_process');
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');

/** Asks until `condition` gives something true, and gives that. Fails after 30 s with what it was told last. */
async function until(what, condition) {
  const end = Date.now() + 30_000;
  for (;;) {
    const found = await condition();
    if (found) return found;
    assert.ok(Date.now() < end, `gave up waiting for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** An HTTP server on a free loopback port that keeps what it receives: {headers, body} each, body as Buffer. */
async function receiver(test) {
  const received = [];
  const server = http.createServer((request, response) => {
    const pieces = [];
    request.on('data', (piece) => pieces.push(piece));
    request.on('end', () => {
      received.push({headers: request.headers, body: Buffer.concat(pieces)});
      response.writeHead(204).end();
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  test.after(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return {url: `http://127.0.0.1:${server.address().port}/`, received};
}

/** Starts the server with this configuration; it is stopped when the test is over. */
async function serve(test, configuration) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'holdfast-judge-'));
  const ports = path.join(directory, 'ports');
  const settings = path.join(directory, 'holdfast.toml');
  fs.writeFileSync(settings, configuration, {mode: 0o600});
  const child = spawn(
    process.env.HOLDFAST_BINARY,
    ['serve', '--listen', '127.0.0.1:0', '--data-dir', path.join(directory, 'data'), '--config', settings,
      '--ports-file', ports],
    {stdio: ['ignore', 'ignore', 'pipe']});
  let said = '';
  child.stderr.on('data', (piece) => { said += piece; });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  test.after(async () => {
    child.kill('SIGTERM');
    await ended;
    fs.rmSync(directory, {recursive: true, force: true});
  });
  await until('the server', () => {
    assert.equal(child.exitCode, null, `the server has ended: ${said}`);
    return fs.existsSync(ports) && fs.statSync(ports).size > 0;
  });
  return client(`http://127.0.0.1:${JSON.parse(fs.readFileSync(ports, 'utf8')).http}`);
}

function client(base) {
  const ask = async (method, target, body, headers = {}) => {
    const answer = await fetch(base + target, {method, body, headers});
    const text = await answer.text();
    const type = answer.headers.get('content-type') ?? '';
    return {status: answer.status, type, text, json: type.includes('json') && !type.includes('ndjson')
      ? JSON.parse(text) : undefined};
  };
  const json = {'Content-Type': 'application/json'};
  return {
    base,
    ask,
    get: (target, headers) => ask('GET', target, undefined, headers),
    post: (target, value, headers) => ask('POST', target, JSON.stringify(value), {...json, ...headers}),
    put: (target, value) => ask('PUT', target, JSON.stringify(value), json),
    /** Counts `units` of the SKU, now or at the time given. */
    async count(sku, units, location = 'berlin', occurred_at = undefined) {
      const fact = {type: 'stock.counted', location, occurred_at, sku, counted: units};
      const answer = await ask('POST', '/v1/events', JSON.stringify(fact), json);
      assert.equal(answer.status, 201, answer.text);
    },
  };
}

/** The same bytes but one: the lowest bit of the byte in the middle. */
function tampered(bytes) {
  const other = Buffer.from(bytes);
  other[other.length >> 1] ^= 1;
  return other;
}

module.exports = {client, receiver, serve, tampered, until};
