/** @file Pieces of the core whose promises no whole session can break: used once, forgotten at the end, in order. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { b64, equal, sha256B64, utf8 } from '../../technician_web/core/bytes.js';
import { SealError, WireError } from '../../technician_web/core/errors.js';
import { Opener, Sealer } from '../../technician_web/core/frames.js';
import { ConsoleHandshake } from '../../technician_web/core/handshake.js';
import { FROM_CONSOLE, FROM_DEVICE, STREAM } from '../../technician_web/core/header.js';
import { consoleHelloBytes, deviceHelloBytes } from '../../technician_web/core/hellos.js';
import { SessionKeys } from '../../technician_web/core/keys.js';
import { Lease } from '../../technician_web/core/lease.js';
import { RecordLedger } from '../../technician_web/core/record_ledger.js';
import { checkEd25519, RecordReader } from '../../technician_web/core/records.js';
import { SealedLink } from '../../technician_web/core/sealed_link.js';
import { keyId } from '../../technician_web/core/bytes.js';
import { RecordWriter, seeded, signingKey } from './device_role.js';

/** @param {ReadonlySet<number>} sends */
async function keysOf(sends) {
  return SessionKeys.derive({ isk: await seeded('isk', 64), sid: await seeded('sid'), th: await seeded('th', 64), sends });
}

/** @param {string} code */
const refusal = (code) => (/** @type {unknown} */ error) => error instanceof SealError && error.code === code;

test('a stream\'s key is handed out once, and only in its direction (INV-C3)', async () => {
  const keys = await keysOf(FROM_CONSOLE);
  keys.sealer(STREAM.T2D_CONTROL);
  assert.throws(() => keys.sealer(STREAM.T2D_CONTROL), refusal('closed'));
  assert.throws(() => keys.sealer(STREAM.D2T_CONTROL), refusal('wrong_direction'));
  assert.throws(() => keys.opener(STREAM.T2D_LINK), refusal('wrong_direction'));
});

test('wiped keys seal and open nothing, also those handed out before (INV-C3)', async () => {
  const keys = await keysOf(FROM_CONSOLE);
  const [sealer, opener] = [keys.sealer(STREAM.T2D_CONTROL), keys.opener(STREAM.D2T_CONTROL)];
  const frame = await (await keysOf(FROM_DEVICE)).sealer(STREAM.D2T_CONTROL).seal(utf8('late'));
  keys.wipe();
  await assert.rejects(sealer.seal(utf8('late')), refusal('closed'));
  await assert.rejects(opener.open(frame), refusal('closed'));
  assert.throws(() => keys.sealer(STREAM.T2D_LINK), refusal('closed'));
});

test('a stream ends at 2^20 frames rather than repeat a nonce (INV-C3)', async () => {
  const sealer = (await keysOf(FROM_CONSOLE)).sealer(STREAM.T2D_LINK);
  sealer.next = 2 ** 20 - 1;
  const last = await sealer.seal(utf8('last'));
  assert.deepEqual([...last.slice(4, 12)], [0, 0, 0, 0, 0, 15, 255, 255]);
  await assert.rejects(sealer.seal(utf8('one more')), refusal('exhausted'));
});

test('frames sealed without waiting keep their order and open in it', async () => {
  const [t, d] = [await keysOf(FROM_CONSOLE), await keysOf(FROM_DEVICE)];
  /** @type {import('../../technician_web/core/types.js').Bytes[]} */
  const sent = [];
  const done = new Promise((resolve) => {
    const link = new SealedLink(t, (frame) => { sent.push(frame); if (sent.length === 40) resolve(null); }, (error) => assert.fail(String(error)));
    for (let n = 1; n <= 20; n += 1) {
      link.sendControl({ t: 'key', key: 'up', hb: n });
      link.sendLink({ t: 'pong', n });
    }
  });
  await done;
  const openers = new Map([STREAM.T2D_CONTROL, STREAM.T2D_LINK].map((stream) => [Number(stream), d.opener(stream)]));
  for (const frame of sent) await openers.get(frame[1] ?? 0)?.open(frame);
});

test('a command\'s name is known before its frame leaves', async () => {
  /** @type {string[]} */
  const order = [];
  const link = await new Promise((/** @type {(value: string) => void} */ resolve, reject) => {
    void keysOf(FROM_CONSOLE).then((keys) => new SealedLink(keys, (frame) => {
      order.push('sent');
      sha256B64(frame).then(resolve, reject);
    }, reject).sendControl({ t: 'close', reason: 'technician_left' }, (hash) => order.push(hash)));
  });
  assert.deepEqual(order, [link, 'sent']);
});

