/**
 * @file The shapes the console's modules hand to each other. Types only: nothing here runs.
 */

/** @typedef {Uint8Array<ArrayBuffer>} Bytes WebCrypto takes no shared memory, so no other buffer is allowed. */

/** @typedef {string | number | boolean | Json[] | { [key: string]: Json }} Json What canonical JSON can hold (SPEC §2). */
/** @typedef {{ [key: string]: Json }} JsonObject */

/** @typedef {'idle' | 'pairing' | 'consent' | 'active' | 'ended'} Phase */
/** @typedef {'' | 'redeeming' | 'asking' | 'showing' | 'over' | 'sealing' | 'badge' | 'deciding'} Step */
/** @typedef {typeof import('./closed_sets.js').PICTURE_WORDS[number]} Told What a device says of its picture (seal SPEC §4.2). */
/** @typedef {'waiting' | Told} PictureState */
/** @typedef {'device' | 'console'} ShownBy Which end shows the code; the other end's person types it (SPEC §3). */
/** @typedef {'done' | 'started' | 'refused' | 'late' | 'failed'} Outcome */
/** @typedef {'h264_444' | 'h264' | 'av1' | 'jpeg'} Codec */
/** @typedef {'customer_stopped' | 'customer_reported' | 'technician_left' | 'device_powered_off' | 'device_lost'
 *   | 'technician_lost' | 'relay_lost' | 'consent_refused' | 'consent_timeout' | 'pairing_failed' | 'badge_refused'
 *   | 'integrity_failed' | 'idle' | 'time_limit' | 'revoked' | 'audit_unavailable' | 'draining'} EndReason SPEC §7. */

/**
 * One setting as the device tells of it (seal SPEC §4.1); `options` with a choice, `low`, `high` and `step` with a number, `longest` with a text.
 * @typedef {{ path: string, value: string } & ({ kind: 'choice', options: string[] } | { kind: 'number', low: number, high: number, step: number }
 *   | { kind: 'switch' } | { kind: 'text', longest: number })} SettingItem
 */
/** @typedef {{ b: number, d: boolean, x: number, y: number }} PointerStep What the pointer does: button or notch, and where (seal SPEC §4.1). */

/**
 * What a person is told when something was refused before a session existed. The slugs of the service, and of this
 * console: `code-mistyped`, `code-used-here`, `code-memory-away` (this browser cannot remember used codes, so none is run),
 * `code-expired`, `code-replaced` and `code-lost` (the code it showed is over), `no-connection`.
 * @typedef {object} Problem
 * @property {string} slug
 * @property {string} title In the caller's language where the service said it, else ''.
 * @property {number} status HTTP status, 0 where no answer came.
 * @property {number | null} retryAfter Seconds.
 */

/**
 * @typedef {object} StepTimes Browser's clock, ms; 0 = not yet.
 * @property {number} accepted The code was redeemed.
 * @property {number} sealed Keys agreed, the device's tag verified.
 * @property {number} badge The device accepted the badge: its signed `paired` record is verified.
 * @property {number} active The customer said yes.
 * @property {number} ended
 */

/**
 * Which unit a device is, by the maker's word. `unknown`: not asked yet; `none`: the device shows no credential; `unchecked`:
 * it could not be judged; `false`: it shows one that does not hold.
 * @typedef {object} Enrolment
 * @property {'unknown' | 'none' | 'unchecked' | 'confirmed' | 'false'} state
 * @property {string} unit
 * @property {string} model
 */

/**
 * What the desk knows of the product before the technician; days are ISO 8601, `registered_at` ms.
 * @typedef {object} DeviceCard
 * @property {boolean} known
 * @property {{ code: string, name: string } | null} model
 * @property {string | null} manufactured_on
 * @property {number | null} registered_at
 * @property {{ called: string, language: string } | null} owner
 * @property {readonly { right: string, basis: string, standing: string, starts_on: string, ends_on: string }[]} covers
 */

