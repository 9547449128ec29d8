/** @file Sign in with a name and a password. What was typed stays; a refusal never says which of the two was wrong. */

import { button, notice, whileBusy } from './controls.js';
import { el, fill, setAttribute } from './dom.js';
import { icon } from './icons.js';
import { problemNotice } from './problems.js';
import { topBar } from './top_bar.js';

/** @typedef {import('./screen.js').Context} Context */
/** @typedef {import('./screen.js').Screen} Screen */
/** @typedef {import('./words.js').Words} Words */

/** @param {Context} context @returns {Screen} */
export function signIn(context) {
  const { words, draft, problem } = context;
  const heading = el('h1', { tabindex: -1 }, words.text('console.sign_in.title'));
  const login = field(words, 'login', { autocomplete: 'username', type: 'text', autocapitalize: 'off', spellcheck: 'false' });
  login.input.value = draft.login;
  login.input.addEventListener('input', () => { draft.login = login.input.value; });
  const password = field(words, 'password', { autocomplete: 'current-password', type: 'password' });
  const send = button(words.text('console.sign_in.send'), () => {}, { weight: 'primary', testid: 'sign-in', type: 'submit', large: true });
  const answer = el('div', { class: 'answer' });
  if (problem) fill(answer, problemNotice(words, problem));
  else if (context.isSessionKept) fill(answer, notice('note', words.text('console.last.kept'), words.text('console.last.sign_in')));
  const form = el('form', { class: 'card', novalidate: true, on: {
    submit: (/** @type {Event} */ event) => {
      event.preventDefault();
      const missing = [login, password].filter((one) => !one.check());
      if (missing.length) missing[0]?.input.focus();
      else void whileBusy(send, () => context.signIn(login.input.value.trim(), password.input.value));
    },
  } }, answer, login.root, password.root, el('div', { class: 'actions' }, send));
  const root = el('div', { class: 'narrow' }, heading, el('p', { class: 'lead' }, words.text('console.sign_in.lead')), form,
    context.config.demo && el('p', { class: 'promise' }, icon('info'), words.text('console.sign_in.demo')));
  const { entering } = context;
  if (entering) void whileBusy(send, () => entering);
  // After a refusal the password alone is missing.
  const start = problem && draft.login ? password.input : heading;
  return { bar: topBar(context), root, heading: start, title: words.text('console.sign_in.title') };
}

/** @param {Words} words @param {'login' | 'password'} name @param {{ [name: string]: string }} attributes */
function field(words, name, attributes) {
  const error = el('div', { class: 'field-error', id: `${name}-error`, role: 'alert' });
  const input = el('input', { id: name, name, required: true, testid: `sign-in-${name}`, 'aria-describedby': `${name}-error`, ...attributes });
  const root = el('div', { class: 'field' }, el('label', { for: name }, words.text(`console.sign_in.${name}`)), error, input);
  const check = () => {
    const missing = input.value.trim() === '';
    setAttribute(input, 'aria-invalid', missing ? 'true' : null);
    fill(error, missing && el('p', {}, icon('warning'), words.text(`console.sign_in.${name}.missing`)));
    return !missing;
  };
  return { root, input, check };
}
