/** @file When each piece of sound is played: without gaps, and never long after it was heard. Pure: `now` comes in. */

const PIECE_S = 0.02;
// Enough that one late piece is not heard, and that sound and picture still belong together.
const AHEAD_S = 0.06;
const MOST_AHEAD_S = 0.2;

export class Playout {
  #newest = 0;
  #next = 0;

  /** When piece `n` begins, on the clock of `now`; null: it is too old, or too much waits already. @param {number} n @param {number} now s @returns {number | null} */
  place(n, now) {
    if (n <= this.#newest) return null;
    const missing = this.#newest === 0 ? 0 : n - this.#newest - 1;
    this.#newest = n;
    // What is missing was silence, or is lost: it leaves a pause, but makes nothing later.
    const after = Math.max(this.#next, Math.min(this.#next + missing * PIECE_S, now + AHEAD_S));
    const start = this.#next === 0 || after < now ? now + AHEAD_S : after;
    if (start > now + MOST_AHEAD_S - PIECE_S) return null;
    this.#next = start + PIECE_S;
    return start;
  }
}
