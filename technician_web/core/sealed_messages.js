/** @file The messages only the two ends can read (seal SPEC §4). Nothing unknown is allowed here. */

import { unb64 } from './bytes.js';
import { dump, exactly, load } from './canonical.js';
import { PICTURE_WORDS, isEndReason } from './closed_sets.js';
import { COMMANDS, FIELD, areAsks, isNatural } from './command_shapes.js';
import { SealError } from './errors.js';
import { pad, unpad } from './frames.js';
import { STREAM } from './header.js';
import { BADGE_CHARACTERS, MASKED_REGIONS, RECORD_BYTES, SIGNAL_CHARACTERS } from './limits.js';
import { isPieceOfSo, SETTINGS } from './settings_shapes.js';
import { isPlain } from './texts.js';

/** @typedef {import('./types.js').Bytes} Bytes */
/** @typedef {import('./types.js').Json} Json */
/** @typedef {import('./types.js').JsonObject} JsonObject */
/** @typedef {import('./types.js').EndReason} EndReason */

/** @typedef {{ t: 'ping', n: number, dts: number }} Ping */
/** @typedef {{ t: 'paired', enrol: string, rec: string, name: string }} Paired */
/** @typedef {{ t: 'consent', rec: string }} Consent */
/** @typedef {{ t: 'current', pic: number, at: number, rtt: number, picture: import('./types.js').Told, masked?: number }} Current */
/** @typedef {{ t: 'close', reason: EndReason, rec: string }} DeviceClose */
/** @typedef {{ t: 'settings', part: number, parts: number, items: import('./types.js').SettingItem[] }} SettingsTold */
/** @typedef {{ t: 'field', longest: number }} FieldTold */
/** @typedef {{ t: 'signal', kind: 'offer' | 'answer' | 'bye', data: string }} Signal */
/** @typedef {Ping | Paired | Consent | Current | SettingsTold | FieldTold | Signal | DeviceClose} FromDevice */

const NAME_CHARACTERS = 64;
const REQUEST_CHARACTERS = 32;
const CODECS = ['h264_444', 'h264', 'av1', 'jpeg'];

/** @typedef {(value: Json) => boolean} Rule */

/** @type {Rule} */
const isCount = (value) => typeof value === 'number' && value >= 1 && value < 2 ** 32;
/** @type {Rule} */
const isPictureNumber = (value) => value === 0 || isCount(value);
/** @type {Rule} */
const isRecord = (value) => typeof value === 'string' && value !== '' && unb64(value).length <= RECORD_BYTES;
/** @type {Rule} */
const isSignature = (value) => typeof value === 'string' && unb64(value, 64).length === 64;
/** @type {Rule} */
const isCredential = (value) => typeof value === 'string' && value !== '' && [...value].length <= BADGE_CHARACTERS;
/** @type {Rule} */
const isCodecList = (value) => Array.isArray(value) && value.length > 0 && new Set(value).size === value.length
  && value.every((codec) => typeof codec === 'string' && CODECS.includes(codec));

/** @type {Rule} */
const isDescription = (value) => typeof value === 'string' && value.length <= SIGNAL_CHARACTERS && /^[\r\n -~]*$/.test(value);
/** @type {Rule} */
const isSwitch = (value) => typeof value === 'boolean';

/** @param {...Json} allowed @returns {Rule} */
const oneOf = (...allowed) => (value) => allowed.includes(value);
/** @type {Rule} */
const isMasked = (value) => isCount(value) && Number(value) <= MASKED_REGIONS;
/** What may be left out, by message. @type {{ [t: string]: { [field: string]: Rule } }} */
const OPTIONAL = { current: { masked: isMasked } };
const SIGNAL = { kind: oneOf('offer', 'answer', 'bye'), data: isDescription };

/** @typedef {{ [field: string]: Rule }} Shape */
/** @type {ReadonlyMap<number, { [t: string]: Shape }>} */
const SHAPES = new Map(/** @type {[number, { [t: string]: Shape }][]} */ ([
  [STREAM.T2D_CONTROL, {
    auth: { cred: isCredential, asks: areAsks, request: (text) => isPlain(text, 0, REQUEST_CHARACTERS), sig: isSignature },
    ...COMMANDS,
    close: { reason: oneOf('technician_left') },
  }],
  [STREAM.T2D_LINK, {
    pong: { n: isCount },
    decode: { codecs: isCodecList },
    ack: { pic: isCount },
    keyframe: {},
    signal: SIGNAL,
    carrier: { name: oneOf('ws', 'dc') },
    hear: { on: isSwitch },
  }],
  [STREAM.D2T_CONTROL, {
    ping: { n: isCount, dts: isNatural },
    paired: { enrol: (value) => value === '' || isCredential(value), rec: isRecord, name: (text) => isPlain(text, 1, NAME_CHARACTERS) },
    consent: { rec: isRecord },
    current: { pic: isPictureNumber, at: isNatural, rtt: isNatural, picture: oneOf(...PICTURE_WORDS) },
    settings: SETTINGS,
    field: FIELD,
    signal: SIGNAL,
    close: { reason: isEndReason, rec: isRecord },
  }],
]));

/** @param {string} detail @returns {never} */
function refuse(detail) {
  throw new SealError('bad_message', detail);
}

/** @param {Json} value @param {{ [t: string]: Shape }} shapes @returns {JsonObject} */
function judge(value, shapes) {
  if (typeof value !== 'object' || Array.isArray(value)) return refuse('not an object');
  const shape = Object.entries(shapes).find(([t]) => t === value['t'])?.[1];
  if (!shape) return refuse('unknown type');
  const given = Object.entries(OPTIONAL[String(value['t'])] ?? {}).filter(([field]) => field in value);
  const all = [...Object.entries(shape), ...given];
  exactly(value, ['t', ...all.map(([field]) => field)], 'bad_message');
  for (const [field, holds] of all) {
    if (!holds(value[field] ?? false)) refuse(field);
  }
  if (value['t'] === 'settings' && !isPieceOfSo(value)) refuse('part');
  // A step of its own, or the end of a try, which says nothing more.
  if (value['t'] === 'signal' && (value['kind'] === 'bye') !== (value['data'] === '')) refuse('data');
  return value;
}

/** @param {number} stream @param {Bytes} plaintext @returns {JsonObject} */
export function decode(stream, plaintext) {
  const shapes = SHAPES.get(stream) ?? refuse('no messages on this stream');
  try {
    return judge(load(unpad(plaintext)), shapes);
  } catch (error) {
    throw error instanceof SealError ? error : new SealError('bad_message');
  }
}

/** @param {Bytes} plaintext @returns {FromDevice} */
export function decodeFromDevice(plaintext) {
  return /** @type {FromDevice} */ (/** @type {unknown} */ (decode(STREAM.D2T_CONTROL, plaintext)));
}

/** @param {{ t: string, [field: string]: unknown }} message @returns {Bytes} */
export function encode(message) {
  return pad(dump(message));
}
