/** @file How old the picture is and what follows from it. Pure: the state and a moment in, a verdict out. */

import { LATE_MS, tabIsSlow } from '../core/slowness.js';

/** @typedef {import('../core/types.js').SessionState} SessionState */

export const STALE_MS = 2000;

/**
 * `live`, `late` and `stale` speak of a picture that is there; the others say why there is none.
 * @typedef {'late' | 'stale' | import('../core/types.js').PictureState} Freshness
 */

/** @param {SessionState} state @param {number} now */
export function ageOf(state, now) {
  return state.currentAt ? Math.max(0, now - state.currentAt) : 0;
}

/** @param {SessionState} state @param {number} now @returns {Freshness} */
export function freshness(state, now) {
  if (!state.grants.includes('view')) return 'none';
  if (state.picture !== 'live') return state.picture;
  const age = ageOf(state, now);
  if (state.stale || age > STALE_MS) return 'stale';
  return age > LATE_MS || tabIsSlow(state, now) ? 'late' : 'live';
}

/**
 * Why no key is sent now, or '' where keys work. A key is never kept for later.
 * @param {SessionState} state @param {number} now @param {import('./mode.js').Mode} [mode]
 * @returns {'' | 'not_given' | 'look' | 'point' | 'stale' | 'held' | 'hidden' | 'waiting'}
 */
export function keysOff(state, now, mode = 'drive') {
  if (!state.grants.includes('keys')) return 'not_given';
  return mode === 'drive' ? sightOff(state, now) : mode;
}

/** Why nothing is done to the TV now, whatever was given: nobody sees what it does. @param {SessionState} state @param {number} now @returns {'' | 'stale' | 'held' | 'hidden' | 'waiting'} */
export function sightOff(state, now) {
  const fresh = freshness(state, now);
  if (state.stale && state.beside) return 'held';
  if (state.stale || fresh === 'stale' || fresh === 'capture_stalled' || fresh === 'encoder_stalled') return 'stale';
  return fresh === 'hidden' || fresh === 'waiting' ? fresh : '';
}
