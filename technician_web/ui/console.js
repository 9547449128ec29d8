/** @file Joins account, badge, session and screens: which screen shows, when it is drawn anew, and what its buttons do. */

import { el, fill, setAttribute, setText } from './dom.js';
import { endingTitle } from './endings.js';
import { Figures } from './figures.js';
import { LastSessions } from './last_session.js';
import { guardLeaving } from './leaving.js';
import { liveCanvas, painter } from './live_view.js';
import { asProblem } from './problems.js';
import { Seen } from './seen.js';
import { signIn } from './sign_in.js';

/** @typedef {import('../core/types.js').Painter} Painter */
/** @typedef {import('./screen.js').Account} Account */
/** @typedef {import('./screen.js').Badge} Badge */
/** @typedef {import('./screen.js').Config} Config */
/** @typedef {import('./screen.js').Context} Context */
/** @typedef {import('./screen.js').Draft} Draft */
/** @typedef {import('./screen.js').PastSession} PastSession */
/** @typedef {import('./screen.js').Preferences} Preferences */
/** @typedef {import('./screen.js').Problem} Problem */
/** @typedef {import('./screen.js').Screen} Screen */
/** @typedef {import('./screen.js').Session} Session */
/** @typedef {import('./screen.js').SessionState} SessionState */
/** @typedef {import('./words.js').Library} Library */
/** @typedef {import('./words.js').Words} Words */

/**
 * @typedef {object} Service The part of the service this page calls itself.
 * @property {string} language
 * @property {(login: string, password: string) => Promise<Account>} signIn
 * @property {(token: string) => Promise<Account>} signInLink
 * @property {() => Promise<unknown>} signOut
 * @property {() => Promise<PastSession[]>} sessions
 * @property {() => Promise<Badge>} obtainBadge
 * @property {(session: string, credential: string) => Promise<import('../core/types.js').DeviceCard>} deviceCard
 * @property {() => Promise<boolean | null>} servesConsole
 */

/**
 * @typedef {object} Work What is needed after signing in; it comes meanwhile.
 * @property {typeof import('../work.js').SCREENS} screens
 * @property {(badge: Badge, painter: Painter) => Session} openSession
 */

/**
 * @typedef {object} Parts
 * @property {HTMLElement} body
 * @property {Config} config
 * @property {Service} service
 * @property {() => Promise<Work>} fetchWork
 * @property {Library} library
 * @property {Preferences} preferences
 * @property {Storage | null} tab What this tab remembers over a reload.
 * @property {() => number} now
 * @property {() => Promise<unknown>} askServer
 * @property {import('../core/pulse.js').Pulse} pulse Whether this page gets to run.
 */

const TICK_MS = 250; // The age of the picture moves at most four times a second.
const REDEEM_QUIETLY_MS = 1000; // A code is taken or refused sooner than another screen could be read.
const BADGE_SPARE_MS = 600_000; // A badge that ends sooner is replaced before a session starts.

/** @type {Problem} */
const PART_MISSING = { slug: 'part-missing', title: '', status: 0, retryAfter: null };

/** @typedef {'sign_in' | 'code' | 'show' | 'waiting' | 'live' | 'ended'} ScreenName */

/** @type {{ [phase in SessionState['phase']]: ScreenName }} */
const SCREEN_OF = { idle: 'code', pairing: 'waiting', consent: 'waiting', active: 'live', ended: 'ended' };

/** @type {readonly SessionState['step'][]} */
const ASKED = ['redeeming', 'asking'];
/** @type {readonly SessionState['step'][]} */
const SHOW = ['asking', 'showing', 'over'];

/** @returns {Draft} */
const emptyDraft = () => ({ login: '', code: '', request: '', asks: ['view', 'keys', 'settings'] });

