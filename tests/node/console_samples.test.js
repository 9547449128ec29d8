/** @file The last minute of the connection in figures and as a line: what was not known is a gap, not a zero. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { INITIAL } from '../../technician_web/core/session.js';
import { SAMPLES, Samples, course, summary } from '../../technician_web/ui/samples.js';

test('one sample a second is kept, for a minute', () => {
  const samples = new Samples();
  const taken = Array.from({ length: 4 * 90 }, (_, at) => samples.take({ ...INITIAL, fps: at }, 1_000_000 + at * 250));
  assert.equal(taken.filter(Boolean).length, 90);
  assert.equal(samples.all.length, SAMPLES);
  assert.deepEqual(samples.all.at(-1), { rate: 0, fps: 356, rtt: null, glass: null });
});

test('figures are of what was known', () => {
  assert.equal(summary([]), null);
  assert.equal(summary([null, null]), null);
  assert.deepEqual(summary([30, null, 10, 20]), { now: 20, lowest: 10, middle: 20, highest: 30 });
  assert.deepEqual(summary([30, 10, null]), { now: null, lowest: 10, middle: 30, highest: 30 });
});

test('the newest is at the right edge, the highest at the top, and a gap stays one', () => {
  assert.equal(course([]), '');
  assert.equal(course([null]), '');
  assert.equal(course([5]), 'M100.0 2.0h0');
  assert.match(course([0, 10]), /^M98\.3 30\.0h0L100\.0 2\.0$/);
  assert.match(course([10, null, 10]), /^M[\d.]+ 2\.0h0M100\.0 2\.0h0$/);
  assert.ok(course(Array(SAMPLES).fill(0)).startsWith('M0.0 30.0'));
});
