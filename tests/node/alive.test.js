/** @file Being heard beside a socket that is held up: when the console begins, what it says, whom it believes, when it stops. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { b64 } from '../../technician_web/core/bytes.js';
import { FROM_CONSOLE } from '../../technician_web/core/header.js';
import { SessionKeys } from '../../technician_web/core/keys.js';
import { ALIVE_MOST_MS, SILENT_MS } from '../../technician_web/core/limits.js';
import { sayAlive } from '../../technician_web/io/alive_request.js';
import { endsWith } from './ends_with.js';
import { World } from './fake_world.js';

/** @typedef {import('../../technician_web/io/alive_request.js').Sign} Sign */
/** @typedef {import('../../technician_web/io/alive_request.js').Said} Said */
/** @typedef {import('../../technician_web/io/alive_request.js').Answer} Answer */

/** A session whose device has just been heard, and what the console says beside the socket from then on. */
async function quiet(odd = {}) {
  const world = await World.active(['keys', 'view'], odd);
  await world.device.ping();
  await world.device.hears('pong');
  await world.settled();
  /** @type {{ sign: Sign, at: number, signal: AbortSignal }[]} */
  const said = [];
  /** What the relay says to the next ones. @type {{ answer: (sign: Sign) => Promise<Said> }} */
  const relay = { answer: () => Promise.reject(new TypeError('no connection')) };
  const begin = world.time.now();
  world.sayAlive = (sign, signal) => {
    said.push({ sign, at: world.time.now() - begin, signal });
    return relay.answer(sign);
  };
  /** Time goes by in steps, and what follows from each is done. @param {number} ms */
  const pass = async (ms) => {
    for (let left = ms; left > 0; left -= 50) {
      world.time.pass(Math.min(50, left));
      await world.settled();
    }
  };
  return { world, said, relay, pass };
}

/** @param {World} world @param {{ k: number }} sign @param {number} n @param {number} [heard] @returns {Promise<Answer>} */
async function answered(world, { k }, n, heard = 0) {
  return { k, n, heard, tag: b64(await world.device.aliveTag(k, n, heard)) };
}

/** The number of a ping that a device has sent by now, four a second. @param {World} world */
function pingsOf(world) {
  const begin = world.time.now();
  return () => 2 + Math.floor((world.time.now() - begin) / 250);
}

test('a device that is heard every second is told nothing beside the socket', async () => {
  const { world, said } = await quiet();
  await world.keepAlive(4);
  assert.equal(said.length, 0);
});

test('after a second and a half of silence the console says every 300 ms what it has heard and drawn', async () => {
  const { world, said, pass } = await quiet();
  await pass(1_450);
  assert.equal(said.length, 0);
  await pass(1_150);
  assert.deepEqual(said.map(({ at }) => at), [1_500, 1_800, 2_100, 2_400]);
  assert.deepEqual(said.map(({ sign }) => [sign.k, sign.n, sign.pic]), [[1, 1, 0], [2, 1, 0], [3, 1, 0], [4, 1, 0]]);
  for (const { sign } of said) {
    assert.equal(sign.tag, b64(await world.device.consoleAliveTag(sign.k, 1, 0)));
    assert.equal(sign.key.length, 43);
  }
});

test('the newest picture that was drawn is said too, and none that only came', async () => {
  const { world, said, pass } = await quiet({ makeSink: sinkThatDrawsNo(3) });
  await world.device.hears('decode');
  for (let pic = 1; pic <= 3; pic += 1) await world.device.picture();
  await world.reaches(({ picture }) => picture === 'live');
  await world.settled();
  await pass(1_750);
  assert.equal(said[0]?.sign.pic, 2);
  assert.equal(said[0]?.sign.tag, b64(await world.device.consoleAliveTag(1, 1, 2)));
});

/** A sink to which one picture comes and stays undrawn. @param {number} undrawn */
function sinkThatDrawsNo(undrawn) {
  return (/** @type {unknown} */ _painter, /** @type {import('../../technician_web/core/types.js').PictureEvents} */ events) => ({
    feed: (/** @type {import('../../technician_web/core/types.js').PictureHead} */ head) => {
      if (head.pic !== undrawn) events.drawn(head.pic, head.at, 'h264');
    },
    expect: () => undefined, pass: () => undefined, lost: () => undefined, close: () => undefined,
  });
}

