/** @file A key held down, and where on the picture a click lies. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placeOn } from '../../technician_web/ui/picture_hand.js';
import { Repeat } from '../../technician_web/ui/repeat.js';
import { FakeTime } from './fake_time.js';

/** A device that answers each press after `after` ms, with what `did` says then. */
class Held {
  /** @type {string[]} */
  pressed = [];
  did = true;
  allowed = true;
  time = new FakeTime();
  repeat;

  /** @param {number} [after] 0 = at once */
  constructor(after = 0) {
    this.repeat = new Repeat((key) => {
      if (!this.allowed) return null;
      this.pressed.push(key);
      return new Promise((resolve) => {
        if (after === 0) resolve(this.did);
        else this.time.after(after, () => resolve(this.did));
      });
    }, (ms, call) => this.time.after(ms, call));
  }

  /** @param {number} ms */
  async pass(ms) {
    for (let done = 0; done < ms; done += 10) {
      this.time.pass(10);
      await Promise.resolve();
      await Promise.resolve();
    }
  }
}

test('a key that is held is pressed at once, and ten times a second after a moment', async () => {
  const held = new Held();
  held.repeat.hold('down', { first: true });
  await held.pass(390);
  assert.equal(held.pressed.length, 1);
  await held.pass(1_010);
  assert.ok(held.pressed.length >= 10 && held.pressed.length <= 12, String(held.pressed.length));
});

test('holding never repeats OK, digits or the way back', async () => {
  for (const key of ['ok', 'back', 'home', 'power', 'digit_5']) {
    const held = new Held();
    held.repeat.hold(key, { first: true });
    await held.pass(2_000);
    assert.deepEqual(held.pressed, [key]);
  }
});

test('letting go stops it at once', async () => {
  const held = new Held();
  held.repeat.hold('up', { first: true });
  await held.pass(700);
  const before = held.pressed.length;
  held.repeat.stop();
  await held.pass(2_000);
  assert.equal(held.pressed.length, before);
});

test('the first that was not done is the last', async () => {
  const held = new Held();
  held.repeat.hold('up', { first: true });
  await held.pass(700);
  held.did = false;
  await held.pass(300);
  const before = held.pressed.length;
  await held.pass(2_000);
  assert.equal(held.pressed.length, before);
  assert.equal(held.repeat.key, '');
});

test('a first press that cannot be sent is not gone on with', async () => {
  const held = new Held();
  held.allowed = false;
  held.repeat.hold('up', { first: true });
  held.allowed = true;
  await held.pass(2_000);
  assert.deepEqual(held.pressed, []);
});

test('where nothing is confirmed for a second it stops, with no more than two on their way', async () => {
  const held = new Held(60_000);
  held.repeat.hold('up', { first: true });
  await held.pass(10_000);
  assert.equal(held.pressed.length, 2);
  assert.equal(held.repeat.key, '');
});

test('on a slow line the pace is the line\'s', async () => {
  const held = new Held(300);
  held.repeat.hold('up', { first: true });
  await held.pass(3_400);
  assert.ok(held.pressed.length >= 8 && held.pressed.length <= 21, String(held.pressed.length));
});

test('another key takes the place of the one before', async () => {
  const held = new Held();
  held.repeat.hold('up', { first: true });
  await held.pass(500);
  held.repeat.hold('down', { first: true });
  const from = held.pressed.length;
  await held.pass(800);
  assert.ok(held.pressed.slice(from).every((key) => key === 'down'));
});

const PICTURE = { width: 1920, height: 1080 };

test('a place on the picture is the same at every size of the page', () => {
  for (const scale of [1, 0.5, 0.333]) {
    const box = { left: 10, top: 20, width: 1920 * scale, height: 1080 * scale };
    assert.deepEqual(placeOn(box, PICTURE, 10, 20), { x: 0, y: 0 });
    const middle = placeOn(box, PICTURE, 10 + box.width / 2, 20 + box.height / 2);
    assert.ok(middle && Math.abs(middle.x - 32_768) <= 1 && Math.abs(middle.y - 32_768) <= 1);
    const last = placeOn(box, PICTURE, 10 + box.width - 0.001, 20 + box.height - 0.001);
    assert.deepEqual(last, { x: 65_535, y: 65_535 });
  }
});

test('bars beside a picture of another shape are no part of it', () => {
  const box = { left: 0, top: 0, width: 1000, height: 1000 };
  assert.equal(placeOn(box, PICTURE, 500, 100), null);
  assert.equal(placeOn(box, PICTURE, 500, 900), null);
  assert.deepEqual(placeOn(box, PICTURE, 500, 500), { x: 32_768, y: 32_768 });
  assert.equal(placeOn({ ...box, width: 0 }, PICTURE, 0, 500), null);
  assert.equal(placeOn(box, PICTURE, 1000.1, 500), null);
});
