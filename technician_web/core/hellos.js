/** @file What each end says of itself before any key exists (SPEC §5.1, §5.2). */

import { b64, keyId, unb64 } from './bytes.js';
import { dump, loadExactly } from './canonical.js';
import { SUITE } from './closed_sets.js';
import { WireError } from './errors.js';
import { HELLO_BYTES } from './limits.js';

/** @typedef {import('./types.js').Bytes} Bytes */
/** @typedef {import('./types.js').JsonObject} JsonObject */
/** @typedef {{ nd: Bytes, dev: string, dpk: Bytes, fw: string, caps: string[], fails: number }} DeviceHello */
/** @typedef {{ nt: Bytes, kid: string }} ConsoleHello */

const MOST_FAILS = 1_000_000;

/** @param {boolean} holds @param {string} what @returns {asserts holds} */
function require(holds, what) {
  if (!holds) throw new WireError('bad_hello', what);
}

/** @param {string} text */
export function codePoints(text) {
  return [...text].length;
}

/** @param {unknown} value @param {number} size @returns {Bytes} */
function bytesOf(value, size) {
  require(typeof value === 'string', 'bytes');
  try {
    return unb64(value, size);
  } catch {
    throw new WireError('bad_hello', 'bytes');
  }
}

/** @param {Bytes} data @param {readonly string[]} fields @returns {JsonObject} */
function open(data, fields) {
  require(data.length <= HELLO_BYTES, 'too large');
  /** @type {JsonObject} */
  let value;
  try {
    value = loadExactly(data, ['v', 'suite', ...fields], 'bad_hello');
  } catch {
    throw new WireError('bad_hello', 'not canonical, or other fields');
  }
  // There is no other version or suite to fall back to (INV-C2).
  require(value['v'] === 1, 'version');
  require(value['suite'] === SUITE, 'suite');
  return value;
}

/** @param {Bytes} data @returns {Promise<DeviceHello>} */
export async function parseDeviceHello(data) {
  const value = open(data, ['nd', 'dev', 'dpk', 'fw', 'caps', 'fails']);
  const { dev, fw, caps, fails } = value;
  const dpk = bytesOf(value['dpk'], 32);
  require(typeof fw === 'string' && codePoints(fw) <= 64, 'fw');
  require(Array.isArray(caps) && caps.length <= 16, 'caps');
  require(caps.every((cap) => typeof cap === 'string' && codePoints(cap) <= 32), 'cap');
  require(typeof fails === 'number' && fails >= 0 && fails <= MOST_FAILS, 'fails');
  require(typeof dev === 'string' && dev === await keyId(dpk), 'dev is not the key id of dpk');
  return { nd: bytesOf(value['nd'], 32), dev, dpk, fw, caps: /** @type {string[]} */ (caps), fails };
}

/** @param {DeviceHello} hello @returns {Bytes} */
export function deviceHelloBytes({ nd, dev, dpk, fw, caps, fails }) {
  return dump({ v: 1, suite: SUITE, nd: b64(nd), dev, dpk: b64(dpk), fw, caps, fails });
}

/** @param {Bytes} data @returns {ConsoleHello} */
export function parseConsoleHello(data) {
  const value = open(data, ['nt', 'kid']);
  bytesOf(value['kid'], 32);
  return { nt: bytesOf(value['nt'], 32), kid: /** @type {string} */ (value['kid']) };
}

/** @param {ConsoleHello} hello @returns {Bytes} */
export function consoleHelloBytes({ nt, kid }) {
  return dump({ v: 1, suite: SUITE, nt: b64(nt), kid });
}
