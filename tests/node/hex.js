/** @file Hexadecimal, as the vectors spell bytes. */

/** @typedef {import('../../technician_web/core/types.js').Bytes} Bytes */

/** @param {Uint8Array} data */
export function hex(data) {
  return Array.from(data, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @param {string} text @returns {Bytes} */
export function unhex(text) {
  return Uint8Array.from({ length: text.length / 2 }, (_, at) => Number.parseInt(text.slice(2 * at, 2 * at + 2), 16));
}
