/** @file Every way a session ends: once, with the truest reason known, and with nothing left behind (INV-B6). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { b64 } from '../../technician_web/core/bytes.js';
import { SessionKeys } from '../../technician_web/core/keys.js';
import { seeded, signingKey } from './device_role.js';
import { endsWith } from './ends_with.js';
import { CODE, ORIGIN, WISH, World } from './fake_world.js';

test('a wrong secret fails the pairing: an abort, no confirmation, nothing shown', async () => {
  const world = await World.make({ secret: '365228' });
  await world.session.connect(CODE, WISH);
  await endsWith(world, 'pairing_failed');
  assert.deepEqual([world.said, world.channel, world.session.state.deviceName], [['pake_a', 'abort'], 'closed', '']);
});

test('another origin than the device trusts fails the pairing (INV-C1)', async () => {
  const world = await World.make({ origin: `${ORIGIN}:444` });
  await world.session.connect(CODE, WISH);
  await endsWith(world, 'pairing_failed');
});

for (const [what, swap] of /** @type {[string, (message: any) => any][]} */ ([
  ['tag', (message) => ({ ...message, tag: b64(new Uint8Array(64)) })],
  ['share', (message) => ({ ...message, y: b64(Uint8Array.from({ length: 32 }, () => 9)) })],
  ['share of low order', (message) => ({ ...message, y: b64(new Uint8Array(32)) })],
])) {
  test(`a swapped ${what} fails the pairing (INV-C1)`, async () => {
    const world = await World.make();
    world.meddle = (message) => (message.t === 'pake_b' ? swap(message) : message);
    await world.session.connect(CODE, WISH);
    await endsWith(world, 'pairing_failed');
    assert.deepEqual(world.said, ['pake_a', 'abort']);
  });
}

test('a hello that may not be accepted fails the pairing without using the code up (INV-C2)', async () => {
  const world = await World.make({ hello: { fw: 'x'.repeat(65) } });
  await world.session.connect(CODE, WISH);
  await endsWith(world, 'pairing_failed');
  assert.deepEqual([world.channel, world.said], ['none', []]);
});

test('a pairing that takes 30 s is over', async () => {
  const world = await World.make();
  world.meddle = () => null;
  await world.session.connect(CODE, WISH);
  await world.pakeSent();
  world.time.pass(29_999);
  assert.equal(world.session.state.phase, 'pairing');
  world.time.pass(1);
  await endsWith(world, 'pairing_failed');
});

test('a frame before the keys are confirmed ends it', async () => {
  const world = await World.make();
  world.meddle = () => null;
  await world.session.connect(CODE, WISH);
  world.relaySends(Uint8Array.of(1, 3, ...new Uint8Array(30)));
  await endsWith(world, 'integrity_failed');
});

test('a message nested too deep is judged before it is parsed, and ends it (SPEC §5)', async () => {
  const world = await World.active();
  const nested = (/** @type {number} */ depth) => `{"t":"hint","x":${'['.repeat(depth - 1)}"[[[[[[[[["${']'.repeat(depth - 1)}}`;
  world.relaySays(nested(8));
  await world.settled();
  assert.equal(world.session.state.phase, 'active');
  world.relaySays(nested(9));
  await endsWith(world, 'integrity_failed');
});

test('a second answer of the key agreement ends it', async () => {
  const world = await World.make();
  await world.session.connect(CODE, WISH);
  await world.device.hears('auth');
  world.relaySays({ t: 'pake_b', y: b64(new Uint8Array(32)), tag: b64(new Uint8Array(64)) });
  await endsWith(world, 'integrity_failed');
});

test('a record signed by another key ends it before anything is shown', async () => {
  const world = await World.make();
  world.device.lie.sign = (await signingKey(await seeded('another device'))).sign;
  await world.session.connect(CODE, WISH);
  await world.device.pair();
  await endsWith(world, 'integrity_failed');
  assert.ok(world.states.every(({ deviceName, phase }) => deviceName === '' && phase !== 'consent'));
});

