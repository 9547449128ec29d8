/** @file Compact JWS of canonical parts: the form of badges and of enrolment credentials (seal SPEC §6, §9). */

import { unb64, utf8 } from './bytes.js';
import { exactly, load } from './canonical.js';
import { WireError } from './errors.js';
import { BADGE_CHARACTERS } from './limits.js';

/** @typedef {import('./types.js').Bytes} Bytes */
/** @typedef {import('./types.js').Json} Json */
/** @typedef {import('./types.js').JsonObject} JsonObject */

/** @typedef {{ kid: string, claims: JsonObject, signed: Bytes, sig: Bytes }} Parts `signed` are the bytes under `sig`. */

const EMPTY = new Uint8Array();

/** @param {Json | undefined} value @param {number} least @param {number} most @returns {value is string} */
export function isText(value, least, most) {
  return typeof value === 'string' && [...value].length >= least && [...value].length <= most;
}

/** @param {string} jws @param {string} typ @param {string} code @returns {Parts} */
function parts(jws, typ, code) {
  const require = (/** @type {unknown} */ holds) => { if (!holds) throw new WireError(code, 'form'); };
  require([...jws].length <= BADGE_CHARACTERS);
  const pieces = jws.split('.');
  require(pieces.length === 3);
  const [header = EMPTY, claims = EMPTY, sig = EMPTY] = pieces.map((part) => unb64(part));
  const { alg, kid, typ: stated } = exactly(load(header), ['alg', 'kid', 'typ'], code);
  require(alg === 'EdDSA' && stated === typ && typeof kid === 'string' && unb64(kid, 32) && sig.length === 64);
  const value = load(claims);
  require(typeof value === 'object' && !Array.isArray(value));
  return { kid: String(kid), claims: /** @type {JsonObject} */ (value), signed: utf8(jws.slice(0, jws.lastIndexOf('.'))), sig };
}

/** The parts of a JWS of this type, and what `read` makes of its claims; every refusal is a WireError with `code`.
 * @template T @param {string} jws @param {{ typ: string, code: string }} kind @param {(parts: Parts) => T} read @returns {T} */
export function takeApart(jws, { typ, code }, read) {
  try {
    return read(parts(jws, typ, code));
  } catch (error) {
    throw error instanceof WireError && error.code === code ? error : new WireError(code, 'form');
  }
}

/** The Ed25519 key in the claim `cnf`. @param {JsonObject} claims @param {string} code @returns {Bytes} */
export function confirmedKey(claims, code) {
  const { jwk } = exactly(claims['cnf'] ?? false, ['jwk'], code);
  const { crv, kty, x } = exactly(jwk ?? false, ['crv', 'kty', 'x'], code);
  if (crv !== 'Ed25519' || kty !== 'OKP' || typeof x !== 'string') throw new WireError(code, 'cnf');
  return unb64(x, 32);
}
