/**
 * @file Being heard where the socket is held up: a browser's TCP repeats with pauses that double, and no page can set that.
 *
 * While nothing is heard of the device, and for some seconds after, the console says that it is there over requests of
 * their own (seal SPEC §5.1): a new one needs no old one's repeats.
 */

import { b64, unb64 } from '../core/bytes.js';
import { SealError } from '../core/errors.js';
import { ALIVE_AFTER_MS, ALIVE_EVERY_MS, ALIVE_ON_MS, ALIVE_WAIT_MS } from '../core/limits.js';

/** @typedef {import('../core/types.js').Bytes} Bytes */
/** @typedef {import('../core/alive.js').AliveTags} AliveTags */
/** @typedef {import('../core/types.js').Timing} Timing */
/** @typedef {{ n: number, pic: number, tag: string }} Sign */

const TAG_BYTES = 64;

/**
 * @typedef {object} AliveParts
 * @property {Timing} timing
 * @property {AliveTags} tags
 * @property {(sign: Sign, signal: AbortSignal) => Promise<import('./alive_request.js').Said>} say
 * @property {() => { n: number, pic: number }} known the newest ping heard on the socket, the newest picture drawn
 * @property {() => void} heard the device has sent a ping since, and heard of us
 * @property {(error: unknown) => void} failed it says what the device did not say
 */

export class Alive {
  #newest = 0;
  #isSpeaking = false;
  #refused = false;
  #closed = false;
  /** When it is enough, once the socket is heard again; 0 before. */
  #until = 0;
  #heardAt = 0;
  /** What gives up a request. @type {Set<() => void>} */
  #underWay = new Set();
  /** @type {() => void} */
  #cancel = () => undefined;
  #parts;

  /** @param {AliveParts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /** Something of the device's came on the socket. */
  heardOnSocket() {
    if (this.#closed) return;
    this.#heardAt = this.#parts.timing.now();
    if (!this.#isSpeaking) return this.#next(ALIVE_AFTER_MS);
    // What the device hears on the socket may need much longer yet: it waits for the browser's repeats.
    if (this.#until === 0) {
      this.#until = this.#heardAt + ALIVE_ON_MS;
      this.#speak();
    }
  }

  close() {
    this.#closed = true;
    this.#cancel();
    for (const giveUp of this.#underWay) giveUp();
  }

  /** @param {number} delay ms */
  #next(delay) {
    this.#cancel();
    this.#cancel = this.#parts.timing.after(delay, () => this.#turn());
  }

  #turn() {
    const now = this.#parts.timing.now();
    const isQuiet = now - this.#heardAt >= ALIVE_AFTER_MS;
    if (isQuiet) this.#until = 0;
    this.#isSpeaking = !this.#refused && (isQuiet || now < this.#until);
    if (this.#isSpeaking) this.#speak();
    if (!this.#refused) this.#next(this.#isSpeaking ? ALIVE_EVERY_MS : ALIVE_AFTER_MS);
  }

  #speak() {
    const { n, pic } = this.#parts.known();
    const newest = Math.max(n, this.#newest);
    if (newest > 0 && !this.#refused) this.#say(newest, pic).catch(this.#parts.failed);
  }

  /** @param {number} n @param {number} pic */
  async #say(n, pic) {
    const { timing, tags, say } = this.#parts;
    const sign = { n, pic, tag: b64(await tags.ofConsole(n, pic)) };
    if (this.#closed) return;
    const request = new AbortController();
    const giveUp = () => {
      forget();
      request.abort();
    };
    const forget = timing.after(ALIVE_WAIT_MS, giveUp);
    this.#underWay.add(giveUp);
    const said = await say(sign, request.signal).catch(() => null); // no connection: the next one may come through
    forget();
    this.#underWay.delete(giveUp);
    if (said && !this.#closed) await this.#answered(said);
  }

  /** @param {import('./alive_request.js').Said} said */
  async #answered({ isKnown, answer }) {
    this.#refused ||= !isKnown;
    if (!answer || answer.n <= Math.max(this.#newest, this.#parts.known().n)) return;
    if (!Number.isInteger(answer.n) || answer.n >= 2 ** 32) throw new SealError('bad_message', 'n');
    await this.#parts.tags.checkDevice(answer.n, unb64(answer.tag, TAG_BYTES));
    if (this.#closed) return;
    this.#newest = Math.max(this.#newest, answer.n);
    this.#parts.heard();
    this.#speak(); // it must learn that we know
  }
}
