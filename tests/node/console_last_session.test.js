/** @file What a tab keeps of a session: for whom, for how long, and that nothing in it opens anything. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { INITIAL } from '../../technician_web/core/session.js';
import { LastSessions } from '../../technician_web/ui/last_session.js';

const NOW = 1_790_000_000_000;
const ME = { name: 'Demo Technician', org: 'Hallmere Care', role: 'technician', language: 'en' };
const DRAFT = { login: 'demo', code: '481703652296', request: 'HM-7K42-93', asks: ['view', 'keys'] };
/** @type {import('../../technician_web/core/types.js').SessionState} */
const PAIRED = {
  ...INITIAL, phase: 'consent', session: '0f8d', deviceName: 'Vista 55 Q7', deviceFw: '4.2.1', times: { ...INITIAL.times, badge: NOW },
};
/** @type {import('../../technician_web/core/types.js').SessionState} */
const OVER = { ...PAIRED, phase: 'ended', reason: 'device_lost', times: { ...PAIRED.times, ended: NOW + 5 } };

/** A tab's storage that counts what is written. */
function storage() {
  /** @type {Map<string, string>} */
  const held = new Map();
  return {
    writes: 0,
    getItem: (/** @type {string} */ key) => held.get(key) ?? null,
    /** @param {string} key @param {string} value */
    setItem(key, value) { this.writes += 1; held.set(key, value); },
    removeItem: (/** @type {string} */ key) => void held.delete(key),
    text: () => [...held.values()].join(),
    put: (/** @type {string} */ key, /** @type {string} */ value) => held.set(key, value),
  };
}

/** @param {ReturnType<typeof storage>} tab @returns {any} */
const lastOf = (tab, now = NOW) => new LastSessions(tab, () => now).of(ME);

test('a session is kept once it is paired, and again when it ends, and not at every picture', () => {
  const tab = storage();
  const last = new LastSessions(tab, () => NOW);
  last.observe({ ...INITIAL, phase: 'pairing', code: DRAFT.code, session: '0f8d' }, ME, DRAFT);
  assert.equal(tab.writes, 0);
  for (let fps = 0; fps < 50; fps += 1) last.observe({ ...PAIRED, fps }, ME, DRAFT);
  assert.equal(tab.writes, 1);
  assert.equal(lastOf(tab).reason, '');
  last.observe(OVER, ME, DRAFT);
  assert.equal(tab.writes, 2);
  assert.deepEqual(lastOf(tab), {
    who: 'Demo Technician · Hallmere Care', request: 'HM-7K42-93', asks: ['view', 'keys'], device: 'Vista 55 Q7', firmware: '4.2.1',
    session: '0f8d', at: NOW + 5, reason: 'device_lost', switchedOff: false,
  });
  assert.ok(!tab.text().includes(DRAFT.code) && !tab.text().includes(DRAFT.login));
});

test('what was typed is kept beside it; a session that nobody ended was left when the page went', () => {
  const tab = storage();
  const last = new LastSessions(tab, () => NOW + 60_000);
  last.observe(PAIRED, ME, DRAFT);
  last.draft(ME, { ...DRAFT, request: 'HM-2' });
  assert.deepEqual([lastOf(tab).request, lastOf(tab).at, lastOf(tab).device], ['HM-2', NOW + 60_000, 'Vista 55 Q7']);
  last.observe(OVER, ME, DRAFT);
  last.draft(ME, DRAFT);
  assert.equal(lastOf(tab).at, NOW + 5);
});

test('it is for its own technician, and gone after a working day', () => {
  const tab = storage();
  new LastSessions(tab, () => NOW).observe(OVER, ME, DRAFT);
  assert.equal(new LastSessions(tab, () => NOW).of({ ...ME, name: 'Another' }), null);
  assert.ok(lastOf(tab, NOW + 7 * 3_600_000));
  assert.equal(lastOf(tab, NOW + 9 * 3_600_000), null);
  assert.equal(new LastSessions(tab, () => NOW + 9 * 3_600_000).isKept, false);
  const other = new LastSessions(tab, () => NOW);
  other.claim({ ...ME, org: 'Elsewhere' });
  assert.equal(tab.text(), '');
});

for (const [what, text] of Object.entries({
  'not JSON': '{', 'a list': '[]', nothing: 'null', 'a reason nobody knows': null, 'a grant nobody knows': null, 'a time that is none': null,
  'far too much': null,
})) {
  test(`what this page did not write is not read: ${what}`, () => {
    const tab = storage();
    new LastSessions(tab, () => NOW).observe(OVER, ME, DRAFT);
    const whole = JSON.parse(tab.text());
    assert.ok(lastOf(tab));
    /** @type {{ [what: string]: object }} */
    const altered = {
      'a reason nobody knows': { ...whole, reason: 'bored' }, 'a grant nobody knows': { ...whole, asks: ['camera'] },
      'a time that is none': { ...whole, at: 'soon' }, 'far too much': { ...whole, request: 'x'.repeat(5_000) },
    };
    tab.put('alongside.last-session', text ?? JSON.stringify(altered[what]));
    assert.equal(lastOf(tab), null);
  });
}

test('a browser that keeps nothing, or has no room, only forgets at a reload', () => {
  const full = { ...storage(), setItem() { throw new DOMException('full', 'QuotaExceededError'); } };
  for (const tab of [null, full]) {
    const last = new LastSessions(tab, () => NOW);
    last.observe(OVER, ME, DRAFT);
    assert.equal(last.of(ME)?.device, 'Vista 55 Q7');
    last.forget();
    assert.equal(last.of(ME), null);
  }
});
