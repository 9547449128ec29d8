/** @file What only a browser has, driven from Python: the memory of used codes, the badge's key, the decoder. */

import { checkEd25519 } from '/technician_web/core/records.js';
import { makeBadgeKey } from '/technician_web/io/badge_key.js';
import { PictureDecoder, supportedCodecs } from '/technician_web/io/decoder.js';
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

/** Feeds pieces as a session does; says what was drawn and asked for, and what the middle pixel became. */
export async function decode({ pieces, withoutVideo, width, height }) {
  if (withoutVideo) delete globalThis.VideoDecoder;
  const pen = new OffscreenCanvas(width, height).getContext('2d');
  const said = [];
  let tell;
  const painter = { draw: (source, { y }) => pen.drawImage(source, 0, y), clear: () => undefined };
  const decoder = new PictureDecoder(painter, {
    drawn: (pic, _at, codec) => { said.push(`drawn ${pic} ${codec}`); tell(); },
    needsKeyFrame: () => { said.push('key frame'); tell(); },
  });
  for (const { head, data } of pieces) {
    const heard = new Promise((resolve) => { tell = resolve; });
    decoder.feed(head, Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0)));
    await heard;
  }
  decoder.close();
  const [red, green, blue] = pen.getImageData(width / 2, height / 2, 1, 1).data;
  return { codecs: await supportedCodecs(), said, red, green, blue };
}
