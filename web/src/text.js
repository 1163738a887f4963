// Numbers, times and states in words.

const whole = new Intl.NumberFormat('en');
const clock = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const date = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

export const count = (number) =>
  number === null || number === undefined ? '–' : whole.format(number).replace('-', '−');
export const units = (number) => `${count(number)} ${number === 1 ? 'unit' : 'units'}`;
export const many = (number, one, more = `${one}s`) =>
  `${count(number)} ${number === 1 ? one : more}`;
export const signed = (number) => (number > 0 ? `+${count(number)}` : count(number));
export const timeOf = (text) => (text ? clock.format(new Date(text)) : '');
export const dateOf = (text) => (text ? date.format(new Date(text)) : '');

/** Milliseconds: "12 ms", "4.2 s", "3 min 10 s", "2 h 5 min". */
export function duration(ms) {
  if (ms < 10) return `${ms < 1 ? '<1' : Math.round(ms)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.floor((ms % 60_000) / 1000)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** The time, and the date where that was not today. */
export const momentOf = (text) =>
  new Date(text).toDateString() === new Date().toDateString() ? timeOf(text) : dateOf(text);

export const accountWord = (account) => (account ?? '').replace('_', ' ');

const LAGS_FROM_MS = 1000; // a delivery under way is no lag

/** A sink as a person would put it: {word, tone, late, lag}. Tones: good, quiet, warn, bad. */
export function sinkState(sink) {
  const behind = sink.lag_events > 0 || sink.lag_ms > 0;
  const late = sink.lag_ms >= LAGS_FROM_MS;
  const parts = [
    sink.lag_ms > 0 && duration(sink.lag_ms),
    sink.lag_events > 0 && many(sink.lag_events, 'event'),
  ];
  const lag = behind ? parts.filter(Boolean).join(', ') : 'up to date';
  if (sink.state === 'disabled') return { word: 'disabled', tone: 'bad', late: behind, lag };
  if (sink.state === 'paused') return { word: 'paused', tone: 'warn', late: behind, lag };
  if (sink.circuit === 'open') return { word: 'failing', tone: 'bad', late: behind, lag };
  if (sink.circuit === 'half-open') return { word: 'trying again', tone: 'warn', late, lag };
  if (sink.mode === 'observe') return { word: 'observing', tone: 'quiet', late, lag };
  if (late) return { word: 'late', tone: 'warn', late, lag };
  return { word: 'active', tone: 'good', late: false, lag: 'up to date' };
}
