/** @file Which unit a device is: believed from the root key in this console's own settings and from nothing else (seal SPEC §9). */

import assert from 'node:assert/strict';
import test from 'node:test';
import { b64, concat, keyId, utf8 } from '../../technician_web/core/bytes.js';
import { dump } from '../../technician_web/core/canonical.js';
import { Maker } from '../../technician_web/io/maker.js';
import { seeded, signingKey } from './device_role.js';
import { CODE, WISH, World } from './fake_world.js';

/** @typedef {import('../../technician_web/core/types.js').Bytes} Bytes */
/** @typedef {Awaited<ReturnType<typeof signingKey>>} Key */

const NOW_S = 1_790_000_000;
const DAY_S = 86_400;
const KEYS = Object.fromEntries(await Promise.all(['root', 'issuer', 'enrol', 'status', 'thief', 'device', 'other']
  .map(async (name) => /** @type {const} */ ([name, await signingKey(await seeded(name))]))));

/** @param {string} name @returns {Key} */
function key(name) {
  const found = KEYS[name];
  if (!found) throw new Error(name);
  return found;
}

/** @param {string} label @param {object} fields @param {string} by */
async function signed(label, fields, by) {
  const sig = await key(by).sign(concat(utf8(`${label}\0`), dump(fields)));
  return dump({ ...fields, sig: b64(sig) });
}

/** @param {object} [changes] @param {string} [by] */
function keyset(changes = {}, by = 'root') {
  const fields = {
    v: 1, iss: 'hallmere', serial: 2, iat: NOW_S - 60, nbf: NOW_S - 60, exp: NOW_S + 30 * DAY_S, issuers: [b64(key('issuer').publicKey)],
    enrol: [b64(key('enrol').publicKey)], status: b64(key('status').publicKey), auditors: [], log: '', witnesses: [],
  };
  return signed('ra1/keyset', { ...fields, ...changes }, by);
}

/** @param {object} [changes] @param {string} [by] */
function list(changes = {}, by = 'status') {
  return signed('ra1/status', { v: 1, iss: 'hallmere', iat: NOW_S - 60, jtis: [], kids: [], ...changes }, by);
}

/** @param {object} [changes] @param {string} [by] */
async function credential(changes = {}, by = 'enrol') {
  const cnf = { jwk: { crv: 'Ed25519', kty: 'OKP', x: b64(key('device').publicKey) } };
  const claims = { cnf, iat: 1, iss: 'hallmere', model: 'Vista 55 Q7', sub: 'HM-55Q7-004211', ...changes };
  const header = { alg: 'EdDSA', kid: await keyId(key('enrol').publicKey), typ: 'ra-dev+jwt' };
  const text = `${b64(dump(header))}.${b64(dump(claims))}`;
  return `${text}.${b64(await key(by).sign(utf8(text)))}`;
}

/** @param {{ keysets?: Promise<Bytes>, lists?: Promise<Bytes>, root?: string | null }} [odd] */
function maker({ keysets = keyset(), lists = list(), root = 'root' } = {}) {
  const source = { trust: async () => ({ keyset: await keysets, status: await lists }) };
  return new Maker({ root: root === null ? null : key(root).publicKey, source, now: () => NOW_S * 1000 });
}

/** @returns {Promise<Bytes>} */
function noAnswer() {
  const refused = Promise.reject(new Error('no connection'));
  refused.catch(() => undefined);
  return refused;
}

/** @param {Maker} judge @param {string} shown */
async function stateOf(judge, shown) {
  return (await judge.judge(shown, key('device').publicKey)).state;
}

test('a unit that the maker confirms is named', async () => {
  assert.deepEqual(await maker().judge(await credential(), key('device').publicKey), { state: 'confirmed', unit: 'HM-55Q7-004211', model: 'Vista 55 Q7' });
});

test('a device that shows nothing is not enrolled, whatever the service says', async () => {
  assert.equal(await stateOf(maker({ root: null }), ''), 'none');
});

