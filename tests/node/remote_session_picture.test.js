/** @file The picture in a session: drawn when allowed, gone when hidden, and as old as it says. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { World } from './fake_world.js';

/** @param {World} world @param {number} pic */
const drawn = (world, pic) => world.reaches(() => world.painter.drawn.includes(pic));

test('each drawn picture is acknowledged', async () => {
  const world = await World.active();
  await world.device.picture();
  assert.equal((await world.device.hears('ack')).message['pic'], 1);
  assert.deepEqual([world.painter.drawn, world.session.state.picture, world.session.state.codec, world.session.state.fps], [[1], 'live', 'h264', 1]);
});

test('pictures before the customer said yes, or without view, are never drawn (INV-A6)', async () => {
  const world = await World.paired();
  await world.device.picture();
  await world.device.consent(['keys']);
  await world.reaches(({ phase }) => phase === 'active');
  await world.device.picture();
  await world.device.ping();
  await world.device.hears('pong');
  assert.deepEqual([world.painter.drawn, world.session.state.picture], [[], 'none']);
  assert.ok(world.device.heard.every(({ message }) => !['ack', 'decode', 'keyframe'].includes(String(message['t']))));
});

test('what the customer hides is gone at once, also pictures that arrive late (INV-B1)', async () => {
  const world = await World.active();
  await world.device.picture();
  await drawn(world, 1);
  const before = world.device.now();
  world.time.pass(100);
  await world.device.current({ picture: 'hidden' });
  await world.reaches(({ picture }) => picture === 'hidden');
  assert.equal(world.painter.cleared, 1);
  await world.device.picture({ at: before + 50 });
  world.time.pass(100);
  await world.device.current({ picture: 'live' });
  await world.device.picture({ key: true });
  await drawn(world, 3);
  assert.deepEqual([world.painter.drawn, world.session.state.picture], [[1, 3], 'live']);
});

test('a TV that is off shows no old picture', async () => {
  const world = await World.active();
  await world.device.picture();
  await drawn(world, 1);
  await world.device.current({ picture: 'off' });
  assert.equal((await world.reaches(({ picture }) => picture === 'off')).picture, 'off');
  assert.equal(world.painter.cleared, 1);
});

test('after a gap only a key frame is drawn, and it is asked for', async () => {
  const world = await World.active();
  await world.device.picture();
  await drawn(world, 1);
  await world.device.picture({ pic: 3 });
  await world.device.hears('keyframe');
  await world.device.picture();
  await world.device.picture({ key: true });
  await drawn(world, 5);
  assert.deepEqual(world.painter.drawn, [1, 5]);
  assert.equal(world.device.heard.filter(({ message }) => message['t'] === 'keyframe').length, 1);
});

test('a key frame that does not come is asked for again', async () => {
  const world = await World.active();
  await world.device.picture();
  await world.device.picture({ pic: 3 });
  await world.device.hears('keyframe');
  world.time.pass(500);
  await world.device.picture();
  await world.device.hearsAll('keyframe', 2);
});

test('a picture number that does not rise ends the session (INV-C1)', async () => {
  const world = await World.active();
  await world.device.picture({ pic: 2 });
  await world.device.picture({ pic: 2 });
  assert.equal((await world.ended()).reason, 'integrity_failed');
});

test('the age of the picture is told on the browser\'s clock, never younger than it is', async () => {
  const world = await World.active();
  world.device.clockAhead = 3_600_000;
  await world.device.ping();
  await world.device.hears('pong');
  await world.device.picture();
  const arrived = await drawn(world, 1);
  assert.equal(arrived.currentAt, world.time.now());
  world.time.pass(2_000);
  await world.device.current({ rtt: 40 });
  const { currentAt, rtt } = await world.reaches((state) => state.rtt === 40);
  assert.deepEqual([currentAt, rtt], [world.time.now() - 20, 40]);
});

test('a screen that does not change stays current, a picture not yet drawn does not make it so', async () => {
  const world = await World.active();
  await world.device.ping();
  await world.device.picture();
  await drawn(world, 1);
  const before = world.time.now();
  world.time.pass(1_000);
  await world.device.current({ pic: 2, rtt: 0 });
  assert.equal((await world.reaches(({ rtt }) => rtt === 0)).currentAt, before);
});

test('a picture still in the decoder when the session ends is not drawn (INV-B1)', async () => {
  /** @type {(() => void)[]} */
  const decoding = [];
  const world = await World.active(['view'], {
    makeSink: (/** @type {import('../../technician_web/core/types.js').Painter} */ painter) => ({
      feed: (/** @type {any} */ head) => decoding.push(() => painter.draw(/** @type {any} */ ({}), head)), expect: () => undefined, pass: () => undefined, lost: () => undefined, close: () => undefined,
    }),
  });
  await world.device.picture();
  await world.device.ping();
  await world.device.hears('pong');
  world.session.end();
  for (const draw of decoding) draw();
  assert.deepEqual([decoding.length, world.painter.drawn], [1, []]);
});

