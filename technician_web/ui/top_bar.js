/** @file The bar outside a session: product, organisation, how long the badge is valid, and the owner's menu. */

import { button, choice, initials } from './controls.js';
import { el, setAttribute } from './dom.js';
import { icon, mark } from './icons.js';
import { THEMES } from './preferences.js';
import { pageSource } from './page_source.js';
import { LANGUAGES } from './words.js';

/** @typedef {import('./screen.js').Context} Context */

/** @param {Context} context */
export function topBar(context) {
  const { words, account, badge } = context;
  return el('div', { class: 'bar' },
    el('span', { class: 'product' }, mark(), words.text('console.product')),
    account && el('span', { class: 'organisation' }, account.org),
    el('span', { class: 'gap' }),
    badge && el('span', { class: 'validity' }, icon('badge'),
      words.text('console.bar.badge_until', { time: words.minute(badge.expiresAt) })),
    menu(context));
}

/** A button that opens a few settings under it; Esc and a press elsewhere close it. @param {Context} context */
function menu(context) {
  const { words, account } = context;
  const label = account ? [initials(account.name), el('span', { class: 'person' }, account.name)]
    : [icon('globe'), el('span', { class: 'person' }, words.text('console.bar.language_and_look'))];
  const panel = el('div', { class: 'menu-panel', id: 'menu', hidden: true }, ...settings(context), pageSource(context, { details: false }));
  const opener = button([...label, icon('arrow_down', 'small')], () => open(panel.hidden === true),
    { weight: 'quiet', testid: 'menu' });
  opener.setAttribute('aria-expanded', 'false');
  opener.setAttribute('aria-controls', 'menu');
  /** @param {boolean} wanted */
  const open = (wanted) => {
    panel.hidden = !wanted;
    setAttribute(opener, 'aria-expanded', String(wanted));
  };
  return el('div', { class: 'menu', on: {
    keydown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== 'Escape' || panel.hidden) return;
      open(false);
      opener.focus();
    },
    focusout: (/** @type {FocusEvent} */ event) => {
      const inside = event.currentTarget instanceof Node && event.relatedTarget instanceof Node
        && event.currentTarget.contains(event.relatedTarget);
      if (event.relatedTarget && !inside) open(false);
    },
  } }, opener, panel);
}

/** @param {Context} context */
function settings(context) {
  const { words, account, preferences, setLanguage, setTheme, signOut } = context;
  const languages = Object.entries(LANGUAGES).map(([value, label]) => ({ value, label, lang: value }));
  const themes = THEMES.map((value) => ({ value, label: words.text(`console.theme.${value}`) }));
  return [
    el('p', { class: 'menu-label' }, words.text('console.bar.language')),
    choice(words.text('console.bar.language'), languages, words.language, (value) => void setLanguage(value)),
    el('p', { class: 'menu-label' }, words.text('console.bar.look')),
    choice(words.text('console.bar.look'), themes, preferences.theme, setTheme),
    account && button([icon('leave'), words.text('console.bar.sign_out')], () => void signOut(),
      { weight: 'secondary', testid: 'sign-out' }),
  ];
}
