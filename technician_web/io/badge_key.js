/** @file The technician's session key: Ed25519 in WebCrypto, never extractable, gone with the page (seal SPEC §6). */

/** @typedef {import('../core/types.js').Bytes} Bytes */
/** @typedef {{ publicKey: Bytes, sign: (message: Bytes) => Promise<Bytes> }} BadgeKey */

/** @returns {Promise<BadgeKey>} */
export async function makeBadgeKey() {
  // `extractable: false` binds the private half only: WebCrypto always lets the public one out.
  const pair = /** @type {CryptoKeyPair} */ (await crypto.subtle.generateKey({ name: 'Ed25519' }, false, ['sign', 'verify']));
  const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  return {
    publicKey,
    sign: async (message) => new Uint8Array(await crypto.subtle.sign({ name: 'Ed25519' }, pair.privateKey, message)),
  };
}
