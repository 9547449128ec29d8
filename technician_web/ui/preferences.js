/** @file What this browser remembers about how its owner likes the page: language and theme. Nothing about sessions. */

import { chooseLanguage, LANGUAGES } from './words.js';

/** @typedef {'system' | 'light' | 'dark'} Theme */

export const THEMES = /** @type {const} */ (['system', 'light', 'dark']);
const LANGUAGE = 'alongside.language';
const THEME = 'alongside.theme';

export class Preferences {
  /** @param {Storage | null} storage Null where the browser keeps nothing. @param {readonly string[]} wanted */
  constructor(storage, wanted) {
    this.#storage = storage;
    const language = storage?.getItem(LANGUAGE) ?? '';
    const theme = /** @type {Theme} */ (storage?.getItem(THEME));
    this.#language = Object.hasOwn(LANGUAGES, language) ? language : chooseLanguage(wanted);
    this.#theme = THEMES.includes(theme) ? theme : 'system';
  }

  #storage;
  #language;
  /** @type {Theme} */
  #theme;

  get language() {
    return this.#language;
  }

  set language(language) {
    this.#language = language;
    this.#storage?.setItem(LANGUAGE, language);
  }

  get theme() {
    return this.#theme;
  }

  set theme(theme) {
    this.#theme = theme;
    this.#storage?.setItem(THEME, theme);
  }
}

/** Storage throws where the browser forbids it; the page then forgets on reload. @returns {Storage | null} */
export function browserStorage() {
  try {
    return window.localStorage;
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}
