// What happens, as it happens: newest first.
import { useState } from 'preact/hooks';
import { Empty, Scroller, Section } from './parts.jsx';
import { accountWord, count, timeOf } from './text.js';

const ROWS = 40;
const KINDS = [
  ['all', 'Everything', () => true],
  [
    'sold',
    'Sales and orders',
    (type) => type === 'stock.sold' || type === 'hold.committed' || type.startsWith('order.'),
  ],
  ['holds', 'Holds', (type) => type.startsWith('hold.')],
  [
    'stock',
    'Goods',
    (type) => (type.startsWith('stock.') && type !== 'stock.sold') || type.startsWith('transfer.'),
  ],
  [
    'ledger',
    'Warnings and settings',
    (type) => /^(shortfall|availability|channel|location|sku|ledger)\.|discrepancy/.test(type),
  ],
];

function what({ data }) {
  if (data.from && data.quantity) return `${accountWord(data.from)} → ${accountWord(data.to)}`;
  if (data.ordered !== undefined) return `${count(data.ordered)} ordered`;
  if (data.missing !== undefined) return `${count(data.missing)} missing`;
  if (data.level)
    return `${data.level}${data.available_to_sell === null ? '' : `, ${count(data.available_to_sell)} to sell`}`;
  return data.reason ?? data.status ?? '';
}

const who = ({ data }) => data.channel ?? data.source ?? '';
const where = ({ data }) => [data.location, data.to_location].filter(Boolean).join(' → ');

export function Row({ event, open }) {
  const { data } = event;
  return (
    <tr>
      <td class="faint">{timeOf(data.recorded_at)}</td>
      <th scope="row">{event.type}</th>
      {open && (
        <td>
          {data.sku && (
            <button type="button" class="link" onClick={() => open(data.sku)}>
              {data.sku}
            </button>
          )}
        </td>
      )}
      <td class="number">{data.quantity ? count(data.quantity) : ''}</td>
      <td>{what(event)}</td>
      <td>{where(event)}</td>
      <td>
        {who(event)}
        {data.order && <span class="faint"> {data.order}</span>}
      </td>
      {!open && <td class="number faint">{data.seq}</td>}
    </tr>
  );
}

export const EventHead = ({ sku }) => (
  <thead>
    <tr>
      <th scope="col">Time</th>
      <th scope="col">Event</th>
      {sku && <th scope="col">SKU</th>}
      <th scope="col" class="number">
        Units
      </th>
      <th scope="col">Movement</th>
      <th scope="col">Place</th>
      <th scope="col">Who</th>
      {!sku && (
        <th scope="col" class="number">
          Seq
        </th>
      )}
    </tr>
  </thead>
);

export function Events({ model, open }) {
  const [kind, setKind] = useState('all');
  const [, redraw] = useState(0);
  const events = model.held ?? model.events;
  const matches = KINDS.find(([id]) => id === kind)[2];
  const shown = [];
  for (const event of events) {
    if (matches(event.type)) shown.push(event);
    if (shown.length === ROWS) break;
  }
  const hold = () => {
    model.held = model.held ? null : [...model.events];
    redraw((n) => n + 1);
  };
  return (
    <Section
      id="events"
      title="Live events"
      refused={model.refused.feed}
      note={model.held ? 'held still; nothing is lost' : 'newest first'}
      actions={
        <div class="tools">
          <label>
            <span class="sr">Kind of event</span>
            <select value={kind} onChange={(event) => setKind(event.currentTarget.value)}>
              {KINDS.map(([id, name]) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          <button type="button" aria-pressed={model.held !== null} onClick={hold}>
            {model.held ? 'Follow again' : 'Hold still'}
          </button>
        </div>
      }
    >
      {shown.length === 0 ? (
        <Empty>{model.loaded ? 'Nothing has happened yet.' : 'Reading …'}</Empty>
      ) : (
        <Scroller label="Table of live events">
          <table class="data tight">
            <EventHead sku />
            <tbody>
              {shown.map((event) => (
                <Row key={event.id} event={event} open={open} />
              ))}
            </tbody>
          </table>
        </Scroller>
      )}
    </Section>
  );
}
