/** @file The technician's badge as its holder reads it (seal SPEC §6). Whether to believe it is the device's question. */

import { concat, lv, sha256B64, utf8 } from './bytes.js';
import { dump, exactly } from './canonical.js';
import { WireError } from './errors.js';
import { confirmedKey, isText, takeApart } from './jws.js';
import { CLAIM_CHARACTERS } from './limits.js';
import { isPlain } from './texts.js';

/** @typedef {import('./types.js').Bytes} Bytes */
/** @typedef {import('./types.js').JsonObject} JsonObject */

/**
 * @typedef {object} BadgeClaims
 * @property {string} aud
 * @property {Bytes} key The technician's public key, out of `cnf`.
 * @property {number} exp Seconds.
 * @property {number} iat
 * @property {string} iss
 * @property {string} jti
 * @property {string} name
 * @property {string} org
 * @property {string[]} scopes
 * @property {string} sub
 */

/** @typedef {{ kid: string, claims: BadgeClaims, signed: Bytes, sig: Bytes }} ParsedBadge */

const KIND = { typ: 'ra-tech+jwt', code: 'bad_badge' };
const CLAIMS = ['aud', 'cnf', 'exp', 'iat', 'iss', 'jti', 'name', 'org', 'scopes', 'sub'];
const MOST_SCOPES = 16;
const SCOPE_CHARACTERS = 32;

/** @param {boolean} holds @param {string} what @returns {asserts holds} */
function require(holds, what) {
  if (!holds) throw new WireError('bad_badge', what);
}

/** @param {JsonObject} value @returns {BadgeClaims} */
function claimsOf(value) {
  const { aud, exp, iat, iss, jti, name, org, scopes, sub } = exactly(value, CLAIMS, 'bad_badge');
  for (const text of [aud, iss, jti, sub]) require(isText(text, 1, CLAIM_CHARACTERS), 'claim');
  require(isPlain(name, 1, 64) && isPlain(org, 1, 64), 'name or org');
  require(typeof exp === 'number' && typeof iat === 'number' && exp >= 0 && iat >= 0, 'times');
  require(Array.isArray(scopes) && scopes.length <= MOST_SCOPES, 'scopes');
  require(scopes.every((scope) => isText(scope, 1, SCOPE_CHARACTERS)), 'scope');
  const texts = /** @type {{ aud: string, iss: string, jti: string, sub: string, scopes: string[] }} */ ({ aud, iss, jti, sub, scopes });
  return { ...texts, name, org, exp, iat, key: confirmedKey(value, 'bad_badge') };
}

/** The parts of a badge of exactly the right form; says nothing about who signed it, or when. @param {string} jws @returns {ParsedBadge} */
export function parseBadge(jws) {
  return takeApart(jws, KIND, ({ kid, claims, signed, sig }) => ({ kid, claims: claimsOf(claims), signed, sig }));
}

/** How the relay and the device's record name a badge. @param {string} jws @returns {Promise<string>} */
export function badgeHash(jws) {
  return sha256B64(utf8(jws));
}

/** What the technician's key signs to be put into a badge. @param {string} issuer @param {Bytes} challenge @returns {Bytes} */
export function badgeChallengeMessage(issuer, challenge) {
  return concat(utf8('ra1/badge\0'), lv(issuer, challenge));
}

/** What it signs in a session: badge and questions, bound to this session. @param {Bytes} th @param {JsonObject} authWithoutSig @returns {Bytes} */
export function techAuthMessage(th, authWithoutSig) {
  return concat(utf8('ra1/tech-auth\0'), lv(th, dump(authWithoutSig)));
}
