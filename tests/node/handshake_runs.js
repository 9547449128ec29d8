/** @file Plays whole runs of the key agreement from a transcript file, both ends in this implementation. */

import { utf8 } from '../../technician_web/core/bytes.js';
import { SealError } from '../../technician_web/core/errors.js';
import { ConsoleHandshake } from '../../technician_web/core/handshake.js';
import { FROM_CONSOLE, STREAM_NAMES } from '../../technician_web/core/header.js';
import { expand } from '../../technician_web/core/keys.js';
import { DeviceHandshake } from './device_role.js';
import { hex, unhex } from './hex.js';

/** @typedef {import('../../technician_web/core/types.js').Bytes} Bytes */
/** @typedef {import('../../technician_web/core/keys.js').SessionKeys} SessionKeys */
/** @typedef {{ hello_d: string, hello_t?: string, locator: string, secret: string, rs_hex: string, origin: string, scalar_hex: string, shown_by?: 'device' | 'console' }} End */
/** @typedef {{ hello_t?: string, ya_hex?: string, yb_hex?: string, tb_hex?: string, ta_hex?: string }} Relay */
/** @typedef {{ refused_by?: string, at?: string, error?: string, expect: { [name: string]: unknown } }} Played */

/** @param {End} end */
function inputs({ hello_d, locator, secret, rs_hex, origin, shown_by = 'device' }) {
  return { helloD: utf8(hello_d), locator, secret, rs: unhex(rs_hex), origin, shownBy: shown_by };
}

/**
 * @param {{ device: End, console: End, relay: Relay }} run @param {readonly string[]} [names] of the streams to look at
 * @returns {Promise<Played>}
 */
export async function play({ device, console, relay }, names = [...STREAM_NAMES.values()]) {
  /** @type {{ [name: string]: unknown }} */
  const expect = {};
  let by = 'console';
  let at = 'prepare';
  try {
    const helloT = utf8(console.hello_t ?? '');
    const t = await ConsoleHandshake.prepare({ ...inputs(console), helloT });
    at = 'start';
    const ya = await t.start(unhex(console.scalar_hex));
    expect['ya_hex'] = hex(ya);
    [by, at] = ['device', 'answer'];
    const d = new DeviceHandshake(inputs(device));
    const helloSeen = relay.hello_t === undefined ? helloT : utf8(relay.hello_t);
    const answer = await d.answer(helloSeen, unhex(relay.ya_hex ?? hex(ya)), unhex(device.scalar_hex));
    Object.assign(expect, { yb_hex: hex(answer.yb), tb_hex: hex(answer.tb) });
    [by, at] = ['console', 'finish'];
    const { ta, keys } = await t.finish(unhex(relay.yb_hex ?? hex(answer.yb)), unhex(relay.tb_hex ?? hex(answer.tb)));
    expect['ta_hex'] = hex(ta);
    [by, at] = ['device', 'confirm'];
    const deviceKeys = await d.confirm(unhex(relay.ta_hex ?? hex(ta)));
    Object.assign(expect, await agreed(answer, names), { frames: await frames(keys, deviceKeys, names) });
    if (hex(keys.th) !== hex(deviceKeys.th)) throw new Error('both ends went on with different transcripts');
    return { expect };
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    return { refused_by: by, at, error: error.code, expect };
  }
}

/** @param {Awaited<ReturnType<DeviceHandshake['answer']>>} answer @param {readonly string[]} names */
async function agreed({ run, generator, isk, macKey, th }, names) {
  /** @type {{ [name: string]: { key_hex: string, iv_hex: string } }} */
  const streams = {};
  for (const [stream, name] of named(names)) {
    const secret = hex(await expand(isk, run.sid, th, stream));
    streams[name] = { key_hex: secret.slice(0, 64), iv_hex: secret.slice(64) };
  }
  return {
    sid_hex: hex(run.sid), ci_hex: hex(run.ci), generator_hex: hex(generator), isk_hex: hex(isk), mac_key_hex: hex(macKey),
    th_hex: hex(th), streams,
  };
}

/** @param {readonly string[]} names */
function named(names) {
  return [...STREAM_NAMES].filter(([, name]) => names.includes(name));
}

/**
 * Two frames of each stream, sealed by one end and opened by the other.
 * @param {SessionKeys} t @param {SessionKeys} d @param {readonly string[]} names
 */
async function frames(t, d, names) {
  const made = [];
  for (const [stream, name] of named(names)) {
    const [sender, receiver] = FROM_CONSOLE.has(stream) ? [t, d] : [d, t];
    const sealer = sender.sealer(stream);
    const opener = receiver.opener(stream);
    for (let seq = 0; seq < 2; seq += 1) {
      const plaintext = utf8(`frame ${seq} of ${name}`);
      const frame = await sealer.seal(plaintext);
      if (hex(await opener.open(frame)) !== hex(plaintext)) throw new Error('a frame opened to something else');
      made.push({ stream, plaintext_hex: hex(plaintext), frame_hex: hex(frame) });
    }
  }
  return made;
}
