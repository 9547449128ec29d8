/** @file What the device's record of a command changes in what the page shows. Pure. */

/** @typedef {import('./types.js').KeyResult} KeyResult */
/** @typedef {import('./types.js').SessionState} SessionState */

const MOST_CHANGES = 500;

/**
 * @param {SessionState} state @param {{ t?: unknown, key?: unknown }} command the one that was answered; empty where none was known
 * @param {KeyResult} result @param {number} now @param {number} took from sending to the record, ms @returns {Partial<SessionState>}
 */
export function acted(state, { t, key }, { outcome, path }, now, took) {
  if (t === 'ask' || t === 'still') return {}; // take as long as a person, or a file, takes
  if (outcome !== 'done') return { actedMs: took };
  const { keysPressed, switchedOff, changes } = state;
  return {
    actedMs: took,
    keysPressed: keysPressed + (t === 'key' ? 1 : 0),
    switchedOff: switchedOff || key === 'power',
    changes: path ? [...changes, { path, at: now }].slice(-MOST_CHANGES) : changes,
  };
}