test('a request that hears nothing is given up, and never are there more than five', async () => {
  const { world, said, relay, pass } = await quiet();
  relay.answer = () => new Promise(() => undefined);
  await pass(4_500);
  assert.ok(said.length >= 6);
  assert.ok(said[0]?.signal.aborted);
  assert.ok(said.filter(({ signal }) => !signal.aborted).length <= 5, 'a browser opens six connections to one place');
  world.session.end();
  await world.settled();
  assert.ok(said.every(({ signal }) => signal.aborted));
});

test('an answer puts off the end, and the ping it names is said at once; nothing brightens by it (INV-B3)', async () => {
  const { world, said, relay, pass } = await quiet();
  relay.answer = (sign) => answered(world, sign, sign.k < 3 ? 1 : 4);
  await pass(2_000);
  assert.deepEqual(said.map(({ sign }) => sign.n), [1, 1]);
  await pass(300);
  assert.deepEqual(said.map(({ sign }) => sign.n), [1, 1, 1, 4]);
  assert.equal(said.at(-1)?.sign.tag, b64(await world.device.consoleAliveTag(4, 4, 0)));
  relay.answer = () => Promise.reject(new TypeError('no connection'));
  await pass(4_500);
  assert.equal(world.session.state.phase, 'active');
  assert.equal(world.session.state.stale, true);
  assert.deepEqual(await world.session.press('up'), { outcome: 'late', path: '', cause: '' });
  await pass(250);
  assert.equal(world.session.state.phase, 'ended');
  await endsWith(world, 'relay_lost');
});

test('while it answers the page says that it is there, and no longer than that', async () => {
  const { world, relay, pass } = await quiet();
  assert.equal(world.session.state.beside, false);
  relay.answer = (sign) => answered(world, sign, 2);
  await pass(4_000);
  assert.deepEqual([world.session.state.beside, world.session.state.stale], [true, true]);
  relay.answer = () => Promise.reject(new TypeError('no connection'));
  await pass(3_000);
  assert.deepEqual([world.session.state.beside, world.session.state.stale], [false, true]);
  relay.answer = (sign) => answered(world, sign, 2);
  await pass(500);
  assert.equal(world.session.state.beside, true);
  await world.device.ping();
  await world.settled();
  assert.deepEqual([world.session.state.beside, world.session.state.stale], [false, false]);
});

test('one answer to all who wait is one answer: what it names is said once', async () => {
  const { world, said, relay, pass } = await quiet();
  /** @type {((said: Said) => void)[]} */
  const waiting = [];
  relay.answer = () => new Promise((resolve) => { waiting.push(resolve); });
  await pass(2_500);
  assert.equal(waiting.length, 4);
  const answer = await answered(world, { k: 4 }, 5);
  for (const resolve of waiting) resolve(answer);
  await world.settled();
  assert.deepEqual(said.map(({ sign }) => sign.n), [1, 1, 1, 1, 5]);
});

test('of pings that come one by one not each is answered at once', async () => {
  const { world, said, relay, pass } = await quiet();
  const newest = pingsOf(world);
  relay.answer = (sign) => answered(world, sign, newest());
  await pass(5_500);
  assert.ok(said.length <= 14 + 5, String(said.length));
  assert.equal(world.session.state.phase, 'active');
});

test('an answer counts from when the sign left that it answers, however late it comes (INV-B2)', async () => {
  const { world, relay, pass } = await quiet();
  /** @type {Sign[]} */
  const signs = [];
  relay.answer = (sign) => {
    signs.push(sign);
    return Promise.resolve('silent');
  };
  await pass(3_000);
  // From here on the device is gone, and the relay hands out what it could have had by then.
  const saved = await Promise.all(signs.map((sign) => answered(world, sign, 9)));
  relay.answer = () => Promise.resolve(saved.shift() ?? 'silent');
  await pass(SILENT_MS - 250);
  assert.equal(world.session.state.phase, 'active');
  await pass(250);
  assert.equal(world.session.state.phase, 'ended');
});

test('a connection that is lost for good ends the session, whatever comes beside it (INV-B2)', async () => {
  const { world, relay, pass } = await quiet();
  const newest = pingsOf(world);
  relay.answer = (sign) => answered(world, sign, newest());
  await pass(ALIVE_MOST_MS - 250);
  assert.equal(world.session.state.phase, 'active');
  await pass(5_000);
  assert.equal(world.session.state.phase, 'ended');
  await endsWith(world, 'relay_lost');
});

