/** @file The TV's sound on or off: a button in the strip, and F9; there only where the customer lets it be heard. */

import { el, setAttribute, setText } from './dom.js';
import { icon } from './icons.js';

/** @typedef {import('./screen.js').Context} Context */
/** @typedef {import('./screen.js').SessionState} SessionState */

/** What a browser needs to play it: a decoder of Opus, and a clock to play by. */
function canPlay() {
  return typeof AudioDecoder === 'function' && typeof AudioContext === 'function';
}

/** @param {Context} context */
export function soundToggle(context) {
  const { words, session } = context;
  const able = canPlay();
  const text = el('span', {});
  const shortcut = el('kbd', { hidden: !able }, 'F9');
  const toggle = () => {
    if (able && session && !root.hidden) session.hear(!session.state.hearing);
  };
  const root = el('button', {
    type: 'button', class: 'tool sound', testid: 'sound', hidden: true, 'aria-keyshortcuts': 'F9',
    'aria-disabled': able ? undefined : 'true', on: { click: toggle },
  }, icon('volume_up'), text, shortcut);
  /** @param {KeyboardEvent} event */
  const heard = (event) => {
    if (event.key !== 'F9' || root.hidden) return;
    event.preventDefault();
    if (!event.repeat) toggle();
  };
  document.addEventListener('keydown', heard);

  /** @param {SessionState} state */
  const draw = ({ caps, grants, hearing }) => {
    root.hidden = !(caps.includes('sound') && grants.includes('sound'));
    setAttribute(root, 'aria-pressed', String(hearing));
    setText(text, words.text(able ? `console.strip.sound_${hearing ? 'on' : 'off'}` : 'console.strip.sound_cannot'));
  };
  return { root, draw, close: () => document.removeEventListener('keydown', heard) };
}