for (const field of ['badge', 'frame']) {
  test(`a paired record that names another ${field} ends it before anything is shown (INV-C1)`, async () => {
    const world = await World.make();
    world.device.lie.paired = { [field]: b64(await seeded('another')) };
    await world.session.connect(CODE, WISH);
    await world.device.pair();
    await endsWith(world, 'integrity_failed');
    assert.ok(world.states.every(({ deviceName, phase }) => deviceName === '' && phase !== 'consent'));
  });
}

for (const [what, at] of /** @type {[string, number][]} */ ([['header', 11], ['ciphertext', 20], ['tag', -1]])) {
  test(`a flipped bit in the ${what} ends it (INV-C1)`, async () => {
    const world = await World.active();
    world.meddle = (frame) => frame instanceof Uint8Array ? frame.map((byte, place) => (place === (at + frame.length) % frame.length ? byte ^ 1 : byte)) : frame;
    await world.device.ping();
    await endsWith(world, 'integrity_failed');
  });
}

test('a replayed frame ends it (INV-B4)', async () => {
  const world = await World.active();
  world.meddle = (frame) => { world.relaySends(new Uint8Array(frame)); return frame; };
  await world.device.ping();
  await endsWith(world, 'integrity_failed');
});

test('a frame held back ends it at the next one (INV-C1)', async () => {
  const world = await World.active();
  world.meddle = () => null;
  await world.device.ping();
  world.meddle = (frame) => frame;
  await world.device.ping();
  await endsWith(world, 'integrity_failed');
});

test('a record held back ends it at the next one (INV-D1)', async () => {
  const world = await World.active();
  void world.session.press('up');
  const { frame } = await world.device.hears('key');
  world.meddle = (message) => (message.t === 'record' ? null : message);
  await world.device.act(frame);
  await world.device.consent(['view']);
  await endsWith(world, 'integrity_failed');
});

test('a record passed on twice ends it', async () => {
  const world = await World.active();
  world.meddle = (message) => { if (message.t === 'record') world.relaySays(message); return message; };
  await world.device.consent(['view']);
  await endsWith(world, 'integrity_failed');
});

test('a grant that nobody asked for ends it (INV-A6)', async () => {
  const world = await World.paired();
  await world.device.consent(['settings', 'view']);
  await endsWith(world, 'integrity_failed');
});

test('a ping out of its order ends it', async () => {
  const world = await World.active();
  await world.device.ping(1);
  await world.device.ping(3);
  await endsWith(world, 'integrity_failed');
});

test('a sealed message that carries the record of another ends it', async () => {
  const world = await World.paired();
  await world.device.record({ typ: 'consent', grants: ['keys'], for_s: 60 }, { t: 'close', reason: 'idle' });
  await endsWith(world, 'integrity_failed');
});

test('a pairing proven by another record than `paired` shows nothing', async () => {
  const world = await World.make();
  await world.session.connect(CODE, WISH);
  const { frame } = await world.device.hears('auth');
  world.meddle = (message) => (message.t === 'record' ? null : message);
  await world.device.record({ typ: 'end', reason: 'idle', rec_root: '', frame }, { t: 'paired', enrol: '', name: 'Vista 55 Q7' });
  await endsWith(world, 'integrity_failed');
  assert.equal(world.session.state.deviceName, '');
});

test('frames that were already being opened when it ended change nothing', async () => {
  const world = await World.active();
  /** @type {any[]} */
  const held = [];
  world.meddle = (message) => { held.push(message); return null; };
  await world.device.end('customer_stopped');
  await world.device.ping();
  await world.device.current({ rtt: 77 });
  for (const message of held) if (message instanceof Uint8Array) world.relaySends(new Uint8Array(message));
  await endsWith(world, 'customer_stopped');
  assert.equal(world.session.state.rtt, null);
});

test('the keys are wiped at the end (INV-C3)', async (context) => {
  const wiped = context.mock.method(SessionKeys.prototype, 'wipe');
  const world = await World.active();
  assert.equal(wiped.mock.callCount(), 0);
  world.session.end();
  assert.equal(wiped.mock.callCount(), 1);
});

