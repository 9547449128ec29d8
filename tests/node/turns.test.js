/** @file A picture of a page that hardly runs is drawn once, after a frame was painted, or after a second without one. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { NO_FRAME_MS, Turns } from '../../technician_web/io/turns.js';
import { FakeTime } from './fake_time.js';

/** A browser whose frames the test paints. */
function page() {
  const time = new FakeTime();
  /** @type {(() => void)[]} */
  const frames = [];
  const drawn = { count: 0 };
  const turns = new Turns(() => true, { beforeFrame: (call) => frames.push(call), after: time.after });
  turns.afterFrame(() => { drawn.count += 1; });
  return { time, drawn, paint: () => frames.splice(0).forEach((call) => call()) };
}

test('it waits for the frame and for what is done in it', () => {
  const { time, drawn, paint } = page();
  time.pass(NO_FRAME_MS - 1);
  assert.equal(drawn.count, 0);
  paint();
  assert.equal(drawn.count, 0, 'what is drawn before the frame is painted keeps the frame waiting');
  time.pass(0);
  assert.equal(drawn.count, 1);
});

test('it waits no longer than a second where nobody sees the page, and is not drawn twice', () => {
  const { time, drawn, paint } = page();
  time.pass(NO_FRAME_MS);
  assert.equal(drawn.count, 1);
  paint();
  time.pass(NO_FRAME_MS);
  assert.equal(drawn.count, 1);
});

test('a page that is held says so when it is asked', () => {
  let held = false;
  const turns = new Turns(() => held, { beforeFrame: () => undefined, after: () => () => undefined });
  assert.equal(turns.areShort, false);
  held = true;
  assert.equal(turns.areShort, true);
});
