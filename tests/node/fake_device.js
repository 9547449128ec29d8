/** @file A device for the tests: honest by itself, and made to lie where a test says so. */

import { badgeHash, techAuthMessage } from '../../technician_web/core/badge.js';
import { b64, keyId, sha256B64, unb64 } from '../../technician_web/core/bytes.js';
import { FROM_DEVICE, FROM_DEVICE_DIRECT, STREAM } from '../../technician_web/core/header.js';
import { deviceHelloBytes } from '../../technician_web/core/hellos.js';
import { packPicture } from '../../technician_web/core/picture.js';
import { checkEd25519 } from '../../technician_web/core/records.js';
import { decode, encode } from '../../technician_web/core/sealed_messages.js';
import { DeviceHandshake, RecordWriter, seeded, signingKey } from './device_role.js';

/** @typedef {import('../../technician_web/core/types.js').Bytes} Bytes */
/** @typedef {import('../../technician_web/core/types.js').JsonObject} JsonObject */
/** @typedef {import('../../technician_web/core/types.js').PictureHead} PictureHead */
/** @typedef {import('../../technician_web/core/frames.js').Sealer} Sealer */
/** @typedef {import('../../technician_web/core/types.js').ShownBy} ShownBy */
/** @typedef {{ text: (message: object) => void, frame: (frame: Bytes) => void }} ToConsole */
/** @typedef {{ message: JsonObject, frame: string }} Heard */

export const RS = Uint8Array.from({ length: 16 }, (_, at) => at);

export class FakeDevice {
  /** @type {{ to: ToConsole, sealers: Map<number, Sealer>, records: RecordWriter } | null} */
  #session = null;
  /** @type {import('../../technician_web/core/alive.js').AliveTags | null} */
  #alive = null;
  /** @type {Map<number, import('../../technician_web/core/frames.js').Opener>} */
  #openers = new Map();
  /** @type {Promise<void>} */
  #line = Promise.resolve();
  /** @type {DeviceHandshake} */
  #handshake;
  #pings = 0;
  #pics = 0;
  /** @type {((heard: Heard) => void)[]} */
  #listeners = [];
  #key;
  #time;

  /**
   * @param {{ key: Awaited<ReturnType<typeof signingKey>>, hello: Bytes, locator: string, secret: string, origin: string, time: { now: () => number }, shownBy?: ShownBy }} parts
   */
  constructor({ key, hello, locator, secret, origin, time, shownBy = 'device' }) {
    this.#key = key;
    this.#time = time;
    this.#handshake = new DeviceHandshake({ helloD: hello, locator, secret, rs: RS, origin, shownBy });
    this.hello = hello;
    /** Everything that came sealed, in order. @type {Heard[]} */
    this.heard = [];
    /** Device's clock minus the console's, ms. */
    this.clockAhead = 0;
    /** What the test changes in the pairing: fields of the record, or the key that signs it. */
    this.lie = { paired: {}, sign: key.sign };
  }

  /** @param {{ locator: string, secret: string, origin: string, time: { now: () => number }, hello?: object, shownBy?: ShownBy }} parts */
  static async make({ hello, ...parts }) {
    const key = await signingKey(await seeded('device'));
    const fields = { nd: await seeded('nd'), dev: await keyId(key.publicKey), dpk: key.publicKey, fw: '3.14', caps: [], fails: 2 };
    return new FakeDevice({ key, hello: deviceHelloBytes({ ...fields, ...hello }), ...parts });
  }

  now() {
    return this.#time.now() + this.clockAhead;
  }

  /** The next sealed message of this type, or the one that already came since `heard` was cleared. @param {string} type @returns {Promise<Heard>} */
  hears(type) {
    const already = this.heard.find(({ message }) => message['t'] === type);
    if (already) return Promise.resolve(already);
    return new Promise((resolve) => {
      this.#listeners.push((heard) => { if (heard.message['t'] === type) resolve(heard); });
    });
  }

  /** @param {string} type @param {number} count */
  async hearsAll(type, count) {
    const came = () => this.heard.filter(({ message }) => message['t'] === type).length;
    await /** @type {Promise<void>} */ (new Promise((resolve) => {
      const look = () => { if (came() >= count) resolve(); };
      this.#listeners.push(look);
      look();
    }));
  }

  /** A message of the console's, as the relay forwards it. @param {{ t: string, [field: string]: string }} message @param {ToConsole} to */
  async onText(message, to) {
    if (message.t === 'pake_a') {
      const { yb, tb } = await this.#handshake.answer(unb64(message['hello'] ?? ''), unb64(message['y'] ?? ''), await seeded('yb'));
      to.text({ t: 'pake_b', y: b64(yb), tag: b64(tb) });
    } else if (message.t === 'pake_confirm') {
      const keys = await this.#handshake.confirm(unb64(message['tag'] ?? ''));
      this.th = keys.th;
      this.#alive = keys.alive;
      const sealers = new Map([...FROM_DEVICE, ...FROM_DEVICE_DIRECT].map((stream) => [Number(stream), keys.sealer(stream)]));
      this.#openers = new Map([STREAM.T2D_CONTROL, STREAM.T2D_LINK].map((stream) => [Number(stream), keys.opener(stream)]));
      this.#session = { to, sealers, records: new RecordWriter(keys.th, (data) => this.lie.sign(data)) };
    }
  }