test('a relay that is there and has nothing of the device\'s is not the one that was lost (INV-B6)', async () => {
  const { world, relay, pass } = await quiet();
  relay.answer = () => Promise.resolve('silent');
  await pass(5_000);
  await endsWith(world, 'device_lost');
});

for (const [what, forge] of /** @type {[string, (world: World) => Promise<Answer>][]} */ ([
  ['under no key', async () => ({ k: 1, n: 5, heard: 0, tag: b64(new Uint8Array(64)) })],
  ['of another ping', async (world) => ({ k: 1, n: 5, heard: 0, tag: b64(await world.device.aliveTag(1, 4)) })],
  ['to another sign', async (world) => ({ k: 1, n: 5, heard: 0, tag: b64(await world.device.aliveTag(2, 5)) })],
  ['with more heard', async (world) => ({ k: 1, n: 5, heard: 3, tag: b64(await world.device.aliveTag(1, 5)) })],
  ['of a ping that is known, under no key', async () => ({ k: 1, n: 1, heard: 0, tag: b64(new Uint8Array(64)) })],
  ['that is the console\'s own', async (world) => ({ k: 1, n: 5, heard: 0, tag: b64(await world.device.consoleAliveTag(1, 5, 0)) })],
  ['cut short', async (world) => ({ k: 1, n: 5, heard: 0, tag: b64((await world.device.aliveTag(1, 5)).slice(0, 32)) })],
  ['that is no tag', async () => ({ k: 1, n: 5, heard: 0, tag: '=' })],
  ['of a number that is none', async () => ({ k: 1, n: 2 ** 32, heard: 0, tag: b64(new Uint8Array(64)) })],
  ['of half a ping', async () => ({ k: 1, n: 5.5, heard: 0, tag: b64(new Uint8Array(64)) })],
])) {
  test(`an answer ${what} ends the session (INV-C2)`, async () => {
    const { world, relay, pass } = await quiet();
    const answer = await forge(world);
    relay.answer = () => Promise.resolve(answer);
    await pass(1_500);
    assert.equal(world.session.state.phase, 'ended');
    await endsWith(world, 'integrity_failed');
  });
}

/** @param {World} world @param {(ms: number) => Promise<void>} pass @param {number} seconds */
async function hearsThe(world, pass, seconds) {
  for (let second = 0; second < seconds; second += 1) {
    await pass(1_000);
    await world.device.ping();
    await world.settled();
  }
}

test('once the socket is heard again it goes on: the other way may be held up longer; but not for ever', async () => {
  const { world, said, pass } = await quiet();
  await pass(3_000);
  said.length = 0;
  await world.device.ping();
  await world.device.hears('pong');
  await world.settled();
  assert.deepEqual(said.map(({ sign }) => sign.n), [2], 'the ping that came is said at once');
  await hearsThe(world, pass, 14);
  assert.ok(said.length >= 33 && said.length <= 36, String(said.length));
  assert.equal(world.session.state.phase, 'active');
});

test('it is enough as soon as the device says that it hears the socket too', async () => {
  const { world, said, relay, pass } = await quiet();
  await pass(3_000);
  await world.device.ping();
  await world.settled();
  relay.answer = (sign) => answered(world, sign, 2, 1); // what it heard before the silence says nothing
  await pass(1_000);
  const before = said.length;
  await world.device.ping();
  await pass(300);
  assert.equal(said.length, before + 1);
  relay.answer = (sign) => answered(world, sign, 3, 2);
  await pass(500);
  said.length = 0;
  await hearsThe(world, pass, 3);
  assert.equal(said.length, 0);
});

test('a second silence soon after the first is met like the first', async () => {
  const { world, said, relay, pass } = await quiet();
  await pass(3_000);
  await world.device.ping();
  await world.settled();
  relay.answer = (sign) => answered(world, sign, 2, 2);
  await pass(1_000);
  said.length = 0;
  await pass(2_000);
  assert.ok(said.length >= 3, String(said.length));
});

