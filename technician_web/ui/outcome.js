/** @file What became of a command, in words: why the TV did not do it, or nothing where it did. */

/** @typedef {import('../core/types.js').KeyResult} KeyResult */
/** @typedef {import('./words.js').Words} Words */

/** @param {KeyResult} result */
export function wasDone({ outcome }) {
  return outcome === 'done' || outcome === 'started';
}

/** @param {Words} words @param {KeyResult} result @returns {string} '' where it was done */
export function whyNot(words, { outcome, cause }) {
  if (outcome === 'done' || outcome === 'started') return '';
  const key = `console.act.${cause || outcome}`;
  return words.text(words.has(key) ? key : 'console.act.refused');
}
