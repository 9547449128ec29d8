/** @file What the page needs once a technician has signed in: its screens and the session. It comes while they sign in (decision 0067). */

import { browserPorts } from './io/browser_ports.js';
import { Maker } from './io/maker.js';
import { RemoteSession } from './io/remote_session.js';
import { UsedCodes } from './io/used_codes.js';
import { waysOf } from './io/ways.js';
import { unb64 } from './core/bytes.js';
import { codeEntry } from './ui/code_entry.js';
import { ended } from './ui/ended.js';
import { live } from './ui/live.js';
import { showCode } from './ui/show_code.js';
import { waiting } from './ui/waiting.js';

/** @typedef {import('./core/types.js').Badge} Badge */
/** @typedef {import('./core/types.js').Painter} Painter */
/** @typedef {import('./ui/screen.js').Config} Config */

export const SCREENS = { code: codeEntry, show: showCode, waiting, live, ended };

/** The root key of this console's own settings; without one no unit can be confirmed. @param {Config} config */
function rootOf({ root }) {
  try {
    return typeof root === 'string' ? unb64(root, 32) : null;
  } catch {
    return null;
  }
}

/**
 * How this page opens sessions.
 * @param {Config} config @param {import('./io/api.js').Api} api @param {import('./core/pulse.js').Pulse} pulse
 * @returns {(badge: Badge, painter: Painter) => RemoteSession}
 */
export function sessionsBy(config, api, pulse) {
  const store = new UsedCodes();
  const ports = browserPorts(waysOf(config, api), () => pulse.isHeld(Date.now()));
  const maker = new Maker({ root: rootOf(config), source: api, now: Date.now });
  return (badge, painter) => new RemoteSession({ api, badge, origin: config.service, painter, store, maker, ports });
}
