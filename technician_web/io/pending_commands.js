/**
 * @file Commands sent and not yet answered by a record. Each gets exactly one answer; none within 5 s is a breach (SPEC §6).
 * What the device only started is answered by its second record, which may take as long as a person takes.
 */

import { RECORD_DUE_MS } from '../core/limits.js';

/** @typedef {import('../core/types.js').Json} Json */
/** @typedef {import('../core/types.js').KeyResult} KeyResult */
/** @typedef {import('../core/types.js').Timing} Timing */
/** @typedef {{ t: string, [field: string]: Json }} Command */
/** @typedef {{ command: Command, sentAt: number, frame: string, recorded: () => void, settle: (result: KeyResult) => void }} Waiting */
/** @typedef {{ command: Command | Record<string, never>, took: number }} Settled `command` is empty for a record of none. */

// About a second of a key held down: beyond it the technician is pressing into the dark.
const MOST = 32;
/** @type {KeyResult} */
const FAILED = { outcome: 'failed', path: '', cause: '' };

export class PendingCommands {
  /** @type {Set<Waiting>} */
  #waiting = new Set();
  /** @type {Set<Waiting>} */
  #started = new Set();
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

  /** A place for a command that is about to be sent; `name` is called with its frame's hash before the frame leaves. @param {Command} command */
  add(command) {
    /** @type {Waiting} */
    const entry = { command, sentAt: this.#timing.now(), frame: '', recorded: () => undefined, settle: () => undefined };
    const answer = new Promise((/** @type {(result: KeyResult) => void} */ resolve) => {
      entry.recorded = this.#timing.after(RECORD_DUE_MS, () => {
        entry.settle(FAILED);
        this.#overdue();
      });
      entry.settle = (result) => {
        this.#waiting.delete(entry);
        this.#started.delete(entry);
        entry.recorded();
        resolve(result);
      };
    });
    this.#waiting.add(entry);
    return { answer, name: (/** @type {string} */ frame) => { entry.frame = frame; } };
  }

  /** Gives a command the answer its record holds. @param {string} frame @param {KeyResult} result @returns {Settled} */
  settle(frame, result) {
    const entry = [...this.#waiting, ...this.#started].find((waiting) => waiting.frame === frame);
    if (!entry) return { command: {}, took: 0 };
    if (result.outcome === 'started' && this.#waiting.delete(entry)) {
      entry.recorded();
      this.#started.add(entry);
    } else entry.settle(result);
    return { command: entry.command, took: this.#timing.now() - entry.sentAt };
  }

  /** Nothing will answer any more. */
  close() {
    for (const entry of [...this.#waiting, ...this.#started]) entry.settle(FAILED);
  }
}
