/** @file What may be drawn, and how old it is: the console's side of the picture (seal SPEC §3, §4; INV-B1). */

import { unpackPicture } from '../core/picture.js';
import { SealError } from '../core/errors.js';
import { TAB_MS } from '../core/slowness.js';

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
// How long the way of the newest picture says something of the ways of now.
const NEWEST_MS = 2_000;
/** Words that take the picture away. @type {ReadonlySet<import('../core/types.js').Told>} */
const WITHOUT = new Set(['hidden', 'off', 'protected', 'no_signal']);
/** Words by which the picture that is there is the past. @type {ReadonlySet<import('../core/types.js').Told>} */
const STALLED = new Set(['capture_stalled', 'encoder_stalled']);

/**
 * @typedef {object} PictureSays
 * @property {(pic: number) => void} acknowledge
 * @property {() => void} askKeyFrame
 * @property {(codec: Codec) => void} cannotFollow
 * @property {(head: import('../core/types.js').PictureHead, data: Bytes) => void} still A part of a still, which is not drawn.
 * @property {() => void} changed
 * @property {() => void} behind A picture has waited to be drawn for long, or waits for words to stand first.
 */

export class PictureView {
  /** @type {PictureSink | null} */
  #sink = null;
  /** @type {number[]} */
  #drawnAt = [];
  /** Bytes that came in the last second. @type {{ at: number, bytes: number }[]} */
  #came = [];
  /** When those came that are not drawn yet. @type {Map<number, number>} by picture number */
  #undrawn = new Map();
  /** @type {(() => void) | null} */
  #alarm = null;
  /** @type {{ taken: number, drawn: number } | null} when, on the device's clock and on ours */
  #newestDrawn = null;
  #isBlank = true;
  #masked = 0;
  #granted = false;
  #over = false;
  #newest = 0;
  #drawnPic = 0;
  #passedPic = 0;
  /** Whether the newest picture was taken away by an older word: the next one has nothing to build on. */
  #isCut = false;
  #askedAt = -ASK_AGAIN_MS;
  // Pictures the device took before it hid the screen must not be drawn after, in whatever order they arrive.
  #hiddenAt = -1;
  #waitingAt = 0;
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
    /** When the device last said that it stalls, on our clock; 0: never. */
    this.stalledAt = 0;
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

  /** The newest number up to which everything was drawn, or was a part of a still; 0: nothing was. */
  get passedPic() {
    return this.#passedPic;
  }

  get masked() {
    return this.#state === 'live' ? this.#masked : 0;
  }

  /** Since when a picture that came waits to be drawn; 0: none does. */
  get behindAt() {
    return this.#undrawn.values().next().value ?? 0;
  }

  /** Since when a first picture is waited for and the device has said nothing of it; 0: none is. */
  get waitingAt() {
    return this.#state === 'waiting' ? this.#waitingAt : 0;
  }

  /** Bits that came in the last second. */
  get bitRate() {
    const since = this.#ports.timing.now() - SECOND_MS;
    this.#came = this.#came.filter(({ at }) => at > since);
    return this.#came.reduce((sum, { bytes }) => sum + bytes * 8, 0);
  }

  /** The newest picture drawn, while it is new: when it was taken, on the device's clock, and when it was drawn here. */
  get newestDrawn() {
    const newest = this.#newestDrawn;
    return newest && this.#ports.timing.now() - newest.drawn <= NEWEST_MS ? newest : null;
  }

