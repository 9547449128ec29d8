/** @file The head in front of every piece of sound (seal SPEC §3). */

import { concat } from './bytes.js';
import { SealError } from './errors.js';
import { OPUS_BYTES } from './limits.js';

/** @typedef {import('./types.js').Bytes} Bytes */
/** @typedef {{ n: number, channels: number, at: number }} SoundHead `n` counts pieces of 20 ms over both carriers; `at` is the device's clock, ms. */

const HEAD_BYTES = 14;
const OPUS = 1;
export const PIECE_MS = 20;
export const SAMPLE_RATE = 48_000;

/** @param {boolean} holds @returns {asserts holds} */
function require(holds) {
  if (!holds) throw new SealError('bad_message', 'sound head');
}

/** @param {SoundHead} head */
function check({ n, channels, at }) {
  require(n >= 1 && n < 2 ** 32 && (channels === 1 || channels === 2));
  require(Number.isSafeInteger(at) && at >= 0);
}

/** @param {SoundHead} head @param {Bytes} data one Opus packet @returns {Bytes} */
export function packSound(head, data) {
  check(head);
  const bytes = new Uint8Array(HEAD_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, head.n);
  view.setUint8(4, OPUS);
  view.setUint8(5, head.channels);
  view.setBigUint64(6, BigInt(head.at));
  return concat(bytes, data);
}

/** @param {Bytes} plaintext @returns {{ head: SoundHead, data: Bytes }} */
export function unpackSound(plaintext) {
  require(plaintext.length > HEAD_BYTES && plaintext.length <= HEAD_BYTES + OPUS_BYTES);
  const view = new DataView(plaintext.buffer, plaintext.byteOffset, HEAD_BYTES);
  require(view.getUint8(4) === OPUS);
  const head = { n: view.getUint32(0), channels: view.getUint8(5), at: Number(view.getBigUint64(6)) };
  check(head);
  return { head, data: plaintext.subarray(HEAD_BYTES) };
}