test('one run of the key agreement has one scalar and judges one answer', async () => {
  const dpk = await seeded('dpk');
  const run = await ConsoleHandshake.prepare({
    helloD: deviceHelloBytes({ nd: await seeded('nd'), dev: await keyId(dpk), dpk, fw: '', caps: [], fails: 0 }),
    helloT: consoleHelloBytes({ nt: await seeded('nt'), kid: await keyId(dpk) }),
    locator: '12345', secret: '678901', rs: await seeded('rs', 16), origin: 'https://relay.example',
  });
  await assert.rejects(run.finish(await seeded('yb'), await seeded('tb', 64)), refusal('wrong_state'));
  await run.start(await seeded('ya'));
  await assert.rejects(run.start(await seeded('ya again')), refusal('wrong_state'));
  await assert.rejects(run.finish(await seeded('yb'), await seeded('tb', 64)), refusal('bad_tag'));
  await assert.rejects(run.finish(await seeded('yb'), await seeded('tb', 64)), refusal('wrong_state'));
});

/** A ledger and the records of an honest device. */
async function ledger() {
  const key = await signingKey(await seeded('device'));
  const th = await seeded('th', 64);
  const writer = new RecordWriter(th, key.sign);
  const frame = b64(await seeded('frame'));
  const records = [
    await writer.write({ typ: 'paired', dts: 1, frame, badge: frame }),
    await writer.write({ typ: 'action', dts: 2, frame, class: 'key', path: '', outcome: 'done', pc: '' }),
  ];
  return { records, ledger: new RecordLedger(new RecordReader(th, key.publicKey, checkEd25519), () => true) };
}

test('both copies of a record are one, in whatever order they come', async () => {
  for (const ways of /** @type {('clear' | 'sealed')[][]} */ ([['clear', 'sealed'], ['sealed', 'clear']])) {
    const { records: [paired, action], ledger: taken } = await ledger();
    assert.ok(paired && action);
    const fresh = [];
    for (const way of ways) fresh.push((await taken.take(paired, way)).fresh);
    assert.deepEqual(fresh, [true, false]);
    assert.equal((await taken.take(action, 'clear')).fresh, true);
  }
});

test('a third copy, or a second by the same way, is refused', async () => {
  const once = await ledger();
  const [paired] = once.records;
  assert.ok(paired);
  await once.ledger.take(paired, 'clear');
  await assert.rejects(once.ledger.take(paired, 'clear'), WireError);
  const thrice = await ledger();
  await thrice.ledger.take(paired, 'clear');
  await thrice.ledger.take(paired, 'sealed');
  await assert.rejects(thrice.ledger.take(paired, 'sealed'), WireError);
});

test('the quickest of many pings tells the device\'s clock, and no moment lies in the future', () => {
  const lease = new Lease();
  assert.equal(lease.onOwnClock(0, 0), null);
  lease.heard({ n: 1, dts: 0 }, 10_300);
  lease.heard({ n: 2, dts: 1_000 }, 11_010);
  lease.heard({ n: 3, dts: 2_000 }, 12_700);
  assert.equal(lease.onOwnClock(1_500, 12_700), 11_510);
  lease.measured(30);
  lease.measured(12);
  lease.measured(900);
  assert.equal(lease.onOwnClock(1_500, 12_700), 11_504);
  assert.equal(lease.onOwnClock(9_000, 12_700), 12_700);
  assert.equal(lease.newest, 3);
});

test('a device clock that is set during a session is followed', () => {
  const lease = new Lease();
  for (let n = 1; n <= 40; n += 1) lease.heard({ n, dts: (n > 5 ? 500_000 : 0) + n * 1_000 }, 600_000 + n * 1_000);
  assert.equal(lease.onOwnClock(540_000, 640_000), 640_000);
  const back = new Lease();
  for (let n = 1; n <= 40; n += 1) back.heard({ n, dts: (n > 5 ? 0 : 500_000) + n * 1_000 }, 600_000 + n * 1_000);
  assert.equal(back.onOwnClock(40_000, 640_000), 640_000);
});

test('comparison looks at every byte', () => {
  assert.ok(equal(Uint8Array.of(1, 2, 3), Uint8Array.of(1, 2, 3)));
  for (const other of [[1, 2, 4], [0, 2, 3], [1, 2], [1, 2, 3, 0]]) assert.ok(!equal(Uint8Array.of(1, 2, 3), Uint8Array.from(other)));
});

test('an opener that refused once opens nothing more (INV-C1)', async () => {
  const key = await crypto.subtle.importKey('raw', await seeded('key'), 'AES-GCM', false, ['encrypt', 'decrypt']);
  const iv = await seeded('iv', 12);
  const frame = await new Sealer(STREAM.D2T_CONTROL, { key, iv }).seal(utf8('good'));
  const opener = new Opener(STREAM.D2T_CONTROL, { key, iv });
  await assert.rejects(opener.open(frame.map((byte, at) => (at === 12 ? byte ^ 1 : byte))), refusal('bad_frame'));
  await assert.rejects(opener.open(frame), refusal('closed'));
});
