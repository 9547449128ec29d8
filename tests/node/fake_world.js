/** @file A console, a device and a relay between them, in one process and under one clock. The relay can be made to lie. */

import { b64, keyId, utf8 } from '../../technician_web/core/bytes.js';
import { badgeHash } from '../../technician_web/core/badge.js';
import { compose } from '../../technician_web/core/code.js';
import { dump } from '../../technician_web/core/canonical.js';
import { RemoteSession } from '../../technician_web/io/remote_session.js';
import { seeded, signingKey } from './device_role.js';
import { FakeDevice, RS } from './fake_device.js';
import { FakeTime } from './fake_time.js';

/** @typedef {import('../../technician_web/core/types.js').Badge} Badge */
/** @typedef {import('../../technician_web/core/types.js').Bytes} Bytes */
/** @typedef {import('../../technician_web/core/types.js').ChannelEvents} ChannelEvents */
/** @typedef {import('../../technician_web/core/types.js').Painter} Painter */
/** @typedef {import('../../technician_web/core/types.js').PictureEvents} PictureEvents */
/** @typedef {import('../../technician_web/core/types.js').PictureSink} PictureSink */
/** @typedef {import('../../technician_web/core/types.js').SessionState} SessionState */
/** @typedef {import('../../technician_web/core/types.js').UsedCodeStore} UsedCodeStore */

/**
 * What a test makes different from an ordinary world.
 * @typedef {object} Odd
 * @property {string} [secret] the one the device shows
 * @property {string} [origin] the one the device trusts
 * @property {object} [hello] fields of hello_D
 * @property {UsedCodeStore} [store]
 * @property {import('../../technician_web/core/types.js').ShownBy} [shownBy] who shows the code, as the device believes
 * @property {boolean} [refused] the socket never opens
 * @property {import('../../technician_web/io/direct.js').MakePeer} [makePeer]
 * @property {import('../../technician_web/core/types.js').Codec[]} [codecs]
 * @property {Promise<import('../../technician_web/core/types.js').Codec[]>} [decodes] when the browser says so
 * @property {(painter: Painter, events: PictureEvents) => PictureSink} [makeSink]
 * @property {Judge} [maker] who says which unit the device is
 */

/** @typedef {{ judge: (credential: string, dpk: Bytes) => Promise<import('../../technician_web/core/types.js').Enrolment> }} Judge */
/** @type {Judge} */
const UNASKED = { judge: async () => ({ state: 'none', unit: '', model: '' }) };

export const ORIGIN = 'https://relay.example';
const LOCATOR = '48170';
const SECRET = '365229';
/** The bytes that draw SECRET. */
const DRAWN = Uint8Array.of(0, 5, 146, 173);
export const CODE = compose(LOCATOR, SECRET);
export const WISH = { request: 'HM-1', asks: ['view', 'keys'] };

/** @returns {Promise<Badge & { publicKey: Bytes }>} */
export async function makeBadge() {
  const issuer = await signingKey(await seeded('issuer'));
  const own = await signingKey(await seeded('technician'));
  const kid = await keyId(issuer.publicKey);
  const claims = {
    aud: ORIGIN, cnf: { jwk: { crv: 'Ed25519', kty: 'OKP', x: b64(own.publicKey) } }, exp: 1_700_003_600, iat: 1_700_000_000,
    iss: 'hallmere-care', jti: 'b-1', name: 'Demo Technician', org: 'Hallmere Care', scopes: ['keys', 'view'], sub: 't-1',
  };
  const signed = `${b64(dump({ alg: 'EdDSA', kid, typ: 'ra-tech+jwt' }))}.${b64(dump(claims))}`;
  const jws = `${signed}.${b64(await issuer.sign(utf8(signed)))}`;
  return {
    jws, hash: await badgeHash(jws), kid, name: claims.name, org: claims.org, scopes: claims.scopes, expiresAt: claims.exp * 1000,
    sign: own.sign, publicKey: own.publicKey,
  };
}

/** @implements {UsedCodeStore} */
export class MemoryOfCodes {
  /** @type {Set<string>} */
  codes = new Set();

  /** @param {string} code */
  async has(code) {
    return this.codes.has(code);
  }

  /** @param {string} code */
  async take(code) {
    const free = !this.codes.has(code);
    this.codes.add(code);
    return free;
  }
}

/** Records what was drawn, and draws at once. */
class FakePainter {
  /** @type {number[]} */
  drawn = [];
  cleared = 0;

  /** @param {unknown} _source @param {{ pic: number }} placement */
  draw(_source, { pic }) {
    this.drawn.push(pic);
  }

  clear() {
    this.cleared += 1;
  }
}

