/** @file The live session: the picture largest, one line of facts, the remote's keys, and what stands around them. */

import { SlowWatch } from '../core/slow_watch.js';
import { LOOK_MS } from '../core/slowness.js';
import { askMore } from './ask_more.js';
import { connectionCourse } from './course.js';
import { el, setAttribute, setText } from './dom.js';
import { falseUnit } from './enrolment.js';
import { keysOff, sightOff } from './freshness.js';
import { icon } from './icons.js';
import { keyboardMode } from './keyboard.js';
import { modeChoice } from './mode.js';
import { whyNot } from './outcome.js';
import { pad as makePad } from './pad.js';
import { changesPanel, connectionPanel, devicePanel, sayPanel } from './panels.js';
import { picture as makePicture } from './picture.js';
import { pictureHand } from './picture_hand.js';
import { sessionBar } from './session_bar.js';
import { settingsPanel } from './settings_panel.js';
import { soundToggle } from './sound.js';
import { keyboardToggle, statusStrip } from './status_strip.js';
import { stillButton } from './still.js';
import { NARROW, tabs as makeTabs } from './tabs.js';
import { typeText } from './type_text.js';

/** @typedef {import('./screen.js').Context} Context */
/** @typedef {import('./screen.js').Screen} Screen */
/** @typedef {import('./screen.js').SessionState} SessionState */

/** @param {Context} context @returns {Screen} */
export function live(context) {
  const { words, session, now } = context;
  const heading = el('h1', { class: 'visually-hidden', tabindex: -1 }, words.text('console.live.title'));
  const bar = sessionBar(context);
  const picture = makePicture(context);
  const pad = makePad(context);
  const panels = {
    device: devicePanel(context), say: sayPanel(context), connection: connectionPanel(context), changes: changesPanel(context), settings: settingsPanel(context),
  };
  const type = typeText(context);
  const driving = el('div', { class: 'live-drive' }, pad.root, type.root);
  const more = askMore(context);
  const mode = modeChoice(context, () => { if (session) pass(session.state, now()); });
  const hand = livePicture(context, () => mode.mode);
  const warning = sessionWarning(context);
  const notThatUnit = falseUnit(context);
  const course = connectionCourse(context);
  const still = stillButton(context);
  const slowWatch = session && new SlowWatch({
    state: () => session.state, now, pulse: context.pulse, ask: context.askServer, beforeFrame: (call) => { requestAnimationFrame(call); }, changed: (at) => pass(session.state, at),
  });
  const watch = setInterval(() => slowWatch?.beat(document.hidden), LOOK_MS);
  const look = () => slowWatch?.look();
  session?.addEventListener('change', look);
  const strip = statusStrip(context);
  const sound = soundToggle(context);
  const typing = keyboardToggle(context, () => keyboard.toggle());
  const keyboard = keyboardMode({ hold: pad.hold, letGo: pad.letGo, changed: typing.draw, text: type });
  const tabs = makeTabs(words.text('console.tabs.name'), [
    { id: 'pad', label: words.text('console.tabs.pad'), sign: 'remote', root: driving, phoneOnly: true },
    { id: 'settings', label: words.text('console.tabs.settings'), sign: 'settings', root: panels.settings.root, phoneOnly: true },
    { id: 'say', label: words.text('console.tabs.say'), sign: 'speech', root: panels.say.root },
    { id: 'device', label: words.text('console.tabs.device'), sign: 'monitor', root: panels.device.root },
    { id: 'connection', label: words.text('console.tabs.connection'), sign: 'wifi', root: panels.connection.root },
    { id: 'changes', label: words.text('console.tabs.changes'), sign: 'list', root: panels.changes.root },
  ]);
  const under = el('div', { class: 'live-hand' }, mode.group, mode.hint,
    el('div', { class: 'tools' }, sound.root, course.button, still.button, typing.root));
  const places = roomFor(more.root, bar.asks, strip.root);
  const root = el('div', { class: 'live-screen' }, heading,
    el('div', { class: 'live-picture' }, picture.root, strip.root, under, hand.say, more.say, notThatUnit.root, warning.root,
      course.place, still.place),
    el('div', { class: 'live-under' }, panels.device.root, panels.say.root, panels.connection.root),
    el('div', { class: 'live-side' }, driving, panels.settings.root, panels.changes.root), tabs.root);

  /** What depends on the passing of time alone. @param {SessionState} state @param {number} at */
  const pass = (state, at) => {
    const off = keysOff(state, at, mode.mode);
    bar.draw(state, at);
    const slow = slowWatch?.name(at) ?? '';
    picture.draw(state, at, slow);
    strip.draw(state, at, slow);
    sound.draw(state);
    course.draw(state, at, slow);
    still.draw(state);
    pad.setOff(off);
    keyboard.setOff(off === 'not_given' ? off : off === 'look' || off === 'point' ? 'mode' : '');
    type.draw(state, off);
    hand.draw(state, at);
    mode.draw(hand.drives, off === '');
    panels.settings.draw(state, mode.mode === 'drive' ? sightOff(state, at) : mode.mode);
    panels.say.draw(state, off);
    panels.connection.draw(state, at);
  };
  /** @param {SessionState} state */
  const update = (state) => {
    pass(state, now());
    warning.draw(state);
    more.draw(state);
    panels.device.draw(state);
    notThatUnit.draw(state);
    panels.changes.draw(state);
  };
  if (session) update(session.state);
  return {
    bar: bar.root, root, heading, title: words.text('console.live.title'), update,
    tick: (at) => session && pass(session.state, at),
    close: () => { keyboard.close(); clearInterval(watch); session?.removeEventListener('change', look); slowWatch?.close(); sound.close(); course.close(); still.close(); hand.close(); tabs.close(); places.close(); },
  };
}

