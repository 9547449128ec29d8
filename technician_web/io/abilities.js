/** @file What this browser must be able to do before a code is worth typing. */

/** Both key kinds of the protocol (seal/SPEC §1, §6); browsers before 2025 lack one or the other. */
const NEEDED = /** @type {const} */ ([
  ['X25519', ['deriveBits']],
  ['Ed25519', ['sign', 'verify']],
]);

/** @param {SubtleCrypto} subtle @returns {Promise<boolean>} */
export async function canSeal(subtle) {
  try {
    await Promise.all(NEEDED.map(([name, usages]) => subtle.generateKey({ name }, false, [...usages])));
    return true;
  } catch {
    return false; // The browser names no reason that helps a technician; the page names the way on.
  }
}
