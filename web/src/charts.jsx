// Throughput and latency of the last five minutes, one reading a second, from /metrics.
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { Section } from './parts.jsx';
import { count, duration } from './text.js';

const COLOURS = [
  '--series-1',
  '--series-2',
  '--series-3',
  '--series-4',
  '--series-5',
  '--series-6',
];
const HEIGHT = 130;

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function options(width, series, format) {
  const axis = {
    stroke: css('--muted'),
    grid: { stroke: css('--line'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
  };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [6, 30, 0, 0],
    scales: { y: { range: (_, low, high) => [0, high > 0 ? high * 1.15 : 1] } },
    axes: [
      {
        ...axis,
        size: 22,
        space: 80,
        values: (_, at) => at.map((t) => new Date(t * 1000).toTimeString().slice(0, 8)),
      },
      { ...axis, size: 54, space: 28, values: (_, at) => at.map(format) },
    ],
    series: [
      {},
      ...series.map(({ name, colour, dashed }) => ({
        label: name,
        stroke: css(colour),
        width: 1.5,
        points: { show: false },
        spanGaps: true,
        dash: dashed ? [4, 3] : undefined,
      })),
    ],
  };
}

function Chart({ title, series, times, format, now }) {
  const box = useRef(null);
  const plot = useRef(null);
  const names = series.map((one) => one.name).join('\n');
  const data = [times, ...series.map((one) => one.values)];
  const latest = useRef(data);
  latest.current = data;
  useEffect(() => {
    const draw = () => {
      plot.current?.destroy();
      plot.current = new uPlot(
        options(Math.max(120, box.current.clientWidth), series, format),
        latest.current,
        box.current,
      );
    };
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const sized = new ResizeObserver(() =>
      plot.current?.setSize({ width: Math.max(120, box.current.clientWidth), height: HEIGHT }),
    );
    draw();
    sized.observe(box.current);
    dark.addEventListener('change', draw);
    return () => {
      sized.disconnect();
      dark.removeEventListener('change', draw);
      plot.current?.destroy();
      plot.current = null;
    };
  }, [names]);
  useEffect(() => plot.current?.setData(data));
  return (
    <figure>
      <figcaption>
        <strong>{title}</strong>
        <span class="legend">
          {series.map((one, i) => (
            <span key={one.name}>
              <i
                class={`swatch ${one.dashed ? 'dashed' : ''}`}
                style={{ borderColor: `var(${one.colour})` }}
                aria-hidden="true"
              />
              {one.name} <b>{now[i]}</b>
            </span>
          ))}
        </span>
      </figcaption>
      <div class="plot" ref={box} aria-hidden="true" style={{ height: `${HEIGHT}px` }} />
    </figure>
  );
}

const perSecond = (value) =>
  value >= 10 || value === 0 ? count(Math.round(value)) : value.toFixed(1);
const milli = (value) => (value === null || value === undefined ? '–' : duration(value));
const orZero = (format) => (value) => (value === 0 ? '0' : format(value));

function last(samples, name) {
  for (let i = samples.length - 1; i >= 0 && i > samples.length - 10; --i)
    if (samples[i][name] !== null) return samples[i][name];
  return null;
}

export function Charts({ model }) {
  const { samples } = model;
  const times = samples.map((sample) => sample.at);
  const pick = (name) => samples.map((sample) => sample[name]);
  const end = samples.at(-1);
  const sinks = end ? [...end.lags.keys()].slice(0, COLOURS.length) : [];
  return (
    <Section
      id="flow"
      title="Throughput and latency"
      refused={model.refused.metrics}
      note="of the last five minutes; every answer waits for a flush"
    >
      <div class="charts">
        <Chart
          title="Per second"
          times={times}
          format={perSecond}
          series={[
            { name: 'events', colour: COLOURS[0], values: pick('events') },
            {
              name: 'commands answered',
              colour: COLOURS[1],
              dashed: true,
              values: pick('answers'),
            },
          ]}
          now={[end ? perSecond(end.events) : '–', end ? perSecond(end.answers) : '–']}
        />
        <Chart
          title="Flush to disk"
          times={times}
          format={orZero(milli)}
          series={[
            { name: 'median', colour: COLOURS[0], values: pick('flushP50') },
            { name: '99%', colour: COLOURS[1], dashed: true, values: pick('flushP99') },
          ]}
          now={[milli(last(samples, 'flushP50')), milli(last(samples, 'flushP99'))]}
        />
        <Chart
          title="Lag of channels"
          times={times}
          format={orZero((value) => duration(value * 1000))}
          series={sinks.map((name, i) => ({
            name,
            colour: COLOURS[i],
            values: samples.map((sample) => sample.lags.get(name) ?? null),
          }))}
          now={sinks.map((name) =>
            end.lags.get(name) > 0 ? duration(end.lags.get(name) * 1000) : 'none',
          )}
        />
      </div>
    </Section>
  );
}
