/** @file The clear header of a binary frame: what the relay sees of it (SPEC §4). */

import { concat } from './bytes.js';
import { WireError } from './errors.js';
import {
  CONTROL_FRAME_BYTES, DIRECT_FRAME_BYTES, FRAMES_PER_STREAM, HEADER_BYTES, PICTURE_FRAME_BYTES, SOUND_FRAME_BYTES, TAG_BYTES,
} from './limits.js';

/** @typedef {import('./types.js').Bytes} Bytes */

export const STREAM = /** @type {const} */ ({
  T2D_CONTROL: 1, T2D_LINK: 2, D2T_CONTROL: 3, D2T_PICTURE_WS: 4, D2T_PICTURE_DC: 5, D2T_SOUND_WS: 6, D2T_SOUND_DC: 7,
});

/** @type {ReadonlyMap<number, string>} */
export const STREAM_NAMES = new Map([
  [STREAM.T2D_CONTROL, 't2d control'], [STREAM.T2D_LINK, 't2d link'],
  [STREAM.D2T_CONTROL, 'd2t control'], [STREAM.D2T_PICTURE_WS, 'd2t picture ws'], [STREAM.D2T_PICTURE_DC, 'd2t picture dc'],
  [STREAM.D2T_SOUND_WS, 'd2t sound ws'], [STREAM.D2T_SOUND_DC, 'd2t sound dc'],
]);

/** Through the relay. @type {ReadonlySet<number>} */
export const FROM_DEVICE = new Set([STREAM.D2T_CONTROL, STREAM.D2T_PICTURE_WS, STREAM.D2T_SOUND_WS]);
/** On data channels between the ends. @type {ReadonlySet<number>} */
export const FROM_DEVICE_DIRECT = new Set([STREAM.D2T_PICTURE_DC, STREAM.D2T_SOUND_DC]);
/** @type {ReadonlySet<number>} */
export const FROM_CONSOLE = new Set([STREAM.T2D_CONTROL, STREAM.T2D_LINK]);

/** @typedef {{ stream: number, seq: number }} Header */

/** @param {number} stream @returns {string} */
export function streamName(stream) {
  const name = STREAM_NAMES.get(stream);
  if (name === undefined) throw new WireError('bad_frame', 'stream');
  return name;
}

/** @type {ReadonlyMap<number, number>} */
const LARGEST = new Map([
  [STREAM.D2T_PICTURE_WS, PICTURE_FRAME_BYTES], [STREAM.D2T_PICTURE_DC, DIRECT_FRAME_BYTES],
  [STREAM.D2T_SOUND_WS, SOUND_FRAME_BYTES], [STREAM.D2T_SOUND_DC, SOUND_FRAME_BYTES],
]);

/** @param {number} stream */
export function largestFrame(stream) {
  return LARGEST.get(stream) ?? CONTROL_FRAME_BYTES;
}

/** Pictures and sound may leave gaps: what is old is dropped before it is late. @param {number} stream */
export function mayLeaveGaps(stream) {
  return LARGEST.has(stream);
}

/** @param {Header} header @returns {Bytes} */
export function packHeader({ stream, seq }) {
  streamName(stream);
  if (!Number.isSafeInteger(seq) || seq < 0 || seq >= FRAMES_PER_STREAM) throw new WireError('bad_frame', 'seq');
  const seqBytes = new Uint8Array(8);
  new DataView(seqBytes.buffer).setBigUint64(0, BigInt(seq));
  return concat(Uint8Array.of(1, stream, 0, 0), seqBytes);
}

/** Refuses a frame by its header and its size, before anything of it is opened. @param {Bytes} frame @param {ReadonlySet<number>} allowed @returns {Header} */
export function parseHeader(frame, allowed) {
  if (frame.length < HEADER_BYTES + TAG_BYTES) throw new WireError('bad_frame', 'too short');
  const view = new DataView(frame.buffer, frame.byteOffset, HEADER_BYTES);
  if (view.getUint8(0) !== 1) throw new WireError('bad_frame', 'version');
  const stream = view.getUint8(1);
  if (!allowed.has(stream)) throw new WireError('bad_frame', 'stream');
  if (view.getUint16(2) !== 0) throw new WireError('bad_frame', 'epoch');
  const seq = view.getBigUint64(4);
  if (seq >= BigInt(FRAMES_PER_STREAM)) throw new WireError('bad_frame', 'seq');
  if (frame.length > largestFrame(stream)) throw new WireError('bad_frame', 'too large');
  return { stream, seq: Number(seq) };
}
