/** @file One run of the key agreement over the relay, then the proof of who asks (seal SPEC §1, steps 1 to 5). */

import { techAuthMessage } from '../core/badge.js';
import { b64, unb64 } from '../core/bytes.js';
import { isValid, normalise, split } from '../core/code.js';
import { ConsoleHandshake } from '../core/handshake.js';
import { consoleHelloBytes } from '../core/hellos.js';
import { pakeA, pakeConfirm } from '../core/relay_messages.js';
import { ApiError } from './api.js';

/** @typedef {import('../core/types.js').Badge} Badge */
/** @typedef {import('../core/types.js').Bytes} Bytes */
/** @typedef {import('../core/types.js').Redemption} Redemption */
/** @typedef {import('../core/keys.js').SessionKeys} SessionKeys */
/** @typedef {{ request: string, asks: readonly string[] }} Wish */

/** @typedef {import('../core/types.js').Problem} Problem */
/** @typedef {import('../core/types.js').UsedCodeStore} UsedCodeStore */
/** @typedef {{ createSession: (locator: string, badge: string) => Promise<Redemption> }} Redeemer what a session needs of Api */
/** @typedef {{ code: string, redemption: Redemption }} Redeemed */
/** @typedef {{ code: string, hello: Bytes, rs: Bytes, shownBy: import('../core/types.js').ShownBy }} From whom a run is with, and by which code */

const NONCE_BYTES = 32;
const RS_BYTES = 16;

/** @param {string} slug @returns {Problem} */
export function problemOf(slug) {
  return { slug, title: '', status: 0, retryAfter: null };
}

/**
 * Redeems what a technician typed. A slip of the finger or a code of before never leaves the browser, and costs nothing.
 * @param {string} typed @param {{ api: Redeemer, badge: Badge, store: UsedCodeStore }} parts @returns {Promise<Redeemed>}
 */
export async function redeem(typed, { api, badge, store }) {
  const code = normalise(typed);
  if (code === null || !isValid(code)) throw new ApiError(problemOf('code-mistyped'));
  const used = await store.has(code).catch(() => { throw new ApiError(problemOf('code-memory-away')); });
  if (used) throw new ApiError(problemOf('code-used-here'));
  return { code, redemption: await api.createSession(split(code).locator, badge.hash) };
}

/** The run a redemption leads to. @param {Redeemed} redeemed @returns {From} */
export function fromRedemption({ code, redemption }) {
  return { code, hello: unb64(redemption.hello), rs: unb64(redemption.rs, RS_BYTES), shownBy: 'device' };
}

export class Pairing {
  #handshake;
  #helloT;
  #scalar;

  /** @param {ConsoleHandshake} handshake @param {Bytes} helloT @param {Bytes} scalar */
  constructor(handshake, helloT, scalar) {
    this.#handshake = handshake;
    this.#helloT = helloT;
    this.#scalar = scalar;
  }

  /**
   * Judges what the service said of the device. Nothing leaves yet, so the code is not used up by a refusal here.
   * @param {From & { kid: string, origin: string, random: (size: number) => Bytes }} from
   * @returns {Promise<Pairing>}
   */
  static async prepare({ code, hello, rs, shownBy, kid, origin, random }) {
    const { locator, secret } = split(code);
    const helloT = consoleHelloBytes({ nt: random(NONCE_BYTES), kid });
    const handshake = await ConsoleHandshake.prepare({ helloD: hello, helloT, locator, secret, rs, origin, shownBy });
    return new Pairing(handshake, helloT, random(NONCE_BYTES));
  }

  get device() {
    return this.#handshake.device;
  }

  /** The first message. The code must be in the memory of used codes before it leaves. */
  async opening() {
    return pakeA(this.#helloT, await this.#handshake.start(this.#scalar));
  }

  /** @param {import('../core/relay_messages.js').PakeB} answer @returns {Promise<{ confirm: string, keys: SessionKeys }>} */
  async answered({ y, tag }) {
    const { ta, keys } = await this.#handshake.finish(y, tag);
    return { confirm: pakeConfirm(ta), keys };
  }
}

/** The first control frame: badge, request and what is asked, signed by the badge's key for this session. @param {Badge} badge @param {Wish} wish @param {Bytes} th */
export async function authMessage(badge, { request, asks }, th) {
  const unsigned = { t: 'auth', cred: badge.jws, asks: [...asks], request };
  return { ...unsigned, sig: b64(await badge.sign(techAuthMessage(th, unsigned))) };
}
