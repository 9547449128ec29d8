/** @file One real input for twelve digits, drawn large and grouped 4-4-4. It shows an error only once all twelve stand there. */

import { isValid, normalise } from '../core/code.js';
import { el, fill, setAttribute, setText } from './dom.js';
import { icon } from './icons.js';

/** @typedef {import('./words.js').Words} Words */

const DIGITS = 12;

/** What a person may put between digits (SPEC §3). @param {string} typed */
const bare = (typed) => typed.replace(/[\s.\p{Pd}]/gu, '');

/** Grouped while it is only digits; anything else stays as typed, to be corrected by whoever typed it. @param {string} typed */
export function grouped(typed) {
  const rest = bare(typed);
  if (!/^[0-9]*$/.test(rest)) return typed;
  return rest.replace(/(.{4})(?=.)/g, '$1 ');
}

/** Where the caret belongs after grouping: behind as many digits as before. @param {string} text @param {number} digits */
function caretAfter(text, digits) {
  let [at, seen] = [0, 0];
  while (at < text.length && seen < digits) {
    if (text[at] !== ' ') seen += 1;
    at += 1;
  }
  return at;
}

export class CodeField {
  /** @param {Words} words @param {string} typed @param {(typed: string) => void} changed */
  constructor(words, typed, changed) {
    this.#words = words;
    this.#changed = changed;
    this.input = el('input', {
      id: 'code', type: 'text', inputmode: 'numeric', autocomplete: 'off', spellcheck: 'false', autocapitalize: 'off',
      'aria-describedby': 'code-hint code-error', testid: 'pin-input',
      on: { input: () => this.#typed(), beforeinput: (/** @type {InputEvent} */ event) => this.#skipGap(event) },
    });
    this.#error.id = 'code-error';
    this.root = el('div', { class: 'field code-field' },
      el('label', { for: 'code' }, words.text('console.code.label')),
      el('div', { class: 'code-box' }, this.#ghost, this.input, this.#mark), this.#error, this.#hint);
    this.input.value = grouped(typed);
    this.#draw();
  }

  #words;
  #changed;
  #ghost = el('div', { class: 'code-ghost', 'aria-hidden': 'true' });
  #mark = el('span', { class: 'chip bad', 'aria-hidden': 'true', hidden: true });
  #error = el('div', { class: 'field-error', role: 'alert' });
  #hint = el('p', { class: 'hint', id: 'code-hint' });

  /** The twelve digits, or null with the reason said at the field and the focus on it. @returns {string | null} */
  read() {
    const code = normalise(this.input.value);
    if (code && isValid(code)) return code;
    const count = bare(this.input.value).length;
    if (code) this.#fail('console.code.wrong');
    else if (!/^[0-9]*$/.test(bare(this.input.value))) this.#fail('console.code.not_digits');
    else this.#fail('console.code.incomplete', count);
    this.input.focus();
    return null;
  }

  /** What the service or the session answered, said at the field. @param {string} title @param {string} next */
  say(title, next) {
    this.#show(title, next);
    this.#mark.hidden = true; // The digits themselves are in order.
  }

  #typed() {
    const { input } = this;
    const digits = bare(input.value.slice(0, input.selectionStart ?? input.value.length)).length;
    const text = grouped(input.value);
    if (text !== input.value) {
      input.value = text;
      const at = caretAfter(text, digits);
      input.setSelectionRange(at, at);
    }
    this.#changed(text);
    this.#draw();
  }

  /** Deleting beside a gap deletes the digit behind the gap, as if the gap were not there. @param {InputEvent} event */
  #skipGap(event) {
    const { input } = this;
    const at = input.selectionStart ?? 0;
    if (at !== input.selectionEnd) return;
    if (event.inputType === 'deleteContentBackward' && input.value[at - 1] === ' ') input.setSelectionRange(at - 1, at - 1);
    if (event.inputType === 'deleteContentForward' && input.value[at] === ' ') input.setSelectionRange(at + 1, at + 1);
  }

  #draw() {
    const count = bare(this.input.value).length;
    const code = normalise(this.input.value);
    this.#drawGhost();
    setText(this.#hint, this.#words.text('console.code.hint', { n: count }));
    if (code && !isValid(code)) this.#fail('console.code.wrong');
    else this.#show('', '');
  }

  /** The digits still missing, as dots behind the real input. */
  #drawGhost() {
    const text = this.input.value;
    const missing = Math.max(0, DIGITS - bare(text).length);
    const whole = grouped(bare(text).slice(0, DIGITS) + '0'.repeat(missing)).slice(text.length);
    fill(this.#ghost, el('span', { class: 'typed' }, text),
      /^[0-9 ]*$/.test(text) ? [...whole].map((sign) => (sign === ' ' ? ' ' : '·')).join('') : '');
  }

  /** @param {string} key @param {number} [n] */
  #fail(key, n = DIGITS) {
    this.#show(this.#words.text(`${key}.title`), this.#words.text(`${key}.next`, { n }));
  }

  /** @param {string} title @param {string} next */
  #show(title, next) {
    setAttribute(this.input, 'aria-invalid', title ? 'true' : null);
    this.#mark.hidden = !title;
    setText(this.#mark, title ? this.#words.text('console.code.check') : '');
    if (this.#error.dataset['said'] === title + next) return;
    this.#error.dataset['said'] = title + next;
    fill(this.#error, title && el('div', { class: 'notice bad', testid: 'pin-error' },
      icon('warning'), el('p', {}, el('strong', {}, title), ' ', next)));
  }
}

