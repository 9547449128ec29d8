/** @file Asks the server a small question while the picture is late, one at a time, and knows how long the answer took. */

import { UNASKED, mustAsk } from './slowness.js';

/** @typedef {import('./slowness.js').Server} Server */
/** @typedef {import('./types.js').SessionState} SessionState */

export class ServerWatch {
  /** @type {Server} */
  #server = UNASKED;
  #ask;
  #now;

  /** @param {() => Promise<unknown>} ask fails where no answer came @param {() => number} now */
  constructor(ask, now) {
    this.#ask = ask;
    this.#now = now;
  }

  get server() {
    return this.#server;
  }

  /** @param {SessionState} state @param {number} now */
  look(state, now) {
    if (!mustAsk(state, this.#server, now)) return;
    this.#server = { ...this.#server, askedAt: now };
    const ended = (/** @type {boolean} */ answered) => {
      const at = this.#now();
      this.#server = { askedAt: 0, endedAt: at, tookMs: answered ? at - now : Infinity };
    };
    this.#ask().then(() => ended(true), () => ended(false));
  }
}
