/** @file The customer's code, the request it belongs to, and what to ask for; beside it what to say and today's sessions. */

import { CodeField } from './code_field.js';
import { button, facts, notice, whileBusy } from './controls.js';
import { el, fill } from './dom.js';
import { endingTitle } from './endings.js';
import { icon } from './icons.js';
import { mySessions } from './my_sessions.js';
import { pageSource } from './page_source.js';
import { problemNotice, problemWords } from './problems.js';
import { sayThis } from './say_this.js';
import { topBar } from './top_bar.js';

/** @typedef {import('./screen.js').Context} Context */
/** @typedef {import('./screen.js').Screen} Screen */

const ASKS = /** @type {const} */ (['view', 'keys', 'settings']);
const REQUEST_LIMIT = 32; // seal SPEC §4, auth
/** Problems that are about the code stand at the code; one that does not open reads the same for every cause (INV-A5). */
const AT_THE_CODE = ['code-not-open', 'code-mistyped', 'code-used-here'];

/** @param {Context} context @returns {Screen} */
export function codeEntry(context) {
  const { words, draft, problem } = context;
  const heading = el('h1', {}, words.text('console.code.title'));
  const code = new CodeField(words, draft.code, (typed) => { draft.code = typed; });
  const answer = el('div', { class: 'answer' });
  const request = requestField(context);
  const asks = askFor(context);
  const connect = button(words.text('console.code.connect'), () => {}, { weight: 'primary', testid: 'connect', type: 'submit', large: true });
  const show = button(words.text('console.code.show'), () => {
    if (request.check() && asks.check()) void whileBusy(show, context.showCode);
  }, { testid: 'show-pin', large: true });
  const form = el('form', { class: 'card', novalidate: true, on: {
    submit: (/** @type {Event} */ event) => {
      event.preventDefault();
      const digits = code.read();
      if (digits && request.check() && asks.check()) void whileBusy(connect, () => context.connect(digits));
    },
  } }, answer, code.root, request.root, asks.root, el('div', { class: 'actions' }, connect, show));
  if (problem && AT_THE_CODE.includes(problem.slug)) {
    const said = problemWords(words, problem.slug === 'code-used-here' ? { ...problem, slug: 'code-not-open' } : problem);
    code.say(said.title, said.next);
  } else if (problem) fill(answer, problemNotice(words, problem));
  const say = sayThis(context, words.text('console.say.title'));
  say.say(['console.say.code.1', 'console.say.code.2', 'console.say.code.3']);
  const offline = offlineNotice(context);
  const root = el('div', { class: 'columns' },
    el('div', { class: 'main-column' }, heading, el('p', { class: 'lead' }, words.text('console.code.lead')), offline.root, form),
    // On a phone what to say comes right after the code, and what stands below both last.
    el('div', { class: 'side-column' }, say.root, lastSession(context), mySessions(context)),
    el('div', { class: 'foot-column' }, el('p', { class: 'promise' }, icon('lock'), words.text('console.code.promise')),
      pageSource(context, { details: true })));
  return { bar: topBar(context), root, heading: code.input, title: words.text('console.code.title'), close: offline.close };
}

/** What is kept of it, so that going on takes a code and nothing else. @param {Context} context */
function lastSession({ words, lastSession: last, newRequest }) {
  if (!last?.device) return null;
  const why = last.reason ? endingTitle(words, last.reason, last.switchedOff) : words.text('console.last.left');
  return el('section', { class: 'card', testid: 'last-session' }, el('h2', {}, words.text('console.last.title')), facts([
    [words.text('console.device.model'), last.device],
    [words.text('console.device.firmware'), last.firmware],
    [words.text('console.request.label'), last.request || '–'],
    [words.text('console.last.ended'), words.time(last.at)],
    [words.text('console.last.why'), why],
  ]), el('p', { class: 'hint' }, words.text('console.last.hint')),
  el('div', { class: 'actions' }, button(words.text('console.last.new_request'), newRequest, { testid: 'new-request' })));
}

/** @param {Context} context */
function requestField({ words, draft }) {
  const error = el('div', { class: 'field-error', id: 'request-error', role: 'alert' });
  const input = el('input', {
    id: 'request', type: 'text', autocomplete: 'off', spellcheck: 'false', testid: 'request',
    'aria-describedby': 'request-error request-hint', on: { input: () => { draft.request = input.value.trim(); } },
  });
  input.value = draft.request;
  const root = el('div', { class: 'field' },
    el('label', { for: 'request' }, words.text('console.request.label'), ' ', el('span', { class: 'optional' }, words.text('console.optional'))),
    error, input, el('p', { class: 'hint', id: 'request-hint' }, words.text('console.request.hint')));
  const check = () => {
    const n = [...draft.request].length;
    fill(error, n > REQUEST_LIMIT && el('p', {}, icon('warning'), words.text('console.request.long', { n, limit: REQUEST_LIMIT })));
    if (n > REQUEST_LIMIT) input.focus();
    return n <= REQUEST_LIMIT;
  };
  return { root, check };
}

/** @param {Context} context */
function askFor({ words, draft }) {
  const error = el('div', { class: 'field-error', role: 'alert' });
  const boxes = ASKS.map((grant) => {
    const box = el('input', { type: 'checkbox', id: `ask-${grant}`, testid: `ask-${grant}`, on: { change: () => {
      draft.asks = ASKS.filter((_, at) => boxes[at]?.checked);
      fill(error);
    } } });
    box.checked = draft.asks.includes(grant);
    return box;
  });
  const root = el('fieldset', { class: 'field asks' }, el('legend', {}, words.text('console.ask.title')), error,
    el('div', { class: 'ask-row' }, ...ASKS.map((grant, at) => el('label', { class: 'ask', for: `ask-${grant}` },
      boxes[at] ?? null, icon(grant === 'view' ? 'eye' : grant === 'keys' ? 'remote' : 'settings'), words.text(`console.ask.${grant}`)))),
    el('p', { class: 'hint' }, words.text('console.ask.hint')));
  const check = () => {
    if (draft.asks.length) return true;
    fill(error, el('p', {}, icon('warning'), words.text('console.ask.none')));
    boxes[0]?.focus();
    return false;
  };
  return { root, check };
}

/** @param {Context} context */
function offlineNotice({ words }) {
  const root = el('div', { class: 'answer' });
  const draw = () => fill(root, !navigator.onLine && notice('warn', words.text('console.offline.title'), words.text('console.offline.next')));
  window.addEventListener('online', draw);
  window.addEventListener('offline', draw);
  draw();
  return { root, close: () => { window.removeEventListener('online', draw); window.removeEventListener('offline', draw); } };
}
