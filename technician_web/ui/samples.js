/** @file How the connection went in the last minute, a sample a second, kept from the start of the session. */

/** @typedef {import('./screen.js').SessionState} SessionState */
/** @typedef {'rate' | 'fps' | 'rtt' | 'glass'} Measure `rate` in bits a second, `rtt` and `glass` in ms. */

export const MEASURES = /** @type {const} */ (['rate', 'fps', 'rtt', 'glass']);
export const SAMPLES = 60;
const EVERY_MS = 1_000;

export class Samples {
  #at = Number.NEGATIVE_INFINITY;
  /** Oldest first; null where it was not known. @type {{ [measure in Measure]: number | null }[]} */
  all = [];

  /** Whether a sample was due and taken. @param {SessionState} state @param {number} now */
  take({ bitRate, fps, rtt, glass }, now) {
    if (now - this.#at < EVERY_MS) return false;
    this.#at = now;
    this.all = [...this.all, { rate: bitRate, fps, rtt, glass }].slice(-SAMPLES);
    return true;
  }
}

/** What a row says of one measure; null while nothing is known. @param {readonly (number | null)[]} values */
export function summary(values) {
  const known = values.filter((value) => value !== null).sort((one, other) => one - other);
  const [lowest, highest, middle] = [known[0], known.at(-1), known[Math.floor(known.length / 2)]];
  if (lowest === undefined || highest === undefined || middle === undefined) return null;
  return { now: values.at(-1) ?? null, lowest, highest, middle };
}

/**
 * Lines over 100 x 32, newest at the right edge, highest at the top; a new one begins after each gap.
 * @param {readonly (number | null)[]} values
 */
export function course(values) {
  const most = Math.max(1, ...values.map((value) => value ?? 0));
  const first = SAMPLES - values.length;
  let path = '';
  let isOpen = false;
  for (const [at, value] of values.entries()) {
    if (value === null) {
      isOpen = false;
      continue;
    }
    const place = `${(((first + at) * 100) / (SAMPLES - 1)).toFixed(1)} ${(30 - (value / most) * 28).toFixed(1)}`;
    path += `${isOpen ? 'L' : 'M'}${place}${isOpen ? '' : 'h0'}`;
    isOpen = true;
  }
  return path;
}
