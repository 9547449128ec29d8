/** @file One sign of life to the relay, over a request of its own (SPEC §5.3): plain text, for which no browser asks leave first. */

/** @typedef {{ key: string, n: number, pic: number, tag: string }} Sign */
/** @typedef {{ isKnown: boolean, answer: { n: number, tag: string } | null }} Said `isKnown`: the relay has such a session, as far as it said. */

// Of these answers the next one will not be another: the session is over there, or the relay is older than this page.
const NEVER = [403, 404, 405];

/** @param {unknown} body @returns {Said['answer']} */
function answerOf(body) {
  const { n, tag } = /** @type {{ n?: unknown, tag?: unknown }} */ (typeof body === 'object' && body !== null ? body : {});
  return typeof n === 'number' && typeof tag === 'string' ? { n, tag } : null;
}

/** Rejects where there is no connection. @param {string} node where the session's socket is @param {Sign} sign @param {AbortSignal} signal @returns {Promise<Said>} */
export async function sayAlive(node, sign, signal) {
  const place = new URL('/v1/alive', node.replace(/^ws/, 'http'));
  const response = await fetch(place, {
    method: 'POST', headers: { 'Content-Type': 'text/plain' }, body: JSON.stringify(sign), signal,
    credentials: 'omit', cache: 'no-store', redirect: 'error', referrerPolicy: 'no-referrer',
  });
  const answer = response.status === 200 ? answerOf(await response.json()) : null;
  return { isKnown: !NEVER.includes(response.status), answer };
}
