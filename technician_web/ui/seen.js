/** @file How long the technician could see the screen: the device's grants are gone when the session has ended. */

/** @typedef {import('../core/types.js').SessionState} SessionState */

export class Seen {
  #total = 0;
  /** @type {number | null} */
  #since = null;

  /** Takes each new state in its turn. @param {SessionState} state @param {number} now */
  observe(state, now) {
    const sees = state.phase === 'active' && state.grants.includes('view') && state.picture === 'live';
    if (sees) this.#since ??= now;
    else if (this.#since !== null) {
      this.#total += now - this.#since;
      this.#since = null;
    }
  }

  /** Up to the last state observed without a picture. */
  get total() {
    return this.#total;
  }
}
