/** @file The service's HTTP interface as the console uses it: what it sends, what it keeps, how it fails. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { badgeChallengeMessage } from '../../technician_web/core/badge.js';
import { b64, keyId, unb64, utf8 } from '../../technician_web/core/bytes.js';
import { dump } from '../../technician_web/core/canonical.js';
import { checkEd25519 } from '../../technician_web/core/records.js';
import { Api, ApiError } from '../../technician_web/io/api.js';
import { seeded } from './device_role.js';

const SERVICE = 'https://relay.example';
const RELEASE = '5e'.repeat(32);
const ACCOUNT = { name: 'Demo Technician', org: 'Hallmere Care', role: 'technician', language: 'en' };

/** @typedef {{ path: string, method: string, headers: Record<string, string>, body: any, init: RequestInit }} Seen */
/** @typedef {(seen: Seen) => unknown} Answer - a Response, or the body of a 200 */

/** @param {{ [call: string]: Answer }} answers */
function serviceThat(answers) {
  /** @type {Seen[]} */
  const seen = [];
  /** @type {typeof fetch} */
  const fetcher = async (url, init = {}) => {
    const path = String(url).slice(SERVICE.length);
    const call = { path, method: String(init.method), headers: /** @type {Record<string, string>} */ (init.headers), body: init.body ? JSON.parse(String(init.body)) : undefined, init };
    seen.push(call);
    const answer = await answers[`${init.method} ${path}`]?.(call);
    return answer instanceof Response ? answer : Response.json(answer ?? {});
  };
  return { api: new Api(SERVICE, fetcher, RELEASE), seen };
}

/** @param {number} status @param {string} slug @param {Record<string, string>} [headers] */
function problem(status, slug, headers = {}) {
  const body = JSON.stringify({ type: `urn:alongside:problem:${slug}`, title: 'Said in words', status });
  return new Response(body, { status, headers: { 'Content-Type': 'application/problem+json', ...headers } });
}

const SIGN_IN = { 'POST /v1/sign-in': () => ({ token: 'secret-token', expires_at: 1, account: ACCOUNT }) };

test('the token goes into one header and nowhere else (INV-C4)', async () => {
  const { api, seen } = serviceThat({ ...SIGN_IN, 'GET /v1/sessions': () => ({ sessions: [] }) });
  assert.deepEqual(await api.signIn('demo', 'words'), ACCOUNT);
  assert.deepEqual(await api.sessions(), []);
  assert.equal(seen[0]?.headers['Authorization'], undefined);
  assert.equal(seen[1]?.headers['Authorization'], 'Bearer secret-token');
  assert.ok(!JSON.stringify([api, seen.map(({ path, body }) => ({ path, body }))]).includes('secret-token'));
  assert.ok(seen.every(({ init }) => init.credentials === 'omit' && init.redirect === 'error' && init.referrerPolicy === 'no-referrer'));
});

test('signing out forgets the token before the service answers, and even if it does not', async () => {
  const { api, seen } = serviceThat({ ...SIGN_IN, 'POST /v1/sign-out': () => Promise.reject(new Error('down')) });
  await api.signIn('demo', 'words');
  const leaving = api.signOut();
  assert.equal(api.isSignedIn, false);
  await assert.rejects(leaving, { slug: 'no-connection' });
  assert.equal(seen[1]?.headers['Authorization'], 'Bearer secret-token');
});

test('a token the service no longer takes is forgotten', async () => {
  const { api } = serviceThat({ ...SIGN_IN, 'GET /v1/me': () => problem(401, 'not-signed-in') });
  await api.signIn('demo', 'words');
  await assert.rejects(api.me(), { slug: 'not-signed-in', status: 401 });
  assert.equal(api.isSignedIn, false);
});

test('whether the operator serves this page is said before anybody signs in, or not at all', async () => {
  for (const [said, heard] of /** @type {[unknown, boolean | null][]} */ ([
    [{ serves_console: true }, true], [{ serves_console: false }, false], [{ serves_console: 'no' }, null], [{}, null], [[], null],
  ])) {
    const { api, seen } = serviceThat({ 'GET /v1/about': () => said });
    assert.equal(await api.servesConsole(), heard);
    assert.equal(seen[0]?.headers['Authorization'], undefined);
  }
});

test('only the locator, the badge\'s hash and the page\'s release are sent to redeem (INV-A3)', async () => {
  const answer = { session: 's', ticket: 't', node: 'wss://relay.example/n', rs: 'r', hello: 'h' };
  const { api, seen } = serviceThat({ 'POST /v1/sessions': () => Response.json(answer, { status: 201 }) });
  assert.deepEqual(await api.createSession('48170', 'hash'), answer);
  assert.deepEqual(seen[0]?.body, { locator: '48170', badge: 'hash', release: RELEASE });
});

