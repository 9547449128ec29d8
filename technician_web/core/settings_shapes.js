/** @file What a device tells of its settings, kind by kind (seal SPEC §4.1). */

import { isNatural, isPath } from './command_shapes.js';
import { OPTION_CHARACTERS, OPTIONS_PER_SETTING, SETTINGS_PARTS, SETTINGS_PER_MESSAGE, VALUE_CHARACTERS } from './limits.js';
import { isPlain } from './texts.js';

/** @typedef {import('./types.js').Json} Json */
/** @typedef {import('./types.js').JsonObject} JsonObject */
/** @typedef {(value: Json) => boolean} Rule */

/** @type {{ [kind: string]: { fields: string, holds: (item: JsonObject) => boolean } }} */
const KINDS = {
  choice: { fields: 'kind,options,path,value', holds: ({ options, value }) => areOptions(options) && options.includes(String(value)) },
  number: { fields: 'high,kind,low,path,step,value', holds: isNumber },
  switch: { fields: 'kind,path,value', holds: ({ value }) => value === 'on' || value === 'off' },
  text: {
    fields: 'kind,longest,path,value',
    holds: ({ longest, value }) => isNatural(longest ?? -1) && Number(longest) >= 1 && Number(longest) <= VALUE_CHARACTERS && isPlain(value, 0, VALUE_CHARACTERS),
  },
};

/** @param {Json | undefined} options @returns {options is string[]} */
function areOptions(options) {
  return Array.isArray(options) && options.length >= 1 && options.length <= OPTIONS_PER_SETTING
    && new Set(options).size === options.length && options.every((option) => isPlain(option, 1, OPTION_CHARACTERS));
}

/** @param {JsonObject} item */
function isNumber({ low, high, step, value }) {
  if (typeof low !== 'number' || typeof high !== 'number' || typeof step !== 'number' || step < 1) return false;
  if (typeof value !== 'string' || !/^(0|-?[1-9][0-9]{0,15})$/.test(value)) return false;
  return low <= Number(value) && Number(value) <= high;
}

/** @type {Rule} */
function isItem(value) {
  if (typeof value !== 'object' || Array.isArray(value)) return false;
  const kind = Object.entries(KINDS).find(([name]) => name === value['kind'])?.[1];
  if (!kind || Object.keys(value).sort().join() !== kind.fields) return false;
  return isPath(value['path'] ?? '') && typeof value['value'] === 'string' && kind.holds(value);
}

/** @type {Rule} */
function areItems(value) {
  if (!Array.isArray(value) || value.length > SETTINGS_PER_MESSAGE || !value.every(isItem)) return false;
  return new Set(value.map((item) => /** @type {JsonObject} */ (item)['path'])).size === value.length;
}

/** @type {Rule} */
const isPart = (value) => isNatural(value) && Number(value) <= SETTINGS_PARTS;

/** @type {{ [field: string]: Rule }} */
export const SETTINGS = { part: isPart, parts: isPart, items: areItems };

/** Which piece it is fits how many there are; 0 of 0 is a change. @param {JsonObject} message */
export function isPieceOfSo({ part, parts }) {
  return Number(part) <= Number(parts) && (part === 0) === (parts === 0);
}
