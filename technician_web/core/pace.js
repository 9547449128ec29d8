/** @file How many commands may leave in how much time: below what the relay allows, so that nobody is cut off by it (SPEC §9). Pure. */

import { CONTROL_FRAMES_BURST, CONTROL_FRAMES_PER_S } from './limits.js';

// Room for what is on its way at once and for the farewell.
const PER_S = CONTROL_FRAMES_PER_S - 5;
const BURST = CONTROL_FRAMES_BURST / 3;

export class Pace {
  #tokens = BURST;
  #at = Number.NEGATIVE_INFINITY;

  /** Whether one more may leave now. @param {number} now ms */
  take(now) {
    const gained = this.#at === Number.NEGATIVE_INFINITY ? 0 : (Math.max(0, now - this.#at) * PER_S) / 1000;
    this.#tokens = Math.min(BURST, this.#tokens + gained);
    this.#at = Math.max(this.#at, now);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
