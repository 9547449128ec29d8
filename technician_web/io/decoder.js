/** @file Sealed pictures to drawn ones: WebCodecs for video and for what moves, createImageBitmap for other strips (seal SPEC §3). */

import { CODEC_NAMES, isVideo, stripSize } from '../core/picture.js';

/** @typedef {import('../core/types.js').Bytes} Bytes */
/** @typedef {import('../core/types.js').Codec} Codec */
/** @typedef {import('../core/types.js').Painter} Painter */
/** @typedef {import('../core/types.js').PictureEvents} PictureEvents */
/** @typedef {import('../core/types.js').PictureHead} PictureHead */
/** @typedef {{ head: PictureHead | null, source: VideoFrame | ImageBitmap | null }} Waiting Without a head it is only to be passed. */

// Annex B and temporal units without `description`: the parameter sets travel in each key frame.
/**
 * Best first: halved colour moves with the least delay, and what stands still comes in strips of full colour.
 * Each for screens up to 1080p and for larger ones. @type {[Codec, string, string][]}
 */
const VIDEO = [
  ['h264', 'avc1.42E028', 'avc1.42E033'], ['h264_444', 'avc1.F40028', 'avc1.F40033'], ['av1', 'av01.0.08M.08', 'av01.0.12M.08'],
];
const FULL_HD = 1920 * 1088;
const MEDIA = /** @type {const} */ ({ jpeg: 'image/jpeg', webp: 'image/webp' });
// The device keeps at most ten pictures in the air; more waiting here means that the decoder has stalled.
const MOST_WAITING = 16;
// A decoder that holds a picture back for so long with nothing else to do waits for the next one: it shows the past.
const HELD_MS = 700;

/** @param {Codec} name @param {number} [pixels] @returns {VideoDecoderConfig} */
function config(name, pixels = FULL_HD) {
  const [, codec, large] = VIDEO.find(([known]) => known === name) ?? ['', '', ''];
  return { codec: pixels > FULL_HD ? large : codec, optimizeForLatency: true };
}

/** What this browser can draw, best first. @returns {Promise<Codec[]>} */
export async function supportedCodecs() {
  /** @type {Codec[]} */
  const codecs = [];
  for (const [name] of typeof VideoDecoder === 'function' ? VIDEO : []) {
    const support = await VideoDecoder.isConfigSupported(config(name)).catch(() => ({ supported: false }));
    if (support.supported) codecs.push(name);
  }
  if (typeof createImageBitmap === 'function') codecs.push('jpeg');
  return codecs;
}

export class PictureDecoder {
  /** @type {VideoDecoder | null} */
  #video = null;
  /** What the stream is in; strips that finish a still picture do not change it. @type {Codec} */
  #codec = 'jpeg';
  /** In the order of their numbers, in which they are drawn. @type {Map<number, Waiting>} by picture number, which is a chunk's timestamp */
  #waiting = new Map();
  #needsKey = true;
  #closed = false;
  #inSoftware = false;
  #isLarge = false;
  #awaitsTurn = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #held;
  #painter;
  #events;
  #turns;

  /** @param {Painter} painter @param {PictureEvents} events @param {Pick<import('./turns.js').Turns, 'areShort' | 'afterFrame'>} turns */
  constructor(painter, events, turns) {
    this.#painter = painter;
    this.#events = events;
    this.#turns = turns;
  }

