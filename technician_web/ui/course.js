/** @file The switch in the strip that opens the course of the connection: a press, or F7; what it shows is fetched only then. */

import { el, setAttribute, setText } from './dom.js';
import { icon } from './icons.js';
import { fetched } from './later.js';
import { Samples } from './samples.js';

/** @typedef {import('../core/slowness.js').Slow} Slow */
/** @typedef {import('./screen.js').Context} Context */
/** @typedef {import('./screen.js').SessionState} SessionState */

const ID = 'connection-course';

/** @param {Context} context */
export function connectionCourse(context) {
  const { words } = context;
  const samples = new Samples();
  const place = el('div', { class: 'panel-place' });
  const problem = el('p', { class: 'hint', role: 'status' });
  /** @type {ReturnType<typeof import('./plots.js').plots> | null} */
  let panel = null;
  let wanted = false;
  /** @type {[SessionState, Slow] | null} */
  let last = null;

  const button = el('button', {
    type: 'button', class: 'tool course-toggle', testid: 'course-open', 'aria-expanded': 'false', 'aria-controls': ID, 'aria-keyshortcuts': 'F7', title: `${words.text('console.course.title')} (F7)`,
    on: { click: () => void toggle() },
  }, icon('wifi'), el('span', {}, words.text('console.course.open')), el('kbd', {}, 'F7'));

  const close = () => {
    wanted = false;
    place.replaceChildren(problem);
    setText(problem, '');
    setAttribute(button, 'aria-expanded', 'false');
    button.focus();
  };

  const toggle = async () => {
    if (wanted) return close();
    wanted = true;
    setAttribute(button, 'aria-expanded', 'true');
    try {
      const { plots } = await fetched('/ui/plots.js', () => import('./plots.js'));
      panel ??= plots(words, ID, close);
    } catch {
      wanted = false;
      setAttribute(button, 'aria-expanded', 'false');
      return setText(problem, words.text('console.course.failed'));
    }
    if (!wanted) return;
    setText(problem, '');
    place.replaceChildren(panel.root, problem);
    if (last) panel.draw(...last, samples, true);
    panel.root.scrollIntoView({ block: 'nearest' });
    panel.heading.focus({ preventScroll: true });
  };

  /** @param {KeyboardEvent} event */
  const heard = (event) => {
    if (event.key !== 'F7') return;
    event.preventDefault();
    if (!event.repeat) void toggle();
  };
  document.addEventListener('keydown', heard);
  place.append(problem);

  /** @param {SessionState} state @param {number} now @param {Slow} slow */
  const draw = (state, now, slow) => {
    const fresh = samples.take(state, now);
    last = [state, slow];
    if (wanted) panel?.draw(state, slow, samples, fresh);
  };
  return { button, place, draw, close: () => document.removeEventListener('keydown', heard) };
}
