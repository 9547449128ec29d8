/**
 * @file Stands in for the service and the remote session, so that a test can put the page into any state.
 *
 * The page imports it as `io/*.js`; a test plays it through `window.fake`. Nothing here speaks to a network.
 */

const NAME = 'Demo Technician';
const ORG = 'Hallmere Care';
export const INITIAL = {
  phase: 'idle', step: '', times: { accepted: 0, sealed: 0, badge: 0, active: 0, ended: 0 }, deadline: 0, code: '', session: '',
  deviceName: '', deviceFw: '', fails: 0, enrolment: { state: 'unknown', unit: '', model: '' }, cause: '', asks: [], grants: [], caps: [], asking: [], settings: null, field: null, actedMs: null, until: 0, picture: 'none', stale: false,
  currentAt: 0, rtt: null, fps: 0, masked: 0, behindAt: 0, waitingAt: 0, stalledAt: 0, glass: null, bitRate: 0, codec: '', carrier: 'ws', hearing: false, keysPressed: 0, switchedOff: false, changes: [], reason: '', warning: '', problem: null,
};

const fake = {
  calls: /** @type {unknown[][]} */ ([]),
  refuse: /** @type {{ [call: string]: object }} */ ({}),
  hang: /** @type {Set<string>} */ (new Set()),
  past: /** @type {object[]} */ ([]),
  served: /** @type {boolean | null} */ (false),
  card: /** @type {object} */ ({
    unit: 'HM-55Q7-004211', known: true, model: { code: 'VQ55Q7', name: 'Vista 55 Q7' }, manufactured_on: '2025-11-20', market: 'LV',
    registered_at: 1_790_000_000_000, owner: { called: 'Līga', language: 'lv' },
    covers: [
      { right: 'maker', kind: 'manufacturer', source: 'supply', starts_on: '2026-03-15', ends_on: '2028-03-14', basis: 'calculated', standing: 'running' },
      { right: 'legal', kind: 'legal', source: 'supply', starts_on: '2026-03-15', ends_on: '2028-03-14', basis: 'by_law', standing: 'running' },
      { right: 'extension', kind: 'extension', source: 'order', starts_on: '2028-03-15', ends_on: '2031-03-14', basis: 'extended', standing: 'to_come' },
    ],
  }),
  outcome: 'done',
  cause: '',
  still: /** @type {object} */ ({ outcome: 'incomplete' }),
  holdKeys: false,
  held: /** @type {(() => void)[]} */ ([]),
  session: /** @type {RemoteSession | null} */ (null),
  painter: /** @type {any} */ (null),
  ports: /** @type {any} */ (null),
  /** Changes the session's state. @param {object} patch */
  play(patch) {
    fake.session?.play(patch);
  },
  /** Draws one flat colour, in full or as a strip. @param {string} colour @param {object} [place] */
  async paint(colour, place = {}) {
    const where = { width: 1920, height: 1080, x: 0, y: 0, columns: 1920, rows: 1080, at: 0, pic: 1, ...place };
    const sheet = new OffscreenCanvas(where.columns, where.rows);
    const brush = /** @type {OffscreenCanvasRenderingContext2D} */ (sheet.getContext('2d'));
    brush.fillStyle = colour;
    brush.fillRect(0, 0, where.columns, where.rows);
    fake.painter.draw(await createImageBitmap(sheet), where);
  },
};
Object.assign(window, { fake });
// What must be set before the page's first call is put here by the test, before any script runs.
Object.assign(fake, /** @type {any} */ (window).fakeSetup ?? {});

/** @param {string} call @param {unknown[]} given */
async function answer(call, given, value = /** @type {unknown} */ (undefined)) {
  fake.calls.push([call, ...given]);
  if (fake.hang.has(call)) await new Promise(() => {});
  const refusal = fake.refuse[call];
  if (refusal) throw { slug: 'our-fault', title: '', status: 500, retryAfter: null, ...refusal };
  return value;
}

export const askServer = () => answer('askServer', []);

const account = { name: NAME, org: ORG, role: 'technician', language: 'en' };

export class Api {
  language = '';
  /** @param {string} login @param {string} password */
  signIn(login, password) { return answer('signIn', [login, password], account); }
  /** @param {string} token */
  signInLink(token) { return answer('signInLink', [token], account); }
  signOut() { return answer('signOut', []); }
  /** @param {string} session @param {string} credential */
  deviceCard(session, credential) { return answer('deviceCard', [session, credential], fake.card); }
  servesConsole() { return answer('servesConsole', [], fake.served); }
  sessions() { return answer('sessions', [], fake.past); }
  obtainBadge() {
    return answer('obtainBadge', [], { name: NAME, org: ORG, scopes: ['keys', 'settings', 'sound', 'view'], expiresAt: Date.now() + 8 * 3_600_000 });
  }
}

export class UsedCodes {}

export class RemoteSession extends EventTarget {
  state = INITIAL;
  credential = 'a.credential.of-it';

  /** @param {{ painter: unknown, ports: unknown }} parts */
  constructor({ painter, ports }) {
    super();
    fake.session = this;
    fake.painter = painter;
    fake.ports = ports;
  }

  /** @param {object} patch */
  play(patch) {
    this.state = { ...this.state, ...patch };
    this.dispatchEvent(new Event('change'));
  }

  /** @param {string} code @param {{ request: string, asks: string[] }} wishes */
  async connect(code, { request, asks }) {
    fake.calls.push(['connect', code, request, asks]);
    this.play({ phase: 'pairing', step: 'redeeming', asks });
  }

  /** @param {{ request: string, asks: string[] }} wishes */
  async show({ request, asks }) {
    fake.calls.push(['show', request, asks]);
    this.play({ step: 'asking', asks });
  }

  /** @param {unknown[]} call */
  async #command(call) {
    fake.calls.push(call);
    if (fake.holdKeys) await new Promise((done) => { fake.held.push(() => done(null)); });
    return { outcome: fake.outcome, path: '', cause: fake.cause };
  }

  /** @param {string} key */
  press(key) { return this.#command(['press', key]); }
  /** @param {string[]} grants */
  ask(grants) { return this.#command(['ask', ...grants]); }

  commands = {
    /** @param {unknown[]} steps */
    pointer: (steps) => this.#command(['pointer', ...steps]),
    /** @param {string} text */
    type: (text) => this.#command(['type', text]),
    /** @param {string} path @param {string} value */
    set: (path, value) => this.#command(['set', path, value]),
    /** @param {number} x @param {number} y */
    point: (x, y) => this.#command(['point', x, y]),
    still: async () => {
      fake.calls.push(['still']);
      return fake.still;
    },
  };

  /** @param {boolean} on */
  hear(on) {
    fake.calls.push(['hear', on]);
    this.play({ hearing: on });
  }

  end() {
    fake.calls.push(['end']);
    if (this.state.phase === 'idle') return this.play({ step: 'over', code: '', deadline: 0 });
    this.play({ phase: 'ended', reason: 'technician_left', times: { ...this.state.times, ended: Date.now() } });
  }
}
