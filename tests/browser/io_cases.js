/** @file What only a browser has, driven from Python: the memory of used codes, the badge's key, the decoder. */

import { checkEd25519 } from '/technician_web/core/records.js';
import { makeBadgeKey } from '/technician_web/io/badge_key.js';
import { PictureDecoder, supportedCodecs } from '/technician_web/io/decoder.js';
import { Turns } from '/technician_web/io/turns.js';
import { UsedCodes } from '/technician_web/io/used_codes.js';

export const takeCode = ({ code, now }) => new UsedCodes(indexedDB, () => now).take(code);
export const hasCode = ({ code, now }) => new UsedCodes(indexedDB, () => now).has(code);

/** Asks without waiting, so that another tab can ask meanwhile; `answer` gives what came. */
export const beginToTake = (what) => { globalThis.taking = takeCode(what); };
export const answer = () => globalThis.taking;

export function keptCodes() {
  return new Promise((resolve) => {
    indexedDB.open('alongside-used-codes').onsuccess = ({ target }) => {
      const codes = target.result.transaction('codes').objectStore('codes');
      codes.getAll().onsuccess = (event) => resolve(event.target.result);
    };
  });
}

/** Whether a badge key signs, and in which formats its private half comes out. */
export async function badgeKey() {
  const generate = crypto.subtle.generateKey.bind(crypto.subtle);
  let pair;
  crypto.subtle.generateKey = async (...how) => { pair = await generate(...how); return pair; };
  const key = await makeBadgeKey();
  const exported = [];
  for (const format of ['pkcs8', 'jwk', 'raw']) {
    const out = crypto.subtle.exportKey(format, pair.privateKey);
    await out.then(() => exported.push(format), () => undefined);
  }
  const message = new Uint8Array([1, 2, 3]);
  return { exported, signs: await checkEd25519(key.publicKey, await key.sign(message), message) };
}

const AT_ONCE = { areShort: false, afterFrame: () => undefined };

/**
 * Feeds pieces as a session does, each when the one before was drawn, or all `atOnce`. Says what was drawn and asked
 * for, and what colour the middle of each of some rows became. `held`: the page hardly runs.
 */
export async function decode({ pieces, atOnce, rows, width, height, held = false }) {
  const pen = new OffscreenCanvas(width, height).getContext('2d');
  const said = [];
  let tell = () => undefined;
  const say = (what) => { said.push(what); tell(); };
  const painter = { draw: (source, { x, y, columns, rows: high }) => pen.drawImage(source, x, y, columns, high), clear: () => undefined };
  const decoder = new PictureDecoder(painter, {
    drawn: (pic, _at, codec) => say(`drawn ${pic} ${codec}`), needsKeyFrame: () => say('key frame'), cannotFollow: (codec) => say(`cannot follow ${codec}`), waits: () => say('waits'),
  }, new Turns(() => held, {
    beforeFrame: (call) => requestAnimationFrame(() => { say('frame'); call(); }),
    after: (delay, call) => { const timer = setTimeout(call, delay); return () => clearTimeout(timer); },
  }));
  const last = pieces.at(-1).head.pic;
  const end = new Promise((resolve) => { tell = () => said.some((what) => what.startsWith(`drawn ${last} `)) && resolve(); });
  for (const { head, data } of pieces) {
    const heard = atOnce ? null : new Promise((resolve) => { tell = resolve; });
    decoder.feed(head, Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0)));
    await heard;
  }
  if (atOnce) await end;
  decoder.close();
  const colours = rows.map((row) => [...pen.getImageData(width / 2, row, 1, 1).data.slice(0, 3)]);
  return { said, colours };
}

export const codecs = () => supportedCodecs();

/** A video decoder that takes everything and gives nothing back: what the page says while its clock is moved on. */
export function decodeWithSilentDecoder({ pieces, width, height }) {
  globalThis.configured = [];
  globalThis.VideoDecoder = class {
    state = 'configured';
    configure(config) { globalThis.configured.push(config.hardwareAcceleration ?? ''); }
    decode() { return undefined; }
    close() { this.state = 'closed'; }
  };
  globalThis.said = [];
  const pen = new OffscreenCanvas(width, height).getContext('2d');
  const decoder = new PictureDecoder({ draw: (source) => pen.drawImage(source, 0, 0), clear: () => undefined }, {
    drawn: (pic) => globalThis.said.push(`drawn ${pic}`),
    needsKeyFrame: () => {
      globalThis.said.push('key frame');
      const { head, data } = pieces.shift() ?? {};
      if (head) decoder.feed(head, Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0)));
    },
    cannotFollow: (codec) => globalThis.said.push(`cannot follow ${codec}`),
    waits: () => globalThis.said.push('waits'),
  }, AT_ONCE);
  decoder.lost();
}

/** A decoder that is quick, in a page in which no frame comes: what the page says while its clock is moved on. */
export function decodeWithoutFrames({ pieces }) {
  globalThis.VideoDecoder = class {
    state = 'configured';
    constructor({ output }) { this.output = output; }
    configure() { return undefined; }
    decode({ timestamp }) {
      const { width, height } = pieces[timestamp - 1].head;
      setTimeout(() => this.output({ timestamp, displayWidth: width, displayHeight: height, close: () => undefined }), 20);
    }
    close() { this.state = 'closed'; }
  };
  globalThis.said = [];
  const say = (what) => globalThis.said.push(what);
  const decoder = new PictureDecoder({ draw: () => undefined, clear: () => undefined }, {
    drawn: (pic) => say(`drawn ${pic}`), needsKeyFrame: () => say('key frame'), cannotFollow: (codec) => say(`cannot follow ${codec}`), waits: () => say('waits'),
  }, { areShort: true, afterFrame: (call) => { globalThis.paint = call; } });
  for (const { head, data } of pieces) decoder.feed(head, Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0)));
}

/**
 * The customer is being asked, and the first picture is expected in a codec: what is made of it, by a decoder that is
 * quick and tells. `breaks`: it fails before it has had anything to do.
 */
export function decodeExpected({ expected, pieces, breaks }) {
  const said = [];
  const made = [];
  globalThis.VideoDecoder = class {
    state = 'configured';
    constructor(events) { this.events = events; made.push(this); }
    configure({ codec }) { said.push(`made ${codec}`); }
    decode({ timestamp }) {
      const { width, height } = pieces[timestamp - 1].head;
      this.events.output({ timestamp, displayWidth: width, displayHeight: height, close: () => undefined });
    }
    close() { this.state = 'closed'; said.push('closed'); }
  };
  const decoder = new PictureDecoder({ draw: () => undefined, clear: () => undefined }, {
    drawn: (pic, _at, codec) => said.push(`drawn ${pic} ${codec}`), needsKeyFrame: () => said.push('key frame'), cannotFollow: () => said.push('cannot follow'), waits: () => said.push('waits'),
  }, AT_ONCE);
  for (const codec of expected) decoder.expect(codec);
  if (breaks) made[0].events.error(new Error());
  for (const { head, data } of pieces) decoder.feed(head, Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0)));
  return said;
}
