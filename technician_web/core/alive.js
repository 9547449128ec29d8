/** @file Signs of life beside the sealed streams: no secret, but proven, and worth nothing when said again (seal SPEC §5.1). */

import { concat, equal, sha256B64, utf8 } from './bytes.js';
import { SealError } from './errors.js';

/** @typedef {import('./types.js').Bytes} Bytes */

const LABEL = 'ra1/alive\0';

/** By which the relay finds the session that this ticket opened (SPEC §5.3). @param {string} ticket @returns {Promise<string>} */
export function aliveKey(ticket) {
  return sha256B64(utf8(LABEL + ticket));
}

/** @param {...number} numbers each in four bytes @returns {Bytes} */
function message(...numbers) {
  return concat(...numbers.map((number) => {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, number);
    return bytes;
  }));
}

/** Makes and judges the tags of one session, at either end. */
export class AliveTags {
  /** @type {{ console: CryptoKey, device: CryptoKey } | null} */
  #keys;

  /** @param {{ console: CryptoKey, device: CryptoKey }} keys for HMAC-SHA512 */
  constructor(keys) {
    this.#keys = keys;
  }

  /** This console has heard ping `n` and drawn every picture up to `pic`. @param {number} n @param {number} pic */
  ofConsole(n, pic) {
    return this.#tag('console', message(n, pic));
  }

  /** Ping `n` is the newest one the device has sent. @param {number} n */
  ofDevice(n) {
    return this.#tag('device', message(n));
  }

  /** Throws where the device did not say so. @param {number} n @param {Bytes} tag */
  async checkDevice(n, tag) {
    if (!equal(await this.ofDevice(n), tag)) throw new SealError('bad_tag');
  }

  wipe() {
    this.#keys = null;
  }

  /** @param {'console' | 'device'} end @param {Bytes} data @returns {Promise<Bytes>} */
  async #tag(end, data) {
    if (!this.#keys) throw new SealError('closed');
    return new Uint8Array(await crypto.subtle.sign('HMAC', this.#keys[end], data));
  }
}
