/** @file Pictures beside a socket that is held up: when they are asked for, what is drawn, and what the socket may bring afterwards. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { b64, concat } from '../../technician_web/core/bytes.js';
import { STREAM } from '../../technician_web/core/header.js';
import { CODEC } from '../../technician_web/core/picture.js';
import { packPart } from '../../technician_web/core/still.js';
import { askPictures } from '../../technician_web/io/pictures_request.js';
import { endsWith } from './ends_with.js';
import { World } from './fake_world.js';

/** @typedef {import('../../technician_web/core/types.js').Bytes} Bytes */
/** @typedef {import('../../technician_web/io/alive_request.js').Sign} Sign */
/** @typedef {(frames: Bytes[]) => void} Bring */

/** A session whose picture is live and whose socket is held up: frames lie in `held` until somebody lets them through. */
async function heldUp() {
  const world = await World.active(['keys', 'view']);
  await world.device.hears('decode');
  await world.device.ping();
  await world.device.picture();
  await world.reaches(({ picture }) => picture === 'live');
  await world.settled();
  /** @type {Bytes[]} */
  const held = [];
  world.meddle = (message) => {
    if (!(message instanceof Uint8Array)) return message;
    held.push(new Uint8Array(message));
    return null;
  };
  /** @type {Sign[]} */
  const signs = [];
  const relay = { answers: true, heard: 0 };
  world.sayAlive = async (sign) => {
    signs.push(sign);
    if (!relay.answers) throw new TypeError('no connection');
    const { k } = sign;
    return { k, n: 2, heard: relay.heard, tag: b64(await world.device.aliveTag(k, 2, relay.heard)) };
  };
  /** What was asked for, and how it is answered. @type {{ seq: number, signal: AbortSignal, bring: Bring }[]} */
  const asked = [];
  world.askPictures = (seq, signal) => new Promise((resolve) => { asked.push({ seq, signal, bring: resolve }); });
  /** @param {number} ms */
  const pass = async (ms) => {
    for (let left = ms; left > 0; left -= 50) {
      world.time.pass(Math.min(50, left));
      await world.settled();
    }
  };
  /** The device sends so many pictures, which the socket holds up. @param {number} many */
  const send = async (many) => {
    const begin = held.length;
    for (let one = 0; one < many; one += 1) await world.device.picture();
    await world.settled();
    return held.slice(begin);
  };
  return { world, held, signs, relay, asked, pass, send };
}

/** The same, once the device has answered beside it and pictures are asked for. */
async function beside() {
  const table = await heldUp();
  await table.pass(1_550);
  assert.equal(table.asked.length, 1);
  return table;
}

/** @param {{ asked: { bring: Bring }[], world: World }} table @param {Bytes[]} frames */
async function bring({ asked, world }, frames) {
  asked.at(-1)?.bring(frames);
  await world.settled();
}

test('pictures are asked for once the device answers beside a socket that is silent, from the next one on', async () => {
  const { world, relay, asked, pass } = await heldUp();
  relay.answers = false;
  await pass(2_500);
  assert.equal(asked.length, 0);
  relay.answers = true;
  await pass(500);
  assert.deepEqual(asked.map(({ seq }) => seq), [1]);
  world.session.end();
  await world.settled();
  assert.ok(asked[0]?.signal.aborted);
});

test('they are drawn in their order, the next ones are asked for, and a sign says what was drawn', async () => {
  const table = await beside();
  const { world, signs, asked, pass, send } = table;
  await bring(table, await send(2));
  assert.deepEqual(world.painter.drawn, [1, 2, 3]);
  assert.deepEqual(asked.map(({ seq }) => seq), [1, 3]);
  await pass(100);
  assert.equal(signs.at(-1)?.pic, 3);
  assert.equal(signs.at(-1)?.tag, b64(await world.device.consoleAliveTag(signs.length, 2, 3)));
  await bring(table, await send(1));
  assert.deepEqual(world.painter.drawn, [1, 2, 3, 4]);
});

test('what was drawn is said ten times a second at most, and as often as a relay takes it', async () => {
  const table = await beside();
  const before = table.signs.length;
  for (let picture = 0; picture < 20; picture += 1) {
    await bring(table, await table.send(1));
    await table.pass(50);
  }
  const said = table.signs.length - before;
  assert.ok(said >= 8 && said <= 12, `${said} in a second`);
  assert.equal(table.signs.at(-1)?.pic, 21);
});

test('a relay that asks for a pause is given one', async () => {
  const table = await beside();
  table.world.sayAlive = async (sign) => {
    table.signs.push(sign);
    return 'busy';
  };
  await table.pass(500);
  const before = table.signs.length;
  for (let picture = 0; picture < 8; picture += 1) {
    await bring(table, await table.send(1));
    await table.pass(50);
  }
  assert.equal(table.signs.length, before);
});

