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

/** @param {Words} words @param {string} reason */
export function endingTitle(words, reason) {
  return words.text(`end.technician.${reason}.title`, reason === 'idle' ? { minutes: IDLE_MIN } : {});
}

/** @param {Words} words @param {string} reason */
export function endingNext(words, reason) {
  return words.text(`end.technician.${reason}.next`);
}
