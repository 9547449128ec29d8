/** @file Panels that are cards side by side on a wide page and tabs on a narrow one. */

import { el, setAttribute } from './dom.js';
import { icon } from './icons.js';

/**
 * @typedef {object} Tab
 * @property {string} id
 * @property {string} label
 * @property {import('./icons.js').IconName} sign
 * @property {HTMLElement} root
 * @property {boolean} [phoneOnly] A tab on a phone; on anything wider its panel always shows.
 */

export const NARROW = '(max-width: 73.74rem)'; // under 1180 px
const PHONE = '(max-width: 43.74rem)'; // under 700 px

/** @param {string} name @param {Tab[]} tabs */
export function tabs(name, tabs) {
  const [narrow, phone] = [window.matchMedia(NARROW), window.matchMedia(PHONE)];
  const buttons = new Map(tabs.map((tab) => [tab.id, el('button', {
    type: 'button', role: 'tab', id: `tab-${tab.id}`, 'aria-controls': `panel-${tab.id}`, testid: `tab-${tab.id}`,
    on: { click: () => choose(tab.id) },
  }, icon(tab.sign), el('span', {}, tab.label))]));
  const root = el('div', { class: 'tabs', role: 'tablist', 'aria-label': name,
    on: { keydown: (/** @type {KeyboardEvent} */ event) => arrow(event) } }, ...buttons.values());
  let wanted = '';

  const offered = () => tabs.filter((tab) => narrow.matches && (phone.matches || !tab.phoneOnly));
  const chosen = () => offered().find((tab) => tab.id === wanted) ?? offered()[0];

  /** @param {string} id */
  const choose = (id) => {
    wanted = id;
    draw();
  };

  /** @param {KeyboardEvent} event */
  const arrow = (event) => {
    const all = offered();
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key] ?? 0;
    const next = all[(all.findIndex((tab) => tab === chosen()) + step + all.length) % all.length];
    if (!step || !next) return;
    event.stopPropagation();
    event.preventDefault();
    choose(next.id);
    buttons.get(next.id)?.focus();
  };

  const draw = () => {
    const [all, one] = [offered(), chosen()];
    root.hidden = all.length === 0;
    for (const tab of tabs) {
      const isTab = all.includes(tab);
      const button = /** @type {HTMLElement} */ (buttons.get(tab.id));
      button.hidden = !isTab;
      setAttribute(button, 'aria-selected', String(tab === one));
      setAttribute(button, 'tabindex', tab === one ? '0' : '-1');
      tab.root.id = `panel-${tab.id}`;
      setAttribute(tab.root, 'role', isTab ? 'tabpanel' : null);
      setAttribute(tab.root, 'aria-labelledby', isTab ? `tab-${tab.id}` : null);
      tab.root.hidden = isTab && tab !== one;
    }
  };

  for (const width of [narrow, phone]) width.addEventListener('change', draw);
  draw();
  return { root, close: () => [narrow, phone].forEach((width) => width.removeEventListener('change', draw)) };
}
