/** @file What console and device say to each other once they share keys: nothing the relay says counts here but signed records. */

import { unb64 } from '../core/bytes.js';
import { SealError } from '../core/errors.js';
import { FROM_DEVICE, STREAM } from '../core/header.js';
import { Lease } from '../core/lease.js';
import { Pace } from '../core/pace.js';
import { RecordLedger } from '../core/record_ledger.js';
import { RecordReader, checkEd25519 } from '../core/records.js';
import { SettingList } from '../core/setting_list.js';
import { decodeFromDevice } from '../core/sealed_messages.js';
import { SealedLink } from '../core/sealed_link.js';
import { Alive } from './alive.js';
import { Beside } from './beside.js';
import { Media } from './media.js';
import { PendingCommands } from './pending_commands.js';
import { StillRequest } from './still.js';

/** @typedef {import('../core/types.js').Bytes} Bytes */
/** @typedef {import('../core/types.js').Codec} Codec */
/** @typedef {import('../core/types.js').EndReason} EndReason */
/** @typedef {import('../core/types.js').KeyResult} KeyResult */
/** @typedef {import('../core/types.js').Painter} Painter */
/** @typedef {import('../core/keys.js').SessionKeys} SessionKeys */
/** @typedef {import('../core/records.js').ConsentRecord} ConsentRecord */
/** @typedef {import('../core/records.js').DeviceRecord} DeviceRecord */
/** @typedef {import('../core/records.js').PairedRecord} PairedRecord */
/** @typedef {import('../core/sealed_messages.js').FromDevice} FromDevice */
/** @typedef {import('../core/sealed_link.js').Message} Message */
/** @typedef {import('./browser_ports.js').Ports} Ports */
/** @typedef {import('../core/sealed_link.js').Opened} Opened */
/**
 * What goes over requests of their own while the socket is held up.
 * @typedef {{ say: import('./alive.js').AliveParts['say'], pictures: import('./beside.js').BesideParts['ask'] }} Requests
 */

/**
 * What the session hears. Each may throw to refuse: the session then ends.
 * @typedef {object} DeviceSays
 * @property {() => void} pinged
 * @property {(name: string, credential: string) => void} paired The credential says which unit the device is, or ''.
 * @property {(record: ConsentRecord) => Promise<void>} answered The customer's consent, or the lack of it.
 * @property {(command: import('./pending_commands.js').Settled['command'], result: KeyResult, took: number) => void} acted
 * @property {(settings: readonly import('../core/types.js').SettingItem[] | null) => void} settingsTold
 * @property {(longest: number) => void} fieldTold
 * @property {(reason: EndReason, cause: string) => void} closed `cause`: why a badge was refused, or ''.
 * @property {(rtt: number) => void} measured
 * @property {() => void} pictureChanged
 * @property {(frame: Bytes, stream: number) => void} cameDirectly A frame on the data channel of this stream.
 * @property {() => void} unrecorded A command has no record although one was due.
 * @property {(since: number | null) => void} alive Heard beside the socket: the device had a sign that left then; null: nobody answers there any more.
 * @property {() => void} relayHeard The relay was heard beside it, and nothing of the device.
 * @property {(frame: Bytes) => void} cameBeside A frame of the picture that came over a request.
 * @property {(error: unknown) => void} failed
 */

export class DeviceTalk {
  #lease = new Lease();
  #authFrame = '';
  #paired = false;
  #pace = new Pace();
  #settings = new SettingList();
  /** @type {readonly Codec[]} */
  #codecs = [];
  #pending;
  #still;
  #media;
  #alive;
  #beside;
  #link;
  #ledger;
  #ports;
  #says;