export class Console {
  /** @param {Parts} parts @param {Words} words */
  constructor(parts, words) {
    this.#parts = parts;
    this.#words = words;
    this.#sayLanguage = words.language;
    this.#painter = painter(this.#canvas);
    this.#last = new LastSessions(parts.tab, parts.now);
    parts.service.language = words.language;
    fill(parts.body, this.#skip, this.#header, this.#main, this.#state, this.#spoken);
    setInterval(() => this.#tick(), TICK_MS);
    // Shown again: the first thing painted is already true, whenever a timer's turn comes.
    document.addEventListener('visibilitychange', () => {
      this.#keepDraft();
      requestAnimationFrame(() => this.#tick());
    });
    window.addEventListener('pagehide', () => this.#keepDraft());
  }

  #parts;
  #last;
  #words;
  #sayLanguage;
  #painter;
  #canvas = liveCanvas();
  #skip = el('a', { class: 'skip', href: '#main' });
  #header = el('header', { class: 'header' });
  #main = el('main', { id: 'main', tabindex: -1 });
  #state = el('p', { class: 'visually-hidden', testid: 'session-state', role: 'status', 'aria-live': 'assertive', 'data-state': 'idle' });
  #spoken = el('p', { class: 'visually-hidden', 'aria-live': 'assertive' });
  /** @type {Account | null} */
  #account = null;
  /** @type {Badge | null} */
  #badge = null;
  /** @type {Work | null} */
  #work = null;
  /** @type {Promise<void> | null} */
  #entering = null;
  /** @type {Session | null} */
  #session = null;
  /** @type {Problem | null} */
  #problem = null;
  /** @type {Screen | null} */
  #screen = null;
  #shown = '';
  /** @type {Session | null} */
  #drawnFor = null;
  #askedAt = 0;
  #draft = emptyDraft();
  #seen = new Seen();
  #figures = new Figures();
  /** @type {string[]} */
  #toSay = [];
  /** @type {boolean | null} */
  #served = null;

  /** Draws the first screen; with a token from the address, signs in by it. @param {string | null} link */
  async start(link) {
    const entering = link && this.followLink(link);
    this.#show();
    void this.#parts.fetchWork().catch(() => {}); // Said where it is needed.
    await entering;
  }

  /** A demo's sign-in link, opened at start or while the page is already there. @param {string} token */
  async followLink(token) {
    if (this.#entering) await this.#entering;
    if (this.#session) return;
    await this.#enter(() => this.#parts.service.signInLink(token), 'link-over');
  }

  /** Asked until it was answered once: a server that is away now may say so later. */
  async #servesConsole() {
    this.#served ??= await this.#parts.service.servesConsole().catch(() => null);
    return this.#served;
  }

  #tick() {
    const [state, now] = [this.#session?.state ?? null, this.#parts.now()];
    if (ASKED.includes(state?.step ?? '')) this.#show();
    this.#figures.shown(state, now);
    this.#screen?.tick?.(now);
  }

  /** One at a time, whatever is drawn meanwhile. @param {() => Promise<Account>} signIn @param {string} [refused] The slug a refusal gets here. */
  #enter(signIn, refused = 'sign-in-refused') {
    this.#entering ??= this.#enterBy(signIn, refused);
    return this.#entering;
  }

  /** @param {() => Promise<Account>} signIn @param {string} refused */
  async #enterBy(signIn, refused) {
    this.#problem = null;
    try {
      this.#work = await this.#whole();
      const account = await signIn();
      this.#account = account;
      this.#last.claim(account);
      this.#draft = this.#drafted();
      await this.#renewBadge();
    } catch (error) {
      const problem = asProblem(error);
      this.#problem = problem.slug === 'sign-in-refused' ? { ...problem, slug: refused } : problem;
    }
    this.#entering = null;
    this.#show();
  }

  /** First, so that nobody is signed in to half a page: to sign them out again would end their sessions in other tabs. */
  async #whole() {
    try {
      return await this.#parts.fetchWork();
    } catch (error) {
      if (error instanceof Error) console.error(error); // What did not come the browser has said itself.
      throw PART_MISSING;
    }
  }

  async #renewBadge() {
    try {
      this.#badge = await this.#parts.service.obtainBadge();
    } catch (error) {
      this.#badge = null;
      const problem = asProblem(error);
      this.#problem = problem.slug === 'not-allowed' ? { ...problem, slug: 'no-badge' } : problem;
    }
  }

  async #signOut() {
    const session = this.#session;
    this.#session = null;
    this.#problem = null;
    // The service ends it too, but may not answer: nobody must stay connected behind the sign-in page (INV-B5).
    session?.end();
    this.#last.forget();
    await this.#parts.service.signOut().catch(asProblem);
    this.#forget();
    this.#show();
  }

