/** @file The keys of one session: one per stream, each handed out once, all forgotten together (seal SPEC §2). */

import { AliveTags } from './alive.js';
import { lv } from './bytes.js';
import { SealError } from './errors.js';
import { Opener, Sealer } from './frames.js';
import { STREAM_NAMES, streamName } from './header.js';

/** @typedef {import('./types.js').Bytes} Bytes */
/** @typedef {import('./frames.js').StreamKey} StreamKey */

const KEY_BYTES = 32;
const IV_BYTES = 12;
const ALIVE_KEY_BYTES = 64;

/** @param {Bytes} isk @param {Bytes} sid @param {Bytes} info @param {number} size @returns {Promise<Bytes>} */
async function derived(isk, sid, info, size) {
  const base = await crypto.subtle.importKey('raw', isk, 'HKDF', false, ['deriveBits']);
  return new Uint8Array(await crypto.subtle.deriveBits({ name: 'HKDF', hash: 'SHA-512', salt: sid, info }, base, size * 8));
}

/** The key of one direction's signs of life (seal SPEC §5.1). @param {Bytes} isk @param {Bytes} sid @param {Bytes} th @param {'t2d alive' | 'd2t alive'} name @returns {Promise<CryptoKey>} */
async function aliveKeyOf(isk, sid, th, name) {
  const secret = await derived(isk, sid, lv('ra1', name, th), ALIVE_KEY_BYTES);
  const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-512' }, false, ['sign']);
  secret.fill(0);
  return key;
}

/** Key and iv of a stream, as bytes. @param {Bytes} isk @param {Bytes} sid @param {Bytes} th @param {number} stream @returns {Promise<Bytes>} */
export async function expand(isk, sid, th, stream) {
  return derived(isk, sid, lv('ra1', streamName(stream), th), KEY_BYTES + IV_BYTES);
}

/** What a confirmed handshake gives. `sends` are the streams of this end; it opens the others. */
export class SessionKeys {
  /** @type {Map<number, StreamKey>} */
  #unused = new Map();
  /** @type {(Sealer | Opener)[]} */
  #made = [];
  #sends;

  /** @param {Bytes} th @param {ReadonlySet<number>} sends @param {AliveTags} alive */
  constructor(th, sends, alive) {
    this.th = th;
    this.alive = alive;
    this.#sends = sends;
  }

  /** @param {{ isk: Bytes, sid: Bytes, th: Bytes, sends: ReadonlySet<number> }} agreed @returns {Promise<SessionKeys>} */
  static async derive({ isk, sid, th, sends }) {
    const [ours, theirs] = await Promise.all([aliveKeyOf(isk, sid, th, 't2d alive'), aliveKeyOf(isk, sid, th, 'd2t alive')]);
    const keys = new SessionKeys(th, sends, new AliveTags({ console: ours, device: theirs }));
    for (const stream of STREAM_NAMES.keys()) {
      const secret = await expand(isk, sid, th, stream);
      const usage = sends.has(stream) ? 'encrypt' : 'decrypt';
      const key = await crypto.subtle.importKey('raw', secret.slice(0, KEY_BYTES), 'AES-GCM', false, [usage]);
      keys.#unused.set(stream, { key, iv: secret.slice(KEY_BYTES) });
      secret.fill(0);
    }
    return keys;
  }

  /** The one sealer of a stream this end sends: a second one would repeat nonces (INV-C3). @param {number} stream */
  sealer(stream) {
    if (!this.#sends.has(stream)) throw new SealError('wrong_direction');
    const sealer = new Sealer(stream, this.#take(stream));
    this.#made.push(sealer);
    return sealer;
  }

  /** The one opener of a stream this end receives: a second one would open frames again. @param {number} stream */
  opener(stream) {
    if (this.#sends.has(stream)) throw new SealError('wrong_direction');
    const opener = new Opener(stream, this.#take(stream));
    this.#made.push(opener);
    return opener;
  }

  /** Forget every key, also those in the sealers and openers handed out. */
  wipe() {
    this.#unused.clear();
    for (const made of this.#made) made.wipe();
    this.alive.wipe();
  }

  /** @param {number} stream @returns {StreamKey} */
  #take(stream) {
    const found = this.#unused.get(stream);
    this.#unused.delete(stream);
    if (!found) throw new SealError('closed', 'handed out before, or wiped');
    return found;
  }
}
