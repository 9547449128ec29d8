/** @file Two carriers and the sound, as the technician's page lives through them (seal SPEC §11). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PATIENCE_MS } from '../../technician_web/core/carrier.js';
import { STREAM } from '../../technician_web/core/header.js';
import { packProof } from '../../technician_web/core/proof.js';
import { packSound } from '../../technician_web/core/sound.js';
import { World } from './fake_world.js';

/** @typedef {import('../../technician_web/core/types.js').Bytes} Bytes */
/** @typedef {import('../../technician_web/io/direct.js').PeerEvents} PeerEvents */

const GRANTS = ['keys', 'sound', 'view'];

/** A peer connection in a test's hand. */
class FakePeer {
  closed = false;
  /** @type {string[]} */
  accepted = [];
  /** @type {Promise<string>} */
  offering = Promise.resolve('an offer');

  /** @param {PeerEvents} events */
  constructor(events) {
    this.events = events;
  }

  offer() {
    return this.offering;
  }

  /** @param {string} answer */
  async accept(answer) {
    this.accepted.push(answer);
  }

  close() {
    this.closed = true;
  }
}

/** A live session whose first picture is drawn, with a device that will try. @param {readonly string[]} [caps] */
async function live(caps = ['p2p', 'sound']) {
  /** @type {FakePeer[]} */
  const peers = [];
  const makePeer = (/** @type {PeerEvents} */ events) => {
    const peer = new FakePeer(events);
    peers.push(peer);
    return peer;
  };
  const world = await World.active(GRANTS, { makePeer, hello: { caps } });
  await world.device.ping();
  await world.device.picture();
  await world.reaches(({ picture }) => picture === 'live');
  return { world, peers, peer: () => /** @type {FakePeer} */ (peers.at(-1)) };
}

/** @param {Awaited<ReturnType<typeof live>>} table @param {number} stream @param {Bytes} plaintext */
async function directly({ world, peer }, stream, plaintext) {
  peer().events.frame(await world.device.sealed(stream, plaintext), stream);
}

/** @param {() => boolean} holds */
async function until(holds) {
  for (let turn = 0; turn < 100_000 && !holds(); turn += 1) await new Promise((resolve) => { setImmediate(resolve); });
  assert.ok(holds());
}

/** All that is on its way has arrived, at both ends: a ping comes behind it, and its pong behind what was said to it. @param {World} world */
async function settled({ device, session }) {
  const pongs = () => device.heard.filter(({ message }) => message['t'] === 'pong').length;
  const before = pongs();
  await device.ping();
  await until(() => pongs() > before || session.state.phase === 'ended');
}

/** An honest device takes it to the data channel. @param {Awaited<ReturnType<typeof live>>} table */
async function proven(table) {
  const { world, peer } = table;
  await world.device.hears('signal');
  await world.device.say({ t: 'signal', kind: 'answer', data: 'an answer' });
  await settled(world);
  assert.deepEqual(peer().accepted, ['an answer']);
  peer().events.opened();
  for (const n of [1, 2, 3]) await directly(table, STREAM.D2T_PICTURE_DC, packProof(n));
  await world.device.hears('carrier');
  await world.reaches(({ carrier }) => carrier === 'dc');
}

test('a data channel is tried once the relay has shown a picture, and carries once its proofs have come', async () => {
  const table = await live();
  const { world } = table;
  await proven(table);
  const [offer] = world.device.heard.filter(({ message }) => message['t'] === 'signal');
  assert.deepEqual(offer?.message, { t: 'signal', kind: 'offer', data: 'an offer' });
  await directly(table, STREAM.D2T_PICTURE_DC, world.device.pictured({ key: true }));
  await settled(world);
  assert.deepEqual(world.painter.drawn, [1, 2]);
  await world.device.hearsAll('ack', 2);
});

test('pictures on a data channel do not keep the console from speaking beside a socket that is silent', async () => {
  const table = await live();
  const { world } = table;
  await proven(table);
  let said = 0;
  world.sayAlive = async () => {
    said += 1;
    return 'silent';
  };
  await settled(world);
  for (let step = 0; step < 8; step += 1) {
    await directly(table, STREAM.D2T_PICTURE_DC, world.device.pictured({ key: true }));
    await world.settled();
    world.time.pass(250);
    await world.settled();
  }
  assert.ok(said > 0);
});

test('control goes on through the relay while pictures change their way', async () => {
  const table = await live();
  const { world } = table;
  const pressed = world.session.press('up');
  await proven(table);
  const { frame } = await world.device.hears('key');
  await world.device.act(frame);
  assert.equal((await pressed).outcome, 'done');
});

