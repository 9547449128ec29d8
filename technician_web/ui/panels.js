/** @file What stands below and beside the picture: device, what to say, connection, changes. Cards on a desk, tabs when narrow. */

import { bySetting, changeTimes, settingName } from './changes.js';
import { chip, facts } from './controls.js';
import { deviceCard } from './device_card.js';
import { el, fill, setAttribute, setText, svg } from './dom.js';
import { enrolmentLine } from './enrolment.js';
import { icon } from './icons.js';
import { sayThis } from './say_this.js';

/** @typedef {import('./screen.js').Context} Context */
/** @typedef {import('./screen.js').SessionState} SessionState */
/** @typedef {{ id: string, sign: import('./icons.js').IconName, root: HTMLElement }} Panel */

const SAMPLES = 40;
const SAMPLE_MS = 1000;
const QUICK_MS = 120; // below it a press and what it does are one to the eye
const SLOW_MS = 400;

/** @param {Context} context */
export function devicePanel(context) {
  const { words } = context;
  const card = deviceCard(context);
  const says = el('div', {});
  const root = el('section', { class: 'card' }, head('monitor', words.text('console.device.title')), says, card.root);
  let drawn = '';
  /** @param {SessionState} state */
  const draw = (state) => {
    card.draw(state);
    const key = [state.deviceName, state.deviceFw, state.enrolment.state, state.fails].join('|');
    if (key === drawn) return;
    drawn = key;
    fill(says, facts([
      [words.text('console.device.model'), state.deviceName || '–'],
      [words.text('console.device.firmware'), state.deviceFw || '–'],
      [words.text('console.device.unit'), enrolmentLine(context, state.enrolment)],
      [words.text('console.device.fails'), state.fails
        ? el('span', { class: 'caution' }, icon('warning', 'small'), String(state.fails)) : words.text('console.none')],
    ]));
  };
  return { root, draw };
}

/** @param {Context} context */
export function connectionPanel({ words }) {
  const verdict = el('span', {});
  const line = svg('polyline', { points: '' });
  const rows = el('div', {});
  const root = el('section', { class: 'card' }, el('div', { class: 'card-head' }, head('wifi', words.text('console.connection.title')), verdict),
    svg('svg', { class: 'sparkline', viewBox: '0 0 100 24', preserveAspectRatio: 'none', 'aria-hidden': 'true' }, line), rows);
  /** @type {number[]} */
  const samples = [];
  let drawn = '';
  let sampledAt = 0;
  /** @param {SessionState} state @param {number} now */
  const draw = (state, now) => {
    if (state.rtt !== null && now - sampledAt >= SAMPLE_MS) {
      sampledAt = now;
      samples.push(state.rtt);
      samples.splice(0, samples.length - SAMPLES);
      setAttribute(line, 'points', sparkline(samples));
    }
    const kind = state.stale ? (state.beside ? 'held' : 'silent') : state.rtt === null ? 'unknown' : state.rtt > SLOW_MS ? 'slow' : 'good';
    const key = `${kind}|${state.carrier}|${state.codec}|${state.rtt}|${state.actedMs}`;
    if (key === drawn) return;
    drawn = key;
    fill(verdict, kind !== 'unknown' && chip(kind === 'good' ? 'ok' : 'warn', icon(kind === 'good' ? 'check' : 'clock'), words.text(`console.connection.${kind}`)));
    fill(rows, facts([
      [words.text('console.connection.path'), words.text(`console.connection.${state.carrier === 'dc' ? 'direct' : 'relay'}`)],
      [words.text('console.connection.picture'), state.codec ? words.text(`console.connection.${state.codec}`) : '–'],
      [words.text('console.connection.trip'), state.rtt === null ? '–' : words.text(`console.connection.trip.${felt(state.rtt)}`, { ms: Math.round(state.rtt) })],
      [words.text('console.connection.acted'), state.actedMs === null ? '–' : words.text('console.connection.acted.after', { ms: Math.round(state.actedMs) })],
    ]));
  };
  return { root, draw };
}

/** How a round trip feels under the hand. @param {number} ms */
function felt(ms) {
  return ms < QUICK_MS ? 'quick' : ms < SLOW_MS ? 'felt' : 'slow';
}

/** Highest at the top; flat where all are equal. @param {number[]} samples */
function sparkline(samples) {
  const most = Math.max(100, ...samples);
  return samples.map((ms, at) => `${((at * 100) / (SAMPLES - 1)).toFixed(1)},${(22 - (ms / most) * 20).toFixed(1)}`).join(' ');
}

/** The settings that the device's signed records name. @param {Context} context */
export function changesPanel({ words }) {
  const body = el('div', {});
  const count = el('span', { class: 'count' });
  const root = el('section', { class: 'card changes' }, el('div', { class: 'card-head' }, head('list', words.text('console.changes.title')), count), body);
  /** @type {SessionState['changes'] | null} */
  let drawn = null;
  /** @param {SessionState} state */
  const draw = ({ changes }) => {
    if (changes === drawn) return;
    drawn = changes;
    setText(count, changes.length ? String(changes.length) : '');
    fill(body, changes.length
      ? el('ol', { class: 'change-rows' }, ...bySetting(changes).map((one) => el('li', {}, icon('check', 'small'),
        el('span', {}, words.text('console.changes.row', { setting: settingName(words, one.path), times: changeTimes(words, one) })))))
      : el('p', { class: 'row-text' }, words.text('console.changes.none')));
  };
  return { root, draw };
}

/** @param {Context} context */
export function sayPanel(context) {
  const say = sayThis(context, context.words.text('console.say.now'));
  /** @param {SessionState} state @param {string} off */
  const draw = (state, off) => say.say([`console.say.${sentence(state, off)}`]);
  return { root: say.root, draw };
}

/** What is true at this moment: never that one sees what one does not. @param {SessionState} state @param {string} off */
function sentence({ grants, stale, beside, warning }, off) {
  if (stale && beside) return 'held';
  if (off === 'stale' || stale) return 'stale';
  if (warning === 'time') return 'renew';
  if (warning === 'last') return 'last';
  if (off === 'hidden') return 'hidden';
  const drives = grants.includes('keys') && off !== 'look' && off !== 'point';
  if (!grants.includes('view')) return drives ? 'blind' : 'nothing';
  return drives ? 'live' : 'guide';
}

/** @param {import('./icons.js').IconName} sign @param {string} title */
function head(sign, title) {
  return el('h2', { class: 'with-icon' }, icon(sign), title);
}