test('the socket brings them again afterwards, and goes on as if nothing had been', async () => {
  const table = await beside();
  const { world, held, pass, send } = table;
  await bring(table, await send(2));
  await send(1);
  world.meddle = (message) => message;
  for (const frame of held) world.relaySends(frame);
  await world.settled();
  assert.deepEqual(world.painter.drawn, [1, 2, 3, 4]);
  await world.device.ping();
  await world.device.picture();
  await world.settled();
  assert.deepEqual(world.painter.drawn, [1, 2, 3, 4, 5]);
  await pass(500);
  assert.equal(world.session.state.phase, 'active');
});

test('what was drawn meanwhile is said on the socket once it is there again, and nothing of it before', async () => {
  const table = await beside();
  const { world, held, send } = table;
  const acks = () => world.device.heard.filter(({ message }) => message['t'] === 'ack').map(({ message }) => message['pic']);
  const before = acks();
  await bring(table, await send(3));
  assert.deepEqual(acks(), before);
  world.meddle = (message) => message;
  for (const frame of held) world.relaySends(frame);
  await world.device.ping();
  await world.settled();
  assert.deepEqual(acks(), [...before, 4]);
});

test('a socket that is there again is the way: nothing more is asked for', async () => {
  const table = await beside();
  const { world, asked, held, send } = table;
  const frames = await send(1);
  world.meddle = (message) => message;
  for (const frame of held) world.relaySends(frame);
  await world.device.ping();
  await world.settled();
  await bring(table, frames);
  assert.deepEqual(world.painter.drawn, [1, 2]);
  assert.equal(asked.length, 1);
  assert.equal(world.session.state.phase, 'active');
});

test('an answer that brings nothing new ends the asking until the device has answered again', async () => {
  const table = await beside();
  const frames = await table.send(1);
  await bring(table, frames);
  await bring(table, frames);
  assert.equal(table.asked.length, 2);
  await table.pass(500);
  assert.equal(table.asked.length, 3);
  await bring(table, []);
  assert.equal(table.asked.length, 3);
});

test('a request that fails is made again', async () => {
  const table = await beside();
  table.world.askPictures = async (seq, signal) => {
    table.asked.push({ seq, signal, bring: () => undefined });
    throw new TypeError('no connection');
  };
  await bring(table, []);
  await table.pass(1_000);
  assert.ok(table.asked.length >= 2);
});

test('pings that lay in the socket brighten nothing: keys are on once the newest that was told of has come', async () => {
  const table = await beside();
  const { world, held, pass } = table;
  for (let ping = 2; ping <= 5; ping += 1) await world.device.ping();
  world.sayAlive = async ({ k }) => ({ k, n: 5, heard: 0, tag: b64(await world.device.aliveTag(k, 5, 0)) });
  await bring(table, await table.send(1));
  await pass(2_000);
  await bring(table, await table.send(1));
  assert.equal(world.session.state.stale, true);
  const pings = held.filter((frame) => frame[1] === STREAM.D2T_CONTROL);
  assert.equal(pings.length, 4);
  world.meddle = (message) => message;
  for (const frame of pings.slice(0, 3)) {
    world.relaySends(frame);
    await world.settled();
    assert.deepEqual([world.session.state.stale, world.session.state.beside], [true, true]);
  }
  assert.deepEqual(await world.session.press('up'), { outcome: 'late', path: '', cause: '' });
  for (const frame of pings.slice(3)) world.relaySends(frame);
  await world.settled();
  assert.deepEqual([world.session.state.stale, world.session.state.beside], [false, false]);
  const pressed = world.session.press('up');
  const { frame, message } = await world.device.hears('key');
  assert.equal(message['hb'], 5);
  await world.device.act(frame);
  assert.equal((await pressed).outcome, 'done');
});

test('pictures beside the socket keep nothing alive and brighten nothing (INV-B3)', async () => {
  const table = await beside();
  const { world, relay, pass, send } = table;
  relay.answers = false;
  let stale = 0;
  for (let step = 0; step < 24 && world.session.state.phase === 'active'; step += 1) {
    await bring(table, await send(1));
    await pass(250);
    if (world.session.state.stale) stale += 1;
    else if (world.session.state.phase === 'active') assert.equal(stale, 0, 'it was stale before');
  }
  assert.ok(stale > 4);
  assert.ok(world.painter.drawn.length > 15);
  await endsWith(world, 'relay_lost');
});

test('nor does the socket\'s repetition of what was drawn count as a word of the device\'s', async () => {
  const table = await beside();
  const { world, relay, pass, send } = table;
  const frames = await send(12);
  await bring(table, frames);
  relay.answers = false;
  for (const frame of frames) {
    world.relaySends(frame);
    await pass(500);
  }
  await endsWith(world, 'relay_lost');
});

