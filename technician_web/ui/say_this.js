/** @file The sentences to say next, in the customer's language, which may be another than the technician's. */

import { choice, steps } from './controls.js';
import { el, fill, setAttribute } from './dom.js';
import { LANGUAGES } from './words.js';

/** @typedef {import('./screen.js').Context} Context */
/** @typedef {import('./words.js').Words} Words */

/**
 * @param {Context} context @param {string} title
 * @returns {{ root: HTMLElement, say: (keys: string[]) => void }} `say` takes one key for a quotation, several for steps.
 */
export function sayThis(context, title) {
  const { words, account } = context;
  const body = el('div', { class: 'say-body' });
  /** @type {string[]} */
  let lines = [];
  /** @param {Words} spoken */
  const draw = (spoken) => {
    const said = lines.map((key) => spoken.rich(key, { name: account?.name ?? '' }));
    body.lang = spoken.language;
    fill(body, ...(said.length === 1 ? [el('p', { class: 'quotation' }, ...(said[0] ?? []))] : [steps(said)]));
  };
  const redraw = () => void context.wordsIn(context.sayLanguage()).then(draw, () => draw(words));
  const options = Object.entries(LANGUAGES).map(([value, label]) => ({ value, label, lang: value }));
  const root = el('section', { class: 'card say', testid: 'say-this' },
    el('div', { class: 'card-head' }, el('h2', {}, title),
      choice(words.text('console.say.language'), options, context.sayLanguage(), (value) => {
        context.setSayLanguage(value);
        redraw();
      })), body);
  return {
    root,
    say: (keys) => {
      if (keys.join() === lines.join()) return;
      lines = keys;
      setAttribute(root, 'data-says', keys.join(' '));
      redraw();
    },
  };
}