  /** @param {boolean} granted */
  allow(granted) {
    if (granted === this.#granted) return;
    this.#granted = granted;
    if (granted) this.#wait();
    else this.#blank('none');
  }

  /** @param {Codec} codec of the first picture, should the customer say yes */
  expect(codec) {
    this.#sink ??= this.#makeSink();
    this.#sink.expect(codec);
  }

  /** @param {Bytes} plaintext of a picture frame */
  take(plaintext) {
    const { head, data } = unpackPicture(plaintext);
    if (head.pic <= this.#newest) throw new SealError('bad_message', 'not a newer number');
    const gap = head.pic !== this.#newest + 1 || this.#isCut;
    this.#isCut = false;
    this.#newest = head.pic;
    if (!this.#granted || this.#over) return;
    this.#came.push({ at: this.#ports.timing.now(), bytes: plaintext.length });
    this.#sink ??= this.#makeSink();
    if (!head.still && !this.#mayDraw(head.at)) return this.#sink.lost();
    if (gap && !(head.key && head.y === 0)) this.#sink.lost();
    if (head.still) {
      this.#says.still(head, data);
      return this.#sink.pass(head.pic);
    }
    this.#undrawn.set(head.pic, this.#ports.timing.now());
    this.#sink.feed(head, data);
    this.#watchUndrawn();
  }

  /** @param {Current} current */
  told({ pic, at, picture, masked = 0 }) {
    if (!this.#granted || this.#over) return;
    this.#masked = masked;
    if (WITHOUT.has(picture)) {
      this.#hiddenAt = Math.max(this.#hiddenAt, at);
      this.#blank(picture);
      // An older word took away what came by another way before it: what follows builds on what is not there.
      if (this.#newestDrawn && this.#newestDrawn.taken > at) this.#isCut = true;
    } else if (picture === 'none') {
      this.#blank('waiting');
      this.#wait();
    } else if (STALLED.has(picture)) {
      this.#state = picture;
      this.stalledAt = this.#ports.timing.now();
    } else if (this.#state !== 'live') {
      // The picture came directly, before an older word by the relay that took it away.
      if (this.#isBlank && pic > 0 && pic === this.#drawnPic) this.#askKeyFrame();
      if (this.#isBlank && this.#state !== 'waiting') this.#wait();
      else if (!this.#isBlank) this.#state = 'live'; // as old as it is: its age counts on
    }
    if (picture === 'live' && pic === this.#drawnPic && this.#state === 'live') this.currentAt = Math.max(this.currentAt, at);
  }

  close() {
    this.#over = true;
    this.#blank('none');
    this.#sink?.close();
    this.#sink = null;
  }

  #wait() {
    this.#state = 'waiting';
    this.#waitingAt = this.#ports.timing.now();
  }

  /** @param {PictureState} state */
  #blank(state) {
    this.#forgetUndrawn();
    if (this.#state === state) return;
    this.#state = state;
    this.#isBlank = true;
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
      passed: (pic) => this.#passed(pic),
      needsKeyFrame: () => this.#askKeyFrame(),
      cannotFollow: (codec) => this.#says.cannotFollow(codec),
      waits: () => this.#says.behind(),
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
    this.#isBlank = false;
    this.#drawnPic = pic;
    this.codec = codec;
    this.currentAt = Math.max(this.currentAt, at);
    const now = this.#ports.timing.now();
    this.#drawnAt.push(now);
    this.#newestDrawn = { taken: at, drawn: now };
    this.#passed(pic);
    this.#says.changed();
  }

  /** Everything up to it is drawn. @param {number} pic */
  #passed(pic) {
    for (const waiting of this.#undrawn.keys()) {
      if (waiting > pic) break;
      this.#undrawn.delete(waiting);
    }
    if (this.#undrawn.size === 0) this.#forgetUndrawn();
    if (!this.#granted || this.#over) return;
    this.#passedPic = Math.max(this.#passedPic, pic);
    this.#says.acknowledge(pic);
  }

  #askKeyFrame() {
    this.#forgetUndrawn(); // they are given up, not slow
    const now = this.#ports.timing.now();
    if (this.#over || now - this.#askedAt < ASK_AGAIN_MS) return;
    this.#askedAt = now;
    this.#says.askKeyFrame();
  }

  /** One alarm while pictures wait, so that the page is told of it though nothing is drawn. */
  #watchUndrawn() {
    if (this.#alarm || this.#undrawn.size === 0) return;
    this.#alarm = this.#ports.timing.after(TAB_MS, () => {
      this.#alarm = null;
      this.#says.behind();
      this.#watchUndrawn();
    });
  }

  #forgetUndrawn() {
    this.#undrawn.clear();
    this.#alarm?.();
    this.#alarm = null;
  }
}
