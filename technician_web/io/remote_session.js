/**
 * @file One remote session from the code, typed or shown, to its end, as the technician's page drives it (SPEC §5.2, seal SPEC).
 *
 * Every message of the relay is handled in the order of its arrival. What the table of `core/session.js` does not allow
 * ends the session: there is no way on from an unproven step (INV-C2).
 */

import { acted } from '../core/acted.js';
import { aliveKey } from '../core/alive.js';
import { reasonAsTold, reasonOfClose } from '../core/endings.js';
import { SealError, WireError } from '../core/errors.js';
import * as limits from '../core/limits.js';
import { ABORT, readText } from '../core/relay_messages.js';
import { INITIAL, advance, shown } from '../core/session.js';
import { ApiError } from './api.js';
import { browserPorts } from './browser_ports.js';
import { Commands } from './commands.js';
import { DeviceTalk } from './device_talk.js';
import { Inbox } from './inbox.js';
import { Pairing, authMessage, fromRedemption, problemOf, redeem } from './pairing.js';
import { Presence } from './presence.js';
import { ask, problemOfClose } from './shown_code.js';
import { Watches } from './watches.js';

/** @typedef {import('../core/types.js').Badge} Badge */
/** @typedef {import('../core/types.js').Bytes} Bytes */
/** @typedef {import('../core/types.js').Channel} Channel */
/** @typedef {import('../core/types.js').EndReason} EndReason */
/** @typedef {import('../core/types.js').KeyResult} KeyResult */
/** @typedef {import('../core/types.js').Painter} Painter */
/** @typedef {import('../core/types.js').Codec} Codec */
/** @typedef {import('../core/types.js').Problem} Problem */
/** @typedef {import('../core/types.js').Redemption} Redemption */
/** @typedef {import('../core/types.js').SessionState} SessionState */
/** @typedef {import('../core/types.js').UsedCodeStore} UsedCodeStore */
/** @typedef {import('../core/records.js').ConsentRecord} ConsentRecord */
/** @typedef {import('../core/relay_messages.js').PakeB} PakeB */
/** @typedef {import('../core/session.js').Effect} Effect */
/** @typedef {import('../core/session.js').Event} SessionEvent */
/** @typedef {import('../core/session.js').State} State */
/** @typedef {import('../core/sealed_link.js').Opened} Opened */
/** @typedef {import('./browser_ports.js').Ports} Ports */
/** @typedef {import('./pairing.js').Wish} Wish */

const NOWHERE = () => Promise.reject(new Error('no session'));
const LINGER_MS = 2_000;
const ASKING_MS = 15_000;
// The device keeps the customer's time; the console only stops waiting for a device that forgot.
const CONSENT_GRACE_MS = 5_000;
// By so much the end of the grants may move when the device counts in whole seconds and means the same end.
const SAME_END_MS = 2_000;

/** Fires `change` whenever `state` became another value. One object is one session; it is not used again. */
export class RemoteSession extends EventTarget {
  #state = INITIAL;
  /** @type {State} */
  #at = 'idle';
  /** @type {Channel | null} */
  #channel = null;
  /** @type {Pairing | null} */
  #pairing = null;
  /** @type {DeviceTalk | null} */
  #talk = null;
  #credential = '';
  /** @type {import('./device_talk.js').Requests} */
  #requests = { say: NOWHERE, pictures: NOWHERE };
  #pictureStarted = false;
  #declined = false;
  /** The code on show, until a device typed it. @type {{ code: string, session: string } | null} */
  #onShow = null;
  /** @type {Wish} */
  #wish = { request: '', asks: [] };
  #inbox = new Inbox((error) => this.#broken(error));
  #commands = new Commands({ talk: () => this.#talk, state: () => this.#state, used: () => this.#watchIdle() });
  /** Whether more time can be had once this is over. @type {'time' | 'last'} */
  #atTheEnd = 'time';
  #watches;
  #presence;
  #codecs;
  /** What this browser decodes, once it has said so. @type {readonly Codec[] | null} */
  #decodes = null;
  #parts;
  #ports;

