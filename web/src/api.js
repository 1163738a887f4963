// Requests to the ledger that served this page, with the key this tab was given.

const KEY = 'holdfast.key';

export const storedKey = () => sessionStorage.getItem(KEY) ?? '';
export const keepKey = (key) =>
  key ? sessionStorage.setItem(KEY, key) : sessionStorage.removeItem(KEY);
/** A key as `holdfast key create` prints it: nothing else is ever put into a header. */
export const looksLikeKey = (text) => /^hf_[A-Za-z0-9_-]{8,200}$/.test(text);

/** What the server, or the way to it, had to say. `status` 0: it could not be reached. */
export class Problem extends Error {
  constructor(status, code, detail, resumeAt) {
    super(detail);
    Object.assign(this, { status, code, resumeAt });
  }
}

async function problemOf(answer) {
  const body = await answer.json().catch(() => ({}));
  const detail = body.detail ?? body.title ?? `the server answered ${answer.status}`;
  return new Problem(answer.status, body.code ?? '', detail, body.resume_at);
}

async function send(path, { method = 'GET', body, accept = 'application/json', signal } = {}) {
  const headers = { Accept: accept };
  const key = storedKey();
  if (key) headers.Authorization = `Bearer ${key}`;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  let answer;
  try {
    answer = await fetch(path, {
      method,
      headers,
      signal,
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(0, 'unreachable', 'the server cannot be reached');
  }
  if (!answer.ok) throw await problemOf(answer);
  return answer;
}

export const get = async (path, signal) => (await send(path, { signal })).json();
export const getText = async (path, signal) =>
  (await send(path, { signal, accept: 'text/plain' })).text();
export const post = async (path, body) => (await send(path, { method: 'POST', body })).json();

/**
 * Pieces of text as they arrive. `onBytes` hears of each, comments that only keep the stream alive
 * included.
 */
async function* pieces(answer, onBytes) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      onBytes?.();
      yield value;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** The lines of an NDJSON answer, parsed. */
export async function* ndjson(path, signal) {
  let rest = '';
  for await (const piece of pieces(await send(path, { signal, accept: 'application/x-ndjson' }))) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop();
    for (const line of lines) if (line) yield JSON.parse(line);
  }
}

/**
 * Server-sent events by fetch: EventSource can send no key. Yields the parsed events of each piece
 * together; throws the problem the server ends a stream with.
 */
export async function* sse(path, signal, onBytes) {
  let rest = '';
  const answer = await send(path, { signal, accept: 'text/event-stream' });
  onBytes?.();
  for await (const piece of pieces(answer, onBytes)) {
    const blocks = (rest + piece).split('\n\n');
    rest = blocks.pop();
    const events = [];
    for (const block of blocks) {
      const data = block.split('\n').filter((line) => line.startsWith('data: '));
      if (!data.length) continue;
      const value = JSON.parse(data.map((line) => line.slice(6)).join('\n'));
      if (block.includes('event: problem\n'))
        throw new Problem(
          value.status ?? 503,
          value.code ?? '',
          value.detail ?? '',
          value.resume_at,
        );
      events.push(value);
    }
    if (events.length) yield events;
  }
}
