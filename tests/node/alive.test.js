/** @file Being heard beside a socket that is held up: when the console begins, what it says, whom it believes, when it stops. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { b64 } from '../../technician_web/core/bytes.js';
import { ALIVE_MOST_MS } from '../../technician_web/core/limits.js';
import { sayAlive } from '../../technician_web/io/alive_request.js';
import { endsWith } from './ends_with.js';
import { World } from './fake_world.js';

/** @typedef {import('../../technician_web/io/alive_request.js').Sign} Sign */
/** @typedef {import('../../technician_web/io/alive_request.js').Said} Said */

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
    for (let left = ms; left > 0; left -= 250) {
      world.time.pass(Math.min(250, left));
      await world.settled();
    }
  };
  return { world, said, relay, pass };
}

/** @param {World} world @param {number} n @returns {Promise<Said>} */
async function answered(world, n) {
  return { isKnown: true, answer: { n, tag: b64(await world.device.aliveTag(n)) } };
}

test('a device that is heard every second is told nothing beside the socket', async () => {
  const { world, said } = await quiet();
  await world.keepAlive(4);
  assert.equal(said.length, 0);
});

test('after a second and a half of silence the console says every quarter of a second what it has heard and drawn', async () => {
  const { world, said, pass } = await quiet();
  await pass(1_250);
  assert.equal(said.length, 0);
  await pass(1_000);
  assert.deepEqual(said.map(({ at }) => at), [1_500, 1_750, 2_000, 2_250]);
  for (const { sign } of said) {
    assert.deepEqual([sign.n, sign.pic], [1, 0]);
    assert.equal(sign.tag, b64(await world.device.consoleAliveTag(1, 0)));
    assert.equal(String(/** @type {Sign & { key: string }} */ (sign).key).length, 43);
  }
});

test('the newest picture that was drawn is said too', async () => {
  const { world, said, pass } = await quiet();
  await world.device.hears('decode');
  await world.device.picture();
  await world.device.picture();
  await world.reaches(({ picture }) => picture === 'live');
  await world.settled();
  await pass(1_750);
  assert.equal(said[0]?.sign.pic, 2);
  assert.equal(said[0]?.sign.tag, b64(await world.device.consoleAliveTag(1, 2)));
});

test('a request that hears nothing is given up, and a new one is made', async () => {
  const { world, said, relay, pass } = await quiet();
  relay.answer = () => new Promise(() => undefined);
  await pass(3_000);
  assert.ok(said.length >= 6);
  assert.ok(said[0]?.signal.aborted);
  assert.ok(said.filter(({ signal }) => !signal.aborted).length <= 5, 'a browser opens six connections to one place');
  world.session.end();
  await world.settled();
  assert.ok(said.every(({ signal }) => signal.aborted));
});

test('an answer puts off the end, and the ping it names is said at once; nothing brightens by it (INV-B3)', async () => {
  const { world, said, relay, pass } = await quiet();
  let newest = 1;
  relay.answer = () => answered(world, newest);
  await pass(2_000);
  const before = said.length;
  newest = 4;
  await pass(250);
  assert.deepEqual(said.slice(before).map(({ sign }) => sign.n), [1, 4]);
  assert.equal(said.at(-1)?.sign.tag, b64(await world.device.consoleAliveTag(4, 0)));
  await pass(4_000);
  assert.equal(world.session.state.phase, 'active');
  assert.equal(world.session.state.stale, true);
  assert.deepEqual(await world.session.press('up'), { outcome: 'late', path: '', cause: '' });
  await pass(750);
  await endsWith(world, 'relay_lost');
});

test('an old answer, or the same again, says nothing new', async () => {
  const { world, relay, pass } = await quiet();
  relay.answer = () => answered(world, 1);
  await pass(4_750);
  await endsWith(world, 'relay_lost');
});

test('a connection that is lost for good ends the session, whatever comes beside it (INV-B2)', async () => {
  const { world, relay, pass } = await quiet();
  const begin = world.time.now();
  relay.answer = () => answered(world, 2 + Math.floor((world.time.now() - begin) / 250)); // as often as a device pings
  await pass(ALIVE_MOST_MS - 250);
  assert.equal(world.session.state.phase, 'active');
  await pass(5_000);
  assert.equal(world.session.state.phase, 'ended');
  await endsWith(world, 'relay_lost');
});

