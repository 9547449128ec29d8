/**
 * @file Session descriptions, as far as this end trusts them: one section for data channels, one fingerprint (seal SPEC §11).
 *
 * What goes out and what comes in passes here, so that the browser sees no candidate which the console's settings forbid, and
 * the device sees no address which they do not let out.
 */

import { SealError } from './errors.js';
import { DIRECT_FRAME_BYTES, SIGNAL_CHARACTERS } from './limits.js';

/** @typedef {'off' | 'turn' | 'public' | 'all'} Direct How far this console goes: through the operator's TURN server alone, without addresses of a private network, or all. */
/** @typedef {{ text: string, fingerprint: string, candidates: number }} Description */

const MOST_CANDIDATES = 16;
const SECTION = /^m=application \d{1,5} UDP\/DTLS\/SCTP webrtc-datachannel$/;
const FINGERPRINT = /^a=fingerprint:sha-256 ((?:[0-9A-F]{2}:){31}[0-9A-F]{2})$/i;
const CANDIDATE = /^a=candidate:([\w+/]{1,32}) 1 udp (\d{1,10}) ([\w.:-]{1,80}) (\d{1,5}) typ (host|srflx|relay|prflx)(?: .*)?$/i;
const LARGEST = /^a=max-message-size:(\d{1,10})$/;

/** @param {string} what @returns {never} */
function refuse(what) {
  throw new SealError('bad_message', what);
}

/** @param {string} text @param {(kind: string, address: string) => boolean} mayStay @returns {Description} */
export function readDescription(text, mayStay) {
  if (text.length > SIGNAL_CHARACTERS) refuse('description too long');
  const lines = text.split(/\r?\n/);
  const sections = lines.filter((line) => line.startsWith('m='));
  if (sections.length !== 1 || !SECTION.test(sections[0] ?? '')) refuse('not one section for data channels');
  const prints = new Set(lines.map((line) => FINGERPRINT.exec(line)?.[1]?.toUpperCase()).filter((print) => print !== undefined));
  const [fingerprint, ...others] = prints;
  if (fingerprint === undefined || others.length > 0) return refuse('not one fingerprint');
  let candidates = 0;
  const kept = lines.flatMap((line) => {
    const thinned = thin(line, mayStay);
    if (thinned === null) return [];
    if (!thinned.startsWith('a=candidate:')) return [thinned];
    candidates += 1;
    return candidates > MOST_CANDIDATES ? [] : [thinned];
  });
  return { text: kept.join('\r\n'), fingerprint, candidates: Math.min(candidates, MOST_CANDIDATES) };
}

/** What this end says it takes, so that every frame of the protocol fits. @param {string} text */
export function takesWholeFrames(text) {
  const named = text.split(/\r?\n/).map((line) => LARGEST.exec(line)?.[1]).find((size) => size !== undefined);
  return named !== undefined && (Number(named) === 0 || Number(named) >= DIRECT_FRAME_BYTES);
}

/** The line as it may stay; the addresses that browsers repeat elsewhere are blotted out. @param {string} line @param {(kind: string, address: string) => boolean} mayStay */
function thin(line, mayStay) {
  if (line.startsWith('m=')) return line.replace(/^m=application \d+/, 'm=application 9');
  if (line.startsWith('c=')) return 'c=IN IP4 0.0.0.0';
  if (!line.startsWith('a=candidate:')) return line;
  const [, foundation, priority, address = '', port, typ = ''] = CANDIDATE.exec(line) ?? [];
  const kind = typ.toLowerCase();
  if (!foundation || !mayStay(kind, address)) return null;
  const plain = `a=candidate:${foundation} 1 udp ${priority} ${address} ${port} typ ${kind}`;
  return kind === 'host' ? plain : `${plain} raddr 0.0.0.0 rport 9`;
}

/** Whether a candidate of this end's own may stand in its offer. @param {Direct} direct @param {string} kind @param {string} address */
export function mayName(direct, kind, address) {
  if (direct === 'turn') return kind === 'relay';
  if (direct === 'public') return kind === 'relay' || isPublic(address);
  return direct === 'all';
}

/** Whether a candidate of the device's is tried at all. @param {Direct} direct @param {string} address */
export function mayTry(direct, address) {
  if (direct === 'turn') return !isName(address);
  if (direct === 'public') return isPublic(address);
  return direct === 'all';
}

/** @param {string} address */
function isName(address) {
  return address.toLowerCase().endsWith('.local');
}

/** Whether this is an address of the public internet. @param {string} address */
export function isPublic(address) {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address)?.slice(1).map(Number);
  if (parts) return parts.every((part) => part < 256) && isPublic4(/** @type {[number, number, number, number]} */ (parts));
  // Global unicast is 2000::/3; documentation (2001:db8::/32) and the old tunnels are nobody's place.
  return /^[23][0-9a-f]{3}:[0-9a-f:]+$/i.test(address) && !/^(2001:0?db8|2001:0{0,3}:|2002):?/i.test(address);
}

/** @param {[number, number, number, number]} parts */
function isPublic4([a, b, c]) {
  if (a === 0 || a === 10 || a === 127 || a >= 224) return false;
  if (a === 100 && b >= 64 && b < 128) return false;
  if (a === 169 && b === 254) return false;
  if (a === 172 && b >= 16 && b < 32) return false;
  if (a === 192 && (b === 168 || (b === 0 && (c === 0 || c === 2)))) return false;
  if (a === 198 && (b === 18 || b === 19 || (b === 51 && c === 100))) return false;
  return !(a === 203 && b === 0 && c === 113);
}
