/** @file The bar during a session: live and for how long, which device, what is given, and End at its fixed place. */

import { button, chip } from './controls.js';
import { el, fill, setText } from './dom.js';
import { enrolmentPlace } from './enrolment.js';
import { icon, solid } from './icons.js';

/** @typedef {import('./screen.js').Context} Context */
/** @typedef {import('./screen.js').SessionState} SessionState */

const GRANTS = /** @type {const} */ ([['view', 'eye'], ['keys', 'remote'], ['settings', 'settings'], ['sound', 'volume_up']]);

/** @param {Context} context */
export function sessionBar(context) {
  const { words, draft, session } = context;
  const clock = el('span', {});
  const device = el('p', { class: 'bar-title' });
  const time = el('span', {});
  const unit = enrolmentPlace(context, { short: true });
  const under = el('p', { class: 'bar-text' }, unit.root, draft.request !== '' && el('span', { class: 'bar-request' }, draft.request), time);
  const chips = el('ul', { class: 'grants', 'aria-label': words.text('console.bar.grants') });
  const end = button([solid('stop'), el('span', { class: 'end-long' }, words.text('console.bar.end')),
    el('span', { class: 'end-short' }, words.text('console.bar.end_short'))], () => session?.end(),
  { weight: 'danger', testid: 'end-session', name: words.text('console.bar.end') });
  const asks = el('div', { class: 'bar-asks' });
  const root = el('div', { class: 'bar session-bar' },
    el('span', { class: 'chip live' }, solid('live'), el('span', {}, words.text('console.bar.live'), ' '), clock),
    el('div', { class: 'bar-device' }, device, under), el('span', { class: 'gap' }), chips, asks, end);
  let drawn = '';

  /** @param {SessionState} state @param {number} now */
  const draw = (state, now) => {
    setText(clock, words.running(now - state.times.active));
    setText(device, state.deviceName || words.text('console.the_tv'));
    const left = state.until ? words.text('console.bar.left', { minutes: Math.max(0, Math.ceil((state.until - now) / 60_000)) }) : '';
    setText(time, left);
    unit.draw(state);
    if (drawn !== state.grants.join()) fill(chips, ...grantChips(context, state.grants));
    drawn = state.grants.join();
  };
  return { root, draw, asks };
}

/** Solid = given, dashed = not. @param {Context} context @param {readonly string[]} grants */
function grantChips({ words }, grants) {
  // Sound that was never asked for is no permission that is missing.
  const given = GRANTS.filter(([grant]) => grant !== 'sound' || grants.includes('sound')).map(([grant, sign]) => (grants.includes(grant)
    ? chip('ok', icon(sign), words.text(`console.grant.${grant}`))
    : chip('absent', icon(sign), words.text(`console.grant.${grant}.not`))));
  const never = [chip('absent', icon('record'), words.text('console.grant.not_recorded')),
    chip('absent', icon('camera_off'), words.text('console.grant.camera_closed'))];
  return [...given.map((one) => el('li', {}, one)), ...never.map((one) => el('li', { class: 'never' }, one))];
}
