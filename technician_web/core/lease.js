/** @file What the console knows of the device's clock and life from its pings (seal SPEC §5). Pure: `now` comes in. */

import { SealError } from './errors.js';

// Long enough to hold the quickest of many pings, short enough to follow a device clock that is set during a session.
const SAMPLES = 30;

export class Lease {
  /** @type {number[]} */
  #offsets = [];
  #n = 0;
  #heardAt = 0;
  /** @type {number | null} */
  #rtt = null;

  /** The newest ping seen; 0 before the first. Each command carries it as `hb`. */
  get newest() {
    return this.#n;
  }

  /** @param {{ n: number, dts: number }} ping @param {number} now */
  heard({ n, dts }, now) {
    if (n !== this.#n + 1) throw new SealError('bad_message', 'a ping is missing or repeated');
    this.#n = n;
    this.#heardAt = now;
    this.#offsets = [...this.#offsets, now - dts].slice(-SAMPLES);
  }

  /** @param {number} rtt the newest round trip the device measured, ms */
  measured(rtt) {
    this.#rtt = this.#rtt === null ? rtt : Math.min(this.#rtt, rtt);
  }

  /** Ms since the newest ping. @param {number} now */
  silence(now) {
    return now - this.#heardAt;
  }

  /**
   * A moment of the device's clock on the browser's, or null before the first ping. The quickest ping still took
   * half a round trip; without taking that off the picture would be called younger than it is.
   * @param {number} dts @param {number} now @returns {number | null}
   */
  onOwnClock(dts, now) {
    if (this.#offsets.length === 0) return null;
    return Math.min(now, dts + Math.min(...this.#offsets) - Math.floor((this.#rtt ?? 0) / 2));
  }
}
