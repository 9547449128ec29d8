# ruff: noqa: S106 - made-up secrets are what this file is about
"""Make `seal/vectors/transcript-from-python.json`: whole runs of the handshake with fixed scalars and nonces.

The browser code makes a file of the same shape, and each side checks the other's. The form is described in
`wire/vectors/README.md`. Run it only to add cases: those that are there do not change.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from seal import cpace
from seal.handshake import ConsoleHandshake, DeviceHandshake, SealError
from seal.keys import SessionKeys, expand
from wire import transcript
from wire.canonical import dump
from wire.encoding import key_id
from wire.frames import FROM_CONSOLE, Stream
from wire.hellos import ConsoleHello, DeviceHello, parse_console_hello, parse_device_hello
from wire.transcript import ShownBy

OUTPUT = Path(__file__).parents[1] / "seal" / "vectors" / "transcript-from-python.json"

NOTES = {
    "Binding": "the two ends believe different things of the channel",
    "Guess": "one end has another secret",
    "Hello": "a hello that must not be accepted",
    "LowOrder": "a point that would give everybody the same key",
    "Reflect": "the relay sends back what it was sent",
    "Swap": "the relay puts something else in the place of a message",
}


def filler(label: str, size: int) -> bytes:
    """Fixed bytes that look drawn."""
    return hashlib.shake_256(b"alongside vectors " + label.encode()).digest(size)


@dataclass(frozen=True)
class End:
    """What one end believes and draws."""

    hello_d: str
    locator: str
    secret: str
    rs_hex: str
    origin: str
    scalar_hex: str
    shown_by: ShownBy = ShownBy.DEVICE

    def written(self) -> dict[str, Any]:
        """Without `shown_by` the device shows the code, as in the first cases."""
        fields = asdict(self)
        if self.shown_by is ShownBy.DEVICE:
            del fields["shown_by"]
        return fields


@dataclass(frozen=True)
class Run:
    """One run and what the relay does to it."""

    comment: str
    flags: tuple[str, ...]
    device: End
    console: End
    hello_t: str
    relay: dict[str, str] = field(default_factory=dict)
    # Those there were when the first cases were written down.
    streams: tuple[Stream, ...] = tuple(Stream(number) for number in range(1, 5))


def device_hello(label: str, **changes: Any) -> str:
    """hello_D of a device that exists nowhere."""
    dpk = filler(f"{label} dpk", 32)
    hello = DeviceHello(
        nd=filler(f"{label} nd", 32), dev=key_id(dpk), dpk=dpk, fw="3.14.0", caps=("h264", "jpeg"), fails=0
    )
    return replace(hello, **changes).to_bytes().decode()


def console_hello(label: str) -> str:
    """hello_T of a console that exists nowhere."""
    return ConsoleHello(nt=filler(f"{label} nt", 32), kid=key_id(filler("issuer", 32))).to_bytes().decode()


def honest(label: str, comment: str, **end: Any) -> Run:
    """A run that succeeds."""
    common: dict[str, Any] = {
        "hello_d": device_hello(label),
        "locator": "12345",
        "secret": "678901",
        "rs_hex": filler(f"{label} rs", 16).hex(),
        "origin": "https://relay.example",
    } | end
    return Run(
        comment=comment,
        flags=(),
        device=End(**common, scalar_hex=filler(f"{label} yb", 32).hex()),
        console=End(**common, scalar_hex=filler(f"{label} ya", 32).hex()),
        hello_t=console_hello(label),
    )


def valid_runs() -> list[Run]:
    """Runs that succeed."""
    plain = device_hello("plain", caps=(), fw="", fails=1_000_000)
    full = device_hello("full", caps=tuple(f"cap-{n:02d}" for n in range(16)), fw="\u00e5 \U0001f4fa 9.9")
    return [
        honest("one", "an ordinary run"),
        honest("two", "a development origin with a port", origin="http://localhost:8400"),
        honest("three", "zeros in front stay", locator="00000", secret="000000"),
        honest("four", "the emptiest hello, after many failures", hello_d=plain),
        honest(
            "five", "a full hello, with text beyond ASCII", hello_d=full, locator="99999", secret="999999"
        ),
    ]


def refused_runs() -> list[Run]:
    """Runs that one end stops."""
    run = honest("refused", "")
    other = honest("other", "")

    def console(comment: str, flag: str, **changes: Any) -> Run:
        return replace(run, comment=comment, flags=(flag,), console=replace(run.console, **changes))

    def relay(comment: str, flag: str, **swaps: str) -> Run:
        return replace(run, comment=comment, flags=(flag,), relay=swaps)

    hello_d, hello_t = json.loads(run.device.hello_d), json.loads(run.hello_t)
    sent = play(run)["expect"]
    flipped = {name: f"{int(sent[name][:2], 16) ^ 1:02x}" + sent[name][2:] for name in ("tb_hex", "ta_hex")}
    zero, one = "00" * 32, "01" + "00" * 31
    order8 = "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"
    share = cpace.public_share(filler("mallory", 32), filler("mallory base", 32)).hex()
    return [
        console("one digit of the secret is wrong", "Guess", secret="678902"),
        console("secret and locator shifted by one digit", "Guess", locator="23456", secret="789012"),
        console("another origin", "Binding", origin="https://relay.example:8443"),
        console("another scheme", "Binding", origin="http://relay.example"),
        console("another locator", "Binding", locator="12346"),
        console("another rs", "Binding", rs_hex=other.console.rs_hex),
        console("another device's hello", "Binding", hello_d=other.device.hello_d),
        console("the relay hides a failed run", "Binding", hello_d=device_hello("refused", fails=1)),
        console("hello_D offers another suite", "Hello", hello_d=dump(hello_d | {"suite": "NONE"}).decode()),
        console("hello_D has another version", "Hello", hello_d=dump(hello_d | {"v": 2}).decode()),
        console(
            "dev is not the id of dpk", "Hello", hello_d=dump(hello_d | {"dev": key_id(bytes(32))}).decode()
        ),
        console("hello_D is not canonical", "Hello", hello_d=run.device.hello_d + " "),
        relay("another hello_T", "Swap", hello_t=other.hello_t),
        relay("hello_T has a field more", "Hello", hello_t=dump(hello_t | {"x": 1}).decode()),
        relay("hello_T is not canonical", "Hello", hello_t=run.hello_t.replace(":1}", ": 1}")),
        relay("another Ya", "Swap", ya_hex=share),
        relay("another Yb", "Swap", yb_hex=share),
        relay("another Tb", "Swap", tb_hex=flipped["tb_hex"]),
        relay("another Ta", "Swap", ta_hex=flipped["ta_hex"]),
        relay("Ta cut short", "Swap", ta_hex=sent["ta_hex"][:-2]),
        relay("no Tb at all", "Swap", tb_hex=""),
        relay("Tb of zeros", "Swap", tb_hex="00" * 64),
        relay("Ta is Tb", "Reflect", ta_hex=sent["tb_hex"]),
        relay("Yb is Ya", "Reflect", yb_hex=sent["ya_hex"]),
        relay("Ya is 0", "LowOrder", ya_hex=zero),
        relay("Ya is 1", "LowOrder", ya_hex=one),
        relay("Ya has order 8", "LowOrder", ya_hex=order8),
        relay("Yb is 0", "LowOrder", yb_hex=zero),
        relay("Yb is 1", "LowOrder", yb_hex=one),
        relay("Yb has order 8", "LowOrder", yb_hex=order8),
        relay("Ya of 31 bytes", "Swap", ya_hex=zero[2:]),
        relay("Yb of 33 bytes", "Swap", yb_hex=share + "00"),
    ]


def console_shows() -> list[Run]:
    """The same keys for nobody else: which end shows the code is bound into them."""
    run = honest("shown by the console", "the console shows the code, the device's customer types it")
    both = replace(
        run,
        device=replace(run.device, shown_by=ShownBy.CONSOLE),
        console=replace(run.console, shown_by=ShownBy.CONSOLE),
    )

    def refused(comment: str, flag: str, **ends: End) -> Run:
        return replace(both, comment=comment, flags=(flag,), **ends)  # type: ignore[arg-type]

    return [
        both,
        refused("only the console believes that it shows the code", "Binding", device=run.device),
        refused("only the device believes that the console shows the code", "Binding", console=run.console),
        refused("a digit misheard", "Guess", device=replace(both.device, secret="678900")),
    ]


def all_streams() -> list[Run]:
    """Runs that name the keys of data channels and sound, too."""
    run = honest("all streams", "with the keys of data channels and of sound")
    other = replace(run.console, secret="678902")
    return [
        replace(run, streams=tuple(Stream)),
        replace(run, comment="the same with another secret", flags=("Guess",), console=other),
    ]


class _StoppedError(Exception):
    """One end refused."""

    def __init__(self, end: str, at: str, code: str) -> None:
        super().__init__(end, at, code)
        self.outcome = {"refused_by": end, "at": at, "error": code}


def play(run: Run) -> dict[str, Any]:
    """The outcome of a run: the messages sent, and keys and frames or who stopped it."""
    sent: dict[str, Any] = {}
    try:
        ends = _handshake(run, sent)
    except _StoppedError as stopped:
        return {"result": "refused", **stopped.outcome, "expect": sent}
    return {"result": "valid", "expect": sent | _inner(run, sent) | {"frames": _frames(*ends, run.streams)}}


def _handshake(run: Run, sent: dict[str, Any]) -> tuple[SessionKeys, SessionKeys]:
    def delivered(name: str) -> bytes:
        return bytes.fromhex(run.relay.get(name, sent[name]))

    device = DeviceHandshake(
        hello_d=run.device.hello_d.encode(), locator=run.device.locator, secret=run.device.secret,
        rs=bytes.fromhex(run.device.rs_hex), origin=run.device.origin, shown_by=run.device.shown_by,
    )  # fmt: skip
    try:
        at = "prepare"
        console = ConsoleHandshake(
            hello_d=run.console.hello_d.encode(), hello_t=run.hello_t.encode(),
            locator=run.console.locator, secret=run.console.secret,
            rs=bytes.fromhex(run.console.rs_hex), origin=run.console.origin,
            shown_by=run.console.shown_by,
        )  # fmt: skip
        sent["ya_hex"] = console.start(bytes.fromhex(run.console.scalar_hex)).hex()
    except SealError as error:
        raise _StoppedError("console", at, error.code) from None
    try:
        at, end = "answer", "device"
        hello_t = run.relay.get("hello_t", run.hello_t).encode()
        yb, tb = device.answer(hello_t, delivered("ya_hex"), bytes.fromhex(run.device.scalar_hex))
        sent |= {"yb_hex": yb.hex(), "tb_hex": tb.hex()}
        at, end = "finish", "console"
        ta, console_keys = console.finish(delivered("yb_hex"), delivered("tb_hex"))
        sent["ta_hex"] = ta.hex()
        at, end = "confirm", "device"
        return device.confirm(delivered("ta_hex")), console_keys
    except SealError as error:
        raise _StoppedError(end, at, error.code) from None


def _inner(run: Run, sent: dict[str, Any]) -> dict[str, Any]:
    """The values inside a valid run, step by step, as seal/SPEC §1 and §2 name them."""
    hello_d, hello_t = run.device.hello_d.encode(), run.hello_t.encode()
    device = parse_device_hello(hello_d)
    sid = transcript.sid(device.nd, parse_console_hello(hello_t).nt, bytes.fromhex(run.device.rs_hex))
    ci = transcript.channel_identifier(
        origin=run.device.origin, locator=run.device.locator, shown_by=run.device.shown_by, dev=device.dev
    )
    ya, yb, tb, ta = (bytes.fromhex(sent[name]) for name in ("ya_hex", "yb_hex", "tb_hex", "ta_hex"))
    k = cpace.shared_key(bytes.fromhex(run.device.scalar_hex), ya)
    isk = cpace.isk(sid, k, ya, hashlib.sha512(hello_t).digest(), yb, hashlib.sha512(hello_d).digest())
    th = transcript.transcript_hash(hello_d, hello_t, ci, sid, ya, yb, tb, ta)
    keys = {
        stream.name_on_wire: expand(HKDF.extract(SHA512(), sid, isk), stream, th) for stream in run.streams
    }
    return {
        "sid_hex": sid.hex(),
        "ci_hex": ci.hex(),
        "generator_hex": cpace.generator(run.device.secret.encode(), ci, sid).hex(),
        "isk_hex": isk.hex(),
        "mac_key_hex": cpace.mac_key(sid, isk).hex(),
        "th_hex": th.hex(),
        "streams": {name: {"key_hex": key.hex(), "iv_hex": iv.hex()} for name, (key, iv) in keys.items()},
    }


def _frames(device: SessionKeys, console: SessionKeys, streams: tuple[Stream, ...]) -> list[dict[str, Any]]:
    """Two frames of every stream."""
    frames = []
    for stream in streams:
        sealer = (console if stream in FROM_CONSOLE else device).sealer(stream)
        for number in range(2):
            plaintext = f"frame {number} of {stream.name_on_wire}".encode()
            frame = sealer.seal(plaintext)
            frames.append({"stream": int(stream), "plaintext_hex": plaintext.hex(), "frame_hex": frame.hex()})
    return frames


def document() -> dict[str, Any]:
    """The whole file."""
    cases = []
    for number, run in enumerate([*valid_runs(), *refused_runs(), *console_shows(), *all_streams()], start=1):
        cases.append(
            {
                "id": f"transcript-py-{number:03d}",
                "comment": run.comment,
                "flags": list(run.flags),
                "op": "run",
                "device": run.device.written(),
                "console": run.console.written() | {"hello_t": run.hello_t},
                "relay": run.relay,
                **play(run),
            }
        )
    about = (
        "Whole runs of the key agreement, seal SPEC sections 1 to 3; the form is in wire/vectors/README.md."
    )
    return {"format": "alongside-vectors-1", "about": about, "notes": NOTES, "cases": cases}


def main() -> None:
    """Write the file, or say whether it is what this program would write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the file would change")
    text = json.dumps(document(), indent=1) + "\n"
    if parser.parse_args().check:
        raise SystemExit(0 if OUTPUT.read_text(encoding="utf-8") == text else "the file would change")
    OUTPUT.write_text(text, encoding="utf-8")
    print(f"{OUTPUT.name}: {text.count(chr(10))} lines")


if __name__ == "__main__":
    main()