  #forget() {
    this.#account = null;
    this.#badge = null;
    this.#draft = emptyDraft();
  }

  /** What was typed before a reload, if it was this technician's. @returns {Draft} */
  #drafted() {
    const last = this.#last.of(this.#account);
    return last ? { ...emptyDraft(), request: last.request, asks: [...last.asks] } : emptyDraft();
  }

  /** A page that is hidden may never be heard of again. */
  #keepDraft() {
    if (this.#account) this.#last.draft(this.#account, this.#draft);
  }

  #newRequest() {
    this.#last.forget();
    this.#draft = emptyDraft();
    this.#show(true);
  }

  async #sessions() {
    try {
      return await this.#parts.service.sessions();
    } catch (error) {
      this.#signedOutBy(asProblem(error));
      throw error;
    }
  }

  /** @param {Problem} problem */
  #signedOutBy(problem) {
    if (problem.slug !== 'not-signed-in' || !this.#account) return;
    this.#forget();
    this.#problem = problem;
    this.#show();
  }

  /** @param {string} code12 */
  #connect(code12) {
    return this.#begin((session, wishes) => session.connect(code12, wishes));
  }

  #showCode() {
    return this.#begin((session, wishes) => session.show(wishes));
  }

  /** @param {(session: Session, wishes: { request: string, asks: string[] }) => Promise<unknown>} how */
  async #begin(how) {
    this.#problem = null;
    if (!this.#badge || this.#badge.expiresAt - this.#parts.now() < BADGE_SPARE_MS) await this.#renewBadge();
    if (!this.#badge || !this.#work) {
      this.#show(true);
      return;
    }
    this.#painter.clear();
    const session = this.#work.openSession(this.#badge, this.#painter);
    this.#session = session;
    this.#seen = new Seen();
    this.#askedAt = this.#parts.now();
    session.addEventListener('change', () => { if (this.#session === session) this.#changed(session.state); });
    const { request, asks } = this.#draft;
    await how(session, { request, asks: [...asks].sort() }).catch((error) => this.#refused(asProblem(error)));
  }

  /** @param {SessionState} state */
  #changed(state) {
    this.#seen.observe(state, this.#parts.now());
    if (this.#account) this.#last.observe(state, this.#account, this.#draft);
    if (this.#figures.mayWait(state, this.#parts.now())) return; // for the next beat
    if (state.step === 'over' && !state.problem) this.#startOver(); // the technician threw the code away
    else if (state.problem && state.reason === '' && state.step !== 'over') this.#refused(state.problem);
    else this.#show();
  }

  /** The code was not taken: back to it, with the reason said there. @param {Problem} problem */
  #refused(problem) {
    this.#session = null;
    this.#problem = problem;
    if (problem.slug === 'not-signed-in') this.#signedOutBy(problem);
    else this.#show(true);
  }

  #startOver() {
    this.#session = null;
    this.#problem = null;
    this.#draft = { ...this.#draft, code: '' };
    this.#show();
  }

  /** @returns {ScreenName} */
  #which() {
    if (!this.#account) return 'sign_in';
    const { phase = /** @type {const} */ ('idle'), step = '' } = this.#session?.state ?? {};
    const isQuick = ASKED.includes(step) && this.#parts.now() - this.#askedAt < REDEEM_QUIETLY_MS;
    if (isQuick && this.#shown === 'code') return 'code';
    return SHOW.includes(step) ? 'show' : SCREEN_OF[phase];
  }

  /** Draws another screen, or keeps the one that shows up to date. @param {boolean} [anew] */
  #show(anew = false) {
    const which = this.#which();
    const state = this.#session?.state ?? null;
    this.#figures.shown(state, this.#parts.now());
    this.#sayState(state);
    // The page of a code belongs to the session that has it: a fresh one is drawn anew.
    const same = which === this.#shown && (which !== 'show' || this.#session === this.#drawnFor);
    if (same && !anew && which !== 'sign_in') {
      if (state) this.#screen?.update?.(state);
      return;
    }
    const first = this.#shown === '';
    this.#shown = which;
    this.#drawnFor = this.#session;
    this.#draw(which, state);
    // A first visit starts at the top of the page, where a reader expects it.
    if (!first || which !== 'sign_in') this.#screen?.heading.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }

  /** @param {ScreenName} which @param {SessionState | null} state */
  #draw(which, state) {
    this.#screen?.close?.();
    const context = this.#context();
    const screen = this.#screenOf(which, context, state);
    this.#screen = screen;
    fill(this.#header, screen.bar);
    fill(this.#main, screen.root);
    setAttribute(this.#parts.body, 'data-screen', which);
    setText(this.#skip, this.#words.text('console.skip'));
    document.title = `${screen.title} · ${this.#words.text('console.product')}`;
    document.documentElement.lang = this.#words.language;
  }

  /** @param {ScreenName} which @param {Context} context @param {SessionState | null} state @returns {Screen} */
  #screenOf(which, context, state) {
    if (which === 'sign_in' || !this.#work) return signIn(context);
    const { screens } = this.#work;
    return which === 'ended' && state ? screens.ended(context, state) : screens[which === 'ended' ? 'code' : which](context);
  }

  /** @param {SessionState | null} state */
  #sayState(state) {
    const phase = state?.phase ?? 'idle';
    guardLeaving(state);
    setAttribute(this.#state, 'data-state', phase);
    setText(this.#state, state?.phase === 'ended' ? endingTitle(this.#words, state.reason, state.switchedOff) : this.#words.text(`console.state.${phase}`));
  }

  /** @param {string} language */
  async #setLanguage(language) {
    this.#words = await this.#parts.library.words(language);
    this.#parts.preferences.language = language;
    this.#parts.service.language = language;
    this.#show(true);
  }

  /** What is told in one look is said together: the last alone would hide what came before. @param {string} text */
  #announce(text) {
    if (this.#toSay.push(text) > 1) return;
    queueMicrotask(() => setText(this.#spoken, this.#toSay.splice(0).join('. ')));
  }

  /** @returns {Context} */
  #context() {
    const { config, preferences, library, service, now, askServer, pulse } = this.#parts;
    return {
      words: this.#words, wordsIn: (language) => library.words(language), preferences, config,
      account: this.#account, badge: this.#badge, draft: this.#draft, problem: this.#problem, session: this.#session,
      lastSession: this.#last.of(this.#account), isSessionKept: this.#last.isKept, entering: this.#entering,
      canvas: this.#canvas, sayLanguage: () => this.#sayLanguage, webCodecs: 'VideoDecoder' in window, seenMs: this.#seen.total, now, askServer, pulse,
      announce: (text) => this.#announce(text),
      setLanguage: (language) => this.#setLanguage(language),
      setSayLanguage: (language) => { this.#sayLanguage = language; },
      setTheme: (theme) => {
        preferences.theme = theme;
        applyTheme(theme);
      },
      signIn: (login, password) => this.#enter(() => service.signIn(login, password)),
      signOut: () => this.#signOut(),
      sessions: () => this.#sessions(),
      deviceCard: (session, credential) => service.deviceCard(session, credential),
      servesConsole: () => this.#servesConsole(),
      connect: (code12) => this.#connect(code12),
      showCode: () => this.#showCode(),
      startOver: () => this.#startOver(),
      newRequest: () => this.#newRequest(),
    };
  }
}

/** @param {import('./preferences.js').Theme} theme */
export function applyTheme(theme) {
  setAttribute(document.documentElement, 'data-theme', theme === 'system' ? null : theme);
}
