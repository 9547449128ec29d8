/** @file Text for the TV: typed here with this computer's own keyboard, whatever its layout, and sent as characters by the line. */

import { button } from './controls.js';
import { el, setAttribute, setText } from './dom.js';
import { icon } from './icons.js';
import { wasDone, whyNot } from './outcome.js';

/** @typedef {import('./screen.js').Context} Context */
/** @typedef {import('./screen.js').SessionState} SessionState */

const MOST = 256;
const UNTYPABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** @param {Context} context */
export function typeText(context) {
  const { words, session } = context;
  const input = el('input', {
    id: 'type-text', testid: 'type-text', type: 'text', autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false', 'aria-describedby': 'type-text-hint',
    on: { keydown: (/** @type {KeyboardEvent} */ event) => heard(event), input: () => setText(say, '') },
  });
  const hint = el('p', { class: 'hint', id: 'type-text-hint' });
  const say = el('p', { class: 'pad-say', role: 'status' });
  const send = button(words.text('console.type.send'), () => void sendText(), { testid: 'type-send' });
  const root = el('section', { class: 'card type', hidden: true }, el('h2', { class: 'with-icon' }, icon('keyboard'), words.text('console.type.title')),
    el('div', { class: 'field' }, el('label', { class: 'visually-hidden', for: 'type-text' }, words.text('console.type.label')), hint,
      el('div', { class: 'type-row' }, input, send)), say);
  let off = '';
  let open = /** @type {number | null} */ (null);

  const sendText = async () => {
    const text = input.value.normalize('NFC');
    const most = open ? Math.min(open, MOST) : MOST;
    if (text === '' || !session) return void input.focus();
    if (off) return setText(say, words.text(`console.pad.off.${off}`));
    if (UNTYPABLE.test(text)) return setText(say, words.text('console.type.not_plain'));
    if ([...text].length > most) return setText(say, words.text('console.type.long', { n: most }));
    const result = await session.commands.type(text);
    // What the TV did not take stays here to be sent again.
    if (wasDone(result)) input.value = '';
    setText(say, wasDone(result) ? words.text('console.type.sent') : whyNot(words, result));
  };

  /** @param {KeyboardEvent} event */
  const heard = (event) => {
    if (event.isComposing) return; // an input method has the word
    if (event.key === 'Enter') {
      event.preventDefault();
      void sendText();
    } else if (event.key === 'Escape') {
      input.value = '';
      input.blur();
    }
  };

  return {
    root,
    /** Whether letters typed anywhere on the page are meant for the TV's open field. */
    get wanted() { return !root.hidden && off === '' && (open ?? 0) > 0; },
    focus: () => input.focus(),
    /** @param {string} text pasted elsewhere on the page */
    paste: (text) => {
      input.value += text.split(/[\r\n]/, 1)[0] ?? '';
      input.focus();
    },
    /** @param {SessionState} state @param {string} reason why nothing is sent now, or '' */
    draw: ({ caps, field }, reason) => {
      const opened = (open ?? 0) === 0 && (field ?? 0) > 0;
      [open, off] = [field, reason];
      root.hidden = !caps.includes('text');
      setAttribute(root, 'data-open', (field ?? 0) > 0);
      setAttribute(send, 'aria-disabled', off ? 'true' : null);
      setText(hint, field === null ? words.text('console.type.hint') : field > 0 ? words.text('console.type.open', { n: field }) : words.text('console.type.none'));
      if (opened && !root.hidden && !off) context.announce(words.text('console.type.open', { n: field ?? 0 }));
    },
  };
}
