/** @file Asks before the page is left while a session runs or a code is shown: a reload or a closed tab ends it, and the code is used up. */

/** @typedef {import('../core/types.js').SessionState} SessionState */

/** @type {readonly SessionState['phase'][]} */
const RUNNING = ['pairing', 'consent', 'active'];

/** @param {Event} event */
const ask = (event) => event.preventDefault();

/** A page that listens is asked about each time and is kept out of the back-forward cache: so only while it matters. @param {SessionState | null} state */
export function guardLeaving(state) {
  if (state && (RUNNING.includes(state.phase) || state.step === 'showing')) window.addEventListener('beforeunload', ask);
  else window.removeEventListener('beforeunload', ask);
}
