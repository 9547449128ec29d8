/** @file What the page shows at once, and what with its next beat (LOOK §4: figures move four times a second). */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { INITIAL } from '../../technician_web/core/session.js';
import { Figures } from '../../technician_web/ui/figures.js';

const NOW = 1_000_000;

/** @typedef {import('../../technician_web/core/types.js').SessionState} SessionState */

/** @param {Partial<SessionState>} patch @returns {SessionState} */
const live = (patch = {}) => ({ ...INITIAL, phase: 'active', grants: GRANTS, picture: 'live', currentAt: NOW, ...patch });
const GRANTS = Object.freeze(['keys', 'settings', 'view']);
const FIGURES = /** @type {const} */ (['rtt', 'fps', 'glass', 'bitRate', 'actedMs', 'keysPressed']);

/** @param {SessionState | null} state @param {number} [at] */
function shown(state, at = NOW) {
  const figures = new Figures();
  figures.shown(state, at);
  return figures;
}

/** @param {unknown} value @returns {any} */
function another(value) {
  if (Array.isArray(value)) return [...value];
  if (typeof value === 'number') return value + 1;
  return typeof value === 'string' ? `${value}-` : !value;
}

test('another picture, another round trip and another key may wait', () => {
  const page = shown(live());
  assert.ok(page.mayWait(live({ currentAt: NOW + 40 }), NOW + 40));
  for (const name of FIGURES) assert.ok(page.mayWait(live({ [name]: 7 }), NOW), name);
});

test('whatever else changes is shown at once', () => {
  const page = shown(live());
  const others = /** @type {(keyof SessionState)[]} */ (Object.keys(INITIAL)).filter((name) => !(/** @type {readonly string[]} */ ([...FIGURES, 'currentAt', 'behindAt'])).includes(name));
  assert.ok(others.length > 20);
  for (const name of others) assert.ok(!page.mayWait(live({ [name]: another(live()[name]) }), NOW), name);
});

test('what makes the picture another one in words is shown at once, whatever number it was', () => {
  assert.ok(!shown(live()).mayWait(live(), NOW + 801), 'late');
  assert.ok(!shown(live(), NOW + 801).mayWait(live({ currentAt: NOW + 801 }), NOW + 801), 'late no more');
  assert.ok(!shown(live(), NOW + 2_001).mayWait(live({ currentAt: NOW + 2_001 }), NOW + 2_001), 'stale no more');
  assert.ok(!shown(live()).mayWait(live({ behindAt: NOW - 400 }), NOW), 'waits to be drawn');
  assert.ok(shown(live()).mayWait(live({ behindAt: NOW - 399 }), NOW));
});

test('where nothing was shown nothing waits', () => {
  assert.ok(!shown(null).mayWait(live(), NOW));
  assert.ok(!new Figures().mayWait(live(), NOW));
});
