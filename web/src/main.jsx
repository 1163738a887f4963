// The page: who is connected to what, and the sections in the order of their questions.
import { render } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { looksLikeKey } from './api.js';
import { Channels } from './channels.jsx';
import { Charts } from './charts.jsx';
import { Events } from './events.jsx';
import { Model } from './model.js';
import { Overview } from './overview.jsx';
import { Shortfalls } from './shortfalls.jsx';
import { Sku } from './sku.jsx';
import { Stock } from './stock.jsx';

const model = new Model();
const SECTIONS = [
  ['stock', 'Stock'],
  ['events', 'Events'],
  ['channels', 'Channels'],
  ['shortfalls', 'Shortfalls'],
  ['flow', 'Throughput'],
];
const STATES = {
  live: ['good', 'live'],
  connecting: ['warn', 'connecting …'],
  unreachable: ['bad', 'not reachable, trying again'],
  locked: ['warn', 'needs a key'],
};

function Header() {
  const [tone, word] = STATES[model.state];
  return (
    <header class="top">
      <h1>
        <a href="/">Holdfast</a>
      </h1>
      <p class="connection" role="status" data-state={model.state}>
        <span class={`dot ${tone}`} aria-hidden="true" />
        {word}
      </p>
      {model.seq > 0 && (
        <p class="faint ledger">
          ledger {model.ledger || '–'}, event <span class="number">{model.seq}</span>
        </p>
      )}
      {model.state !== 'locked' && (
        <nav aria-label="Sections">
          {SECTIONS.map(([id, name]) => (
            <a key={id} href={`#${id}`}>
              {name}
            </a>
          ))}
        </nav>
      )}
      {model.hasKey() && model.state !== 'locked' && (
        <button type="button" class="quiet" onClick={() => model.forgetKey()}>
          Forget the key
        </button>
      )}
    </header>
  );
}

/** The key stays in this tab: sessionStorage, and the header of each request. */
function KeyForm() {
  const [wrong, setWrong] = useState('');
  const field = useRef(null);
  const submit = (event) => {
    event.preventDefault();
    const key = field.current.value.trim();
    if (!looksLikeKey(key))
      return setWrong('A key begins with hf_ and has letters, digits, - and _ only.');
    setWrong('');
    field.current.value = '';
    return model.tryKey(key);
  };
  return (
    <form class="key" onSubmit={submit}>
      <h2>This ledger needs an API key</h2>
      <p class={model.refusedKey ? 'bad-text' : ''}>
        {model.refusedKey
          ? `${model.locked.message}.`
          : 'Enter the one you were given, or make one:'}
        {!model.refusedKey && (
          <code>holdfast key create --name desk --scopes stock:read,feed:read,metrics,admin</code>
        )}
      </p>
      <label for="key">API key</label>
      <div class="key-row">
        <input
          id="key"
          ref={field}
          type="password"
          autocomplete="off"
          required
          aria-describedby="key-note key-wrong"
        />
        <button type="submit" class="main">
          Open
        </button>
        {model.hasKey() && (
          <button type="button" onClick={() => model.forgetKey()}>
            Go without
          </button>
        )}
      </div>
      <p id="key-wrong" class="bad-text" role="alert">
        {wrong}
      </p>
      <p id="key-note" class="faint">
        Kept in this tab until it is closed. What is shown follows its scopes: stock:read for stock,
        feed:read for events and what was sold, metrics for the charts, admin for channels.
      </p>
    </form>
  );
}

function Toast({ said }) {
  return (
    <div class="toasts">
      <p role="status" class="toast" hidden={!said || said.bad}>
        {said && !said.bad ? said.text : ''}
      </p>
      <p role="alert" class="toast bad" hidden={!said?.bad}>
        {said?.bad ? said.text : ''}
      </p>
    </div>
  );
}

function App() {
  const [, redraw] = useState(0);
  const [sku, open] = useState(null);
  const [said, say] = useState(null);
  const timer = useRef(0);
  useEffect(() => {
    const unsubscribe = model.subscribe(() => redraw((n) => n + 1));
    const seen = () =>
      document.hidden ? model.stop() : model.state !== 'locked' && model.resumeWork();
    document.addEventListener('visibilitychange', seen);
    model.start();
    return () => {
      unsubscribe();
      document.removeEventListener('visibilitychange', seen);
      model.stop();
    };
  }, []);
  const speak = (text, bad = false) => {
    clearTimeout(timer.current);
    say({ text, bad });
    timer.current = setTimeout(() => say(null), bad ? 15_000 : 6000);
  };
  return (
    <>
      <a class="skip" href="#main">
        To the content
      </a>
      <Header />
      <main id="main" tabIndex={-1}>
        {model.state === 'locked' ? (
          <KeyForm />
        ) : !model.met && model.state === 'connecting' ? (
          <p class="empty">Connecting …</p>
        ) : (
          <>
            <Overview model={model} />
            <div class="two">
              <Stock model={model} open={open} />
              <Events model={model} open={open} />
            </div>
            <Channels model={model} say={speak} />
            <Shortfalls model={model} open={open} />
            <Charts model={model} />
          </>
        )}
      </main>
      {sku !== null && model.state !== 'locked' && (
        <Sku key={sku} model={model} sku={sku} onClose={() => open(null)} />
      )}
      <Toast said={said} />
    </>
  );
}

const root = document.getElementById('app');
root.replaceChildren();
render(<App />, root);
