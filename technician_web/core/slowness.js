/**
 * @file What makes the picture late, told apart by what this console knows itself. Pure: a state and a moment in, a word out.
 *
 * The order is that of certainty: what waits here undrawn, or while this page does not run, is this page's doing; a
 * server that answers nothing or late explains everything behind it; only where it answers well is the rest the TV's
 * (docs/honest-picture.md).
 */

/** @typedef {import('./types.js').SessionState} SessionState */

/** From here on the server is asked, so that the cause is known before the picture is called late. */
export const SUSPECT_MS = 600;
/** A still screen is confirmed twice a second: what was not for so long is named, whatever happened, within a second. */
export const LATE_MS = 800;
/** A picture that came and has not been drawn for so long. */
export const TAB_MS = 400;
/** One that moves, while this page hardly runs: it comes thirty times a second where the page keeps up. */
export const HELD_AGE_MS = 250;
/** A round trip by which every key is waited for. */
export const TRIP_MS = 400;
/** So long a server that is near and well never takes. */
export const SERVER_MS = 250;
/** So often it is looked whether something is late now: with it, every cause has its name within a second. */
export const LOOK_MS = 100;
/** So long after the device said that it stalls, what is late is late by that. */
export const BUSY_MS = 1_500;
/** So soon the server is asked again: an answer from before something became late says nothing of it. */
export const AGAIN_MS = 500;
const RECENT_MS = 4_000;

/**
 * What came of asking the server a question that it answers at once.
 * @typedef {{ askedAt: number, endedAt: number, tookMs: number }} Server `askedAt` 0: no question is open; `endedAt` 0: none has ended; `tookMs` Infinity: no answer came; NaN: it is not known.
 */
/** @type {Server} */
export const UNASKED = Object.freeze({ askedAt: 0, endedAt: 0, tookMs: 0 });

/** @typedef {'' | 'tab' | 'server' | 'tv' | 'link' | 'silent' | 'held'} Slow */

/** How long nothing has been known of the picture, be it there or waited for. @param {SessionState} state @param {number} now */
function ageOf({ picture, currentAt, waitingAt }, now) {
  const since = picture === 'live' ? currentAt : picture === 'waiting' ? waitingAt : 0;
  return since ? now - since : 0;
}

/** @param {SessionState} state @param {number} now @param {number} age */
function isLate(state, now, age) {
  const sees = state.phase === 'active' && state.grants.includes('view');
  return sees && (state.stale || (state.rtt ?? 0) > TRIP_MS || ageOf(state, now) > age);
}

/** Whether the server is to be asked now. @param {SessionState} state @param {Server} server @param {number} now */
export function mustAsk(state, server, now) {
  return server.askedAt === 0 && now - server.endedAt >= AGAIN_MS && isLate(state, now, SUSPECT_MS);
}

/** Whether the newest answer was had while the picture was already as old as it is. @param {Server} server @param {number} age @param {number} now */
function isKnown({ endedAt, tookMs }, age, now) {
  const since = age > LATE_MS ? Math.min(age, RECENT_MS) : RECENT_MS;
  return endedAt > 0 && now - endedAt < since && !Number.isNaN(tookMs);
}

/** @param {SessionState} state @param {number} now */
export function tabIsSlow({ behindAt }, now) {
  return behindAt > 0 && now - behindAt >= TAB_MS;
}

/**
 * The one cause, or '' where nothing is late, or where it is not known yet.
 * @param {SessionState} state @param {Server} server @param {boolean} held whether this page hardly runs @param {number} now @returns {Slow}
 */
export function slowness(state, server, held, now) {
  if (tabIsSlow(state, now)) return 'tab';
  // One that moves is confirmed with every picture.
  if (held && isLate(state, now, state.fps > 0 ? HELD_AGE_MS : SUSPECT_MS)) return 'tab';
  if (!isLate(state, now, LATE_MS)) return '';
  if (server.askedAt && now - server.askedAt >= SERVER_MS) return 'server';
  const known = isKnown(server, ageOf(state, now), now);
  if (known && server.tookMs >= SERVER_MS) return 'server';
  if (state.stale) return state.beside ? 'held' : 'silent';
  if (state.stalledAt && now - state.stalledAt <= BUSY_MS) return 'tv';
  return known ? 'link' : '';
}
