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

  /** The console's `k`th sign: it has heard ping `n` and drawn every picture up to `pic`. @param {number} k @param {number} n @param {number} pic */
  ofConsole(k, n, pic) {
    return this.#tag('console', message(k, n, pic));
  }

  /**
   * The device has that sign; ping `n` is the newest it has sent, `heard` the newest that was answered on the socket.
   * @param {number} k @param {number} n @param {number} heard
   */
  ofDevice(k, n, heard) {
    return this.#tag('device', message(k, n, heard));
  }

  /** Throws where the device did not say so. @param {{ k: number, n: number, heard: number }} said @param {Bytes} tag */
  async checkDevice({ k, n, heard }, tag) {
    if (!equal(await this.ofDevice(k, n, heard), tag)) throw new SealError('bad_tag');
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
