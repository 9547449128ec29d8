/** @file Who serves this page, and which release of it: at the code and in the menu. Whoever serves it could change it. */

import { el, fill, setAttribute } from './dom.js';
import { icon } from './icons.js';

/** @typedef {import('./screen.js').Context} Context */

const DIGITS = 16; // 64 bits: enough that nobody makes another page with the same ones, few enough to read aloud.

/** @param {string} release 64 hexadecimal digits */
export function shortRelease(release) {
  return (release.slice(0, DIGITS).match(/.{4}/g) ?? []).join(' ');
}

/** Says nothing about the operator until the service has. @param {Context} context @param {{ details: boolean }} options */
export function pageSource(context, { details }) {
  const { words, config } = context;
  const root = el('div', { class: 'page-source', testid: 'page-source' });
  /** @param {boolean | null} served whether the service's operator serves this page; null while nobody has said so */
  const draw = (served) => {
    setAttribute(root, 'data-served-by', served === null ? 'unknown' : served ? 'operator' : 'elsewhere');
    fill(root,
      served && el('p', { class: 'caution' }, icon('warning', 'small'), el('span', {}, words.text('console.page.operator'))),
      served === false && el('p', {}, words.text('console.page.elsewhere')),
      el('p', {}, words.text('console.page.release', { release: shortRelease(config.release) })),
      details && served !== null && (served ? whatToDo(context) : howToCheck(context)));
  };
  draw(null);
  void context.servesConsole().then(draw);
  return root;
}

/** @param {Context} context */
function whatToDo({ words, config }) {
  return el('details', {}, el('summary', {}, words.text('console.page.help')),
    el('p', {}, words.text('console.page.help.serve')), command(`alongside console --service ${config.service}`),
    el('p', {}, words.text('console.page.help.allow')));
}

/** @param {Context} context */
function howToCheck({ words }) {
  return el('details', {}, el('summary', {}, words.text('console.page.check')),
    el('p', {}, words.text('console.page.check.print')), command('alongside console --print-release'));
}

/** @param {string} text */
function command(text) {
  return el('p', {}, el('code', {}, text));
}
