/** @file Drives the machine of carriers in the browser: one try at a data channel at a time, beside the relay (seal SPEC §11). */

import { PATIENCE_MS, NEXT_TRY_MS, advance } from '../core/carrier.js';
import { SealError } from '../core/errors.js';
import { STREAM } from '../core/header.js';
import { PROOFS } from '../core/limits.js';
import { isProof, unpackProof } from '../core/proof.js';
import { Watches } from './watches.js';

/** @typedef {import('../core/types.js').Bytes} Bytes */
/** @typedef {import('../core/types.js').Timing} Timing */
/** @typedef {import('../core/carrier.js').Event} CarrierEvent */
/** @typedef {import('../core/carrier.js').Effect} Effect */
/** @typedef {import('../core/carrier.js').State} State */
/** @typedef {import('../core/sealed_messages.js').Signal} Signal */

/**
 * One peer connection. `close` is final: nothing is reported after it.
 * @typedef {object} Peer
 * @property {() => Promise<string>} offer Its own description; rejects where there is no way that the settings allow.
 * @property {(answer: string) => Promise<void>} accept
 * @property {() => void} close
 */
/** @typedef {{ opened: () => void, lost: () => void, frame: (frame: Bytes, stream: number) => void }} PeerEvents */
/** @typedef {(events: PeerEvents) => Peer} MakePeer */

/**
 * @typedef {object} DirectSays
 * @property {(message: { t: 'signal', kind: string, data: string } | { t: 'carrier', name: string }) => void} say
 * @property {(frame: Bytes, stream: number) => void} frame
 * @property {() => void} changed The carrier is another one.
 */

const MOST_STALLS = 2;

export class Direct {
  /** @type {State} */
  #state = 'relay';
  /** @type {Peer | null} */
  #peer = null;
  #description = '';
  #answer = '';
  #proofs = 0;
  #tries = 0;
  #leftByDevice = 0;
  #allowed = false;
  #watches;
  #makePeer;
  #says;

  /** @param {Timing} timing @param {MakePeer} makePeer @param {DirectSays} says */
  constructor(timing, makePeer, says) {
    this.#watches = new Watches(timing);
    this.#makePeer = makePeer;
    this.#says = says;
  }

  get isDirect() {
    return this.#state === 'direct';
  }

  /** The relay has shown a picture: from here on something better may be tried, once in a while. */
  begin() {
    if (this.#allowed) return;
    this.#allowed = true;
    this.#fire('try');
  }

  /** The screen may not be seen any more: there is nothing to carry. */
  withdraw() {
    this.#allowed = false;
    this.#watches.clear('next');
    if (this.#state !== 'relay') this.#fire('lost');
    this.#watches.clear('next');
  }

  /** One step of the device's. @param {Signal} signal */
  heard({ kind, data }) {
    if (kind === 'offer') throw new SealError('bad_message', 'the console offers');
    if (kind === 'bye') return this.#fire('bye');
    this.#answer = data;
    this.#fire('answered');
  }

  /** A proof came through the channel, opened and in order. @param {Bytes} plaintext @returns {boolean} whether it was one */
  proof(plaintext) {
    if (!isProof(plaintext)) return false;
    // A proof of a channel that is closed by now may still be on its way through the inbox.
    if (this.#state !== 'proving') return true;
    if (unpackProof(plaintext) !== this.#proofs + 1) throw new SealError('bad_message', 'a proof is missing');
    this.#proofs += 1;
    if (this.#proofs === PROOFS) this.#fire('proven');
    return true;
  }

  /** The session is over: the channels are closed when this returns (INV-B3). */
  close() {
    this.#fire('end');
    this.#watches.clear();
  }

  /** @param {CarrierEvent} event */
  #fire(event) {
    const row = advance(this.#state, event);
    if (!row) return;
    const before = this.#state;
    if (before === 'direct' && event === 'bye') this.#leftByDevice += 1;
    this.#state = row.to;
    this.#watches.clear('patience');
    for (const effect of row.effects) this.#do(effect);
    const patience = PATIENCE_MS[row.to];
    if (patience !== undefined && this.#state === row.to) this.#watches.set('patience', patience, () => this.#fire('time_up'));
    if ((before === 'direct') !== (row.to === 'direct')) this.#says.changed();
  }

  /** @param {Effect} effect */
  #do(effect) {
    switch (effect) {
      case 'offer': return this.#offer();
      case 'say_offer': return this.#says.say({ t: 'signal', kind: 'offer', data: this.#description });
      case 'accept': return this.#accept();
      case 'say_direct': return this.#says.say({ t: 'carrier', name: 'dc' });
      case 'say_relay': return this.#says.say({ t: 'carrier', name: 'ws' });
      case 'say_bye': return this.#says.say({ t: 'signal', kind: 'bye', data: '' });
      case 'close':
        this.#peer?.close();
        this.#peer = null;
        return;
      case 'wait': return this.#wait();
    }
  }

  #offer() {
    this.#tries += 1;
    this.#proofs = 0;
    /** @type {Peer | null} */
    let peer = null;
    const ifStill = (/** @type {() => void} */ call) => { if (peer !== null && peer === this.#peer) call(); };
    try {
      peer = this.#makePeer({
        opened: () => ifStill(() => this.#fire('opened')),
        lost: () => ifStill(() => this.#fire('lost')),
        frame: (frame, stream) => ifStill(() => this.#says.frame(frame, stream)),
      });
    } catch {
      return void Promise.resolve().then(() => this.#fire('lost')); // A browser that has none, or was told to have none.
    }
    this.#peer = peer;
    peer.offer().then(
      (description) => ifStill(() => { this.#description = description; this.#fire('offered'); }),
      () => ifStill(() => this.#fire('lost')),
    );
  }

  #accept() {
    const peer = this.#peer;
    peer?.accept(this.#answer).catch(() => { if (peer === this.#peer) this.#fire('lost'); });
  }

  #wait() {
    const pause = NEXT_TRY_MS[this.#tries - 1];
    // A way that carried and stalled, twice, is worse than the relay: pictures shall not go to and fro.
    if (pause !== undefined && this.#allowed && this.#leftByDevice < MOST_STALLS) this.#watches.set('next', pause, () => this.#fire('try'));
  }
}

/** The stream that belongs on each channel, by the channel's number. */
export const STREAM_OF_CHANNEL = /** @type {readonly number[]} */ ([STREAM.D2T_PICTURE_DC, STREAM.D2T_SOUND_DC]);