  /** @param {Bytes} frame */
  async onFrame(frame) {
    const stream = frame[1] ?? 0;
    const opener = this.#openers.get(stream);
    if (!opener) throw new Error('a frame before the keys');
    const heard = { message: decode(stream, await opener.open(frame)), frame: await sha256B64(frame) };
    this.heard.push(heard);
    for (const listener of this.#listeners) listener(heard);
  }

  #live() {
    if (!this.#session) throw new Error('no session');
    return this.#session;
  }

  /** Through the relay, in order although WebCrypto may finish a later one first. @param {number} stream @param {Bytes} plaintext */
  seal(stream, plaintext) {
    const { to } = this.#live();
    const sealed = this.sealed(stream, plaintext);
    sealed.catch(() => undefined); // is met in its turn
    const left = this.#line.then(async () => to.frame(await sealed));
    this.#line = left.catch(() => undefined);
    return left;
  }

  /** A frame, for whatever carries it. @param {number} stream @param {Bytes} plaintext @returns {Promise<Bytes>} */
  async sealed(stream, plaintext) {
    const sealer = this.#live().sealers.get(stream);
    if (!sealer) throw new Error('not a stream of the device');
    return sealer.seal(plaintext);
  }

  /** @param {{ t: string, [field: string]: unknown }} message */
  say(message) {
    return this.seal(STREAM.D2T_CONTROL, encode(message));
  }

  /** A signed record, to the relay and (but for actions) sealed to the console. @param {JsonObject & { typ: string }} own @param {object} [sealed] */
  async record(own, sealed) {
    const { to, records } = this.#live();
    const rec = b64(await records.write({ frame: '', dts: this.now(), ...own }));
    to.text({ t: 'record', rec });
    if (sealed) await this.say({ rec, .../** @type {{ t: string }} */ (sealed) });
  }

  /** Tag of this device's answer to a sign of life. @param {number} k @param {number} n @param {number} [heard] */
  async aliveTag(k, n, heard = 0) {
    return this.#tags().ofDevice(k, n, heard);
  }

  /** Tag of an honest console's sign of life. @param {number} k @param {number} n @param {number} pic */
  async consoleAliveTag(k, n, pic) {
    return this.#tags().ofConsole(k, n, pic);
  }

  #tags() {
    if (!this.#alive) throw new Error('no session');
    return this.#alive;
  }

  /** Accepts the badge, as seal SPEC §4 says. */
  async pair(enrol = '') {
    const { message, frame } = await this.hears('auth');
    const badge = await badgeHash(String(message['cred']));
    await this.record({ typ: 'paired', badge, frame, ...this.lie.paired }, { t: 'paired', enrol, name: 'Vista 55 Q7' });
  }

  /** Whether the `auth` that came was signed by this key for this session. @param {Bytes} publicKey */
  async authIsSignedBy(publicKey) {
    const { sig, ...unsigned } = (await this.hears('auth')).message;
    return checkEd25519(publicKey, unb64(String(sig)), techAuthMessage(this.th ?? new Uint8Array(64), unsigned));
  }

  /** @param {string[]} grants @param {number} [for_s] */
  consent(grants, for_s = 1_800) {
    return this.record({ typ: 'consent', grants, for_s }, { t: 'consent' });
  }

  /** @param {string} frame @param {{ outcome?: string, path?: string, kind?: string, cause?: string, pc?: string }} [result] */
  act(frame, { outcome = 'done', path = '', kind = 'key', cause, pc = '' } = {}) {
    return this.record({ typ: 'action', class: kind, path, outcome, pc, frame, ...(cause ? { cause } : {}) });
  }

  ping(n = this.#pings + 1) {
    this.#pings = n;
    return this.say({ t: 'ping', n, dts: this.now() });
  }

  /** @param {Partial<PictureHead>} [head] */
  picture(head = {}) {
    return this.seal(STREAM.D2T_PICTURE_WS, this.pictured(head));
  }

  /** The plaintext of the next picture. @param {Partial<PictureHead>} [head] @param {Bytes} [data] */
  pictured(head = {}, data = Uint8Array.of(0, 0, 0, 1, 0x65)) {
    this.#pics = head.pic ?? this.#pics + 1;
    const whole = { codec: 1, key: this.#pics === 1, width: 1280, height: 720, x: 0, y: 0, columns: 1280, rows: 720, at: this.now() };
    return packPicture({ ...whole, ...head, pic: this.#pics }, data);
  }

  /** @param {{ at?: number, pic?: number, rtt?: number, picture?: string, masked?: number }} [current] */
  current({ at = this.now(), pic = this.#pics, rtt = 20, picture = 'live', masked = 0 } = {}) {
    return this.say({ t: 'current', pic, at, rtt, picture, ...(masked && { masked }) });
  }

  /** @param {string} reason @param {string} [frame] @param {object} [more] fields of the record */
  end(reason, frame = '', more = {}) {
    return this.record({ typ: 'end', reason, rec_root: '', frame, ...more }, { t: 'close', reason });
  }
}
