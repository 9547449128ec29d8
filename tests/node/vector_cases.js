/**
 * @file Runs the shared vectors against the console's core. The same module runs in Node and in a browser page, so it knows
 * neither files nor a test framework: it is given a file's content and answers with what went wrong.
 */

import { aliveKey } from '../../technician_web/core/alive.js';
import { badgeHash, parseBadge } from '../../technician_web/core/badge.js';
import { b64, keyId, lv, sha256B64, unb64, utf8 } from '../../technician_web/core/bytes.js';
import { dump, load } from '../../technician_web/core/canonical.js';
import * as code from '../../technician_web/core/code.js';
import * as cpace from '../../technician_web/core/cpace.js';
import { verifyEnrolment } from '../../technician_web/core/enrolment.js';
import { SealError, WireError } from '../../technician_web/core/errors.js';
import { Opener, pad, unpad } from '../../technician_web/core/frames.js';
import { FROM_CONSOLE, FROM_DEVICE, FROM_DEVICE_DIRECT, packHeader, parseHeader, STREAM } from '../../technician_web/core/header.js';
import * as hellos from '../../technician_web/core/hellos.js';
import { SessionKeys } from '../../technician_web/core/keys.js';
import { verifyKeyset } from '../../technician_web/core/keyset.js';
import { CODEC_NAMES, packPicture, unpackPicture } from '../../technician_web/core/picture.js';
import { isProof, packProof, unpackProof } from '../../technician_web/core/proof.js';
import { checkEd25519, RecordReader } from '../../technician_web/core/records.js';
import { decodeForConsole } from '../../technician_web/core/relay_messages.js';
import { decode, encode } from '../../technician_web/core/sealed_messages.js';
import { packSound, unpackSound } from '../../technician_web/core/sound.js';
import { packPart, unpackPart } from '../../technician_web/core/still.js';
import { verifyStatus } from '../../technician_web/core/status.js';
import { play } from './handshake_runs.js';
import { hex, unhex } from './hex.js';

/** @typedef {import('../../technician_web/core/types.js').Bytes} Bytes */
/** @typedef {any} Case - a case has the fields its operation names; reading a missing one fails the case */
/** @typedef {{ ran: number, left: string[], failures: string[] }} Report `left`: operations of the other ends */
/** @typedef {(given: Case, file: Case) => Promise<unknown>} Operation */

/** @param {unknown} value @returns {string} */
function text(value) {
  return JSON.stringify(value, (_, item) => (item instanceof Uint8Array ? b64(item) : sorted(item)));
}

