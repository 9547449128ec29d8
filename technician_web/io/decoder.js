/** @file Sealed pictures to drawn ones: WebCodecs for H.264, createImageBitmap for JPEG strips (seal SPEC §3). */

import { CODEC, jpegSize } from '../core/picture.js';

/** @typedef {import('../core/types.js').Bytes} Bytes */
/** @typedef {import('../core/types.js').Codec} Codec */
/** @typedef {import('../core/types.js').Painter} Painter */
/** @typedef {import('../core/types.js').PictureEvents} PictureEvents */
/** @typedef {import('../core/types.js').PictureHead} PictureHead */

// Annex B without `description`: the parameter sets travel in each key frame.
/** @type {VideoDecoderConfig} */
const H264 = { codec: 'avc1.42E028', optimizeForLatency: true };
// The device keeps at most three pictures in the air; more waiting here means that the decoder has stalled.
const MOST_WAITING = 8;

/** What this browser can draw, best first. @returns {Promise<Codec[]>} */
export async function supportedCodecs() {
  /** @type {Codec[]} */
  const codecs = [];
  if (typeof VideoDecoder === 'function') {
    const support = await VideoDecoder.isConfigSupported(H264).catch(() => ({ supported: false }));
    if (support.supported) codecs.push('h264');
  }
  if (typeof createImageBitmap === 'function') codecs.push('jpeg');
  return codecs;
}

export class PictureDecoder {
  /** @type {VideoDecoder | null} */
  #video = null;
  /** @type {Map<number, PictureHead>} by picture number, which is the chunk's timestamp */
  #waiting = new Map();
  /** @type {Promise<void>} */
  #strips = Promise.resolve();
  #needsKey = true;
  #closed = false;
  #painter;
  #events;

  /** @param {Painter} painter @param {PictureEvents} events */
  constructor(painter, events) {
    this.#painter = painter;
    this.#events = events;
  }

  /** @param {PictureHead} head @param {Bytes} data */
  feed(head, data) {
    if (this.#closed) return;
    if (this.#needsKey && !head.key) return this.#events.needsKeyFrame();
    if (this.#waiting.size >= MOST_WAITING) return this.#restart();
    this.#needsKey = false;
    this.#waiting.set(head.pic, head);
    if (head.codec === CODEC.H264) this.#decode(head, data);
    else this.#strips = this.#strips.then(() => this.#drawStrip(head, data));
  }

  /** A picture is missing: what follows is no use until the next key frame. */
  lost() {
    this.#needsKey = true;
    this.#events.needsKeyFrame();
  }

  close() {
    this.#closed = true;
    this.#dropVideo();
  }

  /** @param {PictureHead} head @param {Bytes} data */
  #decode(head, data) {
    this.#video ??= this.#makeVideo();
    try {
      this.#video.decode(new EncodedVideoChunk({ type: head.key ? 'key' : 'delta', timestamp: head.pic, data }));
    } catch {
      this.#restart();
    }
  }

  #makeVideo() {
    const video = new VideoDecoder({
      output: (frame) => this.#drawVideo(frame),
      error: () => { if (this.#video === video) this.#restart(); },
    });
    video.configure(H264);
    return video;
  }

  /** @param {VideoFrame} frame */
  #drawVideo(frame) {
    const head = this.#waiting.get(frame.timestamp);
    try {
      if (head && !this.#closed) this.#draw(frame, head, 'h264');
    } finally {
      frame.close();
    }
  }

  /** @param {PictureHead} head @param {Bytes} data */
  async #drawStrip(head, data) {
    try {
      // What would come out must be known before it is allocated (INV-F2).
      const size = jpegSize(data);
      if (size?.width !== head.width || size.height !== head.rows) return this.#restart();
      const bitmap = await createImageBitmap(new Blob([data], { type: 'image/jpeg' }));
      if (!this.#closed && this.#waiting.has(head.pic)) this.#draw(bitmap, head, 'jpeg');
      bitmap.close();
    } catch {
      this.#restart();
    }
  }

  /** @param {VideoFrame | ImageBitmap} source @param {PictureHead} head @param {Codec} codec */
  #draw(source, head, codec) {
    const { pic, at, width, height, y, rows } = head;
    this.#waiting.delete(pic);
    this.#painter.draw(source, { pic, at, width, height, y, rows });
    this.#events.drawn(pic, at, codec);
  }

  /** After an error, or when the decoder stalls: start over at a key frame. */
  #restart() {
    if (this.#closed) return;
    this.#dropVideo();
    this.lost();
  }

  #dropVideo() {
    this.#waiting.clear();
    if (this.#video && this.#video.state !== 'closed') this.#video.close();
    this.#video = null;
  }
}
