/**
 * @file Makes `seal/vectors/transcript-from-js.json`: runs of the key agreement by this implementation, for the other one
 * to check. Everything in it follows from names, so a second run makes the same file.
 *
 * `node tests/node/make_transcript.js` writes the file, `--check` only says whether it would change.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { b64, keyId } from '../../technician_web/core/bytes.js';
import { dump } from '../../technician_web/core/canonical.js';
import { STREAM_NAMES } from '../../technician_web/core/header.js';
import { consoleHelloBytes, deviceHelloBytes } from '../../technician_web/core/hellos.js';
import { seeded } from './device_role.js';
import { play } from './handshake_runs.js';
import { hex } from './hex.js';

/** @typedef {import('./handshake_runs.js').End} End */
/** @typedef {import('./handshake_runs.js').Relay} Relay */
/** @typedef {{ device: End, console: End, relay: Relay }} Run */
/** @typedef {{ comment: string, flags: string[], run: Run, names?: string[] }} Planned */

const OUTPUT = new URL('../../seal/vectors/transcript-from-js.json', import.meta.url);
const HONEST_RUNS = 12;
const text = (/** @type {Uint8Array} */ bytes) => new TextDecoder().decode(bytes);

/** @param {string} name @param {object} [changes] of hello_D */
async function helloD(name, changes = {}) {
  const dpk = await seeded(`${name} dpk`);
  const hello = { nd: await seeded(`${name} nd`), dev: await keyId(dpk), dpk, fw: '2.0', caps: ['h264'], fails: 0, ...changes };
  return text(deviceHelloBytes(hello));
}

/** @param {string} name */
async function helloT(name) {
  return text(consoleHelloBytes({ nt: await seeded(`${name} nt`), kid: await keyId(await seeded('issuer')) }));
}

/** Digits that differ from run to run, as a person would be shown them. @param {string} name @param {number} count */
async function digits(name, count) {
  return Array.from((await seeded(name, count)), (byte) => byte % 10).join('');
}

/** @param {string} name @param {object} [changes] of hello_D @returns {Promise<Run>} */
async function honest(name, changes) {
  const both = {
    hello_d: await helloD(name, changes), locator: await digits(`${name} locator`, 5), secret: await digits(`${name} secret`, 6),
    rs_hex: hex(await seeded(`${name} rs`, 16)), origin: 'https://relay.example',
  };
  return {
    device: { ...both, scalar_hex: hex(await seeded(`${name} yb`)) },
    console: { ...both, scalar_hex: hex(await seeded(`${name} ya`)), hello_t: await helloT(name) },
    relay: {},
  };
}

/** Bit 255 of a point does not count; the tags do. @param {string} point */
function withTopBit(point) {
  return point.slice(0, 62) + (Number.parseInt(point.slice(62), 16) | 0x80).toString(16);
}

/** @returns {Promise<Planned[]>} */
async function valid() {
  const plans = [];
  for (let at = 1; at <= HONEST_RUNS; at += 1) plans.push({ comment: `run ${at} with drawn values`, flags: [], run: await honest(`run ${at}`) });
  const names = { fw: 'đèn \u{1F4FA}', caps: ['h264', 'jpeg', ''], fails: 999_999 };
  return [...plans, { comment: 'letters beyond ASCII, an empty capability', flags: [], run: await honest('letters', names) }];
}

