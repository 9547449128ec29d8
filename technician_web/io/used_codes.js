/**
 * @file Which codes this browser has used in the last 24 h: a code is run at most once (seal SPEC §1 step 1, INV-A1).
 *
 * One IndexedDB read-write transaction checks and stores. Such transactions run one after another over all tabs of an
 * origin, so of two tabs with the same code exactly one wins, and `strict` puts it on the disk before Ya leaves.
 */

import { concat, sha256B64, utf8 } from '../core/bytes.js';

/** @typedef {import('../core/types.js').Bytes} Bytes */
/** @typedef {import('../core/types.js').UsedCodeStore} UsedCodeStore */

const KEPT_MS = 86_400_000;
const DATABASE = 'alongside-used-codes';

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function result(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @param {IDBTransaction} transaction @returns {Promise<void>} */
function committed(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}

/** @param {IDBFactory} factory @returns {Promise<IDBDatabase>} */
function open(factory) {
  const request = factory.open(DATABASE, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore('codes', { keyPath: 'hash' }).createIndex('until', 'until');
    request.result.createObjectStore('salt');
  };
  return result(request);
}

/** @implements {UsedCodeStore} */
export class UsedCodes {
  /** @type {Promise<{ database: IDBDatabase, salt: Bytes }> | null} */
  #opened = null;
  #factory;
  #now;

  /** @param {IDBFactory} [factory] @param {() => number} [now] */
  constructor(factory = indexedDB, now = Date.now) {
    this.#factory = factory;
    this.#now = now;
  }

  /** @param {string} code @returns {Promise<boolean>} */
  async has(code) {
    const { database, salt } = await this.#open();
    const hash = await sha256B64(concat(salt, utf8(code)));
    const found = await result(database.transaction('codes').objectStore('codes').get(hash));
    return found !== undefined && found.until > this.#now();
  }

  /** @param {string} code @returns {Promise<boolean>} */
  async take(code) {
    const { database, salt } = await this.#open();
    const hash = await sha256B64(concat(salt, utf8(code)));
    const transaction = database.transaction('codes', 'readwrite', { durability: 'strict' });
    const done = committed(transaction);
    const codes = transaction.objectStore('codes');
    const taken = await this.#takeIn(codes, hash);
    await done;
    return taken;
  }

  /** @param {IDBObjectStore} codes @param {string} hash @returns {Promise<boolean>} */
  async #takeIn(codes, hash) {
    const now = this.#now();
    for (const old of await result(codes.index('until').getAllKeys(IDBKeyRange.upperBound(now)))) codes.delete(old);
    if ((await result(codes.get(hash))) !== undefined) return false;
    await result(codes.add({ hash, until: now + KEPT_MS }));
    return true;
  }

  #open() {
    this.#opened ??= this.#prepare().catch((error) => {
      this.#opened = null;
      throw error;
    });
    return this.#opened;
  }

  async #prepare() {
    const database = await open(this.#factory);
    const transaction = database.transaction('salt', 'readwrite', { durability: 'strict' });
    const store = transaction.objectStore('salt');
    const done = committed(transaction);
    /** @type {Bytes | undefined} */
    let salt = await result(store.get('salt'));
    if (!salt) {
      salt = crypto.getRandomValues(new Uint8Array(32));
      await result(store.add(salt, 'salt'));
    }
    await done;
    return { database, salt };
  }
}