for (const [what, shown] of /** @type {[string, () => Promise<string>][]} */ ([
  ['of another device', () => credential({ cnf: { jwk: { crv: 'Ed25519', kty: 'OKP', x: b64(key('other').publicKey) } } })],
  ['forged', () => credential({}, 'thief')],
  ['signed by an issuer of badges', () => credential({}, 'issuer')],
  ['of another organisation', () => credential({ iss: 'elsewhere' })],
  ['of no form at all', async () => 'a.b.c'],
])) {
  test(`a credential ${what} is named false, not "not enrolled"`, async () => {
    assert.equal(await stateOf(maker(), await shown()), 'false');
  });
}

test('a revoked device key, or enrolment key, confirms nothing', async () => {
  for (const name of ['device', 'enrol']) {
    const lists = list({ kids: [await keyId(key(name).publicKey)] });
    assert.equal(await stateOf(maker({ lists }), await credential()), 'false');
  }
});

for (const [what, odd] of /** @type {[string, () => Parameters<typeof maker>[0]][]} */ ([
  ['no root key in the settings', () => ({ root: null })],
  ['a keyset of another root', () => ({ keysets: keyset({}, 'thief') })],
  ['a root that is not ours', () => ({ root: 'thief' })],
  ['a keyset that is over', () => ({ keysets: keyset({ exp: NOW_S }) })],
  ['a list of a day', () => ({ lists: list({ iat: NOW_S - DAY_S }) })],
  ['a list signed by an issuer', () => ({ lists: list({}, 'issuer') })],
  ['no answer', () => ({ keysets: noAnswer() })],
])) {
  test(`with ${what} nothing is confirmed, and nothing called false`, async () => {
    assert.equal(await stateOf(maker(odd()), await credential()), 'unchecked');
  });
}

test('a service cannot bring an older keyset back', async () => {
  let serial = 3;
  const source = { trust: async () => ({ keyset: await keyset({ serial }), status: await list() }) };
  const judge = new Maker({ root: key('root').publicKey, source, now: () => NOW_S * 1000 });
  assert.equal(await stateOf(judge, await credential()), 'confirmed');
  serial = 2;
  assert.equal(await stateOf(judge, await credential()), 'unchecked');
});

test('one number of a keyset means one keyset, as on the device', async () => {
  let changes = {};
  const source = { trust: async () => ({ keyset: await keyset(changes), status: await list() }) };
  const judge = new Maker({ root: key('root').publicKey, source, now: () => NOW_S * 1000 });
  assert.equal(await stateOf(judge, await credential()), 'confirmed');
  for (changes of [{ exp: NOW_S + DAY_S }, { enrol: [b64(key('other').publicKey), b64(key('enrol').publicKey)] }, { witnesses: ['a', 'b'] }]) {
    assert.equal(await stateOf(judge, await credential()), 'unchecked', JSON.stringify(changes));
  }
  changes = {};
  assert.equal(await stateOf(judge, await credential()), 'confirmed', 'the same once more');
  changes = { serial: 3, exp: NOW_S + DAY_S };
  assert.equal(await stateOf(judge, await credential()), 'confirmed', 'a higher number');
});

test('the session shows what was found out, once the device has proven its key', async () => {
  /** @type {string[]} */
  const asked = [];
  const world = await World.make({ maker: { judge: async (shown) => { asked.push(shown); return { state: 'confirmed', unit: 'U-1', model: 'M' }; } } });
  assert.equal(world.session.state.enrolment.state, 'unknown');
  await world.session.connect(CODE, WISH);
  await world.device.pair('shown');
  const { enrolment } = await world.reaches((state) => state.enrolment.state === 'confirmed');
  assert.deepEqual(asked, ['shown']);
  assert.deepEqual(enrolment, { state: 'confirmed', unit: 'U-1', model: 'M' });
});