test('two proofs of three prove nothing', async () => {
  const table = await live();
  const { world, peer } = table;
  await world.device.hears('signal');
  await world.device.say({ t: 'signal', kind: 'answer', data: 'an answer' });
  await settled(world);
  peer().events.opened();
  for (const n of [1, 2]) await directly(table, STREAM.D2T_PICTURE_DC, packProof(n));
  await settled(world);
  assert.equal(world.session.state.carrier, 'ws');
  world.time.pass(PATIENCE_MS.proving ?? 0);
  await settled(world);
  assert.ok(peer().closed);
  assert.ok(world.device.heard.some(({ message }) => message['kind'] === 'bye'));
});

test('a picture that one carrier held back is not drawn once the other has brought a newer one', async () => {
  const table = await live();
  const { world } = table;
  await proven(table);
  const [late, newer] = [world.device.pictured(), world.device.pictured({ key: true })];
  await directly(table, STREAM.D2T_PICTURE_DC, newer);
  await world.device.seal(STREAM.D2T_PICTURE_WS, late);
  await settled(world);
  assert.deepEqual(world.painter.drawn, [1, 3]);
  assert.equal(world.session.state.phase, 'active');
});

test('a picture again, or an older one, on the same data channel ends the session', async () => {
  const table = await live();
  const { world } = table;
  await proven(table);
  await directly(table, STREAM.D2T_PICTURE_DC, world.device.pictured({ pic: 7, key: true }));
  await directly(table, STREAM.D2T_PICTURE_DC, world.device.pictured({ pic: 7, key: true }));
  await settled(world);
  assert.equal(world.session.state.reason, 'integrity_failed');
  assert.ok(table.peer().closed);
});

test('a channel that is lost leads back to the relay, and a further try comes later', async () => {
  const table = await live();
  const { world, peers, peer } = table;
  await proven(table);
  peer().events.lost();
  await settled(world);
  assert.ok(peer().closed);
  assert.equal(world.session.state.carrier, 'ws');
  assert.ok(world.device.heard.some(({ message }) => message['name'] === 'ws'));
  await world.device.picture({ key: true });
  await settled(world);
  assert.deepEqual(world.painter.drawn, [1, 2]);
  for (let s = 1; s <= 15; s += 1) {
    assert.equal(peers.length, 1, `after ${s} s`);
    world.time.pass(1_000);
    await settled(world);
  }
  assert.equal(peers.length, 2);
});

test('a device that says bye is followed without a word', async () => {
  const table = await live();
  const { world, peer } = table;
  await proven(table);
  world.device.heard = [];
  await world.device.say({ t: 'signal', kind: 'bye', data: '' });
  await settled(world);
  assert.ok(peer().closed);
  assert.equal(world.session.state.carrier, 'ws');
  assert.deepEqual(world.device.heard.filter(({ message }) => message['t'] !== 'pong'), []);
});

test('a channel that the device has left twice is not tried a third time', async () => {
  const table = await live();
  const { world, peers } = table;
  const pass = async (/** @type {number} */ seconds) => {
    for (let s = 0; s < seconds; s += 1) {
      world.time.pass(1_000);
      await settled(world);
    }
  };
  for (const tries of [1, 2]) {
    world.device.heard = [];
    if (tries === 2) await pass(15);
    assert.equal(peers.length, tries);
    await proven(table);
    await world.device.say({ t: 'signal', kind: 'bye', data: '' });
    await settled(world);
    assert.equal(world.session.state.carrier, 'ws');
  }
  await pass(40);
  assert.equal(peers.length, 2);
});

test('every ending closes the channel at once, and nothing of it is drawn any more', async () => {
  const endings = /** @type {{ [name: string]: (world: World) => unknown }} */ ({
    left: (world) => world.session.end(),
    stopped: (world) => world.device.end('customer_stopped'),
    lost: (world) => world.breaks(1006),
  });
  for (const [name, end] of Object.entries(endings)) {
    const table = await live();
    const { world, peer } = table;
    await proven(table);
    const late = await world.device.sealed(STREAM.D2T_PICTURE_DC, world.device.pictured({ key: true }));
    await end(world);
    await settled(world);
    assert.equal(world.session.state.phase, 'ended', name);
    assert.ok(peer().closed, name);
    peer().events.frame(late, STREAM.D2T_PICTURE_DC);
    await settled(world);
    assert.deepEqual(world.painter.drawn, [1], name);
  }
});

test('pictures on a data channel keep no session alive whose relay is silent', async () => {
  const table = await live();
  const { world } = table;
  await proven(table);
  for (let ms = 0; ms < 5_000; ms += 250) {
    world.time.pass(250);
    const drawn = world.painter.drawn.length;
    await directly(table, STREAM.D2T_PICTURE_DC, world.device.pictured({ key: true }));
    await until(() => world.painter.drawn.length > drawn || world.session.state.phase === 'ended');
  }
  assert.equal(world.session.state.phase, 'ended');
  assert.ok(table.peer().closed);
});

