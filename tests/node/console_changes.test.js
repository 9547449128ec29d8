/** @file How the changes of a session become one line for each setting. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { bySetting } from '../../technician_web/ui/changes.js';

test('each setting is counted once, where it was first changed, with the time of its last change', () => {
  const changes = [{ path: 'backlight', at: 1 }, { path: 'motion', at: 2 }, { path: 'backlight', at: 3 }];
  assert.deepEqual(bySetting(changes), [{ path: 'backlight', n: 2, last: 3 }, { path: 'motion', n: 1, last: 2 }]);
});

test('without a change there is no line', () => {
  assert.deepEqual(bySetting([]), []);
});
