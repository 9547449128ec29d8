/** @file How each ending reads and looks. The sentences are shared with the device; the signs are this console's. */

import { IDLE_MS } from '../core/limits.js';

/** @typedef {import('../core/types.js').EndReason} EndReason */
/** @typedef {import('./icons.js').IconName} IconName */
/** @typedef {import('./words.js').Words} Words */

const IDLE_MIN = IDLE_MS / 60_000;

/** A tick only where somebody chose this end. @type {{ [reason in EndReason]: IconName }} */
export const END_ICONS = {
  customer_stopped: 'stop_hand',
  customer_reported: 'flag',
  technician_left: 'check',
  device_powered_off: 'power',
  device_lost: 'monitor',
  technician_lost: 'unplugged',
  relay_lost: 'cloud_off',
  consent_refused: 'ban',
  consent_timeout: 'no_answer',
  pairing_failed: 'shield_alert',
  badge_refused: 'badge',
  integrity_failed: 'shield_alert',
  idle: 'hourglass',
  time_limit: 'clock',
  revoked: 'lock',
  audit_unavailable: 'list',
  draining: 'server',
};

/** @param {Words} words @param {string} reason @param {boolean} [own] whether this technician's own key switched the TV off */
export function endingTitle(words, reason, own = false) {
  return words.text(`${stem(reason, own)}.title`, reason === 'idle' ? { minutes: IDLE_MIN } : {});
}

/** @param {Words} words @param {string} reason @param {boolean} own */
export function endingNext(words, reason, own) {
  return words.text(`${stem(reason, own)}.next`);
}

/** The record's reason says that the TV went off; whose key that was, this console knows beside it. @param {string} reason @param {boolean} own */
function stem(reason, own) {
  return own && reason === 'device_powered_off' ? 'end.technician.device_powered_off.own_key' : `end.technician.${reason}`;
}
