/** @file Opus to the technician's ears: WebCodecs decodes, a queue of short buffers plays, at most 200 ms late (seal SPEC §3). */

import { Playout } from '../core/playout.js';
import { PIECE_MS, SAMPLE_RATE } from '../core/sound.js';

/** @typedef {import('../core/types.js').Bytes} Bytes */
/** @typedef {import('../core/sound.js').SoundHead} SoundHead */

/** @param {number} channels @returns {AudioDecoderConfig} */
const config = (channels) => ({ codec: 'opus', sampleRate: SAMPLE_RATE, numberOfChannels: channels });

/** Whether this browser can play what a device sends. @returns {Promise<boolean>} */
export async function canHear() {
  if (typeof AudioDecoder !== 'function' || typeof AudioContext !== 'function') return false;
  const support = await AudioDecoder.isConfigSupported(config(2)).catch(() => ({ supported: false }));
  return support.supported === true;
}

/** Made by a press of a button: browsers play nothing before one. */
export class SoundPlayer {
  #playout = new Playout();
  /** @type {AudioDecoder | null} */
  #decoder = null;
  #channels = 0;
  #context = new AudioContext({ sampleRate: SAMPLE_RATE, latencyHint: 'interactive' });

  /** @param {SoundHead} head @param {Bytes} data */
  feed({ n, channels }, data) {
    if (this.#context.state === 'closed') return;
    if (!this.#decoder || this.#decoder.state === 'closed' || channels !== this.#channels) this.#start(channels);
    try {
      this.#decoder?.decode(new EncodedAudioChunk({ type: 'key', timestamp: n * PIECE_MS * 1_000, data }));
    } catch {
      this.#decoder = null; // What comes next starts a new one.
    }
  }

  close() {
    if (this.#decoder && this.#decoder.state !== 'closed') this.#decoder.close();
    this.#decoder = null;
    if (this.#context.state !== 'closed') void this.#context.close();
  }

  /** @param {number} channels */
  #start(channels) {
    if (this.#decoder && this.#decoder.state !== 'closed') this.#decoder.close();
    this.#channels = channels;
    const decoder = new AudioDecoder({ output: (sound) => this.#play(sound), error: () => { if (this.#decoder === decoder) this.#decoder = null; } });
    decoder.configure(config(channels));
    this.#decoder = decoder;
  }

  /** @param {AudioData} sound */
  #play(sound) {
    try {
      const start = this.#context.state === 'closed' ? null : this.#playout.place(Math.round(sound.timestamp / (PIECE_MS * 1_000)), this.#context.currentTime);
      if (start === null) return;
      const buffer = this.#context.createBuffer(sound.numberOfChannels, sound.numberOfFrames, sound.sampleRate);
      for (let channel = 0; channel < sound.numberOfChannels; channel += 1) {
        sound.copyTo(buffer.getChannelData(channel), { planeIndex: channel, format: 'f32-planar' });
      }
      const source = this.#context.createBufferSource();
      source.buffer = buffer;
      source.connect(this.#context.destination);
      source.start(start);
    } finally {
      sound.close();
    }
  }
}