  /**
   * @param {object} parts
   * @param {import('./pairing.js').Redeemer & import('./shown_code.js').Issuer} parts.api
   * @param {Badge} parts.badge
   * @param {string} parts.origin the service's, from this console's own settings
   * @param {Painter} parts.painter
   * @param {UsedCodeStore} parts.store
   * @param {{ judge: (credential: string, dpk: Bytes) => Promise<import('../core/types.js').Enrolment> }} parts.maker
   * @param {Ports} [parts.ports]
   */
  constructor({ api, badge, origin, painter, store, maker, ports = browserPorts() }) {
    super();
    this.#parts = { api, badge, origin, painter, store, maker };
    this.#ports = ports;
    this.#watches = new Watches(ports.timing);
    this.#presence = new Presence(this.#watches, ports, {
      stale: () => this.#patch({ stale: true }),
      beside: (beside) => { if (beside !== this.#state.beside) this.#patch({ beside }); },
      lost: (reason) => this.#finish('lost', reason),
      unrecorded: () => this.#finish('unrecorded', 'audit_unavailable'),
    });
    this.#codecs = ports.codecs().then((codecs) => (this.#decodes = codecs));
  }

  /** @returns {SessionState} */
  get state() {
    return this.#state;
  }

  /** The maker's word on the unit, as the device showed it; '' before, or where it has none. */
  get credential() {
    return this.#credential;
  }

