/** @file Descriptions, addresses, and when a piece of sound is played. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPublic, mayName, mayTry, readDescription, takesWholeFrames } from '../../technician_web/core/description.js';
import { SealError } from '../../technician_web/core/errors.js';
import { Playout } from '../../technician_web/core/playout.js';

const PUBLIC = ['93.184.216.34', '172.32.0.1', '2606:2800:220:1::1'];
const PRIVATE = ['192.168.1.7', '10.0.0.9', '172.16.4.4', '172.31.255.255', '169.254.3.3', '127.0.0.1', '100.64.1.1', '0.0.0.0', '224.0.0.251',
  '255.255.255.255', '198.18.0.1', '192.0.2.2', '203.0.113.5', 'fe80::1', 'fd00::7', '::1', 'ff02::fb', '2001:db8::1', '999.1.1.1', '', 'relay.example'];
const NAME = 'f1c3a2b0-9f8e-4d7c-8b6a-5e4d3c2b1a09.local';
const PRINT = Array(32).fill('AB').join(':');

/** @param {string[]} lines @param {string} [print] */
function described(lines, print = `a=fingerprint:sha-256 ${PRINT}`) {
  return ['v=0', 's=-', 'm=application 40123 UDP/DTLS/SCTP webrtc-datachannel', 'c=IN IP4 192.168.1.7', ...lines, print, 'a=max-message-size:262144', ''].join('\r\n');
}
const candidate = (/** @type {string} */ address, typ = 'host', more = '') => `a=candidate:1 1 udp 2113937151 ${address} 40123 typ ${typ}${more} generation 0`;
const all = () => true;

test('public addresses are told from all others', () => {
  for (const address of PUBLIC) assert.ok(isPublic(address), address);
  for (const address of [...PRIVATE, NAME]) assert.ok(!isPublic(address), address);
});

test('private addresses are named and tried only where the settings let all through', () => {
  for (const address of [...PRIVATE, NAME]) {
    assert.ok(!mayName('public', 'host', address) && !mayTry('public', address), address);
    assert.ok(mayName('all', 'host', address) && mayTry('all', address), address);
  }
  assert.ok(mayName('public', 'relay', '10.0.0.9'), 'the operator chose where its own server stands');
});

test('through TURN alone no address of this end is named', () => {
  for (const kind of ['host', 'srflx', 'prflx']) assert.ok(!mayName('turn', kind, PUBLIC[0] ?? ''), kind);
  assert.ok(mayName('turn', 'relay', PUBLIC[0] ?? ''));
  assert.ok(!mayTry('turn', NAME));
});

test('switched off, nothing is named and nothing tried', () => {
  for (const address of [...PUBLIC, ...PRIVATE]) assert.ok(!mayName('off', 'relay', address) && !mayTry('off', address), address);
});

test('a description keeps what may stay and repeats no address', () => {
  const lines = [candidate('93.184.216.34', 'srflx', ' raddr 192.168.1.7 rport 9'), candidate('192.168.1.7'), candidate(NAME), 'a=candidate:1 1 tcp 1 93.184.216.34 9 typ host'];
  const { text, fingerprint, candidates } = readDescription(described(lines), (_, address) => mayTry('public', address));
  assert.deepEqual([fingerprint, candidates], [PRINT, 1]);
  assert.ok(!text.includes('192.168.1.7'), text);
  assert.ok(text.includes('a=candidate:1 1 udp 2113937151 93.184.216.34 40123 typ srflx raddr 0.0.0.0 rport 9\r\n'), text);
  assert.ok(takesWholeFrames(text));
  assert.ok(!takesWholeFrames(text.replace('262144', '65536')));
});

test('no more candidates than there is patience for', () => {
  assert.equal(readDescription(described(Array(40).fill(candidate('93.184.216.34'))), all).candidates, 16);
});

test('what is no description for data channels is refused', () => {
  const good = described([]);
  const bad = ['', good.replace('m=application', 'm=video'), described(['m=video 9 UDP/TLS/RTP/SAVPF 96']), described([], 'a=setup:actpass'),
    described([`a=fingerprint:sha-256 ${PRINT.replace('AB', 'CD')}`]), good.replace('sha-256', 'sha-1'), described(['x'.repeat(8_192)])];
  for (const text of bad) assert.throws(() => readDescription(text, all), SealError, text.slice(0, 80));
});

test('sound that comes in time is played without gaps', () => {
  const playout = new Playout();
  const starts = Array.from({ length: 50 }, (_, at) => playout.place(at + 1, at * 0.02));
  assert.equal(starts[0], 0.06);
  for (const [at, start] of starts.entries()) assert.ok(Math.abs((start ?? 0) - (0.06 + at * 0.02)) < 1e-9, `${at} ${start}`);
});

test('sound is never played more than 200 ms after it came', () => {
  const playout = new Playout();
  const starts = Array.from({ length: 100 }, (_, at) => playout.place(at + 1, 0));
  const played = starts.filter((start) => start !== null);
  assert.ok(played.length >= 6 && played.length < 10, String(played.length));
  assert.ok(played.every((start) => start + 0.02 <= 0.2 + 1e-9));
  const later = playout.place(101, 0.2);
  assert.ok(later !== null && later >= 0.2 && later < 0.3, 'what waited is played, and new sound follows');
});

test('silence that was left out, and pieces that were lost, make nothing later', () => {
  const playout = new Playout();
  playout.place(1, 0);
  assert.equal(playout.place(501, 10), 10.06);
  assert.ok((playout.place(511, 10) ?? 9) <= 10.09);
});

test('a piece that is older than the newest is not played', () => {
  const playout = new Playout();
  playout.place(7, 0);
  assert.equal(playout.place(7, 0), null);
  assert.equal(playout.place(6, 0), null);
});
