/** @file The code that the console shows: what it is made of, who may take it, and how it is thrown away. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compose, drawSecret, isValid } from '../../technician_web/core/code.js';
import { ApiError } from '../../technician_web/io/api.js';
import { FakeDevice } from './fake_device.js';
import { CODE, MemoryOfCodes, ORIGIN, WISH, World } from './fake_world.js';

/** @param {string} slug @param {number} [status] @param {number | null} [retryAfter] */
const refusal = (slug, status = 429, retryAfter = null) => new ApiError({ slug, title: 'No', status, retryAfter });

/** @param {...number} numbers what the generator gives, four bytes each */
function draw(...numbers) {
  let draws = 0;
  const secret = drawSecret((size) => {
    const bytes = new Uint8Array(size);
    new DataView(bytes.buffer).setUint32(0, numbers[draws] ?? 0);
    draws += 1;
    return bytes;
  });
  return { secret, draws };
}

test('a secret has six digits, zeros in front too', () => {
  for (const [drawn, secret] of /** @type {const} */ ([[0, '000000'], [7, '000007'], [999_999, '999999'], [1_000_000, '000000'], [4_293_999_999, '999999']])) {
    assert.deepEqual(draw(drawn), { secret, draws: 1 });
    assert.ok(isValid(compose('40212', secret)));
  }
});

test('numbers that would make small secrets likelier are drawn again (INV-A3)', () => {
  // 2^32 holds 4,294 whole millions; the 967,296 numbers above them would fall on the small secrets once more.
  assert.deepEqual(draw(4_294_000_000, 2 ** 32 - 1, 12), { secret: '000012', draws: 3 });
});

test('a code is shown, typed on the device, and becomes a session like any other', async () => {
  const world = await World.showing();
  assert.deepEqual([world.session.state.phase, world.session.state.code, world.session.state.deadline], ['idle', CODE, world.time.now() + 600_000]);
  world.typed();
  await world.device.pair();
  await world.reaches(({ phase }) => phase === 'consent');
  await world.device.consent(['keys', 'view']);
  const state = await world.reaches(({ phase }) => phase === 'active');
  assert.deepEqual([state.deviceName, state.session, state.code], ['Vista 55 Q7', 'cd'.repeat(16), '']);
  assert.deepEqual(world.said, ['pake_a', 'pake_confirm']);
  assert.deepEqual([world.issued, world.redemptions], [1, 0]);
  const steps = world.states.map(({ phase, step }) => `${phase} ${step}`.trim());
  assert.deepEqual([...new Set(steps)], ['idle asking', 'idle showing', 'pairing sealing', 'pairing badge', 'consent deciding', 'active']);
});

test('a code is not shown before the socket it lives by is open, and never without one', async () => {
  const world = await World.make({ shownBy: 'console', refused: true });
  await world.session.show(WISH);
  await world.settled();
  assert.deepEqual([world.session.state.step, world.session.state.code], ['asking', '']);
  world.time.pass(15_000);
  assert.deepEqual([world.session.state.phase, world.session.state.step, world.session.state.problem?.slug], ['idle', '', 'no-connection']);
  assert.equal(world.channel, 'closed');
  assert.ok(world.states.every(({ code }) => code === ''));
});

test('nothing of the secret leaves the browser, also when the code is taken (INV-A3)', async () => {
  const world = await World.showing();
  assert.deepEqual(world.said, []);
  world.typed();
  await world.pakeSent();
  assert.ok(!JSON.stringify(world.sent).includes(CODE.slice(5, 11)));
  assert.equal(world.session.state.code, '');
});

test('the digits leave the page at the moment a device has typed them', async () => {
  const world = await World.showing();
  world.typed();
  await world.reaches(({ phase }) => phase === 'pairing');
  assert.equal(world.session.state.code, '');
  assert.equal(world.session.state.deadline, world.time.now() + 30_000);
});

for (const [what, odd] of /** @type {const} */ ([['another secret', { secret: '365228' }], ['another service', { origin: 'https://other.example' }], ['the other direction', { shownBy: 'device' }]])) {
  test(`a device that typed the code under ${what} is found out, and both are told (INV-C1)`, async () => {
    const world = await World.showing(odd);
    world.typed();
    const { reason, problem } = await world.ended();
    assert.deepEqual([reason, problem], ['pairing_failed', null]);
    assert.deepEqual(world.said, ['pake_a', 'abort']);
    assert.equal(world.channel, 'closed');
  });
}

test('one code is one run: a second device gets no second guess (INV-A1, INV-A7)', async () => {
  const world = await World.showing({ secret: '000000' });
  world.meddle = () => null;
  world.typed();
  await world.pakeSent();
  const other = await FakeDevice.make({ locator: CODE.slice(0, 5), secret: CODE.slice(5, 11), origin: ORIGIN, time: world.time, hello: { fails: 0 } });
  world.relaySays({ t: 'joined', rs: 'AAECAwQFBgcICQoLDA0ODw', hello: Buffer.from(other.hello).toString('base64url') });
  await world.ended();
  assert.equal(world.said.filter((t) => t === 'pake_a').length, 1);
});

test('a code that was run is remembered here: nobody types it into this browser afterwards (INV-A1)', async () => {
  const store = new MemoryOfCodes();
  const world = await World.showing({ store });
  assert.ok(!store.codes.has(CODE));
  world.typed();
  await world.pakeSent();
  assert.ok(store.codes.has(CODE));
});

