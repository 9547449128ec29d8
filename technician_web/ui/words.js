/** @file The texts of one language: sentences by key, times and durations. Nothing is written in the code itself. */

import { el } from './dom.js';

/** @typedef {string | { [category: string]: string }} Text One sentence, or one per plural category. */
/** @typedef {{ [name: string]: string | number }} Values */

/** Each in its own words, to be found by whoever reads no other; one line per folder of `locales/`. */
export const LANGUAGES = Object.freeze({
  cs: 'Čeština',
  en: 'English',
  lv: 'Latviešu',
  nb: 'Norsk',
  vi: 'Tiếng Việt',
});
export const FALLBACK = 'en';
/** Languages that are asked for by another name, as in `locales/__init__.py`. @type {{ [tag: string]: string }} */
export const ALIASES = Object.freeze({ no: 'nb', nn: 'nb' });
/** How days are written where the language alone leaves it open: as on the customer's pages (customer_web/wording.py). @type {{ [language: string]: string }} */
const REGIONS = Object.freeze({ en: 'en-GB' });
/** What stands before the year, where the locale data's long form is none that is said in a sentence. @type {{ [language: string]: string }} */
const BEFORE_YEAR = Object.freeze({ vi: ' năm ' });

const PLACEHOLDER = /\{([a-z_]+)\}/g;
const STRONG = /\*([^*]+)\*/;

export class Words {
  /** @param {string} language @param {{ [key: string]: Text }} texts */
  constructor(language, texts) {
    this.language = language;
    this.#texts = texts;
    this.#plurals = new Intl.PluralRules(language);
    this.#clock = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
    this.#minute = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
    // A calendar's day is the same wherever it is read.
    this.#day = new Intl.DateTimeFormat(REGIONS[language] ?? language, { dateStyle: 'long', timeZone: 'UTC' });
    this.#tenths = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  }

  #texts;
  #plurals;
  #clock;
  #minute;
  #day;
  #tenths;

  /** A language's name in its own words, or '' for one we do not speak. @param {string} language */
  ownName(language) {
    return Object.entries(LANGUAGES).find(([tag]) => tag === language)?.[1] ?? '';
  }

  /** @param {string} key */
  has(key) {
    return key in this.#texts;
  }

  /** @param {string} key @param {Values} [values] */
  text(key, values = {}) {
    const text = this.#texts[key];
    // A key nobody wrote shows itself rather than break the page; a test finds it first.
    if (text === undefined) return key;
    return this.#sentence(text, values).replace(PLACEHOLDER, (whole, name) => String(values[name] ?? whole));
  }

  /** The same with `*words*` set strong. @param {string} key @param {Values} [values] @returns {(Node | string)[]} */
  rich(key, values = {}) {
    return this.text(key, values).split(/(\*[^*]+\*)/).filter(Boolean)
      .map((part) => (STRONG.test(part) ? el('strong', {}, part.slice(1, -1)) : part));
  }

  /** @param {number} ms */
  time(ms) {
    return this.#clock.format(ms);
  }

  /** @param {number} ms */
  minute(ms) {
    return this.#minute.format(ms);
  }

  /** @param {string} day ISO 8601, as the desk says dates */
  day(day) {
    const parts = this.#day.formatToParts(Date.parse(day));
    const year = parts.findIndex(({ type }) => type === 'year');
    return parts.map(({ value }, at) => (at === year - 1 && BEFORE_YEAR[this.language]) || value).join('');
  }

  /** @param {number} ms */
  tenths(ms) {
    return this.#tenths.format(Math.max(0, ms) / 1000);
  }

  /** `12:41`, for a running clock. @param {number} ms */
  running(ms) {
    const seconds = Math.max(0, Math.floor(ms / 1000));
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  }

  /** @param {number} ms */
  duration(ms) {
    const whole = Math.max(0, Math.round(ms / 1000));
    const [minutes, seconds] = [Math.floor(whole / 60), whole % 60];
    return minutes ? this.text('duration.min_s', { minutes, seconds }) : this.text('duration.s', { seconds });
  }

  /** @param {Text} text @param {Values} values */
  #sentence(text, values) {
    if (typeof text === 'string') return text;
    const names = new Set(Object.values(text).flatMap((sentence) => [...sentence.matchAll(PLACEHOLDER)].map((m) => m[1] ?? '')));
    const counted = names.has('n') ? 'n' : [...names][0] ?? 'n';
    return text[this.#plurals.select(Number(values[counted] ?? 0))] ?? text['other'] ?? '';
  }
}

/** Fetches each language once. */
export class Library {
  /** @param {(url: string) => Promise<Response>} fetch */
  constructor(fetch) {
    this.#fetch = fetch;
  }

  #fetch;
  /** @type {Map<string, Words>} */
  #read = new Map();

  /** @param {string} language @returns {Promise<Words>} */
  async words(language) {
    const known = this.#read.get(language);
    if (known) return known;
    const answer = await this.#fetch(`/locales/${language}.json`);
    if (!answer.ok) throw new Error(`texts: ${answer.status}`);
    const words = new Words(language, await answer.json());
    this.#read.set(language, words);
    return words;
  }
}

/** The first language of the reader's list that we speak. @param {readonly string[]} wanted */
export function chooseLanguage(wanted) {
  const bases = wanted.map((tag) => tag.toLowerCase().split('-')[0] ?? '').map((base) => ALIASES[base] ?? base);
  return bases.find((base) => Object.hasOwn(LANGUAGES, base)) ?? FALLBACK;
}
