/** @file A lossless still: taken in parts, compared with the signed record, and called exact only then (seal SPEC §4.3). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256B64 } from '../../technician_web/core/bytes.js';
import { STREAM } from '../../technician_web/core/header.js';
import { STILL_BYTES } from '../../technician_web/core/limits.js';
import { CODEC, packPicture } from '../../technician_web/core/picture.js';
import { StillParts, isOfItsSize, packPart } from '../../technician_web/core/still.js';
import { World } from './fake_world.js';

/** @typedef {import('../../technician_web/core/types.js').PictureHead} PictureHead */

const SIZE = { width: 1280, height: 720 };

/** What begins like a lossless WebP of this size. @param {{ width: number, height: number }} [size] @param {number} [bytes] */
function webp({ width, height } = SIZE, bytes = 300) {
  const data = Uint8Array.from({ length: bytes }, (_, at) => at % 251);
  data.set([...'RIFF????WEBPVP8L????/'].map((letter) => letter.charCodeAt(0)));
  new DataView(data.buffer).setUint32(21, (width - 1) | ((height - 1) << 14), true);
  return data;
}

/** What begins like a PNG of this size. @param {{ width: number, height: number }} size @param {number[]} [kind] */
function png({ width, height }, kind = [8, 2]) {
  const data = new Uint8Array(40);
  data.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
  const view = new DataView(data.buffer);
  view.setUint32(16, width);
  view.setUint32(20, height);
  data.set(kind, 24);
  return data;
}

/** @param {Partial<PictureHead>} [more] @returns {PictureHead} */
const head = (more = {}) => ({ pic: 1, codec: CODEC.WEBP, key: false, ...SIZE, x: 0, y: 0, columns: SIZE.width, rows: SIZE.height, at: 5, still: true, ...more });

/** @param {Uint8Array<ArrayBuffer>} file @param {number} most @returns {Uint8Array<ArrayBuffer>[]} */
function parted(file, most) {
  const starts = Array.from({ length: Math.ceil(file.length / most) }, (_, at) => at * most);
  return starts.map((start) => packPart({ start, size: file.length, bytes: file.slice(start, start + most) }));
}

class Asked {
  /** @param {World} world */
  constructor(world) {
    this.world = world;
    this.pics = 1;
  }

  /** A session in which a still was asked for. @param {object} [odd] */
  static async make(odd = {}) {
    const world = await World.active(['view'], odd);
    await world.device.ping();
    await world.device.hears('pong');
    await world.device.picture();
    const asked = new Asked(world);
    asked.answer = world.session.commands.still();
    asked.frame = (await world.device.hears('still')).frame;
    return asked;
  }

  /** @type {Promise<import('../../technician_web/core/types.js').StillResult>} */
  answer = Promise.resolve({ outcome: 'ended' });
  frame = '';

  /** @param {object} result */
  act(result) {
    return this.world.device.act(this.frame, { kind: 'still', ...result });
  }

  /** @param {Uint8Array<ArrayBuffer>[]} parts @param {Partial<PictureHead>} [more] */
  async send(parts, more = {}) {
    for (const part of parts) {
      this.pics += 1;
      await this.world.device.seal(STREAM.D2T_PICTURE_WS, packPicture(head({ pic: this.pics, ...more }), part));
    }
    await this.world.settled();
  }
}

test('a still whose hash the device has signed is exact, whichever comes first', async () => {
  for (const recordFirst of [false, true]) {
    const asked = await Asked.make();
    const file = webp();
    const pc = await sha256B64(file);
    await asked.act({ outcome: 'started' });
    if (recordFirst) await asked.act({ pc });
    await asked.send(parted(file, 128));
    if (!recordFirst) await asked.act({ pc });
    assert.deepEqual(await asked.answer, { outcome: 'exact', file, type: 'image/webp', ...SIZE, at: 5, sha256: pc });
    await asked.world.device.hearsAll('ack', 4);
    const acks = asked.world.device.heard.filter(({ message }) => message['t'] === 'ack').map(({ message }) => message['pic']);
    assert.deepEqual(acks, [1, 2, 3, 4], 'parts are acknowledged like pictures');
    assert.deepEqual(asked.world.painter.drawn, [1], 'and not drawn');
  }
});

test('a still is not called exact when one byte of it is another than the record names', async () => {
  const asked = await Asked.make();
  const file = webp();
  const pc = await sha256B64(file);
  file[299] = (file[299] ?? 0) ^ 1;
  await asked.act({ outcome: 'started' });
  await asked.send(parted(file, 128));
  await asked.act({ pc });
  assert.deepEqual(await asked.answer, { outcome: 'mismatch' });
});

