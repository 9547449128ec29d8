/** @file The maker's word on which unit a device key belongs to (seal SPEC §9). */

import { equal, keyId } from './bytes.js';
import { exactly } from './canonical.js';
import { WireError } from './errors.js';
import { confirmedKey, isText, takeApart } from './jws.js';
import { keyWithId } from './keyset.js';
import { CLAIM_CHARACTERS, UNIT_CHARACTERS } from './limits.js';
import { checkEd25519 } from './records.js';
import { isPlain } from './texts.js';

/** @typedef {import('./types.js').Bytes} Bytes */
/** @typedef {import('./types.js').JsonObject} JsonObject */
/** @typedef {import('./keyset.js').Keyset} Keyset */
/** @typedef {import('./status.js').StatusList} StatusList */
/** @typedef {{ iss: string, sub: string, model: string, iat: number, key: Bytes }} Enrolment `sub` is the unit. */

const KIND = { typ: 'ra-dev+jwt', code: 'bad_enrolment' };

/** @param {unknown} holds @param {string} what @returns {asserts holds} */
function require(holds, what) {
  if (!holds) throw new WireError(KIND.code, what);
}

/** @param {JsonObject} claims @returns {Enrolment} */
function read(claims) {
  const { iss, sub, model, iat } = exactly(claims, ['cnf', 'iat', 'iss', 'model', 'sub'], KIND.code);
  require(isText(iss, 1, CLAIM_CHARACTERS), 'iss');
  require(isPlain(sub, 1, UNIT_CHARACTERS) && isPlain(model, 1, UNIT_CHARACTERS), 'unit or model');
  require(typeof iat === 'number' && iat >= 0, 'iat');
  return { iss, sub, model, iat, key: confirmedKey(claims, KIND.code) };
}

/**
 * The enrolment, if the maker confirms that the device with the key `dpk` is that unit; else a WireError `bad_enrolment`.
 * @param {string} jws @param {{ keyset: Keyset, status: Pick<StatusList, 'kids'>, dpk: Bytes }} known @returns {Promise<Enrolment>}
 */
export async function verifyEnrolment(jws, { keyset, status, dpk }) {
  const { kid, signed, sig, ...enrolment } = takeApart(jws, KIND, ({ claims, ...parts }) => ({ ...read(claims), ...parts }));
  const key = await keyWithId(keyset.enrol, kid);
  require(key !== null, 'unknown enrolment key');
  require(!status.kids.has(kid) && !status.kids.has(await keyId(dpk)), 'revoked key');
  require(await checkEd25519(key, sig, signed), 'signature');
  require(enrolment.iss === keyset.iss, 'another organisation');
  require(equal(enrolment.key, dpk), 'key of another device');
  return enrolment;
}
