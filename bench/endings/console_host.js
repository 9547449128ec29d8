/**
 * @file A process with several consoles: the shipped session, handshake, seals and watches on real sockets, without a page.
 *
 * Only what draws is left out: a picture counts as drawn when it has been opened and judged. Lines of JSON come in, and go out.
 * Started by the bench alone; it ends when its standard input closes.
 */

import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Api } from '../../technician_web/io/api.js';
import { browserPorts } from '../../technician_web/io/browser_ports.js';
import { Maker } from '../../technician_web/io/maker.js';
import { RemoteSession } from '../../technician_web/io/remote_session.js';

/** @typedef {import('../../technician_web/core/types.js').Badge} Badge */
/** @typedef {import('../../technician_web/core/types.js').Channel} Channel */
/** @typedef {import('../../technician_web/core/types.js').PictureEvents} PictureEvents */
/** @typedef {{ api: Api, badge: Badge }} Technician */

const [service = '', origin = ''] = process.argv.slice(2);
const KEYS = ['right', 'left'];

// A browser names the page's origin by itself.
const Plain = globalThis.WebSocket;
globalThis.WebSocket = class extends Plain {
  /** @param {string | URL} url @param {string | string[]} [protocols] */
  constructor(url, protocols) {
    super(url, /** @type {any} */ ({ protocols, headers: { Origin: origin } }));
  }
};

const now = () => Number(process.hrtime.bigint());

/** @param {object} fields */
function say(fields) {
  writeSync(1, `${JSON.stringify(fields)}\n`);
}

class Seat {
  /** @type {Channel | null} */
  #channel = null;
  /** @type {NodeJS.Timeout | undefined} */
  #pressing = undefined;
  #gone = false;
  #endings = 0;
  #frames = 0;
  #lastFrame = 0;
  #pressed = 0;
  #number;
  #session;

  /** @param {number} number @param {Technician} technician */
  constructor(number, { api, badge }) {
    this.#number = number;
    const ports = browserPorts();
    this.#session = new RemoteSession({
      api, badge, origin: service, painter: { draw: () => undefined, clear: () => undefined },
      maker: new Maker({ root: null, source: api, now: Date.now }),
      store: { has: async () => false, take: async () => true },
      ports: {
        ...ports, codecs: async () => ['jpeg'], online: () => true, makeSink: (_painter, events) => this.#sink(events),
        openChannel: (node, ticket, events) => { this.#channel = ports.openChannel(node, ticket, events); return this.#channel; },
      },
    });
    this.#session.addEventListener('change', () => this.#changed());
  }

  /** @param {string} code @param {number} hz */
  async connect(code, hz) {
    await this.#session.connect(code, { request: 'HM-7K42-93', asks: ['view', 'keys'] });
    const { problem } = this.#session.state;
    if (problem) return say({ seat: this.#number, said: 'problem', reason: problem.slug });
    this.rate(hz);
  }

  /** Presses keys so often. @param {number} hz */
  rate(hz) {
    clearInterval(this.#pressing);
    this.#pressing = setInterval(() => this.#press(), 1000 / hz);
  }

  /** The technician's own end, said to the device. */
  end() {
    const at = now();
    this.#session.end();
    say({ seat: this.#number, said: 'left', at });
  }

  /** What a closed tab leaves behind: a closed socket and nobody. */
  closeTab() {
    const at = now();
    this.#gone = true;
    clearInterval(this.#pressing);
    this.#channel?.close();
    say({ seat: this.#number, said: 'left', at });
  }

  tell() {
    say({ seat: this.#number, said: 'facts', frames: this.#frames, last_frame: this.#lastFrame, pressed: this.#pressed });
  }

  close() {
    clearInterval(this.#pressing);
    this.#gone = true;
    this.#session.end();
  }

  #press() {
    if (this.#session.state.phase !== 'active') return;
    this.#pressed += 1;
    void this.#session.press(/** @type {string} */ (KEYS[this.#pressed % KEYS.length]));
  }

  /** @param {PictureEvents} events */
  #sink(events) {
    return {
      feed: (/** @type {import('../../technician_web/core/picture.js').PictureHead} */ head) => {
        this.#frames += 1;
        this.#lastFrame = now();
        events.drawn(head.pic, head.at, 'jpeg');
      },
      pass: (/** @type {number} */ pic) => events.passed(pic),
      lost: () => events.needsKeyFrame(),
      expect: () => undefined,
      close: () => undefined,
    };
  }

  #changed() {
    const { phase, reason } = this.#session.state;
    if (phase !== 'ended' || this.#gone) return;
    clearInterval(this.#pressing);
    this.#endings += 1;
    say({ seat: this.#number, said: 'ended', reason, at: now(), times: this.#endings });
  }
}

/** @type {Map<string, Promise<Technician>>} */
const technicians = new Map();
/** @type {Map<number, Seat>} */
const seats = new Map();

/** A server that judges many passwords asks for patience; who signs in is not what is measured. */
const TRIES = 20;
const PATIENCE_MS = 1_000;

/** @param {string} login @param {string} password @returns {Promise<Technician>} */
async function signIn(login, password) {
  const api = new Api(service);
  for (let tries = 1; !api.isSignedIn; tries += 1) {
    await api.signIn(login, password).catch(async (error) => {
      if (error.slug !== 'try-later' || tries === TRIES) throw error;
      await new Promise((resolve) => { setTimeout(resolve, PATIENCE_MS); });
    });
  }
  return { api, badge: await api.obtainBadge() };
}

/** Each signs in once; who could not may try again. @param {string} login @param {string} password */
function technician(login, password) {
  const known = technicians.get(login);
  if (known) return known;
  const coming = signIn(login, password);
  technicians.set(login, coming);
  coming.catch(() => technicians.delete(login));
  return coming;
}

/** @param {any} order */
async function connect({ seat: number, code, hz, login, password }) {
  const seat = new Seat(number, await technician(login, password));
  seats.set(number, seat);
  await seat.connect(code, hz);
}

/** @param {any} order */
function carryOut(order) {
  const seat = seats.get(order.seat);
  switch (order.do) {
    case 'connect':
      return void connect(order).catch((error) => say({ seat: order.seat, said: 'problem', reason: String(error?.slug ?? error) }));
    case 'rate': return seat?.rate(order.hz);
    case 'end': return seat?.end();
    case 'close_tab': return seat?.closeTab();
    case 'tell': return seat?.tell();
    case 'close': seat?.close(); return void seats.delete(order.seat);
    default: throw new Error(`unknown order ${order.do}`);
  }
}

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => carryOut(JSON.parse(line)));
lines.on('close', () => process.exit(0));
say({ seat: 0, said: 'ready' });
