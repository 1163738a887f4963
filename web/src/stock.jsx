// Every SKU, searched and sorted; a row opens the account behind it.
import { useEffect, useRef, useState } from 'preact/hooks';
import { get } from './api.js';
import { Empty, Pill, Scroller, Section } from './parts.jsx';
import { count, many } from './text.js';

const PAGE = 25;
const COLUMNS = [
  ['sku', 'SKU'],
  ['sold', 'Sold'],
  ['left', 'Left'],
  ['held', 'Held'],
  ['committed', 'Committed'],
  ['aside', 'Not for sale'],
  ['incoming', 'Incoming'],
];
const FILTERS = [
  ['all', 'All'],
  ['out', 'Sold out'],
  ['short', 'Short'],
];
const RESORT_MS = 3000; // a table that jumps under the eye cannot be read

const wanted = (filter, row) =>
  filter === 'all' || (filter === 'out' ? row.tracked && row.left <= 0 : row.short > 0);

function select(shelf, { text, filter, sort, down }) {
  const needle = text.trim().toLowerCase();
  const rows = [];
  for (const row of shelf.rows.values()) {
    if (needle && !row.sku.toLowerCase().includes(needle)) continue;
    const line = { sku: row.sku, sold: row.sold, ...shelf.sums(row) };
    if (wanted(filter, line)) rows.push(line);
  }
  const names = (a, b) => (a.sku < b.sku ? -1 : 1);
  const order = sort === 'sku' ? names : (a, b) => a[sort] - b[sort] || names(b, a);
  return rows.sort(down ? (a, b) => order(b, a) : order);
}

/** The order stays while somebody points at the table, and for a while otherwise. */
function useOrder(shelf, settings) {
  const kept = useRef({ at: 0, settings: null, skus: [], size: 0 });
  const pointed = useRef(false);
  const now = Date.now();
  const old = kept.current;
  const same = old.settings && JSON.stringify(old.settings) === JSON.stringify(settings);
  if (!same || old.size === 0 || (!pointed.current && now - old.at > RESORT_MS)) {
    const skus = select(shelf, settings).map((row) => row.sku);
    kept.current = { at: now, settings, skus, size: shelf.rows.size };
  }
  return [kept.current.skus, (is) => (pointed.current = is)];
}

function Head({ column: [id, name], sort, down, onSort }) {
  const sorted = sort === id ? (down ? 'descending' : 'ascending') : undefined;
  return (
    <th scope="col" class={id === 'sku' ? '' : 'number'} aria-sort={sorted}>
      <button type="button" class="sort" onClick={() => onSort(id)}>
        {name}
        <span aria-hidden="true">{sorted ? (down ? ' ↓' : ' ↑') : ''}</span>
      </button>
    </th>
  );
}

function Line({ shelf, sku, open }) {
  const row = shelf.rows.get(sku);
  if (!row) return null;
  const sums = shelf.sums(row);
  return (
    <tr>
      <th scope="row">
        <button type="button" class="link" onClick={() => open(sku)}>
          {sku}
        </button>
        {sums.short > 0 && <Pill tone="bad">short {count(sums.short)}</Pill>}
        {sums.tracked && sums.left <= 0 && sums.short === 0 && <Pill tone="quiet">sold out</Pill>}
        {!sums.tracked && <Pill tone="quiet">not tracked</Pill>}
      </th>
      <td class="number">{row.sold ? count(row.sold) : '–'}</td>
      <td class="number strong">{sums.tracked ? count(sums.left) : '–'}</td>
      {['held', 'committed', 'aside', 'incoming'].map((column) => (
        <td key={column} class="number">
          {sums[column] ? count(sums[column]) : '–'}
        </td>
      ))}
    </tr>
  );
}

/** A SKU beyond those the page keeps, or another name of one: asked for by its exact name. */
function useExact(text, none) {
  const [found, setFound] = useState({ text: '', sku: null });
  useEffect(() => {
    if (!none || !text.trim()) return undefined;
    const timer = setTimeout(async () => {
      const stock = await get(`/v1/stock/${encodeURIComponent(text.trim())}`).catch(() => null);
      setFound({ text, sku: stock?.sku ?? null });
    }, 300);
    return () => clearTimeout(timer);
  }, [text, none]);
  return found.text === text ? found.sku : null;
}

export function Stock({ model, open }) {
  const { shelf } = model;
  const [text, setText] = useState('');
  const [filter, setFilter] = useState('all');
  const [[sort, down], setSort] = useState(['sold', true]);
  const [shown, setShown] = useState(PAGE);
  const [skus, point] = useOrder(shelf, { text, filter, sort, down });
  const exact = useExact(text, model.loaded && skus.length === 0);
  const onSort = (id) => setSort([id, id === sort ? !down : id !== 'sku']);
  return (
    <Section
      id="stock"
      title="Stock"
      refused={model.refused.stock}
      note={model.loaded ? `${count(skus.length)} of ${many(shelf.rows.size, 'SKU')}` : 'reading …'}
      actions={
        <div class="tools">
          <label class="search">
            <span class="sr">Search SKUs</span>
            <input
              type="search"
              value={text}
              placeholder="Search SKUs"
              autocomplete="off"
              spellcheck={false}
              onInput={(event) => {
                setText(event.currentTarget.value);
                setShown(PAGE);
              }}
            />
          </label>
          <div class="chips" role="group" aria-label="Show">
            {FILTERS.map(([id, name]) => (
              <button
                key={id}
                type="button"
                aria-pressed={filter === id}
                onClick={() => {
                  setFilter(id);
                  setShown(PAGE);
                }}
              >
                {name}
              </button>
            ))}
          </div>
        </div>
      }
    >
      <Scroller
        label="Stock by SKU"
        onPointerEnter={(event) => event.pointerType === 'mouse' && point(true)}
        onPointerLeave={() => point(false)}
        onFocusIn={() => point(true)}
        onFocusOut={() => point(false)}
      >
        <table class="data">
          <thead>
            <tr>
              {COLUMNS.map((column) => (
                <Head key={column[0]} {...{ column, sort, down, onSort }} />
              ))}
            </tr>
          </thead>
          <tbody>
            {skus.slice(0, shown).map((sku) => (
              <Line key={sku} {...{ shelf, sku, open }} />
            ))}
          </tbody>
        </table>
      </Scroller>
      {model.loaded &&
        skus.length === 0 &&
        (exact ? (
          <Empty>
            Found by name:{' '}
            <button type="button" class="link" onClick={() => open(exact)}>
              {exact}
            </button>
          </Empty>
        ) : (
          <Empty>
            {text
              ? `No SKU has “${text.trim()}” in its name.`
              : filter === 'short'
                ? 'Nothing is short.'
                : filter === 'out'
                  ? 'Nothing is sold out.'
                  : 'No stock has been recorded yet.'}
          </Empty>
        ))}
      {skus.length > shown && (
        <button type="button" class="more" onClick={() => setShown(shown + 4 * PAGE)}>
          Show {count(Math.min(4 * PAGE, skus.length - shown))} more
        </button>
      )}
    </Section>
  );
}
