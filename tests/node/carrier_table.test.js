/** @file The console's table of carriers: every state times every event, and what must never be in it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EVENTS, NEXT_TRY_MS, PATIENCE_MS, STATES, TRANSITIONS, advance } from '../../technician_web/core/carrier.js';

const WITH_CHANNELS = /** @type {const} */ (['offering', 'asking', 'opening', 'proving', 'direct']);

test('what is not in the table is refused', () => {
  for (const state of STATES) {
    for (const event of EVENTS) assert.equal(advance(state, event), TRANSITIONS[state][event] ?? null, `${state} ${event}`);
    assert.deepEqual(Object.keys(TRANSITIONS[state]).filter((event) => !EVENTS.includes(/** @type {'try'} */ (event))), []);
  }
});

test('only proofs make a data channel carry, and the device is told so', () => {
  for (const state of STATES) {
    for (const event of EVENTS) {
      const row = advance(state, event);
      if (row?.to === 'direct') assert.deepEqual([state, event, row.effects], ['proving', 'proven', ['say_direct']]);
    }
  }
});

test('the end closes the channels and is final', () => {
  for (const state of WITH_CHANNELS) assert.deepEqual(advance(state, 'end'), { to: 'over', effects: ['close'] });
  assert.equal(advance('relay', 'end')?.to, 'over');
  assert.deepEqual(TRANSITIONS.over, {});
});

test('a loss leads back to the relay from everywhere, closed first', () => {
  for (const state of WITH_CHANNELS) {
    const row = advance(state, 'lost');
    assert.equal(row?.to, 'relay', state);
    assert.equal(row?.effects[0], 'close', state);
    assert.equal(row?.effects.at(-1), 'wait', state);
  }
});

test('the device hears of every try that it knows of and that is given up', () => {
  for (const state of /** @type {const} */ (['asking', 'opening', 'proving'])) {
    assert.ok(advance(state, 'time_up')?.effects.includes('say_bye'), state);
    assert.ok(advance(state, 'lost')?.effects.includes('say_bye'), state);
    assert.ok(!advance(state, 'bye')?.effects.includes('say_bye'), state);
  }
  assert.ok(advance('direct', 'lost')?.effects.includes('say_relay'));
  assert.ok(!advance('offering', 'lost')?.effects.includes('say_bye'));
});

test('every try has its time, and tries become rarer', () => {
  for (const state of STATES) assert.equal(advance(state, 'time_up') !== null, state in PATIENCE_MS, state);
  assert.deepEqual([...NEXT_TRY_MS].sort((one, other) => one - other), NEXT_TRY_MS);
  assert.ok((NEXT_TRY_MS[0] ?? 0) >= 5_000, 'the device takes no two offers within 5 s');
  assert.ok(NEXT_TRY_MS.length + 1 <= 8, 'and no more than 8 in a session');
});
