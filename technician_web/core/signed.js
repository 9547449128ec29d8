/** @file Canonical JSON that carries its own signature: keysets and status lists (seal SPEC §7, §8). */

import { concat, unb64, utf8 } from './bytes.js';
import { dump, exactly, load } from './canonical.js';
import { WireError } from './errors.js';
import { checkEd25519 } from './records.js';

/** @typedef {import('./types.js').Bytes} Bytes */
/** @typedef {import('./types.js').JsonObject} JsonObject */
/** @typedef {{ label: string, code: string, limit: number, fields: readonly string[] }} Kind */

/** @param {Bytes} data @param {Kind} kind @returns {{ unsigned: JsonObject, sig: Bytes }} */
function takeApart(data, { code, limit, fields }) {
  const { sig, ...unsigned } = exactly(load(data, limit), [...fields, 'sig'], code);
  if (typeof sig !== 'string') throw new WireError(code, 'sig');
  return { unsigned, sig: unb64(sig, 64) };
}

/**
 * What `read` makes of the fields this key has signed; every refusal is a WireError with the kind's code.
 * @template T @param {Bytes} data @param {Kind} kind @param {Bytes} key @param {(fields: JsonObject) => T} read @returns {Promise<T>}
 */
export async function signedBy(data, kind, key, read) {
  try {
    const { unsigned, sig } = takeApart(data, kind);
    const message = concat(utf8(`${kind.label}\0`), dump(unsigned));
    if (!await checkEd25519(key, sig, message)) throw new WireError(kind.code, 'signature');
    return read(unsigned);
  } catch (error) {
    throw error instanceof WireError && error.code === kind.code ? error : new WireError(kind.code, 'form');
  }
}
