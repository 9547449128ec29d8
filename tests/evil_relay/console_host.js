/**
 * @file The shipped console without a browser, on a pipe: who holds the other end is its service, its relay and its clock.
 *
 * One line of JSON per command and per event. Everything of `core/` and `io/` is the product's; only time, socket, fetch and
 * decoder come from outside, as the product's ports have it. `node console_host.js FOLDER` takes the product from FOLDER.
 */

import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const product = pathToFileURL(`${process.argv[2]}/`);
const { Api } = await import(new URL('technician_web/io/api.js', product).href);
const { unb64 } = await import(new URL('technician_web/core/bytes.js', product).href);
const { Maker } = await import(new URL('technician_web/io/maker.js', product).href);
const { RemoteSession } = await import(new URL('technician_web/io/remote_session.js', product).href);
const { openRelaySocket } = await import(new URL('technician_web/io/relay_socket.js', product).href);
const { FakeTime } = await import(new URL('tests/node/fake_time.js', product).href);
const { MemoryOfCodes } = await import(new URL('tests/node/fake_world.js', product).href);

/** @param {object} event */
const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);

// --- when is everything done that was begun?

let waiting = 0;
let begun = 0;
for (const name of ['encrypt', 'decrypt', 'sign', 'verify', 'digest', 'importKey', 'exportKey', 'generateKey', 'deriveBits']) {
  const work = crypto.subtle[name].bind(crypto.subtle);
  Object.defineProperty(crypto.subtle, name, { value: async (...args) => {
    waiting += 1;
    begun += 1;
    try {
      return await work(...args);
    } finally {
      waiting -= 1;
    }
  } });
}
const turn = () => new Promise((resolve) => { setImmediate(resolve); });

async function settled() {
  for (let quiet = 0, seen = begun; quiet < 4; quiet += 1) {
    await turn();
    if (waiting > 0 || begun !== seen) quiet = -1;
    seen = begun;
  }
}

// --- the world around a session

globalThis.reportError = (error) => say({ e: 'trouble', what: String(error?.stack ?? error) });
process.on('unhandledRejection', (error) => say({ e: 'trouble', what: String(error?.stack ?? error) }));

const time = new FakeTime();
const store = new MemoryOfCodes();
const answers = new Map();
let asked = 0;

/** @param {string} url @param {{ method: string, body?: string }} options */
async function fetcher(url, { method, body }) {
  asked += 1;
  const id = asked;
  const answer = new Promise((resolve) => { answers.set(id, resolve); });
  say({ e: 'http', id, method, path: new URL(url).pathname, body: body ? JSON.parse(body) : {} });
  const { status, fields } = await answer;
  return new Response(status === 204 ? null : JSON.stringify(fields), { status });
}

/** What goes beside the socket, while this session is the page's. @param {() => boolean} isMine */
const besideOf = (isMine) => Object.fromEntries(Object.entries({ sayAlive, askPictures }).map(([name, ask]) => [
  name, (...parts) => (isMine() ? ask(...parts) : new Promise(() => undefined)),
]));

/** Requests for pictures that wait for them. @type {Map<number, (frames: Uint8Array[]) => void>} */
const besides = new Map();

function askPictures(_node, { seq }, signal) {
  const id = besides.size;
  say({ e: 'pictures', id, seq });
  return new Promise((resolve, reject) => {
    besides.set(id, resolve);
    signal.addEventListener('abort', () => reject(signal.reason));
  });
}

/** Signs of life that wait for an answer. @type {Map<number, (said: object) => void>} */
const signs = new Map();

/** One request beside the socket; given up, it waits no longer. */
function sayAlive(_node, { k, n, pic, tag }, signal) {
  const id = signs.size;
  say({ e: 'alive', id, k, n, pic, tag });
  return new Promise((resolve, reject) => {
    signs.set(id, resolve);
    signal.addEventListener('abort', () => reject(signal.reason));
  });
}

/** @param {Uint8Array} data */
const sha = (data) => createHash('sha256').update(data).digest('base64url');

/** Tells what is drawn, and of what data. */
const painter = { draw: (source, { pic, at }) => say({ e: 'drawn', pic, at, ...source }), clear: () => undefined };

/** Draws at once what it is fed, as a decoder that never fails; tells what it is to pass over. */
function makeSink(to, events) {
  let needsKey = true;
  return {
    feed: (head, data) => {
      if (needsKey && !head.key) return events.needsKeyFrame();
      needsKey = false;
      to.draw({ sha: sha(data), still: head.still === true }, head);
      events.drawn(head.pic, head.at, 'h264');
    },
    pass: (pic) => {
      say({ e: 'passed', pic });
      events.passed(pic);
    },
    lost: () => { needsKey = true; events.needsKeyFrame(); },
    expect: () => undefined,
    close: () => undefined,
  };
}

