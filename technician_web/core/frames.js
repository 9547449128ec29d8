/** @file Sealing and opening of frames: AES-256-GCM per stream, in order, padded so that size hides the command (seal SPEC §3). */

import { concat } from './bytes.js';
import { SealError, WireError } from './errors.js';
import { largestFrame, mayLeaveGaps, packHeader, parseHeader } from './header.js';
import { FRAMES_PER_STREAM, HEADER_BYTES, PAD_BYTES, TAG_BYTES, TEXT_BYTES } from './limits.js';

/** @typedef {import('./types.js').Bytes} Bytes */
/** @typedef {{ key: CryptoKey, iv: Bytes }} StreamKey */

const LENGTH_BYTES = 2;

/** Length, JSON, zeros to the next multiple of 64. @param {Bytes} json @returns {Bytes} */
export function pad(json) {
  if (json.length === 0 || json.length > TEXT_BYTES) throw new SealError('too_big');
  const padded = new Uint8Array(Math.ceil((json.length + LENGTH_BYTES) / PAD_BYTES) * PAD_BYTES);
  new DataView(padded.buffer).setUint16(0, json.length);
  padded.set(json, LENGTH_BYTES);
  return padded;
}

/** The JSON in a plaintext; any other padding than the one is refused. @param {Bytes} plaintext @returns {Bytes} */
export function unpad(plaintext) {
  const size = plaintext.length < LENGTH_BYTES ? 0 : new DataView(plaintext.buffer, plaintext.byteOffset).getUint16(0);
  const end = LENGTH_BYTES + size;
  const fits = size > 0 && size <= TEXT_BYTES && plaintext.length === Math.ceil(end / PAD_BYTES) * PAD_BYTES;
  if (!fits || plaintext.subarray(end).some((byte) => byte !== 0)) throw new SealError('bad_padding');
  return plaintext.slice(LENGTH_BYTES, end);
}

/** Key, iv and next number of one stream. Each number is used once. */
class StreamState {
  /** @type {StreamKey | null} */
  #secret;

  /** @param {number} stream @param {StreamKey} secret */
  constructor(stream, secret) {
    this.stream = stream;
    this.next = 0;
    this.#secret = secret;
  }

  /** Forget the key; from now on everything is refused. */
  wipe() {
    this.#secret = null;
  }

  /** @returns {StreamKey} */
  live() {
    return this.#secret ?? refuse('closed', 'the key of this stream is gone');
  }

  /** @param {Bytes} iv @param {number} seq @param {Bytes} header @returns {AesGcmParams} */
  static parameters(iv, seq, header) {
    const nonce = iv.slice();
    const view = new DataView(nonce.buffer);
    view.setBigUint64(4, view.getBigUint64(4) ^ BigInt(seq));
    return { name: 'AES-GCM', iv: nonce, additionalData: header };
  }
}

/** @param {string} code @param {string} [detail] @returns {never} */
function refuse(code, detail) {
  throw new SealError(code, detail);
}

export class Sealer extends StreamState {
  /** The next whole frame. Its number is taken before the first wait: calls in order give frames in order. @param {Bytes} plaintext @returns {Promise<Bytes>} */
  async seal(plaintext) {
    const { key, iv } = this.live();
    if (this.next >= FRAMES_PER_STREAM) refuse('exhausted', 'a stream has 2^20 frames');
    if (HEADER_BYTES + plaintext.length + TAG_BYTES > largestFrame(this.stream)) refuse('too_big');
    const seq = this.next;
    this.next += 1;
    const header = packHeader({ stream: this.stream, seq });
    const sealed = await crypto.subtle.encrypt(StreamState.parameters(iv, seq, header), key, plaintext);
    return concat(header, new Uint8Array(sealed));
  }
}

/** Opens the frames of one stream; after the first refusal it opens nothing more (INV-C1). */
export class Opener extends StreamState {
  /** The plaintext of the next frame. Its place in the stream is judged before the first wait. @param {Bytes} frame @returns {Promise<Bytes>} */
  async open(frame) {
    const { key, iv } = this.live();
    try {
      const seq = this.#place(frame);
      this.next = seq + 1;
      const parameters = StreamState.parameters(iv, seq, frame.slice(0, HEADER_BYTES));
      return new Uint8Array(await crypto.subtle.decrypt(parameters, key, frame.slice(HEADER_BYTES)));
    } catch (error) {
      this.wipe();
      throw error instanceof SealError ? error : new SealError('bad_frame', error instanceof WireError ? error.message : 'does not open');
    }
  }

  /** @param {Bytes} frame @returns {number} */
  #place(frame) {
    const { seq } = parseHeader(frame, new Set([this.stream]));
    const fits = mayLeaveGaps(this.stream) ? seq >= this.next : seq === this.next;
    return fits ? seq : refuse('bad_frame', 'replayed, late or missing');
  }
}
