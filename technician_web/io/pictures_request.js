/** @file One request for the pictures that a held-up socket owes, to the relay (SPEC §5.3). */

/** @typedef {import('../core/types.js').Bytes} Bytes */
/** @typedef {{ key: string, seq: number }} Wanted */

import { concat } from '../core/bytes.js';
import { PICTURES_KEPT, PICTURES_KEPT_BYTES } from '../core/limits.js';
import { postBeside } from './beside_request.js';

const LENGTH_BYTES = 4;
const MOST_BYTES = PICTURES_KEPT_BYTES + PICTURES_KEPT * LENGTH_BYTES;

/** The whole answer; more than a relay keeps is not read (INV-F2). @param {Response} response @returns {Promise<Bytes>} */
async function bodyOf(response) {
  const reader = response.body?.getReader();
  /** @type {Bytes[]} */
  const pieces = [];
  let size = 0;
  for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) {
    size += piece.value.length;
    if (size > MOST_BYTES) {
      await reader?.cancel();
      return new Uint8Array(0);
    }
    pieces.push(piece.value);
  }
  return concat(...pieces);
}

/** The frames in an answer; what is cut short is none. @param {Bytes} body @returns {Bytes[]} */
function framesOf(body) {
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const frames = [];
  for (let at = 0; at + LENGTH_BYTES <= body.length && frames.length < PICTURES_KEPT;) {
    const size = view.getUint32(at);
    at += LENGTH_BYTES;
    if (size > body.length - at) break;
    frames.push(body.subarray(at, at + size));
    at += size;
  }
  return frames;
}

/**
 * The sealed frames from `seq` on, none where there are none, or where it is asked for a pause. Rejects where there is no connection.
 * @param {string} node where the session's socket is @param {Wanted} wanted @param {AbortSignal} signal @returns {Promise<Bytes[]>}
 */
export async function askPictures(node, wanted, signal) {
  const response = await postBeside(node, '/v1/pictures', wanted, { signal, priority: 'high' });
  return response.status === 200 ? framesOf(await bodyOf(response)) : [];
}
