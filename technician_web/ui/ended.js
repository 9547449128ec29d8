/** @file After the end: the reason in words, what to do next, what was done, and the reason as a machine reads it. */

import { bySetting, changeTimes, settingName } from './changes.js';
import { button, card, facts, steps, whileBusy } from './controls.js';
import { el } from './dom.js';
import { END_ICONS, endingNext, endingTitle } from './endings.js';
import { enrolmentPlace } from './enrolment.js';
import { icon } from './icons.js';
import { problemNotice } from './problems.js';
import { topBar } from './top_bar.js';

/** @typedef {import('./screen.js').Context} Context */
/** @typedef {import('./screen.js').Screen} Screen */
/** @typedef {import('./screen.js').SessionState} SessionState */
/** @typedef {import('../core/types.js').EndReason} EndReason */

/** After these a new code is not the next step: first comes another person or another badge. */
const NO_CODE_NEXT = ['revoked', 'badge_refused'];

/** @param {Context} context @param {SessionState} state @returns {Screen} */
export function ended(context, state) {
  const { words } = context;
  const reason = /** @type {EndReason} */ (state.reason || 'relay_lost');
  const title = endingTitle(words, reason, state.switchedOff);
  const heading = el('h1', { class: 'ending', tabindex: -1, testid: 'end-reason', 'data-reason': reason }, title);
  const unit = enrolmentPlace(context);
  const root = el('div', { class: 'columns' },
    el('div', { class: 'main-column' },
      el('div', { class: 'ending-head' }, icon(END_ICONS[reason], 'ending-icon'),
        el('div', {}, heading, el('p', { class: 'lead' }, when(context, state)))),
      state.problem && problemNotice(words, state.problem), next(context, reason, state.switchedOff)),
    el('div', { class: 'side-column' }, did(context, state), record(context, state, reason, unit.root)));
  unit.draw(state);
  return { bar: topBar(context), root, heading, title, update: unit.draw };
}

/** @param {Context} context @param {SessionState} state */
function when({ words }, { times }) {
  const time = words.time(times.ended);
  if (!times.active) return words.text('console.ended.attempt', { time });
  return words.text('console.ended.session', { time, duration: words.duration(times.ended - times.active) });
}

/** @param {Context} context @param {EndReason} reason @param {boolean} own */
function next(context, reason, own) {
  const { words, draft } = context;
  const request = draft.request && words.text('console.ended.request_kept', { request: draft.request });
  const again = !NO_CODE_NEXT.includes(reason);
  const action = again
    ? button(words.text('console.ended.new_code'), context.startOver, { weight: 'primary', testid: 'new-code', large: true })
    : button(words.text('console.ended.sign_in_again'), () => void context.signOut(), { weight: 'primary', testid: 'sign-in-again', large: true });
  const show = again && button(words.text('console.code.show'), () => { if (show) void whileBusy(show, context.showCode); }, { testid: 'show-pin', large: true });
  const lines = [endingNext(words, reason, own), ...(again ? [[words.text('console.ended.type_code'), request].filter(Boolean).join(' ')] : [])];
  return card(words.text('console.ended.to_go_on'), steps(lines), el('div', { class: 'actions' }, action, show));
}

/** @param {Context} context @param {SessionState} state */
function did({ words, seenMs }, state) {
  const { times, keysPressed, changes } = state;
  if (!times.active) return card(words.text('console.did.title'), el('p', { class: 'body-text' }, words.text('console.did.nothing')));
  return card(words.text('console.did.title'), facts([
    [words.text('console.did.looked'), seenMs ? words.duration(seenMs) : words.text('console.did.not_seen')],
    [words.text('console.did.keys'), String(keysPressed)],
    ...bySetting(changes).map((one) => /** @type {[string, string]} */ ([settingName(words, one.path), changeTimes(words, one)])),
    [words.text('console.did.camera'), words.text('console.did.stayed_closed')],
  ]));
}

/** @param {Context} context @param {SessionState} state @param {EndReason} reason @param {HTMLElement} unit */
function record({ words }, state, reason, unit) {
  return card(words.text('console.record.title'), state.times.badge > 0 && el('p', { class: 'unit' }, unit),
    el('p', { class: 'body-text' }, words.text(state.times.badge ? 'console.record.signed' : 'console.record.attempt')),
    el('p', { class: 'machine' }, words.text('console.record.reason'), ' ', el('code', {}, reason)),
    state.cause !== '' && el('p', { class: 'machine' }, words.text('console.record.cause'), ' ', el('code', { testid: 'end-cause' }, state.cause)),
    state.session !== '' && el('p', { class: 'machine' }, words.text('console.record.reference'), ' ', el('code', {}, state.session)));
}
