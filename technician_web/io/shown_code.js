/** @file A code that this console shows: the service gives the locator, the secret is drawn here and never leaves (SPEC §3). */

import { compose, drawSecret } from '../core/code.js';
import { ApiError } from './api.js';
import { problemOf } from './pairing.js';

/** @typedef {import('../core/types.js').Badge} Badge */
/** @typedef {import('../core/types.js').Bytes} Bytes */
/** @typedef {import('../core/types.js').IssuedCode} IssuedCode */
/** @typedef {import('../core/types.js').Problem} Problem */
/** @typedef {import('../core/types.js').UsedCodeStore} UsedCodeStore */
/** @typedef {{ createCode: (badge: string) => Promise<IssuedCode> }} Issuer what showing a code needs of Api */

const TRY_LATER = 1013;
const CODE_OVER = 4410;

/**
 * A live code with a fresh secret. It is not to be shown before the socket it lives by is open.
 * @param {{ api: Issuer, badge: Badge, store: UsedCodeStore }} parts @param {(size: number) => Bytes} random
 * @returns {Promise<{ code: string, issued: IssuedCode }>}
 */
export async function ask({ api, badge, store }, random) {
  const issued = await api.createCode(badge.hash);
  for (;;) {
    const code = compose(issued.locator, drawSecret(random));
    const used = await store.has(code).catch(() => { throw new ApiError(problemOf('code-memory-away')); });
    if (!used) return { code, issued };
  }
}

/** Why nobody can type the code any more, after its socket closed. @param {number} closeCode @param {{ expired: boolean }} seen @returns {Problem} */
export function problemOfClose(closeCode, { expired }) {
  if (expired) return problemOf('code-expired');
  if (closeCode === CODE_OVER) return problemOf('code-replaced');
  return problemOf(closeCode === TRY_LATER ? 'try-later' : 'code-lost');
}