/** @param {Painter} painter @param {PictureEvents} events @returns {PictureSink} */
function sinkThatDrawsAtOnce(painter, events) {
  let needsKey = false;
  return {
    feed: (head) => {
      if (needsKey && !head.key) return events.needsKeyFrame();
      needsKey = false;
      painter.draw(/** @type {VideoFrame} */ (/** @type {unknown} */ ({})), head);
      events.drawn(head.pic, head.at, 'h264');
    },
    expect: () => undefined,
    pass: (pic) => events.passed(pic),
    lost: () => { needsKey = true; events.needsKeyFrame(); },
    close: () => undefined,
  };
}

/** Records what is played. */
export class FakeSound {
  /** @type {number[]} */
  played = [];
  closed = false;

  /** @param {{ n: number }} head */
  feed({ n }) {
    this.played.push(n);
  }

  close() {
    this.closed = true;
  }
}

export class World {
  /** @type {ChannelEvents | null} */
  #events = null;
  /** @type {Promise<unknown>} */
  #toDevice = Promise.resolve();

  /** @param {{ device: FakeDevice, badge: Badge & { publicKey: Bytes }, time: FakeTime } & Required<Pick<Odd, 'store' | 'codecs' | 'makeSink' | 'refused' | 'maker'>> & { makePeer?: Odd['makePeer'] | null, decodes?: Odd['decodes'] }} parts */
  constructor({ device, badge, time, store, codecs, makeSink, refused, maker, makePeer = null, decodes = Promise.resolve(codecs) }) {
    this.device = device;
    this.badge = badge;
    this.time = time;
    this.painter = new FakePainter();
    this.online = true;
    this.redemptions = 0;
    /** What the console sent in clear, by type. @type {string[]} */
    this.said = [];
    /** The same, whole. @type {object[]} */
    this.sent = [];
    /** How many sealed frames the console sent. */
    this.frames = 0;
    /** What the browser's generator gives next, where a test says so. @type {(size: number) => Bytes | undefined} */
    this.random = (size) => (size === DRAWN.length ? DRAWN.slice() : undefined);
    /** `open` until the console closes. */
    this.channel = 'none';
    /** Every state the page saw. @type {SessionState[]} */
    this.states = [];
    /** The relay's hand: may change or (with null) drop what goes to the console. @type {(message: any) => any} */
    this.meddle = (message) => message;
    /** Signs of life beside the socket; without a test's doing nobody is there. @type {(sign: import('../../technician_web/io/alive_request.js').Sign, signal: AbortSignal) => Promise<import('../../technician_web/io/alive_request.js').Said>} */
    this.sayAlive = () => Promise.reject(new TypeError('no connection'));
    /** Pictures beside the socket. @type {(seq: number, signal: AbortSignal) => Promise<Bytes[]>} */
    this.askPictures = () => Promise.reject(new TypeError('no connection'));
    /** @type {() => Promise<object>} */
    this.redeem = async () => ({ session: 'ab'.repeat(16), ticket: 'ticket', node: 'wss://relay.example/v1/console', rs: b64(RS), hello: b64(device.hello) });
    /** @type {() => Promise<object>} */
    this.issue = async () => ({ session: 'cd'.repeat(16), locator: LOCATOR, ttl: 600, ticket: 'ticket', node: 'wss://relay.example/v1/console' });
    this.issued = 0;
    this.makePeer = makePeer ?? null;
    this.sound = new FakeSound();
    this.refused = refused;
    this.session = new RemoteSession({
      api: { createSession: () => this.#redeem(), createCode: () => this.#issue() }, badge, origin: ORIGIN, painter: this.painter, store, maker,
      ports: {
        timing: time, online: () => this.online, random: (size) => this.random(size) ?? crypto.getRandomValues(new Uint8Array(size)),
        makeSound: () => this.sound, makePeer: this.makePeer,
        codecs: () => decodes, makeSink, openChannel: (_node, _ticket, events) => this.#open(events),
        sayAlive: (_node, sign, signal) => this.sayAlive(sign, signal),
        askPictures: (_node, { seq }, signal) => this.askPictures(seq, signal),
      },
    });
    this.session.addEventListener('change', () => this.states.push(this.session.state));
  }

  /** @param {Odd} [odd] */
  static async make({ secret = SECRET, origin = ORIGIN, hello = {}, store = new MemoryOfCodes(), codecs = ['h264'], makeSink = sinkThatDrawsAtOnce, shownBy, refused = false, maker = UNASKED, makePeer, decodes } = {}) {
    const time = new FakeTime();
    const device = await FakeDevice.make({ locator: LOCATOR, secret, origin, time, hello, ...(shownBy ? { shownBy } : {}) });
    return new World({ device, badge: await makeBadge(), time, store, codecs, makeSink, refused, maker, ...(makePeer ? { makePeer } : {}), ...(decodes ? { decodes } : {}) });
  }

  /** A session the customer said yes in. @param {string[]} [grants] */
  static async active(grants = ['keys', 'view'], odd = {}) {
    const world = await World.paired(odd, { ...WISH, asks: [...new Set([...WISH.asks, ...grants])] });
    await world.device.consent(grants);
    await world.reaches(({ phase }) => phase === 'active');
    return world;
  }

  /** A session in which the customer is being asked. */
  static async paired(odd = {}, wish = WISH) {
    const world = await World.make(odd);
    await world.session.connect(CODE, wish);
    await world.device.pair();
    await world.reaches(({ phase }) => phase === 'consent');
    return world;
  }

  /** A code on show, and a device that believes so. */
  static async showing(odd = {}) {
    const world = await World.make({ shownBy: 'console', ...odd });
    await world.session.show(WISH);
    await world.reaches(({ step }) => step === 'showing');
    return world;
  }

  /** The customer typed the code that is shown. @param {object} [other] fields of the message */
  typed(other = {}) {
    this.relaySays({ t: 'joined', rs: b64(RS), hello: b64(this.device.hello), ...other });
  }

  /** Waits until the page shows this, or showed it. @param {(state: SessionState) => boolean} holds @returns {Promise<SessionState>} */
  reaches(holds) {
    const already = this.states.find(holds);
    if (already) return Promise.resolve(already);
    return new Promise((resolve) => {
      const look = () => {
        if (!holds(this.session.state)) return;
        this.session.removeEventListener('change', look);
        resolve(this.session.state);
      };
      this.session.addEventListener('change', look);
    });
  }

  /** The state at the end. */
  ended() {
    return this.reaches(({ phase }) => phase === 'ended');
  }

  /** The key agreement's first message is on its way. */
  async pakeSent() {
    while (!this.said.includes('pake_a')) await this.settled();
    await this.#toDevice;
  }

  /** Lets `seconds` go by with a ping in each, as a living device sends them. @param {number} seconds */
  async keepAlive(seconds) {
    for (let second = 0; second < seconds; second += 1) {
      this.device.heard.length = 0;
      await this.device.ping();
      await this.device.hears('pong');
      this.time.pass(1_000);
    }
  }

  /**
   * Whatever was on its way has been handled. WebCrypto answers between turns of the loop, so a few turns are given,
   * each with work of WebCrypto's own: on a busy machine turns alone go by before its threads have theirs.
   */
  async settled() {
    for (let turn = 0; turn < 20; turn += 1) {
      await crypto.subtle.digest('SHA-256', new Uint8Array(1));
      await new Promise((resolve) => { setImmediate(resolve); });
    }
  }

  /** Something the relay itself says. @param {object | string} message */
  relaySays(message) {
    this.#events?.text(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** A frame out of nowhere. @param {Bytes} frame */
  relaySends(frame) {
    this.#events?.frame(frame);
  }

  /** The socket breaks. @param {number} code */
  breaks(code) {
    this.channel = 'broken';
    this.#events?.closed(code);
  }

  async #issue() {
    this.issued += 1;
    return /** @type {import('../../technician_web/core/types.js').IssuedCode} */ (await this.issue());
  }

  async #redeem() {
    this.redemptions += 1;
    return /** @type {import('../../technician_web/core/types.js').Redemption} */ (await this.redeem());
  }

  /** @param {ChannelEvents} events */
  #open(events) {
    this.#events = events;
    this.channel = 'open';
    if (!this.refused) queueMicrotask(() => events.opened());
    return {
      send: (/** @type {string | Bytes} */ data) => this.#onSent(data),
      close: () => { this.channel = 'closed'; },
    };
  }

  /** @param {string | Bytes} data */
  #onSent(data) {
    if (this.channel !== 'open') return;
    if (typeof data === 'string') {
      this.said.push(JSON.parse(data).t);
      this.sent.push(JSON.parse(data));
    } else this.frames += 1;
    const to = {
      text: (/** @type {object} */ message) => this.#toConsole(message),
      frame: (/** @type {Bytes} */ frame) => this.#toConsole(frame),
    };
    this.#toDevice = this.#toDevice.then(() => (typeof data === 'string' ? this.device.onText(JSON.parse(data), to) : this.device.onFrame(data)));
  }

  /** @param {object} message */
  #toConsole(message) {
    const passed = this.meddle(message);
    if (passed instanceof Uint8Array) this.relaySends(new Uint8Array(passed));
    else if (passed) this.relaySays(passed);
  }
}