for (const [what, forge] of /** @type {[string, (world: World) => Promise<Said['answer']>][]} */ ([
  ['under no key', async () => ({ n: 5, tag: b64(new Uint8Array(64)) })],
  ['of another ping', async (world) => ({ n: 5, tag: b64(await world.device.aliveTag(4)) })],
  ['that is the console\'s own', async (world) => ({ n: 5, tag: b64(await world.device.consoleAliveTag(5, 0)) })],
  ['cut short', async (world) => ({ n: 5, tag: b64((await world.device.aliveTag(5)).slice(0, 32)) })],
  ['that is no tag', async () => ({ n: 5, tag: '=' })],
  ['of a number that is none', async () => ({ n: 2 ** 32, tag: b64(new Uint8Array(64)) })],
  ['of half a ping', async () => ({ n: 5.5, tag: b64(new Uint8Array(64)) })],
])) {
  test(`an answer ${what} ends the session (INV-C2)`, async () => {
    const { world, relay, pass } = await quiet();
    const answer = await forge(world);
    relay.answer = () => Promise.resolve({ isKnown: true, answer });
    await pass(1_500);
    await endsWith(world, 'integrity_failed');
  });
}

test('once the socket is heard again it goes on for five seconds: the other way may be held up longer', async () => {
  const { world, said, pass } = await quiet();
  await pass(3_000);
  said.length = 0;
  await world.device.ping();
  await world.device.hears('pong');
  await world.settled();
  assert.deepEqual(said.map(({ sign }) => sign.n), [2], 'the ping that came is said at once');
  for (let second = 0; second < 8; second += 1) {
    await pass(1_000);
    await world.device.ping();
    await world.settled();
  }
  assert.ok(said.length >= 20 && said.length <= 22, String(said.length));
  assert.equal(world.session.state.phase, 'active');
});

test('a second silence soon after the first is met like the first', async () => {
  const { world, said, pass } = await quiet();
  await pass(3_000);
  await world.device.ping();
  await world.settled();
  await pass(4_000);
  said.length = 0;
  await pass(500);
  assert.equal(said.length, 2);
});

test('a relay that knows no such session is not asked again', async () => {
  const { said, relay, pass } = await quiet();
  relay.answer = () => Promise.resolve({ isKnown: false, answer: null });
  await pass(3_000);
  assert.equal(said.length, 1);
});

test('a relay whose device has not answered is asked again', async () => {
  const { said, relay, pass } = await quiet();
  relay.answer = () => Promise.resolve({ isKnown: true, answer: null });
  await pass(2_500);
  assert.equal(said.length, 5);
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

test('before the device has pinged there is nothing to say', async () => {
  const world = await World.paired();
  let said = 0;
  world.sayAlive = async () => {
    said += 1;
    return { isKnown: true, answer: null };
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
  const sign = { key: 'k'.repeat(43), n: 1, pic: 0, tag: 't'.repeat(86) };
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
  assert.deepEqual(asked?.options.headers, { 'Content-Type': 'text/plain' });
  assert.equal(asked?.options.credentials, 'omit');
  assert.deepEqual(JSON.parse(String(asked?.options.body)), sign);
});

for (const [status, text, isKnown, answer] of /** @type {[number, string | null, boolean, object | null][]} */ ([
  [200, '{"n":4,"tag":"x"}', true, { n: 4, tag: 'x' }], [200, '{"n":"4","tag":"x"}', true, null], [200, 'null', true, null],
  [204, null, true, null], [429, '{}', true, null], [503, '{}', true, null], [403, '{}', false, null], [404, '{}', false, null], [405, '{}', false, null],
])) {
  test(`an answer ${status} ${text ?? ''} is taken as it is meant`, async () => {
    assert.deepEqual((await requested(new Response(text, { status }))).said, { isKnown, answer });
  });
}

test('without a connection, or with an answer that is none, the request fails and nothing else does', async () => {
  await assert.rejects(requested(new TypeError('no connection')));
  await assert.rejects(requested(new Response('{', { status: 200 })));
});
