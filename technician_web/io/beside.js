/**
 * @file Pictures while the socket is held up, over requests of their own (SPEC §5.3): the sealed frames that the socket owes, as they are.
 *
 * What the relay's TCP repeats it repeats at its own pace, up to a second apart; a new request need not wait for that.
 */

import { ALIVE_WAIT_MS } from '../core/limits.js';

/** @typedef {import('../core/types.js').Bytes} Bytes */

/**
 * @typedef {object} BesideParts
 * @property {import('../core/types.js').Timing} timing
 * @property {(seq: number, signal: AbortSignal) => Promise<Bytes[]>} ask
 * @property {() => number} next number of the next picture's frame
 * @property {(frame: Bytes) => void} came
 * @property {() => boolean} isHeldUp whether the socket is not in order yet
 */

export class Beside {
  /** What gives up the request that is under way. */
  #giveUp = () => undefined;
  #isAsking = false;
  #isClosed = false;
  #parts;

  /** @param {BesideParts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /** The device is there and the socket is not: pictures are asked for, one request after the other, until one brings nothing new. */
  async ask() {
    if (this.#isAsking) return;
    this.#isAsking = true;
    // Once the line is back TCP begins slowly, with what it owes: until the socket is past what came beside it, that is quicker.
    for (let isNew = true; isNew && this.#parts.isHeldUp() && !this.#isClosed;) {
      const frames = await this.#answer();
      const before = this.#parts.next();
      for (const frame of frames) if (!this.#isClosed) this.#parts.came(frame);
      isNew = this.#parts.next() > before;
    }
    this.#isAsking = false;
  }

  /** What is under way is given up, and nothing more is asked for. */
  close() {
    this.#isClosed = true;
    this.#giveUp();
  }

  /** What one request brings; one that hears nothing for long is given up, as its connection may be held up, too. */
  async #answer() {
    const request = new AbortController();
    const forget = this.#parts.timing.after(ALIVE_WAIT_MS, () => request.abort());
    this.#giveUp = () => {
      forget();
      request.abort();
    };
    /** @type {Promise<Bytes[]>} */
    const givenUp = new Promise((resolve) => { request.signal.addEventListener('abort', () => resolve([])); });
    const frames = await Promise.race([this.#parts.ask(this.#parts.next(), request.signal).catch(() => []), givenUp]);
    forget();
    return frames;
  }
}
