/**
 * @file Pictures while the socket is held up, over requests of their own (SPEC §5.3): the sealed frames that the socket owes, as they are.
 *
 * What the relay's TCP repeats it repeats at its own pace, up to a second apart; a new request need not wait for that.
 */

/** @typedef {import('../core/types.js').Bytes} Bytes */

/**
 * @typedef {object} BesideParts
 * @property {(seq: number, signal: AbortSignal) => Promise<Bytes[]>} ask
 * @property {() => number} next number of the next picture's frame
 * @property {(frame: Bytes) => void} came
 * @property {() => boolean} isHeldUp whether the socket is not in order yet
 */

export class Beside {
  #request = new AbortController();
  #isAsking = false;
  #parts;

  /** @param {BesideParts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /** The device is there and the socket is not: pictures are asked for, one request after the other, until one brings nothing new. */
  async ask() {
    const { signal } = this.#request;
    if (this.#isAsking) return;
    this.#isAsking = true;
    // Once the line is back TCP begins slowly, with what it owes: until the socket is past what came beside it, that is quicker.
    for (let isNew = true; isNew && this.#parts.isHeldUp() && !signal.aborted;) {
      const frames = await this.#parts.ask(this.#parts.next(), signal).catch(() => []);
      if (signal.aborted) break;
      const before = this.#parts.next();
      for (const frame of frames) this.#parts.came(frame);
      isNew = this.#parts.next() > before;
    }
    this.#isAsking = false;
  }

  /** What is under way is given up, and nothing more is asked for. */
  close() {
    this.#request.abort();
  }
}
