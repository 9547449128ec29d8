/** @file Proofs: what shows that a data channel carries frames, before pictures take it (seal SPEC §11). */

import { SealError } from './errors.js';
import { PROOFS, PROOF_BYTES } from './limits.js';

/** @typedef {import('./types.js').Bytes} Bytes */

const MARK_BYTES = 4;

/** Whether a frame of the picture stream says that it is no picture. @param {Bytes} plaintext */
export function isProof(plaintext) {
  return plaintext.length >= MARK_BYTES && plaintext.subarray(0, MARK_BYTES).every((byte) => byte === 0);
}

/** Which proof this is; any other spelling is refused. @param {Bytes} plaintext @returns {number} */
export function unpackProof(plaintext) {
  const n = plaintext[MARK_BYTES] ?? 0;
  const plain = plaintext.length === PROOF_BYTES && plaintext.every((byte, at) => byte === (at === MARK_BYTES ? n : 0));
  if (!plain || n < 1 || n > PROOFS) throw new SealError('bad_message', 'proof');
  return n;
}

/** @param {number} n @returns {Bytes} */
export function packProof(n) {
  const plaintext = new Uint8Array(PROOF_BYTES);
  plaintext[MARK_BYTES] = n;
  return plaintext;
}
