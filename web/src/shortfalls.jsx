// Promises beyond what there is: which, and whom they endanger.
import { Empty, Scroller, Section } from './parts.jsx';
import { count, units } from './text.js';

const named = (list, name, more) => {
  const shown = list
    .slice(0, 6)
    .map((one) => `${one[name]} (${count(one.endangered)})`)
    .join(', ');
  const rest = list.length - 6 + (more ?? 0);
  return rest > 0 ? `${shown} and ${count(rest)} more` : shown || '–';
};

export function Shortfalls({ model, open }) {
  const list = model.shortfalls ?? [];
  return (
    <Section
      id="shortfalls"
      title="Shortfalls"
      refused={model.refused.shortfalls}
      note="a fact took what had been promised: these promises are endangered, the newest first"
    >
      {list.length === 0 ? (
        <Empty>
          {model.shortfalls ? 'None. Nothing is promised that is not there.' : 'Reading …'}
        </Empty>
      ) : (
        <Scroller label="Table of shortfalls">
          <table class="data">
            <thead>
              <tr>
                <th scope="col">SKU</th>
                <th scope="col">Place</th>
                <th scope="col" class="number">
                  Missing
                </th>
                <th scope="col">Holds endangered</th>
                <th scope="col">Orders endangered</th>
              </tr>
            </thead>
            <tbody>
              {list.map((shortfall) => (
                <tr key={`${shortfall.sku} ${shortfall.location}`}>
                  <th scope="row">
                    <button type="button" class="link" onClick={() => open(shortfall.sku)}>
                      {shortfall.sku}
                    </button>
                  </th>
                  <td>{shortfall.location}</td>
                  <td class="number bad-text">{units(shortfall.quantity)}</td>
                  <td>{named(shortfall.holds, 'id')}</td>
                  <td>{named(shortfall.orders, 'order', shortfall.more)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroller>
      )}
    </Section>
  );
}