test('a frame of another stream, a text and a frame that does not open end the session', async () => {
  const evil = /** @type {{ [name: string]: (device: World['device']) => Promise<Bytes> }} */ ({
    'the stream of the relay': (device) => device.sealed(STREAM.D2T_PICTURE_WS, device.pictured()),
    control: (device) => device.sealed(STREAM.D2T_CONTROL, packProof(1).slice(0, 64)),
    'sound on the picture channel': (device) => device.sealed(STREAM.D2T_SOUND_DC, packSound({ n: 1, channels: 2, at: 1 }, Uint8Array.of(1))),
    'a text': async () => new Uint8Array(0),
    'a changed frame': async (device) => {
      const frame = await device.sealed(STREAM.D2T_PICTURE_DC, device.pictured());
      frame[20] = (frame[20] ?? 0) ^ 1;
      return frame;
    },
  });
  for (const [name, make] of Object.entries(evil)) {
    const table = await live();
    await proven(table);
    table.peer().events.frame(await make(table.world.device), STREAM.D2T_PICTURE_DC);
    await until(() => table.world.session.state.phase === 'ended');
    assert.equal(table.world.session.state.reason, 'integrity_failed', name);
  }
});

test('a device that offers, or answers nobody, ends the session', async () => {
  const offers = await live();
  await offers.world.device.say({ t: 'signal', kind: 'offer', data: 'an offer' });
  await settled(offers.world);
  assert.equal(offers.world.session.state.reason, 'integrity_failed');
  const alone = await live([]);
  assert.equal(alone.peers.length, 0, 'a device that does not say p2p is not asked');
  await alone.world.device.say({ t: 'signal', kind: 'answer', data: 'an answer' });
  await settled(alone.world);
  assert.equal(alone.world.session.state.reason, 'integrity_failed');
});

test('a proof out of order ends the session', async () => {
  const table = await live();
  const { world, peer } = table;
  await world.device.hears('signal');
  await world.device.say({ t: 'signal', kind: 'answer', data: 'an answer' });
  await settled(world);
  peer().events.opened();
  await directly(table, STREAM.D2T_PICTURE_DC, packProof(2));
  await settled(world);
  assert.equal(world.session.state.reason, 'integrity_failed');
});

test('a browser that finds no way stays with the relay and says nothing', async () => {
  const table = await live();
  const { world, peer } = table;
  await world.device.hears('signal');
  assert.equal(table.peers.length, 1);
  peer().events.lost();
  await settled(world);
  assert.equal(world.session.state.phase, 'active');
  assert.equal(world.session.state.carrier, 'ws');
});

/** @param {number} n */
const piece = (n) => packSound({ n, channels: 2, at: 1 }, Uint8Array.of(0xf8, 0xff, 0xfe));

test('sound is asked for, played by either carrier without an old piece, and switched off', async () => {
  const table = await live();
  const { world } = table;
  await world.device.seal(STREAM.D2T_SOUND_WS, piece(1));
  await settled(world);
  assert.deepEqual(world.sound.played, [], 'nothing is played before the technician wants it');
  world.session.hear(true);
  assert.ok(world.session.state.hearing);
  assert.deepEqual((await world.device.hears('hear')).message, { t: 'hear', on: true });
  await world.device.seal(STREAM.D2T_SOUND_WS, piece(2));
  await proven(table);
  table.peer().events.frame(await world.device.sealed(STREAM.D2T_SOUND_DC, piece(4)), STREAM.D2T_SOUND_DC);
  await settled(world);
  await world.device.seal(STREAM.D2T_SOUND_WS, piece(3));
  await settled(world);
  assert.deepEqual(world.sound.played, [2, 4]);
  world.device.heard = [];
  world.session.hear(false);
  assert.deepEqual((await world.device.hears('hear')).message, { t: 'hear', on: false });
  assert.ok(world.sound.closed);
  assert.ok(!world.session.state.hearing);
});

test('sound that the customer takes back is silent at once', async () => {
  const { world } = await live();
  world.session.hear(true);
  await world.device.consent(['keys', 'view']);
  await world.reaches(({ hearing, grants }) => !hearing && !grants.includes('sound') && grants.includes('view'));
  assert.ok(world.sound.closed);
  world.session.hear(true);
  assert.ok(!world.session.state.hearing);
});

test('the end of the session silences the sound', async () => {
  const { world } = await live();
  world.session.hear(true);
  world.session.end();
  assert.ok(world.sound.closed);
  assert.ok(!world.session.state.hearing);
});
