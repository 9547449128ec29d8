/** @file Canonical JSON (SPEC §2): one spelling per value, so that what is hashed or signed can be told apart by its bytes. */

import { equal, utf8 } from './bytes.js';
import { WireError } from './errors.js';
import { TEXT_BYTES } from './limits.js';

/** @typedef {import('./types.js').Bytes} Bytes */
/** @typedef {import('./types.js').Json} Json */

const KEY = /^[a-z][a-z0-9_]{0,31}$/;
const DEEPEST = 8;
const SHORT_ESCAPES = new Map([
  ['"', '\\"'], ['\\', '\\\\'], ['\b', '\\b'], ['\t', '\\t'], ['\n', '\\n'], ['\f', '\\f'], ['\r', '\\r'],
]);

/** @param {string} detail @returns {never} */
function refuse(detail) {
  throw new WireError('not_canonical', detail);
}

/** @param {string} text */
function spellString(text) {
  if (/\p{Surrogate}/u.test(text)) refuse('lone surrogate');
  const inner = text.replace(/["\\\u0000-\u001f]/g, (letter) => SHORT_ESCAPES.get(letter)
    ?? `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `"${inner}"`;
}

/** @param {unknown} value @param {number} depth @returns {string} */
function spell(value, depth) {
  if (typeof value === 'string') return spellString(value);
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') {
    // -0 is an integer to JavaScript, and has no spelling of its own here.
    return Number.isSafeInteger(value) && !Object.is(value, -0) ? String(value) : refuse('not an integer below 2^53');
  }
  if (typeof value !== 'object' || value === null) refuse('not a canonical value');
  if (depth >= DEEPEST) refuse('nested too deep');
  if (Array.isArray(value)) return `[${value.map((item) => spell(item, depth + 1)).join(',')}]`;
  // Keys are ASCII, so the order of UTF-16 units is the order of code points.
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([key, item]) => spellMember(key, item, depth)).join(',')}}`;
}

/** @param {string} key @param {unknown} item @param {number} depth */
function spellMember(key, item, depth) {
  if (!KEY.test(key)) refuse('key');
  return `"${key}":${spell(item, depth + 1)}`;
}

/** @param {unknown} value @returns {Bytes} */
export function dump(value) {
  return utf8(spell(value, 0));
}

/**
 * Whether brackets of JSON text nest deeper than allowed, found in one pass without building anything (SPEC §2, §5).
 * @param {string} text @returns {boolean}
 */
export function nestsTooDeep(text) {
  let level = 0;
  let inString = false;
  for (const [token] of text.matchAll(/\\.|["[\]{}]/gs)) {
    if (token === '"') inString = !inString;
    else if (inString || token.length > 1) continue;
    else if (token === '[' || token === '{') level += 1;
    else level -= 1;
    if (level > DEEPEST) return true;
  }
  return false;
}

/**
 * The value of canonical bytes; anything another writer could have spelled differently is refused.
 * @param {Bytes} data @param {number} [limit] @returns {Json}
 */
export function load(data, limit = TEXT_BYTES) {
  if (data.length > limit) refuse('too long');
  /** @type {unknown} */
  let value;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data);
    value = nestsTooDeep(text) ? undefined : JSON.parse(text);
  } catch {
    return refuse('not JSON');
  }
  if (!equal(dump(value), data)) refuse('another spelling');
  return /** @type {Json} */ (value);
}

/**
 * The object with exactly these fields that canonical bytes hold.
 * @param {Bytes} data @param {readonly string[]} fields @param {string} code of the error otherwise
 * @returns {{ [key: string]: Json }}
 */
export function loadExactly(data, fields, code) {
  const value = load(data);
  return exactly(value, fields, code);
}

/** @param {Json} value @param {readonly string[]} fields @param {string} code @returns {{ [key: string]: Json }} */
export function exactly(value, fields, code) {
  if (typeof value !== 'object' || Array.isArray(value)) throw new WireError(code, 'not an object');
  const names = Object.keys(value);
  if (names.length !== fields.length || !fields.every((name) => names.includes(name))) throw new WireError(code, 'fields');
  return value;
}
