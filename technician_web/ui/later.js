/** @file A part of the page that is fetched when it is first needed. */

/**
 * Only what was released: the page holds its hash, and the browser compares (decision 0042).
 * @template T @param {string} path of the module, as it is served @param {() => Promise<T>} load imports it @returns {Promise<T>}
 */
export async function fetched(path, load) {
  const comparison = comparisons.get(path) ?? once(() => compared(path));
  comparisons.set(path, comparison);
  await comparison(); // Also while another waits for it: nothing is imported beside it.
  return load();
}

/** @type {Map<string, () => Promise<void>>} */
const comparisons = new Map();

/**
 * Fails where it takes longer; the next to ask waits for the same fetch, which a page cannot break off.
 * @template T @param {number} ms @param {() => Promise<T>} load @returns {Promise<T>}
 */
export function within(ms, load) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const late = new Promise((_, failed) => { timer = setTimeout(failed, ms); });
  return Promise.race([load(), /** @type {Promise<never>} */ (late)]).finally(() => clearTimeout(timer));
}

/** The same for all who ask, and asked for again after it failed. @template T @param {() => Promise<T>} load @returns {() => Promise<T>} */
export function once(load) {
  /** @type {Promise<T> | null} */
  let coming = null;
  return () => {
    coming ??= load().catch((error) => {
      coming = null;
      throw error;
    });
    return coming;
  };
}

/** @param {string} path */
async function compared(path) {
  const link = /** @type {HTMLLinkElement | null} */ (document.querySelector(`link[rel="later"][href="${path}"]`));
  if (!link) return;
  const came = new Promise((done, failed) => {
    link.addEventListener('load', done, { once: true });
    link.addEventListener('error', failed, { once: true });
  });
  link.rel = 'modulepreload';
  await came.catch((error) => {
    link.rel = 'later'; // the next try compares again
    throw error;
  });
}
