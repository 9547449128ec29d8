/** @file Why the picture is late: every cause, alone and over every other, named within a second. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { HELD_MS, Pulse } from '../../technician_web/core/pulse.js';
import { INITIAL } from '../../technician_web/core/session.js';
import { AGAIN_MS, BUSY_MS, HELD_AGE_MS, LATE_MS, LOOK_MS, SERVER_MS, SUSPECT_MS, TAB_MS, TRIP_MS, UNASKED, mustAsk, slowness } from '../../technician_web/core/slowness.js';
import { ServerWatch } from '../../technician_web/core/server_watch.js';

/** @typedef {import('../../technician_web/core/types.js').SessionState} SessionState */

const NOW = 1_000_000;
const WELL = { askedAt: 0, endedAt: NOW - 100, tookMs: SERVER_MS - 1 };

/** @param {Partial<SessionState>} patch @returns {SessionState} */
const live = (patch = {}) => ({ ...INITIAL, phase: 'active', grants: ['view'], picture: 'live', currentAt: NOW - 100, rtt: 40, ...patch });

/** What each cause looks like from here, the surest first. @type {[string, Partial<SessionState>, Partial<import('../../technician_web/core/slowness.js').Server>][]} */
const CAUSES = [
  ['tab', { behindAt: NOW - TAB_MS }, {}],
  ['server', { currentAt: NOW - LATE_MS - 1 }, { askedAt: NOW - SERVER_MS }],
  ['server', { currentAt: NOW - LATE_MS - 1 }, { tookMs: SERVER_MS }],
  ['server', { currentAt: NOW - LATE_MS - 1 }, { tookMs: Infinity }],
  ['held', { stale: true, beside: true }, {}],
  ['silent', { stale: true }, {}],
  ['tv', { currentAt: NOW - LATE_MS - 1, stalledAt: NOW - BUSY_MS }, {}],
  ['link', { currentAt: NOW - LATE_MS - 1, stalledAt: NOW - BUSY_MS - 1 }, {}],
  ['link', { currentAt: NOW - LATE_MS - 1 }, {}],
  ['link', { rtt: TRIP_MS + 1 }, {}],
];

// proves: G9
// by: the TV's line is blamed for a server that gives no answer
test('each cause is named, and of two the surer one', () => {
  for (const [at, [name, patch, server]] of CAUSES.entries()) {
    assert.equal(slowness(live(patch), { ...WELL, ...server }, false, NOW), name, `${at}`);
    for (const [, otherPatch, otherServer] of CAUSES.slice(at + 1)) {
      assert.equal(slowness(live({ ...otherPatch, ...patch }), { ...WELL, ...otherServer, ...server }, false, NOW), name, `${at} over ${JSON.stringify(otherPatch)}`);
    }
  }
});

test('of a page that hardly runs nobody else is blamed, and itself only where something is late', () => {
  for (const [, patch, server] of CAUSES) assert.equal(slowness(live(patch), { ...WELL, ...server }, true, NOW), 'tab');
  for (const [at, name] of /** @type {const} */ ([[NOW - SUSPECT_MS - 1, 'tab'], [NOW - SUSPECT_MS, '']])) {
    assert.equal(slowness(live({ currentAt: at }), WELL, true, NOW), name);
  }
  // One that moves comes thirty times a second.
  for (const [at, name] of /** @type {const} */ ([[NOW - HELD_AGE_MS - 1, 'tab'], [NOW - HELD_AGE_MS, '']])) {
    assert.equal(slowness(live({ currentAt: at, fps: 4 }), WELL, true, NOW), name);
  }
});

test('a page is held when it lost two fifths of the last half second, in one piece or in many', () => {
  for (const step of [LOOK_MS + HELD_MS, LOOK_MS * 2, LOOK_MS * 3]) {
    const pulse = new Pulse();
    let now = NOW;
    for (; now < NOW + 1_000; now += LOOK_MS) pulse.beat(now, false);
    assert.ok(!pulse.isHeld(now));
    for (const until = now + 1_200; now < until; now += step) pulse.beat(now, false);
    pulse.beat(now, false);
    assert.ok(pulse.isHeld(now), `${step}`);
    pulse.beat(now, true);
    assert.ok(!pulse.isHeld(now + 1_000));
  }
});

test('what a page lost is over after half a second', () => {
  const pulse = new Pulse();
  pulse.beat(NOW, false);
  let now = NOW + LOOK_MS + HELD_MS;
  pulse.beat(now, false);
  for (const until = now + 400; now < until;) pulse.beat(now += LOOK_MS, false);
  assert.ok(pulse.isHeld(now));
  pulse.beat(now += LOOK_MS, false);
  assert.ok(!pulse.isHeld(now));
});

test('a beat that is overdue counts before it comes', () => {
  const pulse = new Pulse();
  pulse.beat(NOW, false);
  assert.ok(!pulse.isHeld(NOW + LOOK_MS + HELD_MS - 1));
  assert.ok(pulse.isHeld(NOW + LOOK_MS + HELD_MS));
});

test('a page that keeps up is not held, nor is one that nobody sees or that is just seen again', () => {
  const pulse = new Pulse();
  let now = NOW;
  for (const end = now + 3_000; now < end; now += LOOK_MS * 1.4) pulse.beat(now, false);
  assert.ok(!pulse.isHeld(now));
  for (const end = now + 5_000; now < end; now += 1_000) pulse.beat(now, true);
  pulse.beat(now, false);
  assert.ok(!pulse.isHeld(now));
});

