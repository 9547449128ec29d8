/** @file Both directions of the sealed streams of one session, in order although sealing is asynchronous. */

import { equal, sha256B64 } from './bytes.js';
import { SealError } from './errors.js';
import { FROM_DEVICE, FROM_DEVICE_DIRECT, parseHeader, STREAM } from './header.js';
import { TAG_BYTES } from './limits.js';
import { encode } from './sealed_messages.js';

/** @typedef {import('./types.js').Bytes} Bytes */
/** @typedef {import('./keys.js').SessionKeys} SessionKeys */
/** @typedef {{ t: string, [field: string]: unknown }} Message */
/** @typedef {{ stream: number, plaintext: Bytes }} Opened */

const BESIDE = new Set([STREAM.D2T_PICTURE_WS]);

export class SealedLink {
  /** @type {Promise<void>} */
  #outbox = Promise.resolve();
  #keys;
  #send;
  #failed;
  #control;
  #link;
  #openers;
  /** The tags of frames that came beside the socket, by their numbers, until the socket is past them. @type {Map<number, Bytes>} */
  #beside = new Map();

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
   * of the way it came. Null for a frame that has come beside the socket.
   * @param {Bytes} frame @param {ReadonlySet<number>} [allowed] @returns {Promise<Opened | null>}
   */
  async open(frame, allowed = FROM_DEVICE) {
    const { stream, seq } = parseHeader(frame, allowed);
    if (stream === STREAM.D2T_PICTURE_WS && this.#hasComeBeside(seq, frame)) return null;
    return { stream, plaintext: await this.#opener(stream).open(frame) };
  }

  /** Number of the next frame of the picture. */
  get nextPicture() {
    return this.#opener(STREAM.D2T_PICTURE_WS).next;
  }

  /** A frame of the picture that came beside the socket (seal SPEC §3). Null where the socket was quicker. @param {Bytes} frame @returns {Promise<Opened | null>} */
  async openBeside(frame) {
    const { stream, seq } = parseHeader(frame, BESIDE);
    const opener = this.#opener(stream);
    if (seq < opener.next) return null;
    this.#beside.set(seq, frame.slice(-TAG_BYTES));
    return { stream, plaintext: await opener.open(frame) };
  }

  /** Whether the socket brings what a request has brought before it: once, and the same. @param {number} seq @param {Bytes} frame */
  #hasComeBeside(seq, frame) {
    if (seq >= this.nextPicture) this.#beside.clear();
    const tag = this.#beside.get(seq);
    this.#beside.delete(seq);
    return tag !== undefined && equal(tag, frame.slice(-TAG_BYTES));
  }

  /** @param {number} stream */
  #opener(stream) {
    const opener = this.#openers.get(stream);
    if (!opener) throw new SealError('bad_frame', 'stream');
    return opener;
  }

  /** What was given to seal before still leaves; nothing new can be sealed or opened (INV-C3). */
  wipe() {
    this.#keys.wipe();
  }
}
