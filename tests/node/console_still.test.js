/** @file Looking at a still: where it lies and how much it is enlarged, how its file is called, how its hash is written. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256B64, utf8 } from '../../technician_web/core/bytes.js';
import { fileName, hexadecimal } from '../../technician_web/ui/still_view.js';
import { STEPS, cornerOf, moved, scaleOf, stepped, whole } from '../../technician_web/ui/zoom.js';

const PICTURE = { width: 1920, height: 1080 };
const VIEW = { width: 960, height: 540 };

test('at first all of it is seen, in the middle', () => {
  assert.deepEqual(cornerOf(whole(PICTURE), PICTURE, VIEW), { x: 0, y: 0, scale: 0.5 });
  assert.deepEqual(cornerOf(whole(PICTURE), PICTURE, { width: 960, height: 640 }), { x: 0, y: 50, scale: 0.5 });
});

test('zooming goes through every whole step, and back to all of it', () => {
  let zoom = whole(PICTURE);
  const seen = STEPS.map(() => scaleOf(zoom = stepped(zoom, 1, PICTURE, VIEW), PICTURE, VIEW));
  assert.deepEqual(seen, STEPS);
  assert.deepEqual(stepped(zoom, 1, PICTURE, VIEW), zoom, 'there is no more');
  for (const step of [8, 4, 2, 1]) assert.equal((zoom = stepped(zoom, -1, PICTURE, VIEW)).scale, step);
  assert.deepEqual(stepped(zoom, -1, PICTURE, VIEW), whole(PICTURE));
});

test('a window larger than the picture never shows it smaller than all of it', () => {
  const large = { width: 5_000, height: 3_000 };
  const fit = scaleOf(whole(PICTURE), PICTURE, large);
  const near = stepped(whole(PICTURE), 1, PICTURE, large);
  assert.equal(near.scale, 4);
  assert.equal(scaleOf(stepped(near, -1, PICTURE, large), PICTURE, large), fit);
});

test('moving stops at each edge and keeps the enlargement', () => {
  const near = stepped(stepped(whole(PICTURE), 1, PICTURE, VIEW), 1, PICTURE, VIEW);
  for (const [dx, dy, x, y] of /** @type {[number, number, number, number][]} */ ([
    [-99_999, -99_999, 0, 0], [99_999, 99_999, 960 - 3_840, 540 - 2_160], [80, 0, -1_440 - 80, -810],
  ])) assert.deepEqual(cornerOf(moved(near, dx, dy, PICTURE, VIEW), PICTURE, VIEW), { x, y, scale: 2 });
});

test('what is smaller than the window stays in its middle', () => {
  const small = { width: 20, height: 1_000 };
  const near = moved({ scale: 2, x: 10, y: 500 }, 400, 10, small, VIEW);
  assert.deepEqual(near, { scale: 2, x: 10, y: 505 });
});

test('a file is called by session and time, whatever a TV says the time is', () => {
  const still = /** @type {import('../../technician_web/ui/still_view.js').Still} */ ({ at: 1_790_000_000_123, type: 'image/webp' });
  assert.equal(fileName('ab'.repeat(16), still), `${'ab'.repeat(16)}_20260921T141320.123Z.webp`);
  assert.equal(fileName('s', { ...still, type: 'image/png', at: Number.MAX_SAFE_INTEGER }), 's_9007199254740991.png');
});

test('a hash is written as sha256sum writes it', async () => {
  assert.equal(hexadecimal(await sha256B64(utf8('abc'))), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});
