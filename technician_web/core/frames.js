/** @file Sealing and opening of frames (seal SPEC §3). One Sealer or Opener per stream and session. */

import { concat } from './bytes.js';
import { SealError, WireError } from './errors.js';
import { FROM_CONSOLE, FROM_DEVICE, packHeader, parseHeader, STREAM } from './header.js';
import { FRAMES_PER_STREAM, HEADER_BYTES, PAD_BYTES, SEALED_JSON_BYTES } from './limits.js';

/** @typedef {import('./types.js').Bytes} Bytes */
/** @typedef {import('./keys.js').SessionKeys} SessionKeys */

/** @param {Bytes} iv @param {number} seq @returns {Bytes} */
function nonce(iv, seq) {
  const out = iv.slice();
  const view = new DataView(out.buffer);
  view.setBigUint64(4, view.getBigUint64(4) ^ BigInt(seq));
  return out;
}

/** Length, JSON, zeros to the next multiple of 64: so that a frame's size does not tell which key was pressed. @param {Bytes} json @returns {Bytes} */
export function pad(json) {
  if (json.length > SEALED_JSON_BYTES) throw new SealError('too_big');
  const padded = new Uint8Array(Math.ceil((json.length + 2) / PAD_BYTES) * PAD_BYTES);
  new DataView(padded.buffer).setUint16(0, json.length);
  padded.set(json, 2);
  return padded;
}

/** @param {Bytes} plaintext @returns {Bytes} */
export function unpad(plaintext) {
  if (plaintext.length < PAD_BYTES || plaintext.length % PAD_BYTES) throw new SealError('bad_padding', 'size');
  const size = new DataView(plaintext.buffer, plaintext.byteOffset).getUint16(0);
  if (size > SEALED_JSON_BYTES || Math.ceil((size + 2) / PAD_BYTES) * PAD_BYTES !== plaintext.length) throw new SealError('bad_padding', 'length');
  if (plaintext.subarray(2 + size).some((byte) => byte !== 0)) throw new SealError('bad_padding', 'not zero');
  return plaintext.slice(2, 2 + size);
}

export class Sealer {
  #seq = 0;
  #keys;
  #stream;

  /** @param {SessionKeys} keys @param {number} stream */
  constructor(keys, stream) {
    this.#keys = keys;
    this.#stream = stream;
  }

  /** The whole frame. Its number is taken before the first wait, so calls in order give frames in order. @param {Bytes} plaintext @returns {Promise<Bytes>} */
  async seal(plaintext) {
    if (this.#seq >= FRAMES_PER_STREAM) throw new SealError('exhausted');
    const seq = this.#seq;
    this.#seq += 1;
    const { key, iv } = this.#keys.of(this.#stream);
    const header = packHeader({ stream: this.#stream, seq });
    const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce(iv, seq), additionalData: header }, key, plaintext);
    return concat(header, new Uint8Array(sealed));
  }
}

export class Opener {
  #next = 0;
  #keys;
  #stream;

  /** @param {SessionKeys} keys @param {number} stream */
  constructor(keys, stream) {
    this.#keys = keys;
    this.#stream = stream;
  }

  /** The plaintext; its place in the stream is judged before the first wait. @param {Bytes} frame @returns {Promise<Bytes>} */
  async open(frame) {
    const { seq } = this.#judge(frame);
    this.#next = seq + 1;
    const { key, iv } = this.#keys.of(this.#stream);
    try {
      const plain = await crypto.subtle.decrypt(
        { name: 'AES-GCM', iv: nonce(iv, seq), additionalData: frame.slice(0, HEADER_BYTES) }, key, frame.slice(HEADER_BYTES),
      );
      return new Uint8Array(plain);
    } catch {
      throw new SealError('bad_frame', 'does not open');
    }
  }

  /** @param {Bytes} frame */
  #judge(frame) {
    const allowed = FROM_DEVICE.has(this.#stream) ? FROM_DEVICE : FROM_CONSOLE;
    const header = parseHeader(frame, allowed);
    if (header.stream !== this.#stream) throw new WireError('bad_frame', 'stream');
    const gapAllowed = this.#stream === STREAM.D2T_PICTURE_WS;
    if (gapAllowed ? header.seq < this.#next : header.seq !== this.#next) throw new SealError('bad_frame', 'replayed, late or missing');
    return header;
  }
}
