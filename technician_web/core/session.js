/**
 * @file The life of one session as the console sees it: one table, `(state, event) -> (state, effects)`.
 *
 * The phases are the relay's (PAIRING, CONSENT, ACTIVE, ENDED); pairing is drawn in its steps here. What is not in
 * the table is refused, no row leaves `ended`, and every live state has a row for each way to lose the other side.
 * A code that this console shows goes `asking`, `showing`, and on as any other once a device has typed it; `over` is a
 * code that nobody typed: there was no session, so there is no ending.
 */

/** @typedef {import('./types.js').Phase} Phase */
/** @typedef {import('./types.js').Step} Step */
/** @typedef {'idle' | 'redeeming' | 'asking' | 'showing' | 'over' | 'sealing' | 'badge' | 'deciding' | 'active' | 'ended'} State */
/**
 * @typedef {'connect' | 'refused' | 'redeemed' | 'show' | 'shown' | 'joined' | 'sealed' | 'paired' | 'declined' | 'consented'
 *   | 'mismatched' | 'timed_out' | 'left' | 'device_closed' | 'relay_ended' | 'lost' | 'broken' | 'unrecorded'} Event
 */
/** @typedef {'redeem' | 'ask_code' | 'agree' | 'authenticate' | 'ask' | 'assist' | 'abort' | 'take_leave' | 'linger' | 'hang_up' | 'wipe'} Effect */
/** @typedef {{ to: State, effects: readonly Effect[] }} Row */

/** @type {readonly State[]} */
export const STATES = ['idle', 'redeeming', 'asking', 'showing', 'over', 'sealing', 'badge', 'deciding', 'active', 'ended'];
/** @type {readonly Event[]} */
export const EVENTS = [
  'connect', 'refused', 'redeemed', 'show', 'shown', 'joined', 'sealed', 'paired', 'declined', 'consented', 'mismatched',
  'timed_out', 'left', 'device_closed', 'relay_ended', 'lost', 'broken', 'unrecorded',
];

/** @param {State} to @param {...Effect} effects @returns {Row} */
const row = (to, ...effects) => ({ to, effects });
const GONE = row('ended', 'hang_up', 'wipe');
// Before `paired` a plain abort is the whole farewell; later the device must hear it sealed (seal SPEC §4).
const ABORTED = row('ended', 'abort', 'hang_up', 'wipe');
// The device's sealed word comes before its record: who hangs up between the two is recorded as lost, though nobody was.
const TOLD = row('ended', 'linger', 'wipe');
const LEFT = row('ended', 'take_leave', 'wipe');
const THROWN_AWAY = row('over', 'abort', 'hang_up', 'wipe');

/** @type {{ readonly [state in State]: { readonly [event in Event]?: Row } }} */
export const TRANSITIONS = {
  idle: { connect: row('redeeming', 'redeem'), show: row('asking', 'ask_code') },
  redeeming: { refused: row('idle'), redeemed: row('sealing', 'agree'), left: GONE },
  asking: { refused: row('idle', 'hang_up'), shown: row('showing'), left: THROWN_AWAY },
  showing: {
    joined: row('sealing', 'agree'), timed_out: THROWN_AWAY, left: THROWN_AWAY, relay_ended: THROWN_AWAY, lost: THROWN_AWAY,
    broken: THROWN_AWAY,
  },
  over: {},
  sealing: {
    sealed: row('badge', 'authenticate'), mismatched: ABORTED, timed_out: ABORTED, left: ABORTED,
    relay_ended: GONE, lost: GONE, broken: ABORTED,
  },
  badge: {
    paired: row('deciding', 'ask'), timed_out: ABORTED, left: ABORTED,
    device_closed: TOLD, relay_ended: GONE, lost: GONE, broken: ABORTED,
  },
  deciding: {
    declined: row('deciding'), consented: row('active', 'assist'), timed_out: LEFT, left: LEFT,
    device_closed: TOLD, relay_ended: GONE, lost: GONE, broken: GONE,
  },
  active: {
    declined: row('active', 'assist'), consented: row('active', 'assist'), left: LEFT, unrecorded: LEFT,
    device_closed: TOLD, relay_ended: GONE, lost: GONE, broken: GONE,
  },
  ended: {},
};

/** The row for an event, or null where the table has none: the event is refused. @param {State} state @param {Event} event @returns {Row | null} */
export function advance(state, event) {
  return TRANSITIONS[state][event] ?? null;
}

/** @type {{ readonly [state in State]: { phase: Phase, step: Step } }} */
const SHOWN = {
  idle: { phase: 'idle', step: '' },
  redeeming: { phase: 'pairing', step: 'redeeming' },
  asking: { phase: 'idle', step: 'asking' },
  showing: { phase: 'idle', step: 'showing' },
  over: { phase: 'idle', step: 'over' },
  sealing: { phase: 'pairing', step: 'sealing' },
  badge: { phase: 'pairing', step: 'badge' },
  deciding: { phase: 'consent', step: 'deciding' },
  active: { phase: 'active', step: '' },
  ended: { phase: 'ended', step: '' },
};

/** What the page is told of a state. @param {State} state */
export function shown(state) {
  return SHOWN[state];
}

/** A session nobody has connected yet. @type {import('./types.js').SessionState} */
export const INITIAL = Object.freeze({
  phase: 'idle', step: '', times: { accepted: 0, sealed: 0, badge: 0, active: 0, ended: 0 }, deadline: 0, code: '', session: '',
  deviceName: '', deviceFw: '', fails: 0, enrolment: Object.freeze({ state: 'unknown', unit: '', model: '' }), asks: [], grants: [], caps: [], asking: [],
  settings: null, field: null, actedMs: null, until: 0, picture: 'none', stale: false, beside: false,
  currentAt: 0, rtt: null, fps: 0, masked: 0, behindAt: 0, waitingAt: 0, stalledAt: 0, glass: null, bitRate: 0, codec: '', carrier: 'ws', hearing: false, keysPressed: 0, switchedOff: false, changes: [], reason: '', cause: '', warning: '', problem: null,
});
