/** @file Pointer, text, settings, pointing and asking for more, from the console's side. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pace } from '../../technician_web/core/pace.js';
import { World } from './fake_world.js';

const ALL = ['keys', 'settings', 'view'];
const CLICK = [{ b: 0, d: false, x: 5, y: 6 }, { b: 1, d: true, x: 5, y: 6 }, { b: 1, d: false, x: 5, y: 6 }];
const ITEM = /** @type {const} */ ({ kind: 'switch', path: 'sound.surround', value: 'off' });
const REFUSED = { outcome: 'refused', path: '', cause: '' };

/** @param {string[]} [grants] */
const active = (grants = ALL) => World.active(grants, {});

/** Grants that the console asked for at first are what a device may give. @param {string[]} grants */
async function withGrants(grants) {
  const world = await World.make({ hello: { caps: ['pointer', 'text', 'settings'] } });
  await world.session.connect((await import('./fake_world.js')).CODE, { request: '', asks: ['keys', 'settings', 'sound', 'view'] });
  await world.device.pair();
  await world.reaches(({ phase }) => phase === 'consent');
  await world.device.consent(grants);
  await world.reaches(({ phase }) => phase === 'active');
  return world;
}

/** @type {[string, string, (world: World) => Promise<unknown>, object][]} */
const KINDS = [
  ['pointer', 'keys', ({ session }) => session.commands.pointer(CLICK), { steps: CLICK }],
  ['text', 'keys', ({ session }) => session.commands.type('Đỗ'), { text: 'Đỗ' }],
  ['setting', 'settings', ({ session }) => session.commands.set('sound.surround', 'on'), { path: 'sound.surround', value: 'on' }],
  ['point', 'view', ({ session }) => session.commands.point(1, 65_535), { x: 1, y: 65_535 }],
];

for (const [t, grant, send, fields] of KINDS) {
  test(`a ${t} is one sealed command, answered by the record that names its frame`, async () => {
    const world = await withGrants(ALL);
    await world.device.ping();
    await world.device.hears('pong');
    const answer = send(world);
    const { message, frame } = await world.device.hears(t);
    assert.deepEqual(message, { t, ...fields, hb: 1 });
    await world.device.act(frame, { kind: t, outcome: 'refused', cause: 'customer' });
    assert.deepEqual(await answer, { outcome: 'refused', path: '', cause: 'customer' });
  });

  test(`without ${grant} no ${t} leaves the console`, async () => {
    const world = await withGrants(ALL.filter((held) => held !== grant));
    assert.deepEqual(await send(world), REFUSED);
    assert.ok(world.device.heard.every(({ message }) => message['t'] !== t));
  });
}

test('what the device would have to refuse as no message of ours does not leave the console', async () => {
  const { session, device } = await withGrants(ALL);
  const { commands } = session;
  const bad = [
    commands.pointer([]), commands.pointer(Array.from({ length: 17 }, () => ({ b: 0, d: false, x: 0, y: 0 }))),
    commands.pointer([{ b: 0, d: false, x: 65_536, y: 0 }]), commands.pointer([{ b: 0, d: false, x: 0.5, y: 0 }]),
    commands.type(''), commands.type('a\nb'), commands.type('x'.repeat(257)), commands.set('', 'on'), commands.set('a', ''),
    commands.point(-1, 0), commands.press('stop'),
  ];
  for (const answer of bad) assert.deepEqual(await answer, REFUSED);
  assert.ok(device.heard.every(({ message }) => ['auth', 'decode', 'pong'].includes(String(message['t']))));
  assert.equal(session.state.phase, 'active');
});

test('text is sent as the composed characters that people see', async () => {
  const world = await withGrants(ALL);
  void world.session.commands.type('Dê\u0301');
  assert.equal((await world.device.hears('text')).message['text'], 'Dế');
});

test('a stale picture lets no command out', async () => {
  const world = await withGrants(ALL);
  await world.device.ping();
  await world.device.hears('pong');
  world.time.pass(3_000);
  for (const [, , send] of KINDS) assert.deepEqual(await send(world), { outcome: 'late', path: '', cause: '' });
});

test('commands never leave faster than the relay allows, however fast they are given', async () => {
  const pace = new Pace();
  let sent = 0;
  for (let ms = 0; ms < 10_000; ms += 1) if (pace.take(ms)) sent += 1;
  assert.ok(sent <= 30 + 25 * 10, String(sent));
  assert.ok(sent >= 25 * 10, String(sent));
});

test('settings are listed once they are whole, change one by one, and go with their grant', async () => {
  const world = await withGrants(ALL);
  assert.equal(world.session.state.settings, null);
  await world.device.say({ t: 'settings', part: 1, parts: 2, items: [ITEM] });
  await world.device.say({ t: 'settings', part: 2, parts: 2, items: [{ ...ITEM, path: 'b' }] });
  const { settings } = await world.reaches((state) => state.settings !== null);
  assert.deepEqual(settings, [ITEM, { ...ITEM, path: 'b' }]);
  await world.device.say({ t: 'settings', part: 0, parts: 0, items: [{ ...ITEM, value: 'on' }] });
  await world.reaches((state) => state.settings?.[0]?.value === 'on');
  await world.device.consent(['keys', 'view']);
  await world.reaches((state) => state.phase === 'active' && !state.grants.includes('settings') && state.settings === null);
});