test('for a code to show only the badge\'s hash and the release are sent, and what comes back is judged', async () => {
  const answer = { session: 'cd'.repeat(16), locator: '48170', ttl: 600, ticket: 't', node: 'wss://relay.example/n' };
  const { api, seen } = serviceThat({ 'POST /v1/codes': () => Response.json(answer, { status: 201 }) });
  assert.deepEqual(await api.createCode('hash'), answer);
  assert.deepEqual(seen[0]?.body, { badge: 'hash', release: RELEASE });
  for (const odd of [{ locator: '4817' }, { locator: 48170 }, { locator: '٤٨١٧٠' }, { ttl: 0 }, { ttl: 601 }, { ttl: '600' }, { ttl: 1.5 }, { ticket: 1 }, { node: null }, { session: undefined }]) {
    const lying = serviceThat({ 'POST /v1/codes': () => Response.json({ ...answer, ...odd }, { status: 201 }) });
    await assert.rejects(lying.api.createCode('hash'), { slug: 'our-fault' });
  }
});

test('a refusal carries the service\'s slug, words and waiting time', async () => {
  const { api } = serviceThat({ 'POST /v1/sessions': () => problem(429, 'too-many', { 'Retry-After': '17' }) });
  await assert.rejects(api.createSession('48170', 'hash'), (error) => {
    assert.ok(error instanceof ApiError);
    assert.deepEqual([error.slug, error.title, error.status, error.retryAfter], ['too-many', 'Said in words', 429, 17]);
    return true;
  });
});

for (const [what, answer, slug] of /** @type {[string, Answer, string][]} */ ([
  ['no answer', () => Promise.reject(new TypeError('network')), 'no-connection'],
  ['a page of somebody else\'s', () => new Response('<h1>Portal</h1>', { status: 502 }), 'our-fault'],
  ['a success that is no JSON', () => new Response('<h1>Portal</h1>', { status: 200 }), 'our-fault'],
  ['a problem of another family', () => Response.json({ type: 'about:blank' }, { status: 400 }), 'our-fault'],
])) {
  test(`${what} is told as ${slug}`, async () => {
    const { api } = serviceThat({ 'GET /v1/me': answer });
    await assert.rejects(api.me(), { slug, retryAfter: null });
  });
}

test('texts are asked for in the page\'s language', async () => {
  const { api, seen } = serviceThat({});
  api.language = 'vi';
  await api.me();
  assert.equal(seen[0]?.headers['Accept-Language'], 'vi');
});

/** @param {object} odd - changes to the claims */
function issuerThat(odd) {
  const challenge = b64(Uint8Array.from({ length: 32 }, () => 7));
  return serviceThat({
    'POST /v1/badge-challenges': () => ({ challenge, issuer: 'hallmere-care' }),
    'POST /v1/badges': async ({ body }) => {
      const message = badgeChallengeMessage('hallmere-care', unb64(challenge));
      if (!await checkEd25519(unb64(body.key), unb64(body.sig), message) || body.challenge !== challenge) return problem(400, 'bad-request');
      const claims = {
        aud: SERVICE, cnf: { jwk: { crv: 'Ed25519', kty: 'OKP', x: body.key } }, exp: 1_700_003_600, iat: 1_700_000_000,
        iss: 'hallmere-care', jti: 'b-1', name: 'Demo Technician', org: 'Hallmere Care', scopes: ['view'], sub: 't-1', ...odd,
      };
      const kid = await keyId(await seeded('issuer'));
      const parts = [dump({ alg: 'EdDSA', kid, typ: 'ra-tech+jwt' }), dump(claims), new Uint8Array(64)];
      return Response.json({ badge: parts.map(b64).join('.'), expires_at: 1 }, { status: 201 });
    },
  });
}

test('a badge names a fresh key that this browser proved to hold', async () => {
  const { api } = issuerThat({});
  const [badge, other] = [await api.obtainBadge(), await api.obtainBadge()];
  assert.deepEqual([badge.name, badge.org, badge.scopes, badge.expiresAt], ['Demo Technician', 'Hallmere Care', ['view'], 1_700_003_600_000]);
  assert.notEqual(badge.jws, other.jws);
  assert.equal(badge.kid, await keyId(await seeded('issuer')));
  const { x } = JSON.parse(new TextDecoder().decode(unb64(badge.jws.split('.')[1] ?? ''))).cnf.jwk;
  assert.ok(await checkEd25519(unb64(x), await badge.sign(utf8('hello')), utf8('hello')));
});

for (const [what, odd] of /** @type {[string, object][]} */ ([
  ['another key', { cnf: { jwk: { crv: 'Ed25519', kty: 'OKP', x: b64(new Uint8Array(32)) } } }], ['another service', { aud: 'https://other.example' }],
])) {
  test(`a badge for ${what} is not used`, async () => {
    await assert.rejects(issuerThat(odd).api.obtainBadge(), { slug: 'our-fault' });
  });
}
