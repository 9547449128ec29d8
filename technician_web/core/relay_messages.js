/** @file What console and relay say to each other in clear (SPEC §5.2). Unknown keys and unknown types are passed over. */

import { b64, unb64, utf8 } from './bytes.js';
import { nestsTooDeep } from './canonical.js';
import { isEndReason } from './closed_sets.js';
import { WireError } from './errors.js';
import { HELLO_BYTES, RECORD_BYTES, TEXT_BYTES } from './limits.js';

/** @typedef {import('./types.js').Bytes} Bytes */
/** @typedef {import('./types.js').EndReason} EndReason */

/** @typedef {{ t: 'joined', rs: Bytes, hello: Bytes }} Joined a device redeemed the code this console shows */
/** @typedef {{ t: 'pake_b', y: Bytes, tag: Bytes }} PakeB */
/** @typedef {{ t: 'record', rec: Bytes }} RecordMessage */
/** @typedef {{ t: 'ended', reason: EndReason, at: number }} Ended */
/** @typedef {{ t: 'error', code: string, wait_s?: number }} ErrorMessage */
/** @typedef {Joined | PakeB | RecordMessage | Ended | ErrorMessage} ForConsole */

const LONGEST_WAIT_S = 86_400;
const ERROR_CODES = ['try_later', 'bad_message', 'not_allowed', 'timed_out', 'wrong_state', 'code_over', 'code_not_open', 'too_many'];

/** @param {string} what @returns {never} */
function refuse(what) {
  throw new WireError('bad_message', what);
}

/** @param {unknown} value @param {number} [size] @returns {Bytes} */
function bytesOf(value, size) {
  if (typeof value !== 'string') return refuse('bytes');
  try {
    return unb64(value, size);
  } catch {
    return refuse('bytes');
  }
}

/** @type {{ [t: string]: (fields: { [name: string]: unknown }) => ForConsole }} */
const READERS = {
  joined: ({ rs, hello }) => {
    const data = bytesOf(hello);
    return data.length >= 1 && data.length <= HELLO_BYTES ? { t: 'joined', rs: bytesOf(rs, 16), hello: data } : refuse('hello');
  },
  pake_b: ({ y, tag }) => ({ t: 'pake_b', y: bytesOf(y, 32), tag: bytesOf(tag, 64) }),
  record: ({ rec }) => {
    const data = bytesOf(rec);
    return data.length >= 1 && data.length <= RECORD_BYTES ? { t: 'record', rec: data } : refuse('rec');
  },
  ended: ({ reason, at }) => {
    if (!isEndReason(reason)) return refuse('reason');
    return typeof at === 'number' && Number.isSafeInteger(at) && at >= 0 ? { t: 'ended', reason, at } : refuse('at');
  },
  error: ({ code, wait_s }) => {
    if (typeof code !== 'string' || !ERROR_CODES.includes(code)) return refuse('code');
    if (wait_s === undefined) return { t: 'error', code };
    const fits = typeof wait_s === 'number' && Number.isInteger(wait_s) && wait_s >= 1 && wait_s <= LONGEST_WAIT_S;
    return fits ? { t: 'error', code, wait_s } : refuse('wait_s');
  },
};

/** @param {string} text @returns {{ [name: string]: unknown }} */
function objectOf(text) {
  if (utf8(text).length > TEXT_BYTES) throw new WireError('too_big');
  if (nestsTooDeep(text)) return refuse('nested too deep');
  /** @type {unknown} */
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('not JSON');
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? /** @type {{ [name: string]: unknown }} */ (value) : refuse('not an object');
}

/** A WireError `unknown_type` is to be passed over, any other ends the session. @param {string} text @returns {ForConsole} */
export function decodeForConsole(text) {
  const fields = objectOf(text);
  const name = fields['t'];
  if (typeof name !== 'string') return refuse('t');
  const reader = Object.entries(READERS).find(([t]) => t === name)?.[1];
  if (!reader) throw new WireError('unknown_type');
  return reader(fields);
}

/** @param {Bytes} hello @param {Bytes} y */
export function pakeA(hello, y) {
  return JSON.stringify({ t: 'pake_a', hello: b64(hello), y: b64(y) });
}

/** @param {Bytes} tag */
export function pakeConfirm(tag) {
  return JSON.stringify({ t: 'pake_confirm', tag: b64(tag) });
}

export const ABORT = JSON.stringify({ t: 'abort' });

/** A message of the relay, or null for a type this version does not know (SPEC §1). @param {string} text */
export function readText(text) {
  try {
    return decodeForConsole(text);
  } catch (error) {
    if (error instanceof WireError && error.code === 'unknown_type') return null;
    throw error;
  }
}
