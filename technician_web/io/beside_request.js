/** @file What goes to the relay beside a session's socket (SPEC §5.3): plain text, for which no browser asks leave first. */

/**
 * Rejects where there is no connection.
 * @param {string} node where the session's socket is @param {string} path @param {object} body
 * @param {{ signal: AbortSignal, priority: 'high' | 'low' }} how of those that wait for one connection the high ones go first
 */
export function postBeside(node, path, body, { signal, priority }) {
  return fetch(new URL(path, node.replace(/^ws/, 'http')), {
    method: 'POST', headers: { 'Content-Type': 'text/plain' }, body: JSON.stringify(body), signal, priority,
    credentials: 'omit', cache: 'no-store', redirect: 'error', referrerPolicy: 'no-referrer',
  });
}
