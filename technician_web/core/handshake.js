/**
 * @file The console's run of the key agreement: CPace party A (seal SPEC §1). Each object is one run; whatever goes
 * wrong ends it. Nonce and scalar come in as arguments: the caller draws them fresh.
 */

import * as cpace from './cpace.js';
import { equal, sha512, utf8 } from './bytes.js';
import { SealError } from './errors.js';
import { FROM_CONSOLE } from './header.js';
import { parseConsoleHello, parseDeviceHello } from './hellos.js';
import { SessionKeys } from './keys.js';
import { channelIdentifier, sessionId, transcriptHash } from './transcript.js';

/** @typedef {import('./types.js').Bytes} Bytes */
/** @typedef {import('./hellos.js').DeviceHello} DeviceHello */

/**
 * @typedef {object} Inputs
 * @property {Bytes} helloD as received
 * @property {Bytes} helloT as sent
 * @property {string} locator
 * @property {string} secret
 * @property {Bytes} rs
 * @property {string} origin from this end's own settings (SPEC §1)
 * @property {import('./types.js').ShownBy} [shownBy] which end shows the code; the device where it is not said
 */

/** What both ends compute alike from the two hellos. */
export class Run {
  /** @param {{ helloD: Bytes, helloT: Bytes, device: DeviceHello, sid: Bytes, ci: Bytes, ada: Bytes, adb: Bytes }} values */
  constructor({ helloD, helloT, device, sid, ci, ada, adb }) {
    this.helloD = helloD;
    this.helloT = helloT;
    this.device = device;
    this.sid = sid;
    this.ci = ci;
    this.ada = ada;
    this.adb = adb;
  }

  /** @param {Omit<Inputs, 'secret'>} inputs @returns {Promise<Run>} */
  static async of({ helloD, helloT, locator, rs, origin, shownBy = 'device' }) {
    const { device, nt } = await hellos(helloD, helloT);
    const sid = await sessionId(device.nd, nt, rs);
    const ci = channelIdentifier({ origin, locator, shownBy, dev: device.dev });
    return new Run({ helloD, helloT, device, sid, ci, ada: await sha512(helloT), adb: await sha512(helloD) });
  }

  /** @param {string} secret */
  generator(secret) {
    return cpace.generator(utf8(secret), this.ci, this.sid);
  }

  /** @param {Bytes} k @param {Bytes} ya @param {Bytes} yb */
  async tags(k, ya, yb) {
    const isk = await cpace.isk(this.sid, k, { y: ya, ad: this.ada }, { y: yb, ad: this.adb });
    const key = await cpace.macKey(this.sid, isk);
    return { isk, ta: await cpace.tag(key, ya, this.ada), tb: await cpace.tag(key, yb, this.adb) };
  }

  /** @param {Bytes} ya @param {Bytes} yb @param {Bytes} tb @param {Bytes} ta */
  th(ya, yb, tb, ta) {
    const { helloD, helloT, ci, sid } = this;
    return transcriptHash({ helloD, helloT, ci, sid, ya, yb, tb, ta });
  }
}

/** @param {Bytes} helloD @param {Bytes} helloT */
async function hellos(helloD, helloT) {
  try {
    return { device: await parseDeviceHello(helloD), nt: parseConsoleHello(helloT).nt };
  } catch {
    throw new SealError('bad_hello');
  }
}

export class ConsoleHandshake {
  /** @type {{ scalar: Bytes, ya: Bytes } | null} */
  #sent = null;
  /** @type {string | null} */
  #secret;
  #run;

  /** @param {Run} run @param {string} secret */
  constructor(run, secret) {
    this.#run = run;
    this.#secret = secret;
  }

  /** Judges the hellos and fixes what this run is bound to. @param {Inputs} inputs @returns {Promise<ConsoleHandshake>} */
  static async prepare({ secret, ...inputs }) {
    return new ConsoleHandshake(await Run.of(inputs), secret);
  }

  get device() {
    return this.#run.device;
  }

  /** Ya; the secret is forgotten. Count the code as used before Ya leaves. @param {Bytes} scalar @returns {Promise<Bytes>} */
  async start(scalar) {
    const secret = this.#secret;
    this.#secret = null;
    if (secret === null) throw new SealError('wrong_state');
    const ya = await cpace.publicShare(scalar, await this.#run.generator(secret));
    this.#sent = { scalar, ya };
    return ya;
  }

  /** Ta and the keys, once the device has shown that it knew the secret. @param {Bytes} yb @param {Bytes} tb @returns {Promise<{ ta: Bytes, keys: SessionKeys }>} */
  async finish(yb, tb) {
    const sent = this.#sent;
    this.#sent = null;
    if (!sent) throw new SealError('wrong_state');
    const { isk, ta, tb: expected } = await this.#run.tags(await cpace.sharedKey(sent.scalar, yb), sent.ya, yb);
    if (!equal(expected, tb)) throw new SealError('bad_tag');
    const th = await this.#run.th(sent.ya, yb, tb, ta);
    return { ta, keys: await SessionKeys.derive({ isk, sid: this.#run.sid, th, sends: FROM_CONSOLE }) };
  }
}
