/** @file Silence: what dims, what ends and for which reason, also for a page that slept itself (INV-B2, INV-B6). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endsWith } from './ends_with.js';
import { World } from './fake_world.js';

test('three seconds without a ping dim the picture and stop the keys; a ping brings both back (INV-B3)', async () => {
  const world = await World.active();
  await world.device.ping();
  await world.device.hears('pong');
  world.time.pass(2_999);
  assert.equal(world.session.state.stale, false);
  world.time.pass(1);
  assert.equal(world.session.state.stale, true);
  assert.deepEqual(await world.session.press('up'), { outcome: 'late', path: '', cause: '' });
  await world.device.ping();
  await world.reaches(() => world.session.state.stale === false && world.device.heard.length > 2);
  assert.ok(world.device.heard.every(({ message }) => message['t'] !== 'key'), 'nothing is sent later');
});

for (const [what, online, reason] of /** @type {[string, boolean, string][]} */ ([
  ['on a working network', true, 'relay_lost'], ['without a network', false, 'technician_lost'],
])) {
  test(`nearly five seconds without a ping ${what} end it as ${reason} (INV-B2)`, async () => {
    const world = await World.active();
    await world.device.ping();
    await world.device.hears('pong');
    world.online = online;
    world.time.pass(4_749);
    assert.equal(world.session.state.phase, 'active');
    world.time.pass(1);
    await endsWith(world, reason);
    assert.equal(world.channel, 'closed');
  });
}

test('silence of the device alone is the device\'s loss', async () => {
  const world = await World.active();
  await world.device.ping();
  await world.device.hears('pong');
  world.time.pass(4_000);
  void world.session.press('up');
  world.relaySays({ t: 'weather' });
  await world.settled();
  world.time.pass(1_000);
  await endsWith(world, 'device_lost');
});

test('a page that slept blames nobody else, but lets what arrived meanwhile speak first (INV-B6)', async () => {
  const world = await World.active();
  await world.device.ping();
  await world.device.hears('pong');
  world.time.oversleep(60_000);
  assert.equal(world.session.state.phase, 'active');
  world.time.pass(500);
  await endsWith(world, 'technician_lost');
});

test('what the relay said while the page slept is the reason', async () => {
  const world = await World.active();
  await world.device.ping();
  await world.device.hears('pong');
  world.time.oversleep(60_000);
  world.relaySays({ t: 'ended', reason: 'technician_lost', at: 1_790_000_000_000 });
  await endsWith(world, 'technician_lost');
});

test('pings that lay in the socket of a page that slept do not make the closing somebody else\'s (INV-B6)', async () => {
  const world = await World.active();
  await world.device.ping();
  await world.device.hears('pong');
  world.time.oversleep(4_300);
  await world.device.ping();
  await world.settled();
  world.breaks(1006);
  await endsWith(world, 'technician_lost');
});

test('a page that was held up and then hears a ping goes on', async () => {
  const world = await World.active();
  await world.device.ping();
  await world.device.hears('pong');
  world.time.oversleep(6_000);
  world.device.heard.length = 0;
  await world.device.ping();
  await world.device.hears('pong');
  await world.settled();
  world.time.pass(4_000);
  assert.equal(world.session.state.phase, 'active');
});

test('a timer that is a second late, as in a hidden page, changes no reason', async () => {
  const world = await World.active();
  await world.device.ping();
  await world.device.hears('pong');
  world.time.oversleep(4_000);
  assert.equal(world.session.state.stale, true);
  world.time.oversleep(1_750);
  await endsWith(world, 'relay_lost');
});

/** Slept with a key on its way; a ping that lay in the socket is heard before any alarm. */
async function wokenUnrecorded() {
  const world = await World.active();
  await world.device.ping();
  await world.device.hears('pong');
  void world.session.press('up');
  await world.device.hears('key');
  world.time.pass(1_200);
  void world.session.press('down');
  await world.device.hearsAll('key', 2);
  world.time.oversleep(4_800, { wake: false });
  world.device.heard.length = 0;
  await world.device.ping();
  await world.device.hears('pong');
  await world.settled();
  world.time.oversleep(0);
  assert.equal(world.session.state.phase, 'active');
  return world;
}

test('a record that is missing after a sleep does not come before the end that lay in the socket (INV-B6)', async () => {
  const world = await wokenUnrecorded();
  world.relaySays({ t: 'ended', reason: 'technician_lost', at: 1_790_000_000_000 });
  await endsWith(world, 'technician_lost');
});

test('a record that is missing after a sleep ends the session where nothing else does (INV-D1)', async () => {
  const world = await wokenUnrecorded();
  world.time.pass(500);
  await endsWith(world, 'audit_unavailable');
});

test('a second record that is missing after a sleep puts nothing off (INV-D1)', async () => {
  const world = await wokenUnrecorded();
  world.time.pass(300); // the second is missing from here on
  world.time.pass(200);
  await endsWith(world, 'audit_unavailable');
});

test('a socket that was closed while the page slept is no loss of the relay\'s', async () => {
  const world = await World.active();
  await world.device.ping();
  await world.device.hears('pong');
  world.time.oversleep(60_000, { wake: false });
  world.breaks(1006);
  await endsWith(world, 'technician_lost');
});

test('a device that still says anything is not lost, though its pings are missed (INV-B2)', async () => {
  const world = await World.active();
  await world.device.ping();
  await world.device.hears('pong');
  world.time.pass(4_000);
  await world.device.current({ rtt: 33 });
  await world.reaches(({ rtt }) => rtt === 33);
  await world.settled();
  world.time.pass(4_000);
  assert.equal(world.session.state.phase, 'active');
  assert.equal(world.session.state.stale, true);
  world.time.pass(750);
  await endsWith(world, 'relay_lost');
});

test('a device that pairs and never pings is lost too', async () => {
  const world = await World.active();
  world.time.pass(5_000);
  await endsWith(world, 'relay_lost');
});

test('a command that waits for its record when all falls silent ends nothing by itself: the silence does (INV-B6)', async () => {
  const world = await World.active();
  await world.device.ping();
  await world.device.hears('pong');
  const pressed = world.session.press('up');
  await world.device.hears('key');
  world.time.pass(500);
  await world.device.current({ rtt: 33 });
  await world.reaches(({ rtt }) => rtt === 33);
  await world.settled();
  world.time.pass(4_600);
  assert.deepEqual(await pressed, { outcome: 'failed', path: '', cause: '' });
  await endsWith(world, 'relay_lost');
});
