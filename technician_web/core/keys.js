/** @file One key and one iv per stream, from the agreed key (seal SPEC §2). */

import { lv } from './bytes.js';
import { SealError } from './errors.js';
import { streamName } from './header.js';

/** @typedef {import('./types.js').Bytes} Bytes */
/** @typedef {{ key: CryptoKey, iv: Bytes }} StreamKey */

/** @param {Bytes} isk @param {Bytes} sid @param {Bytes} th @param {number} stream @returns {Promise<Bytes>} 44 bytes: key, then iv */
export async function streamSecret(isk, sid, th, stream) {
  const base = await crypto.subtle.importKey('raw', isk, 'HKDF', false, ['deriveBits']);
  const info = lv('ra1', streamName(stream), th);
  return new Uint8Array(await crypto.subtle.deriveBits({ name: 'HKDF', hash: 'SHA-512', salt: sid, info }, base, 44 * 8));
}

/** What one end may seal with and open with; nothing else of the key agreement outlives the handshake. */
export class SessionKeys {
  /** @type {Map<number, StreamKey>} */
  #streams = new Map();

  /** @param {Bytes} th */
  constructor(th) {
    this.th = th;
  }

  /**
   * @param {{ isk: Bytes, sid: Bytes, th: Bytes, seals: Iterable<number>, opens: Iterable<number> }} agreed
   * @returns {Promise<SessionKeys>}
   */
  static async derive({ isk, sid, th, seals, opens }) {
    const keys = new SessionKeys(th);
    for (const stream of seals) await keys.#add(isk, sid, stream, 'encrypt');
    for (const stream of opens) await keys.#add(isk, sid, stream, 'decrypt');
    return keys;
  }

  /** @param {Bytes} isk @param {Bytes} sid @param {number} stream @param {KeyUsage} usage */
  async #add(isk, sid, stream, usage) {
    const secret = await streamSecret(isk, sid, this.th, stream);
    const key = await crypto.subtle.importKey('raw', secret.slice(0, 32), 'AES-GCM', false, [usage]);
    this.#streams.set(stream, { key, iv: secret.slice(32) });
    secret.fill(0);
  }

  /** @param {number} stream @returns {StreamKey} */
  of(stream) {
    const found = this.#streams.get(stream);
    if (!found) throw new SealError('no_key', 'wiped, or not this end\'s stream');
    return found;
  }

  /** After this nothing can be sealed or opened any more (INV-C3). */
  wipe() {
    this.#streams.clear();
    this.th.fill(0);
  }
}
