/** @file Starts the console: reads where it stands, chooses the language, and joins the page to the service. */

import { Pulse } from './core/pulse.js';
import { canSeal } from './io/abilities.js';
import { Api } from './io/api.js';
import { askServer } from './io/ask_server.js';
import { blocked } from './ui/blocked.js';
import { applyTheme, Console } from './ui/console.js';
import { tabStorage } from './ui/last_session.js';
import { fetched, once, within } from './ui/later.js';
import { browserStorage, Preferences } from './ui/preferences.js';
import { FALLBACK, Library } from './ui/words.js';

const LINK = '#sign-in=';
const WORK_MS = 60_000; // The rest of the page at 8 kbit/s.

/** Takes the token out of the address before anything else can see, store or send it. */
function takeLink() {
  const { hash, pathname, search } = window.location;
  if (!hash.startsWith(LINK)) return null;
  window.history.replaceState(null, '', pathname + search);
  try {
    return decodeURIComponent(hash.slice(LINK.length));
  } catch {
    return hash.slice(LINK.length); // Cut short on its way here: no token, and the service says so in words.
  }
}

/** @returns {Promise<import('./ui/screen.js').Config | null>} */
async function readConfig() {
  try {
    const answer = await fetch('/config.json');
    return answer.ok ? await answer.json() : null;
  } catch {
    return null; // Not reachable: said in words by the caller.
  }
}

async function start() {
  let link = takeLink();
  /** @type {Console | null} */
  let page = null;
  window.addEventListener('hashchange', () => {
    const token = takeLink();
    if (token && page) void page.followLink(token);
    else link = token ?? link;
  });
  const preferences = new Preferences(browserStorage(), navigator.languages);
  applyTheme(preferences.theme);
  const library = new Library((url) => fetch(url));
  const reading = readConfig(); // beside the texts: neither waits for the other
  const words = await library.words(preferences.language).catch(() => library.words(FALLBACK));
  if (!window.isSecureContext || !crypto.subtle) {
    blocked(document.body, words, 'insecure');
    return;
  }
  if (!(await canSeal(crypto.subtle))) {
    blocked(document.body, words, 'old');
    return;
  }
  const config = await reading;
  if (!config) {
    blocked(document.body, words, 'unreachable');
    return;
  }
  const api = new Api(config.service, undefined, config.release);
  const pulse = new Pulse();
  const fetchWork = once(() => within(WORK_MS, async () => {
    const { SCREENS, sessionsBy } = await fetched('/work.js', () => import('./work.js'));
    return { screens: SCREENS, openSession: sessionsBy(config, api, pulse) };
  }));
  page = new Console({
    body: document.body, config, service: api, library, preferences, tab: tabStorage(), now: Date.now, pulse, askServer: () => askServer(config.service), fetchWork,
  }, words);
  await page.start(link);
}

void start();