  /** Redeems a typed code and starts to pair. A code that cannot be tried leaves the session idle, with a `problem`. @param {string} typed @param {Wish} wish */
  async connect(typed, wish) {
    if (!this.#begin('connect', wish)) return;
    const redeemed = await redeem(typed, this.#parts).catch((error) => this.#refused(error));
    if (!redeemed || !this.#meet('redeemed', redeemed.redemption.session)) return;
    await this.#agree(() => fromRedemption(redeemed), (opening) => this.#open(redeemed.redemption, () => this.#channel?.send(opening)));
  }

  /** Shows a code for the customer to type, and pairs with the first device where it is typed. @param {Wish} wish */
  async show(wish) {
    if (!this.#begin('show', wish)) return;
    // From here on, so that the page's own time is over before the relay's is, whatever the network takes.
    const since = this.#now();
    this.#watches.set('asking', ASKING_MS, () => this.#refused(new ApiError(problemOf('no-connection'))));
    const asked = await ask(this.#parts, this.#ports.random).catch((error) => this.#refused(error));
    // The code dies with its socket: without one it is not shown (SPEC §5.2).
    if (!asked || this.#at !== 'asking') return;
    try {
      this.#open(asked.issued, () => this.#shown(asked.code, asked.issued, since));
    } catch {
      this.#refused(new ApiError(problemOf('our-fault'))); // a place that is none
    }
  }

  /** Presses one key on the device. @param {string} key @returns {Promise<KeyResult>} */
  press(key) {
    return this.#commands.press(key);
  }

  /** Switches the TV's sound on or off here; only while a button is pressed does a browser begin to play. @param {boolean} on */
  hear(on) {
    if (this.#at === 'active') this.#talk?.hear(on);
  }

  /** Everything else a technician can do there. */
  get commands() {
    return this.#commands;
  }

  /** Asks the customer for more than they gave; answered once they have answered. @param {readonly string[]} grants @returns {Promise<KeyResult>} */
  async ask(grants) {
    const asks = [...new Set(grants)].filter((grant) => !this.#state.grants.includes(grant)).sort();
    if (this.#at !== 'active' || this.#state.asking.length > 0) return { outcome: 'refused', path: '', cause: 'asking' };
    this.#wish = { ...this.#wish, asks: [...new Set([...this.#wish.asks, ...asks])] };
    this.#patch({ asking: asks });
    const result = await this.#commands.ask(asks);
    this.#patch({ asking: [] });
    return result;
  }

  /** The technician ends. The session, or the code on show, is over here at once; the device hears it behind what was already sent. */
  end() {
    this.#throwAway('left', null);
    this.#finish('left', 'technician_left');
  }

  // --- before the keys

  /** @param {'connect' | 'show'} event @param {Wish} wish */
  #begin(event, { request, asks }) {
    const wish = { request, asks: [...new Set(asks)].sort() };
    if (!this.#move(event, { asks: wish.asks, problem: null })) return false;
    this.#wish = wish;
    return true;
  }

  /** @param {string} code @param {import('../core/types.js').IssuedCode} issued @param {number} since */
  #shown(code, { session, ttl }, since) {
    const deadline = since + ttl * 1000;
    if (!this.#move('shown', { code, deadline })) return;
    this.#onShow = { code, session };
    this.#watches.clear('asking');
    this.#watches.set('code', deadline - this.#now(), () => this.#throwAway('timed_out', problemOf('code-expired')));
  }

  /** A device typed the code on show; its secret is for this one run. @param {import('../core/relay_messages.js').Joined} joined */
  async #onJoined({ rs, hello }) {
    const shown = this.#onShow;
    this.#onShow = null;
    if (!shown || !this.#meet('joined', shown.session)) throw new SealError('wrong_state');
    this.#watches.clear('code');
    await this.#agree(() => ({ code: shown.code, hello, rs, shownBy: 'console' }), (opening) => this.#channel?.send(opening));
  }

  /** There is a device to agree with, for 30 s. @param {'redeemed' | 'joined'} event @param {string} session */
  #meet(event, session) {
    const deadline = this.#now() + limits.PAIRING_MS;
    if (!this.#move(event, { session, code: '', deadline, times: this.#stamped('accepted') })) return false;
    this.#watches.set('pairing', limits.PAIRING_MS, () => this.#finish('timed_out', 'pairing_failed'));
    return true;
  }

  /** @param {{ node: string, ticket: string }} place @param {() => void} opened */
  #open({ node, ticket }, opened) {
    const key = aliveKey(ticket);
    this.#requests = {
      say: async (sign, signal) => this.#ports.sayAlive(node, { key: await key, ...sign }, signal),
      pictures: async (seq, signal) => this.#ports.askPictures(node, { key: await key, seq }, signal),
    };
    this.#channel = this.#ports.openChannel(node, ticket, {
      opened,
      text: (text) => this.#inbox.add(() => this.#onText(text)),
      frame: (frame) => this.#onFrame(frame),
      closed: (code) => this.#onClosed(code),
    });
  }

  /** @param {unknown} error */
  #refused(error) {
    const { slug, title, status, retryAfter } = error instanceof ApiError ? error : problemOf('our-fault');
    this.#watches.clear('asking');
    if (this.#move('refused', { problem: { slug, title, status, retryAfter } })) this.#channel?.close();
    if (!(error instanceof ApiError)) throw error;
  }

  /** The one run this code allows. @param {() => import('./pairing.js').From} read @param {(opening: string) => void} send */
  async #agree(read, send) {
    const { badge, origin, store } = this.#parts;
    try {
      const from = read();
      const pairing = await Pairing.prepare({ ...from, kid: badge.kid, origin, random: this.#ports.random });
      const opening = await pairing.opening();
      // Of two tabs with one code exactly one goes on from here (seal SPEC §1 step 1).
      const taken = await store.take(from.code).catch(() => false);
      if (this.#at !== 'sealing') return;
      if (!taken) return void this.#finish('mismatched', 'pairing_failed', problemOf('code-used-here'));
      this.#pairing = pairing;
      send(opening);
    } catch (error) {
      this.#mismatched(error);
    }
  }

  /** @param {unknown} error */
  #mismatched(error) {
    this.#finish('mismatched', 'pairing_failed');
    if (!(error instanceof SealError) && !(error instanceof WireError)) throw error;
  }

  /** @param {PakeB} answer */
  async #onPakeB(answer) {
    const { badge, painter } = this.#parts;
    const pairing = this.#pairing;
    this.#pairing = null;
    if (!pairing) throw new SealError('wrong_state');
    const finished = await pairing.answered(answer).catch((error) => this.#mismatched(error));
    if (!finished || this.#at !== 'sealing') return;
    const { confirm, keys } = finished;
    const auth = await authMessage(badge, this.#wish, keys.th);
    if (!this.#move('sealed', { times: this.#stamped('sealed') })) return keys.wipe();
    const send = (/** @type {Bytes} */ frame) => this.#channel?.send(frame);
    const { dpk, caps } = pairing.device;
    const parts = { keys, dpk, caps, badgeHash: badge.hash, ports: this.#ports, painter, send, requests: this.#requests };
    this.#talk = new DeviceTalk(parts, this.#says(pairing.device));
    this.#channel?.send(confirm);
    this.#talk.introduce(auth);
  }

  // --- what arrives

  /** @param {Bytes} frame @param {(talk: DeviceTalk) => Promise<Opened | null>} [open] where it did not come on the socket */
  #onFrame(frame, open) {
    // SPEC §4: no binary frame is allowed before the keys are confirmed.
    const talk = this.#talk;
    if (!talk) return this.#inbox.add(() => Promise.reject(new SealError('wrong_state')));
    const opening = open ? open(talk) : talk.open(frame);
    // A frame that does not open is met in its turn; until then nobody else may call it unhandled.
    opening.catch(() => undefined);
    this.#inbox.add(async () => {
      const opened = await opening;
      if (!opened) return; // it came before, by another way
      await talk.handle(opened);
      // What comes beside the socket keeps nothing alive: a session whose relay is silent is over (INV-B3).
      if (open) return;
      this.#presence.deviceHeard(this.#at === 'deciding' || this.#at === 'active');
      talk.heardOnSocket();
    });
  }

  /** @param {string} text */
  async #onText(text) {
    this.#presence.relayHeard();
    const message = readText(text);
    switch (message?.t) {
      case 'joined': return this.#onJoined(message);
      case 'pake_b': return this.#onPakeB(message);
      case 'record': return this.#talk ? this.#talk.record(message.rec) : this.#broken(new SealError('wrong_state'));
      case 'ended':
        this.#throwAway('relay_ended', problemOf('code-lost'));
        return this.#finish('relay_ended', reasonAsTold(message.reason, { declined: this.#declined }));
      default: // `error` says why the socket closes next; what it was shows in the close code.
    }
  }

  /** @param {number} closeCode */
  #onClosed(closeCode) {
    this.#watches.clear('linger');
    this.#channel = null;
    const slept = this.#presence.hasSlept;
    this.#inbox.add(async () => {
      if (this.#at === 'asking') this.#refused(new ApiError(problemOf('no-connection')));
      this.#throwAway('lost', problemOfClose(closeCode, { expired: this.#now() >= this.#state.deadline }));
      this.#finish('lost', reasonOfClose({ online: this.#ports.online(), slept, state: this.#at, closeCode }));
    });
  }

  /** @param {import('../core/hellos.js').DeviceHello} device @returns {import('./device_talk.js').DeviceSays} */
  #says({ fw, fails, dpk, caps }) {
    return {
      pinged: () => this.#pinged(),
      paired: (name, credential) => this.#paired({ deviceName: name, deviceFw: fw, fails, caps }, credential, dpk),
      answered: (record) => this.#answered(record),
      acted: (command, result, took) => this.#patch(acted(this.#state, command, result, this.#now(), took)),
      settingsTold: (settings) => { if (this.#state.grants.includes('settings')) this.#patch({ settings }); },
      fieldTold: (field) => this.#patch({ field }),
      closed: (reason, cause) => {
        if (cause && this.#at !== 'ended') this.#patch({ cause });
        this.#finish('device_closed', reason);
      },
      measured: (rtt) => this.#patch({ rtt, ...this.#talk?.shown }),
      // Somebody keeps the record of a command back: what cannot be proven must not go on (INV-D1).
      unrecorded: () => this.#presence.unrecorded(),
      alive: (since) => this.#presence.deviceAlive(since),
      relayHeard: () => this.#presence.relayHeard(),
      cameDirectly: (frame, stream) => this.#onFrame(frame, (talk) => talk.open(frame, stream)),
      cameBeside: (frame) => this.#onFrame(frame, (talk) => talk.openBeside(frame)),
      pictureChanged: () => this.#patch({ ...this.#talk?.shown }),
      failed: (error) => this.#broken(error),
    };
  }

  #pinged() {
    this.#presence.pinged();
    this.#patch({ stale: false, ...this.#talk?.shown });
  }

  /** @param {{ deviceName: string, deviceFw: string, fails: number, caps: readonly string[] }} device shown only now that its signature is checked @param {string} credential @param {Bytes} dpk */
  #paired(device, credential, dpk) {
    const deadline = this.#now() + limits.CONSENT_MS;
    if (!this.#move('paired', { ...device, deadline, times: this.#stamped('badge') })) throw new SealError('wrong_state');
    this.#watches.clear('pairing');
    this.#watches.set('consent', limits.CONSENT_MS + CONSENT_GRACE_MS, () => this.#finish('timed_out', 'consent_timeout'));
    this.#pinged();
    void this.#codecs.then(([first]) => { if (first && this.#at === 'deciding') this.#talk?.expectPicture(first); });
    this.#credential = credential;
    // Nothing waits for it: the customer is being asked meanwhile.
    void this.#parts.maker.judge(credential, dpk).then((enrolment) => this.#patch({ enrolment }));
  }

  /** @param {ConsentRecord} record */
  async #answered({ grants, for_s }) {
    const event = grants.length > 0 ? 'consented' : 'declined';
    const asked = grants.every((grant) => this.#wish.asks.includes(grant));
    if (!asked || !advance(this.#at, event)) throw new SealError('wrong_state');
    const begins = this.#at === 'deciding';
    if (begins && event === 'declined') {
      this.#declined = true;
      return; // The device's end follows.
    }
    this.#talk?.allow(grants);
    // Before the page hears of it: to build the live screen takes longer than the way to the TV.
    if (grants.includes('view')) await this.#startPicture();
    if (!advance(this.#at, event)) return; // it is over meanwhile
    const until = grants.length > 0 ? this.#now() + for_s * 1000 : 0;
    const times = begins ? this.#stamped('active') : this.#state.times;
    // Less than the whole time means that the longest a session may take comes first: the device will not ask again.
    // A yes to more leaves the end where it was, and what was true of it.
    const sameEnd = !begins && Math.abs(until - this.#state.until) < SAME_END_MS;
    if (!sameEnd) this.#atTheEnd = for_s < limits.LONGEST_GRANT_S ? 'last' : 'time';
    if (!grants.includes('settings')) this.#talk?.forgetSettings();
    const { settings, field } = this.#state;
    const known = { settings: grants.includes('settings') ? settings : null, field: grants.includes('keys') ? field : null };
    this.#move(event, { grants, until, times, deadline: 0, warning: '', ...known, ...this.#talk?.shown });
    this.#watches.clear('consent', 'time');
    if (until > 0) this.#watches.set('time', until - limits.TIME_WARNING_MS - this.#now(), () => this.#patch({ warning: this.#atTheEnd }));
    if (begins) this.#watchIdle();
  }

  /** Asks once. A browser that has not said yet what it decodes keeps nobody waiting. */
  #startPicture() {
    if (this.#pictureStarted) return undefined;
    this.#pictureStarted = true;
    const ask = (/** @type {readonly Codec[]} */ codecs) => (codecs.length > 0 ? this.#talk?.startPicture(codecs) : undefined);
    if (this.#decodes) return ask(this.#decodes);
    void this.#codecs.then(ask);
    return undefined;
  }

  #watchIdle() {
    if (this.#state.warning === 'idle') this.#patch({ warning: '' });
    this.#watches.set('idle', limits.IDLE_WARNING_MS, () => {
      if (this.#state.warning === '') this.#patch({ warning: 'idle' });
    });
  }

  // --- how it moves and ends

  /** @param {SessionEvent} event @param {Partial<SessionState>} changes @returns {boolean} false: the table has no such row here */
  #move(event, changes) {
    const row = advance(this.#at, event);
    if (!row) return false;
    this.#at = row.to;
    this.#patch({ ...shown(row.to), ...changes });
    return true;
  }

  /** The first reason stays: nothing leads out of `ended` (INV-B6). @param {SessionEvent} event @param {EndReason} reason @param {Problem | null} [why] */
  #finish(event, reason, why = null) {
    const row = advance(this.#at, event);
    if (row?.to !== 'ended') return;
    this.#at = 'ended';
    this.#inbox.close();
    this.#watches.clear();
    for (const effect of row.effects) this.#do(effect);
    this.#patch({
      ...shown('ended'), code: '', reason, times: this.#stamped('ended'), problem: why, deadline: 0, grants: [], until: 0, warning: '', stale: false, beside: false,
      picture: 'none', fps: 0, masked: 0, behindAt: 0, waitingAt: 0, stalledAt: 0, glass: null, bitRate: 0, carrier: 'ws', hearing: false, asking: [], settings: null, field: null,
    });
  }

  /** The code on show is over and nobody typed it: no session, so no ending. @param {SessionEvent} event @param {Problem | null} problem */
  #throwAway(event, problem) {
    const row = advance(this.#at, event);
    if (row?.to !== 'over') return;
    this.#at = 'over';
    this.#inbox.close();
    this.#watches.clear();
    for (const effect of row.effects) this.#do(effect);
    this.#patch({ ...shown('over'), code: '', deadline: 0, problem });
  }

  /** @param {Effect} effect */
  #do(effect) {
    switch (effect) {
      case 'abort': return this.#channel?.send(ABORT);
      case 'hang_up': return this.#channel?.close();
      case 'wipe': return this.#wipe();
      case 'take_leave':
        this.#talk?.leave();
        return this.#linger();
      case 'linger': return this.#linger();
      default: // The other effects follow from where the session moved on.
    }
  }

  /** The relay closes once the device's last record is in; if it does not, we do. */
  #linger() {
    if (this.#channel) this.#watches.set('linger', LINGER_MS, () => this.#channel?.close());
  }

  #wipe() {
    this.#onShow = null;
    this.#pairing = null;
    this.#talk?.wipe();
    this.#talk = null;
    this.#parts.painter.clear();
  }

  /** @param {unknown} error */
  #broken(error) {
    this.#throwAway('broken', problemOf('code-lost'));
    this.#finish('broken', 'integrity_failed');
    if (!(error instanceof SealError) && !(error instanceof WireError)) reportError(error);
  }

  /** @param {keyof SessionState['times']} step */
  #stamped(step) {
    return { ...this.#state.times, [step]: this.#now() };
  }

  #now() {
    return this.#ports.timing.now();
  }

  /** @param {Partial<SessionState>} changes */
  #patch(changes) {
    if (this.#state.phase === 'ended') return;
    this.#state = Object.freeze({ ...this.#state, ...changes });
    this.dispatchEvent(new Event('change'));
  }
}