for (const [what, told] of /** @type {[string, object[]][]} */ ([
  ['a second piece first', [{ part: 2, parts: 2, items: [] }]],
  ['a piece of another list', [{ part: 1, parts: 3, items: [] }, { part: 2, parts: 2, items: [] }]],
  ['a change of what was never listed', [{ part: 1, parts: 1, items: [] }, { part: 0, parts: 0, items: [ITEM] }]],
  ['a change before the list', [{ part: 0, parts: 0, items: [ITEM] }]],
])) {
  test(`${what} ends the session`, async () => {
    const world = await withGrants(ALL);
    for (const message of told) await world.device.say({ t: 'settings', ...message });
    assert.equal((await world.ended()).reason, 'integrity_failed');
  });
}

test('an open text field is known, and not known any more without keys', async () => {
  const world = await withGrants(ALL);
  await world.device.say({ t: 'field', longest: 24 });
  await world.reaches(({ field }) => field === 24);
  await world.device.consent(['view']);
  await world.reaches(({ field, grants }) => field === null && grants.length === 1);
});

test('what the device can do is known once it has proven its key', async () => {
  const world = await withGrants(ALL);
  assert.deepEqual(world.session.state.caps, ['pointer', 'text', 'settings']);
  assert.ok(world.states.filter(({ phase }) => phase === 'pairing').every(({ caps }) => caps.length === 0));
});

test('how long a command took is known from its record', async () => {
  const world = await active(['keys', 'view']);
  const pressed = world.session.press('up');
  const { frame } = await world.device.hears('key');
  world.time.pass(84);
  await world.device.act(frame);
  await pressed;
  assert.equal(world.session.state.actedMs, 84);
});

test('a question for more is answered by the second record of its frame, whenever it comes', async () => {
  const world = await active(['view']);
  const { until } = world.session.state;
  const asked = world.session.ask(['keys', 'view']);
  const { message, frame } = await world.device.hears('ask');
  assert.deepEqual(message, { t: 'ask', asks: ['keys'], hb: 0 });
  assert.deepEqual(world.session.state.asking, ['keys']);
  await world.device.act(frame, { kind: 'ask', outcome: 'started' });
  await world.keepAlive(30);
  assert.deepEqual([world.session.state.phase, world.session.state.asking], ['active', ['keys']]);
  await world.device.consent(['keys', 'view'], 1_770);
  await world.device.act(frame, { kind: 'ask', outcome: 'done' });
  assert.deepEqual(await asked, { outcome: 'done', path: '', cause: '' });
  const { grants, asking, until: then } = world.session.state;
  assert.deepEqual([grants, asking, then], [['keys', 'view'], [], until]);
});

test('a yes to more does not make the end the last one', async () => {
  const world = await active(['view']);
  const asked = world.session.ask(['keys']);
  const { frame } = await world.device.hears('ask');
  await world.device.act(frame, { kind: 'ask', outcome: 'started' });
  await world.keepAlive(20);
  await world.device.consent(['keys', 'view'], 1_780);
  await world.device.act(frame, { kind: 'ask' });
  await asked;
  for (let minute = 0; minute < 28; minute += 1) {
    await world.keepAlive(58);
    world.device.heard.length = 0;
    void world.session.press('up');
    await world.device.act((await world.device.hears('key')).frame);
  }
  await world.keepAlive(50);
  assert.equal(world.session.state.warning, 'time');
});

test('one question at a time, and for nothing that is given', async () => {
  const world = await active(['view']);
  const first = world.session.ask(['keys']);
  assert.deepEqual(await world.session.ask(['settings']), { outcome: 'refused', path: '', cause: 'asking' });
  const { frame } = await world.device.hears('ask');
  await world.device.act(frame, { kind: 'ask', outcome: 'refused', cause: 'too_soon' });
  assert.deepEqual(await first, { outcome: 'refused', path: '', cause: 'too_soon' });
  assert.deepEqual(await world.session.ask(['view']), REFUSED);
  assert.equal(world.device.heard.filter(({ message }) => message['t'] === 'ask').length, 1);
});

test('a device that gives what nobody asked for ends the session (INV-A6)', async () => {
  const world = await active(['view']);
  await world.device.consent(['settings', 'view']);
  assert.equal((await world.ended()).reason, 'integrity_failed');
});

test('a session that ends leaves no question open', async () => {
  const world = await active(['view']);
  const asked = world.session.ask(['keys']);
  await world.device.act((await world.device.hears('ask')).frame, { kind: 'ask', outcome: 'started' });
  await world.device.end('customer_stopped');
  assert.deepEqual((await world.ended()).asking, []);
  assert.equal((await asked).outcome, 'failed');
});
