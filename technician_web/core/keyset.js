/** @file The organisation's keys, as its root signs them (seal SPEC §7). Times in seconds. */

import { keyId, unb64 } from './bytes.js';
import { exactly } from './canonical.js';
import { WireError } from './errors.js';
import { isText } from './jws.js';
import * as limits from './limits.js';
import { signedBy } from './signed.js';

/** @typedef {import('./types.js').Bytes} Bytes */
/** @typedef {import('./types.js').Json} Json */
/** @typedef {import('./types.js').JsonObject} JsonObject */

/**
 * @typedef {object} Keyset
 * @property {string} iss
 * @property {number} serial
 * @property {number} iat
 * @property {number} nbf
 * @property {number} exp
 * @property {Bytes[]} issuers
 * @property {Bytes[]} enrol Keys that confirm which unit a device is.
 * @property {Bytes} status
 * @property {Bytes[]} auditors
 * @property {string} log
 * @property {string[]} witnesses
 */

const KIND = {
  label: 'ra1/keyset', code: 'bad_keyset', limit: limits.KEYSET_BYTES,
  fields: ['auditors', 'enrol', 'exp', 'iat', 'iss', 'issuers', 'log', 'nbf', 'serial', 'status', 'v', 'witnesses'],
};
const VKEY = /^[!-~]*$/;

/** @param {unknown} holds @param {string} what @returns {asserts holds} */
function require(holds, what) {
  if (!holds) throw new WireError(KIND.code, what);
}

/** @param {Json | undefined} value @param {string} what @returns {Json[]} */
function few(value, what) {
  require(Array.isArray(value) && value.length <= limits.KEYS_OF_A_KIND, what);
  return value;
}

/** @param {Json | undefined} value @returns {Bytes} */
function key(value) {
  require(typeof value === 'string', 'key');
  return unb64(value, 32);
}

/** @param {Json | undefined} value @param {number} least @returns {string} */
function vkey(value, least) {
  require(isText(value, least, limits.VKEY_CHARACTERS) && VKEY.test(value), 'verifier key');
  return value;
}

/** @param {Json} value @returns {Bytes} */
function auditor(value) {
  const { kem, key: own } = exactly(value, ['kem', 'key'], KIND.code);
  require(kem === 'x25519', 'kem');
  return key(own);
}

/** @param {JsonObject} fields @param {Bytes} root @returns {Keyset} */
function read(fields, root) {
  const { v, iss, serial, iat, nbf, exp } = fields;
  require(v === 1 && isText(iss, 1, limits.CLAIM_CHARACTERS), 'v or iss');
  for (const number of [serial, iat, nbf, exp]) require(typeof number === 'number' && number >= 0, 'numbers');
  const times = /** @type {{ serial: number, iat: number, nbf: number, exp: number }} */ ({ serial, iat, nbf, exp });
  require(times.serial >= 1, 'serial');
  const life = times.exp - times.nbf;
  require(life > 0 && life <= limits.KEYSET_LIFE_S && times.iat < times.exp, 'times');
  const keyset = {
    iss, ...times, issuers: few(fields['issuers'], 'issuers').map(key), enrol: few(fields['enrol'], 'enrol').map(key),
    status: key(fields['status']), auditors: few(fields['auditors'], 'auditors').map(auditor),
    log: vkey(fields['log'], 0), witnesses: few(fields['witnesses'], 'witnesses').map((one) => vkey(one, 1)),
  };
  require(keyset.issuers.length > 0, 'issuers');
  const duties = [root, keyset.status, ...keyset.issuers, ...keyset.enrol].map(String);
  require(new Set(duties).size === duties.length, 'one key with two duties');
  return keyset;
}

/** The keyset, if this root signed it; whether it is valid now is another question. @param {Bytes} data @param {Bytes} root @returns {Promise<Keyset>} */
export function verifyKeyset(data, root) {
  return signedBy(data, KIND, root, (fields) => read(fields, root));
}

/** @param {Keyset} keyset @param {number} now seconds */
export function isValidKeyset({ nbf, exp }, now) {
  return nbf <= now + limits.SKEW_S && now < exp;
}

/** Whether `keyset` may take the place of `held`: its serial does not go down, nor mean two things. @param {Keyset} keyset @param {Keyset | null} held */
export function succeeds(keyset, held) {
  return !held || keyset.serial > held.serial || JSON.stringify(keyset) === JSON.stringify(held);
}

/** @param {Bytes[]} keys @param {string} kid @returns {Promise<Bytes | null>} */
export async function keyWithId(keys, kid) {
  for (const one of keys) if (await keyId(one) === kid) return one;
  return null;
}