test('a word on the picture before the pairing ends it', async () => {
  const world = await World.make();
  await world.session.connect(CODE, WISH);
  await world.device.hears('auth');
  await world.device.current();
  await endsWith(world, 'integrity_failed');
});

test('a ping before the pairing ends it, and is not answered', async () => {
  const world = await World.make();
  await world.session.connect(CODE, WISH);
  await world.device.hears('auth');
  await world.device.ping();
  await endsWith(world, 'integrity_failed');
  assert.deepEqual(world.device.heard.map(({ message }) => message['t']), ['auth']);
});

test('a relay that floods is not listened to for ever (INV-F3)', async () => {
  const world = await World.active();
  for (let at = 0; at < 513; at += 1) world.relaySays({ t: 'weather' });
  assert.equal(world.session.state.reason, 'integrity_failed');
  await endsWith(world, 'integrity_failed');
});

test('a sealed message of no known type ends it, an unknown one of the relay does not', async () => {
  const world = await World.active();
  world.relaySays({ t: 'weather', fine: true });
  await world.device.ping();
  await world.device.hears('pong');
  await world.device.say({ t: 'weather' });
  await endsWith(world, 'integrity_failed');
});

test('what is no message of the relay ends it', async () => {
  const world = await World.active();
  world.relaySays('{"t":"ended","reason":"because"}');
  await endsWith(world, 'integrity_failed');
});

test('the device says why, in a sealed word, before the relay says something else (INV-B6)', async () => {
  const world = await World.active();
  world.meddle = (message) => (message.t === 'record' ? null : message);
  await world.device.end('customer_reported');
  world.relaySays({ t: 'ended', reason: 'device_lost', at: 1 });
  await endsWith(world, 'customer_reported');
});

test('after the device\'s word the socket stays open for the relay, which has no record yet (INV-B6)', async () => {
  const world = await World.active();
  world.meddle = (message) => (message.t === 'record' ? null : message);
  await world.device.end('customer_stopped');
  await world.ended();
  assert.equal(world.channel, 'open');
  world.time.pass(1_999);
  assert.equal(world.channel, 'open');
  world.breaks(1000);
  await endsWith(world, 'customer_stopped');
});

test('where the relay has closed already nobody waits for it', async () => {
  const world = await World.active();
  await world.device.end('customer_stopped');
  world.breaks(1000);
  await world.ended();
  await world.settled();
  assert.deepEqual([world.session.state.reason, world.time.pending], ['customer_stopped', 0]);
});

test('the device\'s signed record alone is enough where its sealed word was lost', async () => {
  const world = await World.active();
  world.meddle = (message) => (message.t === 'record' ? message : null);
  await world.device.end('customer_stopped');
  world.relaySays({ t: 'ended', reason: 'device_lost', at: 1 });
  await endsWith(world, 'customer_stopped');
});

test('a close whose record gives another reason ends it as altered', async () => {
  const world = await World.active();
  world.meddle = (message) => (message.t === 'record' ? null : message);
  await world.device.record({ typ: 'end', reason: 'idle', rec_root: '' }, { t: 'close', reason: 'customer_stopped' });
  await endsWith(world, 'integrity_failed');
});

test('a device that refuses the badge says so before it paired', async () => {
  const world = await World.make();
  await world.session.connect(CODE, WISH);
  const { frame } = await world.device.hears('auth');
  await world.device.end('badge_refused', frame, { cause: 'status_old' });
  await endsWith(world, 'badge_refused');
  assert.equal(world.session.state.cause, 'status_old');
  assert.equal(world.session.state.deviceName, '');
});

test('without the device\'s word the relay\'s counts, and the first one stays', async () => {
  const world = await World.active();
  world.relaySays({ t: 'ended', reason: 'revoked', at: 1 });
  world.relaySays({ t: 'ended', reason: 'draining', at: 2 });
  await endsWith(world, 'revoked');
});

