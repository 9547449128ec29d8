/**
 * @file Whether this page gets to run. Pure: moments in, a verdict out.
 *
 * A beat that is due each tenth of a second comes late by as much as the page did not run. What the page itself keeps
 * waiting, be it a picture or the server's answer, says nothing of the server and the TV.
 */

import { LOOK_MS } from './slowness.js';

/** Of half a second a page that keeps up does not lose so much. */
export const HELD_MS = 200;
const LATELY_MS = 500;

export class Pulse {
  #due = 0;
  /** @type {{ at: number, late: number }[]} */
  #beats = [];

  /** One beat. A page that nobody sees is woken once a second by its browser, and is not held by that. @param {number} now @param {boolean} hidden */
  beat(now, hidden) {
    const late = this.#due && !hidden ? Math.max(0, now - this.#due) : 0;
    this.#due = hidden ? 0 : now + LOOK_MS;
    this.#beats = [...this.#beats.filter(({ at }) => now - at < LATELY_MS), { at: now, late }];
  }

  /** No beat is due any more: what comes to be late now is nobody's. */
  rest() {
    this.#due = 0;
    this.#beats = [];
  }

  /** Whether the page hardly ran in the last half second. @param {number} now */
  isHeld(now) {
    const overdue = this.#due ? Math.max(0, now - this.#due) : 0; // the beat that has not come yet
    return this.#beats.reduce((sum, { at, late }) => (now - at < LATELY_MS ? sum + late : sum), overdue) >= HELD_MS;
  }
}