/**
 * Everything the page shows of one session. A frozen value: each change makes a new one.
 * @typedef {object} SessionState
 * @property {Phase} phase
 * @property {Step} step
 * @property {StepTimes} times
 * @property {number} deadline When the code shown here, pairing or consent runs out, ms; 0 = nothing runs out.
 * @property {string} code Twelve digits while this console shows them, '' at any other time.
 * @property {string} session The session's id, '' before redemption.
 * @property {string} deviceName Model name for people; '' until the device's signature is verified.
 * @property {string} deviceFw
 * @property {number} fails Runs against this device that did not pair, since the last that did.
 * @property {Enrolment} enrolment What this console could find out of the unit, once the device has proven its key.
 * @property {readonly string[]} asks
 * @property {readonly string[]} grants
 * @property {readonly string[]} caps What the device says it can do (SPEC §10), once it has proven its key.
 * @property {readonly string[]} asking What the customer is being asked for besides; [] where nothing is.
 * @property {readonly SettingItem[] | null} settings What may be changed; null until the device has told.
 * @property {number | null} field How many characters the open text field on the device takes more, 0: none is open, null: the device does not say.
 * @property {number | null} actedMs How long the newest command took until the device's record of it was here.
 * @property {number} until When the grants run out, ms; 0 = none given.
 * @property {PictureState} picture
 * @property {boolean} stale No ping for 3 s: the picture is dimmed and keys are off (seal SPEC §5).
 * @property {boolean} beside It is there all the same: it answers beside the socket, which is held up.
 * @property {number} currentAt Browser's clock: up to when the picture is known current; 0 = never.
 * @property {number | null} rtt Newest round trip as the device measured it, ms.
 * @property {number} fps Pictures drawn in the last second.
 * @property {number} masked Regions of the picture that the device covered.
 * @property {number} behindAt Since when a picture that came waits to be drawn, browser's clock; 0: none does.
 * @property {number} waitingAt Since when a first picture is waited for without a word of it, browser's clock; 0: none is.
 * @property {number} stalledAt When the device last said that it cannot read or encode its screen, browser's clock; 0: never.
 * @property {number | null} glass From the TV's screen to this one, ms, of the newest picture drawn in the last seconds.
 * @property {number} bitRate Bits of picture that came in the last second.
 * @property {'' | Codec} codec
 * @property {'ws' | 'dc'} carrier What carries pictures and sound: the relay, or a data channel between the ends.
 * @property {boolean} hearing Whether the TV's sound is switched on here.
 * @property {number} keysPressed Keys the device's signed records say were done.
 * @property {boolean} switchedOff Whether they say that the technician's own Power key was done: the device goes off with it.
 * @property {readonly { path: string, at: number }[]} changes Settings those records name, in order, and when each was read, ms.
 * @property {'' | EndReason} reason
 * @property {string} cause Why the device refused the badge, as its signed record names it; else ''.
 * @property {'' | 'idle' | 'time' | 'last'} warning `time`: the customer is asked whether to go on; `last`: it cannot go on.
 * @property {Problem | null} problem
 */

/**
 * The technician's badge and the key it names. The key never leaves WebCrypto.
 * @typedef {object} Badge
 * @property {string} jws
 * @property {string} hash b64(SHA-256(jws))
 * @property {string} kid The issuer's key id.
 * @property {string} name
 * @property {string} org
 * @property {readonly string[]} scopes
 * @property {number} expiresAt Ms.
 * @property {(message: Bytes) => Promise<Bytes>} sign
 */

/**
 * One strip of one picture, as seal SPEC §3 lays it out.
 * @typedef {object} PictureHead
 * @property {number} pic
 * @property {number} codec As `CODEC` of core/picture.js.
 * @property {boolean} key
 * @property {number} width
 * @property {number} height
 * @property {number} x
 * @property {number} y
 * @property {number} columns
 * @property {number} rows
 * @property {number} at Capture time, device's clock, ms.
 * @property {boolean} [still] There and true for a part of a still, which is not drawn (seal SPEC §4.3).
 */

