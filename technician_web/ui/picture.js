/** @file The picture in its violet frame, and what stands in its place when it is old, hidden, off or not allowed. */

import { el, fill, setAttribute, setText } from './dom.js';
import { STALE_MS, ageOf, freshness } from './freshness.js';
import { icon } from './icons.js';

/** @typedef {import('./freshness.js').Freshness} Freshness */
/** @typedef {import('./screen.js').Context} Context */
/** @typedef {import('./screen.js').SessionState} SessionState */

/** @type {{ [fresh in Freshness]?: import('./icons.js').IconName }} */
const SIGNS = {
  waiting: 'hourglass', hidden: 'eye_off', off: 'power', none: 'eye_off', protected: 'lock', no_signal: 'unplugged', capture_stalled: 'camera_off', encoder_stalled: 'hourglass',
};

const DIMMED = 0.28; // as `.picture[data-fresh="stale"]` has it

/** @typedef {import('../core/slowness.js').Slow} Slow */

/** @param {Context} context */
export function picture(context) {
  const { words, canvas } = context;
  const over = el('div', { class: 'picture-over' });
  const root = el('div', { class: 'picture' }, canvas, over);
  /** @type {Freshness | ''} */
  let shown = '';
  let since = 0;
  const why = el('p', {});
  const age = el('p', { class: 'over-title' });
  const what = el('p', {});
  const fading = fade(canvas);

  /** @param {SessionState} state @param {number} now @param {Slow} slow */
  const draw = (state, now, slow) => {
    const fresh = freshness(state, now);
    fading.currentTime = ageOf(state, now);
    if (fresh === 'stale') setText(age, words.text('console.stale.title', { seconds: words.tenths(ageOf(state, now)) }));
    if (fresh === 'stale') setText(why, slow && slow !== 'silent' && slow !== 'held' ? words.text(`console.slow.${slow}.next`) : '');
    if (fresh === 'stale') setText(what, words.text(`console.stale.${!state.stale ? 'no_picture' : state.beside ? 'held' : 'silent'}`));
    if (fresh === shown) return;
    if (shown !== '') context.announce(words.text(`console.picture.${fresh}`));
    [shown, since] = [fresh, now];
    setAttribute(root, 'data-fresh', fresh);
    const device = state.deviceName || words.text('console.the_tv');
    setAttribute(canvas, 'aria-label', `${words.text('console.picture.name', { device })}. ${words.text(`console.picture.${fresh}`)}`);
    setAttribute(canvas, 'aria-hidden', SIGNS[fresh] ? 'true' : null);
    fill(over, fresh === 'stale' ? staleCard : panel(fresh));
  };

  const staleCard = el('div', { class: 'stale-card' }, icon('clock', 'large'), el('div', {}, age, why, what));

  /** @param {Freshness} fresh */
  const panel = (fresh) => {
    const sign = SIGNS[fresh];
    return sign && el('div', { class: 'picture-panel' }, icon(sign, 'large'),
      el('p', { class: 'over-title' }, words.text(`console.panel.${fresh}.title`)),
      el('p', {}, words.text(`console.panel.${fresh}.next`)),
      el('p', { class: 'over-since' }, words.text('console.panel.since', { time: words.time(since) })));
  };

  return { root, draw };
}

/**
 * The picture dims by itself when it gets too old, unless it is told how old it is: a page that does not run, since its
 * computer slept or its thread hangs, cannot do that, and what it shows next must not look live.
 * @param {HTMLCanvasElement} canvas
 */
function fade(canvas) {
  for (const before of canvas.getAnimations()) before.cancel();
  return canvas.animate({ opacity: [DIMMED, DIMMED] }, { delay: STALE_MS, duration: 1, fill: 'forwards' });
}
