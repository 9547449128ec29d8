/** @file A part of the page that comes later: one fetch for all who ask, another one after it failed. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { once, within } from '../../technician_web/ui/later.js';

/** Fetches that a test ends itself. */
function fetches() {
  /** @type {{ came: (part: string) => void, failed: (error: Error) => void }[]} */
  const begun = [];
  const load = () => /** @type {Promise<string>} */ (new Promise((came, failed) => { begun.push({ came, failed }); }));
  return { begun, part: once(load) };
}

test('whoever asks gets the same part, which is fetched once', async () => {
  const { begun, part } = fetches();
  const [first, second] = [part(), part()];
  assert.equal(begun.length, 1);
  begun[0]?.came('work');
  assert.deepEqual(await Promise.all([first, second, part()]), ['work', 'work', 'work']);
  assert.equal(begun.length, 1);
});

test('all who waited hear that it failed, and the next to ask has it fetched again', async () => {
  const { begun, part } = fetches();
  const [first, second] = [part(), part()];
  begun[0]?.failed(new Error('offline'));
  await assert.rejects(first, /offline/);
  await assert.rejects(second, /offline/);
  const third = part();
  assert.equal(begun.length, 2);
  begun[1]?.came('work');
  assert.equal(await third, 'work');
});

test('what takes longer than it may has failed, and what came in time has not', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { begun, part } = fetches();
  const late = within(60_000, part);
  t.mock.timers.tick(59_999);
  const again = within(60_000, part);
  t.mock.timers.tick(1);
  await assert.rejects(late);
  assert.equal(begun.length, 1);
  begun[0]?.came('work');
  assert.equal(await again, 'work');
});
