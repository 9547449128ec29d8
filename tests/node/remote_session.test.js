/** @file A whole session from the console's side: what it sends, what it shows, what it remembers. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '../../technician_web/io/api.js';
import { CODE, MemoryOfCodes, WISH, World } from './fake_world.js';

/** @param {string} slug @param {number} [status] */
const refusal = (slug, status = 404) => new ApiError({ slug, title: 'No', status, retryAfter: null });

test('a code becomes a session: names, grants and the badge\'s own signature', async () => {
  const world = await World.make();
  await world.session.connect(`4817-0365 229${CODE.slice(-1)}`, WISH);
  await world.device.pair();
  await world.reaches(({ phase }) => phase === 'consent');
  assert.ok(await world.device.authIsSignedBy(world.badge.publicKey));
  const { message } = await world.device.hears('auth');
  assert.deepEqual([message['asks'], message['request'], message['cred']], [['keys', 'view'], 'HM-1', world.badge.jws]);
  await world.device.consent(['keys', 'view'], 1_800);
  const state = await world.reaches(({ phase }) => phase === 'active');
  assert.deepEqual([state.deviceName, state.deviceFw, state.fails, state.enrolment.state], ['Vista 55 Q7', '3.14', 2, 'none']);
  assert.deepEqual([state.grants, state.picture], [['keys', 'view'], 'waiting']);
  assert.equal(state.until, world.time.now() + 1_800_000);
  assert.deepEqual(world.said, ['pake_a', 'pake_confirm']);
  assert.deepEqual((await world.device.hears('decode')).message['codecs'], ['h264']);
});

test('the steps are shown in their order, each with its time', async () => {
  const world = await World.active();
  const steps = world.states.map(({ phase, step }) => `${phase} ${step}`.trim());
  assert.deepEqual([...new Set(steps)], ['pairing redeeming', 'pairing sealing', 'pairing badge', 'consent deciding', 'active']);
  const { accepted, sealed, badge, active, ended } = world.session.state.times;
  assert.ok([accepted, sealed, badge, active].every((time) => time === world.time.now()));
  assert.equal(ended, 0);
});

test('nothing of the device is shown before its signature is checked', async () => {
  const world = await World.make();
  await world.session.connect(CODE, WISH);
  await world.device.hears('auth');
  assert.ok(world.states.every(({ deviceName, deviceFw, fails }) => deviceName === '' && deviceFw === '' && fails === 0));
});

test('a slip of the finger never leaves the browser (INV-A4)', async () => {
  const world = await World.make();
  for (const typed of ['4817 0365 2290', '48170365229', 'four eight one', '']) {
    await world.session.connect(typed, WISH);
    assert.equal(world.session.state.problem?.slug, 'code-mistyped');
    assert.equal(world.session.state.phase, 'idle');
  }
  assert.deepEqual([world.redemptions, world.channel], [0, 'none']);
});

test('a code used here before is refused before it is redeemed (INV-A1)', async () => {
  const store = new MemoryOfCodes();
  await store.take(CODE);
  const world = await World.make({ store });
  await world.session.connect(CODE, WISH);
  assert.deepEqual([world.session.state.problem?.slug, world.redemptions], ['code-used-here', 0]);
});

// proves: P8
// by: the console runs a code twice
test('of two tabs with one code only one runs it (INV-A1)', async () => {
  const store = new MemoryOfCodes();
  const [one, other] = [await World.make({ store }), await World.make({ store })];
  await Promise.all([one.session.connect(CODE, WISH), other.session.connect(CODE, WISH)]);
  const refused = [one, other].filter(({ session }) => session.state.phase === 'ended');
  assert.equal(refused.length, 1);
  assert.deepEqual([refused[0]?.session.state.reason, refused[0]?.session.state.problem?.slug], ['pairing_failed', 'code-used-here']);
  assert.deepEqual(refused[0]?.said, []);
});

test('a code that the service refuses is not used up, and may be typed again', async () => {
  const world = await World.make();
  const redeem = world.redeem;
  world.redeem = () => Promise.reject(refusal('code-not-open'));
  await world.session.connect(CODE, WISH);
  assert.deepEqual([world.session.state.phase, world.session.state.problem], ['idle', { slug: 'code-not-open', title: 'No', status: 404, retryAfter: null }]);
  world.redeem = redeem;
  await world.session.connect(CODE, WISH);
  assert.deepEqual([world.session.state.problem, world.session.state.phase], [null, 'pairing']);
});

test('a browser that cannot remember codes runs none', async () => {
  const broken = { has: () => Promise.reject(new Error('no disk')), take: () => Promise.reject(new Error('no disk')) };
  const world = await World.make({ store: broken });
  await world.session.connect(CODE, WISH);
  assert.deepEqual([world.session.state.problem?.slug, world.redemptions], ['code-memory-away', 0]);
});

test('a code is remembered before the first message of the key agreement leaves', async () => {
  const store = new MemoryOfCodes();
  const world = await World.make({ store });
  /** @type {boolean[]} */
  const remembered = [];
  world.device.onText = async () => { remembered.push(await store.has(CODE)); };
  await world.session.connect(CODE, WISH);
  await world.pakeSent();
  assert.deepEqual(remembered, [true]);
});

test('a second connect while one runs changes nothing', async () => {
  const world = await World.make();
  await Promise.all([world.session.connect(CODE, WISH), world.session.connect(CODE, { request: '', asks: [] })]);
  assert.deepEqual([world.redemptions, world.session.state.asks], [1, ['keys', 'view']]);
});

