/** @file Pictures and sound as they come, by either carrier: nothing older than what came is drawn or played (seal SPEC §3, §11). */

import { SealError } from '../core/errors.js';
import { STREAM } from '../core/header.js';
import { isProof } from '../core/proof.js';
import { unpackSound } from '../core/sound.js';
import { Direct } from './direct.js';
import { PictureView } from './picture_view.js';

/** @typedef {import('../core/types.js').Bytes} Bytes */
/** @typedef {import('../core/types.js').Painter} Painter */
/** @typedef {import('../core/types.js').SoundSink} SoundSink */
/** @typedef {import('../core/sealed_link.js').Message} Message */
/** @typedef {import('../core/sealed_messages.js').Current} Current */
/** @typedef {import('../core/sealed_messages.js').Signal} Signal */
/** @typedef {import('./browser_ports.js').Ports} Ports */

const NUMBER_BYTES = 4;

/**
 * @typedef {object} MediaSays
 * @property {(message: Message) => void} say on the link
 * @property {(frame: Bytes, stream: number) => void} frame that came on a data channel
 * @property {(codec: import('../core/types.js').Codec) => void} cannotFollow
 * @property {(head: import('../core/types.js').PictureHead, data: Bytes) => void} still A part of a still.
 * @property {() => void} changed
 */

export class Media {
  #view;
  /** @type {Direct | null} */
  #direct = null;
  /** @type {SoundSink | null} */
  #sound = null;
  #newestPicture = 0;
  #newestSound = 0;
  /** The newest number on each stream. @type {Map<number, number>} */
  #newest = new Map();
  /** @type {readonly string[]} */
  #grants = [];
  #ports;
  #says;

  /** @param {Ports} ports @param {Painter} painter @param {readonly string[]} caps of the device @param {MediaSays} says */
  constructor(ports, painter, caps, says) {
    this.#ports = ports;
    this.#says = says;
    this.#view = new PictureView(ports, painter, {
      acknowledge: (pic) => says.say({ t: 'ack', pic }),
      askKeyFrame: () => says.say({ t: 'keyframe' }),
      cannotFollow: says.cannotFollow,
      still: says.still,
      changed: () => this.#drawn(),
      behind: says.changed,
    });
    if (ports.makePeer && caps.includes('p2p')) this.#direct = new Direct(ports.timing, ports.makePeer, says);
  }

  get view() {
    return this.#view;
  }

  /** What carries pictures and sound, and whether the sound is on. @returns {{ carrier: 'ws' | 'dc', hearing: boolean }} */
  get shown() {
    return { carrier: this.#direct?.isDirect ? 'dc' : 'ws', hearing: this.#sound !== null };
  }

  /** @param {import('../core/types.js').Codec} codec */
  expectPicture(codec) {
    this.#view.expect(codec);
  }

  /** @param {readonly string[]} grants */
  allow(grants) {
    this.#grants = grants;
    this.#view.allow(grants.includes('view'));
    if (!grants.includes('view')) this.#direct?.withdraw();
    if (!grants.includes('sound')) this.#silence();
  }

  /** @param {number} stream @param {Bytes} plaintext */
  take(stream, plaintext) {
    if (stream === STREAM.D2T_SOUND_WS || stream === STREAM.D2T_SOUND_DC) return this.#takeSound(stream, plaintext);
    if (stream === STREAM.D2T_PICTURE_DC && isProof(plaintext)) return void this.#direct?.proof(plaintext);
    if (plaintext.length < NUMBER_BYTES) throw new SealError('bad_message', 'no picture');
    const pic = new DataView(plaintext.buffer, plaintext.byteOffset).getUint32(0);
    this.#inOrder(stream, pic);
    // What one carrier held back is older than what the other has brought since.
    if (pic <= this.#newestPicture) return;
    this.#newestPicture = pic;
    this.#view.take(plaintext);
  }

  /** One step of the device's towards a data channel. @param {Signal} signal */
  signal(signal) {
    if (!this.#direct) throw new SealError('bad_message', 'nobody offered');
    this.#direct.heard(signal);
  }

  /** @param {boolean} on within a press of a button, or the browser stays silent */
  hear(on) {
    if (!on) return this.#silence();
    if (this.#sound || !this.#grants.includes('sound')) return;
    this.#sound = this.#ports.makeSound();
    this.#says.say({ t: 'hear', on: true });
    this.#says.changed();
  }

  /** The session is over: the channels are closed, nothing more is drawn or played. */
  close() {
    this.#direct?.close();
    this.#direct = null;
    this.#view.close();
    this.#sound?.close();
    this.#sound = null;
  }

  #silence() {
    if (!this.#sound) return;
    this.#sound.close();
    this.#sound = null;
    this.#says.say({ t: 'hear', on: false });
    this.#says.changed();
  }

  #drawn() {
    this.#says.changed();
    if (this.#grants.includes('view')) this.#direct?.begin();
  }

  /** @param {number} stream @param {Bytes} plaintext */
  #takeSound(stream, plaintext) {
    const { head, data } = unpackSound(plaintext);
    this.#inOrder(stream, head.n);
    if (head.n <= this.#newestSound) return;
    this.#newestSound = head.n;
    this.#sound?.feed(head, data);
  }

  /** @param {number} stream @param {number} number */
  #inOrder(stream, number) {
    if (number <= (this.#newest.get(stream) ?? 0)) throw new SealError('bad_message', 'not a newer number');
    this.#newest.set(stream, number);
  }
}
