/** @file The twelve digits a customer reads out (SPEC §3). */

import { WireError } from './errors.js';

const DAMM = [
  '0317598642', '7092154863', '4206871359', '1750983426', '6123045978',
  '3674209581', '5869720134', '8945362017', '9438617205', '2581436790',
].map((row) => [...row].map(Number));

/** @param {string} digits */
function damm(digits) {
  let state = 0;
  for (const digit of digits) state = DAMM[state]?.[Number(digit)] ?? 0;
  return state;
}

/** @param {string} text @param {number} size */
function requireDigits(text, size) {
  if (text.length !== size || !/^[0-9]*$/.test(text)) throw new WireError('bad_code', `${size} digits`);
}

/** @param {string} eleven locator and secret */
export function checkDigit(eleven) {
  requireDigits(eleven, 11);
  return String(damm(eleven));
}

/** @param {string} locator @param {string} secret */
export function compose(locator, secret) {
  requireDigits(locator, 5);
  requireDigits(secret, 6);
  return locator + secret + checkDigit(locator + secret);
}

/** Six digits without modulo bias. @param {(size: number) => import('./types.js').Bytes} random @returns {string} */
export function drawSecret(random) {
  for (;;) {
    const [a = 0, b = 0, c = 0, d = 0] = random(4);
    const number = ((a * 256 + b) * 256 + c) * 256 + d;
    // The largest multiple of a million below 2^32; what lies above would favour small numbers.
    if (number < 4_294_000_000) return String(number % 1_000_000).padStart(6, '0');
  }
}

/** @param {string} twelve */
export function isValid(twelve) {
  return /^[0-9]{12}$/.test(twelve) && damm(twelve) === 0;
}

// Unicode White_Space, then the dashes and dots people type or paste between groups; the same set as on the device.
const SEPARATORS = /[\t\n\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\-\u2010-\u2015\u2212.\xb7]+/g;
const TYPED_CHARACTERS = 64;

/** Twelve digits from what a person typed or pasted, or null where it holds anything else. @param {string} typed */
export function normalise(typed) {
  if ([...typed].length > TYPED_CHARACTERS) return null;
  const rest = typed.replace(SEPARATORS, '');
  return /^[0-9]{12}$/.test(rest) ? rest : null;
}

/** @param {string} twelve */
export function split(twelve) {
  if (!isValid(twelve)) throw new WireError('bad_code', 'check digit');
  return { locator: twelve.slice(0, 5), secret: twelve.slice(5, 11) };
}

/** @param {string} twelve */
export function grouped(twelve) {
  requireDigits(twelve, 12);
  return `${twelve.slice(0, 4)} ${twelve.slice(4, 8)} ${twelve.slice(8)}`;
}