  /**
   * @param {{ keys: SessionKeys, dpk: Bytes, caps: readonly string[], badgeHash: string, ports: Ports, painter: Painter, send: (frame: Bytes) => void, requests: Requests }} parts
   * @param {DeviceSays} says
   */
  constructor({ keys, dpk, caps, badgeHash, ports, painter, send, requests }, says) {
    this.#ports = ports;
    this.#says = says;
    this.#pending = new PendingCommands(ports.timing, says.unrecorded);
    this.#still = new StillRequest(ports.timing);
    this.#link = new SealedLink(keys, send, says.failed);
    // Without this proof a device could pose as another by sending that one's dpk (seal SPEC §4).
    const isOurs = (/** @type {PairedRecord} */ { badge, frame }) => badge === badgeHash && frame === this.#authFrame;
    this.#ledger = new RecordLedger(new RecordReader(keys.th, dpk, checkEd25519), isOurs);
    this.#media = new Media(ports, painter, caps, {
      say: (message) => this.#say(message),
      frame: says.cameDirectly,
      cannotFollow: (codec) => this.#doWithout(codec),
      still: (head, data) => this.#still.part(head, data),
      changed: says.pictureChanged,
    });
    this.#alive = new Alive({
      timing: ports.timing, tags: keys.alive, say: requests.say, heard: says.alive, relayHeard: says.relayHeard, failed: says.failed,
      reached: () => void this.#beside.ask(),
      gone: () => { says.alive(null); this.#sayPassed(); },
      known: () => ({ n: this.#lease.newest, pic: this.#media.view.passedPic }),
    });
    this.#beside = new Beside({
      timing: ports.timing, ask: requests.pictures, next: () => this.#link.nextPicture, came: says.cameBeside, isHeldUp: () => this.#alive.isSpeaking,
    });
  }

  /** Sends the `auth` message, the first of all control frames. @param {Message} auth */
  introduce(auth) {
    this.#link.sendControl(auth, (hash) => { this.#authFrame = hash; });
  }

  /** The customer is being asked. @param {Codec} codec */
  expectPicture(codec) {
    this.#media.expectPicture(codec);
  }

  /** @param {readonly Codec[]} codecs @returns {Promise<void>} settled once it was asked for */
  startPicture(codecs) {
    this.#codecs = codecs;
    return this.#link.sendLink({ t: 'decode', codecs: [...codecs] });
  }

  /** Asks for a picture this browser can follow, where it has another codec left. @param {Codec} codec */
  #doWithout(codec) {
    const left = this.#codecs.filter((other) => other !== codec);
    if (left.length > 0 && left.length < this.#codecs.length) void this.startPicture(left);
  }

  /** Picture and sound, as far as the customer lets them be had. @param {readonly string[]} grants */
  allow(grants) {
    this.#media.allow(grants);
  }

  /** @param {boolean} on */
  hear(on) {
    this.#media.hear(on);
  }

  /** Sends a command; the device's record of it is the answer. @param {import('./pending_commands.js').Command} message @returns {Promise<KeyResult>} */
  command(message) {
    if (this.#pending.isFull || !this.#pace.take(this.#ports.timing.now())) return Promise.resolve({ outcome: 'failed', path: '', cause: '' });
    const { answer, name } = this.#pending.add(message);
    this.#link.sendControl({ ...message, hb: this.#lease.newest }, name);
    return answer;
  }

  /** Asks for a still; one at a time. @param {() => Promise<KeyResult>} send @returns {Promise<import('../core/types.js').StillResult>} */
  still(send) {
    return this.#still.isUnderWay ? Promise.resolve({ outcome: 'refused', cause: 'busy' }) : this.#still.take(send);
  }

  /** On the link. What was drawn is said by a sign, too, while the socket is held up; nothing is saved up on the socket for later. @param {Message} message */
  #say(message) {
    if (message.t === 'ack') this.#alive.drawn();
    const isLater = message.t === 'ack' && this.#alive.isQuiet && this.#media.shown.carrier === 'ws';
    if (!isLater) void this.#link.sendLink(message);
  }

  /** What was not said on the socket while it was held up. */
  #sayPassed() {
    const { passedPic } = this.#media.view;
    if (passedPic > 0) this.#say({ t: 'ack', pic: passedPic });
  }

  /** The settings are not the technician's any more. */
  forgetSettings() {
    this.#settings.forget();
  }

  leave() {
    this.#link.sendControl({ t: 'close', reason: 'technician_left' });
  }

  /** Something of the device's came by way of the relay's socket. */
  heardOnSocket() {
    if (!this.#paired) return;
    const wasQuiet = this.#alive.isQuiet;
    this.#alive.heardOnSocket();
    if (wasQuiet) this.#sayPassed();
  }

  /** Keys are forgotten, the picture is gone, and what was pressed will not be answered. */
  wipe() {
    this.#link.wipe();
    this.#alive.close();
    this.#beside.close();
    this.#media.close();
    this.#pending.close();
    this.#still.close();
  }

  /** What the page shows of the picture now. */
  get shown() {
    const { state, fps, codec, currentAt, masked, behindAt, waitingAt, stalledAt, bitRate, newestDrawn } = this.#media.view;
    const at = currentAt < 0 ? null : this.#lease.onOwnClock(currentAt, this.#ports.timing.now());
    const taken = newestDrawn && this.#lease.onOwnClock(newestDrawn.taken, newestDrawn.drawn);
    const glass = newestDrawn && taken !== null ? newestDrawn.drawn - taken : null;
    return { picture: state, fps, codec, currentAt: at ?? 0, masked, behindAt, waitingAt, stalledAt, bitRate, glass, ...this.#media.shown };
  }

  /**
   * Starts to open a frame; `handle` the results in the frames' order.
   * @param {Bytes} frame @param {number} [channel] the stream of the data channel it came on @returns {Promise<Opened | null>} null where it came before, beside the socket
   */
  open(frame, channel) {
    return this.#link.open(frame, channel === undefined ? FROM_DEVICE : new Set([channel]));
  }

  /** The same of a frame of the picture that came over a request. @param {Bytes} frame @returns {Promise<Opened | null>} */
  openBeside(frame) {
    return this.#link.openBeside(frame);
  }

  /** @param {Opened} opened */
  async handle({ stream, plaintext }) {
    if (stream === STREAM.D2T_CONTROL) await this.#hear(decodeFromDevice(plaintext));
    else this.#media.take(stream, plaintext);
  }

  /** A record as the relay passed it on. Consents and the pairing count once they come sealed. @param {Bytes} data */
  async record(data) {
    const { record, fresh } = await this.#ledger.take(data, 'clear');
    if (record.typ === 'end' && fresh) this.#says.closed(record.reason, record.cause ?? '');
    if (record.typ === 'action') this.#act(record.frame, { outcome: record.outcome, path: record.path, cause: record.cause ?? '', ...(record.pc && { pc: record.pc }) });
  }

  /** @param {string} frame @param {KeyResult} result */
  #act(frame, result) {
    const { command, took } = this.#pending.settle(frame, result);
    this.#says.acted(command, result, took);
  }

  /** @param {FromDevice} message */
  async #hear(message) {
    switch (message.t) {
      case 'ping': return this.#ping(message);
      case 'paired': return this.#pair(message);
      case 'consent': return this.#says.answered(await this.#sealed(message.rec, 'consent'));
      case 'current': return this.#current(message);
      case 'settings': return this.#says.settingsTold(this.#afterPaired(this.#settings.take(message)));
      case 'field': return this.#says.fieldTold(this.#afterPaired(message.longest));
      case 'signal': return this.#media.signal(this.#afterPaired(message));
      case 'close': return this.#close(message);
    }
  }

  /** @template T @param {T} what @returns {T} */
  #afterPaired(what) {
    if (!this.#paired) throw new SealError('bad_message', 'before paired');
    return what;
  }

  /** @param {import('../core/sealed_messages.js').Ping} ping */
  #ping(ping) {
    // Nothing more is sent to a device that has not proven its key (seal SPEC §4).
    if (!this.#paired) throw new SealError('bad_message', 'before paired');
    this.#lease.heard(ping, this.#ports.timing.now());
    void this.#link.sendLink({ t: 'pong', n: ping.n });
    // One that lay in the socket while the device told of a later one beside it says nothing of now: keys would be late.
    if (ping.n >= this.#alive.newest) this.#says.pinged();
  }

  /** @param {import('../core/sealed_messages.js').Paired} message */
  async #pair({ name, rec, enrol }) {
    await this.#sealed(rec, 'paired');
    this.#paired = true;
    this.#says.paired(name, enrol);
  }

  /** @param {import('../core/sealed_messages.js').Current} current */
  #current(current) {
    if (!this.#paired) throw new SealError('bad_message', 'before paired');
    this.#lease.measured(current.rtt);
    this.#media.view.told(current);
    this.#says.measured(current.rtt);
  }

  /** @param {import('../core/sealed_messages.js').DeviceClose} message */
  async #close({ reason, rec }) {
    const record = await this.#sealed(rec, 'end');
    if (record.reason !== reason) throw new SealError('bad_message', 'two reasons');
    this.#says.closed(reason, record.cause ?? '');
  }

  /**
   * @template {DeviceRecord['typ']} T @param {string} rec @param {T} typ
   * @returns {Promise<Extract<DeviceRecord, { typ: T }>>}
   */
  async #sealed(rec, typ) {
    const { record } = await this.#ledger.take(unb64(rec), 'sealed');
    if (record.typ !== typ) throw new SealError('bad_message', 'another record');
    return /** @type {Extract<DeviceRecord, { typ: T }>} */ (record);
  }
}
