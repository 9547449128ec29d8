/** @file What a technician can send to act on the device, field by field (seal SPEC §4.1). */

import { areGrants, REMOTE_KEYS } from './closed_sets.js';
import { PATH_CHARACTERS, POINTER_MAX, POINTER_STEPS, TEXT_CHARACTERS, VALUE_CHARACTERS } from './limits.js';
import { isPlain } from './texts.js';

/** @typedef {import('./types.js').Json} Json */
/** @typedef {(value: Json) => boolean} Rule */

const MOVE = 0;
const FIRST_NOTCH = 4;
const LAST_BUTTON = 7;

/** @type {Rule} */
export const isNatural = (value) => typeof value === 'number' && value >= 0;
/** @type {Rule} */
export const areAsks = (value) => areGrants(value) && value.length > 0;
/** @type {Rule} */
const isPlace = (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= POINTER_MAX;

/** A setting's name. @type {Rule} */
export function isPath(value) {
  return typeof value === 'string' && value.length >= 1 && value.length <= PATH_CHARACTERS && /^[ -~]+$/.test(value);
}

/** A move presses nothing, and a notch of the wheel is no release. @type {Rule} */
function isStep(value) {
  if (typeof value !== 'object' || Array.isArray(value) || Object.keys(value).sort().join() !== 'b,d,x,y') return false;
  const { b, d, x, y } = /** @type {{ [field: string]: Json }} */ (value);
  if (!isNatural(b ?? -1) || Number(b) > LAST_BUTTON || typeof d !== 'boolean') return false;
  if ((b === MOVE && d) || (Number(b) >= FIRST_NOTCH && !d)) return false;
  return isPlace(x ?? -1) && isPlace(y ?? -1);
}

/** @type {{ [t: string]: { [field: string]: Rule } }} */
export const COMMANDS = {
  key: { key: (value) => typeof value === 'string' && REMOTE_KEYS.includes(value), hb: isNatural },
  pointer: { steps: (value) => Array.isArray(value) && value.length >= 1 && value.length <= POINTER_STEPS && value.every(isStep), hb: isNatural },
  text: { text: (value) => isPlain(value, 1, TEXT_CHARACTERS), hb: isNatural },
  setting: { path: isPath, value: (value) => isPlain(value, 1, VALUE_CHARACTERS), hb: isNatural },
  point: { x: isPlace, y: isPlace, hb: isNatural },
  ask: { asks: areAsks, hb: isNatural },
  still: { hb: isNatural },
};

/** @type {{ [field: string]: Rule }} */
export const FIELD = { longest: (value) => isNatural(value) && Number(value) <= TEXT_CHARACTERS };
