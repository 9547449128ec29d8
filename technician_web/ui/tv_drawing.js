/** @file A drawing of what the customer sees, labelled as one: the technician sees nothing of the TV before the yes. */

import { initials } from './controls.js';
import { el, fill } from './dom.js';
import { icon } from './icons.js';

/** @typedef {import('./screen.js').Context} Context */
/** @typedef {import('./icons.js').IconName} IconName */

/** @type {[string, IconName][]} */
const ROWS = [['view', 'eye'], ['keys', 'remote'], ['settings', 'settings']];

/** @param {Context} context */
export function tvDrawing(context) {
  const { words } = context;
  const screen = el('div', { class: 'tv-drawing', role: 'img' });
  const root = el('section', { class: 'drawing' },
    el('h2', {}, words.text('console.drawing.title'), ' ', el('span', {}, words.text('console.drawing.not_their_screen'))), screen);
  /** @type {boolean | null} */
  let drawn = null;
  /** @param {boolean} deciding */
  const update = (deciding) => {
    if (deciding === drawn) return;
    drawn = deciding;
    screen.setAttribute('aria-label', words.text(deciding ? 'console.drawing.consent' : 'console.drawing.pairing'));
    fill(screen, ...(deciding ? consent(context) : pairing(context)));
  };
  return { root, update };
}

/** @param {Context} context */
function pairing({ words }) {
  return [el('div', { class: 'tv-pairing' }, icon('clock', 'large'), el('p', {}, words.text('console.drawing.one_moment')))];
}

/** @param {Context} context */
function consent({ words, account, draft }) {
  const name = account?.name ?? '';
  return [
    el('div', { class: 'tv-left' },
      el('p', { class: 'tv-title' }, words.text('console.drawing.may')),
      el('div', { class: 'tv-person' },
        el('div', { class: 'tv-name' }, initials(name), el('div', {}, el('p', {}, name), el('p', { class: 'tv-small' }, account?.org ?? ''))),
        el('p', { class: 'tv-checked' }, icon('badge'), words.text('console.drawing.checked', { org: account?.org ?? '' })),
        draft.request !== '' && el('p', { class: 'tv-small' }, words.text('console.drawing.request'), ' ', el('strong', {}, draft.request))),
      el('p', { class: 'tv-ask' }, words.text('console.drawing.is_this'))),
    el('div', { class: 'tv-right' },
      el('p', { class: 'tv-asks' }, words.text('console.drawing.asks')),
      ...ROWS.filter(([grant]) => draft.asks.includes(grant)).map(([grant, sign]) => el('div', { class: 'tv-row' }, icon(sign),
        el('div', {}, el('p', {}, words.text(`grant.${grant}`)), el('p', { class: 'tv-small' }, words.text(`grant.${grant}.detail`))),
        el('span', { class: 'tv-switch' }))),
      el('div', { class: 'tv-row off' }, icon('camera_off'), el('div', {}, el('p', {}, words.text('console.drawing.camera'))),
        el('span', { class: 'tv-small' }, words.text('console.drawing.not_asked'))),
      el('div', { class: 'tv-buttons' },
        el('span', { class: 'tv-yes' }, words.text('console.drawing.yes')), el('span', {}, words.text('console.drawing.no'))),
      el('div', { class: 'tv-buttons' }, el('span', { class: 'tv-told' }, words.text('console.drawing.told_me')))),
  ];
}
