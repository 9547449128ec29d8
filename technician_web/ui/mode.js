/** @file What the technician does on this TV: drives it, points at places, or only looks. One of the three, always in sight. */

import { choice } from './controls.js';
import { el, setText } from './dom.js';

/** @typedef {import('./screen.js').Context} Context */
/** @typedef {'drive' | 'point' | 'look'} Mode */

const MODES = /** @type {const} */ (['drive', 'point', 'look']);

/** @param {Context} context @param {(mode: Mode) => void} changed */
export function modeChoice({ words }, changed) {
  /** @type {Mode} */
  let mode = 'drive';
  const hint = el('p', { class: 'hint', 'aria-live': 'polite' });
  const say = (/** @type {boolean} */ pointer) => setText(hint, words.text(mode === 'drive' && pointer ? 'console.mode.drive.pointer' : `console.mode.${mode}.hint`));
  const group = choice(words.text('console.mode.name'),
    MODES.map((value) => ({ value, label: words.text(`console.mode.${value}`), testid: `mode-${value}` })), mode, (chosen) => {
      mode = chosen;
      changed(mode);
    });
  return {
    root: el('div', { class: 'mode' }, group, hint),
    get mode() { return mode; },
    /** @param {boolean} pointer whether a click on the picture reaches the TV */
    draw: say,
  };
}
