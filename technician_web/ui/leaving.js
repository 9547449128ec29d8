/** @file Asks before the page is left while a session runs: a reload or a closed tab ends it, and the code is used up. */

/** @typedef {import('../core/types.js').SessionState} SessionState */

/** @type {readonly SessionState['phase'][]} */
const RUNNING = ['pairing', 'consent', 'active'];

/** @param {Event} event */
const ask = (event) => event.preventDefault();

/** A page that listens is asked about each time and is kept out of the back-forward cache: so only while it matters. @param {SessionState['phase']} phase */
export function guardLeaving(phase) {
  if (RUNNING.includes(phase)) window.addEventListener('beforeunload', ask);
  else window.removeEventListener('beforeunload', ask);
}
