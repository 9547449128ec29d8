/** @file Who is still there: what a silence means, of the device or of the relay, and whether this page slept meanwhile (INV-B2, B3). */

import { reasonOfSilence } from '../core/endings.js';
import * as limits from '../core/limits.js';

/** @typedef {import('../core/types.js').EndReason} EndReason */
/** @typedef {import('./browser_ports.js').Ports} Ports */
/** @typedef {import('./watches.js').Watches} Watches */

const RECENTLY_MS = 2_000;
// Timers of a hidden page may come a second late. Of a page whose alarm comes later than this nothing ran.
const SLEPT_MS = 1_250;
// Time for what arrived while the page slept to be heard first, and until the sleep explains nothing any more.
const CATCH_UP_MS = 500;
const WAKING_MS = 2_000;

/**
 * @typedef {object} PresenceSays
 * @property {() => void} stale The device's last beat is so old that what is shown may be the past.
 * @property {(beside: boolean) => void} beside Whether it answers beside the socket, on which it is not heard.
 * @property {(reason: EndReason) => void} lost Somebody is gone.
 * @property {() => void} unrecorded A command has no record, although the device is there.
 */

export class Presence {
  #relayHeardAt = 0;
  #deviceHeardAt = 0;
  #aliveAt = Number.NEGATIVE_INFINITY;
  #wokeAt = Number.NEGATIVE_INFINITY;
  #catchesUp = false;
  #watches;
  #ports;
  #says;

  /** @param {Watches} watches of the session, with whose end they end @param {Pick<Ports, 'timing' | 'online'>} ports @param {PresenceSays} says */
  constructor(watches, ports, says) {
    this.#watches = watches;
    this.#ports = ports;
    this.#says = says;
  }

  /** Whether the page did not run lately: then a silence or a closed socket is nobody else's doing. */
  get hasSlept() {
    return this.#watches.late('stale') >= SLEPT_MS || this.#now() - this.#wokeAt < WAKING_MS;
  }

  /** Anything of the relay's in clear. */
  relayHeard() {
    this.#relayHeardAt = this.#now();
  }

  /** A beat of the device's. */
  pinged() {
    // One that lay in the socket must not take away what its own lateness says.
    if (this.#watches.late('stale') >= SLEPT_MS) this.#wokeAt = this.#now();
    this.#watches.clear('beside');
    this.#says.beside(false);
    this.#watches.set('stale', limits.STALE_MS, (late) => {
      if (late >= SLEPT_MS) this.#wokeAt = this.#now();
      this.#says.stale();
    });
  }

  /** Something sealed by the device: it is there. @param {boolean} watched whether it would be missed from here on */
  deviceHeard(watched) {
    this.#deviceHeardAt = this.#now();
    if (watched) this.#watches.set('silent', limits.SILENT_MS, () => this.#silent());
  }

  /**
   * The device had a sign of ours that left at `since`, beside the socket: that stands in for it no longer than a browser may need
   * to be heard there again. @param {number | null} since null: nobody answers there any more
   */
  deviceAlive(since) {
    const now = this.#now();
    if (since === null) return this.#says.beside(false);
    if (since <= this.#aliveAt || now - this.#deviceHeardAt >= limits.ALIVE_MOST_MS) return;
    this.#aliveAt = since;
    this.#says.beside(now - since < limits.STALE_MS);
    this.#watches.set('beside', since + limits.STALE_MS - now, () => this.#says.beside(false));
    this.#watches.set('silent', Math.max(since, this.#deviceHeardAt) + limits.SILENT_MS - now, () => this.#silent());
  }

  /**
   * A record is missing. Of a device that says nothing at all, or of a relay that does not, that says nothing more.
   * Where this page slept, what came meanwhile is heard first: the end may be in it.
   */
  unrecorded() {
    if (this.#now() - this.#deviceHeardAt >= limits.STALE_MS) this.#silent();
    else if (this.#catchesUp) return; // the next one that is missing puts nothing off
    else if (this.hasSlept) {
      this.#catchesUp = true;
      this.#watches.set('unrecorded', CATCH_UP_MS, () => this.#says.unrecorded());
    } else this.#says.unrecorded();
  }

  #silent() {
    const slept = this.hasSlept;
    const lose = () => this.#says.lost(reasonOfSilence({
      online: this.#ports.online(), slept, heardOtherwise: this.#now() - this.#relayHeardAt < RECENTLY_MS,
    }));
    if (slept) this.#watches.set('silent', CATCH_UP_MS, lose);
    else lose();
  }

  #now() {
    return this.#ports.timing.now();
  }
}
