/** @file The closed sets of the protocol: end reasons, grants, keys, outcomes (SPEC §6, §7, §10). */

/** @typedef {import('./types.js').EndReason} EndReason */
/** @typedef {import('./types.js').Outcome} Outcome */

export const SUITE = 'CPACE-X25519-SHA512';

/** @type {readonly EndReason[]} */
export const END_REASONS = [
  'customer_stopped', 'customer_reported', 'technician_left', 'device_powered_off', 'device_lost', 'technician_lost',
  'relay_lost', 'consent_refused', 'consent_timeout', 'pairing_failed', 'badge_refused', 'integrity_failed', 'idle',
  'time_limit', 'revoked', 'audit_unavailable', 'draining',
];

/** Why a device refused a badge (seal SPEC §6). */
export const BADGE_CAUSES = /** @type {readonly string[]} */ ([
  'form', 'no_keyset', 'keyset_not_valid', 'no_status', 'status_old', 'issuer_not_announced', 'issuer_unknown', 'signature',
  'issuer_revoked', 'other_org', 'other_service', 'lifetime', 'not_yet_valid', 'expired', 'revoked', 'scopes', 'other_session',
]);

/** Reasons that come signed or sealed from the device, or that are the technician's own; never the relay's to say (SPEC §7). */
export const PEOPLE_DECIDE = /** @type {readonly EndReason[]} */ ([
  'customer_stopped', 'customer_reported', 'consent_refused', 'device_powered_off', 'technician_left',
]);

export const GRANTS = /** @type {const} */ (['keys', 'settings', 'sound', 'view']);

/** Keys a technician may press. The customer's own (`help`, `stop`, `hide`) are not among them: INV-B9. */
export const REMOTE_KEYS = /** @type {readonly string[]} */ ([
  'up', 'down', 'left', 'right', 'ok', 'back', 'home', 'menu', 'source', 'power', 'volume_up', 'volume_down',
  ...Array.from({ length: 10 }, (_, digit) => `digit_${digit}`),
]);

/** @type {readonly Outcome[]} */
export const OUTCOMES = ['done', 'started', 'refused', 'late', 'failed'];

/** Kinds of command, by the name of their message (SPEC §6). @type {readonly string[]} */
export const ACTION_CLASSES = ['key', 'pointer', 'text', 'setting', 'point', 'ask', 'still'];

/** Why a device refused a command (SPEC §6, seal SPEC §4.1). @type {readonly string[]} */
export const ACTION_CAUSES = [
  'not_granted', 'covered', 'hidden', 'customer', 'busy', 'cannot', 'scopes', 'asking', 'too_soon', 'declined', 'unanswered', 'no_picture',
];

/** What a device may say in `caps` that it can do (SPEC §10). */
export const CAPABILITIES = /** @type {const} */ (['pointer', 'text', 'settings', 'sound', 'still', 'p2p']);

/** What a device says of its picture (seal SPEC §4.2). */
export const PICTURE_WORDS = /** @type {const} */ ([
  'live', 'hidden', 'off', 'none', 'protected', 'no_signal', 'capture_stalled', 'encoder_stalled',
]);

/** @param {unknown} value @returns {value is EndReason} */
export function isEndReason(value) {
  return END_REASONS.includes(/** @type {EndReason} */ (value));
}

/** @param {unknown} value @returns {value is string} */
export function isBadgeCause(value) {
  return typeof value === 'string' && BADGE_CAUSES.includes(value);
}

/** @param {unknown} value @returns {value is Outcome} */
export function isOutcome(value) {
  return OUTCOMES.includes(/** @type {Outcome} */ (value));
}

/** @param {unknown} value @returns {value is string} */
export function isActionClass(value) {
  return typeof value === 'string' && ACTION_CLASSES.includes(value);
}

/** @param {unknown} value @returns {value is string} */
export function isActionCause(value) {
  return typeof value === 'string' && ACTION_CAUSES.includes(value);
}

/** Whether this is a sorted list of different grants. @param {unknown} value @returns {value is string[]} */
export function areGrants(value) {
  return Array.isArray(value) && value.every((grant, at) => GRANTS.includes(grant) && (at === 0 || value[at - 1] < grant));
}
