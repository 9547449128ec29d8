/** @file The console's run of the key agreement: CPace party A (seal SPEC §1). Nonce and scalar come in as arguments. */

import * as cpace from './cpace.js';
import { equal, sha512, utf8 } from './bytes.js';
import { SealError } from './errors.js';
import { FROM_CONSOLE, FROM_DEVICE } from './header.js';
import { parseConsoleHello, parseDeviceHello } from './hellos.js';
import { SessionKeys } from './keys.js';
import { channelIdentifier, sessionId, transcriptHash } from './transcript.js';

/** @typedef {import('./types.js').Bytes} Bytes */

/**
 * @typedef {object} Inputs
 * @property {Bytes} helloD as received
 * @property {Bytes} helloT as sent
 * @property {string} locator
 * @property {string} secret
 * @property {Bytes} rs
 * @property {string} origin from this end's own settings (SPEC §1)
 */

export class ConsoleHandshake {
  /** @type {{ scalar: Bytes, ya: Bytes } | null} */
  #started = null;
  #inputs;
  #sid;
  #ci;

  /** @param {Inputs} inputs @param {import('./hellos.js').DeviceHello} device @param {Bytes} sid @param {Bytes} ci */
  constructor(inputs, device, sid, ci) {
    this.#inputs = inputs;
    this.#sid = sid;
    this.#ci = ci;
    this.device = device;
  }

  /** Judges the device's hello and fixes what this run is bound to. @param {Inputs} inputs @returns {Promise<ConsoleHandshake>} */
  static async prepare(inputs) {
    const device = await parseDeviceHello(inputs.helloD);
    const { nt } = parseConsoleHello(inputs.helloT);
    const sid = await sessionId(device.nd, nt, inputs.rs);
    const ci = channelIdentifier({ origin: inputs.origin, locator: inputs.locator, shownBy: 'device', dev: device.dev });
    return new ConsoleHandshake(inputs, device, sid, ci);
  }

  /** Ya. One run has one scalar: a second call is refused. @param {Bytes} scalar @returns {Promise<Bytes>} */
  async start(scalar) {
    if (this.#started) throw new SealError('wrong_state');
    const g = await cpace.generator(utf8(this.#inputs.secret), this.#ci, this.#sid);
    const ya = await cpace.publicShare(scalar, g);
    this.#started = { scalar, ya };
    return ya;
  }

  /** @param {Bytes} yb @param {Bytes} tb @returns {Promise<{ ta: Bytes, keys: SessionKeys }>} */
  async finish(yb, tb) {
    const started = this.#started;
    if (!started) throw new SealError('wrong_state');
    this.#started = null;
    const a = { y: started.ya, ad: await sha512(this.#inputs.helloT) };
    const b = { y: yb, ad: await sha512(this.#inputs.helloD) };
    const key = await cpace.isk(this.#sid, await cpace.sharedKey(started.scalar, yb), a, b);
    const mac = await cpace.macKey(this.#sid, key);
    if (!equal(await cpace.tag(mac, b.y, b.ad), tb)) throw new SealError('bad_tag');
    const ta = await cpace.tag(mac, a.y, a.ad);
    const { helloD, helloT } = this.#inputs;
    const th = await transcriptHash({ helloD, helloT, ci: this.#ci, sid: this.#sid, ya: a.y, yb, tb, ta });
    const keys = await SessionKeys.derive({ isk: key, sid: this.#sid, th, seals: FROM_CONSOLE, opens: FROM_DEVICE });
    started.scalar.fill(0);
    key.fill(0);
    return { ta, keys };
  }
}