/** Plays at once what it is fed. */
const makeSound = () => ({ feed: ({ n, at }, data) => say({ e: 'played', n, at, sha: sha(data) }), close: () => undefined });

/** The try at data channels that is under way. */
let channels = null;

/** The console's end of them; the other is on the pipe. */
function makePeer(events) {
  channels = events;
  return {
    offer: async () => 'an offer',
    accept: async () => {
      events.opened();
      say({ e: 'channels', open: true });
    },
    close: () => {
      if (channels === events) say({ e: 'channels', open: false });
      channels = null;
    },
  };
}

let api = new Api('http://localhost', fetcher);
let badge = null;
let maker = null;
let session = null;
let socket = null;

/** A socket whose other end is on the pipe; refuses what a browser's own would refuse. */
globalThis.WebSocket = class {
  static OPEN = 1;
  readyState = 0;
  protocol = '';

  /** @param {string} url @param {string[]} protocols */
  constructor(url, protocols) {
    const isOne = (name) => /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name);
    if (!/^wss?:$/.test(new URL(url).protocol) || !protocols.every(isOne)) throw new DOMException('no', 'SyntaxError');
    socket = this;
    say({ e: 'open', node: url, ticket: protocols[1].replace('ticket.', '') });
  }

  // A session whose browser vanished has nobody to speak to, and must not be taken for the next one.
  send(data) {
    if (socket !== this) return;
    say(typeof data === 'string' ? { e: 'send', text: data } : { e: 'send', frame: Buffer.from(data).toString('base64') });
  }

  close() {
    this.readyState = 2;
    if (socket === this) say({ e: 'close' });
  }
};

const STREAM_OF_CHANNEL = [5, 7];
const ports = { timing: time, openChannel: openRelaySocket, makeSink, makeSound, codecs: async () => ['h264', 'jpeg'], online: () => true,
  random: (size) => crypto.getRandomValues(new Uint8Array(size)) };

/** @param {boolean} direct whether a data channel may be tried */
function begin(direct) {
  channels = null;
  const mine = new RemoteSession({
    api, badge, origin: commands.origin, painter, store, maker,
    // Whose browser vanished says nothing more, beside the socket either.
    ports: { ...ports, makePeer: direct ? makePeer : null, ...besideOf(() => session === mine) },
  });
  session = mine;
  mine.addEventListener('change', () => {
    if (session === mine) say({ e: 'state', ...mine.state });
  });
  return mine;
}

const commands = {
  service: ({ origin, root, at }) => {
    const ahead = at - time.now();
    api = new Api(origin, fetcher);
    maker = new Maker({ root: unb64(root), source: api, now: () => time.now() + ahead });
    badge = null;
    commands.origin = origin;
  },
  signIn: async () => {
    await api.signInLink('link');
    badge = await api.obtainBadge();
    say({ e: 'ready' });
  },
  connect: ({ code, direct, ...wish }) => begin(direct).connect(code, wish),
  show: ({ direct, ...wish }) => begin(direct).show(wish),
  press: async ({ key, n }) => say({ e: 'result', n, ...await session.press(key) }),
  still: async () => {
    const { outcome, file } = await session.commands.still();
    say({ e: 'still', outcome, sha: file ? sha(file) : '' });
  },
  hear: () => session.hear(true),
  channel: ({ channel, frame }) => channels?.frame(new Uint8Array(Buffer.from(frame, 'base64')), STREAM_OF_CHANNEL[channel]),
  end: () => session.end(),
  vanish: () => { session = null; socket = null; },
  opened: ({ protocol }) => {
    if (!socket) return;
    Object.assign(socket, { readyState: 1, protocol });
    socket.onopen();
  },
  text: ({ text }) => socket?.onmessage({ data: text }),
  frame: ({ frame }) => socket?.onmessage({ data: new Uint8Array(Buffer.from(frame, 'base64')).buffer }),
  closed: ({ code }) => {
    const was = socket;
    socket = null;
    if (was) Object.assign(was, { readyState: 3 }).onclose({ code });
  },
  pictured: ({ id, frames }) => besides.get(id)?.(frames.map((frame) => new Uint8Array(Buffer.from(frame, 'base64')))),
  alived: ({ id, k, n, heard, tag }) => signs.get(id)?.({ k, n, heard, tag }),
  pass: ({ ms }) => time.pass(ms),
  reply: ({ id, status, fields }) => answers.get(id)?.({ status, fields }),
  idle: async ({ k }) => {
    await settled();
    say({ e: 'idle', k });
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { c, ...rest } = JSON.parse(line);
  // Not awaited: what takes its time must not keep the next command from being heard.
  void Promise.resolve(commands[c](rest)).catch((error) => say({ e: 'trouble', what: String(error?.stack ?? error) }));
}