for (const [what, forge] of /** @type {[string, (frame: Bytes) => Bytes][]} */ ([
  ['changed', (frame) => frame.map((byte, at) => (at === frame.length - 1 ? byte ^ 1 : byte))],
  ['made up', (frame) => concat(frame.slice(0, 12), crypto.getRandomValues(new Uint8Array(40)))],
  ['cut', (frame) => frame.slice(0, -1)],
  ['too short to be one', (frame) => frame.slice(0, 20)],
  ['renumbered', (frame) => frame.map((byte, at) => (at === 11 ? byte + 5 : byte))],
])) {
  test(`a picture beside the socket that is ${what} ends the session`, async () => {
    const table = await beside();
    const [frame] = await table.send(1);
    assert.ok(frame);
    await bring(table, [forge(frame)]);
    await endsWith(table.world, 'integrity_failed');
    assert.deepEqual(table.world.painter.drawn, [1]);
  });
}

test('only pictures come beside the socket: control that does ends the session', async () => {
  const table = await beside();
  await table.world.device.ping();
  await table.world.settled();
  const control = table.held.filter((frame) => frame[1] === STREAM.D2T_CONTROL);
  assert.equal(control.length, 1);
  await bring(table, control);
  await endsWith(table.world, 'integrity_failed');
});

test('a frame that was drawn before is not drawn again, whoever brings it beside the socket', async () => {
  const table = await beside();
  const frames = await table.send(2);
  await bring(table, frames);
  await bring(table, [...frames, ...await table.send(1)]);
  assert.deepEqual(table.world.painter.drawn, [1, 2, 3, 4]);
  assert.equal(table.world.session.state.phase, 'active');
});

test('the socket may bring again what came beside it once, and no other under its number', async () => {
  for (const again of [(/** @type {Bytes} */ frame) => [frame, frame], (/** @type {Bytes} */ frame) => [frame.map((byte, at) => (at === frame.length - 1 ? byte ^ 1 : byte))]]) {
    const table = await beside();
    const [frame] = await table.send(1);
    assert.ok(frame);
    await bring(table, [frame]);
    for (const one of again(frame)) table.world.relaySends(one);
    await endsWith(table.world, 'integrity_failed');
  }
});

test('what came on the socket is not taken a second time there because pictures come beside it', async () => {
  const table = await beside();
  const [first, second] = await table.send(2);
  assert.ok(first && second);
  table.world.relaySends(first);
  await bring(table, [second]);
  table.world.relaySends(first);
  await endsWith(table.world, 'integrity_failed');
});

test('parts of a still that come beside the socket are told of, too: the device waits for each', async () => {
  const table = await beside();
  const { world, held, signs, pass } = table;
  const before = held.length;
  for (let part = 0; part < 6; part += 1) {
    const head = { still: true, key: false, codec: CODEC.WEBP };
    await world.device.seal(STREAM.D2T_PICTURE_WS, world.device.pictured(head, packPart({ start: part * 10, size: 1_000, bytes: new Uint8Array(10) })));
  }
  await world.settled();
  await bring(table, held.slice(before));
  await pass(300);
  assert.equal(signs.at(-1)?.pic, 7);
  assert.deepEqual(world.painter.drawn, [1]);
  world.meddle = (message) => message;
  for (const frame of held) world.relaySends(frame);
  await world.device.ping();
  await world.settled();
  assert.equal(world.device.heard.filter(({ message }) => message['t'] === 'ack').at(-1)?.message['pic'], 7);
});

test('an older word on the socket that takes away what came beside it lets nothing be built on what is not there', async () => {
  const table = await beside();
  const { world, held } = table;
  await world.device.current({ pic: 1, picture: 'off' });
  world.time.pass(100);
  await world.device.picture({ key: true });
  await world.device.picture({ codec: CODEC.JPEG, rows: 100 });
  await world.settled();
  await bring(table, held.filter((frame) => frame[1] === STREAM.D2T_PICTURE_WS));
  assert.equal(world.session.state.picture, 'live');
  world.meddle = (message) => message;
  for (const frame of held) world.relaySends(frame);
  await world.device.ping();
  await world.settled();
  assert.equal(world.session.state.picture, 'off');
  const drawn = world.painter.drawn.length;
  await world.device.picture({ codec: CODEC.JPEG, rows: 100 });
  await world.device.hears('keyframe');
  await world.settled();
  assert.equal(world.painter.drawn.length, drawn);
  await world.device.picture({ key: true });
  await world.settled();
  assert.equal(world.session.state.picture, 'live');
});

