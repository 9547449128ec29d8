/** @file The code that the customer types: large, in groups, with the time it has left and the sentences that go with it. */

import { grouped } from '../core/code.js';
import { button, notice } from './controls.js';
import { el, fill, setText } from './dom.js';
import { icon } from './icons.js';
import { pageSource } from './page_source.js';
import { problemWords } from './problems.js';
import { sayThis } from './say_this.js';
import { timeLeft } from './time_left.js';
import { topBar } from './top_bar.js';

/** @typedef {import('./screen.js').Context} Context */
/** @typedef {import('./screen.js').Screen} Screen */
/** @typedef {import('./screen.js').SessionState} SessionState */

/** @param {Context} context @returns {Screen} */
export function showCode(context) {
  const { words, session } = context;
  const heading = el('h1', { tabindex: -1 });
  const code = codeCard(context);
  const body = el('div', { class: 'card' });
  const say = sayThis(context, words.text('console.say.title'));
  const lead = el('p', { class: 'lead' }, words.text('console.shown.lead'));
  const root = el('div', { class: 'columns' },
    el('div', { class: 'main-column' }, heading, lead, body,
      el('p', { class: 'promise' }, icon('lock'), words.text('console.shown.promise'))),
    el('div', { class: 'side-column' }, say.root, pageSource(context, { details: true })));
  let drawn = '';
  /** @param {SessionState} state */
  const update = (state) => {
    code.update(state);
    if (state.step === drawn) return;
    const first = drawn === '';
    drawn = state.step;
    const isOver = state.step === 'over';
    lead.hidden = isOver;
    setText(heading, words.text(isOver ? 'console.shown.over' : 'console.shown.title'));
    fill(body, ...(isOver ? over(context, state) : [code.root, actions(context, state)]));
    say.say(isOver ? ['console.say.shown.over'] : ['console.say.shown.1', 'console.say.shown.2', 'console.say.shown.3']);
    // Read on from the heading: what stood there before is not true any more.
    if (!first) heading.focus({ preventScroll: true });
  };
  if (session) update(session.state);
  return { bar: topBar(context), root, heading, title: words.text('console.shown.title'), update, tick: code.tick };
}

/** The digits for the eye in groups, for the ear one by one. @param {Context} context */
function codeCard(context) {
  const { words } = context;
  const seen = el('span', { testid: 'shown-pin', 'aria-hidden': 'true' });
  const heard = el('span', { class: 'visually-hidden' });
  const digits = el('p', { class: 'shown-code' }, seen, heard);
  const wait = el('p', { class: 'hint', role: 'status' });
  const left = timeLeft(context, (_, duration) => words.text('console.shown.left', { duration }));
  /** @param {SessionState} state */
  const update = (state) => {
    const text = state.code && grouped(state.code);
    setText(seen, text);
    setText(heard, text.split(' ').map((group) => [...group].join(' ')).join(', '));
    digits.hidden = text === '';
    setText(wait, text ? '' : words.text('console.shown.asking'));
    left.update(state);
  };
  return { root: el('div', { class: 'shown-card' }, el('h2', {}, words.text('console.code.label')), digits, wait, left.root), update, tick: left.tick };
}

/** @param {Context} context @param {SessionState} state */
function actions(context, state) {
  const { words, session } = context;
  return el('div', { class: 'actions' },
    button(words.text('console.shown.cancel'), () => session?.end(), { testid: 'cancel', large: true }),
    state.step === 'showing' && el('span', { class: 'hint' }, words.text('console.shown.once')));
}

/** Nobody can type it any more: why, and the way to a fresh one. @param {Context} context @param {SessionState} state @returns {Node[]} */
function over(context, state) {
  const { words } = context;
  const why = state.problem && problemWords(words, state.problem);
  return [
    el('div', { class: 'answer' }, why && notice('warn', why.title, why.next)),
    el('div', { class: 'actions' },
      button(words.text('console.shown.again'), () => void context.showCode(), { weight: 'primary', testid: 'show-pin', large: true }),
      button(words.text('console.shown.type_instead'), context.startOver, { testid: 'new-code', large: true })),
  ];
}
