/** @file A still as it comes, in parts; bounded, in order, and called nothing before it was compared (seal SPEC §3, §4.3). Pure. */

import { concat } from './bytes.js';
import { SealError } from './errors.js';
import { STILL_BYTES, STILL_PART_BYTES } from './limits.js';
import { CODEC, webpSize } from './picture.js';

/** @typedef {import('./types.js').Bytes} Bytes */
/** @typedef {import('./types.js').PictureHead} PictureHead */
/** @typedef {{ start: number, size: number, bytes: Bytes }} Part */
/** @typedef {{ head: PictureHead, bytes: Bytes }} WholeStill */

const PLACE_BYTES = 8;

/** @param {Part} part */
function check({ start, size, bytes }) {
  const fits = start >= 0 && bytes.length >= 1 && bytes.length <= STILL_PART_BYTES && start + bytes.length <= size && size <= STILL_BYTES;
  if (!fits) throw new SealError('bad_message', 'part of a still');
}

/** @param {Part} part @returns {Bytes} */
export function packPart(part) {
  check(part);
  const place = new Uint8Array(PLACE_BYTES);
  const view = new DataView(place.buffer);
  view.setUint32(0, part.start);
  view.setUint32(4, part.size);
  return concat(place, part.bytes);
}

/** @param {Bytes} data of a picture frame with the flag of a still @returns {Part} */
export function unpackPart(data) {
  if (data.length <= PLACE_BYTES) throw new SealError('bad_message', 'part of a still');
  const view = new DataView(data.buffer, data.byteOffset, PLACE_BYTES);
  const part = { start: view.getUint32(0), size: view.getUint32(4), bytes: data.subarray(PLACE_BYTES) };
  check(part);
  return part;
}

/** Puts one still together. What does not follow what came before is a try that failed. */
export class StillParts {
  /** @type {PictureHead | null} */
  #head = null;
  /** @type {Uint8Array<ArrayBuffer>} */
  #bytes = new Uint8Array(0);
  #filled = 0;

  /**
   * @param {PictureHead} head @param {Bytes} data
   * @returns {WholeStill | 'more' | 'gap'} `gap`: something is missing, or the parts are of two stills
   */
  take(head, data) {
    const { start, size, bytes } = unpackPart(data);
    if (start === 0) {
      this.#head = head;
      this.#bytes = new Uint8Array(size);
      this.#filled = 0;
    }
    const first = this.#head;
    const follows = first !== null && start === this.#filled && size === this.#bytes.length && isSame(first, head);
    if (!first || !follows) {
      this.forget();
      return 'gap';
    }
    this.#bytes.set(bytes, start);
    this.#filled += bytes.length;
    if (this.#filled < size) return 'more';
    const whole = { head: first, bytes: this.#bytes };
    this.forget();
    return whole;
  }

  forget() {
    this.#head = null;
    this.#bytes = new Uint8Array(0);
    this.#filled = 0;
  }
}

/** @param {PictureHead} one @param {PictureHead} other */
function isSame(one, other) {
  return one.codec === other.codec && one.width === other.width && one.height === other.height && one.at === other.at;
}

/** Whether the file itself names the size of its head, so that nothing larger is ever decoded (INV-F2). @param {WholeStill} still */
export function isOfItsSize({ head, bytes }) {
  const size = head.codec === CODEC.WEBP ? webpSize(bytes) : pngSize(bytes);
  return size !== null && size.width === head.width && size.height === head.height;
}

/** The size a PNG of 8 bits a channel without alpha says it has (PNG, third edition, §11.2.1); null for any other. @param {Bytes} data */
function pngSize(data) {
  const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52];
  if (data.length < 26 || SIGNATURE.some((byte, at) => data[at] !== byte) || data[24] !== 8 || data[25] !== 2) return null;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return { width: view.getUint32(16), height: view.getUint32(20) };
}
