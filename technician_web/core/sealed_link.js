/** @file Both directions of the sealed streams of one session, in order although sealing is asynchronous. */

import { sha256B64 } from './bytes.js';
import { SealError } from './errors.js';
import { FROM_DEVICE, FROM_DEVICE_DIRECT, parseHeader, STREAM } from './header.js';
import { encode } from './sealed_messages.js';

/** @typedef {import('./types.js').Bytes} Bytes */
/** @typedef {import('./keys.js').SessionKeys} SessionKeys */
/** @typedef {{ t: string, [field: string]: unknown }} Message */

export class SealedLink {
  /** @type {Promise<void>} */
  #outbox = Promise.resolve();
  #keys;
  #send;
  #failed;
  #control;
  #link;
  #openers;

  /**
   * @param {SessionKeys} keys
   * @param {(frame: Bytes) => void} send
   * @param {(error: unknown) => void} failed a frame could not be sealed: nothing after it may leave
   */
  constructor(keys, send, failed) {
    this.#keys = keys;
    this.#send = send;
    this.#failed = failed;
    this.#control = keys.sealer(STREAM.T2D_CONTROL);
    this.#link = keys.sealer(STREAM.T2D_LINK);
    this.#openers = new Map([...FROM_DEVICE, ...FROM_DEVICE_DIRECT].map((stream) => [stream, keys.opener(stream)]));
  }

  /** Sends a logged command. @param {Message} message @param {(hash: string) => void} [named] hears the frame's hash before the frame leaves */
  sendControl(message, named) {
    void this.#queue(this.#control.seal(encode(message)), named);
  }

  /** @param {Message} message @returns {Promise<void>} settled once it left */
  sendLink(message) {
    return this.#queue(this.#link.seal(encode(message)));
  }

  /** @param {Promise<Bytes>} sealed @param {(hash: string) => void} [named] */
  #queue(sealed, named) {
    // What cannot be sealed is met in its turn; until then nobody else may call it unhandled.
    sealed.catch(() => undefined);
    this.#outbox = this.#outbox.then(async () => {
      const frame = await sealed;
      named?.(await sha256B64(frame));
      this.#send(frame);
    }).catch(this.#failed);
    return this.#outbox;
  }

  /**
   * Its place is judged at once, so several frames may be in the air; the caller keeps their order. `allowed` are the streams
   * of the way it came.
   * @param {Bytes} frame @param {ReadonlySet<number>} [allowed]
   */
  async open(frame, allowed = FROM_DEVICE) {
    const { stream } = parseHeader(frame, allowed);
    const opener = this.#openers.get(stream);
    if (!opener) throw new SealError('bad_frame', 'stream');
    return { stream, plaintext: await opener.open(frame) };
  }

  /** What was given to seal before still leaves; nothing new can be sealed or opened (INV-C3). */
  wipe() {
    this.#keys.wipe();
  }
}