test('a browser that cannot remember used codes shows none', async () => {
  const away = { has: () => Promise.reject(new Error('no storage')), take: async () => true };
  const world = await World.make({ store: away });
  await world.session.show(WISH);
  assert.deepEqual([world.session.state.phase, world.session.state.problem?.slug, world.channel], ['idle', 'code-memory-away', 'none']);
});

test('a secret this browser has run before is drawn anew', async () => {
  const store = new MemoryOfCodes();
  await store.take(CODE);
  const world = await World.make({ store, shownBy: 'console' });
  const drawn = [Uint8Array.of(0, 5, 146, 173), Uint8Array.of(0, 0, 0, 1)];
  world.random = (size) => (size === 4 ? drawn.shift() : undefined);
  await world.session.show(WISH);
  const { code } = await world.reaches(({ step }) => step === 'showing');
  assert.equal(code, compose(CODE.slice(0, 5), '000001'));
});

test('what the service refuses is said, and it may be asked again', async () => {
  const world = await World.make({ shownBy: 'console' });
  const issue = world.issue;
  world.issue = () => Promise.reject(refusal('too-many', 429, 900));
  await world.session.show(WISH);
  assert.deepEqual([world.session.state.step, world.session.state.problem], ['', { slug: 'too-many', title: 'No', status: 429, retryAfter: 900 }]);
  world.issue = issue;
  await world.session.show(WISH);
  await world.reaches(({ step }) => step === 'showing');
  assert.equal(world.session.state.problem, null);
});

test('a code that nobody typed is over when its time is, and its digits are gone', async () => {
  const world = await World.showing();
  world.time.pass(599_000);
  assert.equal(world.session.state.step, 'showing');
  world.time.pass(1_000);
  assert.deepEqual([world.session.state.step, world.session.state.code, world.session.state.problem?.slug], ['over', '', 'code-expired']);
  assert.deepEqual([world.said, world.channel], [['abort'], 'closed']);
});

test('throwing the code away tells the relay at once and is no ending', async () => {
  const world = await World.showing();
  world.session.end();
  const { phase, step, reason, problem, code } = world.session.state;
  assert.deepEqual([phase, step, reason, problem, code], ['idle', 'over', '', null, '']);
  assert.deepEqual([world.said, world.channel], [['abort'], 'closed']);
  world.typed();
  await world.settled();
  assert.deepEqual([world.session.state.step, world.said], ['over', ['abort']]);
});

test('leaving while the code is still asked for shows none', async () => {
  const world = await World.make({ shownBy: 'console' });
  const shown = world.session.show(WISH);
  world.session.end();
  await shown;
  await world.settled();
  assert.deepEqual([world.session.state.step, world.channel], ['over', 'none']);
  assert.ok(world.states.every(({ code }) => code === ''));
});

for (const [closeCode, slug] of /** @type {const} */ ([[4410, 'code-replaced'], [1013, 'try-later'], [1006, 'code-lost'], [1000, 'code-lost']])) {
  test(`a socket closed with ${closeCode} takes the code with it: ${slug}`, async () => {
    const world = await World.showing();
    world.breaks(closeCode);
    const { step, code, problem } = await world.reaches((state) => state.step === 'over');
    assert.deepEqual([step, code, problem?.slug], ['over', '', slug]);
  });
}

test('a computer that slept finds its code expired, not replaced', async () => {
  const world = await World.showing();
  world.time.oversleep(700_000, { wake: false });
  world.breaks(4410);
  assert.equal((await world.reaches(({ step }) => step === 'over')).problem?.slug, 'code-expired');
});

test('the page\'s time is over before the relay\'s, however long the network took', async () => {
  const world = await World.make({ shownBy: 'console' });
  const issue = world.issue;
  world.issue = async () => { world.time.pass(4_000); return issue(); };
  const asked = world.time.now();
  await world.session.show(WISH);
  const { deadline } = await world.reaches(({ step }) => step === 'showing');
  assert.equal(deadline, asked + 600_000);
  world.time.pass(596_000);
  assert.equal(world.session.state.problem?.slug, 'code-expired');
});

for (const [what, message] of /** @type {const} */ ([
  ['an answer nobody asked for', { t: 'pake_b', y: 'A'.repeat(43), tag: 'A'.repeat(86) }],
  ['a record', { t: 'record', rec: 'e30' }],
  ['an ending', { t: 'ended', reason: 'customer_stopped', at: 1 }],
  ['a device without a hello', { t: 'joined', rs: 'AAECAwQFBgcICQoLDA0ODw', hello: '' }],
  ['something that is no message', 'what'],
])) {
  test(`while a code is shown, ${what} throws it away`, async () => {
    const world = await World.showing();
    world.relaySays(message);
    const { problem, code } = await world.reaches(({ step }) => step === 'over');
    assert.deepEqual([problem?.slug, code, world.channel], ['code-lost', '', 'closed']);
    assert.ok(!world.said.includes('pake_a'));
  });
}

test('a frame before the keys throws the code away (SPEC §4)', async () => {
  const world = await World.showing();
  world.relaySends(new Uint8Array(40));
  assert.equal((await world.reaches(({ step }) => step === 'over')).problem?.slug, 'code-lost');
});

test('a relay that says a device came to a code that was typed here is not believed', async () => {
  const world = await World.make();
  await world.session.connect(CODE, WISH);
  await world.pakeSent();
  world.typed();
  assert.equal((await world.ended()).reason, 'integrity_failed');
});
