/** @file Which key of the keyboard is which key of the remote, and when the keyboard drives the TV at all. */

/** @type {Readonly<{ [key: string]: string }>} */
const REMOTE = Object.freeze({
  ArrowUp: 'up', ArrowDown: 'down', ArrowLeft: 'left', ArrowRight: 'right', Enter: 'ok', Escape: 'back',
  h: 'home', m: 'menu', s: 'source', '+': 'volume_up', '-': 'volume_down',
  ...Object.fromEntries(Array.from({ length: 10 }, (_, digit) => [String(digit), `digit_${digit}`])),
});

/** Held down, only these go on; holding never repeats OK or digits (INV-B9 leaves them to the customer's own hand). */
const REPEATS = ['up', 'down', 'left', 'right', 'volume_up', 'volume_down'];

/** How each remote key's keyboard key is drawn on the pad; power has none, because it ends the session. */
export const LEGENDS = Object.freeze({ ok: 'Enter', back: 'Esc', home: 'H', menu: 'M', source: 'S', volume_up: '+', volume_down: '−' });

/** @param {KeyboardEvent} event @returns {string | null} The remote's key, or null where the event is the page's own. */
export function remoteKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return null;
  const key = REMOTE[event.key.length === 1 ? event.key.toLowerCase() : event.key] ?? null;
  if (!key || isTyping(event.target) || (key === 'ok' && isChosenControl(event.target))) return null;
  return event.repeat && !REPEATS.includes(key) ? null : key;
}

/** @param {EventTarget | null} target */
function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable
    || ['TEXTAREA', 'SELECT'].includes(target.tagName)
    || (target instanceof HTMLInputElement && !['checkbox', 'radio', 'button'].includes(target.type)));
}

/** Enter on a control that was reached by Tab is that control's. @param {EventTarget | null} target */
function isChosenControl(target) {
  return target instanceof Element && target.matches('button, a[href], [role="tab"], summary') && target.matches(':focus-visible');
}

/**
 * @typedef {'on' | 'off' | 'not_given'} KeyboardMode
 *
 * The mode in which keys drive the TV: F8 switches it, and where keys are not given they are the page's own.
 * @param {{ press: (key: string) => void, changed: (mode: KeyboardMode) => void }} given
 */
export function keyboardMode({ press, changed }) {
  let [on, allowed] = [true, true];
  const say = () => changed(!allowed ? 'not_given' : on ? 'on' : 'off');
  const toggle = () => {
    if (!allowed) return;
    on = !on;
    say();
  };
  /** @param {boolean} given */
  const allow = (given) => {
    if (given === allowed) return;
    allowed = given;
    say();
  };
  /** @param {KeyboardEvent} event */
  const heard = (event) => {
    if (event.key === 'F8') {
      event.preventDefault();
      if (!event.repeat) toggle();
      return;
    }
    const key = on && allowed ? remoteKey(event) : null;
    if (!key) return;
    event.preventDefault();
    press(key);
  };
  document.addEventListener('keydown', heard);
  say();
  return { toggle, allow, close: () => document.removeEventListener('keydown', heard) };
}
