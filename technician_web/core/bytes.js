/** @file Bytes and their spellings: b64, lv, SHA-256 (SPEC §1). */

import { WireError } from './errors.js';

/** @typedef {import('./types.js').Bytes} Bytes */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const VALUES = new Map([...ALPHABET].map((letter, value) => [letter, value]));

/** @param {string} text @returns {Bytes} */
export function utf8(text) {
  return new Uint8Array(new TextEncoder().encode(text));
}

/** @param {...Uint8Array} parts @returns {Bytes} */
export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** @param {Uint8Array} data @returns {string} */
export function b64(data) {
  let text = '';
  for (let at = 0; at < data.length; at += 3) {
    const rest = Math.min(3, data.length - at);
    const bits = ((data[at] ?? 0) << 16) | ((data[at + 1] ?? 0) << 8) | (data[at + 2] ?? 0);
    for (let place = 0; place <= rest; place += 1) text += ALPHABET[(bits >> (18 - 6 * place)) & 63];
  }
  return text;
}

/**
 * The bytes of a b64 text. Refuses padding, other alphabets and spare bits: every value has one spelling.
 * @param {string} text @param {number} [size] the exact number of bytes wanted @returns {Bytes}
 */
export function unb64(text, size) {
  if (text.length % 4 === 1) throw new WireError('bad_b64', 'length');
  const data = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const letter of text) {
    const value = VALUES.get(letter);
    if (value === undefined) throw new WireError('bad_b64', 'letter');
    bits = ((bits << 6) | value) & 0xffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      data[at] = (bits >> held) & 0xff;
      at += 1;
    }
  }
  if (bits & ((1 << held) - 1)) throw new WireError('bad_b64', 'spare bits');
  if (size !== undefined && data.length !== size) throw new WireError('bad_b64', 'size');
  return data;
}

/** @param {number} value @returns {number[]} */
function leb128(value) {
  const out = [];
  let rest = value;
  while (rest >= 0x80) {
    out.push((rest & 0x7f) | 0x80);
    rest = Math.floor(rest / 128);
  }
  out.push(rest);
  return out;
}

/** Each part behind its length (SPEC §1). @param {...(Uint8Array | string)} parts @returns {Bytes} */
export function lv(...parts) {
  /** @type {Uint8Array[]} */
  const pieces = [];
  for (const part of parts) {
    const data = typeof part === 'string' ? utf8(part) : part;
    pieces.push(new Uint8Array(leb128(data.length)), data);
  }
  return concat(...pieces);
}

/**
 * Whether two byte strings are the same, in a time that depends on their length only.
 * @param {Uint8Array} one @param {Uint8Array} other
 */
export function equal(one, other) {
  if (one.length !== other.length) return false;
  let difference = 0;
  for (let at = 0; at < one.length; at += 1) difference |= (one[at] ?? 0) ^ (other[at] ?? 0);
  return difference === 0;
}

/** @param {Bytes} data @returns {Promise<Bytes>} */
export async function sha256(data) {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', data));
}

/** H of SPEC §1. @param {Bytes} data @returns {Promise<Bytes>} */
export async function sha512(data) {
  return new Uint8Array(await crypto.subtle.digest('SHA-512', data));
}

/** @param {Bytes} data @returns {Promise<string>} */
export async function sha256B64(data) {
  return b64(await sha256(data));
}

/** Key id of an Ed25519 key (SPEC §1). @param {Bytes} raw @returns {Promise<string>} */
export async function keyId(raw) {
  if (raw.length !== 32) throw new WireError('bad_key', 'an Ed25519 public key has 32 bytes');
  return sha256B64(raw);
}
