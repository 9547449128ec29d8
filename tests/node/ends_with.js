/** @file What every ending of a session must be, whatever its reason (INV-B6). */

import assert from 'node:assert/strict';

/** @typedef {import('./fake_world.js').World} World */

/** @param {World} world @param {string} reason */
export async function endsWith(world, reason) {
  const state = await world.ended();
  assert.equal(state.reason, reason);
  await world.settled();
  assert.equal(world.states.filter(({ phase }) => phase === 'ended').length, 1, 'it ends once');
  assert.deepEqual([state.grants, state.picture, state.until, state.deadline], [[], 'none', 0, 0]);
  assert.deepEqual(await world.session.press('up'), { outcome: 'refused', path: '', cause: '' });
  // Told by the device, the console lets the relay close first, which still waits for the device's record; not for long.
  if (world.channel === 'open') world.time.pass(2_000);
  assert.notEqual(world.channel, 'open', 'nobody stays connected');
  assert.equal(world.time.pending, 0, 'no alarm is left behind');
}
