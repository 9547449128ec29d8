/** @file The device's settings, put together from the pieces it tells (seal SPEC §4.1). Pure. */

import { SealError } from './errors.js';

/** @typedef {import('./types.js').SettingItem} SettingItem */

/** @returns {never} */
const refuse = () => { throw new SealError('bad_message', 'settings out of order'); };

export class SettingList {
  /** @type {SettingItem[]} */
  #gathered = [];
  #next = 1;
  #parts = 0;
  /** What is known whole. @type {readonly SettingItem[] | null} */
  #whole = null;

  /** @param {{ part: number, parts: number, items: SettingItem[] }} told @returns {readonly SettingItem[] | null} the list as it stands now, or null before it is whole */
  take({ part, parts, items }) {
    if (part === 0) return this.#change(items);
    if (part === 1) {
      this.#gathered = [];
      this.#next = 1;
      this.#parts = parts;
    }
    if (part !== this.#next || parts !== this.#parts) refuse();
    this.#gathered.push(...items);
    this.#next += 1;
    if (part === parts) this.#whole = Object.freeze(this.#gathered);
    return this.#whole;
  }

  /** The settings are not the technician's any more. */
  forget() {
    this.#whole = null;
    this.#gathered = [];
    this.#next = 1;
    this.#parts = 0;
  }

  /** @param {SettingItem[]} items */
  #change(items) {
    const whole = this.#whole ?? refuse();
    const fresh = new Map(items.map((item) => [item.path, item]));
    if (items.some(({ path }) => !whole.some((known) => known.path === path))) refuse();
    this.#whole = Object.freeze(whole.map((item) => fresh.get(item.path) ?? item));
    return this.#whole;
  }
}