test('a key press is answered by the record that names its frame', async () => {
  const world = await World.active();
  await world.device.ping();
  await world.device.hears('pong');
  const first = world.session.press('down');
  const { message, frame } = await world.device.hears('key');
  assert.deepEqual(message, { t: 'key', key: 'down', hb: 1 });
  world.device.heard.length = 0;
  const second = world.session.press('ok');
  const other = await world.device.hears('key');
  await world.device.act(frame, { outcome: 'done' });
  await world.device.act(other.frame, { outcome: 'refused', path: 'picture/brightness' });
  assert.deepEqual(await Promise.all([first, second]), [{ outcome: 'done', path: '', cause: '' }, { outcome: 'refused', path: 'picture/brightness', cause: '' }]);
  assert.deepEqual([world.session.state.keysPressed, world.session.state.changes], [1, []]);
});

test('whose Power key it was is known from the record of that key', async () => {
  const world = await World.active();
  for (const [key, outcome, off] of /** @type {const} */ ([['down', 'done', false], ['power', 'refused', false], ['power', 'done', true]])) {
    const pressed = world.session.press(key);
    world.device.heard.length = 0;
    await world.device.act((await world.device.hears('key')).frame, { outcome });
    await pressed;
    assert.equal(world.session.state.switchedOff, off, `${key} ${outcome}`);
  }
  await world.device.end('device_powered_off');
  await world.ended();
  assert.equal(world.session.state.switchedOff, true);
});

test('a setting that the device changed is listed', async () => {
  const world = await World.active();
  const pressed = world.session.press('right');
  await world.device.act((await world.device.hears('key')).frame, { path: 'picture/brightness' });
  await pressed;
  assert.deepEqual(world.session.state.changes, [{ path: 'picture/brightness', at: world.time.now() }]);
});

test('a command without its record for 5 s has failed, and ends the session: nothing goes on unrecorded (INV-D1)', async () => {
  const world = await World.active();
  const pressed = world.session.press('up');
  await world.device.hears('key');
  await world.keepAlive(4);
  assert.equal(world.session.state.phase, 'active');
  world.device.heard.length = 0;
  await world.device.ping();
  await world.device.hears('pong');
  world.time.pass(1_000);
  assert.deepEqual(await pressed, { outcome: 'failed', path: '', cause: '' });
  assert.equal((await world.ended()).reason, 'audit_unavailable');
  await world.device.hears('close'); // the device is told at once
});

// proves: P7
test('only granted keys of the closed set leave the console (INV-B9)', async () => {
  const world = await World.active(['view']);
  assert.deepEqual(await world.session.press('up'), { outcome: 'refused', path: '', cause: '' });
  const granted = await World.active();
  for (const key of ['help', 'stop', 'hide', '', 'UP']) assert.deepEqual(await granted.session.press(key), { outcome: 'refused', path: '', cause: '' });
  assert.ok([...world.device.heard, ...granted.device.heard].every(({ message }) => message['t'] !== 'key'));
});

test('no more than 32 commands wait for their records', async () => {
  const world = await World.active();
  const pressed = Array.from({ length: 33 }, () => world.session.press('up'));
  assert.deepEqual(await pressed[32], { outcome: 'failed', path: '', cause: '' });
  world.session.end();
  assert.ok((await Promise.all(pressed)).every(({ outcome }) => outcome === 'failed'));
});

test('every ping is answered with its number, and each command names the newest', async () => {
  const world = await World.active();
  for (let n = 1; n <= 5; n += 1) void world.device.ping(n);
  await world.device.hearsAll('pong', 5);
  const pongs = world.device.heard.filter(({ message }) => message['t'] === 'pong').map(({ message }) => message['n']);
  assert.deepEqual(pongs, [1, 2, 3, 4, 5]);
  void world.session.press('up');
  assert.equal((await world.device.hears('key')).message['hb'], 5);
});

test('each consent names all grants now in force (INV-A6)', async () => {
  const world = await World.active();
  await world.device.picture();
  await world.reaches(({ picture }) => picture === 'live');
  await world.device.consent(['keys']);
  const state = await world.reaches(({ phase, grants }) => phase === 'active' && grants.length === 1);
  assert.deepEqual([state.grants, state.picture, world.painter.cleared], [['keys'], 'none', 1]);
  await world.device.consent([]);
  assert.equal((await world.reaches(({ phase, grants }) => phase === 'active' && grants.length === 0)).until, 0);
});

test('the technician is warned two minutes before the time is over, and after nine idle minutes', async () => {
  const world = await World.active();
  await world.keepAlive(540);
  assert.equal(world.session.state.warning, 'idle');
  void world.session.press('up');
  await world.device.act((await world.device.hears('key')).frame);
  assert.equal(world.session.state.warning, '');
  await world.device.consent(['keys'], 160);
  await world.reaches(({ grants }) => grants.length === 1);
  await world.keepAlive(39);
  assert.equal(world.session.state.warning, '');
  await world.keepAlive(1);
  assert.equal(world.session.state.warning, 'last', 'two hours in all are over before half an hour is');
});

test('a customer who goes on takes the warning away and gives half an hour more (INV-B5)', async () => {
  const world = await World.active();
  for (let minutes = 0; minutes < 27; minutes += 9) {
    await world.keepAlive(540);
    world.device.heard.length = 0;
    void world.session.press('up');
    await world.device.act((await world.device.hears('key')).frame);
  }
  assert.equal(world.session.state.warning, '');
  await world.keepAlive(60);
  assert.equal(world.session.state.warning, 'time');
  const { grants, until } = world.session.state;
  await world.device.consent([...grants]);
  const renewed = world.time.now() + 1_800_000;
  const state = await world.reaches((now) => now.until > until);
  assert.deepEqual([state.phase, state.warning, state.grants, state.until], ['active', '', grants, renewed]);
});
