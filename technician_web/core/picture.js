/** @file The head in front of every piece of picture (seal SPEC §3). */

import { concat } from './bytes.js';
import { SealError } from './errors.js';
import { PICTURE_PIXELS } from './limits.js';

/** @typedef {import('./types.js').Bytes} Bytes */
/** @typedef {import('./types.js').PictureHead} PictureHead */

export const CODEC = /** @type {const} */ ({ H264: 1, JPEG: 2, H264_444: 3, AV1: 4, WEBP: 5, PNG: 6 });
/** Names as in `decode`, by number. @type {{ [codec: number]: import('./types.js').Codec | 'webp' | 'png' }} */
export const CODEC_NAMES = { 1: 'h264', 2: 'jpeg', 3: 'h264_444', 4: 'av1', 5: 'webp', 6: 'png' };
const HEAD_BYTES = 26;
const SIDE = 2 ** 16;
const KEY_FLAG = 1;
const STILL_FLAG = 2;

/** @param {boolean} holds @param {string} what @returns {asserts holds} */
function require(holds, what) {
  if (!holds) throw new SealError('bad_message', what);
}

/** Whether a picture builds on the one before it, unless it is a key picture. @param {number} codec */
export const isVideo = (codec) => codec === CODEC.H264 || codec === CODEC.H264_444 || codec === CODEC.AV1;

/** @param {PictureHead} head */
function check({ pic, codec, key, width, height, x, y, columns, rows, at, still = false }) {
  require(pic >= 1 && pic < 2 ** 32, 'pic');
  require(codec in CODEC_NAMES, 'codec');
  require(width > 0 && width < SIDE && height > 0 && height < SIDE, 'size');
  require(width * height <= PICTURE_PIXELS, 'too many pixels');
  require(x >= 0 && columns > 0 && x + columns <= width && y >= 0 && rows > 0 && y + rows <= height, 'strip outside the picture');
  const isWhole = columns === width && rows === height;
  require(!(key && isVideo(codec)) || isWhole, 'a key picture covers the whole picture');
  require(Number.isSafeInteger(at) && at >= 0, 'at');
  if (still) require((codec === CODEC.WEBP || codec === CODEC.PNG) && !key && isWhole, 'a still');
  else require(codec !== CODEC.PNG, 'only stills are PNG');
}

/** @param {PictureHead} head @param {Bytes} data @returns {Bytes} */
export function packPicture(head, data) {
  check(head);
  const bytes = new Uint8Array(HEAD_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, head.pic);
  view.setUint8(4, head.codec);
  view.setUint8(5, (head.key ? KEY_FLAG : 0) | (head.still ? STILL_FLAG : 0));
  [head.width, head.height, head.x, head.y, head.columns, head.rows].forEach((value, at) => view.setUint16(6 + 2 * at, value));
  view.setBigUint64(18, BigInt(head.at));
  return concat(bytes, data);
}

/** @param {Bytes} plaintext @returns {{ head: PictureHead, data: Bytes }} */
export function unpackPicture(plaintext) {
  require(plaintext.length > HEAD_BYTES, 'no picture');
  const view = new DataView(plaintext.buffer, plaintext.byteOffset, HEAD_BYTES);
  const flags = view.getUint8(5);
  require(flags <= (KEY_FLAG | STILL_FLAG), 'flags');
  const head = {
    pic: view.getUint32(0), codec: view.getUint8(4), key: (flags & KEY_FLAG) !== 0, width: view.getUint16(6), height: view.getUint16(8),
    x: view.getUint16(10), y: view.getUint16(12), columns: view.getUint16(14), rows: view.getUint16(16), at: Number(view.getBigUint64(18)),
    ...((flags & STILL_FLAG) !== 0 && { still: true }),
  };
  check(head);
  return { head, data: plaintext.subarray(HEAD_BYTES) };
}

/**
 * The size a JPEG says it has, before anything of it is decoded (ITU-T T.81 B.2.2); null where it says none.
 * @param {Uint8Array} data @returns {{ width: number, height: number } | null}
 */
function jpegSize(data) {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let at = 2;
  while (at + 9 <= data.length && view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) { // A fill byte.
      at += 1;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    at += 2 + view.getUint16(at + 2);
  }
  return null;
}

/**
 * The size a simple lossless WebP says it has (RFC 9649 §2.6, §3.4); null for any other kind.
 * @param {Uint8Array} data @returns {{ width: number, height: number } | null}
 */
export function webpSize(data) {
  const LOSSLESS = 'RIFF????WEBPVP8L????/';
  if (data.length < 25 || [...LOSSLESS].some((letter, at) => letter !== '?' && data[at] !== letter.charCodeAt(0))) return null;
  const bits = new DataView(data.buffer, data.byteOffset, data.byteLength).getUint32(21, true);
  return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 };
}

/** The size a strip says it has, before anything of it is decoded; null where it says none. @param {number} codec @param {Uint8Array} data */
export function stripSize(codec, data) {
  return codec === CODEC.JPEG ? jpegSize(data) : webpSize(data);
}
