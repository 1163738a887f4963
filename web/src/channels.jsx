// Who hears and who tells: state and lag, and what an operator can do about it.
import { useState } from 'preact/hooks';
import { post } from './api.js';
import { Letters, Parked, Replay } from './channel_dialogs.jsx';
import { Dialog, Empty, Pill, Scroller, Section } from './parts.jsx';
import { count, sinkState } from './text.js';

const address = (kind, name) => `/v1/${kind}/${encodeURIComponent(name)}`;

/** Buttons that ask the server for something and say what came of it. */
function useActions(model, say) {
  const [busy, setBusy] = useState('');
  const act = async (path, done, body) => {
    setBusy(path);
    try {
      const answer = await post(path, body);
      say(typeof done === 'function' ? done(answer) : done);
      await model.readSinks();
      model.changed();
      return true;
    } catch (problem) {
      say(problem.message, true);
      return false;
    } finally {
      setBusy('');
    }
  };
  return [act, busy];
}

const Number = ({ value, onClick, label }) =>
  value > 0 ? (
    <button type="button" class="link" aria-label={label} onClick={onClick}>
      {count(value)}
    </button>
  ) : (
    <span class="faint">–</span>
  );

function SinkRow({ sink, act, busy, show }) {
  const state = sinkState(sink);
  const path = address('sinks', sink.name);
  const rests = sink.state !== 'active';
  return (
    <tr>
      <th scope="row">
        {sink.name}
        <span class="sub">{sink.deliver === 'stock' ? 'latest numbers' : 'every event'}</span>
      </th>
      <td>
        <Pill tone={state.tone}>{state.word}</Pill>
      </td>
      <td class="number">{state.lag}</td>
      <td class="number">{count(sink.delivered)}</td>
      <td class="number">{sink.failed ? count(sink.failed) : <span class="faint">–</span>}</td>
      <td class="number">{sink.parked ? count(sink.parked) : <span class="faint">–</span>}</td>
      <td class="number">
        <Number
          value={sink.dead_letters}
          label={`${sink.dead_letters} dead letters of ${sink.name}`}
          onClick={() => show({ letters: sink.name })}
        />
      </td>
      <td class="buttons">
        <button
          type="button"
          disabled={busy.startsWith(path)}
          onClick={() =>
            rests
              ? act(`${path}/resume`, `${sink.name} goes on.`)
              : act(
                  `${path}/pause`,
                  `${sink.name} is paused: it is told nothing until it is resumed.`,
                )
          }
          aria-label={`${rests ? 'Resume' : 'Pause'} ${sink.name}`}
        >
          {rests ? 'Resume' : 'Pause'}
        </button>
        <button
          type="button"
          onClick={() => show({ replay: sink })}
          aria-label={`Replay ${sink.name}`}
        >
          Replay …
        </button>
        {sink.mode === 'observe' && (
          <button
            type="button"
            onClick={() => show({ activate: sink.name })}
            aria-label={`Activate ${sink.name}`}
          >
            Activate …
          </button>
        )}
      </td>
    </tr>
  );
}

function SourceRow({ source, act, busy, show }) {
  const path = address('sources', source.name);
  return (
    <tr>
      <th scope="row">{source.name}</th>
      <td>
        <Pill tone={source.paused ? 'warn' : 'good'}>{source.paused ? 'paused' : 'active'}</Pill>
      </td>
      <td class="number">{count(source.deliveries)}</td>
      <td class="number">{count(source.recorded)}</td>
      <td class="number">{count(source.duplicates)}</td>
      <td class="number">
        {source.unauthorized ? count(source.unauthorized) : <span class="faint">–</span>}
      </td>
      <td class="number">
        <Number
          value={source.parked}
          label={`${source.parked} parked deliveries of ${source.name}`}
          onClick={() => show({ parked: source.name })}
        />
      </td>
      <td class="buttons">
        <button
          type="button"
          disabled={busy.startsWith(path)}
          onClick={() =>
            source.paused
              ? act(`${path}/resume`, `${source.name} is heard again.`)
              : act(
                  `${path}/pause`,
                  `${source.name} is paused: its sender is told to come again later.`,
                )
          }
          aria-label={`${source.paused ? 'Resume' : 'Pause'} source ${source.name}`}
        >
          {source.paused ? 'Resume' : 'Pause'}
        </button>
      </td>
    </tr>
  );
}

