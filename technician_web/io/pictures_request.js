/** @file One request for the pictures that a held-up socket owes, to the relay (SPEC §5.3): plain text, for which no browser asks leave first. */

/** @typedef {import('../core/types.js').Bytes} Bytes */
/** @typedef {{ key: string, seq: number }} Wanted */

const LENGTH_BYTES = 4;

/** The frames in an answer; what is cut short is none. @param {Bytes} body @returns {Bytes[]} */
function framesOf(body) {
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const frames = [];
  for (let at = 0; at + LENGTH_BYTES <= body.length;) {
    const size = view.getUint32(at);
    at += LENGTH_BYTES;
    if (size > body.length - at) break;
    frames.push(body.slice(at, at + size));
    at += size;
  }
  return frames;
}

/**
 * The sealed frames from `seq` on, none where there are none, or where it is asked for a pause. Rejects where there is no connection.
 * @param {string} node where the session's socket is @param {Wanted} wanted @param {AbortSignal} signal @returns {Promise<Bytes[]>}
 */
export async function askPictures(node, wanted, signal) {
  const place = new URL('/v1/pictures', node.replace(/^ws/, 'http'));
  const response = await fetch(place, {
    method: 'POST', headers: { 'Content-Type': 'text/plain' }, body: JSON.stringify(wanted), signal, priority: 'high',
    credentials: 'omit', cache: 'no-store', redirect: 'error', referrerPolicy: 'no-referrer',
  });
  return response.status === 200 ? framesOf(new Uint8Array(await response.arrayBuffer())) : [];
}