test('what the device heard between two silences does not end what is said in the second', async () => {
  const { world, said, relay, pass } = await quiet();
  await pass(3_000);
  await world.device.ping(); // heard, while the other way is still held up, and then there is silence again
  await world.settled();
  await pass(2_500);
  await world.device.ping();
  await world.settled();
  relay.answer = (sign) => answered(world, sign, 3, 2);
  await pass(1_000);
  said.length = 0;
  await pass(300);
  assert.equal(said.length, 1);
});

test('a relay that knows no such session is not asked again', async () => {
  const { said, relay, pass } = await quiet();
  relay.answer = () => Promise.resolve('gone');
  await pass(3_000);
  assert.equal(said.length, 1);
});

test('a relay that asks for a pause gets one', async () => {
  const { said, relay, pass } = await quiet();
  relay.answer = () => Promise.resolve('busy');
  await pass(4_500);
  assert.deepEqual(said.map(({ at }) => at), [1_500, 2_500, 3_500, 4_500]);
});

test('after the end nothing more is said, and no alarm is left', async () => {
  const { world, said, relay, pass } = await quiet();
  relay.answer = () => new Promise(() => undefined);
  await pass(2_000);
  world.session.end();
  await world.settled();
  const before = said.length;
  await pass(3_000);
  assert.equal(said.length, before);
  assert.equal(world.time.pending, 0);
});

test('the keys of signs are wiped with the others', async () => {
  const bytes = (/** @type {number} */ size) => new Uint8Array(size);
  const keys = await SessionKeys.derive({ isk: bytes(64), sid: bytes(32), th: bytes(64), sends: FROM_CONSOLE });
  await keys.alive.ofConsole(1, 1, 0);
  keys.wipe();
  await assert.rejects(keys.alive.ofConsole(1, 1, 0));
  await assert.rejects(keys.alive.ofDevice(1, 1, 0));
});

test('before the device has pinged there is nothing to say', async () => {
  const world = await World.paired();
  let said = 0;
  world.sayAlive = async () => {
    said += 1;
    return 'silent';
  };
  world.time.pass(4_500);
  await world.settled();
  assert.equal(world.session.state.phase, 'consent');
  assert.equal(said, 0);
  await world.device.ping();
  await world.settled();
  world.time.pass(1_500);
  await world.settled();
  assert.equal(said > 0, true);
});

/** What one request was, and what is made of this answer. @param {Response | Error} answer */
async function requested(answer) {
  const real = globalThis.fetch;
  /** @type {{ url: string, options: RequestInit }[]} */
  const asked = [];
  globalThis.fetch = async (url, options = {}) => {
    asked.push({ url: String(url), options });
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const sign = { key: 'k'.repeat(43), k: 1, n: 1, pic: 0, tag: 't'.repeat(86) };
  try {
    const said = await sayAlive('wss://relay.example/v1/console', sign, new AbortController().signal);
    return { said, sign, asked: asked[0] };
  } finally {
    globalThis.fetch = real;
  }
}

test('the request goes to the socket\'s own node, and no browser asks leave for it first', async () => {
  const { asked, sign } = await requested(new Response(null, { status: 204 }));
  assert.equal(asked?.url, 'https://relay.example/v1/alive');
  const { body, signal, ...rest } = asked?.options ?? {};
  assert.deepEqual(JSON.parse(String(body)), sign);
  assert.ok(signal);
  assert.deepEqual(rest, {
    method: 'POST', headers: { 'Content-Type': 'text/plain' }, credentials: 'omit', cache: 'no-store', redirect: 'error', referrerPolicy: 'no-referrer',
    priority: 'low',
  });
});

for (const [status, text, said] of /** @type {[number, string | null, Said][]} */ ([
  [200, '{"k":1,"n":4,"heard":0,"tag":"x"}', { k: 1, n: 4, heard: 0, tag: 'x' }], [200, '{"k":1,"n":"4","heard":0,"tag":"x"}', 'silent'], [200, 'null', 'silent'],
  [204, null, 'silent'], [429, '{}', 'busy'], [503, '{}', 'busy'], [403, '{}', 'gone'], [404, '{}', 'gone'], [405, '{}', 'gone'],
])) {
  test(`an answer ${status} ${text ?? ''} is taken as it is meant`, async () => {
    assert.deepEqual((await requested(new Response(text, { status }))).said, said);
  });
}

test('without a connection, or with an answer that is none, the request fails and nothing else does', async () => {
  await assert.rejects(requested(new TypeError('no connection')));
  await assert.rejects(requested(new Response('{', { status: 200 })));
});