  /** Makes the decoder while nothing has to be decoded. @param {Codec} codec */
  expect(codec) {
    if (this.#closed || this.#video || !this.#needsKey || !VIDEO.some(([known]) => known === codec)) return;
    this.#codec = codec;
    this.#video = this.#makeVideo(FULL_HD);
  }

  /** @param {PictureHead} head @param {Bytes} data */
  feed(head, data) {
    if (this.#closed) return;
    if (this.#needsKey && !head.key) return this.#events.needsKeyFrame();
    if (this.#waiting.size >= MOST_WAITING) return this.#restart();
    this.#needsKey = false;
    if (head.key) this.#begin(head.codec, head.width * head.height);
    this.#waiting.set(head.pic, { head, source: null });
    if (isVideo(head.codec)) this.#decode(head, data);
    else void this.#decodeStrip(head, data);
  }

  /** Says in its turn that everything up to it is drawn. @param {number} pic */
  pass(pic) {
    if (this.#closed) return;
    if (this.#waiting.size >= MOST_WAITING) return this.#restart();
    this.#waiting.set(pic, { head: null, source: null });
    this.#ready();
  }

  /** A picture is missing: what follows is no use until the next key frame. */
  lost() {
    this.#needsKey = true;
    this.#events.needsKeyFrame();
  }

  close() {
    this.#closed = true;
    this.#dropAll();
  }

  /** A key picture may be of another codec, or of a larger screen; what waits in the decoder of the one before it, it covers. @param {number} codec @param {number} pixels */
  #begin(codec, pixels) {
    const known = CODEC_NAMES[codec];
    const name = known === 'webp' || known === 'png' ? 'jpeg' : known;
    if (!name || (name === this.#codec && (!this.#video || this.#isLarge === pixels > FULL_HD))) return;
    this.#dropAll();
    this.#codec = name;
  }

  /** @param {PictureHead} head @param {Bytes} data */
  #decode(head, data) {
    if (CODEC_NAMES[head.codec] !== this.#codec) return this.#restart();
    try {
      this.#video ??= this.#makeVideo(head.width * head.height);
      this.#video.decode(new EncodedVideoChunk({ type: head.key ? 'key' : 'delta', timestamp: head.pic, data }));
      this.#watch();
    } catch {
      this.#restart();
    }
  }

  /** @param {number} pixels */
  #makeVideo(pixels) {
    this.#isLarge = pixels > FULL_HD;
    const video = new VideoDecoder({
      output: (frame) => this.#decoded(frame.timestamp, frame),
      error: () => { if (this.#video === video) this.#broke(); },
    });
    video.configure({ ...config(this.#codec, pixels), ...(this.#inSoftware && { hardwareAcceleration: 'prefer-software' }) });
    return video;
  }

  /** @param {PictureHead} head @param {Bytes} data */
  async #decodeStrip(head, data) {
    const name = /** @type {'jpeg' | 'webp'} */ (CODEC_NAMES[head.codec]);
    try {
      // What would come out must be known before it is allocated (INV-F2).
      const size = stripSize(head.codec, data);
      if (size?.width !== head.columns || size.height !== head.rows) return this.#restart();
      this.#decoded(head.pic, await decodedStrip(head, MEDIA[name], data));
    } catch {
      this.#restart();
    }
  }

  /** @param {number} pic @param {VideoFrame | ImageBitmap} source */
  #decoded(pic, source) {
    const waiting = this.#waiting.get(pic);
    if (!waiting?.head || this.#closed) return source.close();
    if (isWhole(waiting.head, source) && (source.displayWidth !== waiting.head.width || source.displayHeight !== waiting.head.height)) {
      source.close();
      return this.#restart();
    }
    waiting.source = source;
    this.#ready();
  }

  /** To draw may take a page that hardly runs longer than all else: it does so after a frame with what it has to say. */
  #ready() {
    if (!this.#awaitsTurn && !this.#turns.areShort) return this.#drawInOrder();
    this.#watch(); // what is decoded is not kept by the decoder
    if (this.#awaitsTurn) return;
    this.#awaitsTurn = true;
    this.#events.waits();
    this.#turns.afterFrame(() => {
      this.#awaitsTurn = false;
      this.#drawInOrder();
    });
  }

  /** Draws what is ready from the oldest on. What a later picture covers need not be drawn, nor waited for if it is a strip. */
  #drawInOrder() {
    for (const [pic, { head, source }] of this.#waiting) {
      if (!head) {
        this.#waiting.delete(pic);
        this.#events.passed(pic);
        continue;
      }
      const covered = this.#isCovered(head);
      if (!source && !(covered && !isVideo(head.codec))) break;
      this.#waiting.delete(pic);
      if (!covered && source) this.#draw(source, head);
      source?.close();
    }
    this.#watch();
  }

  /** @param {PictureHead} below */
  #isCovered(below) {
    return [...this.#waiting.values()].some(({ head, source }) => source && head && head.pic > below.pic && covers(head, below));
  }

  /** @param {VideoFrame | ImageBitmap} source @param {PictureHead} head */
  #draw(source, head) {
    const { pic, at, width, height, x, y, columns, rows } = head;
    const isPart = columns < width || rows < height;
    const strip = isPart && isWhole(head, source) ? cropped(source, { x, y, width: columns, height: rows }) : null;
    // Where a browser cannot crop, all of it is drawn: no less true, only less sharp around the strip.
    const place = isWhole(head, source) && !strip ? { x: 0, y: 0, columns: width, rows: height } : { x, y, columns, rows };
    this.#painter.draw(strip ?? source, { pic, at, width, height, ...place });
    strip?.close();
    this.#events.drawn(pic, at, this.#codec);
  }

  /** One timer for the oldest picture in the video decoder. */
  #watch() {
    clearTimeout(this.#held);
    const oldest = [...this.#waiting.values()].find(({ head, source }) => !source && head && isVideo(head.codec));
    if (oldest) this.#held = setTimeout(() => this.#tooLate(), HELD_MS);
  }

  /** The decoder keeps pictures to itself, or this computer is too slow for them: decode otherwise, or ask for others. */
  #tooLate() {
    if (this.#closed) return;
    if (this.#inSoftware) this.#events.cannotFollow(this.#codec);
    this.#inSoftware = true;
    this.#restart();
  }

  /** A decoder that breaks before it had anything to do is made again by the first picture, which nobody need ask for. */
  #broke() {
    if (this.#needsKey) this.#dropAll();
    else this.#restart();
  }

  /** After an error, or when the decoder stalls: start over at a key frame. */
  #restart() {
    if (this.#closed) return;
    this.#dropAll();
    this.lost();
  }

  #dropAll() {
    clearTimeout(this.#held);
    for (const { source } of this.#waiting.values()) source?.close();
    this.#waiting.clear();
    if (this.#video && this.#video.state !== 'closed') this.#video.close();
    this.#video = null;
  }

}

/** Whether it is a video's picture, of which only a part may be new. @param {PictureHead} head @param {VideoFrame | ImageBitmap} source @returns {source is VideoFrame} */
function isWhole(head, source) {
  return isVideo(head.codec) && 'displayWidth' in source;
}

/**
 * What moves has columns of its own and is decoded in this process; a blob is handed to the browser's and read back,
 * which takes up to 16 ms while a busy machine answers a click, and is a trace more exact for what stands still.
 * @param {PictureHead} head @param {'image/jpeg' | 'image/webp'} type @param {Bytes} data @returns {Promise<VideoFrame | ImageBitmap>}
 */
async function decodedStrip({ columns, width }, type, data) {
  if (columns === width || typeof ImageDecoder !== 'function') return createImageBitmap(new Blob([data], { type }));
  const decoder = new ImageDecoder({ type, data });
  try {
    return (await decoder.decode()).image;
  } finally {
    decoder.close();
  }
}

/** Whether a picture hides another one whole. @param {PictureHead} above @param {PictureHead} below */
function covers(above, below) {
  return above.x <= below.x && above.x + above.columns >= below.x + below.columns
    && above.y <= below.y && above.y + above.rows >= below.y + below.rows;
}

/**
 * Only what is to be drawn, so that only that is converted; null where the browser does not cut there.
 * @param {VideoFrame} frame @param {{ x: number, y: number, width: number, height: number }} strip
 */
function cropped(frame, strip) {
  try {
    return new VideoFrame(frame, { visibleRect: strip, displayWidth: strip.width, displayHeight: strip.height });
  } catch {
    return null;
  }
}
