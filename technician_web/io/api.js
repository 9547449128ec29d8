/** @file The service's HTTP interface as the console uses it. The access token lives in this object and nowhere else. */

import { badgeChallengeMessage, badgeHash, parseBadge } from '../core/badge.js';
import { b64, equal, unb64 } from '../core/bytes.js';
import { CODE_S } from '../core/limits.js';
import { makeBadgeKey } from './badge_key.js';

/** @typedef {import('../core/types.js').Account} Account */
/** @typedef {import('../core/types.js').Badge} Badge */
/** @typedef {import('../core/types.js').Bytes} Bytes */
/** @typedef {import('../core/types.js').PastSession} PastSession */
/** @typedef {import('../core/types.js').Problem} Problem */
/** @typedef {import('../core/types.js').IssuedCode} IssuedCode */
/** @typedef {import('../core/types.js').Redemption} Redemption */

const ANSWER_MS = 15_000;
const PROBLEM_TYPE = 'urn:alongside:problem:';

/** The service said no, or did not answer (`no-connection`). */
export class ApiError extends Error {
  /** @param {Problem} problem */
  constructor({ slug, title, status, retryAfter }) {
    super(slug);
    this.name = 'ApiError';
    this.slug = slug;
    this.title = title;
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** @param {unknown} value @returns {{ [name: string]: unknown }} */
function objectOf(value) {
  return typeof value === 'object' && value !== null ? /** @type {{ [name: string]: unknown }} */ (value) : {};
}

/** @param {string} slug @param {number} [status] */
function failure(slug, status = 0) {
  return new ApiError({ slug, title: '', status, retryAfter: null });
}

/** @param {Response} response @returns {Promise<ApiError>} */
async function problemOf(response) {
  const body = objectOf(await response.json().catch(() => null));
  const type = String(body['type'] ?? '');
  const slug = type.startsWith(PROBLEM_TYPE) ? type.slice(PROBLEM_TYPE.length) : 'our-fault';
  const seconds = Number.parseInt(response.headers.get('Retry-After') ?? '', 10);
  const title = typeof body['title'] === 'string' ? body['title'] : '';
  return new ApiError({ slug, title, status: response.status, retryAfter: Number.isNaN(seconds) ? null : seconds });
}

export class Api {
  #token = '';
  #service;
  #fetch;
  #release;

  /**
   * @param {string} service the origin, from this console's own settings @param {typeof fetch} [fetcher]
   * @param {string} [release] what this page says it is; the session's record keeps it
   */
  constructor(service, fetcher = globalThis.fetch.bind(globalThis), release = '') {
    this.#service = service;
    this.#fetch = fetcher;
    this.#release = release;
    /** Language of the service's texts; '' leaves it to the browser. */
    this.language = '';
  }

  get isSignedIn() {
    return this.#token !== '';
  }

  /** Whether the service's operator serves this very page; null where it does not say. @returns {Promise<boolean | null>} */
  async servesConsole() {
    const said = (await this.#call('GET', '/v1/about'))['serves_console'];
    return typeof said === 'boolean' ? said : null;
  }

  /** @param {string} login @param {string} password @returns {Promise<Account>} */
  signIn(login, password) {
    return this.#begin('/v1/sign-in', { login, password });
  }

  /** @param {string} token from a sign-in link @returns {Promise<Account>} */
  signInLink(token) {
    return this.#begin('/v1/sign-in/link', { token });
  }

  /** @param {string} path @param {object} body @returns {Promise<Account>} */
  async #begin(path, body) {
    const answer = await this.#call('POST', path, body);
    this.#token = String(answer['token']);
    return /** @type {Account} */ (answer['account']);
  }

  /** The token is forgotten here first: signing out never waits for the service. */
  async signOut() {
    const token = this.#token;
    this.#token = '';
    await this.#call('POST', '/v1/sign-out', {}, token);
  }

  /** @returns {Promise<Account>} */
  async me() {
    return /** @type {Account} */ (/** @type {unknown} */ (await this.#call('GET', '/v1/me')));
  }

  /** @returns {Promise<PastSession[]>} */
  async sessions() {
    return /** @type {PastSession[]} */ ((await this.#call('GET', '/v1/sessions'))['sessions']);
  }

  /** What the organisation's keys have signed, as bytes; whom to believe is for the reader. @returns {Promise<{ keyset: Bytes, status: Bytes }>} */
  async trust() {
    const { keyset, status } = await this.#call('GET', '/v1/trust');
    return { keyset: unb64(String(keyset)), status: unb64(String(status)) };
  }

  /** A fresh key that cannot leave this browser, and the organisation's badge for it. @returns {Promise<Badge>} */
  async obtainBadge() {
    const key = await makeBadgeKey();
    const asked = await this.#call('POST', '/v1/badge-challenges', {});
    const message = badgeChallengeMessage(String(asked['issuer']), unb64(String(asked['challenge'])));
    const answer = await this.#call('POST', '/v1/badges', {
      key: b64(key.publicKey), challenge: asked['challenge'], sig: b64(await key.sign(message)),
    });
    const jws = String(answer['badge']);
    const { kid, claims } = parseBadge(jws);
    if (!equal(claims.key, key.publicKey) || claims.aud !== this.#service) throw failure('our-fault');
    return {
      jws, hash: await badgeHash(jws), kid, name: claims.name, org: claims.org, scopes: claims.scopes,
      expiresAt: claims.exp * 1000, sign: key.sign,
    };
  }

  /** @param {string} locator @param {string} badge its hash @returns {Promise<Redemption>} */
  async createSession(locator, badge) {
    const { session, ticket, node, rs, hello } = await this.#call('POST', '/v1/sessions',
      { locator, badge, release: this.#release });
    const redemption = { session, ticket, node, rs, hello };
    if (!Object.values(redemption).every((value) => typeof value === 'string')) throw failure('our-fault');
    return /** @type {Redemption} */ (redemption);
  }

  /** A code for this console to show; the secret in it is drawn here. @param {string} badge its hash @returns {Promise<IssuedCode>} */
  async createCode(badge) {
    const { session, locator, ttl, ticket, node } = await this.#call('POST', '/v1/codes', { badge, release: this.#release });
    const named = [session, locator, ticket, node].every((value) => typeof value === 'string');
    const isCode = /^[0-9]{5}$/.test(String(locator)) && Number.isInteger(ttl) && Number(ttl) >= 1 && Number(ttl) <= CODE_S;
    if (!named || !isCode) throw failure('our-fault');
    return /** @type {IssuedCode} */ ({ session, locator, ttl, ticket, node });
  }

  /** @param {string} session @param {string} credential the device's, as it showed it there @returns {Promise<import('../core/types.js').DeviceCard>} */
  async deviceCard(session, credential) {
    const card = await this.#call('POST', `/api/v1/tech/sessions/${encodeURIComponent(session)}/device`, { credential });
    if (typeof card['known'] !== 'boolean' || !Array.isArray(card['covers'])) throw failure('our-fault');
    return /** @type {import('../core/types.js').DeviceCard} */ (/** @type {unknown} */ (card));
  }

  /** A login at the operator's own TURN server, for as long as a session may last. @returns {Promise<{ username: string, password: string }>} */
  async turnLogin() {
    const { username, password } = await this.#call('POST', '/v1/turn-logins');
    if (typeof username !== 'string' || typeof password !== 'string') throw failure('our-fault');
    return { username, password };
  }

  /** @param {string} method @param {string} path @param {object} [body] @param {string} [token] */
  async #call(method, path, body, token = this.#token) {
    const response = await this.#request(method, path, body, token);
    if (!response.ok) {
      if (response.status === 401) this.#token = '';
      throw await problemOf(response);
    }
    return response.status === 204 ? {} : objectOf(await response.json().catch(() => { throw failure('our-fault', response.status); }));
  }

  /** @param {string} method @param {string} path @param {object | undefined} body @param {string} token */
  async #request(method, path, body, token) {
    /** @type {Record<string, string>} */
    const headers = { Accept: 'application/json' };
    if (body) headers['Content-Type'] = 'application/json';
    if (token) headers['Authorization'] = `Bearer ${token}`;
    if (this.language) headers['Accept-Language'] = this.language;
    try {
      return await this.#fetch(this.#service + path, {
        method, headers, credentials: 'omit', cache: 'no-store', redirect: 'error', referrerPolicy: 'no-referrer',
        signal: AbortSignal.timeout(ANSWER_MS), ...(body ? { body: JSON.stringify(body) } : {}),
      });
    } catch {
      throw failure('no-connection');
    }
  }
}
