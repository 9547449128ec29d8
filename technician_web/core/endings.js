/**
 * @file Which end reason the console states when neither the device nor the relay has said one.
 *
 * Words that are signed or sealed by the device come first, then the relay's `ended`. Only where both are silent does the console
 * state what it saw itself, and then no more than it can know:
 * - the browser says that it is offline, or this page did not run, as on a computer that slept: it is the technician's side that was
 *   gone (`technician_lost`);
 * - the device fell silent while the relay still said something: the relay is there, the device is not (`device_lost`);
 * - a relay that refuses this console by name (4401) after pairing withdrew its access (`revoked`);
 * - any other refusal of the relay during pairing is a pairing that failed;
 * - all else, a closed socket or silence on a working network, is the relay's loss (`relay_lost`).
 * What a person decided is not the relay's to say either: where it does, no more is known than that it ended the session.
 */

import { PEOPLE_DECIDE } from './closed_sets.js';

/** @typedef {import('./types.js').EndReason} EndReason */
/** @typedef {import('./session.js').State} State */

const NOT_ALLOWED = 4401;
const FIRST_REFUSAL = 4400;

/** @param {State} state @returns {boolean} */
function isPaired(state) {
  return state === 'deciding' || state === 'active';
}

/** @param {{ online: boolean, slept: boolean, state: State, closeCode: number }} seen @returns {EndReason} */
export function reasonOfClose({ online, slept, state, closeCode }) {
  if (!online || slept) return 'technician_lost';
  if (closeCode === NOT_ALLOWED && isPaired(state)) return 'revoked';
  if (closeCode >= FIRST_REFUSAL && !isPaired(state)) return 'pairing_failed';
  return 'relay_lost';
}

/** @param {{ online: boolean, slept: boolean, heardOtherwise: boolean }} seen @returns {EndReason} */
export function reasonOfSilence({ online, slept, heardOtherwise }) {
  if (!online || slept) return 'technician_lost';
  return heardOtherwise ? 'device_lost' : 'relay_lost';
}

/** The reason in the relay's `ended`, as far as it may be believed. @param {EndReason} reason @param {{ declined: boolean }} seen whether the device's signed refusal is known */
export function reasonAsTold(reason, { declined }) {
  const isKnown = !PEOPLE_DECIDE.includes(reason) || (reason === 'consent_refused' && declined);
  return isKnown ? reason : 'relay_lost';
}
