/** @file The public values both ends hash into the session's identity (SPEC §5.4). */

import { concat, lv, sha512, utf8 } from './bytes.js';
import { SUITE } from './closed_sets.js';

/** @typedef {import('./types.js').Bytes} Bytes */

/** @param {Bytes} nd @param {Bytes} nt @param {Bytes} rs @returns {Promise<Bytes>} */
export async function sessionId(nd, nt, rs) {
  return (await sha512(concat(utf8('ra1/sid'), lv(nd, nt, rs)))).slice(0, 32);
}

/** @param {{ origin: string, locator: string, shownBy: import('./types.js').ShownBy, dev: string }} parts @returns {Bytes} */
export function channelIdentifier({ origin, locator, shownBy, dev }) {
  return lv('ra1', SUITE, origin, locator, shownBy, 'console', 'device', dev);
}

/**
 * @typedef {object} Transcript
 * @property {Bytes} helloD
 * @property {Bytes} helloT
 * @property {Bytes} ci
 * @property {Bytes} sid
 * @property {Bytes} ya
 * @property {Bytes} yb
 * @property {Bytes} tb
 * @property {Bytes} ta
 */

/** @param {Transcript} seen @returns {Promise<Bytes>} */
export function transcriptHash({ helloD, helloT, ci, sid, ya, yb, tb, ta }) {
  return sha512(concat(utf8('ra1/th'), lv(helloD, helloT, ci, sid, ya, yb, tb, ta)));
}
