/** @file The bar and the words for the time that is left; silent for screen readers, as time passes all the time. */

import { el, setText } from './dom.js';

/** @typedef {import('./screen.js').Context} Context */
/** @typedef {import('./screen.js').SessionState} SessionState */

/** @param {Context} context @param {(state: SessionState, duration: string) => string} sentence */
export function timeLeft({ words, now }, sentence) {
  const bar = el('progress', { max: 1, value: 1, 'aria-label': words.text('console.waiting.time_left') });
  const text = el('p', { class: 'hint' });
  const root = el('div', { class: 'time-left' }, bar, text);
  /** @type {SessionState | null} */
  let shown = null;
  let total = 1;
  /** @param {number} at */
  const tick = (at) => {
    const deadline = shown?.deadline ?? 0;
    const ms = Math.max(0, deadline - at);
    root.hidden = deadline === 0;
    bar.value = Math.min(1, ms / total);
    if (shown) setText(text, sentence(shown, words.duration(ms)));
  };
  /** @param {SessionState} state */
  const update = (state) => {
    if (state.deadline !== shown?.deadline) total = Math.max(1, state.deadline - now());
    shown = state;
    tick(now());
  };
  return { root, update, tick };
}
