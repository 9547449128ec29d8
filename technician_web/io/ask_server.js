/** @file A small question to the service, by which its way and its haste are known. */

const PATIENCE_MS = 3_000;

/** Any answer counts: what it says is of no interest. @param {string} service */
export function askServer(service) {
  return fetch(`${service}/healthz`, { cache: 'no-store', credentials: 'omit', signal: AbortSignal.timeout(PATIENCE_MS) });
}
