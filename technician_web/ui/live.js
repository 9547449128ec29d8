/** @file The live session: the picture largest, one line of facts, the remote's keys, and what stands around them. */

import { el, setText } from './dom.js';
import { falseUnit } from './enrolment.js';
import { keysOff } from './freshness.js';
import { icon } from './icons.js';
import { keyboardMode } from './keyboard.js';
import { pad as makePad } from './pad.js';
import { changesPanel, connectionPanel, devicePanel, sayPanel } from './panels.js';
import { picture as makePicture } from './picture.js';
import { sessionBar } from './session_bar.js';
import { statusStrip } from './status_strip.js';
import { tabs as makeTabs } from './tabs.js';

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
  const panels = { device: devicePanel(context), say: sayPanel(context), connection: connectionPanel(context), changes: changesPanel(context) };
  const warning = sessionWarning(context);
  const notThatUnit = falseUnit(context);
  const strip = statusStrip(context, () => keyboard.toggle());
  const keyboard = keyboardMode({ press: pad.press, changed: (mode) => strip.keyboard(mode) });
  const tabs = makeTabs(words.text('console.tabs.name'), [
    { id: 'pad', label: words.text('console.tabs.pad'), sign: 'remote', root: pad.root, phoneOnly: true },
    { id: 'say', label: words.text('console.tabs.say'), sign: 'speech', root: panels.say.root },
    { id: 'device', label: words.text('console.tabs.device'), sign: 'monitor', root: panels.device.root },
    { id: 'connection', label: words.text('console.tabs.connection'), sign: 'wifi', root: panels.connection.root },
    { id: 'changes', label: words.text('console.tabs.changes'), sign: 'list', root: panels.changes.root },
  ]);
  const root = el('div', { class: 'live-screen' }, heading,
    el('div', { class: 'live-picture' }, picture.root, strip.root, notThatUnit.root, warning.root),
    el('div', { class: 'live-under' }, panels.device.root, panels.say.root, panels.connection.root),
    el('div', { class: 'live-side' }, pad.root, panels.changes.root), tabs.root);

  /** What depends on the passing of time alone. @param {SessionState} state @param {number} at */
  const pass = (state, at) => {
    const off = keysOff(state, at);
    bar.draw(state, at);
    picture.draw(state, at);
    strip.draw(state, at);
    pad.setOff(off);
    keyboard.allow(off !== 'not_given');
    panels.say.draw(state, off);
    panels.connection.draw(state, at);
  };
  /** @param {SessionState} state */
  const update = (state) => {
    pass(state, now());
    warning.draw(state);
    panels.device.draw(state);
    notThatUnit.draw(state);
    panels.changes.draw(state);
  };
  if (session) update(session.state);
  return {
    bar: bar.root, root, heading, title: words.text('console.live.title'), update,
    tick: (at) => session && pass(session.state, at),
    close: () => { keyboard.close(); tabs.close(); },
  };
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
