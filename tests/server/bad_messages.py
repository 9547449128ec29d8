"""Tables of what no end should ever say, each with its name."""

from __future__ import annotations

import json
import struct

from wire.encoding import b64
from wire.frames import Header, Stream, pack_header
from wire.limits import TEXT_MESSAGE_BYTES

Sent = str | bytes
B32, B64, REC = b64(bytes(32)), b64(bytes(64)), b64(b"{}")


def text(t: object, **fields: object) -> str:
    return json.dumps({"t": t, **fields})


# What is no message at all, whatever the moment: the relay says `bad_message` and closes with 4400.
NO_MESSAGE: dict[str, Sent] = {
    "nothing": "",
    "white space": " \n",
    "not JSON": "hello",
    "half of it": '{"t":"abort"',
    "two objects": '{"t":"abort"}{"t":"abort"}',
    "an array": '["abort"]',
    "a number": "1",
    "null": "null",
    "not a number": "NaN",
    "no type": "{}",
    "a type of another kind": text(1),
    "a null type": text(None),
    "a listed type": text(["abort"]),
    "an unknown type": text("resume"),
    "a type in capitals": text("ABORT"),
    "what only the relay says": text("ended", reason="idle", at=1),
    "nested too deep": text("abort", x=0)[:-1] + ',"y":' + "[" * 9 + "]" * 9 + "}",
    "nested without end": '{"t":"abort","x":' + "[" * 8_000,
    "a number without end": '{"t":"abort","x":' + "9" * 8_000 + "}",
    "a byte order mark": "\ufeff" + text("abort"),
}
TOO_BIG: dict[str, Sent] = {
    "one byte too long": text("abort", x="a" * (TEXT_MESSAGE_BYTES - len(text("abort", x="")) + 1)),
    "too long in bytes, not in letters": text("abort")[:-1] + ',"x":"' + "ộ" * 6_000 + '"}',
}


def broken(t: str, good: dict[str, str]) -> dict[str, Sent]:
    """Every field of a message left out, of another kind, of another size and in another spelling."""
    table: dict[str, Sent] = {}
    for name, value in good.items():
        table[f"{t} without {name}"] = text(t, **{other: good[other] for other in good if other != name})
        for what, bad in {
            "null": None,
            "a number": 7,
            "true": True,
            "a list": [value],
            "an object": {"x": value},
            "empty": "",
            "one byte short": b64(bytes(len(value) * 3 // 4 - 1)),
            "one byte long": b64(bytes(len(value) * 3 // 4 + 1)),
            "padded": value + "=",
            "in the other alphabet": "+/" + value[2:],
            "with a line break": value[:4] + "\n" + value[4:],
            "loose in its last bits": value[:-1] + "B",
            "not ASCII": "é" * len(value),
            "a lone surrogate": "\ud800",
        }.items():
            table[f"{t} with {name} {what}"] = text(t, **{**good, name: bad})
    return table


FRAMES: dict[str, bytes] = {
    "empty": b"",
    "shorter than a header": bytes(11),
    "without a tag": pack_header(Header(Stream.T2D_CONTROL, 0)),
    "one byte short": pack_header(Header(Stream.T2D_CONTROL, 0)) + bytes(15),
    "of another version": struct.pack(">BBHQ", 2, 1, 0, 0) + bytes(16),
    "of an unknown stream": struct.pack(">BBHQ", 1, 9, 0, 0) + bytes(16),
    "of stream 0": struct.pack(">BBHQ", 1, 0, 0, 0) + bytes(16),
    "of a reserved stream": struct.pack(">BBHQ", 1, 6, 0, 0) + bytes(16),
    "of another epoch": struct.pack(">BBHQ", 1, 1, 1, 0) + bytes(16),
    "that skips a number": pack_header(Header(Stream.T2D_CONTROL, 1)) + bytes(16),
    "with a number beyond all": struct.pack(">BBHQ", 1, 1, 0, 2**64 - 1) + bytes(16),
    "of the other direction": pack_header(Header(Stream.D2T_CONTROL, 0)) + bytes(16),
}