test('a request that hears nothing is given up, and the next silence has its own', async () => {
  const table = await beside();
  const { world, asked, relay, held, pass } = table;
  await pass(2_900);
  assert.equal(asked[0]?.signal.aborted, false);
  await pass(150);
  assert.equal(asked[0]?.signal.aborted, true);
  relay.heard = 5;
  const { meddle } = world;
  world.meddle = (message) => message;
  for (const frame of held) world.relaySends(frame);
  await world.device.ping();
  await pass(500);
  world.meddle = meddle;
  const before = asked.length;
  relay.heard = 0;
  await pass(3_000);
  assert.ok(asked.length > before);
});

test('that it is there is said of when the sign left that is answered, not of when the answer came', async () => {
  const { world, pass } = await heldUp();
  /** @type {{ k: number, at: number, answer: (said: import('../../technician_web/io/alive_request.js').Said) => void }[]} */
  const waiting = [];
  const begin = world.time.now();
  world.sayAlive = ({ k }) => new Promise((answer) => { waiting.push({ k, at: world.time.now() - begin, answer }); });
  await pass(4_300);
  const newest = waiting[4];
  assert.ok(newest && newest.at <= 2_700);
  newest.answer({ k: newest.k, n: 2, heard: 0, tag: b64(await world.device.aliveTag(newest.k, 2, 0)) });
  await world.settled();
  assert.equal(world.session.state.beside, true);
  await pass(1_450);
  assert.deepEqual([world.session.state.beside, world.session.state.phase], [false, 'active']);
});

test('a relay that has no such session any more ends the word that the device is there, and what was drawn is said as ever', async () => {
  const table = await beside();
  const { world } = table;
  await bring(table, await table.send(2));
  assert.equal(world.session.state.beside, true);
  world.sayAlive = async () => 'gone';
  await table.pass(350);
  assert.equal(world.session.state.beside, false);
  assert.equal(world.device.heard.filter(({ message }) => message['t'] === 'ack').at(-1)?.message['pic'], 3);
});

/** What the page asks of a relay that answers so. @param {Response | Error} answer */
async function requested(answer) {
  /** @type {{ url: string, options: RequestInit }[]} */
  const asked = [];
  const real = globalThis.fetch;
  globalThis.fetch = async (url, options) => {
    asked.push({ url: String(url), options: options ?? {} });
    if (answer instanceof Error) throw answer;
    return answer;
  };
  try {
    const frames = await askPictures('wss://relay.example/v1/console', { key: 'k'.repeat(43), seq: 7 }, new AbortController().signal);
    return { frames: frames.map((frame) => Array.from(frame)), asked: asked[0] };
  } finally {
    globalThis.fetch = real;
  }
}

test('the request goes to the socket\'s own node, and no browser asks leave for it first', async () => {
  const { asked } = await requested(new Response(null, { status: 204 }));
  assert.equal(asked?.url, 'https://relay.example/v1/pictures');
  const { body, signal, ...rest } = asked?.options ?? {};
  assert.deepEqual(JSON.parse(String(body)), { key: 'k'.repeat(43), seq: 7 });
  assert.ok(signal);
  assert.deepEqual(rest, {
    method: 'POST', headers: { 'Content-Type': 'text/plain' }, credentials: 'omit', cache: 'no-store', redirect: 'error', referrerPolicy: 'no-referrer',
    priority: 'high',
  });
});

for (const [status, body, frames] of /** @type {[number, number[] | null, number[][]][]} */ ([
  [200, [0, 0, 0, 2, 8, 9, 0, 0, 0, 1, 7], [[8, 9], [7]]], [200, [], []], [200, [0, 0, 0], []], [200, [0, 0, 0, 1, 7, 0, 0, 0, 2, 8], [[7]]],
  [200, [255, 255, 255, 255, 1], []], [200, Array(33 * 4).fill(0), Array(32).fill([])], [204, null, []], [403, [0, 0, 0, 1, 7], []], [429, [], []], [503, [], []],
])) {
  test(`an answer ${status} of ${body?.join(' ').slice(0, 40) ?? 'nothing'} brings ${frames.length}`, async () => {
    assert.deepEqual((await requested(new Response(body && Uint8Array.from(body), { status }))).frames, frames);
  });
}

test('more than a relay keeps is not even read (INV-F2)', async () => {
  let given = 0;
  const endless = new ReadableStream({
    pull: (into) => {
      given += 1;
      into.enqueue(new Uint8Array(65_536));
    },
  });
  assert.deepEqual((await requested(new Response(endless))).frames, []);
  assert.ok(given < 20, String(given));
});

test('without a connection the request fails and nothing else does', async () => {
  await assert.rejects(requested(new TypeError('no connection')));
});