/** @typedef {{ width: number, height: number, x: number, y: number, columns: number, rows: number, at: number, pic: number }} Placement */

/**
 * Draws pictures; given by the page. `draw` must copy what it needs before it returns: the source is closed after.
 * @typedef {object} Painter
 * @property {(source: VideoFrame | ImageBitmap, placement: Placement) => void} draw
 * @property {() => void} clear
 */

/**
 * Remembers for 24 h which codes this browser has used (seal SPEC §1 step 1).
 * @typedef {object} UsedCodeStore
 * @property {(code: string) => Promise<boolean>} has
 * @property {(code: string) => Promise<boolean>} take False if the code was already there: exactly one caller, over all tabs, gets true.
 */

/**
 * @typedef {object} Redemption What `POST /v1/sessions` answers.
 * @property {string} session
 * @property {string} ticket
 * @property {string} node
 * @property {string} rs b64
 * @property {string} hello b64
 */

/**
 * @typedef {object} IssuedCode What `POST /v1/codes` answers.
 * @property {string} session
 * @property {string} locator
 * @property {number} ttl seconds
 * @property {string} ticket
 * @property {string} node
 */

/**
 * @typedef {object} Account
 * @property {string} name
 * @property {string} org
 * @property {string} role
 * @property {string} language
 */

/**
 * @typedef {object} PastSession
 * @property {string} session
 * @property {string} device
 * @property {number} started_at
 * @property {number} ended_at 0 while it lives.
 * @property {string} reason
 */

/** @typedef {{ outcome: Outcome, path: string, cause: string, pc?: string }} KeyResult What became of a command; `cause`: why the device refused it, or ''; `pc`: a hash its record names. */

/**
 * A still on request. `exact`: its file is the one of the device's signed record; every other word says why there is none.
 * @typedef {{ outcome: 'exact', file: Bytes, type: 'image/webp' | 'image/png', width: number, height: number, at: number, sha256: string }
 *   | { outcome: 'mismatch' | 'incomplete' | 'ended' } | { outcome: Exclude<Outcome, 'done' | 'started'>, cause: string }} StillResult
 */

/**
 * Time as the session sees it; tests put their own in.
 * @typedef {object} Timing
 * @property {() => number} now Ms since the epoch.
 * @property {(after_ms: number, call: () => void) => () => void} after Gives the way to call it off.
 */

/**
 * What turns sealed pictures into drawn ones.
 * @typedef {object} PictureSink
 * @property {(codec: Codec) => void} expect The first picture will be in it: a browser takes a while to make a decoder.
 * @property {(head: PictureHead, data: Bytes) => void} feed
 * @property {(pic: number) => void} pass One that is not drawn; told of as `passed` in its turn.
 * @property {() => void} lost A picture is missing: only a key frame helps.
 * @property {() => void} close
 */

/**
 * @typedef {object} PictureEvents
 * @property {(pic: number, at: number, codec: Codec) => void} drawn
 * @property {(pic: number) => void} passed All before it is drawn.
 * @property {() => void} needsKeyFrame
 * @property {(codec: Codec) => void} cannotFollow The decoder is too late with these.
 * @property {() => void} waits One is ready and waits for the words of a page that hardly runs.
 */

/**
 * What plays sound.
 * @typedef {object} SoundSink
 * @property {(head: import('./sound.js').SoundHead, data: Bytes) => void} feed
 * @property {() => void} close
 */

/**
 * The one open connection to the relay, whatever carries it.
 * @typedef {object} Channel
 * @property {(data: string | Bytes) => void} send
 * @property {(code?: number) => void} close
 */

/**
 * @typedef {object} ChannelEvents
 * @property {() => void} opened
 * @property {(text: string) => void} text
 * @property {(frame: Bytes) => void} frame
 * @property {(code: number) => void} closed
 */

export {};
