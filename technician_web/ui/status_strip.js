/** @file One line under the picture: its age, what makes it late, the round trip, pictures per second and how it travels. */

import { chip } from './controls.js';
import { el, fill, setAttribute, setText } from './dom.js';
import { ageOf, freshness } from './freshness.js';
import { icon } from './icons.js';

/** @typedef {import('./controls.js').ChipKind} ChipKind */
/** @typedef {import('./freshness.js').Freshness} Freshness */
/** @typedef {import('./screen.js').Context} Context */
/** @typedef {import('./screen.js').SessionState} SessionState */

/** @type {{ [fresh in Freshness]: [ChipKind, import('./icons.js').IconName] }} */
const CHIPS = {
  live: ['ok', 'check'], late: ['warn', 'clock'], stale: ['warn', 'clock'], waiting: ['neutral', 'hourglass'],
  hidden: ['neutral', 'eye_off'], off: ['neutral', 'power'], none: ['absent', 'eye_off'],
  protected: ['neutral', 'lock'], no_signal: ['neutral', 'unplugged'], capture_stalled: ['warn', 'camera_off'], encoder_stalled: ['warn', 'hourglass'],
};

/** @param {Context} context */
export function statusStrip(context) {
  const { words } = context;
  const age = el('span', { class: 'age', testid: 'frame-age' });
  const trip = el('strong', {});
  const tripPlace = el('span', { class: 'trip' }, el('span', {}, words.text('console.strip.round_trip'), ' '), trip);
  const rate = el('strong', {});
  const rateWords = el('span', {});
  const ratePlace = el('span', { class: 'rate' }, rate, ' ', rateWords);
  const way = el('span', { testid: 'carrier' });
  const cause = el('span', { class: 'cause', testid: 'picture-cause' });
  const masked = el('span', { class: 'masked', testid: 'picture-masked' });
  let blamed = '';
  const root = el('div', { class: 'strip', role: 'group', 'aria-label': words.text('console.strip.name') },
    el('div', { class: 'strip-facts' }, age, cause, masked, tripPlace, ratePlace,
      el('span', { class: 'way' }, icon('lock'), way)));
  let drawn = '';

  /** @param {SessionState} state @param {number} now @param {import('../core/slowness.js').Slow} slow */
  const draw = (state, now, slow) => {
    const fresh = freshness(state, now);
    const [kind, sign] = CHIPS[fresh];
    const ms = ageOf(state, now);
    const sees = ['live', 'late', 'stale'].includes(fresh);
    const text = sees
      ? words.text('console.strip.age', { seconds: words.tenths(ms) }) : words.text(`console.strip.${fresh}`);
    if (drawn !== fresh) fill(age, chip(kind, icon(sign), ''));
    drawn = fresh;
    setText(/** @type {Element} */ (age.querySelector('.chip > span')), text);
    setAttribute(age, 'data-state', fresh);
    setAttribute(age, 'data-age-ms', String(Math.round(ms)));
    const why = slow || (fresh === 'late' ? 'unknown' : '');
    setText(cause, why && words.text(`console.slow.${why}`));
    setAttribute(cause, 'data-cause', slow || null);
    if (slow && slow !== blamed) context.announce(words.text(`console.slow.${slow}`));
    blamed = slow;
    if ((masked.textContent !== '') !== (state.masked > 0)) fill(masked, state.masked > 0 && icon('eye_off'), state.masked > 0 && el('span', {}));
    if (masked.lastChild) setText(/** @type {Element} */ (masked.lastChild), words.text('console.strip.masked', { n: state.masked }));
    setText(trip, state.rtt === null ? '–' : words.text('console.strip.ms', { ms: Math.round(state.rtt) }));
    setAttribute(tripPlace, 'data-none', state.rtt === null);
    ratePlace.hidden = !sees; // where no picture is shown, none a second is no news
    // A screen on which nothing moves sends no picture, and its last one is still true.
    const still = state.fps === 0 && (fresh === 'live' || fresh === 'late');
    rate.hidden = still;
    setText(rate, still ? '' : String(state.fps));
    setText(rateWords, words.text(still ? 'console.strip.still' : 'console.strip.per_second'));
    setText(way, words.text(context.webCodecs ? `console.strip.way${state.carrier === 'dc' ? '_direct' : ''}` : 'console.strip.way_simple'));
    setAttribute(way, 'data-carrier', state.carrier);
  };
  return { root, draw };
}

/** Who has the keyboard. @param {Context} context @param {() => void} toggle */
export function keyboardToggle({ words }, toggle) {
  const text = el('span', {});
  const shortcut = el('kbd', {}, 'F8');
  const root = el('button', { type: 'button', class: 'tool keyboard', testid: 'keyboard', 'aria-keyshortcuts': 'F8', on: { click: toggle } },
    icon('keyboard'), text, shortcut);
  /** @param {import('./keyboard.js').KeyboardMode} mode */
  const draw = (mode) => {
    setAttribute(root, 'aria-pressed', String(mode === 'on'));
    const isOff = mode === 'not_given' || mode === 'mode';
    setAttribute(root, 'aria-disabled', isOff ? 'true' : null);
    shortcut.hidden = isOff;
    setText(text, words.text(`console.strip.keyboard_${mode}`));
  };
  return { root, draw };
}
