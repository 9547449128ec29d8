/** @file The device's half of both specifications, built on the console's own core: what the tests talk to. */

import * as cpace from '../../technician_web/core/cpace.js';
import { b64, equal, sha256B64, unb64, utf8 } from '../../technician_web/core/bytes.js';
import { dump } from '../../technician_web/core/canonical.js';
import { SealError } from '../../technician_web/core/errors.js';
import { Run } from '../../technician_web/core/handshake.js';
import { FROM_DEVICE, FROM_DEVICE_DIRECT } from '../../technician_web/core/header.js';
import { SessionKeys } from '../../technician_web/core/keys.js';
import { FIRST_DPREV, recordMessage } from '../../technician_web/core/records.js';

/** @typedef {import('../../technician_web/core/types.js').Bytes} Bytes */
/** @typedef {import('../../technician_web/core/types.js').JsonObject} JsonObject */
/** @typedef {{ helloD: Bytes, locator: string, secret: string, rs: Bytes, origin: string, shownBy?: 'device' | 'console' }} DeviceInputs */

/** Party B of seal SPEC §1. */
export class DeviceHandshake {
  /** @type {{ run: Run, ta: Bytes, th: Bytes, isk: Bytes } | null} */
  #sent = null;
  #inputs;

  /** @param {DeviceInputs} inputs */
  constructor(inputs) {
    this.#inputs = inputs;
  }

  /** @param {Bytes} helloT @param {Bytes} ya @param {Bytes} scalar */
  async answer(helloT, ya, scalar) {
    const { secret, ...inputs } = this.#inputs;
    const run = await Run.of({ ...inputs, helloT });
    const generator = await run.generator(secret);
    const yb = await cpace.publicShare(scalar, generator);
    const { isk, ta, tb } = await run.tags(await cpace.sharedKey(scalar, ya), ya, yb);
    this.#sent = { run, ta, isk, th: await run.th(ya, yb, tb, ta) };
    return { yb, tb, generator, macKey: await cpace.macKey(run.sid, isk), ...this.#sent };
  }

  /** @param {Bytes} ta @returns {Promise<SessionKeys>} */
  async confirm(ta) {
    const sent = this.#sent;
    this.#sent = null;
    if (!sent || !equal(sent.ta, ta)) throw new SealError('bad_tag');
    return SessionKeys.derive({ isk: sent.isk, sid: sent.run.sid, th: sent.th, sends: new Set([...FROM_DEVICE, ...FROM_DEVICE_DIRECT]) });
  }
}

/** Makes a session's records (SPEC §6). */
export class RecordWriter {
  #count = 0;
  #head = FIRST_DPREV;
  #th;
  #sign;

  /** @param {Bytes} th @param {(message: Bytes) => Promise<Bytes>} sign */
  constructor(th, sign) {
    this.#th = th.slice();
    this.#sign = sign;
  }

  /** @param {{ typ: string, frame: string, dts: number, [field: string]: import('../../technician_web/core/types.js').Json }} own @returns {Promise<Bytes>} */
  async write(own) {
    const unsigned = { ...own, dseq: this.#count, dprev: this.#head };
    const data = dump({ ...unsigned, sig: b64(await this.#sign(recordMessage(this.#th, unsigned))) });
    this.#count += 1;
    this.#head = await sha256B64(data);
    return data;
  }
}

// RFC 8410: what PKCS #8 puts before the 32 bytes of an Ed25519 seed.
const ED25519_HEAD = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

/** A signing key of a test, from its seed. @param {Bytes} seed */
export async function signingKey(seed) {
  const pkcs8 = Uint8Array.of(...ED25519_HEAD, ...seed);
  const key = await crypto.subtle.importKey('pkcs8', pkcs8, { name: 'Ed25519' }, true, ['sign']);
  const { x } = await crypto.subtle.exportKey('jwk', key);
  return {
    publicKey: unb64(x ?? '', 32),
    sign: async (/** @type {Bytes} */ message) => new Uint8Array(await crypto.subtle.sign({ name: 'Ed25519' }, key, message)),
  };
}

/** Bytes a test can name, at most 64. @param {string} name @param {number} [size] @returns {Promise<Bytes>} */
export async function seeded(name, size = 32) {
  const digest = await crypto.subtle.digest('SHA-512', utf8(name));
  return new Uint8Array(digest).slice(0, size);
}
