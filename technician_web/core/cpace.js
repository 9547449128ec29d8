/**
 * @file CPACE-X25519-SHA512 in initiator-responder mode (seal SPEC §1, draft-irtf-cfrg-cpace).
 *
 * X25519 is WebCrypto's. Elligator2 runs on BigInt and is not constant time: its input is a secret that works once,
 * behind a limit of two guesses, and only an observer on the same machine could time it (decision 0009).
 */

import { concat, equal, lv, sha512, utf8 } from './bytes.js';
import { SealError } from './errors.js';

/** @typedef {import('./types.js').Bytes} Bytes */

const DSI = 'CPace255';
const HASH_BLOCK_BYTES = 128;
const P = 2n ** 255n - 19n;
const A = 486662n;
const Z = 2n;
// RFC 8410: what PKCS #8 puts before the 32 bytes of an X25519 private key. WebCrypto imports scalars in no other binary form.
const PKCS8_HEAD = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20);

/** @param {bigint} value */
function modP(value) {
  const rest = value % P;
  return rest < 0n ? rest + P : rest;
}

/** @param {bigint} base @param {bigint} exponent */
function power(base, exponent) {
  let result = 1n;
  let square = modP(base);
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = modP(result * square);
    square = modP(square * square);
  }
  return result;
}

/** @param {Uint8Array} little @returns {bigint} */
function toInteger(little) {
  return little.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

/** @param {bigint} value @returns {Bytes} */
function toBytes(value) {
  return Uint8Array.from({ length: 32 }, (_, at) => Number((value >> BigInt(8 * at)) & 0xffn));
}

/** The u-coordinate Elligator2 maps 32 bytes to; bit 255 is ignored. @param {Bytes} data @returns {Bytes} */
export function elligator2(data) {
  const r = modP(toInteger(data) & ((1n << 255n) - 1n));
  // 1 + 2r^2 is never 0: -1/2 is no square modulo P.
  const w = modP(-A * power(1n + Z * r * r, P - 2n));
  const onCurve = power(w * w * w + A * w * w + w, (P - 1n) / 2n) === 1n;
  return toBytes(onCurve ? w : modP(-w - A));
}

/** @param {Bytes} prs @param {Bytes} ci @param {Bytes} sid @returns {Bytes} */
export function generatorString(prs, ci, sid) {
  const padding = Math.max(0, HASH_BLOCK_BYTES - 1 - lv(prs).length - lv(DSI).length);
  return lv(DSI, prs, new Uint8Array(padding), ci, sid);
}

/** @param {Bytes} prs @param {Bytes} ci @param {Bytes} sid @returns {Promise<Bytes>} */
export async function generator(prs, ci, sid) {
  return elligator2((await sha512(generatorString(prs, ci, sid))).slice(0, 32));
}

/** X25519; refuses the all-zero result and turns every other failure into the same refusal. @param {Bytes} scalar @param {Bytes} point @returns {Promise<Bytes>} */
async function multiply(scalar, point) {
  if (scalar.length !== 32 || point.length !== 32) throw new SealError('bad_point', 'length');
  /** @type {Bytes} */
  let product;
  try {
    const own = await crypto.subtle.importKey('pkcs8', concat(PKCS8_HEAD, scalar), { name: 'X25519' }, false, ['deriveBits']);
    const peer = await crypto.subtle.importKey('raw', point, { name: 'X25519' }, true, []);
    product = new Uint8Array(await crypto.subtle.deriveBits({ name: 'X25519', public: peer }, own, 256));
  } catch {
    throw new SealError('bad_point', 'not a usable point');
  }
  if (equal(product, new Uint8Array(32))) throw new SealError('bad_point', 'low order');
  return product;
}

/** @param {Bytes} scalar @param {Bytes} g @returns {Promise<Bytes>} */
export function publicShare(scalar, g) {
  return multiply(scalar, g);
}

/** K. Give it to `isk` and to nothing else. @param {Bytes} scalar @param {Bytes} peer @returns {Promise<Bytes>} */
export function sharedKey(scalar, peer) {
  return multiply(scalar, peer);
}

/**
 * @param {Bytes} sid @param {Bytes} k @param {{ y: Bytes, ad: Bytes }} a @param {{ y: Bytes, ad: Bytes }} b
 * @returns {Promise<Bytes>}
 */
export function isk(sid, k, a, b) {
  return sha512(concat(lv(`${DSI}_ISK`, sid, k), lv(a.y, a.ad), lv(b.y, b.ad)));
}

/** @param {Bytes} sid @param {Bytes} key the ISK @returns {Promise<Bytes>} */
export function macKey(sid, key) {
  return sha512(concat(utf8('CPaceMac'), sid, key));
}

/** @param {Bytes} key @param {Bytes} y @param {Bytes} ad @returns {Promise<Bytes>} */
export async function tag(key, y, ad) {
  const hmac = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-512' }, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', hmac, lv(y, ad)));
}
