/** @file What may be drawn, and how old it is: the console's side of the picture (seal SPEC §3, §4; INV-B1). */

import { unpackPicture } from '../core/picture.js';
import { SealError } from '../core/errors.js';

/** @typedef {import('../core/types.js').Bytes} Bytes */
/** @typedef {import('../core/types.js').Codec} Codec */
/** @typedef {import('../core/types.js').Painter} Painter */
/** @typedef {import('../core/types.js').PictureSink} PictureSink */
/** @typedef {import('../core/types.js').PictureState} PictureState */
/** @typedef {import('../core/sealed_messages.js').Current} Current */
/** @typedef {import('./browser_ports.js').Ports} Ports */

const SECOND_MS = 1_000;
// A key frame is large: ask again for one that did not come, but not for each picture in between.
const ASK_AGAIN_MS = 500;

/**
 * @typedef {object} PictureSays
 * @property {(pic: number) => void} acknowledge
 * @property {() => void} askKeyFrame
 * @property {(codec: Codec) => void} cannotFollow
 * @property {() => void} changed
 */

export class PictureView {
  /** @type {PictureSink | null} */
  #sink = null;
  /** @type {number[]} */
  #drawnAt = [];
  #granted = false;
  #over = false;
  #newest = 0;
  #drawnPic = 0;
  #askedAt = -ASK_AGAIN_MS;
  // Pictures the device took before it hid the screen must not be drawn after, in whatever order they arrive.
  #hiddenAt = -1;
  /** @type {PictureState} */
  #state = 'none';
  #ports;
  #painter;
  #says;

  /** @param {Ports} ports @param {Painter} painter @param {PictureSays} says */
  constructor(ports, painter, says) {
    this.#ports = ports;
    this.#painter = painter;
    this.#says = says;
    /** Device's clock: up to when the newest drawn picture is known to be what the TV shows; -1 = never. */
    this.currentAt = -1;
    /** @type {'' | Codec} */
    this.codec = '';
  }

  get state() {
    return this.#state;
  }

  get fps() {
    const since = this.#ports.timing.now() - SECOND_MS;
    this.#drawnAt = this.#drawnAt.filter((at) => at > since);
    return this.#drawnAt.length;
  }

  /** @param {boolean} granted */
  allow(granted) {
    if (granted === this.#granted) return;
    this.#granted = granted;
    if (granted) this.#state = 'waiting';
    else this.#blank('none');
  }

  /** @param {Bytes} plaintext of a picture frame */
  take(plaintext) {
    const { head, data } = unpackPicture(plaintext);
    if (head.pic <= this.#newest) throw new SealError('bad_message', 'not a newer number');
    const gap = head.pic !== this.#newest + 1;
    this.#newest = head.pic;
    if (!this.#granted || this.#over) return;
    this.#sink ??= this.#makeSink();
    if (!this.#mayDraw(head.at)) return this.#sink.lost();
    if (gap && !(head.key && head.y === 0)) this.#sink.lost();
    this.#sink.feed(head, data);
  }

  /** @param {Current} current */
  told({ pic, at, picture }) {
    if (!this.#granted || this.#over) return;
    if (picture === 'hidden' || picture === 'off') {
      this.#hiddenAt = Math.max(this.#hiddenAt, at);
      this.#blank(picture);
    } else if (picture === 'none') {
      this.#blank('waiting');
    } else if (this.#state !== 'live') {
      this.#state = 'waiting';
    }
    if (picture === 'live' && pic === this.#drawnPic && this.#state === 'live') this.currentAt = Math.max(this.currentAt, at);
  }

  close() {
    this.#over = true;
    this.#blank('none');
    this.#sink?.close();
    this.#sink = null;
  }

  /** @param {PictureState} state */
  #blank(state) {
    if (this.#state === state) return;
    this.#state = state;
    this.#painter.clear();
  }

  #makeSink() {
    return this.#ports.makeSink({
      draw: (source, placement) => {
        if (this.#mayDraw(placement.at)) this.#painter.draw(source, placement);
      },
      clear: () => this.#painter.clear(),
    }, {
      drawn: (pic, at, codec) => this.#drawn(pic, at, codec),
      needsKeyFrame: () => this.#askKeyFrame(),
      cannotFollow: (codec) => this.#says.cannotFollow(codec),
    });
  }

  /** @param {number} at */
  #mayDraw(at) {
    return this.#granted && !this.#over && at > this.#hiddenAt;
  }

  /** @param {number} pic @param {number} at @param {Codec} codec */
  #drawn(pic, at, codec) {
    if (!this.#mayDraw(at)) return;
    this.#state = 'live';
    this.#drawnPic = pic;
    this.codec = codec;
    this.currentAt = Math.max(this.currentAt, at);
    this.#drawnAt.push(this.#ports.timing.now());
    this.#says.acknowledge(pic);
    this.#says.changed();
  }

  #askKeyFrame() {
    const now = this.#ports.timing.now();
    if (this.#over || now - this.#askedAt < ASK_AGAIN_MS) return;
    this.#askedAt = now;
    this.#says.askKeyFrame();
  }
}
