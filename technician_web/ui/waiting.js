/** @file From the accepted code to the customer's yes: four steps with times, what the customer sees, what to say, time left. */

import { button } from './controls.js';
import { el, fill, setAttribute, setText } from './dom.js';
import { enrolmentPlace, falseUnit } from './enrolment.js';
import { icon } from './icons.js';
import { sayThis } from './say_this.js';
import { timeLeft } from './time_left.js';
import { topBar } from './top_bar.js';
import { tvDrawing } from './tv_drawing.js';

/** @typedef {import('./screen.js').Context} Context */
/** @typedef {import('./screen.js').Screen} Screen */
/** @typedef {import('./screen.js').SessionState} SessionState */
/** @typedef {'accepted' | 'sealed' | 'badge' | 'deciding'} StepName */

const STEPS = /** @type {const} */ (['accepted', 'sealed', 'badge', 'deciding']);

/** @type {{ [step: string]: StepName }} */
const CURRENT = { sealing: 'sealed', badge: 'badge', deciding: 'deciding' };

/** @param {Context} context @returns {Screen} */
export function waiting(context) {
  const { words, session } = context;
  const heading = el('h1', { tabindex: -1 });
  const lead = el('p', { class: 'lead' });
  const list = STEPS.map((name) => step(context, name));
  const left = timeLeft(context, ({ step: at }, duration) => words.text(
    at === 'deciding' ? 'console.waiting.left.deciding' : 'console.waiting.left.pairing', { duration }));
  const unit = enrolmentPlace(context);
  const notThatUnit = falseUnit(context);
  const drawing = tvDrawing(context);
  const say = sayThis(context, words.text('console.say.now'));
  const cancel = button(words.text('console.waiting.cancel'), () => session?.end(), { testid: 'cancel', large: true });
  const root = el('div', { class: 'columns even' },
    el('div', { class: 'main-column' }, heading, lead,
      el('section', { class: 'card', 'aria-label': words.text('console.waiting.steps') },
        el('ol', { class: 'progress-steps' }, ...list.map((one) => one.root)), el('p', { class: 'unit' }, unit.root), left.root),
      notThatUnit.root,
      el('div', { class: 'actions loose' }, cancel, el('span', { class: 'hint' }, words.text('console.waiting.used_up')))),
    el('div', { class: 'side-column' }, say.root, drawing.root)); // what to say first: on a phone it must not lie below the drawing
  /** @param {SessionState} state */
  const update = (state) => {
    const deciding = state.step === 'deciding';
    setText(heading, words.text(deciding ? 'console.waiting.title' : 'console.waiting.pairing.title'));
    setText(lead, words.text('console.waiting.lead'));
    list.forEach((one) => one.update(state));
    unit.draw(state);
    notThatUnit.draw(state);
    left.update(state);
    drawing.update(deciding);
    say.say([deciding ? 'console.say.deciding' : 'console.say.pairing']);
  };
  if (session) update(session.state);
  return { bar: topBar(context), root, heading, title: words.text('console.waiting.title'), update, tick: left.tick };
}

/** @param {SessionState} state @param {StepName} name @returns {'done' | 'now' | 'later'} */
function progress({ times, step: at }, name) {
  if (name !== 'deciding' && times[name]) return 'done';
  return (CURRENT[at] ?? 'accepted') === name ? 'now' : 'later';
}

/** @param {Context} context @param {StepName} name */
function step({ words, account }, name) {
  const sign = el('span', { class: 'step-sign' });
  const title = el('p', { class: 'step-title' });
  const text = el('p', { class: 'step-text' });
  const root = el('li', {}, sign, el('div', {}, title, text));
  const person = { name: account?.name ?? '', org: account?.org ?? '' };
  /** @param {SessionState} state */
  const update = (state) => {
    const stage = progress(state, name);
    if (root.dataset['stage'] !== stage) fill(sign, stage === 'done' ? icon('check') : icon(name === 'deciding' ? 'person' : 'clock'));
    root.dataset['stage'] = stage;
    setAttribute(root, 'aria-current', stage === 'now' ? 'step' : null);
    setText(title, words.text(`console.waiting.${name}.${stage === 'done' ? 'done' : 'title'}`));
    const time = stage === 'done' && name !== 'deciding' ? `${words.time(state.times[name])} · ` : '';
    const device = state.deviceName || words.text('console.the_tv');
    setText(text, time + words.text(`console.waiting.${name}.${stage === 'done' ? 'said' : 'text'}`, { ...person, device }));
  };
  return { root, update };
}
