/** @file What the technician does on this TV: drives it, points at places, or only looks. One of the three, always in sight. */

import { choice } from './controls.js';
import { el, setAttribute, setText } from './dom.js';

/** @typedef {import('./screen.js').Context} Context */
/** @typedef {'drive' | 'point' | 'look'} Mode */

const MODES = /** @type {const} */ (['drive', 'point', 'look']);

/** @param {Context} context @param {(mode: Mode) => void} changed */
export function modeChoice({ words }, changed) {
  /** @type {Mode} */
  let mode = 'drive';
  const hint = el('p', { class: 'hint mode-hint', 'aria-live': 'polite' });
  /** @param {boolean} pointer @param {boolean} works */
  const say = (pointer, works) => {
    // Where keys are off the remote says why, and nothing here may say that they work.
    setText(hint, mode === 'drive' && !works ? '' : words.text(mode === 'drive' && pointer ? 'console.mode.drive.pointer' : `console.mode.${mode}.hint`));
    setAttribute(hint, 'data-mode', mode);
  };
  const group = choice(words.text('console.mode.name'),
    MODES.map((value) => ({ value, label: words.text(`console.mode.${value}`), testid: `mode-${value}` })), mode, (chosen) => {
      mode = chosen;
      changed(mode);
    });
  return {
    group,
    hint,
    get mode() { return mode; },
    /** @param {boolean} pointer whether a click on the picture reaches the TV @param {boolean} works whether a key does */
    draw: say,
  };
}