/** @returns {Promise<Planned[]>} */
async function refused() {
  const run = await honest('refused');
  const other = await honest('other');
  const sent = /** @type {{ [name: string]: string }} */ ((await play(run)).expect);
  const otherSent = /** @type {{ [name: string]: string }} */ ((await play(other)).expect);
  /** @param {string} flag @param {string} comment @param {Partial<End>} changes @returns {Planned} */
  const console = (flag, comment, changes) => ({ comment, flags: [flag], run: { ...run, console: { ...run.console, ...changes } } });
  /** @param {string} flag @param {string} comment @param {Partial<End>} changes @returns {Planned} */
  const device = (flag, comment, changes) => ({ comment, flags: [flag], run: { ...run, device: { ...run.device, ...changes } } });
  /** @param {string} flag @param {string} comment @param {Relay} swaps @returns {Planned} */
  const relay = (flag, comment, swaps) => ({ comment, flags: [flag], run: { ...run, relay: swaps } });
  const { hello_d } = run.console;
  const fields = JSON.parse(hello_d);
  const respelled = (/** @type {object} */ changes) => text(dump({ ...fields, ...changes }));
  return [
    device('Guess', 'the device shows another secret', { secret: other.device.secret }),
    device('Binding', 'the device trusts another origin', { origin: 'https://relay.example.net' }),
    device('Binding', 'the device heard another rs', { rs_hex: other.device.rs_hex }),
    console('Guess', 'the secret read backwards', { secret: [...run.console.secret].reverse().join('') }),
    console('Binding', 'another firmware is shown to the console', { hello_d: respelled({ fw: '2.1' }) }),
    console('Binding', 'another nonce of the device', { hello_d: respelled({ nd: b64(await seeded('another nd')) }) }),
    console('Hello', 'hello_D lacks a field', { hello_d: text(dump(Object.fromEntries(Object.entries(fields).filter(([key]) => key !== 'fails')))) }),
    console('Hello', 'hello_D has a field more', { hello_d: respelled({ extra: 1 }) }),
    console('Hello', 'hello_D is larger than 1,024 bytes', { hello_d: respelled({ caps: Array(16).fill('ü'.repeat(32)) }) }),
    console('Hello', 'hello_D has two spellings of one key', { hello_d: hello_d.replace('"fails":0', '"fails":0,"fails":0') }),
    relay('Swap', 'all of another run from the device', { yb_hex: otherSent['yb_hex'] ?? '', tb_hex: otherSent['tb_hex'] ?? '' }),
    relay('Swap', 'the tag of another run', { ta_hex: otherSent['ta_hex'] ?? '' }),
    relay('Swap', 'bit 255 of Ya set', { ya_hex: withTopBit(sent['ya_hex'] ?? '') }),
    relay('Swap', 'bit 255 of Yb set', { yb_hex: withTopBit(sent['yb_hex'] ?? '') }),
    relay('Swap', 'a byte behind Tb', { tb_hex: `${sent['tb_hex']}00` }),
    relay('Reflect', 'Tb is Ta of an honest end', { tb_hex: sent['ta_hex'] ?? '' }),
    relay('LowOrder', 'Yb is p', { yb_hex: `ed${'ff'.repeat(30)}7f` }),
    relay('LowOrder', 'Ya is p - 1', { ya_hex: `ec${'ff'.repeat(30)}7f` }),
    relay('LowOrder', 'Ya is p + 1', { ya_hex: `ee${'ff'.repeat(30)}7f` }),
    relay('Swap', 'no Yb at all', { yb_hex: '' }),
  ];
}

/** Which end shows the code is bound into the keys. @returns {Promise<Planned[]>} */
async function shownByTheConsole() {
  const run = await honest('shown by the console');
  const shown_by = /** @type {const} */ ('console');
  const both = { ...run, device: { ...run.device, shown_by }, console: { ...run.console, shown_by } };
  return [
    { comment: 'the console shows the code', flags: [], run: both },
    { comment: 'the device believes that it shows the code itself', flags: ['Binding'], run: { ...both, device: run.device } },
    { comment: 'the console believes that the device shows the code', flags: ['Binding'], run: { ...both, console: run.console } },
    { comment: 'the customer mistypes a digit', flags: ['Guess'], run: { ...both, device: { ...both.device, secret: run.device.locator + '0' } } },
  ];
}

/** The keys of data channels and of sound, too. @returns {Promise<Planned[]>} */
async function allStreams() {
  const run = await honest('all streams');
  return [
    { comment: 'with the keys of data channels and of sound', flags: [], run, names: [...STREAM_NAMES.values()] },
    { comment: 'the same with another secret', flags: ['Guess'], run: { ...run, device: { ...run.device, secret: '000000' } } },
  ];
}

// Those there were when the first cases were written down.
const FIRST_STREAMS = [...STREAM_NAMES.values()].slice(0, 4);
const NOTES = {
  Binding: 'the two ends believe different things of the channel',
  Guess: 'one end has another secret',
  Hello: 'a hello that must not be accepted',
  LowOrder: 'a point that would give everybody the same key',
  Reflect: 'the relay sends back what it was sent',
  Swap: 'the relay puts something else in the place of a message',
};

/** @type {{ id: string, [field: string]: unknown }[]} */
const cases = [];
for (const { comment, flags, run, names } of [...await valid(), ...await refused(), ...await shownByTheConsole(), ...await allStreams()]) {
  const id = `transcript-js-${String(cases.length + 1).padStart(3, '0')}`;
  const played = await play(run, names ?? FIRST_STREAMS);
  cases.push({ id, comment, flags, op: 'run', ...run, result: played.at ? 'refused' : 'valid', ...played });
}
const about = 'Whole runs of the key agreement, seal SPEC sections 1 to 3; the form is in wire/vectors/README.md.';
const json = `${JSON.stringify({ format: 'alongside-vectors-1', about, notes: NOTES, cases }, null, 1)}\n`;
// The Python file writes its texts with escapes too, so that odd characters are visible.
const ascii = json.replace(/[^\n -~]/gu, (letter) => Array.from({ length: letter.length }, (_, at) => `\\u${letter.charCodeAt(at).toString(16).padStart(4, '0')}`).join(''));

if (process.argv.includes('--check')) process.exitCode = readFileSync(OUTPUT, 'utf8') === ascii ? 0 : 1;
else writeFileSync(OUTPUT, ascii);
