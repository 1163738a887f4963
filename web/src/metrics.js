// Prometheus text, read as far as the dashboard needs it: samples by name, and what happened
// between two readings.

/** name → [{labels, value}] */
export function parseMetrics(text) {
  const samples = new Map();
  for (const line of text.split('\n')) {
    const match = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (!match) continue;
    const pairs = [...(match[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
    const labels = Object.fromEntries(
      pairs.map(([, label, value]) => [
        label,
        value.replace(/\\(.)/g, (_, c) => (c === 'n' ? '\n' : c)),
      ]),
    );
    if (!samples.has(match[1])) samples.set(match[1], []);
    samples.get(match[1]).push({ labels, value: Number(match[3]) });
  }
  return samples;
}

export const total = (samples, name) =>
  (samples.get(name) ?? []).reduce((sum, sample) => sum + sample.value, 0);

/** How much a counter grew; a server that began anew counts from 0. */
export function growth(before, now, name) {
  const was = total(before, name);
  const is = total(now, name);
  return is >= was ? is - was : is;
}

/**
 * The quantile of what a histogram took between two readings, in its own unit; null when it took
 * nothing.
 */
export function quantile(before, now, name, wanted) {
  const read = (samples) =>
    new Map((samples.get(`${name}_bucket`) ?? []).map((s) => [s.labels.le, s.value]));
  const [was, is] = [read(before), read(now)];
  const buckets = [...is].map(([le, count]) => [
    le === '+Inf' ? Infinity : Number(le),
    count - (was.get(le) ?? 0),
  ]);
  buckets.sort((a, b) => a[0] - b[0]);
  const all = buckets.at(-1)?.[1] ?? 0;
  if (!(all > 0)) return null;
  let lower = 0;
  let below = 0;
  for (const [upper, count] of buckets) {
    if (count >= wanted * all) {
      if (upper === Infinity) return lower;
      return lower + ((upper - lower) * (wanted * all - below)) / Math.max(1, count - below);
    }
    [lower, below] = [upper, count];
  }
  return lower;
}