/** Beside the permissions where the bar has room for it, else at the end of the strip. @param {HTMLElement} node @param {HTMLElement} wide @param {HTMLElement} slim */
function roomFor(node, wide, slim) {
  const narrow = window.matchMedia(NARROW);
  const place = () => (narrow.matches ? slim : wide).append(node);
  narrow.addEventListener('change', place);
  place();
  return { close: () => narrow.removeEventListener('change', place) };
}

/** The picture as a place to click on: what a click is good for, and why the TV did not take one. @param {Context} context @param {() => import('./mode.js').Mode} mode */
function livePicture({ words, canvas, session }, mode) {
  const say = el('p', { class: 'hint', role: 'status' });
  let does = /** @type {'drive' | 'point' | ''} */ ('');
  /** @param {Promise<import('../core/types.js').KeyResult> | undefined} answer */
  const told = (answer) => void answer?.then((result) => setText(say, whyNot(words, result)));
  const hand = pictureHand(canvas, {
    does: () => does,
    pointer: (steps) => told(session?.commands.pointer(steps)),
    point: (x, y) => told(session?.commands.point(x, y)),
  });
  /** @param {SessionState} state @param {number} at */
  const draw = (state, at) => {
    const sees = state.grants.includes('view') && sightOff(state, at) === '';
    const drives = mode() === 'drive' && state.grants.includes('keys') && state.caps.includes('pointer');
    const next = sees && mode() === 'point' ? 'point' : sees && drives ? 'drive' : '';
    if (next !== 'drive' && sees) hand.letGo();
    does = next;
    if (does === 'drive') hand.go();
    else hand.stop();
    setAttribute(canvas, 'data-hand', does || null);
  };
  return { say, draw, get drives() { return does === 'drive'; }, close: () => { hand.close(); setAttribute(canvas, 'data-hand', null); } };
}

/** Said in advance: what is about to end the session by itself. @param {Context} context */
function sessionWarning({ words }) {
  const text = el('span', {});
  const line = el('p', { class: 'notice warn', hidden: true }, icon('clock'), text);
  // Screen readers hear what comes into a region that was there before; one that appears with its text may stay unheard.
  const root = el('div', { class: 'live-warning', role: 'status' }, line);
  /** @param {SessionState} state */
  const draw = ({ warning }) => {
    line.hidden = warning === '';
    setText(text, warning ? words.text(`console.warning.${warning}`) : '');
  };
  return { root, draw };
}
