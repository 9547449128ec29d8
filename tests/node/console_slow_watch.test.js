/** @file When it is looked what makes the picture late: a page that hardly runs names that in the next frame it paints. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { HELD_MS, Pulse } from '../../technician_web/core/pulse.js';
import { INITIAL } from '../../technician_web/core/session.js';
import { SlowWatch } from '../../technician_web/core/slow_watch.js';
import { HELD_AGE_MS, LATE_MS, LOOK_MS } from '../../technician_web/core/slowness.js';

const NOW = 1_000_000;

/** A page whose clock and frames the test moves; its film shows what the TV had when it was last confirmed. */
class Page {
  now = NOW;
  currentAt = NOW;
  asked = 0;
  /** @type {import('../../technician_web/core/slowness.js').Slow[]} */
  named = [];
  /** @type {(() => void)[]} */
  frames = [];
  pulse = new Pulse();
  watch = new SlowWatch({
    state: () => ({ ...INITIAL, phase: 'active', grants: ['view'], picture: 'live', fps: 25, rtt: 40, currentAt: this.currentAt }),
    now: () => this.now,
    pulse: this.pulse,
    ask: () => { this.asked += 1; return new Promise(() => {}); },
    beforeFrame: (call) => { this.frames.push(call); },
    changed: (at) => { this.named.push(this.watch.name(at)); },
  });

  /** @param {number} after ms @param {number} [age] of the picture then */
  beat(after, age = 40) {
    this.now += after;
    this.currentAt = this.now - age;
    this.watch.beat(false);
  }

  /** @param {number} after ms without a beat and without a picture */
  frame(after) {
    this.now += after;
    for (const call of this.frames.splice(0)) call();
  }
}

/** One that kept up, and then lost its first two tenths. */
function heldPage() {
  const page = new Page();
  for (let beat = 0; beat < 10; beat += 1) page.beat(LOOK_MS);
  assert.deepEqual([page.frames.length, page.named], [0, []], 'a page that keeps up is woken by nothing else');
  page.beat(LOOK_MS + HELD_MS, HELD_AGE_MS);
  return page;
}

test('what has become late by the next frame is named in that frame, whenever the next beat comes', () => {
  const page = heldPage();
  assert.deepEqual([page.frames.length, page.named], [1, []]);
  page.frame(1);
  assert.deepEqual(page.named, ['tab']);
});

test('a picture drawn after long is seen to be late before the beat that is overdue', () => {
  const page = new Page();
  page.beat(LOOK_MS);
  page.now += LOOK_MS + HELD_MS;
  page.currentAt = page.now - HELD_AGE_MS - 1;
  page.watch.look();
  assert.deepEqual([page.named, page.frames.length], [['tab'], 1]);
});

test('one frame is asked for at a time, until the page runs again', () => {
  const page = heldPage();
  page.beat(LOOK_MS);
  assert.equal(page.frames.length, 1);
  page.currentAt = page.now;
  page.frame(16);
  assert.equal(page.frames.length, 1, 'it is still held');
  for (let beat = 0; beat < 6; beat += 1) page.beat(LOOK_MS);
  page.currentAt = page.now;
  page.frame(16);
  assert.deepEqual([page.frames.length, page.named], [0, []]);
});

test('a screen that is closed looks no more', () => {
  const page = heldPage();
  page.watch.close();
  page.frame(LATE_MS);
  page.beat(LATE_MS, LATE_MS * 2);
  assert.deepEqual([page.frames.length, page.named, page.asked], [0, [], 0]);
});

test("no beat is missed once its screen is closed, so the next session's pictures do not wait", () => {
  const page = heldPage();
  page.watch.close();
  assert.equal(page.pulse.isHeld(page.now), false);
  page.beat(LOOK_MS);
  assert.equal(page.pulse.isHeld(page.now + HELD_MS * 10), false);
});

test('what is named by drawing is not named again, and what is over is', () => {
  const page = heldPage();
  page.frame(1);
  page.frame(16);
  assert.deepEqual(page.named, ['tab']);
  for (let beat = 0; beat < 6; beat += 1) page.beat(LOOK_MS);
  assert.deepEqual(page.named, ['tab', '']);
});

test('of what may be late the server is asked with the next beat', () => {
  const page = new Page();
  page.beat(LOOK_MS, LATE_MS);
  assert.equal(page.asked, 1);
});
