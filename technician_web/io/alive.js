/**
 * @file Being heard where the socket is held up: a browser's TCP repeats with pauses that double, and no page can set that.
 *
 * While nothing is heard of the device, and until it says that it hears the socket again, the console says that it is there
 * over requests of their own (seal SPEC §5.1): a new one needs no old one's repeats.
 */

import { b64, unb64 } from '../core/bytes.js';
import { SealError } from '../core/errors.js';
import { ALIVE_AFTER_MS, ALIVE_AGAIN_MS, ALIVE_DRAWN_MS, ALIVE_EVERY_MS, ALIVE_MOST_MS, ALIVE_WAIT_MS } from '../core/limits.js';

/** @typedef {import('../core/types.js').Bytes} Bytes */
/** @typedef {import('../core/alive.js').AliveTags} AliveTags */
/** @typedef {import('../core/types.js').Timing} Timing */
/** @typedef {import('./alive_request.js').Answer} Answer */
/** @typedef {import('./alive_request.js').Said} Said */
/** @typedef {{ k: number, n: number, pic: number, tag: string }} Sign */

const TAG_BYTES = 64;
/** Requests at once: a browser opens six connections to one place, and other requests go there too. */
const MOST = 5;

/**
 * @typedef {object} AliveParts
 * @property {Timing} timing
 * @property {AliveTags} tags
 * @property {(sign: Sign, signal: AbortSignal) => Promise<Said>} say
 * @property {() => { n: number, pic: number }} known the newest ping heard on the socket, the newest picture drawn
 * @property {(since: number) => void} heard the device had a sign of ours that left at `since`
 * @property {() => void} reached it answers while nothing comes on the socket
 * @property {() => void} gone the relay has no such session any more
 * @property {() => void} relayHeard the relay is there, and has nothing of the device's
 * @property {(error: unknown) => void} failed it says what the device did not say
 */

export class Alive {
  /** Number of the newest sign. */
  #count = 0;
  /** When the signs left that may still be answered. @type {Map<number, number>} */
  #left = new Map();
  #newest = 0;
  #isSpeaking = false;
  #isGone = false;
  #closed = false;
  #heardAt = 0;
  /** When a sign last said what was drawn, or may next after a pause that the relay asked for. */
  #drawnAt = Number.NEGATIVE_INFINITY;
  #isDrawnDue = false;
  /** When the newest sign left. */
  #saidAt = Number.NEGATIVE_INFINITY;
  /** @type {() => void} */
  #cancelDrawn = () => undefined;
  #saidAtOnce = Number.NEGATIVE_INFINITY;
  /** The newest ping before the silence: once the device has an answer to a later one on the socket, that is in order again. */
  #before = 0;
  /** When the socket was heard again; 0 before. */
  #resumedAt = 0;
  /** What gives up a request. @type {Set<() => void>} */
  #underWay = new Set();
  /** @type {() => void} */
  #cancel = () => undefined;
  #parts;

  /** @param {AliveParts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /** The newest ping that the device has told of here; 0: none. */
  get newest() {
    return this.#newest;
  }

  /** Whether the socket is not in order: at the end of this the device hears it again, and so do we. */
  get isSpeaking() {
    return this.#isSpeaking;
  }

  /** Whether nothing comes on the socket, and the console speaks beside it. */
  get isQuiet() {
    return this.#isSpeaking && this.#resumedAt === 0;
  }

