// What several views are made of.
import { useEffect, useRef } from 'preact/hooks';

export function Section({ id, title, note, actions, refused, children }) {
  return (
    <section id={id} aria-labelledby={`${id}-title`} tabIndex={-1}>
      <header class="section-head">
        <h2 id={`${id}-title`}>{title}</h2>
        {note && <p class="note">{note}</p>}
        {actions}
      </header>
      {refused ? <Refused problem={refused} /> : children}
    </section>
  );
}

/** A part this key may not see: the server's own words. */
export const Refused = ({ problem }) => <p class="refused">Not for this key: {problem.message}.</p>;

export const Empty = ({ children }) => <p class="empty">{children}</p>;

/** A state by word and by colour; never by colour alone. */
export const Pill = ({ tone, children }) => <span class={`pill ${tone}`}>{children}</span>;

/** The share of `of` as a bar, for the eye: the number stands beside it. */
export const Bar = ({ part, of }) => (
  <span class="bar" aria-hidden="true">
    <span style={{ width: `${of > 0 ? Math.max(0, Math.min(100, (100 * part) / of)) : 0}%` }} />
  </span>
);

/** A table that scrolls sideways on narrow screens, by keyboard too. */
export const Scroller = ({ label, children, ...rest }) => (
  <div class="scroller" role="region" aria-label={label} tabIndex={0} {...rest}>
    {children}
  </div>
);

export function Dialog({ title, onClose, children, wide }) {
  const dialog = useRef(null);
  useEffect(() => {
    const shown = dialog.current;
    const before = document.activeElement;
    shown.showModal();
    return () => {
      shown.close();
      if (before?.isConnected) before.focus();
    };
  }, []);
  const close = (event) => {
    event.preventDefault();
    onClose();
  };
  const outside = (event) => event.target === dialog.current && onClose();
  return (
    <dialog
      ref={dialog}
      class={wide ? 'wide' : ''}
      aria-labelledby="dialog-title"
      onCancel={close}
      onClick={outside}
    >
      <div class="dialog-body">
        <header class="section-head">
          <h2 id="dialog-title">{title}</h2>
          <button type="button" class="quiet" onClick={onClose}>
            Close
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
