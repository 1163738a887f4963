// The first screen: what was sold, what is left, which channel lags.
import { Bar, Refused } from './parts.jsx';
import { count, duration, many, momentOf, sinkState, units } from './text.js';

const ROWS = 5;

function Rows({ rows, of }) {
  if (rows.length === 0) return null;
  const shown = rows.slice(0, ROWS);
  const more = rows.slice(ROWS).reduce((sum, [, number]) => sum + number, 0);
  if (rows.length > ROWS) shown.push([`${rows.length - ROWS} more`, more]);
  return (
    <table class="bars">
      <tbody>
        {shown.map(([name, number]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="bar-cell">
              <Bar part={number} of={of} />
            </td>
            <td class="number">{count(number)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const byNumber = (map) => [...map].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));

function Sold({ model }) {
  const { sold } = model.shelf;
  const rows = byNumber(sold.byChannel);
  const since = sold.whole
    ? 'since the ledger began'
    : sold.since
      ? `since ${momentOf(sold.since)}`
      : '';
  return (
    <article class="answer" aria-labelledby="answer-sold">
      <h2 id="answer-sold">What was sold</h2>
      {model.refused.feed ? (
        <Refused problem={model.refused.feed} />
      ) : (
        <>
          <p class="figure" data-answer="sold">
            {count(sold.units)}{' '}
            <small>
              {sold.units === 1 ? 'unit' : 'units'} {since}
            </small>
          </p>
          <Rows rows={rows} of={rows[0]?.[1] ?? 0} />
          <p class="foot">
            {many(sold.takenBack, 'unit')} cancelled, {count(sold.returned)} returned
            {model.openHolds !== null && `; ${many(model.openHolds, 'cart')} open`}
          </p>
        </>
      )}
    </article>
  );
}

function Left({ model }) {
  const totals = model.shelf.totals();
  const rows = byNumber(totals.byPlace);
  const short = model.shortfalls?.length ?? 0;
  return (
    <article class="answer" aria-labelledby="answer-left">
      <h2 id="answer-left">What is left</h2>
      {model.refused.stock ? (
        <Refused problem={model.refused.stock} />
      ) : (
        <>
          <p class="figure" data-answer="left">
            {count(totals.left)}{' '}
            <small>
              {totals.left === 1 ? 'unit' : 'units'} of {many(totals.skus, 'SKU')}
            </small>
          </p>
          <Rows rows={rows} of={rows[0]?.[1] ?? 0} />
          <p class="foot">
            {many(totals.out, 'SKU')} sold out, {units(totals.held)} held in carts
            {short > 0 ? (
              <>
                ,{' '}
                <a class="bad-text" href="#shortfalls">
                  {many(short, 'shortfall')}
                </a>
              </>
            ) : (
              model.shortfalls && ', nothing sold twice'
            )}
            {!model.shelf.complete && model.loaded && (
              <span> (the first {many(model.shelf.rows.size, 'SKU')} by name)</span>
            )}
          </p>
        </>
      )}
    </article>
  );
}

function headline(sinks) {
  if (sinks.length === 0) return { text: 'Nobody listens', small: 'no sink is configured' };
  const late = sinks
    .filter(({ state }) => state.late || state.tone === 'bad')
    .sort((a, b) => b.sink.lag_ms - a.sink.lag_ms || b.sink.lag_events - a.sink.lag_events);
  if (late.length === 0) {
    const paused = sinks.filter(({ state }) => state.word === 'paused');
    if (paused.length)
      return { text: `${paused[0].sink.name} is paused`, small: 'and misses nothing yet' };
    return {
      text: 'None lags',
      small:
        sinks.length === 1 ? 'the channel is up to date' : `all ${sinks.length} are up to date`,
    };
  }
  const worst = late[0];
  const others = late.length > 1 ? ` and ${late.length - 1} more` : '';
  return { text: `${worst.sink.name} lags`, small: `${worst.state.lag}${others}`, bad: true };
}

/** The most in a minute, where that was more than a delivery under way. */
function peakText(lags) {
  const peak = Math.max(0, ...(lags ?? []));
  return peak < 1 ? '' : `at most ${duration(peak)}`;
}

function Lagging({ model }) {
  const refused = model.refused.sinks;
  const sinks = (model.sinks ?? []).map((sink) => ({ sink, state: sinkState(sink) }));
  const head = headline(sinks);
  return (
    <article class="answer" aria-labelledby="answer-lag">
      <h2 id="answer-lag">Which channel lags</h2>
      {refused ? (
        <Refused problem={refused} />
      ) : (
        model.sinks && (
          <>
            <p class={`figure ${head.bad ? 'warn-text' : ''}`} data-answer="lag">
              {head.text} <small>{head.small}</small>
            </p>
            <table class="bars lags">
              <thead class="sr">
                <tr>
                  <th scope="col">Channel</th>
                  <th scope="col">State</th>
                  <th scope="col">Lag now</th>
                  <th scope="col">Highest lag in a minute</th>
                </tr>
              </thead>
              <tbody>
                {sinks.slice(0, ROWS + 1).map(({ sink, state }) => (
                  <tr key={sink.name}>
                    <th scope="row">{sink.name}</th>
                    <td>
                      <span class={`dot ${state.tone}`} aria-hidden="true" />
                      {state.word}
                    </td>
                    <td class="number">{state.lag}</td>
                    <td class="number faint">{peakText(model.peaks.get(sink.name))}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            {sinks.length > 0 && (
              <p class="foot">
                <a href="#channels">
                  {sinks.length > ROWS + 1
                    ? `All ${sinks.length} channels`
                    : 'Pause, resume, replay'}
                </a>
              </p>
            )}
          </>
        )
      )}
    </article>
  );
}

export const Overview = ({ model }) => (
  <div class="answers">
    <Sold model={model} />
    <Left model={model} />
    <Lagging model={model} />
  </div>
);
