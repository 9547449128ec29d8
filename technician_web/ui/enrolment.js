/** @file Which unit the maker says this is, or that nobody confirmed it: the same words wherever they stand. */

import { notice } from './controls.js';
import { el, fill, setAttribute } from './dom.js';
import { icon } from './icons.js';

/** @typedef {import('./screen.js').Context} Context */
/** @typedef {import('./screen.js').SessionState} SessionState */
/** @typedef {import('../core/types.js').Enrolment} Enrolment */
/** @typedef {import('./icons.js').IconName} IconName */

/** @type {{ [state in Enrolment['state']]: { look: string, sign: IconName } }} */
const LOOKS = {
  unknown: { look: '', sign: 'clock' },
  none: { look: 'caution', sign: 'info' },
  unchecked: { look: 'caution', sign: 'info' },
  confirmed: { look: 'good', sign: 'check' },
  false: { look: 'untrue', sign: 'warning' },
};

/** @param {Context} context @param {Enrolment} enrolment */
export function enrolmentText({ words }, { state, unit, model }) {
  return words.text(`console.enrolment.${state}`, { unit, model });
}

/** One line with its sign. @param {Context} context @param {Enrolment} enrolment */
export function enrolmentLine(context, enrolment) {
  const { look, sign } = LOOKS[enrolment.state];
  return el('span', { class: `enrolment ${look}` }, icon(sign, 'small'), el('span', {}, enrolmentText(context, enrolment)));
}

/** In a word or two, for a bar. @param {Context} context @param {Enrolment} enrolment */
function enrolmentWord({ words }, { state, unit, model }) {
  return el('span', { class: LOOKS[state].look }, words.text(`console.enrolment.${state}.short`, { unit, model }));
}

/** A place on a screen that follows the session. @param {Context} context @param {{ short?: boolean }} [how] */
export function enrolmentPlace(context, { short = false } = {}) {
  const root = el('span', { testid: 'enrolment' });
  /** @type {Enrolment | null} */
  let drawn = null;
  /** @param {SessionState} state */
  const draw = ({ enrolment, times }) => {
    const shown = times.badge ? enrolment : null;
    root.hidden = shown === null;
    if (shown === drawn || shown === null) return;
    drawn = shown;
    setAttribute(root, 'data-state', shown.state);
    fill(root, (short ? enrolmentWord : enrolmentLine)(context, shown));
  };
  return { root, draw };
}

/** Said large where a device shows a confirmation that does not hold. @param {Context} context */
export function falseUnit(context) {
  const root = el('div', { hidden: true });
  /** @param {SessionState} state */
  const draw = ({ enrolment }) => {
    const isFalse = enrolment.state === 'false';
    if (root.hidden !== isFalse) return;
    root.hidden = !isFalse;
    fill(root, isFalse && notice('bad', `${enrolmentText(context, enrolment)}.`, context.words.text('console.enrolment.false.next')));
  };
  return { root, draw };
}
