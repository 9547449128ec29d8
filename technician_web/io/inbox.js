/** @file Handles messages one after another in the order of their arrival, although WebCrypto waits in between. */

import { SealError } from '../core/errors.js';

// More than the relay may hold back for one console (SPEC §9); beyond it somebody floods.
const MOST_WAITING = 512;

export class Inbox {
  /** @type {Promise<void>} */
  #tail = Promise.resolve();
  #waiting = 0;
  #closed = false;
  #failed;

  /** @param {(error: unknown) => void} failed a message was refused; what came behind it is not handled */
  constructor(failed) {
    this.#failed = failed;
  }

  /** @param {() => Promise<void>} job */
  add(job) {
    if (this.#waiting >= MOST_WAITING) return this.#fail(new SealError('too_many'));
    this.#waiting += 1;
    this.#tail = this.#tail
      .then(() => (this.#closed ? undefined : job()))
      .catch((error) => this.#fail(error))
      .finally(() => { this.#waiting -= 1; });
  }

  /** What still waits is not handled any more. */
  close() {
    this.#closed = true;
  }

  /** @param {unknown} error */
  #fail(error) {
    this.close();
    this.#failed(error);
  }
}
