/** @file One still on request: put together, compared with the device's signed record, and only then called exact (seal SPEC §4.3). */

import { sha256B64 } from '../core/bytes.js';
import { CODEC } from '../core/picture.js';
import { StillParts, isOfItsSize } from '../core/still.js';

/** @typedef {import('../core/types.js').Bytes} Bytes */
/** @typedef {import('../core/types.js').KeyResult} KeyResult */
/** @typedef {import('../core/types.js').PictureHead} PictureHead */
/** @typedef {import('../core/types.js').StillResult} StillResult */
/** @typedef {import('../core/types.js').Timing} Timing */
/** @typedef {import('../core/still.js').WholeStill} WholeStill */

// The record comes by another way than the last part, and may be there first.
const LAST_PART_MS = 10_000;

export class StillRequest {
  #parts = new StillParts();
  /** What the parts came to, while somebody waits for them. @type {((file: WholeStill | null) => void) | null} */
  #came = null;
  #timing;

  /** @param {Timing} timing */
  constructor(timing) {
    this.#timing = timing;
  }

  get isUnderWay() {
    return this.#came !== null;
  }

  /** @param {() => Promise<KeyResult>} send sends the command; gives the result of its last record @returns {Promise<StillResult>} */
  async take(send) {
    const file = new Promise((/** @type {(file: WholeStill | null) => void} */ resolve) => { this.#came = resolve; });
    const { outcome, cause, pc = '' } = await send();
    const recorded = outcome === 'done';
    const stop = recorded ? this.#timing.after(LAST_PART_MS, () => this.#settle(null)) : undefined;
    if (!recorded) this.#settle(null);
    const whole = await file;
    stop?.();
    if (!recorded) return { outcome: outcome === 'started' ? 'failed' : outcome, cause };
    return whole ? judged(whole, pc) : { outcome: 'incomplete' };
  }

  /** @param {PictureHead} head @param {Bytes} data */
  part(head, data) {
    if (!this.#came) return; // nobody asked
    const result = this.#parts.take(head, data);
    if (result === 'gap') this.#settle(null);
    else if (result !== 'more') this.#settle(result);
  }

  /** Nothing more will come. */
  close() {
    this.#settle(null);
  }

  /** @param {WholeStill | null} file */
  #settle(file) {
    this.#parts.forget();
    this.#came?.(file);
    this.#came = null;
  }
}

/** @param {WholeStill} whole @param {string} pc of the signed record @returns {Promise<StillResult>} */
async function judged(whole, pc) {
  const { head: { codec, width, height, at }, bytes } = whole;
  if (await sha256B64(bytes) !== pc || !isOfItsSize(whole)) return { outcome: 'mismatch' };
  return { outcome: 'exact', file: bytes, type: codec === CODEC.WEBP ? 'image/webp' : 'image/png', width, height, at, sha256: pc };
}
