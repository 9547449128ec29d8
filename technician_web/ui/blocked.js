/** @file The one page shown where the console cannot work: it names the fix and, where it can, links to it. */

import { button } from './controls.js';
import { el, fill } from './dom.js';
import { icon, mark } from './icons.js';

/** @typedef {import('./words.js').Words} Words */
/** @typedef {'insecure' | 'old' | 'unreachable'} Block */

const ICONS = /** @type {const} */ ({ insecure: 'lock', old: 'warning', unreachable: 'cloud_off' });

/** Where the same page would work: this computer by its own name, any other over TLS. @param {Location} at */
export function safeAddress(at) {
  const isLoopback = /^(127\.\d+\.\d+\.\d+|\[::1\])$/.test(at.hostname);
  return isLoopback ? `http://localhost${at.port ? `:${at.port}` : ''}/` : `https://${at.hostname}/`;
}

/** @param {HTMLElement} body @param {Words} words @param {Block} block */
export function blocked(body, words, block) {
  const address = safeAddress(window.location);
  const heading = el('h1', { tabindex: -1 }, words.text(`console.blocked.${block}.title`));
  const action = block === 'insecure'
    ? el('a', { class: 'button primary large', href: address }, words.text('console.blocked.open', { address }))
    : button(words.text('console.try_again'), () => window.location.reload(), { weight: 'primary', large: true });
  fill(body,
    el('header', { class: 'header' }, el('div', { class: 'bar' }, el('span', { class: 'product' }, mark(), words.text('console.product')))),
    el('main', { id: 'main' }, el('div', { class: 'narrow' }, icon(ICONS[block], 'ending-icon'), heading,
      el('p', { class: 'lead' }, words.text(`console.blocked.${block}.next`, { address })),
      el('div', { class: 'actions' }, action))));
  document.documentElement.lang = words.language;
  document.title = words.text(`console.blocked.${block}.title`);
}