test('nor when the record names no hash, or the file another size than its head', async () => {
  const unnamed = await Asked.make();
  await unnamed.act({ outcome: 'started' });
  await unnamed.send(parted(webp(), 300));
  await unnamed.act({});
  assert.deepEqual(await unnamed.answer, { outcome: 'mismatch' });
  const large = await Asked.make();
  const file = webp({ width: 16_384, height: 16_384 });
  await large.act({ outcome: 'started' });
  await large.send(parted(file, 300));
  await large.act({ pc: await sha256B64(file) });
  assert.deepEqual(await large.answer, { outcome: 'mismatch' });
});

test('a lost part ends the try, and so does one that never comes', async () => {
  const lost = await Asked.make();
  const [first, , third] = parted(webp(), 128);
  await lost.act({ outcome: 'started' });
  await lost.send([first ?? new Uint8Array(), third ?? new Uint8Array()]);
  await lost.act({ pc: await sha256B64(webp()) });
  assert.deepEqual(await lost.answer, { outcome: 'incomplete' });
  const late = await Asked.make();
  await late.act({ outcome: 'started' });
  await late.act({ pc: await sha256B64(webp()) });
  await late.world.settled();
  await late.world.keepAlive(11);
  assert.deepEqual(await late.answer, { outcome: 'incomplete' });
});

test('a refusal says why, and the next still may follow', async () => {
  const asked = await Asked.make();
  await asked.act({ outcome: 'refused', cause: 'no_picture' });
  assert.deepEqual(await asked.answer, { outcome: 'refused', cause: 'no_picture' });
  asked.world.device.heard.length = 0;
  const again = asked.world.session.commands.still();
  assert.deepEqual(await asked.world.session.commands.still(), { outcome: 'refused', cause: 'busy' }, 'one at a time');
  await asked.world.device.act((await asked.world.device.hears('still')).frame, { kind: 'still', outcome: 'failed' });
  assert.deepEqual(await again, { outcome: 'failed', cause: '' });
});

test('a session that ends takes its still along', async () => {
  const asked = await Asked.make();
  await asked.act({ outcome: 'started' });
  await asked.send(parted(webp(), 128).slice(0, 1));
  asked.world.session.end();
  assert.deepEqual(await asked.answer, { outcome: 'ended' });
});

test('without view no still is asked for', async () => {
  const world = await World.active(['keys']);
  assert.deepEqual(await world.session.commands.still(), { outcome: 'refused', cause: '' });
  assert.ok(world.device.heard.every(({ message }) => message['t'] !== 'still'));
});

test('parts nobody asked for are acknowledged and dropped', async () => {
  const world = await World.active(['view']);
  await world.device.picture();
  await world.device.seal(STREAM.D2T_PICTURE_WS, packPicture(head({ pic: 2 }), packPart({ start: 0, size: STILL_BYTES, bytes: Uint8Array.of(1) })));
  await world.device.hearsAll('ack', 2);
  assert.equal(world.session.state.phase, 'active');
});

test('parts of two stills do not make one', () => {
  const [first, second] = parted(webp(undefined, 200), 100);
  for (const other of [head({ at: 6 }), head({ codec: CODEC.PNG }), head({ width: 1279 })]) {
    const parts = new StillParts();
    assert.equal(parts.take(head(), first ?? new Uint8Array()), 'more');
    assert.equal(parts.take(other, second ?? new Uint8Array()), 'gap');
    assert.equal(parts.take(head(), second ?? new Uint8Array()), 'gap', 'what began is forgotten');
  }
});

test('a file says its own size, or is none', () => {
  assert.ok(isOfItsSize({ head: head(), bytes: webp() }));
  assert.ok(isOfItsSize({ head: head({ codec: CODEC.PNG }), bytes: png(SIZE) }));
  for (const [codec, bytes] of /** @type {[number, Uint8Array<ArrayBuffer>][]} */ ([
    [CODEC.PNG, webp()], [CODEC.WEBP, png(SIZE)], [CODEC.PNG, png({ width: 720, height: 1280 })], [CODEC.PNG, png(SIZE, [8, 6])],
    [CODEC.PNG, png(SIZE, [16, 2])], [CODEC.PNG, png(SIZE).slice(0, 25)], [CODEC.WEBP, webp({ width: 1281, height: 720 })], [CODEC.WEBP, new Uint8Array(1)],
  ])) assert.ok(!isOfItsSize({ head: head({ codec }), bytes }));
});
