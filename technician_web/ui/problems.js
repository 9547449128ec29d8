/** @file Every problem in words: what happened and what to do. The slugs are the service's and this console's own. */

import { button, notice } from './controls.js';

/** @typedef {import('./screen.js').Problem} Problem */
/** @typedef {import('./words.js').Words} Words */

export const SLUGS = /** @type {const} */ ([
  'bad-request', 'not-signed-in', 'sign-in-refused', 'not-allowed', 'not-found', 'method-not-allowed', 'too-large',
  'unsupported-type', 'code-not-open', 'too-many', 'try-later', 'our-fault',
  'code-mistyped', 'code-used-here', 'code-memory-away', 'code-expired', 'code-replaced', 'code-lost', 'no-connection', 'wrong-origin', 'link-over', 'no-badge', 'part-missing',
]);

/** Any error as a problem: one that is not the service's answer is ours. @param {unknown} error @returns {Problem} */
export function asProblem(error) {
  const given = /** @type {Partial<Problem> | null} */ (typeof error === 'object' ? error : null);
  if (typeof given?.slug !== 'string') {
    console.error(error);
    return { slug: 'our-fault', title: '', status: 0, retryAfter: null };
  }
  return { slug: given.slug, title: given.title ?? '', status: given.status ?? 0, retryAfter: given.retryAfter ?? null };
}

/**
 * @param {Words} words @param {Problem} problem
 * @returns {{ title: string, next: string }}
 */
export function problemWords(words, problem) {
  const slug = words.has(`console.problem.${problem.slug}.title`) ? problem.slug : 'our-fault';
  const seconds = problem.retryAfter;
  const wait = seconds ? ` ${words.text('console.problem.wait', { duration: words.duration(seconds * 1000) })}` : '';
  return { title: words.text(`console.problem.${slug}.title`), next: words.text(`console.problem.${slug}.next`) + wait };
}

/** @param {Words} words @param {Problem} problem @param {(() => void) | null} [retry] */
export function problemNotice(words, problem, retry = null) {
  const { title, next } = problemWords(words, problem);
  return notice('bad', title, next, ...(retry ? [' ', button(words.text('console.try_again'), retry, { weight: 'quiet' })] : []));
}