const Columns = ({ names }) => (
  <thead>
    <tr>
      {names.map((name, i) => (
        <th key={name} scope="col" class={i > 1 && name !== 'Actions' ? 'number' : ''}>
          {name === 'Actions' ? <span class="sr">{name}</span> : name}
        </th>
      ))}
    </tr>
  </thead>
);

const Errors = ({ items }) => {
  const told = items.filter((item) => item.last_error);
  if (!told.length) return null;
  return (
    <ul class="errors">
      {told.map((item) => (
        <li key={item.name}>
          <strong>{item.name}</strong> {item.last_error}
        </li>
      ))}
    </ul>
  );
};

export function Channels({ model, say }) {
  const [act, busy] = useActions(model, say);
  const [shown, show] = useState(null);
  const sinks = model.sinks ?? [];
  const sources = model.sources ?? [];
  const close = () => show(null);
  return (
    <Section
      id="channels"
      title="Channels"
      refused={model.refused.sinks}
      note="who hears of every change, and who tells of theirs"
    >
      <h3>Sinks: the way out</h3>
      {sinks.length === 0 ? (
        <Empty>No sink is configured: nobody is told.</Empty>
      ) : (
        <Scroller label="Sinks">
          <table class="data">
            <Columns
              names={[
                'Sink',
                'State',
                'Lag',
                'Delivered',
                'Failed',
                'SKUs waiting',
                'Dead letters',
                'Actions',
              ]}
            />
            <tbody>
              {sinks.map((sink) => (
                <SinkRow key={sink.name} {...{ sink, act, busy, show }} />
              ))}
            </tbody>
          </table>
        </Scroller>
      )}
      <Errors items={sinks} />
      <h3>Sources: the way in</h3>
      {sources.length === 0 ? (
        <Empty>No source is configured.</Empty>
      ) : (
        <Scroller label="Sources">
          <table class="data">
            <Columns
              names={[
                'Source',
                'State',
                'Deliveries',
                'Recorded',
                'Told before',
                'Wrongly signed',
                'Parked',
                'Actions',
              ]}
            />
            <tbody>
              {sources.map((source) => (
                <SourceRow key={source.name} {...{ source, act, busy, show }} />
              ))}
            </tbody>
          </table>
        </Scroller>
      )}
      <Errors items={sources} />
      {shown?.letters && (
        <Letters
          name={shown.letters}
          path={address('sinks', shown.letters)}
          act={act}
          onClose={close}
        />
      )}
      {shown?.parked && (
        <Parked
          name={shown.parked}
          path={address('sources', shown.parked)}
          act={act}
          onClose={close}
        />
      )}
      {shown?.replay && (
        <Replay
          sink={shown.replay}
          path={address('sinks', shown.replay.name)}
          act={act}
          onClose={close}
        />
      )}
      {shown?.activate && (
        <Dialog title={`Activate ${shown.activate}?`} onClose={close}>
          <p>
            So far it notes what it would tell. From now on its receiver is told, beginning with the
            latest number of every SKU.
          </p>
          <p class="dialog-buttons">
            <button
              type="button"
              class="main"
              onClick={async () => {
                if (
                  await act(
                    `${address('sinks', shown.activate)}/activate`,
                    `${shown.activate} is active.`,
                  )
                )
                  close();
              }}
            >
              Activate
            </button>
          </p>
        </Dialog>
      )}
    </Section>
  );
}