test('the relay cannot put an ending into anybody\'s mouth', async () => {
  for (const reason of ['customer_stopped', 'device_powered_off', 'technician_left']) {
    const world = await World.active();
    world.relaySays({ t: 'ended', reason, at: 1 });
    await endsWith(world, 'relay_lost');
  }
});

test('a refusal that the device signed is one, although its end never came', async () => {
  const world = await World.paired();
  await world.device.consent([], 0);
  await world.device.ping();
  await world.device.hears('pong');
  world.relaySays({ t: 'ended', reason: 'consent_refused', at: 1 });
  await endsWith(world, 'consent_refused');
});

test('no answer of the customer is first waited for and then told by the device', async () => {
  const world = await World.paired();
  await world.device.consent([], 0);
  await world.device.ping();
  await world.device.hears('pong');
  assert.equal(world.session.state.phase, 'consent');
  await world.device.end('consent_refused');
  await endsWith(world, 'consent_refused');
});

test('a device that forgets to end an unanswered question does not hold the technician', async () => {
  const world = await World.paired();
  await world.keepAlive(64);
  assert.equal(world.session.state.phase, 'consent');
  await world.keepAlive(1);
  await world.device.hears('close');
  world.breaks(1000);
  await endsWith(world, 'consent_timeout');
});

for (const [online, code, reason] of /** @type {[boolean, number, string][]} */ ([
  [true, 1006, 'relay_lost'], [true, 1000, 'relay_lost'], [true, 1013, 'relay_lost'], [false, 1006, 'technician_lost'], [true, 4401, 'revoked'],
])) {
  test(`a socket closed with ${code} ${online ? 'on a working network' : 'without a network'} is ${reason} (INV-B3)`, async () => {
    const world = await World.active();
    world.online = online;
    world.breaks(code);
    await endsWith(world, reason);
  });
}

test('a relay that refuses during pairing makes it a failed pairing', async () => {
  const world = await World.make();
  world.meddle = () => null;
  await world.session.connect(CODE, WISH);
  world.relaySays({ t: 'error', code: 'timed_out' });
  world.breaks(4408);
  await endsWith(world, 'pairing_failed');
});

test('when the technician ends, it is over here at once and the device hears it last', async () => {
  const world = await World.active();
  void world.session.press('up');
  world.session.end();
  assert.equal(world.session.state.phase, 'ended');
  assert.equal(world.session.state.reason, 'technician_left');
  const close = await world.device.hears('close');
  assert.deepEqual(world.device.heard.filter(({ message }) => ['key', 'close'].includes(String(message['t']))).at(-1), close);
  assert.equal(world.channel, 'open');
  await world.device.end('technician_left', close.frame);
  world.breaks(1000);
  await endsWith(world, 'technician_left');
});

test('a relay that does not close after the technician ended is not waited for', async () => {
  const world = await World.active();
  world.session.end();
  world.time.pass(2_000);
  assert.equal(world.channel, 'closed');
  await endsWith(world, 'technician_left');
});

test('cancelling during pairing aborts in clear', async () => {
  const world = await World.make();
  world.meddle = () => null;
  await world.session.connect(CODE, WISH);
  await world.pakeSent();
  world.session.end();
  await endsWith(world, 'technician_left');
  assert.deepEqual([world.said, world.channel], [['pake_a', 'abort'], 'closed']);
});

test('cancelling while the service still thinks leaves no socket behind', async () => {
  const world = await World.make();
  const connecting = world.session.connect(CODE, WISH);
  world.session.end();
  await connecting;
  await endsWith(world, 'technician_left');
  assert.equal(world.channel, 'none');
});

test('after the end nothing of the device is heard, and no picture is drawn (INV-B1)', async () => {
  const world = await World.active();
  await world.device.picture();
  await world.reaches(({ picture }) => picture === 'live');
  world.session.end();
  const cleared = world.painter.cleared;
  await world.device.picture();
  await world.device.consent(['view']);
  await world.settled();
  assert.deepEqual([world.painter.drawn, world.session.state.phase], [[1], 'ended']);
  assert.ok(cleared > 0);
});
