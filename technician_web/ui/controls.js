/** @file Buttons, chips, notices and the small things that every screen is made of. */

import { el, fill, setAttribute } from './dom.js';
import { icon } from './icons.js';

/** @typedef {import('./dom.js').Child} Child */
/** @typedef {import('./icons.js').IconName} IconName */
/** @typedef {'primary' | 'secondary' | 'quiet' | 'danger'} Weight */

const BUSY_AFTER_MS = 300;

/**
 * @param {Child | Child[]} label @param {() => void} press
 * @param {{ weight?: Weight, testid?: string, type?: 'button' | 'submit', large?: boolean, name?: string }} [options]
 */
export function button(label, press, { weight = 'secondary', testid, type = 'button', large = false, name } = {}) {
  return el('button', {
    type, class: `button ${weight}${large ? ' large' : ''}`, testid, 'aria-label': name, on: { click: press },
  }, ...[label].flat());
}

/**
 * Keeps its label and width while it waits, ignores a second press, and turns a wheel only after a moment.
 * @param {HTMLButtonElement} node @param {() => Promise<void>} work
 */
export async function whileBusy(node, work) {
  if (node.getAttribute('aria-disabled') === 'true') return;
  setAttribute(node, 'aria-disabled', 'true');
  const wheel = setTimeout(() => node.classList.add('busy'), BUSY_AFTER_MS);
  try {
    await work();
  } finally {
    clearTimeout(wheel);
    node.classList.remove('busy');
    setAttribute(node, 'aria-disabled', null);
  }
}

/**
 * @typedef {'ok' | 'warn' | 'bad' | 'accent' | 'live' | 'neutral' | 'absent'} ChipKind
 * @param {ChipKind} kind @param {Node} sign @param {Child} word @param {{ [name: string]: string }} [attributes]
 */
export function chip(kind, sign, word, attributes = {}) {
  return el('span', { class: `chip ${kind}`, ...attributes }, sign, el('span', {}, word));
}

/**
 * What went wrong, what it means and what to do; `bad` is read aloud at once.
 * @param {'bad' | 'warn' | 'note'} kind @param {string} title @param {Child[]} rest
 */
export function notice(kind, title, ...rest) {
  const sign = icon(kind === 'note' ? 'info' : kind === 'warn' ? 'clock' : 'warning');
  return el('div', { class: `notice ${kind}`, role: kind === 'bad' ? 'alert' : 'status' },
    sign, el('div', {}, el('p', {}, el('strong', {}, title), ...(rest.length ? [' ', ...rest] : []))));
}

/** @param {string} title @param {...Child} body */
export function card(title, ...body) {
  return el('section', { class: 'card' }, el('h2', {}, title), ...body);
}

/** Numbered things to do or to say. @param {(Child | Child[])[]} lines */
export function steps(lines) {
  return el('ol', { class: 'steps' }, ...lines.map((line) => el('li', {}, el('span', {}, ...[line].flat()))));
}

/** Names and values. @param {[string, Child][]} rows */
export function facts(rows) {
  return el('dl', { class: 'facts' }, ...rows.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value))));
}

/**
 * One choice out of a few, all visible.
 * @template {string} T
 * @param {string} name @param {readonly { value: T, label: string, lang?: string, testid?: string }[]} options @param {T} chosen @param {(value: T) => void} choose
 */
export function choice(name, options, chosen, choose) {
  const group = el('div', { class: 'choice', role: 'group', 'aria-label': name });
  /** @param {T} value */
  const draw = (value) => fill(group, ...options.map((option) => el('button', {
    type: 'button', 'aria-pressed': String(option.value === value), lang: option.lang, testid: option.testid,
    on: { click: () => { draw(option.value); focusChosen(group); choose(option.value); } },
  }, option.label)));
  draw(chosen);
  return group;
}

/** @param {HTMLElement} group */
function focusChosen(group) {
  /** @type {HTMLElement | null} */ (group.querySelector('[aria-pressed="true"]'))?.focus();
}

/** Initials in a disc, for a person. @param {string} name */
export function initials(name) {
  const letters = name.split(/\s+/).filter(Boolean).map((part) => [...part][0] ?? '');
  return el('span', { class: 'initials', 'aria-hidden': 'true' }, [letters[0], letters.length > 1 ? letters.at(-1) : ''].join(''));
}