/** @param {unknown} item */
function sorted(item) {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
  return Object.fromEntries(Object.entries(item).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** @param {unknown} actual @param {unknown} expected @param {string} what */
function same(actual, expected, what) {
  if (text(actual) !== text(expected)) throw new Error(`${what}: ${text(actual)?.slice(0, 300)} instead of ${text(expected)?.slice(0, 300)}`);
}

/** @param {Case} given @returns {Bytes} */
function bytesOf(given) {
  return given.data_hex === undefined ? utf8(given.text) : unhex(given.data_hex);
}

/** @param {Case} file */
async function aliveOf({ isk_hex, sid_hex, th_hex }) {
  const agreed = { isk: unhex(isk_hex), sid: unhex(sid_hex), th: unhex(th_hex), sends: FROM_CONSOLE };
  return (await SessionKeys.derive(agreed)).alive;
}

/** @param {string} name */
function codeOperation(name) {
  return async (/** @type {Case} */ { args, returns, result }) => {
    const call = /** @type {{ [name: string]: (...args: string[]) => unknown }} */ ({
      check_digit: code.checkDigit, compose: code.compose, is_valid: code.isValid, normalise: code.normalise, grouped: code.grouped,
      split: (twelve) => Object.values(code.split(String(twelve))),
    })[name];
    const got = call?.(...args);
    if (result === 'refused' && returns === undefined) return;
    same(got, returns, 'returns');
    if (result === 'refused') throw new WireError('', 'refused by its answer');
  };
}

/** @param {number} stream @returns {Operation} */
function sealedMessage(stream) {
  return async ({ text: json, message }) => {
    const plaintext = pad(utf8(json));
    same(decode(stream, plaintext), message, 'message');
    same(encode(message), plaintext, 'encoded again');
  };
}

/** @type {{ [file: string]: { [op: string]: Operation } }} */
const OPERATIONS = {
  'wire/vectors/canonical.json': {
    load: async (given) => {
      const data = bytesOf(given);
      same(load(data, given.limit), given.value, 'value');
      same(dump(given.value), data, 'written again');
    },
    dump: async ({ value, text: expected }) => same(dump(value), expected === undefined ? '' : utf8(expected), 'text'),
  },
  'wire/vectors/code.json': Object.fromEntries(
    ['check_digit', 'compose', 'is_valid', 'normalise', 'split', 'grouped'].map((name) => [name, codeOperation(name)]),
  ),
  'wire/vectors/encoding.json': {
    unb64: async ({ text: spelled, size, data_hex }) => {
      const data = unb64(spelled, size);
      same(hex(data), data_hex, 'data');
      same(b64(data), spelled, 'spelled again');
    },
    lv: async ({ parts, data_hex }) => same(hex(lv(...parts.map(partOf))), data_hex, 'data'),
    key_id: async ({ raw_hex, returns }) => same(await keyId(unhex(raw_hex)), returns, 'id'),
  },
  'wire/vectors/frame_headers.json': {
    parse_header: async ({ head_hex, zero_bytes, from, stream, seq }) => {
      const head = unhex(head_hex);
      const frame = new Uint8Array(head.length + zero_bytes);
      frame.set(head);
      const allowed = { device: FROM_DEVICE, console: FROM_CONSOLE, 'device directly': FROM_DEVICE_DIRECT }[/** @type {'device'} */ (from)];
      same(parseHeader(frame, allowed), { stream, seq }, 'header');
      same(packHeader({ stream, seq }), head, 'packed again');
    },
  },
  'wire/vectors/messages.json': {
    decode_for_console: async ({ text: spelled, spaces = 0, message }) => same(decodeForConsole(spelled + ' '.repeat(spaces)), message, 'message'),
  },
  'wire/vectors/hellos.json': {
    parse_device_hello: async ({ text: spelled, hello }) => {
      const { nd, dpk, ...rest } = await hellos.parseDeviceHello(utf8(spelled));
      same({ ...rest, nd_hex: hex(nd), dpk_hex: hex(dpk) }, hello, 'hello');
      same(hellos.deviceHelloBytes({ nd, dpk, ...rest }), utf8(spelled), 'written again');
    },
    parse_console_hello: async ({ text: spelled, hello }) => {
      const { nt, kid } = hellos.parseConsoleHello(utf8(spelled));
      same({ nt_hex: hex(nt), kid }, hello, 'hello');
      same(hellos.consoleHelloBytes({ nt, kid }), utf8(spelled), 'written again');
    },
  },
  'wire/vectors/records.json': {
    read_chain: async ({ records, result, refused_at, count, head }, { th_hex, dpk_hex }) => {
      const reader = new RecordReader(unhex(th_hex), unhex(dpk_hex), checkEd25519);
      let dprev = '';
      for (const [at, record] of records.entries()) {
        if (result === 'refused' && at === refused_at) return void await reader.read(utf8(record));
        await reader.read(utf8(record));
        dprev = await sha256B64(utf8(record));
      }
      same({ count: records.length, head: dprev }, { count, head: records.length > 0 ? head : dprev }, 'chain');
    },
  },
  'wire/vectors/badge.json': {
    parse: async ({ jws, kid, claims, signed_text, sig_hex }) => {
      const parsed = parseBadge(jws);
      const { key, ...rest } = parsed.claims;
      same({ ...rest, cnf: { jwk: { crv: 'Ed25519', kty: 'OKP', x: b64(key) } } }, claims, 'claims');
      same([parsed.kid, parsed.signed, hex(parsed.sig)], [kid, utf8(signed_text), sig_hex], 'parts');
      same(await badgeHash(jws), await sha256B64(utf8(jws)), 'name');
    },
  },
  'wire/vectors/keyset.json': {
    verify_keyset: async ({ text: spelled, keyset }, { root_hex }) => {
      const { issuers, enrol, status, auditors, ...rest } = await verifyKeyset(utf8(spelled), unhex(root_hex));
      const keys = { issuers: issuers.map(b64), enrol: enrol.map(b64), status: b64(status) };
      same({ ...rest, ...keys, auditors: auditors.map((key) => ({ kem: 'x25519', key: b64(key) })) }, keyset, 'keyset');
    },
  },
  'wire/vectors/status.json': {
    verify_status: async ({ text: spelled, iat, jtis, kids }, { status_key_hex, iss }) => {
      const list = await verifyStatus(utf8(spelled), { status: unhex(status_key_hex), iss });
      same([list.iat, [...list.jtis], [...list.kids]], [iat, jtis, kids], 'list');
    },
  },
  'wire/vectors/enrolment.json': {
    verify_enrolment: async ({ jws, revoked, unit, model, iat }, { root_hex, keyset, dpk_hex }) => {
      const known = await verifyKeyset(utf8(keyset), unhex(root_hex));
      const enrolment = await verifyEnrolment(jws, { keyset: known, status: { kids: new Set(revoked) }, dpk: unhex(dpk_hex) });
      same([enrolment.sub, enrolment.model, enrolment.iat], [unit, model, iat], 'enrolment');
    },
  },
  'seal/vectors/sealed_frames.json': {
    open: async ({ stream, frames, result, refused_at, plaintexts }, { streams }) => {
      const { key_hex, iv_hex } = streams[stream];
      const key = await crypto.subtle.importKey('raw', unhex(key_hex), 'AES-GCM', false, ['decrypt']);
      const opener = new Opener(stream, { key, iv: unhex(iv_hex) });
      const opened = [];
      for (const [at, frame] of frames.entries()) {
        if (result === 'refused' && at === refused_at) return void await refusedForGood(opener, frame);
        opened.push(hex(await opener.open(unhex(frame))));
      }
      same(opened, plaintexts, 'plaintexts');
    },
  },
  'seal/vectors/padding.json': {
    unpad: async ({ plaintext_hex, data_hex }) => {
      const data = unpad(unhex(plaintext_hex));
      same(hex(data), data_hex, 'data');
      same(hex(pad(data)), plaintext_hex, 'padded again');
    },
  },
  'seal/vectors/alive.json': {
    of_console: async ({ k, n, pic, tag_hex }, file) => same(hex(await (await aliveOf(file)).ofConsole(k, n, pic)), tag_hex, 'tag'),
    of_device: async ({ k, n, heard, tag_hex }, file) => {
      const tags = await aliveOf(file);
      same(hex(await tags.ofDevice(k, n, heard)), tag_hex, 'tag');
      await tags.checkDevice({ k, n, heard }, unhex(tag_hex));
    },
    check_device: async ({ k, n, heard, tag_hex }, file) => (await aliveOf(file)).checkDevice({ k, n, heard }, unhex(tag_hex)),
    key_of: async ({ ticket, key }) => same(await aliveKey(ticket), key, 'key'),
  },
  'seal/vectors/picture_heads.json': {
    unpack_picture: async ({ plaintext_hex, head, data_hex }) => {
      const picture = unpackPicture(unhex(plaintext_hex));
      same({ ...picture.head, codec: CODEC_NAMES[picture.head.codec] }, head, 'head');
      same(hex(picture.data), data_hex, 'data');
      same(hex(packPicture(picture.head, picture.data.slice())), plaintext_hex, 'packed again');
    },
  },
  'seal/vectors/still_parts.json': {
    unpack_part: async ({ data_hex, zero_bytes = 0, start, size, bytes }) => {
      const data = new Uint8Array(data_hex.length / 2 + zero_bytes);
      data.set(unhex(data_hex));
      const part = unpackPart(data);
      same([part.start, part.size, part.bytes.length], [start, size, bytes], 'part');
      same(hex(packPart({ ...part, bytes: part.bytes.slice() })), hex(data), 'packed again');
    },
  },
  'seal/vectors/sealed_messages.json': {
    decode_t2d_control: sealedMessage(STREAM.T2D_CONTROL),
    decode_t2d_link: sealedMessage(STREAM.T2D_LINK),
    decode_d2t_control: sealedMessage(STREAM.D2T_CONTROL),
  },
  'seal/vectors/carrier_messages.json': {
    decode_t2d_control: sealedMessage(STREAM.T2D_CONTROL),
    decode_t2d_link: sealedMessage(STREAM.T2D_LINK),
    decode_d2t_control: sealedMessage(STREAM.D2T_CONTROL),
  },
  'seal/vectors/carrier_plaintexts.json': {
    unpack_sound: async ({ plaintext_hex, head, data_hex }) => {
      const sound = unpackSound(unhex(plaintext_hex));
      same(sound.head, head, 'head');
      same(hex(sound.data), data_hex, 'data');
      same(hex(packSound(sound.head, sound.data.slice())), plaintext_hex, 'packed again');
    },
    unpack_proof: async ({ plaintext_hex, zero_bytes, n }) => {
      const plaintext = new Uint8Array(plaintext_hex.length / 2 + zero_bytes);
      plaintext.set(unhex(plaintext_hex));
      same(unpackProof(plaintext), n, 'n');
      same([isProof(plaintext), hex(packProof(n))], [true, hex(plaintext)], 'packed again');
    },
  },
  'seal/vectors/transcript-from-python.json': { run: handshakeRun },
  'seal/vectors/transcript-from-js.json': { run: handshakeRun },
};

// Operations of the other ends, which this implementation does not have (README of the vectors, and each file's `about`).
const OF_OTHERS = ['check_console', 'decode_from_device', 'decode_from_console', 'decode_for_device', 'device_hello_message', 'judge', 'accept',
  'read_enrol_code', 'enrol_message'];
// The draft's own form: the console's suite, and the one it does not speak.
const DRAFTS = ['seal/vectors/cpace-x25519-sha512.json', 'seal/vectors/cpace-ristretto255-sha512.json'];

/** Every vector file of the repository. */
export const FILES = [...Object.keys(OPERATIONS), ...DRAFTS];

/** @param {Case} part */
function partOf(part) {
  return part.hex === undefined ? part.text ?? part : unhex(part.hex);
}

/** @param {Opener} opener @param {string} frame */
async function refusedForGood(opener, frame) {
  try {
    await opener.open(unhex(frame));
  } catch (error) {
    const again = await opener.open(unhex(frame)).catch((/** @type {unknown} */ later) => later);
    if (!(again instanceof SealError) || again.code !== 'closed') throw new Error('opens again after a refusal');
    throw error;
  }
}

/** @param {Case} given */
async function handshakeRun({ device, console, relay, result, expect, refused_by, at }) {
  // Runs that were written down before there were data channels and sound name the first four streams alone.
  const played = await play({ device, console, relay }, Object.keys(expect.streams ?? {}));
  same([played.refused_by, played.at, played.expect], [refused_by, at, expect], 'run');
  if (result === 'refused') throw new SealError(String(played.error));
}

/** @param {Case} given @param {Case} file @returns {Promise<string>} '' if all is well */
async function runCase(given, file, /** @type {Operation} */ operation) {
  try {
    await operation(given, file);
  } catch (error) {
    const refused = error instanceof WireError || error instanceof SealError;
    if (given.result !== 'refused' || !refused) return `${given.id} (${given.comment}): ${error}`;
    const expected = given.error ?? error.code;
    return error.code === expected ? '' : `${given.id} (${given.comment}): refused with ${error.code} instead of ${expected}`;
  }
  return given.result === 'refused' ? `${given.id} (${given.comment}): accepted` : '';
}

/** @param {string} path of FILES @param {Case} file its content @returns {Promise<Report>} */
export async function runFile(path, file) {
  if (DRAFTS.includes(path)) return runDraft(path, file);
  const operations = OPERATIONS[path] ?? {};
  /** @type {Report} */
  const report = { ran: 0, left: [], failures: [] };
  if (file.format !== 'alongside-vectors-1') report.failures.push('another format');
  for (const given of file.cases) {
    const operation = operations[given.op];
    if (operation) {
      report.ran += 1;
      const failure = await runCase(given, file, operation);
      if (failure) report.failures.push(failure);
    } else if (OF_OTHERS.includes(given.op)) report.left.push(given.op);
    else report.failures.push(`${given.id}: nobody runs ${given.op}`);
  }
  return report;
}

/** @param {string} path @param {Case} file @returns {Promise<Report>} */
async function runDraft(path, file) {
  /** @type {Report} */
  const report = { ran: 0, left: [], failures: [] };
  /** @param {string} what @param {() => Promise<void>} check */
  const attempt = async (what, check) => {
    report.ran += 1;
    await check().catch((error) => report.failures.push(`${what}: ${error}`));
  };
  for (const given of file.strings.prepend_len) await attempt('prepend_len', async () => same(hex(lv(unhex(given.in))), given.out, 'lv'));
  if (file.suite !== 'CPACE-X25519-SHA512') return { ...report, left: ['another suite'] };
  const { main, low_order } = file;
  await attempt('main', () => draftRun(main));
  for (const point of low_order.cases) await attempt(`low order ${point.u}`, () => lowOrder(low_order.s, point));
  return report;
}

/** @param {Case} main */
async function draftRun(main) {
  const [prs, ci, sid] = [unhex(main.PRS), unhex(main.CI), unhex(main.sid)];
  same(hex(cpace.generatorString(prs, ci, sid)), main.generator_string, 'generator string');
  const g = await cpace.generator(prs, ci, sid);
  same(hex(g), main.g, 'g');
  const [ya, yb] = [await cpace.publicShare(unhex(main.ya), g), await cpace.publicShare(unhex(main.yb), g)];
  same([hex(ya), hex(yb)], [main.Ya, main.Yb], 'shares');
  const k = await cpace.sharedKey(unhex(main.ya), yb);
  same([hex(k), hex(await cpace.sharedKey(unhex(main.yb), ya))], [main.K, main.K], 'K');
  const isk = await cpace.isk(sid, k, { y: ya, ad: unhex(main.ADa) }, { y: yb, ad: unhex(main.ADb) });
  same(hex(isk), main.ISK_IR, 'ISK');
}

/** @param {string} scalar @param {Case} point */
async function lowOrder(scalar, { u, q, must_abort }) {
  const outcome = await cpace.sharedKey(unhex(scalar), unhex(u)).then(hex, (error) => (error instanceof SealError ? 'abort' : String(error)));
  same(outcome, must_abort ? 'abort' : q, 'K');
}
