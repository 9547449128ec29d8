/**
 * @file What this tab keeps of a session over its end and over a reload: the request, what was asked for, the TV, the ending.
 *
 * Never a code, a key or anything that signs in. It goes with the tab, with signing out, and after a working day; and it
 * is shown to nobody but the technician whose session it was.
 */

import { GRANTS, isEndReason } from '../core/closed_sets.js';

/** @typedef {import('../core/types.js').EndReason} EndReason */
/** @typedef {import('./screen.js').Account} Account */
/** @typedef {import('./screen.js').Draft} Draft */
/** @typedef {import('./screen.js').SessionState} SessionState */

/**
 * @typedef {object} LastSession
 * @property {string} who Whose it was.
 * @property {string} request
 * @property {string[]} asks
 * @property {string} device '' where nobody was paired.
 * @property {string} firmware
 * @property {string} session
 * @property {number} at When it ended or, without a reason, was last heard of, ms.
 * @property {'' | EndReason} reason '' when the page was left before it ended.
 * @property {boolean} switchedOff
 */

const KEY = 'alongside.last-session';
const KEPT_MS = 8 * 3_600_000; // as long as a badge
const MOST = 4_096;

export class LastSessions {
  /** @type {LastSession | null} */
  #last;
  #storage;
  #now;

  /** @param {Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | null} storage the tab's; null where the browser keeps nothing @param {() => number} now */
  constructor(storage, now) {
    this.#storage = storage;
    this.#now = now;
    this.#last = read(storage?.getItem(KEY) ?? '');
  }

  /** Whether there is one for whoever signs in; whose, is known only then. */
  get isKept() {
    return this.#fresh() !== null;
  }

  /** @param {Account | null} account @returns {LastSession | null} */
  of(account) {
    const last = this.#fresh();
    return last && account && last.who === nameOf(account) ? last : null;
  }

  /** Another technician begins with nothing of the one before. @param {Account} account */
  claim(account) {
    if (!this.of(account)) this.forget();
  }

  /** Takes each state of a session; a step that changes nothing here costs no writing. @param {SessionState} state @param {Account} account @param {Draft} draft */
  observe(state, account, draft) {
    const before = this.of(account);
    if (!state.times.badge || (before?.session === state.session && before.reason === state.reason)) return;
    this.#keep({
      who: nameOf(account), request: draft.request, asks: [...draft.asks], device: state.deviceName, firmware: state.deviceFw,
      session: state.session, at: state.times.ended || this.#now(), reason: state.reason, switchedOff: state.switchedOff,
    });
  }

  /** What is typed now, when the page may be about to go. @param {Account} account @param {Draft} draft */
  draft(account, { request, asks }) {
    const last = this.of(account);
    if (!last && !request) return;
    const none = { device: '', firmware: '', session: '', at: this.#now(), reason: /** @type {const} */ (''), switchedOff: false };
    const at = last && last.reason === '' ? { at: this.#now() } : {};
    this.#keep({ ...none, ...last, ...at, who: nameOf(account), request, asks: [...asks] });
  }

  forget() {
    this.#last = null;
    this.#storage?.removeItem(KEY);
  }

  /** @param {LastSession} last */
  #keep(last) {
    this.#last = last;
    try {
      this.#storage?.setItem(KEY, JSON.stringify(last));
    } catch (error) {
      if (!(error instanceof DOMException)) throw error; // Full, or forbidden: then it does not outlive a reload.
    }
  }

  #fresh() {
    return this.#last && Math.abs(this.#now() - this.#last.at) < KEPT_MS ? this.#last : null;
  }
}

/** @param {Account} account */
const nameOf = ({ name, org }) => `${name} · ${org}`;

/** Only what this version wrote itself is read back; anything else was never there. @param {string} text @returns {LastSession | null} */
function read(text) {
  try {
    const found = text.length <= MOST ? JSON.parse(text) : null;
    return isLastSession(found) ? found : null;
  } catch {
    return null;
  }
}

/** @param {any} found @returns {found is LastSession} */
function isLastSession(found) {
  if (typeof found !== 'object' || found === null || !Array.isArray(found.asks)) return false;
  const texts = [found.who, found.request, found.device, found.firmware, found.session];
  return texts.every((one) => typeof one === 'string') && found.asks.every((/** @type {any} */ one) => GRANTS.includes(one))
    && Number.isFinite(found.at) && typeof found.switchedOff === 'boolean' && (found.reason === '' || isEndReason(found.reason));
}

/** Storage throws where the browser forbids it. @returns {Storage | null} */
export function tabStorage() {
  try {
    return window.sessionStorage;
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}
