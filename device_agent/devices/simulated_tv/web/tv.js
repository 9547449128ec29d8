/** The page: draws what the set shows, says what it says, and passes the remote's keys on. */

import { Line } from './line.js';
import { connectButtons, connectKeyboard } from './remote.js';

/** @typedef {import('./line.js').Told} Told */

/** @template {Element} T @param {string} selector @param {new () => T} kind @returns {T} */
function one(selector, kind) {
  const found = document.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`the page lacks ${selector}`);
  return found;
}

const screen = one('[data-testid="tv-screen"]', HTMLCanvasElement);
const state = one('[data-testid="tv-state"]', HTMLElement);
const code = one('[data-testid="tv-pin"]', HTMLElement);
const consent = one('[data-testid="tv-consent"]', HTMLElement);
const why = one('[data-testid="tv-why"]', HTMLElement);
const lost = one('#lost', HTMLElement);
const remote = one('.remote', HTMLElement);
const link = one('#console', HTMLAnchorElement);
const stands = one('[data-testid="tv-shows"]', HTMLSelectElement);
const pen = screen.getContext('2d', { alpha: false });

const HALVED_BELOW_PX = 700;

/** @type {Record<string, string>} */
let texts = {};
let language = '';

/** Changed texts only: a live region speaks when it is written to. @param {Element} element @param {string} text */
function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {string} wanted */
async function speak(wanted) {
  if (wanted === language) return;
  language = wanted;
  const answer = await fetch(`/texts/${wanted}.json`);
  texts = await answer.json();
  document.documentElement.lang = wanted;
  for (const element of document.querySelectorAll('[data-text]')) say(element, texts[element.getAttribute('data-text') ?? ''] ?? '');
  for (const element of document.querySelectorAll('[data-label]')) {
    const label = texts[element.getAttribute('data-label') ?? ''] ?? '';
    element.setAttribute('aria-label', label);
    if (element instanceof HTMLButtonElement) element.title = label;
  }
}

/** @param {Told} what */
async function told(what) {
  await speak(what.language);
  lost.hidden = true;
  say(one('#name', HTMLElement), what.name);
  document.title = `${what.name} · Alongside`;
  screen.setAttribute('aria-label', (texts['page.screen'] ?? '').replace('{name}', what.name));
  state.dataset['state'] = what.state;
  say(state, what.state_text);
  say(code, what.code);
  say(consent, what.consent);
  why.dataset['reason'] = what.why_word;
  say(why, what.why);
  say(one('#code-aloud', HTMLElement), what.code_aloud);
  say(one('#connected', HTMLElement), what.connected);
  say(one('#focus', HTMLElement), what.focus);
  link.hidden = what.console === '';
  if (what.console) link.href = what.console;
}

/** The program behind the set is gone: nothing the page showed is true any more. */
function gone() {
  lost.hidden = false;
  state.dataset['state'] = 'off';
  why.dataset['reason'] = '';
  say(state, texts['page.lost.title'] ?? '');
  for (const element of [code, consent, why, one('#code-aloud', HTMLElement), one('#connected', HTMLElement), one('#focus', HTMLElement)]) say(element, '');
  pen?.clearRect(0, 0, screen.width, screen.height);
}

/** What is told is told in order, also when a language has to be fetched first. */
let telling = Promise.resolve();

/** On a small page the picture is halved well here, rather than badly by the browser. @param {ImageBitmap} image */
function draw(image) {
  const width = screen.clientWidth * devicePixelRatio < HALVED_BELOW_PX ? 960 : 1920;
  if (screen.width !== width) Object.assign(screen, { width, height: width * 9 / 16 });
  if (!pen) return;
  pen.imageSmoothingQuality = 'high';
  pen.drawImage(image, 0, 0, screen.width, screen.height);
}

const line = new Line({
  picture: draw,
  told: (what) => { telling = telling.then(() => told(what)); },
  lost: () => { telling = telling.then(gone); },
});

connectButtons(remote, (key) => line.press(key));
connectKeyboard(remote, (key) => line.press(key));
stands.addEventListener('change', () => line.standFor(stands.value));
await speak('en');
line.open();
