/** @file The WebSocket to the node that holds the device, as a Channel: nothing above knows what carries it (SPEC §5.2). */

import { WireError } from '../core/errors.js';

/** @typedef {import('../core/types.js').Bytes} Bytes */
/** @typedef {import('../core/types.js').Channel} Channel */
/** @typedef {import('../core/types.js').ChannelEvents} ChannelEvents */

const PROTOCOL = 'alongside.console.1';

/** @param {string} node @param {string} ticket */
function dial(node, ticket) {
  try {
    return new WebSocket(node, [PROTOCOL, `ticket.${ticket}`]);
  } catch {
    // Both are the service's words: a place or ticket that cannot be one is its breach, not a fault of this page.
    throw new WireError('bad_message', 'nowhere to connect to');
  }
}

/** @param {string} node @param {string} ticket @param {ChannelEvents} events @returns {Channel} */
export function openRelaySocket(node, ticket, events) {
  const socket = dial(node, ticket);
  socket.binaryType = 'arraybuffer';
  socket.onopen = () => (socket.protocol === PROTOCOL ? events.opened() : socket.close());
  socket.onmessage = ({ data }) => (typeof data === 'string' ? events.text(data) : events.frame(new Uint8Array(data)));
  socket.onclose = ({ code }) => events.closed(code);
  return {
    send: (data) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(data);
    },
    close: () => socket.close(),
  };
}
