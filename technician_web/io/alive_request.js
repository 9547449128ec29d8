/** @file One sign of life to the relay, over a request of its own (SPEC §5.3). */

import { postBeside } from './beside_request.js';

/** @typedef {{ key: string, k: number, n: number, pic: number, tag: string }} Sign */
/** @typedef {{ k: number, n: number, heard: number, tag: string }} Answer as it came; whether it says what it may is the reader's to judge */
/**
 * `gone`: the relay has no such session, or is older than this page. `busy`: it asks for a pause. `silent`: it is there, and has
 * nothing of the device's.
 * @typedef {Answer | 'silent' | 'busy' | 'gone'} Said
 */

const GONE = [403, 404, 405];
const NO_CONTENT = 204;

/** @param {unknown} body @returns {Said} */
function answerOf(body) {
  const { k, n, heard, tag } = /** @type {{ [name: string]: unknown }} */ (typeof body === 'object' && body !== null ? body : {});
  const isOne = typeof k === 'number' && typeof n === 'number' && typeof heard === 'number' && typeof tag === 'string';
  return isOne ? { k, n, heard, tag } : 'silent';
}

/** Rejects where there is no connection. @param {string} node where the session's socket is @param {Sign} sign @param {AbortSignal} signal @returns {Promise<Said>} */
export async function sayAlive(node, sign, signal) {
  const response = await postBeside(node, '/v1/alive', sign, { signal, priority: 'low' });
  if (response.ok) return response.status === NO_CONTENT ? 'silent' : answerOf(await response.json());
  return GONE.includes(response.status) ? 'gone' : 'busy';
}
