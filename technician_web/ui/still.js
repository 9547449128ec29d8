/** @file The button that takes a lossless still: a press, or F4; what shows it is fetched only then. */

import { whileBusy } from './controls.js';
import { el, setText } from './dom.js';
import { icon } from './icons.js';
import { fetched } from './later.js';
import { whyNot } from './outcome.js';

/** @typedef {import('../core/types.js').StillResult} StillResult */
/** @typedef {import('./screen.js').Context} Context */
/** @typedef {import('./screen.js').SessionState} SessionState */
/** @typedef {import('./words.js').Words} Words */

/** @param {Words} words @param {Exclude<StillResult, { outcome: 'exact' }>} result */
function why(words, result) {
  const key = `console.still.no.${'cause' in result && result.cause ? result.cause : result.outcome}`;
  if (words.has(key)) return words.text(key);
  return 'cause' in result ? whyNot(words, { ...result, path: '' }) : '';
}

/** @param {Context} context */
export function stillButton(context) {
  const { words, session } = context;
  const place = el('div', { class: 'panel-place' });
  const say = el('p', { class: 'hint', role: 'status', testid: 'still-say' });
  /** @type {import('./still_view.js').StillView | null} */
  let view = null;
  let closed = false;

  const button = el('button', {
    type: 'button', class: 'tool still-take', testid: 'still-take', hidden: true, 'aria-keyshortcuts': 'F4', on: { click: () => take() },
  }, icon('camera'), el('span', {}, words.text('console.still.take')), el('kbd', {}, 'F4'));

  const drop = () => {
    view?.close();
    view = null;
    place.replaceChildren(say);
  };
  const close = () => {
    drop();
    setText(say, '');
    button.focus();
  };

  const fetchView = () => fetched('/ui/still_view.js', () => import('./still_view.js'));
  const take = () => void whileBusy(button, async () => {
    if (!session || button.hidden) return;
    setText(say, words.text('console.still.taking'));
    const result = await session.commands.still();
    if (closed) return;
    if (result.outcome !== 'exact') return setText(say, why(words, result));
    const shown = await fetchView().catch(() => null);
    if (closed) return;
    if (!shown) return setText(say, words.text('console.course.failed'));
    drop();
    view = shown.stillView(words, { still: result, session: session.state.session, close });
    place.replaceChildren(view.root, say);
    setText(say, '');
    view.root.scrollIntoView({ block: 'nearest' });
    view.heading.focus({ preventScroll: true });
  });

  /** @param {KeyboardEvent} event */
  const heard = (event) => {
    if (event.key !== 'F4' || event.altKey || event.ctrlKey || button.hidden) return;
    event.preventDefault();
    if (!event.repeat) take();
  };
  document.addEventListener('keydown', heard);
  place.append(say);

  /** @param {SessionState} state */
  const draw = ({ caps, grants }) => { button.hidden = !(caps.includes('still') && grants.includes('view')); };
  return {
    button, place, draw,
    close: () => {
      closed = true;
      document.removeEventListener('keydown', heard);
      drop();
    },
  };
}
