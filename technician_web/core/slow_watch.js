/** @file Keeps looking what makes the picture late: with each beat and change, and before each frame while the page hardly runs. */

import { ServerWatch } from './server_watch.js';
import { slowness } from './slowness.js';

/** @typedef {import('./pulse.js').Pulse} Pulse */
/** @typedef {import('./slowness.js').Slow} Slow */
/** @typedef {import('./types.js').SessionState} SessionState */

/**
 * @typedef {object} Looks
 * @property {() => SessionState} state
 * @property {() => number} now
 * @property {Pulse} pulse The page's own.
 * @property {() => Promise<unknown>} ask Fails where the service gives no answer at all.
 * @property {(call: () => void) => void} beforeFrame As `requestAnimationFrame`.
 * @property {(at: number) => void} changed The cause is another one.
 */

export class SlowWatch {
  /** @type {Slow} */
  #named = '';
  #framed = false;
  #closed = false;
  #pulse;
  #server;
  #looks;

  /** @param {Looks} looks */
  constructor(looks) {
    this.#looks = looks;
    this.#pulse = looks.pulse;
    this.#server = new ServerWatch(looks.ask, looks.now, (at) => this.#pulse.isHeld(at));
  }

  /** Due each `LOOK_MS`. @param {boolean} hidden whether nobody sees the page */
  beat(hidden) {
    if (this.#closed) return;
    this.#pulse.beat(this.#looks.now(), hidden);
    this.look();
  }

  /** With each change of the session too: in a page that hardly runs a picture may be drawn long before the next beat comes. */
  look() {
    if (this.#closed) return;
    const at = this.#looks.now();
    if (this.#cause(at) !== this.#named) this.#looks.changed(at);
    if (this.#framed || !this.#pulse.isHeld(at)) return;
    // What is so by the next frame stands in that frame.
    this.#framed = true;
    this.#looks.beforeFrame(() => {
      this.#framed = false;
      this.look();
    });
  }

  /** The one cause from now on, for what is drawn now. @param {number} at @returns {Slow} */
  name(at) {
    this.#named = this.#cause(at);
    return this.#named;
  }

  close() {
    this.#closed = true;
    this.#pulse.rest();
  }

  /** @param {number} at */
  #cause(at) {
    const state = this.#looks.state();
    this.#server.look(state, at);
    return slowness(state, this.#server.server, this.#pulse.isHeld(at), at);
  }
}
