/** @file The remote's keys: pressed at once, a tick when the device did it, amber when it did not within a second. */

import { el, fill, setAttribute, setText } from './dom.js';
import { icon } from './icons.js';
import { LEGENDS } from './keyboard.js';
import { wasDone, whyNot } from './outcome.js';
import { Repeat } from './repeat.js';

/** @typedef {import('./icons.js').IconName} IconName */
/** @typedef {import('./screen.js').Context} Context */

const PRESSED_MS = 120;
const TICK_MS = 700;
const SLOW_MS = 1000;
const WAITING_KEYS = 8; // A person cannot mean more than this many unanswered keys; beyond it presses are dropped, not queued.

/** @type {{ [key: string]: IconName }} */
const SIGNS = {
  up: 'arrow_up', down: 'arrow_down', left: 'arrow_left', right: 'arrow_right', back: 'back', home: 'home', menu: 'menu',
  source: 'source', power: 'power', volume_up: 'volume_up', volume_down: 'volume_down',
};
const ARROWS = ['up', 'left', 'right', 'down'];

/** @param {Context} context */
export function pad(context) {
  const { words } = context;
  /** @type {Map<string, PadKey>} */
  const keys = new Map();
  const say = el('p', { class: 'pad-say', 'aria-live': 'polite' });
  let off = '';
  let waiting = 0;

  /** Whether the device did it; null where nothing is sent now. @param {string} key @returns {Promise<boolean> | null} */
  const press = (key) => {
    const one = keys.get(key);
    if (!one || !context.session || waiting >= WAITING_KEYS) return null;
    if (off) {
      context.announce(words.text(`console.pad.off.${off}`));
      return null;
    }
    waiting += 1;
    one.pressed();
    return context.session.press(key).then(
      (result) => {
        one.answered(wasDone(result));
        setText(say, wasDone(result) ? words.text('console.pad.ready')
          : result.cause ? whyNot(words, result) : words.text(`console.pad.${result.outcome}`, { key: words.text(`key.${key}`) }));
        return wasDone(result);
      },
      () => {
        one.answered(false);
        return false;
      },
    ).finally(() => { waiting -= 1; });
  };
  const repeat = new Repeat(press, (ms, call) => {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  });

  /** @param {string} key */
  const make = (key) => {
    const one = new PadKey(context, key, { press: () => press(key), hold: () => repeat.hold(key, { first: false }), held: () => repeat.pressed, letGo: () => repeat.stop() });
    keys.set(key, one);
    return one.root;
  };

  const root = el('section', { class: 'card pad', 'aria-label': words.text('console.pad.name') },
    el('div', { class: 'pad-row two-ends' }, make('power'), make('source')),
    el('div', { class: 'pad-ring' }, ...ARROWS.map(make), make('ok')),
    el('div', { class: 'pad-row' }, make('back'), make('home'), make('menu')),
    el('div', { class: 'pad-row' }, make('volume_down'), make('volume_up')),
    el('div', { class: 'pad-digits' }, ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 0].map((digit) => make(`digit_${digit}`))), say);

  /** @param {string} reason '' where keys work. */
  const setOff = (reason) => {
    if (reason === off && say.textContent) return;
    off = reason;
    if (off) repeat.stop(); // what nobody can see is not gone on with
    keys.forEach((one) => one.setOff(reason !== ''));
    setText(say, words.text(reason ? `console.pad.off.${reason}` : 'console.pad.ready'));
  };
  return {
    root, setOff,
    hold: (/** @type {string} */ key) => repeat.hold(key, { first: true }),
    letGo: () => repeat.stop(),
  };
}

class PadKey {
  /** @param {Context} context @param {string} key @param {{ press: () => void, hold: () => void, held: () => number, letGo: () => void }} does */
  constructor({ words }, key, { press, hold, held, letGo }) {
    const legend = LEGENDS[/** @type {keyof typeof LEGENDS} */ (key)];
    const sign = SIGNS[key];
    const name = words.text(`key.${key}`);
    const arrow = ARROWS.includes(key);
    this.root = el('button', {
      type: 'button', class: `key key-${key.replace('_', '-')}`, testid: `pad-${key.replace('_', '-')}`,
      'aria-label': arrow || key.startsWith('volume') ? name : null,
      on: {
        // A key that was held has been pressed already, as often as it was meant.
        click: () => {
          if (held() === 0) press();
          letGo();
        },
        pointerdown: (/** @type {PointerEvent} */ event) => { if (event.button === 0) hold(); },
        pointerleave: letGo,
        pointercancel: letGo,
        contextmenu: (/** @type {Event} */ event) => { if (held() > 0) event.preventDefault(); },
        // The focus stays where it was, so that Enter after a click is still OK and not the clicked key again.
        mousedown: (/** @type {MouseEvent} */ event) => event.preventDefault(),
      },
    }, el('span', { class: 'key-face' }, sign && icon(sign), !arrow && el('span', {}, words.text(keyWord(words, key)))),
    legend && el('kbd', { 'aria-hidden': 'true' }, legend), this.#badge);
  }

  #badge = el('span', { class: 'key-badge', 'aria-hidden': 'true' });
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #next;

  pressed() {
    this.#state('pressed', PRESSED_MS, () => this.#state('sent', SLOW_MS - PRESSED_MS, () => this.#state('slow')));
  }

  /** @param {boolean} did */
  answered(did) {
    this.#state(did ? 'done' : 'slow', TICK_MS, () => this.#state(''));
  }

  /** @param {boolean} off */
  setOff(off) {
    setAttribute(this.root, 'aria-disabled', off ? 'true' : null);
  }

  /** @param {'' | 'pressed' | 'sent' | 'done' | 'slow'} state @param {number} [forMs] @param {() => void} [then] */
  #state(state, forMs, then) {
    clearTimeout(this.#next);
    setAttribute(this.root, 'data-state', state || null);
    fill(this.#badge, state === 'done' ? icon('check') : state === 'slow' && icon('clock'));
    if (then) this.#next = setTimeout(then, forMs);
  }
}

/** A shorter word on the key where the full one is long. @param {import('./words.js').Words} words @param {string} key */
function keyWord(words, key) {
  return words.has(`console.pad.key.${key}`) ? `console.pad.key.${key}` : `key.${key}`;
}
