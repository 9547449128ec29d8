/** @file Which key of the keyboard is which key of the remote, and when the keyboard drives the TV at all. */

/** @type {Readonly<{ [key: string]: string }>} */
const REMOTE = Object.freeze({
  ArrowUp: 'up', ArrowDown: 'down', ArrowLeft: 'left', ArrowRight: 'right', Enter: 'ok', Escape: 'back',
  h: 'home', m: 'menu', s: 'source', '+': 'volume_up', '-': 'volume_down',
  ...Object.fromEntries(Array.from({ length: 10 }, (_, digit) => [String(digit), `digit_${digit}`])),
});

/** How each remote key's keyboard key is drawn on the pad; power has none, because it ends the session. */
export const LEGENDS = Object.freeze({ ok: 'Enter', back: 'Esc', home: 'H', menu: 'M', source: 'S', volume_up: '+', volume_down: '−' });

/** @param {KeyboardEvent} event @returns {string | null} The remote's key, or null where the event is the page's own. */
export function remoteKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return null;
  const key = REMOTE[event.key.length === 1 ? event.key.toLowerCase() : event.key] ?? null;
  return !key || isTyping(event.target) || (key === 'ok' && isChosenControl(event.target)) ? null : key;
}

/** Whether this is a character for a text field that is open on the TV, and not for this page. @param {KeyboardEvent} event */
function isCharacter(event) {
  if (event.ctrlKey || event.metaKey || isTyping(event.target)) return false;
  // An input method says `Process` and shows its characters only in a field.
  return ([...event.key].length === 1 && event.key !== ' ') || event.key === 'Process' || event.key === 'Dead';
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
 * @typedef {'on' | 'off' | 'not_given' | 'mode'} KeyboardMode `mode`: the technician only points or looks.
 *
 * The mode in which keys drive the TV: F8 switches it, and where keys are not given they are the page's own.
 * Where the TV has a text field open, characters go to `text`, whose own field then takes them.
 * @param {{ hold: (key: string) => void, letGo: () => void, changed: (mode: KeyboardMode) => void,
 *   text: { wanted: boolean, focus: () => void, paste: (text: string) => void } }} given
 */
export function keyboardMode({ hold, letGo, changed, text }) {
  let on = true;
  /** @type {'' | 'not_given' | 'mode'} */
  let why = '';
  const say = () => changed(why || (on ? 'on' : 'off'));
  const toggle = () => {
    if (why) return;
    on = !on;
    say();
  };
  /** @param {'' | 'not_given' | 'mode'} reason why the keys are the page's own, or '' where they drive the TV */
  const setOff = (reason) => {
    if (reason === why) return;
    why = reason;
    say();
  };
  /** @param {KeyboardEvent} event */
  const heard = (event) => {
    if (event.key === 'F8') {
      event.preventDefault();
      if (!event.repeat) toggle();
      return;
    }
    if (on && !why && text.wanted && isCharacter(event)) {
      text.focus(); // before the browser types it, so that it lands there
      return;
    }
    const key = on && !why ? remoteKey(event) : null;
    if (!key) return;
    event.preventDefault();
    if (!event.repeat) hold(key); // a key that is held is repeated at our own pace, not the keyboard's
  };
  /** @param {KeyboardEvent} event */
  const released = (event) => { if (REMOTE[event.key.length === 1 ? event.key.toLowerCase() : event.key]) letGo(); };
  /** @param {ClipboardEvent} event */
  const pasted = (event) => {
    if (!on || why || !text.wanted || isTyping(event.target)) return;
    event.preventDefault();
    text.paste(event.clipboardData?.getData('text/plain') ?? '');
  };
  const gone = () => letGo();
  document.addEventListener('keydown', heard);
  document.addEventListener('keyup', released);
  document.addEventListener('paste', pasted);
  window.addEventListener('blur', gone);
  say();
  const close = () => {
    document.removeEventListener('keydown', heard);
    document.removeEventListener('keyup', released);
    document.removeEventListener('paste', pasted);
    window.removeEventListener('blur', gone);
  };
  return { toggle, setOff, close };
}
