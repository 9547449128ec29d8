/** @file The browser's own peer connection, with nothing on it but two data channels to the end whose fingerprint was sealed. */

import { SealError } from '../core/errors.js';
import { mayName, mayTry, readDescription, takesWholeFrames } from '../core/description.js';
import { STREAM_OF_CHANNEL } from './direct.js';

/** @typedef {import('../core/types.js').Bytes} Bytes */
/** @typedef {import('../core/description.js').Direct} DirectPolicy */
/** @typedef {import('./direct.js').Peer} Peer */
/** @typedef {import('./direct.js').PeerEvents} PeerEvents */
/** @typedef {{ direct: DirectPolicy, servers: () => Promise<RTCIceServer[]> }} Ways This console's own settings. */

// Addresses that take longer to find are no better than the relay.
const GATHERING_MS = 2_000;
// A device that has not been told that its proofs came sends nothing else.
const MOST_EARLY = 4;

/** @implements {Peer} */
export class BrowserPeer {
  #closed = false;
  #told = false;
  #asserted = false;
  /** What came before this end knew whom it came from. @type {{ frame: Bytes, stream: number }[]} */
  #early = [];
  #fingerprint = '';
  /** @type {RTCPeerConnection | null} */
  #connection = null;
  /** @type {RTCDataChannel[]} */
  #channels = [];
  #ways;
  #events;

  /** @param {Ways} ways @param {PeerEvents} events */
  constructor(ways, events) {
    this.#ways = ways;
    this.#events = events;
  }

  async offer() {
    const { direct, servers } = this.#ways;
    const iceServers = await servers();
    if (this.#closed) throw new SealError('closed');
    const connection = new RTCPeerConnection({ iceServers, iceTransportPolicy: direct === 'turn' ? 'relay' : 'all' });
    this.#connection = connection;
    this.#channels = STREAM_OF_CHANNEL.map((stream, id) => this.#open(connection, stream, id));
    connection.addEventListener('connectionstatechange', () => {
      if (connection.connectionState === 'failed' || connection.connectionState === 'closed') this.#lost();
    });
    await connection.setLocalDescription(await connection.createOffer());
    await gathered(connection);
    const own = readDescription(connection.localDescription?.sdp ?? '', (kind, address) => mayName(direct, kind, address));
    if (own.candidates === 0 || !takesWholeFrames(own.text)) throw new SealError('bad_message', 'no way that the settings allow');
    return own.text;
  }

  /** @param {string} answer */
  async accept(answer) {
    const { direct } = this.#ways;
    const theirs = readDescription(answer, (_, address) => mayTry(direct, address));
    if (theirs.candidates === 0) throw new SealError('bad_message', 'no way that the settings allow');
    this.#fingerprint = theirs.fingerprint;
    await this.#connection?.setRemoteDescription({ type: 'answer', sdp: theirs.text });
  }

  close() {
    this.#closed = true;
    for (const channel of this.#channels) channel.onopen = channel.onmessage = channel.onclose = null;
    this.#connection?.close();
  }

  /** @param {RTCPeerConnection} connection @param {number} stream @param {number} id */
  #open(connection, stream, id) {
    const channel = connection.createDataChannel(id === 0 ? 'picture' : 'sound', { negotiated: true, id, ordered: true });
    channel.binaryType = 'arraybuffer';
    channel.onopen = () => this.#opened();
    channel.onclose = () => this.#lost();
    // A text is no frame; it is met like a frame that does not open.
    channel.onmessage = ({ data }) => this.#take(data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(0), stream);
    return channel;
  }

  /** @param {Bytes} frame @param {number} stream */
  #take(frame, stream) {
    if (this.#asserted) this.#events.frame(frame, stream);
    else if (this.#early.length < MOST_EARLY) this.#early.push({ frame, stream });
    else this.#lost();
  }

  #opened() {
    if (this.#told || this.#closed || this.#channels.some((channel) => channel.readyState !== 'open')) return;
    this.#told = true;
    void this.#certificate().then((seen) => {
      if (this.#closed) return;
      if (seen !== this.#fingerprint) return this.#events.lost();
      this.#asserted = true;
      this.#events.opened();
      for (const { frame, stream } of this.#early.splice(0)) this.#events.frame(frame, stream);
    });
  }

  #lost() {
    if (!this.#closed) this.#events.lost();
  }

  /** SHA-256 of the certificate that the other end really has: the browser looks, and so do we. */
  async #certificate() {
    const report = await this.#connection?.getStats().catch(() => null);
    /** @type {Map<string, any>} */
    const stats = new Map(report ? [...report.entries()] : []);
    const transport = [...stats.values()].find(({ type }) => type === 'transport');
    const { fingerprint = '', fingerprintAlgorithm = '' } = stats.get(transport?.remoteCertificateId) ?? {};
    return fingerprintAlgorithm.toLowerCase() === 'sha-256' ? String(fingerprint).toUpperCase() : '';
  }
}

/** @param {RTCPeerConnection} connection @returns {Promise<void>} */
function gathered(connection) {
  return new Promise((resolve) => {
    const done = () => { if (connection.iceGatheringState === 'complete') resolve(); };
    connection.addEventListener('icegatheringstatechange', done);
    setTimeout(resolve, GATHERING_MS);
    done();
  });
}
