/** @file Commands sent and not yet answered by a record. Each gets exactly one answer; none within 5 s is a breach (SPEC §6). */

import { RECORD_DUE_MS } from '../core/limits.js';

/** @typedef {import('../core/types.js').KeyResult} KeyResult */
/** @typedef {import('../core/types.js').Timing} Timing */
/** @typedef {{ key: string, frame: string, settle: (result: KeyResult) => void }} Waiting */

// About a second of a key held down: beyond it the technician is pressing into the dark.
const MOST = 32;
/** @type {KeyResult} */
const FAILED = { outcome: 'failed', path: '' };

export class PendingCommands {
  /** @type {Set<Waiting>} */
  #waiting = new Set();
  #timing;
  #overdue;

  /** @param {Timing} timing @param {() => void} overdue a command's record did not come in time */
  constructor(timing, overdue) {
    this.#timing = timing;
    this.#overdue = overdue;
  }

  get isFull() {
    return this.#waiting.size >= MOST;
  }

  /** A place for a command that is about to be sent; `name` is called with its frame's hash before the frame leaves. @param {string} key */
  add(key) {
    /** @type {Waiting} */
    const entry = { key, frame: '', settle: () => undefined };
    const answer = new Promise((/** @type {(result: KeyResult) => void} */ resolve) => {
      const cancel = this.#timing.after(RECORD_DUE_MS, () => {
        entry.settle(FAILED);
        this.#overdue();
      });
      entry.settle = (result) => {
        this.#waiting.delete(entry);
        cancel();
        resolve(result);
      };
    });
    this.#waiting.add(entry);
    return { answer, name: (/** @type {string} */ frame) => { entry.frame = frame; } };
  }

  /** Gives a command the answer its record holds; returns its key, or nothing for a record of no command. @param {string} frame @param {KeyResult} result */
  settle(frame, result) {
    const entry = [...this.#waiting].find((waiting) => waiting.frame === frame);
    entry?.settle(result);
    return entry?.key ?? '';
  }

  /** Nothing will answer any more. */
  close() {
    for (const entry of [...this.#waiting]) entry.settle(FAILED);
  }
}
