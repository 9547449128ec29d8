/** @file What a session needs from the browser, in one place, so that a test can put its own time, socket and decoder in. */

import { sayAlive } from './alive_request.js';
import { askPictures } from './pictures_request.js';
import { BrowserPeer } from './browser_peer.js';
import { PictureDecoder, supportedCodecs } from './decoder.js';
import { openRelaySocket } from './relay_socket.js';
import { SoundPlayer } from './sound_player.js';
import { Turns } from './turns.js';

/** @typedef {import('../core/types.js').Bytes} Bytes */
/** @typedef {import('../core/types.js').Channel} Channel */
/** @typedef {import('../core/types.js').ChannelEvents} ChannelEvents */
/** @typedef {import('../core/types.js').Codec} Codec */
/** @typedef {import('../core/types.js').Painter} Painter */
/** @typedef {import('../core/types.js').PictureEvents} PictureEvents */
/** @typedef {import('../core/types.js').PictureSink} PictureSink */
/** @typedef {import('../core/types.js').SoundSink} SoundSink */
/** @typedef {import('./browser_peer.js').Ways} Ways */
/** @typedef {import('../core/types.js').Timing} Timing */

/**
 * @typedef {object} Ports
 * @property {Timing} timing
 * @property {(node: string, ticket: string, events: ChannelEvents) => Channel} openChannel
 * @property {typeof sayAlive} sayAlive
 * @property {typeof askPictures} askPictures
 * @property {(painter: Painter, events: PictureEvents) => PictureSink} makeSink
 * @property {() => Promise<Codec[]>} codecs
 * @property {() => SoundSink} makeSound
 * @property {import('./direct.js').MakePeer | null} makePeer null where this console's settings want no data channel
 * @property {() => boolean} online
 * @property {(size: number) => Bytes} random
 */

/** @type {Timing} */
const timing = {
  now: () => Date.now(),
  after: (delay, call) => {
    const timer = setTimeout(call, delay);
    return () => clearTimeout(timer);
  },
};

/** @param {Ways} [ways] @param {() => boolean} [isHeld] whether this page hardly runs now @returns {Ports} */
export function browserPorts(ways, isHeld = () => false) {
  const turns = new Turns(isHeld, { beforeFrame: (call) => requestAnimationFrame(call), after: timing.after });
  const mayTry = ways !== undefined && ways.direct !== 'off' && typeof RTCPeerConnection === 'function';
  return {
    timing,
    openChannel: openRelaySocket,
    sayAlive,
    askPictures,
    makeSink: (painter, events) => new PictureDecoder(painter, events, turns),
    codecs: supportedCodecs,
    makeSound: () => new SoundPlayer(),
    makePeer: mayTry ? (events) => new BrowserPeer(ways, events) : null,
    online: () => navigator.onLine,
    random: (size) => crypto.getRandomValues(new Uint8Array(size)),
  };
}
