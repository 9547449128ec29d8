/**
 * @file What carries picture and sound, as the console sees it: one table, `(state, event) -> (state, effects)` (seal SPEC §11).
 *
 * The relay carries until every proof has come through a data channel, and again from the moment the channel is gone. What is
 * not in the table is refused: it changes nothing. Nothing here ends a session, and no row leaves `over`.
 */

/** @typedef {'relay' | 'offering' | 'asking' | 'opening' | 'proving' | 'direct' | 'over'} State */
/**
 * @typedef {'try' | 'offered' | 'answered' | 'opened' | 'proven' | 'bye' | 'lost' | 'time_up' | 'end'} Event
 * `try`: it is time for a further one. `opened`: both channels, to the end whose fingerprint was sealed. `proven`: every proof
 * was opened. `bye` is the device's. `lost`: failed, closed, or another certificate.
 */
/** @typedef {'offer' | 'say_offer' | 'accept' | 'say_direct' | 'say_relay' | 'say_bye' | 'close' | 'wait'} Effect */
/** @typedef {{ to: State, effects: readonly Effect[] }} Row */

/** @type {readonly State[]} */
export const STATES = ['relay', 'offering', 'asking', 'opening', 'proving', 'direct', 'over'];
/** @type {readonly Event[]} */
export const EVENTS = ['try', 'offered', 'answered', 'opened', 'proven', 'bye', 'lost', 'time_up', 'end'];

/** @param {State} to @param {...Effect} effects @returns {Row} */
const row = (to, ...effects) => ({ to, effects });
const OVER = row('over', 'close');
const FAILED = row('relay', 'close', 'say_bye', 'wait');
const DROPPED = row('relay', 'close', 'wait');

/** @type {{ readonly [state in State]: { readonly [event in Event]?: Row } }} */
export const TRANSITIONS = {
  relay: { try: row('offering', 'offer'), end: row('over') },
  // Until the offer has left, the device knows of nothing.
  offering: { offered: row('asking', 'say_offer'), lost: DROPPED, time_up: DROPPED, end: OVER },
  asking: { answered: row('opening', 'accept'), bye: DROPPED, lost: FAILED, time_up: FAILED, end: OVER },
  opening: { opened: row('proving'), bye: DROPPED, lost: FAILED, time_up: FAILED, end: OVER },
  proving: { proven: row('direct', 'say_direct'), bye: DROPPED, lost: FAILED, time_up: FAILED, end: OVER },
  direct: { bye: DROPPED, lost: row('relay', 'close', 'say_relay', 'wait'), end: OVER },
  over: {},
};

/** How long a state may last, ms; the others last. @type {{ readonly [state in State]?: number }} */
export const PATIENCE_MS = { offering: 3_000, asking: 8_000, opening: 8_000, proving: 2_000 };

/** How long after each try that came to nothing the next begins, ms; after the last one nothing is tried any more. */
export const NEXT_TRY_MS = [15_000, 30_000, 60_000, 120_000, 300_000];

/** The row for an event, or null where the table has none: the event is refused. @param {State} state @param {Event} event @returns {Row | null} */
export function advance(state, event) {
  return TRANSITIONS[state][event] ?? null;
}
