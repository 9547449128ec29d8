/** @file The console's table of a session: every state with every event (INV-B5, INV-B6). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { END_REASONS, PEOPLE_DECIDE } from '../../technician_web/core/closed_sets.js';
import { reasonAsTold, reasonOfClose, reasonOfSilence } from '../../technician_web/core/endings.js';
import { advance, EVENTS, shown, STATES, TRANSITIONS } from '../../technician_web/core/session.js';

/** @typedef {import('../../technician_web/core/session.js').State} State */

// Written out by hand from SPEC §5.2 to §7: where each state may go. Everything else is refused.
/** @type {{ [state: string]: { [event: string]: State } }} */
const ALLOWED = {
  idle: { connect: 'redeeming', show: 'asking' },
  redeeming: { refused: 'idle', redeemed: 'sealing', left: 'ended' },
  asking: { refused: 'idle', shown: 'showing', left: 'over' },
  showing: { joined: 'sealing', timed_out: 'over', left: 'over', relay_ended: 'over', lost: 'over', broken: 'over' },
  over: {},
  sealing: { sealed: 'badge', mismatched: 'ended', timed_out: 'ended', left: 'ended', relay_ended: 'ended', lost: 'ended', broken: 'ended' },
  badge: { paired: 'deciding', timed_out: 'ended', left: 'ended', device_closed: 'ended', relay_ended: 'ended', lost: 'ended', broken: 'ended' },
  deciding: {
    declined: 'deciding', consented: 'active', timed_out: 'ended', left: 'ended', device_closed: 'ended', relay_ended: 'ended',
    lost: 'ended', broken: 'ended',
  },
  active: {
    declined: 'active', consented: 'active', left: 'ended', device_closed: 'ended', relay_ended: 'ended', lost: 'ended', broken: 'ended',
    unrecorded: 'ended',
  },
  ended: {},
};

for (const state of STATES) {
  for (const event of EVENTS) {
    const to = ALLOWED[state]?.[event];
    test(`${state} × ${event}: ${to ?? 'refused'}`, () => {
      assert.equal(advance(state, event)?.to, to);
    });
  }
}

test('the lists of states and events are the table\'s own', () => {
  assert.deepEqual(Object.keys(TRANSITIONS).sort(), [...STATES].sort());
  const used = new Set(Object.values(TRANSITIONS).flatMap((rows) => Object.keys(rows)));
  assert.deepEqual([...used].sort(), [...EVENTS].sort());
});

test('no row leads out of ended, and every ending forgets the keys (INV-C3)', () => {
  assert.deepEqual(TRANSITIONS.ended, {});
  const endings = Object.values(TRANSITIONS).flatMap((rows) => Object.values(rows)).filter(({ to }) => to === 'ended');
  assert.ok(endings.every(({ effects }) => effects.includes('wipe')));
});

test('a code nobody typed is thrown away with its secret, and nothing leads back to it (INV-A1)', () => {
  assert.deepEqual(TRANSITIONS.over, {});
  const thrown = Object.values(TRANSITIONS).flatMap((rows) => Object.values(rows)).filter(({ to }) => to === 'over');
  assert.ok(thrown.length > 5 && thrown.every(({ effects }) => effects.includes('wipe') && effects.includes('hang_up')));
  assert.deepEqual(STATES.filter((state) => Object.values(TRANSITIONS[state]).some(({ to }) => to === 'showing')), ['asking']);
});

test('before paired the farewell is an abort in clear, after it a sealed word, never both', () => {
  assert.ok(TRANSITIONS.badge.left?.effects.includes('abort'));
  for (const state of /** @type {const} */ (['deciding', 'active'])) {
    assert.ok(TRANSITIONS[state].left?.effects.includes('take_leave'));
    assert.ok(Object.values(TRANSITIONS[state]).every(({ effects }) => !effects.includes('abort')));
  }
});

test('the device\'s own ending leaves the relay time for the record of it (INV-B6)', () => {
  for (const state of /** @type {const} */ (['badge', 'deciding', 'active'])) assert.deepEqual(TRANSITIONS[state].device_closed?.effects, ['linger', 'wipe']);
});

test('every state from a redeemed code on survives nothing: the other side can be lost in each', () => {
  for (const state of /** @type {const} */ (['sealing', 'badge', 'deciding', 'active'])) {
    for (const event of /** @type {const} */ (['lost', 'relay_ended', 'broken', 'left'])) assert.equal(advance(state, event)?.to, 'ended');
  }
});

test('consent is shown only between a checked pairing and an answer', () => {
  assert.deepEqual(STATES.map((state) => shown(state).phase), ['idle', 'pairing', 'idle', 'idle', 'idle', 'pairing', 'pairing', 'consent', 'active', 'ended']);
});

test('what nobody said is told no truer than it is known', () => {
  const close = (/** @type {boolean} */ online, /** @type {State} */ state, /** @type {number} */ closeCode, slept = false) => reasonOfClose({ online, slept, state, closeCode });
  assert.deepEqual(
    [close(false, 'active', 1006), close(true, 'active', 1006), close(true, 'badge', 1006), close(true, 'badge', 4409), close(true, 'active', 4409), close(true, 'deciding', 4401), close(true, 'sealing', 4401), close(true, 'active', 1006, true)],
    ['technician_lost', 'relay_lost', 'relay_lost', 'pairing_failed', 'relay_lost', 'revoked', 'pairing_failed', 'technician_lost'],
  );
  const silence = (/** @type {boolean} */ online, /** @type {boolean} */ heardOtherwise, slept = false) => reasonOfSilence({ online, slept, heardOtherwise });
  assert.deepEqual(
    [silence(false, true), silence(true, true), silence(true, false), silence(true, true, true), silence(true, false, true)],
    ['technician_lost', 'device_lost', 'relay_lost', 'technician_lost', 'technician_lost'],
  );
});

test('the relay is not believed about what a person decided', () => {
  for (const reason of END_REASONS) {
    const told = reasonAsTold(reason, { declined: false });
    assert.equal(told, PEOPLE_DECIDE.includes(reason) ? 'relay_lost' : reason);
  }
  assert.deepEqual(PEOPLE_DECIDE.map((reason) => reasonAsTold(reason, { declined: true })),
    ['relay_lost', 'relay_lost', 'consent_refused', 'relay_lost', 'relay_lost']);
});
