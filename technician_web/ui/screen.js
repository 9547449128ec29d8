/** @file What a screen is and what it is given. Types only. */

/** @typedef {import('../core/types.js').Account} Account */
/** @typedef {import('../core/types.js').Badge} Badge */
/** @typedef {import('../core/types.js').PastSession} PastSession */
/** @typedef {import('../core/types.js').Problem} Problem */
/** @typedef {import('../core/types.js').SessionState} SessionState */
/** @typedef {import('../core/types.js').KeyResult} KeyResult */
/** @typedef {import('./words.js').Words} Words */
/** @typedef {import('./preferences.js').Preferences} Preferences */
/** @typedef {import('./preferences.js').Theme} Theme */

/**
 * What the technician has typed; it outlives errors, a change of language and the session itself.
 * @typedef {object} Draft
 * @property {string} login
 * @property {string} code
 * @property {string} request
 * @property {string[]} asks
 */

/**
 * @typedef {object} Config What the console's own origin says about where it stands.
 * @property {string} service
 * @property {boolean} demo
 * @property {string | null} tv
 * @property {string | null} root The organisation's root key, to check by which unit a device is (seal SPEC §9).
 * @property {string} [direct] How far this console goes for a data channel: off, turn, public or all.
 * @property {string} [stun] The operator's STUN server, or ''.
 * @property {string} [turn] The operator's TURN server, or ''.
 * @property {string} release What it serves, as a hash over all of it (docs/console-release.md).
 */

/**
 * The part of a remote session the page uses.
 * @typedef {object} Session
 * @property {SessionState} state
 * @property {string} [credential] What the device showed of its maker's word on which unit it is; '' where it showed none.
 * @property {(type: 'change', listener: () => void) => void} addEventListener
 * @property {(type: 'change', listener: () => void) => void} removeEventListener
 * @property {(code12: string, wishes: { request: string, asks: string[] }) => Promise<unknown>} connect
 * @property {(wishes: { request: string, asks: string[] }) => Promise<unknown>} show
 * @property {(key: string) => Promise<KeyResult>} press
 * @property {(grants: readonly string[]) => Promise<KeyResult>} ask
 * @property {Commanding} commands
 * @property {(on: boolean) => void} hear
 * @property {() => void} end
 */

/**
 * What else can be done on the device besides pressing keys.
 * @typedef {object} Commanding
 * @property {(steps: readonly import('../core/types.js').PointerStep[]) => Promise<KeyResult>} pointer
 * @property {(text: string) => Promise<KeyResult>} type
 * @property {(path: string, value: string) => Promise<KeyResult>} set
 * @property {(x: number, y: number) => Promise<KeyResult>} point
 * @property {() => Promise<import('../core/types.js').StillResult>} still
 */

/**
 * Everything a screen may use. A screen never reaches the network or the session by another way.
 * @typedef {object} Context
 * @property {Words} words
 * @property {(language: string) => Promise<Words>} wordsIn For sentences in the customer's language.
 * @property {Preferences} preferences
 * @property {Config} config
 * @property {Account | null} account
 * @property {Badge | null} badge
 * @property {Draft} draft
 * @property {Problem | null} problem What kept the last step from happening.
 * @property {Session | null} session
 * @property {import('./last_session.js').LastSession | null} lastSession
 * @property {boolean} isSessionKept Whether this tab holds a last session, whosever it is.
 * @property {Promise<void> | null} entering While somebody is being signed in.
 * @property {HTMLCanvasElement} canvas
 * @property {() => string} sayLanguage
 * @property {boolean} webCodecs
 * @property {number} seenMs How long the screen could be seen, once the session has ended.
 * @property {() => number} now
 * @property {() => Promise<unknown>} askServer Fails where the service gives no answer at all.
 * @property {import('../core/pulse.js').Pulse} pulse
 * @property {(text: string) => void} announce
 * @property {(language: string) => Promise<void>} setLanguage
 * @property {(language: string) => void} setSayLanguage
 * @property {(theme: Theme) => void} setTheme
 * @property {(login: string, password: string) => Promise<void>} signIn
 * @property {() => Promise<void>} signOut
 * @property {() => Promise<PastSession[]>} sessions
 * @property {(session: string, credential: string) => Promise<import('../core/types.js').DeviceCard>} deviceCard
 * @property {() => Promise<boolean | null>} servesConsole Whether the service's operator serves this page; null when unknown.
 * @property {(code12: string) => Promise<void>} connect
 * @property {() => Promise<void>} showCode
 * @property {() => void} startOver
 * @property {() => void} newRequest Forgets the last session and what was typed for it.
 */

/**
 * One screen, drawn once and then kept up to date.
 * @typedef {object} Screen
 * @property {HTMLElement} bar
 * @property {HTMLElement} root
 * @property {HTMLElement} heading The heading, or the one field the screen is for. Takes the focus when the screen appears.
 * @property {string} title
 * @property {(state: SessionState) => void} [update]
 * @property {(now: number) => void} [tick]
 * @property {() => void} [close]
 */

export {};