test('a browser that can draw nothing asks for no picture', async () => {
  const world = await World.active(['keys', 'view'], { codecs: [] });
  await world.device.ping();
  await world.device.hears('pong');
  assert.ok(world.device.heard.every(({ message }) => message['t'] !== 'decode'));
});

test('a codec that this browser cannot follow is given up, the last one never', async () => {
  /** @type {import('../../technician_web/core/types.js').PictureEvents[]} */
  const sinks = [];
  const world = await World.active(['view'], {
    codecs: ['h264', 'av1'],
    makeSink: (/** @type {unknown} */ _painter, /** @type {import('../../technician_web/core/types.js').PictureEvents} */ events) => {
      sinks.push(events);
      return { feed: () => undefined, expect: () => undefined, pass: () => undefined, lost: () => undefined, close: () => undefined };
    },
  });
  await world.device.picture();
  await world.device.ping();
  await world.device.hears('pong');
  for (const codec of /** @type {const} */ (['jpeg', 'h264', 'h264', 'av1'])) sinks[0]?.cannotFollow(codec);
  await world.device.ping();
  await world.device.hearsAll('pong', 2);
  const asked = world.device.heard.filter(({ message }) => message['t'] === 'decode').map(({ message }) => message['codecs']);
  assert.deepEqual(asked, [['h264', 'av1'], ['av1']]);
});

for (const picture of /** @type {const} */ (['protected', 'no_signal'])) {
  test(`${picture}: the picture goes and comes back only with a newer one`, async () => {
    const world = await World.active();
    await world.device.picture();
    await drawn(world, 1);
    const before = world.device.now();
    world.time.pass(100);
    await world.device.current({ picture });
    await world.reaches((state) => state.picture === picture);
    assert.equal(world.painter.cleared, 1);
    await world.device.picture({ at: before + 50 });
    world.time.pass(100);
    world.states.length = 0;
    await world.device.current({ picture: 'live' });
    await world.reaches((state) => state.picture === 'waiting');
    await world.device.picture({ key: true });
    await drawn(world, 3);
    assert.deepEqual([world.painter.drawn, world.session.state.picture], [[1, 3], 'live']);
  });
}

for (const picture of /** @type {const} */ (['capture_stalled', 'encoder_stalled'])) {
  // proves: G9
  // by: the past is shown as live while the TV cannot read its screen
  test(`${picture}: the picture that is there is the past, until it is confirmed again`, async () => {
    const world = await World.active();
    await world.device.ping();
    await world.device.picture();
    await drawn(world, 1);
    const before = world.session.state.currentAt;
    world.time.pass(600);
    await world.device.current({ picture, rtt: 0 });
    const stalled = await world.reaches((state) => state.picture === picture);
    assert.deepEqual([stalled.currentAt, stalled.stalledAt], [before, world.time.now()]);
    assert.equal(world.painter.cleared, 0);
    world.time.pass(600);
    world.states.length = 0;
    await world.device.current({ picture: 'live' });
    assert.ok((await world.reaches((state) => state.picture === 'live')).currentAt > before);
  });
}

test('a first picture is waited for from the yes on, and anew at each word that there is none yet', async () => {
  const world = await World.active();
  await world.device.ping();
  assert.deepEqual([world.session.state.picture, world.session.state.waitingAt], ['waiting', world.time.now()]);
  const yes = world.time.now();
  world.time.pass(600);
  await world.device.ping();
  assert.equal(world.session.state.waitingAt, yes);
  await world.device.current({ pic: 0, picture: 'none' });
  await world.reaches((state) => state.waitingAt === world.time.now());
  const told = world.time.now();
  world.time.pass(600);
  await world.device.current({ pic: 1, picture: 'live' }); // it is on its way: what holds it up now is the line
  await world.device.ping();
  assert.equal(world.session.state.waitingAt, told);
  await world.device.picture();
  await drawn(world, 1);
  assert.equal(world.session.state.waitingAt, 0);
});

test('before the first picture even a stall has its name, and no picture follows from its end', async () => {
  const world = await World.active();
  await world.device.current({ pic: 0, picture: 'encoder_stalled' });
  await world.reaches((state) => state.picture === 'encoder_stalled');
  world.states.length = 0;
  await world.device.current({ pic: 0, picture: 'live' });
  await world.reaches((state) => state.picture === 'waiting');
});

test('masked regions are told with the picture, and with nothing else', async () => {
  const world = await World.active();
  await world.device.picture();
  await drawn(world, 1);
  await world.device.current({ masked: 2 });
  await world.reaches((state) => state.masked === 2);
  await world.device.current({ picture: 'protected', masked: 2 });
  assert.equal((await world.reaches((state) => state.picture === 'protected')).masked, 0);
});