test('where nothing is late nothing is blamed, whatever the server does', () => {
  for (const server of [UNASKED, WELL, { ...WELL, tookMs: Infinity }, { ...WELL, askedAt: NOW - 5_000 }]) {
    assert.equal(slowness(live(), server, false, NOW), '');
    assert.equal(slowness(live({ currentAt: NOW - LATE_MS, rtt: TRIP_MS, behindAt: NOW - TAB_MS + 1 }), server, false, NOW), '');
    assert.equal(slowness(live({ phase: 'ended', currentAt: 1, stale: true }), server, false, NOW), '');
    assert.equal(slowness(live({ grants: ['keys'], currentAt: 1 }), server, false, NOW), '');
  }
});

test('a picture that is not there has its own word and is not late', () => {
  for (const picture of /** @type {const} */ (['waiting', 'hidden', 'off', 'protected', 'no_signal', 'capture_stalled', 'encoder_stalled'])) {
    assert.equal(slowness(live({ picture, currentAt: 1 }), WELL, false, NOW), '');
  }
});

test('a first picture that does not come is late too, once nothing has been said of it for as long', () => {
  assert.equal(slowness(live({ picture: 'waiting', currentAt: 1, waitingAt: NOW - LATE_MS }), WELL, false, NOW), '');
  const late = live({ picture: 'waiting', currentAt: 1, waitingAt: NOW - LATE_MS - 1 });
  assert.ok(mustAsk(late, UNASKED, NOW));
  assert.equal(slowness(late, WELL, false, NOW), 'link');
  assert.equal(slowness(late, { ...WELL, tookMs: SERVER_MS }, false, NOW), 'server');
});

test('nobody is blamed while the question is open, and an old answer says nothing of now', () => {
  const late = live({ currentAt: NOW - LATE_MS - 1 });
  assert.equal(slowness(late, { ...UNASKED, askedAt: NOW - SERVER_MS + 1 }, false, NOW), '');
  assert.equal(slowness(late, { askedAt: NOW - 1, endedAt: NOW - 60_000, tookMs: Infinity }, false, NOW), '');
});

test('the answer is known before a second is over, whenever the last confirmation was', () => {
  // Asked at the first look after it is suspected, named at the first look after the answer was due.
  assert.ok(Math.ceil(SERVER_MS / LOOK_MS) * LOOK_MS + SUSPECT_MS + LOOK_MS <= 1000);
  assert.ok(LATE_MS + LOOK_MS < 1000 && TAB_MS + LOOK_MS < 1000);
});

test('an answer from before the picture was last known to be current says nothing of what is late now', () => {
  const late = live({ currentAt: NOW - LATE_MS - 1 });
  for (const tookMs of [10, SERVER_MS, Infinity]) {
    const before = slowness(late, { askedAt: 0, endedAt: NOW - LATE_MS - 1, tookMs }, false, NOW);
    const after = slowness(late, { askedAt: 0, endedAt: NOW - LATE_MS, tookMs }, false, NOW);
    assert.deepEqual([before, after], ['', tookMs < SERVER_MS ? 'link' : 'server']);
  }
  assert.ok(AGAIN_MS + SERVER_MS < LATE_MS, 'while it stays late there is always a newer one');
});

test('the server is asked only where something may be late, once at a time, twice a second', () => {
  const suspect = live({ currentAt: NOW - SUSPECT_MS - 1 });
  assert.ok(mustAsk(suspect, UNASKED, NOW));
  assert.ok(!mustAsk(live({ currentAt: NOW - SUSPECT_MS }), UNASKED, NOW));
  assert.ok(!mustAsk(suspect, { ...UNASKED, askedAt: NOW - 5_000 }, NOW));
  assert.ok(!mustAsk(suspect, { ...WELL, endedAt: NOW - AGAIN_MS + 1 }, NOW));
  assert.ok(mustAsk(suspect, { ...WELL, endedAt: NOW - AGAIN_MS }, NOW));
});

test('how long the answer took is what is known of the server, and none is none', async () => {
  let now = NOW;
  let held = false;
  /** @type {{ resolve: (value?: unknown) => void, reject: (why: unknown) => void }[]} */
  const asked = [];
  const watch = new ServerWatch(() => new Promise((resolve, reject) => { asked.push({ resolve, reject }); }), () => now, () => held);
  const late = live({ currentAt: NOW - 5_000 });
  watch.look(late, now);
  watch.look(late, now);
  assert.equal(asked.length, 1);
  assert.equal(watch.server.askedAt, NOW);
  now += 70;
  asked[0]?.resolve();
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual(watch.server, { askedAt: 0, endedAt: NOW + 70, tookMs: 70 });
  now += 1_000;
  watch.look(late, now);
  assert.equal(asked.length, 2);
  asked[1]?.reject(new Error('no way'));
  await Promise.resolve();
  await Promise.resolve();
  assert.equal(watch.server.tookMs, Infinity);
  now += 1_000;
  held = true;
  watch.look(late, now);
  now += 900;
  asked[2]?.resolve();
  await Promise.resolve();
  await Promise.resolve();
  assert.equal(watch.server.tookMs, NaN, 'the page may have heard it late');
  assert.equal(slowness(live({ currentAt: NOW }), watch.server, false, now), '');
});
