/** @file Asks the server a small question while the picture is late, one at a time, and knows how long the answer took. */

import { UNASKED, mustAsk } from './slowness.js';

/** @typedef {import('./slowness.js').Server} Server */
/** @typedef {import('./types.js').SessionState} SessionState */

export class ServerWatch {
  /** @type {Server} */
  #server = UNASKED;
  #ask;
  #now;
  #isHeld;

  /** @param {() => Promise<unknown>} ask fails where no answer came @param {() => number} now @param {(now: number) => boolean} isHeld whether this page hardly runs */
  constructor(ask, now, isHeld) {
    this.#ask = ask;
    this.#now = now;
    this.#isHeld = isHeld;
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
      // An answer may have waited for the page to hear it: then it says nothing of the server.
      this.#server = { askedAt: 0, endedAt: at, tookMs: this.#isHeld(at) ? NaN : answered ? at - now : Infinity };
    };
    this.#ask().then(() => ended(true), () => ended(false));
  }
}
