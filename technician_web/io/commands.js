/** @file What a technician can do on the device, one method for each kind of command. Nothing is queued: what cannot be done now is answered so at once. */

import { COMMANDS } from '../core/command_shapes.js';

/** @typedef {import('../core/types.js').Json} Json */
/** @typedef {import('../core/types.js').KeyResult} KeyResult */
/** @typedef {import('../core/types.js').PointerStep} PointerStep */
/** @typedef {import('../core/types.js').SessionState} SessionState */
/** @typedef {import('../core/types.js').StillResult} StillResult */
/** @typedef {{ command: (message: { t: string, [field: string]: Json }) => Promise<KeyResult>, still: (send: () => Promise<KeyResult>) => Promise<StillResult> }} Talk */

/** @param {KeyResult['outcome']} outcome @returns {Promise<KeyResult>} */
const here = (outcome) => Promise.resolve({ outcome, path: '', cause: '' });

export class Commands {
  #talk;
  #state;
  #used;

  /** @param {{ talk: () => Talk | null, state: () => SessionState, used: () => void }} session `used`: the technician does something */
  constructor({ talk, state, used }) {
    this.#talk = talk;
    this.#state = state;
    this.#used = used;
  }

  /** Presses one key of the remote. @param {string} key */
  press(key) {
    return this.#send('keys', { t: 'key', key });
  }

  /** Moves, presses, lets go, turns the wheel. @param {readonly PointerStep[]} steps */
  pointer(steps) {
    return this.#send('keys', { t: 'pointer', steps: steps.map(({ b, d, x, y }) => ({ b, d, x, y })) });
  }

  /** Types characters. @param {string} text */
  type(text) {
    return this.#send('keys', { t: 'text', text: text.normalize('NFC') });
  }

  /** Gives a setting another value. @param {string} path @param {string} value */
  set(path, value) {
    return this.#send('settings', { t: 'setting', path, value });
  }

  /** Shows the customer a place. @param {number} x @param {number} y */
  point(x, y) {
    return this.#send('view', { t: 'point', x, y });
  }

  /** One picture exactly as the TV has it. @returns {Promise<StillResult>} */
  async still() {
    const talk = this.#talk();
    if (!talk) return { outcome: 'refused', cause: '' };
    const result = await talk.still(() => this.#send('view', { t: 'still' }));
    // Of a session that is over nobody knows whether more was recorded.
    return result.outcome !== 'exact' && this.#state().phase !== 'active' ? { outcome: 'ended' } : result;
  }

  /** Asks the customer for more; answered once they have. @param {readonly string[]} asks */
  ask(asks) {
    return this.#send('', { t: 'ask', asks: [...asks] });
  }

  /** @param {string} grant what it needs, '' for nothing @param {{ t: string, [field: string]: Json }} message */
  #send(grant, message) {
    const state = this.#state();
    const talk = this.#talk();
    if (!talk || state.phase !== 'active' || (grant && !state.grants.includes(grant)) || !isWell(message)) return here('refused');
    if (state.stale) return here('late');
    this.#used();
    return talk.command(message);
  }
}

/** Whether the device would read it: a message it refuses would end the session. @param {{ t: string, [field: string]: Json }} message */
function isWell({ t, ...fields }) {
  return Object.entries(COMMANDS[t] ?? {}).every(([name, holds]) => name === 'hb' || holds(fields[name] ?? false));
}
