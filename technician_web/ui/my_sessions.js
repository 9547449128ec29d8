/** @file Today's own sessions with their endings in words; empty, slow and out-of-reach each say so. */

import { button, notice } from './controls.js';
import { el, fill } from './dom.js';
import { endingTitle } from './endings.js';
import { asProblem, problemWords } from './problems.js';

/** @typedef {import('./screen.js').Context} Context */
/** @typedef {import('./screen.js').PastSession} PastSession */

const SKELETON_AFTER_MS = 300;
const SLOW_AFTER_MS = 5000;

/** @param {Context} context */
export function mySessions(context) {
  const { words } = context;
  const body = el('div', { class: 'sessions' });
  const root = el('section', { class: 'card', testid: 'my-sessions' }, el('h2', {}, words.text('console.sessions.title')), body);
  void load(context, body, null);
  return root;
}

/** @param {Context} context @param {HTMLElement} body @param {{ at: number, list: PastSession[] } | null} before */
async function load(context, body, before) {
  const { words } = context;
  const waits = [
    setTimeout(() => { if (!before) fill(body, skeleton(words.text('console.sessions.loading'))); }, SKELETON_AFTER_MS),
    setTimeout(() => { if (!before) fill(body, skeleton(words.text('console.sessions.slow'))); }, SLOW_AFTER_MS),
  ];
  try {
    const list = (await context.sessions()).filter((session) => isToday(session.started_at, context.now()));
    fill(body, list.length ? rows(context, list) : empty(context));
  } catch (error) {
    const problem = asProblem(error);
    if (problem.slug === 'not-signed-in') return;
    const again = button(words.text('console.try_again'), () => void load(context, body, before), { weight: 'quiet' });
    fill(body, notice('warn', problemWords(words, problem).title, words.text('console.sessions.unread'), ' ', again));
  } finally {
    waits.forEach(clearTimeout);
  }
}

/** @param {Context} context @param {PastSession[]} list */
function rows({ words }, list) {
  const newest = [...list].sort((a, b) => b.started_at - a.started_at);
  return el('ol', { class: 'session-rows' }, ...newest.map((session) => el('li', {},
    el('time', { datetime: new Date(session.started_at).toISOString() }, words.minute(session.started_at)),
    el('div', {},
      el('p', { class: 'row-title' }, session.device || words.text('console.the_tv')),
      el('p', { class: 'row-text' }, session.ended_at ? endingTitle(words, session.reason) : words.text('console.sessions.running'))))));
}

/** @param {Context} context */
function empty({ words }) {
  return el('div', { class: 'empty' },
    el('p', { class: 'row-title' }, words.text('console.sessions.empty.title')),
    el('p', { class: 'row-text' }, words.text('console.sessions.empty.next')));
}

/** @param {string} sentence */
function skeleton(sentence) {
  return el('div', { class: 'skeleton' }, ...[1, 2, 3].map(() => el('span', {})), el('p', { role: 'status' }, sentence));
}

/** @param {number} ms @param {number} now */
function isToday(ms, now) {
  return new Date(ms).toDateString() === new Date(now).toDateString();
}
