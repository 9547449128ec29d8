/** @file Which changes of a session the page shows at once, and which with its next beat. Pure but for what was shown last. */

import { freshness } from './freshness.js';

/** @typedef {import('../core/types.js').SessionState} SessionState */

/**
 * Numbers that change with each picture and each key. The page shows them four times a second (LOOK §4): drawing all
 * of it for each of them keeps the next picture waiting. @type {ReadonlySet<string>}
 */
const FIGURES = new Set(['currentAt', 'rtt', 'fps', 'behindAt', 'glass', 'bitRate', 'actedMs', 'keysPressed']);

export class Figures {
  /** @type {SessionState | null} */
  #shown = null;
  /** @type {import('./freshness.js').Freshness} */
  #fresh = 'none';

  /** What the page shows from now on. @param {SessionState | null} state @param {number} now */
  shown(state, now) {
    this.#shown = state;
    this.#fresh = state ? freshness(state, now) : 'none';
  }

  /** Whether a state says the same as the page but for figures, so that it may wait. @param {SessionState} state @param {number} now */
  mayWait(state, now) {
    const before = this.#shown;
    if (!before || freshness(state, now) !== this.#fresh) return false;
    const names = /** @type {(keyof SessionState)[]} */ (Object.keys(state));
    return names.every((name) => FIGURES.has(name) || state[name] === before[name]);
  }
}
