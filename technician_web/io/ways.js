/** @file Which ways to a data channel this console's own settings name (docs/settings.md). */

/** @typedef {import('../core/description.js').Direct} Direct */
/** @typedef {import('./browser_peer.js').Ways} Ways */
/** @typedef {{ turnLogin: () => Promise<{ username: string, password: string }> }} LoginSource */

/** @type {readonly Direct[]} */
const KNOWN = ['off', 'turn', 'public', 'all'];

/** @param {{ direct?: unknown, stun?: unknown, turn?: unknown }} config as this console's origin serves it @param {LoginSource} source @returns {Ways} */
export function waysOf({ direct, stun, turn }, source) {
  return {
    direct: KNOWN.find((word) => word === direct) ?? 'off',
    servers: async () => {
      /** @type {RTCIceServer[]} */
      const servers = typeof stun === 'string' && stun !== '' ? [{ urls: stun }] : [];
      if (typeof turn !== 'string' || turn === '') return servers;
      const login = await source.turnLogin().catch(() => null); // Without one there is still the way without TURN.
      return login ? [...servers, { urls: turn, username: login.username, credential: login.password }] : servers;
    },
  };
}
