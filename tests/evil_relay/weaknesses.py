"""Weak products, by edits of the shipped sources: each must make the suite shout. Data, and how it is made.

A product that no longer holds the text an edit replaces fails the edit, instead of passing for nothing.
"""

from __future__ import annotations
import __future__

import inspect
import shutil
import sys
import textwrap
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import seal.cpace
import seal.frames
import seal.handshake
import wire.reasons
from device_agent import actions, call, lease, pairing, session, trust
from tests.evil_relay.node_console import ROOT
from tests.mutations.mutation import Edit, StaleEdit
from wire import frames

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType

_WEB: Final = "technician_web"


@dataclass(frozen=True, slots=True)
class Patch:
    """In the source of a function, method or module's function, `before` stands once and becomes `after`."""

    owner: type | ModuleType
    name: str
    before: str
    after: str

    def made(self) -> object:
        """The function with the other text, in its own module."""
        source = textwrap.dedent(inspect.getsource(getattr(self.owner, self.name)))
        if source.count(self.before) != 1:
            raise StaleEdit(f"{self.owner.__name__}.{self.name} does not hold this once: {self.before!r}")
        named = self.owner.__module__ if isinstance(self.owner, type) else self.owner.__name__
        flags = __future__.annotations.compiler_flag
        code = compile(source.replace(self.before, self.after), named, "exec", flags, dont_inherit=True)
        made: dict[str, object] = {}
        exec(code, vars(sys.modules[named]), made)
        return made[self.name]


@dataclass(frozen=True, slots=True)
class Weakness:
    """`shouts` are attacks, each with words that its faults must hold."""

    name: str
    device: tuple[Patch, ...]
    console: tuple[Edit, ...]
    shouts: tuple[tuple[str, str], ...]


def _js(file: str, before: str, after: str) -> Edit:
    return Edit(f"{_WEB}/{file}", before, after)


