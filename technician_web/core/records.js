/** @file The device's signed records: what it says it did, in one chain per session (SPEC §6). */

import { b64, concat, lv, sha256B64, unb64, utf8 } from './bytes.js';
import { dump, exactly, load } from './canonical.js';
import { areGrants, isActionCause, isActionClass, isBadgeCause, isEndReason, isOutcome } from './closed_sets.js';
import { WireError } from './errors.js';
import { LONGEST_GRANT_S, RECORD_BYTES } from './limits.js';

/** @typedef {import('./types.js').Bytes} Bytes */
/** @typedef {import('./types.js').Json} Json */
/** @typedef {import('./types.js').JsonObject} JsonObject */
/** @typedef {import('./types.js').EndReason} EndReason */
/** @typedef {import('./types.js').Outcome} Outcome */

/** @typedef {{ dseq: number, dprev: string, dts: number, frame: string }} Link */
/** @typedef {Link & { typ: 'paired', badge: string }} PairedRecord */
/** @typedef {Link & { typ: 'consent', grants: string[], for_s: number }} ConsentRecord */
/** @typedef {Link & { typ: 'action', class: string, path: string, outcome: Outcome, pc: string, cause?: string }} ActionRecord `cause`: why a command was refused. */
/** @typedef {Link & { typ: 'hide', hidden: boolean }} HideRecord The customer hid the screen, or showed it again. */
/** @typedef {Link & { typ: 'end', reason: EndReason, rec_root: string, cause?: string }} EndRecord `cause`: why a badge was refused. */
/** @typedef {PairedRecord | ConsentRecord | ActionRecord | HideRecord | EndRecord} DeviceRecord */

/** @typedef {(publicKey: Bytes, signature: Bytes, message: Bytes) => Promise<boolean>} CheckSignature */
/** @typedef {(value: Json) => boolean} Rule */

export const FIRST_DPREV = b64(new Uint8Array(32));

/** @type {Rule} */
const isNatural = (value) => typeof value === 'number' && value >= 0;
/** @type {Rule} */
const isHash = (value) => typeof value === 'string' && unb64(value, 32).length === 32;
/** @type {Rule} */
const isHashOrNone = (value) => value === '' || isHash(value);
/** @type {Rule} */
const isSignature = (value) => typeof value === 'string' && unb64(value, 64).length === 64;
/** @type {Rule} */
const isSeconds = (value) => isNatural(value) && Number(value) <= LONGEST_GRANT_S;
/** @type {Rule} */
const isPath = (value) => typeof value === 'string' && /^[ -~]{0,128}$/.test(value);

/** @type {{ [field: string]: Rule }} */
const COMMON = { typ: () => true, dseq: isNatural, dprev: isHash, dts: isNatural, sig: isSignature };
/** @type {{ [typ: string]: { [field: string]: Rule } }} */
const SHAPES = {
  paired: { ...COMMON, badge: isHash, frame: isHash },
  consent: { ...COMMON, grants: areGrants, for_s: isSeconds, frame: (value) => value === '' },
  action: { ...COMMON, class: isActionClass, path: isPath, outcome: isOutcome, pc: isHashOrNone, frame: isHash },
  hide: { ...COMMON, hidden: (value) => typeof value === 'boolean', frame: (value) => value === '' },
  end: { ...COMMON, reason: isEndReason, rec_root: isHashOrNone, frame: isHashOrNone },
};

/** @param {string} detail @returns {never} */
function refuse(detail) {
  throw new WireError('bad_record', detail);
}

/** What the device signs. @param {Bytes} th @param {JsonObject} unsigned @returns {Bytes} */
export function recordMessage(th, unsigned) {
  return concat(utf8('ra1/record\0'), lv(th, dump(unsigned)));
}

/** A cause stands only where a badge or a command was refused. @param {JsonObject} value @returns {{ [field: string]: Rule }} */
function causeOf({ typ, reason, outcome }) {
  if (typ === 'end' && reason === 'badge_refused') return { cause: isBadgeCause };
  return typ === 'action' && outcome === 'refused' ? { cause: isActionCause } : {};
}

/** @param {Json} value @returns {JsonObject} */
function shaped(value) {
  if (typeof value !== 'object' || Array.isArray(value)) return refuse('not an object');
  const known = Object.entries(SHAPES).find(([typ]) => typ === value['typ'])?.[1] ?? refuse('typ');
  const shape = 'cause' in value ? { ...known, ...causeOf(value) } : known;
  exactly(value, Object.keys(shape), 'bad_record');
  for (const [field, holds] of Object.entries(shape)) {
    if (!holds(/** @type {Json} */ (value[field]))) refuse(field);
  }
  return value;
}

/** A record by its form alone. @param {Bytes} data @returns {JsonObject} */
function parse(data) {
  try {
    return shaped(load(data, RECORD_BYTES));
  } catch (error) {
    throw error instanceof WireError && error.code === 'bad_record' ? error : new WireError('bad_record', 'form');
  }
}

/** Reads one session's chain. Refuses a gap, a repeat, a wrong signature, an unknown field, and all that follows an end. */
export class RecordReader {
  #th;
  #dpk;
  #check;
  #count = 0;
  #head = FIRST_DPREV;
  #over = false;
  #hidden = false;

  /** @param {Bytes} th @param {Bytes} dpk @param {CheckSignature} check */
  constructor(th, dpk, check) {
    if (th.length !== 64) refuse('TH has 64 bytes');
    this.#th = th.slice();
    this.#dpk = dpk;
    this.#check = check;
  }

  /** The next record of the chain; a refusal leaves the reader where it was. Calls must not overlap. @param {Bytes} data @returns {Promise<DeviceRecord>} */
  async read(data) {
    const record = parse(data);
    this.#requirePlace(record);
    const { sig, ...unsigned } = record;
    const signed = recordMessage(this.#th, unsigned);
    if (!await this.#check(this.#dpk, unb64(String(sig), 64), signed)) refuse('signature');
    this.#count += 1;
    this.#head = await sha256B64(data);
    this.#over = record['typ'] === 'end';
    if (record['typ'] === 'hide') this.#hidden = Boolean(record['hidden']);
    return /** @type {DeviceRecord} */ (/** @type {unknown} */ (record));
  }

  /** A session opens with `paired` or `end`, has one `paired`, nothing is hidden or shown twice, and nothing follows `end`. @param {JsonObject} record */
  #requirePlace({ typ, dseq, dprev, hidden }) {
    if (this.#over) refuse('after the end');
    if (dseq !== this.#count || dprev !== this.#head) refuse('chain');
    if (typ !== 'end' && (typ === 'paired') !== (this.#count === 0)) refuse('wrong place for its kind');
    if (typ === 'hide' && hidden === this.#hidden) refuse('hidden, or shown, twice');
  }
}

/** Ed25519 by WebCrypto; a key or signature it cannot read is a wrong one. @type {CheckSignature} */
export async function checkEd25519(publicKey, signature, message) {
  try {
    const key = await crypto.subtle.importKey('raw', publicKey, { name: 'Ed25519' }, false, ['verify']);
    return await crypto.subtle.verify({ name: 'Ed25519' }, key, signature, message);
  } catch {
    return false;
  }
}