test('a picture that came and is not drawn is known within half a second, though nothing else comes', async () => {
  /** @type {(() => void)[]} */
  const decoding = [];
  const world = await World.active(['view'], {
    makeSink: (/** @type {unknown} */ _painter, /** @type {import('../../technician_web/core/types.js').PictureEvents} */ events) => ({
      feed: (/** @type {any} */ head) => decoding.push(() => events.drawn(head.pic, head.at, 'h264')), expect: () => undefined, pass: () => undefined, lost: () => undefined, close: () => undefined,
    }),
  });
  await world.device.picture();
  await world.device.ping();
  await world.device.hears('pong');
  const came = world.time.now();
  world.time.pass(400);
  assert.equal(world.session.state.behindAt, came);
  decoding[0]?.();
  assert.equal(world.session.state.behindAt, 0);
});

test('what came in the last second and how long the newest took are told', async () => {
  const world = await World.active();
  await world.device.ping();
  await world.device.picture({ at: world.device.now() - 80 });
  const { bitRate, glass } = await drawn(world, 1);
  assert.ok(bitRate > 0);
  assert.equal(glass, 80);
  world.time.pass(2_001);
  world.states.length = 0;
  await world.device.current();
  await world.reaches((state) => state.glass === null);
  assert.equal(world.session.state.bitRate, 0);
});

test('the decoder is made while the customer is being asked, and draws nothing before the yes', async () => {
  /** @type {string[]} */
  const said = [];
  const makeSink = () => ({
    expect: (/** @type {string} */ codec) => said.push(`expects ${codec}`), feed: () => said.push('fed'), pass: () => undefined, lost: () => undefined, close: () => said.push('closed'),
  });
  const world = await World.paired({ codecs: ['h264', 'av1'], makeSink });
  await world.device.ping();
  await world.device.hears('pong');
  assert.deepEqual(said, ['expects h264']);
  world.session.end();
  assert.deepEqual(said, ['expects h264', 'closed']);
});

test('a browser that can draw nothing expects no picture', async () => {
  const world = await World.paired({ codecs: [], makeSink: () => assert.fail('nothing is expected') });
  await world.device.ping();
  await world.device.hears('pong');
  assert.equal(world.session.state.phase, 'consent');
});

test('the picture is asked for before the page hears of the yes, and builds what takes longer', async () => {
  const world = await World.paired();
  const before = world.frames;
  /** @type {number[]} */
  const left = [];
  world.session.addEventListener('change', () => { if (world.session.state.phase === 'active') left.push(world.frames - before); });
  await world.device.consent(['view']);
  await world.reaches(({ phase }) => phase === 'active');
  assert.equal(left[0], 1);
  assert.equal((await world.device.hears('decode')).message['t'], 'decode');
});

test('a browser that never says what it decodes keeps nobody from the keys', async () => {
  const world = await World.paired({ decodes: new Promise(() => undefined) });
  await world.device.consent(['keys', 'view']);
  await world.reaches(({ phase }) => phase === 'active');
  void world.session.press('up');
  await world.device.hears('key');
});

test('who leaves while the picture is being asked for has left', async (t) => {
  const world = await World.paired();
  await world.device.consent(['view']);
  const { encrypt } = crypto.subtle;
  /** @type {Promise<unknown> | null} */
  let sealed = null;
  const once = t.mock.method(crypto.subtle, 'encrypt', (/** @type {Parameters<typeof encrypt>} */ ...given) => {
    once.mock.restore();
    world.session.end();
    sealed = encrypt.apply(crypto.subtle, given);
    return sealed;
  });
  assert.equal((await world.ended()).reason, 'technician_left');
  assert.ok(sealed);
  await sealed; // however long a busy machine takes for it
  await world.settled();
  assert.deepEqual([world.session.state.phase, world.states.some(({ phase }) => phase === 'active'), world.time.pending], ['ended', false, 1]);
});

test('a picture that an older word took away, which came later by the other carrier, is asked for once more', async () => {
  const world = await World.active();
  await world.device.picture({ at: world.device.now() });
  await drawn(world, 1);
  await world.device.current({ pic: 0, at: world.device.now() - 1, picture: 'hidden' });
  await world.reaches((state) => state.picture === 'hidden');
  const asked = () => world.device.heard.filter(({ message }) => message['t'] === 'keyframe').length;
  assert.equal(asked(), 0);
  await world.device.current({ pic: 1 });
  await world.device.hears('keyframe');
  assert.equal(asked(), 1);
  await world.device.current({ picture: 'hidden' });
  await world.device.current({ pic: 2 });
  await world.device.ping();
  await world.device.hears('pong');
  assert.equal(asked(), 1, 'one that is on its way comes by itself');
});
