/** @file What the age of the picture does to the picture and to the keys. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { INITIAL } from '../../technician_web/core/session.js';
import { ageOf, freshness, keysOff } from '../../technician_web/ui/freshness.js';

const NOW = 1_000_000;
const ALL = ['keys', 'settings', 'view'];

/** @param {Partial<import('../../technician_web/core/types.js').SessionState>} patch */
const live = (patch = {}) => ({ ...INITIAL, phase: /** @type {const} */ ('active'), grants: ALL, picture: /** @type {const} */ ('live'), currentAt: NOW, ...patch });

test('a picture is live to 0.8 s, late to two and stale after that', () => {
  for (const [age, expected] of /** @type {const} */ ([[0, 'live'], [800, 'live'], [801, 'late'], [2000, 'late'], [2001, 'stale']])) {
    assert.equal(freshness(live({ currentAt: NOW - age }), NOW), expected, `${age} ms`);
  }
});

test('silence of the device makes even a young picture stale', () => {
  assert.equal(freshness(live({ stale: true }), NOW), 'stale');
});

test('without the grant to view nothing is ever called live', () => {
  assert.equal(freshness(live({ grants: ['keys'] }), NOW), 'none');
});

test('a picture that is not there says why, whatever its age', () => {
  for (const picture of /** @type {const} */ (['waiting', 'hidden', 'off', 'none', 'protected', 'no_signal', 'capture_stalled', 'encoder_stalled'])) {
    assert.equal(freshness(live({ picture, currentAt: 1 }), NOW), picture);
  }
});

test('keys are off exactly where they were not given, or would be pressed without seeing what they do', () => {
  assert.equal(keysOff(live(), NOW), '');
  assert.equal(keysOff(live({ currentAt: NOW - 1500 }), NOW), '');
  assert.equal(keysOff(live({ grants: ['view'] }), NOW), 'not_given');
  assert.equal(keysOff(live({ currentAt: NOW - 2001 }), NOW), 'stale');
  assert.equal(keysOff(live({ stale: true }), NOW), 'stale');
  assert.equal(keysOff(live({ stale: true, beside: true }), NOW), 'held');
  assert.equal(keysOff(live({ picture: 'hidden' }), NOW), 'hidden');
  assert.equal(keysOff(live({ picture: 'waiting' }), NOW), 'waiting');
  for (const picture of /** @type {const} */ (['off', 'protected', 'no_signal'])) assert.equal(keysOff(live({ picture }), NOW), '', 'a TV without a signal is helped by keys');
  for (const picture of /** @type {const} */ (['capture_stalled', 'encoder_stalled'])) assert.equal(keysOff(live({ picture }), NOW), 'stale', picture);
});

test('a customer who allowed keys without the picture gets keys, until the device falls silent', () => {
  assert.equal(keysOff(live({ grants: ['keys'], picture: 'none', currentAt: 0 }), NOW), '');
  assert.equal(keysOff(live({ grants: ['keys'], picture: 'none', stale: true }), NOW), 'stale');
});

test('a picture never has a negative age, and none has no age', () => {
  assert.equal(ageOf(live({ currentAt: NOW + 500 }), NOW), 0);
  assert.equal(ageOf(live({ currentAt: 0 }), NOW), 0);
});

test('a picture that came and is not drawn makes the one that is shown late', () => {
  assert.equal(freshness(live({ behindAt: NOW - 399 }), NOW), 'live');
  assert.equal(freshness(live({ behindAt: NOW - 400 }), NOW), 'late');
});