  /** Something of the device's came on the socket. */
  heardOnSocket() {
    if (this.#closed) return;
    this.#heardAt = this.#parts.timing.now();
    if (!this.#isSpeaking) return this.#next(ALIVE_AFTER_MS);
    // What the device hears on the socket may need much longer yet: it waits for the browser's repeats.
    if (this.#resumedAt === 0) {
      this.#resumedAt = this.#heardAt;
      this.#speak();
    }
  }

  /** A picture was drawn: what the socket does not say, for it is held up, a sign does, so that the next one may come. */
  drawn() {
    if (!this.#isSpeaking || this.#isDrawnDue) return;
    this.#isDrawnDue = true;
    const due = this.#drawnAt + ALIVE_DRAWN_MS - this.#parts.timing.now();
    if (due <= 0) this.#sayDrawn();
    else this.#cancelDrawn = this.#parts.timing.after(due, () => this.#sayDrawn());
  }

  #sayDrawn() {
    this.#isDrawnDue = false;
    if (!this.#isSpeaking) return;
    this.#drawnAt = this.#parts.timing.now();
    if (this.#underWay.size < MOST) this.#speak();
    else this.drawn(); // once there is room
  }

  close() {
    this.#closed = true;
    this.#cancel();
    this.#cancelDrawn();
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
    if (isQuiet && (!this.#isSpeaking || this.#resumedAt > 0)) this.#before = this.#parts.known().n; // a silence begins
    if (isQuiet) this.#resumedAt = 0;
    this.#isSpeaking = !this.#isGone && (isQuiet || (this.#isSpeaking && now - this.#resumedAt < ALIVE_MOST_MS));
    // One that said what was drawn said this, too.
    const early = this.#saidAt + ALIVE_EVERY_MS - now;
    if (this.#isSpeaking && early <= 0) this.#speak();
    if (!this.#isGone) this.#next(!this.#isSpeaking ? ALIVE_AFTER_MS : early > 0 ? early : ALIVE_EVERY_MS);
  }

  #speak() {
    const { n, pic } = this.#parts.known();
    const newest = Math.max(n, this.#newest);
    if (newest > 0 && !this.#isGone && this.#underWay.size < MOST) this.#say(newest, pic).catch(this.#parts.failed);
  }

  /** @param {number} n @param {number} pic */
  async #say(n, pic) {
    const { timing, tags, say } = this.#parts;
    const k = this.#count += 1;
    this.#saidAt = timing.now();
    const request = new AbortController();
    const giveUp = () => {
      forget();
      this.#underWay.delete(giveUp);
      request.abort();
    };
    const forget = timing.after(ALIVE_WAIT_MS, giveUp);
    this.#underWay.add(giveUp);
    this.#left.set(k, timing.now());
    this.#left.delete(k - 2 * MOST);
    const tag = b64(await tags.ofConsole(k, n, pic));
    const said = request.signal.aborted ? null : await say({ k, n, pic, tag }, request.signal).catch(() => null); // the next one may come through
    forget();
    this.#underWay.delete(giveUp);
    if (said && !this.#closed) await this.#answered(said);
  }

  /** @param {Said} said */
  async #answered(said) {
    if (said === 'gone') this.#stop();
    else if (said === 'busy') this.#pause();
    else if (said === 'silent') this.#parts.relayHeard();
    else await this.#heard(said);
  }

  #stop() {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#isSpeaking = false;
    this.#parts.gone();
  }

  #pause() {
    this.#drawnAt = this.#parts.timing.now() + ALIVE_AGAIN_MS - ALIVE_DRAWN_MS;
    this.#next(ALIVE_AGAIN_MS);
  }

  /** @param {Answer} answer */
  async #heard(answer) {
    const { k, n, heard, tag } = answer;
    const isOne = [k, n, heard].every((number) => Number.isInteger(number) && number >= 0 && number < 2 ** 32) && n > 0;
    if (!isOne) throw new SealError('bad_message', 'no answer');
    await this.#parts.tags.checkDevice(answer, unb64(tag, TAG_BYTES));
    if (this.#closed) return;
    // What counts is when the sign left that is answered: a relay may save answers up.
    const since = this.#left.get(k);
    if (since !== undefined) this.#parts.heard(since);
    if (this.isQuiet) this.#parts.reached();
    const isNew = n > Math.max(this.#newest, this.#parts.known().n);
    this.#newest = Math.max(this.#newest, n);
    if (heard > this.#before && this.#resumedAt > 0) this.#isInOrder();
    else if (isNew) this.#sayAtOnce();
  }

  /** The device hears the socket again, and so do we. */
  #isInOrder() {
    this.#isSpeaking = false;
    this.#resumedAt = 0;
    this.#next(ALIVE_AFTER_MS);
  }

  /** It must learn that we know its ping; but not each of them at once. */
  #sayAtOnce() {
    const now = this.#parts.timing.now();
    if (now - this.#saidAtOnce < ALIVE_AGAIN_MS) return;
    this.#saidAtOnce = now;
    this.#speak();
  }
}
