/** @file The changes that the device's signed records name, one line for each setting. */

/** @typedef {import('../core/types.js').SessionState} SessionState */
/** @typedef {import('./words.js').Words} Words */
/** @typedef {{ path: string, n: number, last: number }} Changed A setting, how often it was changed, and when last. */

/** In the order in which the settings were first changed. @param {SessionState['changes']} changes @returns {Changed[]} */
export function bySetting(changes) {
  /** @type {Map<string, Changed>} */
  const found = new Map();
  for (const { path, at } of changes) found.set(path, { path, n: (found.get(path)?.n ?? 0) + 1, last: at });
  return [...found.values()];
}

/** How often and when last, in words. @param {Words} words @param {Changed} changed */
export function changeTimes(words, { n, last }) {
  return words.text('console.changes.times', { n, time: words.time(last) });
}

/** A setting by its name where we have one, else the path as words. @param {Words} words @param {string} path */
export function settingName(words, path) {
  if (words.has(`setting.${path}`)) return words.text(`setting.${path}`);
  const plain = path.replaceAll('_', ' ').replaceAll('.', ': ');
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}