WEAKNESSES: Final = (
    Weakness(
        "sealing is the identity",
        (
            Patch(
                seal.frames.Sealer,
                "seal",
                "header + cipher.encrypt(nonce, plaintext, header)",
                "header + plaintext + bytes(TAG_BYTES)",
            ),
            Patch(
                seal.frames.Opener,
                "_open",
                "cipher.decrypt(self._nonce(header.seq), frame[HEADER_BYTES:], frame[:HEADER_BYTES])",
                "frame[HEADER_BYTES:-TAG_BYTES]",
            ),
        ),
        (
            _js(
                "core/frames.js",
                "await crypto.subtle.encrypt(StreamState.parameters(iv, seq, header), key, plaintext)",
                "concat(plaintext, new Uint8Array(TAG_BYTES))",
            ),
            _js(
                "core/frames.js",
                "await crypto.subtle.decrypt(parameters, key, frame.slice(HEADER_BYTES))",
                "frame.slice(HEADER_BYTES, -TAG_BYTES)",
            ),
        ),
        (
            ("Honest", '"key":" is in a frame'),
            ("Honest", "Demo Technician is in a frame"),
            ("Honest", "the request is in what the relay kept"),
            ("Honest", "a picture stands in its frame"),
            ("Honest", "t2d control has"),
            ("Honest", "uses a keystream twice"),
            ("FlipsABitOfTheFramesTag", "true would be integrity_failed"),
        ),
    ),
    Weakness(
        "every frame is sealed with the same number",
        (Patch(seal.frames._StreamKey, "_nonce", "self._iv ^ seq", "self._iv"),),
        (_js("core/frames.js", "view.getBigUint64(4) ^ BigInt(seq)", "view.getBigUint64(4)"),),
        (("Honest", "t2d control uses a keystream twice"), ("Honest", "d2t control uses a keystream twice")),
    ),
    Weakness(
        "the secret is not part of the keys",
        (Patch(seal.cpace, "generator", "generator_string(prs,", 'generator_string(b"",'),),
        (_js("core/cpace.js", "sha512(generatorString(prs,", "sha512(generatorString(prs.slice(0, 0),"),),
        (("GuessesOnBothSides", "opens with a key that the relay has"),),
    ),
    Weakness(
        "tags are not compared",
        (
            Patch(
                seal.handshake.DeviceHandshake,
                "confirm",
                "keys is None or not hmac.compare_digest(self._ta, ta)",
                "keys is None",
            ),
        ),
        (_js("core/handshake.js", "if (!equal(expected, tb)) throw new SealError('bad_tag');", ""),),
        (
            ("SwapsTheConsolesTag", "true would be pairing_failed"),
            ("SwapsTheDevicesTag", "true would be pairing_failed"),
        ),
    ),
    Weakness(
        "a frame may come again",
        (Patch(frames.Stream, "follows", "seq == expected", "seq <= expected"),),
        (_js("core/frames.js", ": seq === this.next;", ": seq <= this.next;"),),
        (("ReplaysAFrame", "was executed and not sent"),),
    ),
    Weakness(
        "the relay names its own origin",
        (Patch(pairing.Pairing, "_proof", "if challenge.origin != self._origin:", "if False:"),),
        (),
        (("StatesAnotherOrigin", "true would be problem.wrong_server"),),
    ),
    Weakness(
        "an older list is taken",
        (Patch(trust.Trust, "_why_not_list", "status.iat < self._marks.status_s", "status.iat < 0"),),
        (),
        (("BringsAnOlderListBack", "true would be badge_refused"),),
    ),
    Weakness(
        "any root will do",
        (Patch(trust.Trust, "hear_keyset", "check=check", "check=lambda *_: True"),),
        (),
        (("MakesItselfTheMaker", "true would be badge_refused"),),
    ),
    Weakness(
        "a console believes any list",
        (),
        (_js("io/maker.js", "return isFreshStatus(status, now) ?", "return true ?"),),
        (("KeepsTheKeysFromTheConsole", "the console says of the unit: confirmed"),),
    ),
    Weakness(
        "records are not verified",
        (),
        (_js("core/records.js", "if (!await this.#check(", "if (false && !await this.#check("),),
        (
            ("ForgesTheEnd", "true would be integrity_failed"),
            ("ForgesActions", "more keys counted than were done"),
            ("InventsAHide", "true would be integrity_failed"),
        ),
    ),
    Weakness(
        "the lease counts from a pong's arrival",
        (Patch(lease.Lease, "pong", "sent = self._sent_at(n)", "sent = now if n in self._sent else None"),),
        (),
        (("SavesPongsUp", "s apart"),),
    ),
    Weakness(
        "signs of life are believed whoever makes them",
        (
            Patch(
                session.Session,
                "alive",
                "self._keys.alive.check_console(sign.k, sign.n, sign.pic, sign.tag)",
                "self._keys.alive.of_device(1, 1, 0)",
            ),
        ),
        (_js("io/alive.js", "await this.#parts.tags.checkDevice(", "void (() => undefined)("),),
        (
            ("ForgesASign", "true would be integrity_failed"),
            ("ForgesAnAnswer", "true would be integrity_failed"),
        ),
    ),
    Weakness(
        "a sign of life counts from its arrival",
        (
            Patch(
                lease.Lease,
                "alive",
                "sent = self._sent_at(n)",
                "sent = self._sent[self._count]",
            ),
        ),
        (),
        (("SavesSignsUp", "s apart"),),
    ),
    Weakness(
        "an answer to a sign of life counts from its arrival",
        (),
        (
            _js(
                "io/alive.js",
                "if (since !== undefined) this.#parts.heard(since);",
                "this.#parts.heard(this.#parts.timing.now()); void since;",
            ),
        ),
        (("SavesAnswersUp", "s apart"),),
    ),
    Weakness(
        "what came beside the socket may come there any number of times",
        (),
        (_js("core/sealed_link.js", "    this.#beside.delete(seq);\n", ""),),
        (("RepeatsWhatCameBeside", "true would be integrity_failed"),),
    ),
    Weakness(
        "a picture beside the socket is a word of the device's",
        (),
        (_js("io/remote_session.js", "      if (open) return;\n", ""),),
        (("SavesPicturesUp", "s apart"),),
    ),
    Weakness(
        "late commands are executed",
        (Patch(lease.Lease, "is_fresh", "sent is not None and now - sent < LEASE_S", "sent is not None"),),
        (),
        (("DelaysCommands", "s after it was pressed"),),
    ),
    Weakness(
        "the relay is believed about people",
        (Patch(wire.reasons, "as_told", "if reason in PEOPLE_DECIDE", "if False"),),
        (_js("core/endings.js", "return isKnown ? reason : 'relay_lost';", "return reason;"),),
        (("ClaimsWhatAPersonDecided", "true would be relay_lost"),),
    ),
    Weakness(
        "messages out of turn are passed over",
        (Patch(call.Call, "_on_message", "raise LineProblem(Problem.WRONG_SERVER)", "pass"),),
        (),
        (("SpeaksOutOfTurn", "true would be integrity_failed"),),
    ),
    Weakness(
        "a command needs no record",
        (),
        (_js("io/pending_commands.js", "        this.#overdue();\n", ""),),
        (("KeepsAllActionsBack", "true would be audit_unavailable"),),
    ),
    Weakness(
        "a frame may come by any way",
        (),
        (
            _js(
                "io/device_talk.js",
                "channel === undefined ? FROM_DEVICE : new Set([channel])",
                "new Set([...FROM_DEVICE, STREAM.D2T_PICTURE_DC, STREAM.D2T_SOUND_DC])",
            ),
        ),
        (("BringsMediaByAnotherWay", "true would be integrity_failed"),),
    ),
    Weakness(
        "what was on its way is drawn over what is hidden",
        (),
        (_js("io/picture_view.js", "&& at > this.#hiddenAt;", ";"),),
        (("DrawsOverWhatIsHidden", "drawn while the screen was hidden"),),
    ),
    Weakness(
        "a still is called exact however many parts it has",
        (),
        (
            _js("core/still.js", "start === this.#filled && size", "size"),
            _js("core/still.js", "this.#filled += bytes.length;", "this.#filled = start + bytes.length;"),
            _js("io/still.js", "await sha256B64(bytes) !== pc || !isOfItsSize(whole)", "!isOfItsSize(whole)"),
        ),
        (("DropsAPartOfAStill", "whose hash nobody signed"),),
    ),
    Weakness(
        "the parts of a still are drawn",
        (),
        (
            _js(
                "io/picture_view.js",
                "return this.#sink.pass(head.pic);",
                "return this.#sink.feed(head, data);",
            ),
        ),
        (("Honest", "parts of a still were drawn"),),
    ),
    Weakness(
        "Hide does not stop what the technician does",
        (
            Patch(
                actions.Actions,
                "why_not",
                "if self._abilities.shutter is not None and self._abilities.shutter.is_hidden:",
                "if False:",
            ),
        ),
        (),
        (("KeepsAHideBack", "were executed while the screen was hidden"),),
    ),
    Weakness(
        "a console runs a code twice",
        (),
        (
            _js("io/pairing.js", "if (used) throw", "if (false) throw"),
            _js("io/remote_session.js", "if (!taken) return", "if (false) return"),
        ),
        (("GivesTheCodeOutAgain", "the console ran the code 2 times"),),
    ),
)


@contextmanager
def weak_device(patches: tuple[Patch, ...]) -> Iterator[None]:
    """The Python side is weak inside; whoever has taken a function by its name has it changed as well."""
    undo: list[tuple[object, str, object]] = [(None, "", None)]
    try:
        for patch in patches:
            before, after = getattr(patch.owner, patch.name), patch.made()
            modules = [module for name, module in sys.modules.items() if name.startswith(_OURS)]
            holders: list[type | ModuleType] = [patch.owner, *modules]
            for holder in holders:
                if vars(holder).get(patch.name) is before:
                    undo.append((holder, patch.name, before))
                    setattr(holder, patch.name, after)
            assert undo[-1][2] is before, f"{patch.name} is nowhere to be changed"
        yield
    finally:
        for changed, name, was in reversed(undo[1:]):
            setattr(changed, name, was)


_OURS: Final = ("seal", "wire", "device_agent", "tests.evil_relay")


def weak_console(folder: Path, edits: tuple[Edit, ...]) -> Path:
    """A copy of what the console is made of, edited."""
    for part in (_WEB, "tests/node"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for edit in edits:
        path = folder / edit.path
        path.write_text(edit.applied_to(path.read_text(encoding="utf-8")), encoding="utf-8")
    return folder
