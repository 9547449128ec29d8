/**
 * @file What this console believes of a device's unit: the maker's word, checked from the root key in this console's own
 * settings (seal SPEC §7-§9). The service passes keyset and list on and is believed nothing.
 */

import { WireError } from '../core/errors.js';
import { verifyEnrolment } from '../core/enrolment.js';
import { isValidKeyset, succeeds, verifyKeyset } from '../core/keyset.js';
import { isFreshStatus, verifyStatus } from '../core/status.js';

/** @typedef {import('../core/types.js').Bytes} Bytes */
/** @typedef {import('../core/types.js').Enrolment} Enrolment */
/** @typedef {import('../core/keyset.js').Keyset} Keyset */
/** @typedef {import('../core/status.js').StatusList} StatusList */
/** @typedef {{ trust: () => Promise<{ keyset: Bytes, status: Bytes }> }} TrustSource what this needs of Api */
/** @typedef {{ keyset: Keyset, status: StatusList }} Known */

/** @type {Enrolment} */
const NONE = Object.freeze({ state: 'none', unit: '', model: '' });
/** @type {Enrolment} */
const UNCHECKED = Object.freeze({ state: 'unchecked', unit: '', model: '' });
/** @type {Enrolment} */
const FALSE = Object.freeze({ state: 'false', unit: '', model: '' });

export class Maker {
  /** The newest keyset seen by this page: a service cannot bring an older one back. @type {Keyset | null} */
  #newest = null;
  #root;
  #source;
  #now;

  /** @param {{ root: Bytes | null, source: TrustSource, now: () => number }} parts `root` null: this console was given none */
  constructor({ root, source, now }) {
    this.#root = root;
    this.#source = source;
    this.#now = now;
  }

  /** What is known of the device with the key `dpk` that shows this credential. Never throws. @param {string} credential @param {Bytes} dpk @returns {Promise<Enrolment>} */
  async judge(credential, dpk) {
    if (credential === '') return NONE;
    const known = await this.#known().catch(() => null);
    if (!known) return UNCHECKED;
    try {
      const { sub, model } = await verifyEnrolment(credential, { ...known, dpk });
      return Object.freeze({ state: 'confirmed', unit: sub, model });
    } catch (error) {
      return error instanceof WireError ? FALSE : UNCHECKED;
    }
  }

  /** @returns {Promise<Known | null>} */
  async #known() {
    if (!this.#root) return null;
    const { keyset: data, status: list } = await this.#source.trust();
    const keyset = await verifyKeyset(data, this.#root);
    const now = this.#now() / 1000;
    if (!isValidKeyset(keyset, now) || !succeeds(keyset, this.#newest)) return null;
    this.#newest = keyset;
    const status = await verifyStatus(list, keyset);
    return isFreshStatus(status, now) ? { keyset, status } : null;
  }
}
