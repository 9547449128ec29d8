/** @file The list of badges and keys that no longer count (seal SPEC §8). Times in seconds. */

import { WireError } from './errors.js';
import { isText } from './jws.js';
import * as limits from './limits.js';
import { signedBy } from './signed.js';

/** @typedef {import('./types.js').Bytes} Bytes */
/** @typedef {import('./types.js').Json} Json */
/** @typedef {import('./types.js').JsonObject} JsonObject */
/** @typedef {import('./keyset.js').Keyset} Keyset */

/** @typedef {{ iss: string, iat: number, jtis: ReadonlySet<string>, kids: ReadonlySet<string> }} StatusList */

const KIND = { label: 'ra1/status', code: 'bad_status', limit: limits.STATUS_BYTES, fields: ['iat', 'iss', 'jtis', 'kids', 'v'] };

/** @param {unknown} holds @param {string} what @returns {asserts holds} */
function require(holds, what) {
  if (!holds) throw new WireError(KIND.code, what);
}

/** UTF-8 keeps the order of code points; UTF-16 does not. @param {string} one @param {string} other */
function isBefore(one, other) {
  const [left, right] = [[...one], [...other]];
  const at = left.findIndex((letter, place) => letter !== right[place]);
  if (at === -1) return left.length < right.length;
  return at < right.length && Number(left[at]?.codePointAt(0)) < Number(right[at]?.codePointAt(0));
}

/** @param {Json | undefined} value @param {{ count: number, least: number, most: number }} bounds @returns {ReadonlySet<string>} */
function sortedSet(value, { count, least, most }) {
  require(Array.isArray(value) && value.length <= count, 'count');
  const texts = value.filter((one) => isText(one, least, most));
  require(texts.length === value.length, 'entry');
  require(texts.every((one, at) => at === 0 || isBefore(String(texts[at - 1]), one)), 'order');
  return new Set(texts);
}

/** @param {JsonObject} fields @param {string} iss @returns {StatusList} */
function read(fields, iss) {
  const { v, iat } = fields;
  require(v === 1 && fields['iss'] === iss && typeof iat === 'number' && iat >= 0, 'fields');
  return {
    iss, iat, jtis: sortedSet(fields['jtis'], { count: limits.STATUS_JTIS, least: 1, most: limits.CLAIM_CHARACTERS }),
    kids: sortedSet(fields['kids'], { count: limits.STATUS_KIDS, least: 43, most: 43 }),
  };
}

/** The list, if this organisation's status key signed it. @param {Bytes} data @param {{ status: Bytes, iss: string }} keyset @returns {Promise<StatusList>} */
export function verifyStatus(data, { status, iss }) {
  return signedBy(data, KIND, status, (fields) => read(fields, iss));
}

/** @param {StatusList} list @param {number} now seconds */
export function isFreshStatus({ iat }, now) {
  return now - iat < limits.STATUS_LIFE_S;
}
