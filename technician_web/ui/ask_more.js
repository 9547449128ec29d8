/** @file Asking the customer for more than they gave: one question, answered on the TV with their own remote. */

import { button } from './controls.js';
import { el, fill, setAttribute, setText } from './dom.js';
import { icon } from './icons.js';
import { wasDone, whyNot } from './outcome.js';

/** @typedef {import('./screen.js').Context} Context */
/** @typedef {import('./screen.js').SessionState} SessionState */

const ORDER = ['view', 'keys', 'settings', 'sound'];
/** @type {{ [grant: string]: import('./icons.js').IconName }} */
const SIGNS = { view: 'eye', keys: 'remote', settings: 'settings', sound: 'volume_up' };

/** @param {Context} context */
export function askMore(context) {
  const { words, session, badge } = context;
  const opener = button(words.text('console.more.button'), () => toggle(), { testid: 'ask-more' });
  const rows = el('div', { class: 'ask-row' });
  const say = el('p', { class: 'hint', role: 'status' });
  const send = button(words.text('console.more.send'), () => void ask(), { weight: 'primary', testid: 'more-send' });
  const none = el('p', { class: 'hint', role: 'status' });
  const panel = el('div', { class: 'card more', hidden: true }, el('fieldset', { class: 'field asks' }, el('legend', {}, words.text('console.more.title')), rows), none, send);
  const root = el('div', { class: 'ask-more', on: { keydown: (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== 'Escape' || panel.hidden) return;
    event.stopPropagation();  // it closes this, and is no key for the TV
    toggle();
    opener.focus();
  } } }, opener, panel);
  /** @type {Set<string>} */
  const wanted = new Set();
  let drawn = '';

  const toggle = () => {
    if (opener.getAttribute('aria-disabled') === 'true') return;
    panel.hidden = !panel.hidden;
    setAttribute(opener, 'aria-expanded', String(!panel.hidden));
    if (panel.hidden) return;
    setText(none, '');
    setText(say, ''); // the answer to the question before
    panel.scrollIntoView({ block: 'nearest' });
    rows.querySelector('input')?.focus();
  };
  const ask = async () => {
    if (!session) return;
    if (wanted.size === 0) return setText(none, words.text('console.ask.none'));
    const asks = [...wanted];
    panel.hidden = true;
    setAttribute(opener, 'aria-expanded', 'false');
    const result = await session.ask(asks);
    setText(say, wasDone(result) ? words.text('console.more.done') : moreWhyNot(result));
    opener.focus();
  };
  /** @param {import('../core/types.js').KeyResult} result */
  const moreWhyNot = (result) => {
    const key = `console.more.${result.cause}`;
    return result.cause && words.has(key) ? words.text(key) : whyNot(words, result);
  };

  /** What may still be asked for: within the badge, and what this TV can give. @param {SessionState} state */
  const open = ({ grants, caps }) => ORDER.filter((grant) => !grants.includes(grant)
    && (badge?.scopes ?? []).includes(grant) && (grant !== 'sound' || caps.includes('sound')));

  /** @param {SessionState} state */
  const draw = (state) => {
    const left = open(state);
    const asking = state.asking.length > 0;
    const key = `${left.join()}|${asking}`;
    if (key === drawn) return;
    drawn = key;
    root.hidden = left.length === 0;
    setAttribute(opener, 'aria-expanded', String(!panel.hidden));
    setAttribute(opener, 'aria-disabled', asking ? 'true' : null);
    if (asking) setText(say, words.text('console.more.waiting'));
    wanted.clear();
    fill(rows, ...left.map((grant) => {
      const box = el('input', { type: 'checkbox', id: `more-${grant}`, testid: `more-${grant}`, on: { change: () => {
        if (box.checked) wanted.add(grant); else wanted.delete(grant);
        setText(none, '');
      } } });
      return el('label', { class: 'ask', for: `more-${grant}` }, box, icon(SIGNS[grant] ?? 'info'), words.text(`console.ask.${grant}`));
    }));
    if (left.length === 0) panel.hidden = true;
  };
  return { root, say, draw };
}
