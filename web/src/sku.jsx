// One SKU: its balances, what each channel may sell, and why.
import { useEffect, useState } from 'preact/hooks';
import { get } from './api.js';
import { EventHead, Row } from './events.jsx';
import { Dialog, Pill, Scroller } from './parts.jsx';
import { accountWord, count, dateOf, many, signed, units } from './text.js';

const ACCOUNTS = [
  'available',
  'held',
  'committed',
  'damaged',
  'quality_control',
  'on_hand',
  'incoming',
  'in_transit',
];
const LEFT_OUT = {
  untracked: 'not tracked yet',
  not_sellable: 'does not sell',
  not_in_channel: 'not a place of this channel',
};

/** Read again when the mirror saw the SKU move, at most once a second. */
function useAccount(sku, skuSeq) {
  const [account, setAccount] = useState({});
  useEffect(() => {
    const abort = new AbortController();
    const path = `/v1/stock/${encodeURIComponent(sku)}`;
    const timer = setTimeout(
      async () => {
        try {
          const [why, history] = await Promise.all([
            get(`${path}/explain`, abort.signal),
            get(`${path}/events?limit=20`, abort.signal),
          ]);
          setAccount({ why, events: history.events });
        } catch (problem) {
          if (!abort.signal.aborted) setAccount((before) => ({ ...before, problem }));
        }
      },
      account.why ? 1000 : 0,
    );
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [sku, skuSeq]);
  return account;
}

function Balances({ places }) {
  return (
    <Scroller label="Balances by place">
      <table class="data">
        <thead>
          <tr>
            <th scope="col">Place</th>
            {ACCOUNTS.map((account) => (
              <th key={account} scope="col" class="number">
                {accountWord(account)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {places.map((place) => (
            <tr key={place.location}>
              <th scope="row">
                {place.location} {!place.tracked && <Pill tone="quiet">not tracked</Pill>}
              </th>
              {ACCOUNTS.map((account) => (
                <td
                  key={account}
                  class={`number ${account === 'available' ? 'strong' : ''} ${place[account] < 0 ? 'bad-text' : ''}`}
                >
                  {place[account] ? count(place[account]) : <span class="faint">–</span>}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

const dealt = (term) =>
  term.left_out
    ? `${term.location}: ${LEFT_OUT[term.left_out] ?? term.left_out}`
    : `${term.location} ${count(term.dealt ?? 0)} of ${count(term.available ?? 0)}`;

function Channels({ channels }) {
  if (channels.length === 0) return <p class="empty">No channel sells it.</p>;
  return (
    <Scroller label="What each channel may sell">
      <table class="data">
        <thead>
          <tr>
            <th scope="col">Channel</th>
            <th scope="col" class="number">
              May sell
            </th>
            <th scope="col">Because</th>
            <th scope="col">From, in fill order</th>
          </tr>
        </thead>
        <tbody>
          {channels.map((channel) => (
            <tr key={channel.channel}>
              <th scope="row">{channel.channel}</th>
              <td class="number strong">{count(channel.available_to_sell)}</td>
              <td>
                {channel.available === null ? (
                  'no place of it is tracked'
                ) : (
                  <>
                    {count(channel.available)} available
                    {channel.buffer !== 0 && ` − ${count(channel.buffer)} buffer`}
                    {channel.oversell_limit !== 0 &&
                      ` + ${count(channel.oversell_limit)} oversell limit`}
                  </>
                )}
              </td>
              <td>
                {channel.terms
                  .filter((term) => term.left_out !== 'not_in_channel')
                  .map(dealt)
                  .join(', ')}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

function basis(from) {
  if (from.basis === 'count') return `The count of ${dateOf(from.counted_at)} (seq ${from.seq})`;
  if (from.basis === 'earlier') return `What stood after seq ${from.seq}`;
  return 'An empty place';
}

const changes = (change) =>
  Object.entries(change)
    .map(([account, by]) => `${accountWord(account)} ${signed(by)}`)
    .join(', ') || 'moved nothing';

function Why({ place }) {
  const opening = place.from ? changes(place.from.opening).replace('moved nothing', '0') : '';
  return (
    <div class="why">
      <h4>{place.location}</h4>
      {place.from && (
        <ol class="plain">
          <li>
            {basis(place.from)}
            <span class="number">{opening}</span>
          </li>
          {place.moved?.map((moved) => (
            <li key={moved.type}>
              {many(moved.events, 'event')} {moved.type}{' '}
              <span class="faint">
                seq {moved.seqs.slice(0, 3).join(', ')}
                {moved.seqs.length > 3 || moved.more ? ' …' : ''}
              </span>
              <span class="number">{changes(moved.change)}</span>
            </li>
          ))}
        </ol>
      )}
      {place.shortfall > 0 && (
        <p class="bad-text">{units(place.shortfall)} promised that are not there.</p>
      )}
      {place.holds.length > 0 && (
        <p>
          Held by{' '}
          {place.holds
            .slice(0, 8)
            .map((hold) => `${hold.id} (${count(hold.units)})`)
            .join(', ')}
          {(place.held_by_others || place.holds.length > 8) && ' and others'}
        </p>
      )}
      {place.orders.length > 0 && (
        <p>
          Owed to{' '}
          {place.orders
            .slice(0, 8)
            .map((order) => `${order.channel} ${order.order} (${count(order.units)})`)
            .join(', ')}
          {(place.committed_by_others || place.orders.length > 8) && ' and others'}
        </p>
      )}
    </div>
  );
}

export function Sku({ model, sku, onClose }) {
  const { why, events, problem } = useAccount(sku, model.shelf.rows.get(sku)?.skuSeq);
  return (
    <Dialog title={sku} onClose={onClose} wide>
      {problem && <p class="refused">{problem.message}</p>}
      {!why && !problem && <p class="empty">Reading …</p>}
      {why && (
        <>
          <Balances places={why.locations} />
          <h3>What each channel may sell</h3>
          <Channels channels={why.channels} />
          <h3>Why these numbers</h3>
          <div class="whys">
            {why.locations.map((place) => (
              <Why key={place.location} place={place} />
            ))}
          </div>
          <h3>Its last events</h3>
          <Scroller label={`Events of ${sku}`}>
            <table class="data tight">
              <EventHead />
              <tbody>
                {events.map((event) => (
                  <Row key={event.id} event={event} />
                ))}
              </tbody>
            </table>
          </Scroller>
        </>
      )}
    </Dialog>
  );
}
