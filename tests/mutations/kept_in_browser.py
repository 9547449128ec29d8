"""Small sabotages of the console's modules, each with the checks that must notice it. Data only."""

from __future__ import annotations

from typing import Final

from tests.mutations.kept_beside import BESIDE_BROWSER_MUTATIONS
from tests.mutations.kept_carrier import CARRIER_BROWSER_MUTATIONS
from tests.mutations.kept_honest import HONEST_BROWSER_MUTATIONS
from tests.mutations.kept_ready import READY_BROWSER_MUTATIONS
from tests.mutations.kept_still import STILL_BROWSER_MUTATIONS
from tests.mutations.mutation import BrowserMutation, Edit

_ENDINGS: Final = "tests/node/remote_session_endings.test.js"
_SHOWN_EARLY: Final = "a record signed by another key ends it before anything is shown"

BROWSER_MUTATIONS: Final = (
    BrowserMutation(
        "a key that is held goes on although the device did not do it",
        (Edit("technician_web/ui/repeat.js", "if (!did && this.#key === key) this.stop();", "void did;"),),
        "tests/node/console_hand.test.js",
        ("the first that was not done is the last",),
    ),
    BrowserMutation(
        "the console's sealing is the identity",
        (
            Edit(
                "technician_web/core/frames.js",
                "await crypto.subtle.encrypt(StreamState.parameters(iv, seq, header), key, plaintext);",
                "concat(plaintext, new Uint8Array(TAG_BYTES)); void [iv, key];",
            ),
            Edit(
                "technician_web/core/frames.js",
                "new Uint8Array(await crypto.subtle.decrypt(parameters, key, frame.slice(HEADER_BYTES)));",
                "frame.slice(HEADER_BYTES, -TAG_BYTES); void [parameters, key];",
            ),
        ),
        "tests/node/vectors.test.js",
        ("every case of seal/vectors/sealed_frames.json comes out as it says",),
    ),
    BrowserMutation(
        "the console does not check the device's signature",
        (
            Edit(
                "technician_web/core/records.js",
                "if (!await this.#check(this.#dpk, unb64(String(sig), 64), signed)) refuse('signature');",
                "void [this.#check, this.#dpk, sig, signed];",
            ),
        ),
        _ENDINGS,
        (_SHOWN_EARLY,),
    ),
    BrowserMutation(
        "the console takes a pairing with somebody else's badge",
        (
            Edit(
                "technician_web/io/device_talk.js",
                "=> badge === badgeHash && frame === this.#authFrame;",
                "=> badge !== frame;",
            ),
        ),
        _ENDINGS,
        (
            "a paired record that names another badge ends it before anything is shown (INV-C1)",
            "a paired record that names another frame ends it before anything is shown (INV-C1)",
        ),
    ),
    BrowserMutation(
        "the console's commands do not say when they were sent",
        (Edit("technician_web/io/device_talk.js", "hb: this.#lease.newest", "hb: 1"),),
        "tests/node/remote_session.test.js",
        ("every ping is answered with its number, and each command names the newest",),
    ),
    BrowserMutation(
        "the console takes every key of its own for the one that switched the TV off",
        (Edit("technician_web/core/acted.js", "|| key === 'power'", "|| key !== ''"),),
        "tests/node/remote_session.test.js",
        ("whose Power key it was is known from the record of that key",),
    ),
    BrowserMutation(
        "the console shows a code before the socket is there by which it lives",
        (
            Edit(
                "technician_web/io/remote_session.js",
                "this.#open(asked.issued, () => this.#shown(asked.code, asked.issued, since));",
                "this.#shown(asked.code, asked.issued, since);",
            ),
        ),
        "tests/node/remote_session_shown.test.js",
        ("a code is not shown before the socket it lives by is open, and never without one",),
    ),
    BrowserMutation(
        "small secrets are likelier",
        (Edit("technician_web/core/code.js", "if (number < 4_294_000_000)", "if (number >= 0)"),),
        "tests/node/remote_session_shown.test.js",
        ("numbers that would make small secrets likelier are drawn again (INV-A3)",),
    ),
    BrowserMutation(
        "the console hangs up before the relay has the device's record",
        (
            Edit(
                "technician_web/core/session.js",
                "row('ended', 'linger', 'wipe')",
                "row('ended', 'hang_up', 'wipe')",
            ),
        ),
        _ENDINGS,
        ("after the device's word the socket stays open for the relay, which has no record yet (INV-B6)",),
    ),
    BrowserMutation(
        "the console runs a code twice",
        (
            Edit(
                "technician_web/io/remote_session.js",
                "if (!taken) return void this.#finish(",
                "if (taken === null) return void this.#finish(",
            ),
        ),
        "tests/node/remote_session.test.js",
        ("of two tabs with one code only one runs it (INV-A1)",),
    ),
    BrowserMutation(
        "the console's pongs wait for a timer, which a hidden tab wakes once a minute",
        (
            Edit(
                "technician_web/io/device_talk.js",
                "    void this.#link.sendLink({ t: 'pong', n: ping.n });",
                "    this.#ports.timing.after(100, () => this.#link.sendLink({ t: 'pong', n: ping.n }));",
            ),
        ),
        "tests/node/remote_session.test.js",
        ("every ping is answered with its number, and each command names the newest",),
    ),
    BrowserMutation(
        "a tab keeps the code of its last session",
        (
            Edit(
                "technician_web/ui/last_session.js",
                "who: nameOf(account), request: draft.request,",
                "who: nameOf(account), code: draft.code, request: draft.request,",
            ),
        ),
        "tests/node/console_last_session.test.js",
        ("a session is kept once it is paired, and again when it ends, and not at every picture",),
    ),
    BrowserMutation(
        "a part of the page that could not be fetched once is never asked for again",
        (Edit("technician_web/ui/later.js", "      coming = null;\n", ""),),
        "tests/node/console_later.test.js",
        ("all who waited hear that it failed, and the next to ask has it fetched again",),
    ),
    BrowserMutation(
        "a part of the page that stands still on its way is waited for for ever",
        (Edit("technician_web/ui/later.js", "timer = setTimeout(failed, ms);", "timer = undefined;"),),
        "tests/node/console_later.test.js",
        ("what takes longer than it may has failed, and what came in time has not",),
    ),
    *BESIDE_BROWSER_MUTATIONS,
    *CARRIER_BROWSER_MUTATIONS,
    *HONEST_BROWSER_MUTATIONS,
    *READY_BROWSER_MUTATIONS,
    *STILL_BROWSER_MUTATIONS,
)
