/** @file The course of the connection: four measures over the last minute, drawn and in figures, and the rest in words. Loaded when opened. */

import { facts } from './controls.js';
import { el, fill, setAttribute, setText, svg } from './dom.js';
import { icon } from './icons.js';
import { MEASURES, course, summary } from './samples.js';

/** @typedef {import('../core/slowness.js').Slow} Slow */
/** @typedef {import('./samples.js').Measure} Measure */
/** @typedef {import('./samples.js').Samples} Samples */
/** @typedef {import('./screen.js').SessionState} SessionState */
/** @typedef {import('./words.js').Words} Words */

const COLUMNS = /** @type {const} */ (['now', 'lowest', 'middle', 'highest']);

/** @param {Words} words @param {string} id @param {() => void} close */
export function plots(words, id, close) {
  const rows = new Map(MEASURES.map((measure) => [measure, row(words, measure)]));
  const said = el('div', {});
  let drawn = '';
  const heading = el('h2', { class: 'with-icon', id: `${id}-title`, tabindex: -1 }, icon('wifi'), words.text('console.course.title'));
  const root = el('section', { class: 'card plots', id, testid: 'course', 'aria-labelledby': `${id}-title`, on: {
    keydown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      event.stopPropagation(); // or it would be Back on the TV's remote
      close();
    },
  } },
  el('div', { class: 'card-head' }, heading, el('button', { type: 'button', class: 'button quiet', testid: 'course-close', on: { click: close } }, icon('close'), words.text('console.course.close'))),
  // On a phone a row is two lines, laid out as a grid; without the roles it would no longer be read as a table there.
  el('table', { role: 'table' },
    el('caption', { class: 'visually-hidden' }, words.text('console.course.caption')),
    el('thead', { role: 'rowgroup' }, el('tr', { role: 'row' }, el('th', { scope: 'col', role: 'columnheader' }, words.text('console.course.measure')),
      el('th', { class: 'course', 'aria-hidden': 'true' }),
      ...COLUMNS.map((column) => el('th', { scope: 'col', role: 'columnheader', class: column }, words.text(`console.course.${column}`))))),
    el('tbody', { role: 'rowgroup' }, ...[...rows.values()].map(({ root: line }) => line))),
  said);

  /** @param {SessionState} state @param {Slow} slow @param {Samples} samples @param {boolean} fresh whether there is a new sample */
  const draw = (state, slow, samples, fresh) => {
    const key = `${slow}|${state.carrier}|${state.codec}`;
    if (key !== drawn) {
      fill(said, facts([
        [words.text('console.course.cause'), words.text(slow ? `console.slow.${slow}` : 'console.course.cause.none')],
        [words.text('console.connection.path'), words.text(`console.connection.${state.carrier === 'dc' ? 'direct' : 'relay'}`)],
        [words.text('console.connection.picture'), state.codec ? words.text(`console.connection.${state.codec}`) : '–'],
      ]));
    }
    if (fresh || drawn === '') for (const [measure, line] of rows) line.draw(samples.all.map((sample) => sample[measure]));
    drawn = key;
  };
  return { root, heading, draw };
}

/** @param {Words} words @param {Measure} measure */
function row(words, measure) {
  const line = svg('path', { d: '' });
  const cells = COLUMNS.map((column) => [column, el(column === 'now' ? 'strong' : 'span', {}, '–')]);
  const root = el('tr', { role: 'row', 'data-measure': measure }, el('th', { scope: 'row', role: 'rowheader' }, words.text(`console.course.${measure}`)),
    el('td', { class: 'course', 'aria-hidden': 'true' }, svg('svg', { viewBox: '0 0 100 32', preserveAspectRatio: 'none' }, line)),
    ...cells.map(([column, cell]) => el('td', { role: 'cell', class: String(column) }, cell)));
  /** @param {(number | null)[]} values */
  const draw = (values) => {
    const figures = summary(values);
    setAttribute(line, 'd', course(values));
    for (const [column, cell] of cells) {
      const value = figures?.[/** @type {typeof COLUMNS[number]} */ (column)] ?? null;
      setText(/** @type {Element} */ (cell), value === null ? '–' : inWords(words, measure, value));
    }
  };
  return { root, draw };
}

/** @param {Words} words @param {Measure} measure @param {number} value */
function inWords(words, measure, value) {
  if (measure === 'fps') return String(value);
  if (measure === 'rate' && value >= 1e6) return words.text('console.course.mbit', { n: words.tenths(value / 1000) });
  if (measure === 'rate') return words.text('console.course.kbit', { n: Math.round(value / 1000) });
  return words.text('console.strip.ms', { ms: Math.round(value) });
}
