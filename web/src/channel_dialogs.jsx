// What was given up on the way out, what could not be booked on the way in, and telling it again.
import { useEffect, useState } from 'preact/hooks';
import { get } from './api.js';
import { Dialog, Empty, Scroller } from './parts.jsx';
import { count, dateOf, many } from './text.js';

function useList(path, member) {
  const [list, setList] = useState(null);
  const [problem, setProblem] = useState(null);
  const read = () => get(path).then((answer) => setList(answer[member]), setProblem);
  useEffect(() => {
    read();
  }, [path]);
  return [list, problem, read];
}

const Listed = ({ list, problem, none, children }) =>
  problem ? (
    <p class="refused">{problem.message}</p>
  ) : list === null ? (
    <Empty>Reading …</Empty>
  ) : list.length === 0 ? (
    <Empty>{none}</Empty>
  ) : (
    children
  );

export function Letters({ name, path, act, onClose }) {
  const [list, problem, read] = useList(`${path}/dead-letters`, 'dead_letters');
  const again = async (seqs) => {
    const what = seqs ? 'It is' : 'All are';
    if (
      await act(
        `${path}/dead-letters/redeliver`,
        `${what} on the way to ${name} again.`,
        seqs ? { seqs } : {},
      )
    )
      read();
  };
  return (
    <Dialog title={`Dead letters of ${name}`} onClose={onClose} wide>
      <p>Deliveries that were given up. Mend the receiver first; then tell them again.</p>
      <Listed list={list} problem={problem} none="There are none.">
        <Scroller label="Dead letters">
          <table class="data">
            <thead>
              <tr>
                <th scope="col">Seq</th>
                <th scope="col">SKU</th>
                <th scope="col">Given up</th>
                <th scope="col" class="number">
                  Attempts
                </th>
                <th scope="col">Reason</th>
                <th scope="col">
                  <span class="sr">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {list?.map((letter) => (
                <tr key={letter.seq}>
                  <th scope="row">{letter.seq}</th>
                  <td>{letter.sku || <span class="faint">a setting</span>}</td>
                  <td class="faint">{dateOf(letter.at)}</td>
                  <td class="number">{count(letter.attempts)}</td>
                  <td>{letter.reason}</td>
                  <td class="buttons">
                    <button
                      type="button"
                      aria-label={`Tell seq ${letter.seq} again`}
                      onClick={() => again([letter.seq])}
                    >
                      Tell again
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroller>
        <p class="dialog-buttons">
          <button type="button" class="main" onClick={() => again()}>
            Tell all {count(list?.length)} again
          </button>
        </p>
      </Listed>
    </Dialog>
  );
}

const outcome = (answer) =>
  `${many(answer.deliveries, 'delivery', 'deliveries')} tried again: ${count(answer.recorded)} recorded, ` +
  `${count(answer.duplicates)} told before, ${count(answer.parked)} still parked.`;

export function Parked({ name, path, act, onClose }) {
  const [list, problem, read] = useList(`${path}/parked`, 'parked');
  const again = async (ids) => {
    if (await act(`${path}/parked/redeliver`, outcome, ids ? { delivery_ids: ids } : {})) read();
  };
  return (
    <Dialog title={`Parked deliveries of ${name}`} onClose={onClose} wide>
      <p>
        They were signed and understood, and could not be booked. Mend the cause in the
        configuration; then book them anew.
      </p>
      <Listed list={list} problem={problem} none="There are none.">
        <Scroller label="Parked deliveries">
          <table class="data">
            <thead>
              <tr>
                <th scope="col">Parked</th>
                <th scope="col">Delivery</th>
                <th scope="col">Item</th>
                <th scope="col">Reason</th>
                <th scope="col">
                  <span class="sr">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {list?.map((item, i) => (
                <tr key={`${item.delivery_id} ${i}`}>
                  <td class="faint">{dateOf(item.at)}</td>
                  <th scope="row">{item.delivery_id}</th>
                  <td>{item.item}</td>
                  <td>
                    {item.reason} <span class="faint">{item.code}</span>
                  </td>
                  <td class="buttons">
                    {item.redeliverable && (
                      <button
                        type="button"
                        aria-label={`Book ${item.delivery_id} anew`}
                        onClick={() => again([item.delivery_id])}
                      >
                        Book anew
                      </button>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroller>
        <p class="dialog-buttons">
          <button type="button" class="main" onClick={() => again()}>
            Book all anew
          </button>
        </p>
      </Listed>
    </Dialog>
  );
}

export function Replay({ sink, path, act, onClose }) {
  const [from, setFrom] = useState('1');
  const [to, setTo] = useState('');
  const submit = async (event) => {
    event.preventDefault();
    const body = { from: Math.floor(Number(from)) };
    if (to) body.to = Math.floor(Number(to));
    const what = to ? `seq ${body.from} to ${body.to}` : `everything from seq ${body.from} on`;
    if (await act(`${path}/replay`, `${sink.name} is told ${what} again.`, body)) onClose();
  };
  return (
    <Dialog title={`Replay ${sink.name}`} onClose={onClose}>
      <form onSubmit={submit}>
        <p>
          {sink.deliver === 'stock'
            ? 'Its receiver is told the latest number of every SKU that these events touched.'
            : 'Its receiver is told these events again, each with the id it had: one that keeps to ids counts nothing twice.'}
        </p>
        <div class="fields">
          <label>
            From seq
            <input
              type="number"
              min="1"
              required
              value={from}
              onInput={(event) => setFrom(event.currentTarget.value)}
            />
          </label>
          <label>
            To seq
            <input
              type="number"
              min="1"
              placeholder="now"
              value={to}
              onInput={(event) => setTo(event.currentTarget.value)}
            />
          </label>
        </div>
        <p class="dialog-buttons">
          <button type="submit" class="main">
            Tell again
          </button>
        </p>
      </form>
    </Dialog>
  );
}
