"""Which addresses are named and tried, and what is left of a description (seal/SPEC §11)."""

from __future__ import annotations

import pytest

from device_agent.carrier.description import CANDIDATES, BadDescription, read
from device_agent.carrier.policy import Direct, may_name, may_try

PUBLIC = ("93.184.216.34", "2606:2800:220:1::1")
AT_HOME = ("192.168.1.7", "10.0.0.9", "172.16.4.4", "169.254.3.3", "fe80::1", "fd00::7", "100.64.1.1")
NOWHERE = (
    "127.0.0.1",
    "::1",
    "0.0.0.0",
    "224.0.0.251",
    "ff02::fb",
    "255.255.255.255",
    "",
    "relay.example",
    "1.2.3",
)
NAME = "f1c3a2b0-9f8e-4d7c-8b6a-5e4d3c2b1a09.local"

PRINT = ":".join(["AB"] * 32)
HEAD = [
    "v=0",
    "o=- 4 2 IN IP4 192.168.1.7",
    "s=-",
    "t=0 0",
    "a=group:BUNDLE 0",
    "m=application 40123 UDP/DTLS/SCTP webrtc-datachannel",
    "c=IN IP4 192.168.1.7",
]
TAIL = [
    "a=ice-ufrag:abcd",
    "a=ice-pwd:abcdefghijklmnopqrstuv",
    f"a=fingerprint:sha-256 {PRINT}",
    "a=setup:actpass",
    "a=mid:0",
    "a=sctp-port:5000",
    "a=max-message-size:262144",
    "",
]


def candidate(address: str, kind: str = "host", number: int = 1) -> str:
    more = "" if kind == "host" else " raddr 192.168.1.7 rport 40123"
    return f"a=candidate:{number} 1 udp 2113937151 {address} 40123 typ {kind}{more} generation 0"


def described(*lines: str, head: list[str] | None = None, tail: list[str] | None = None) -> str:
    return "\r\n".join([*(head or HEAD), *lines, *(tail or TAIL)])


def everything(_kind: str, _address: str) -> bool:
    return True


@pytest.mark.parametrize("direct", [Direct.PUBLIC, Direct.ALL])
@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_named_and_tried(direct: Direct, address: str) -> None:
    assert may_name(direct, "host", address)
    assert may_try(direct, address)


@pytest.mark.parametrize("address", [*AT_HOME, NAME])
def test_addresses_of_a_home_are_neither_named_nor_tried_unless_all_may_be(address: str) -> None:
    """INV-F6: nothing said from outside makes the device knock at doors inside the home."""
    assert not may_name(Direct.PUBLIC, "host", address)
    assert not may_try(Direct.PUBLIC, address)
    assert may_name(Direct.ALL, "host", address)
    assert may_try(Direct.ALL, address)


@pytest.mark.parametrize("direct", Direct)
@pytest.mark.parametrize("address", NOWHERE)
def test_this_machine_everybody_and_nobody_are_never_tried(direct: Direct, address: str) -> None:
    assert not may_try(direct, address)


@pytest.mark.parametrize("address", [*PUBLIC, *AT_HOME, *NOWHERE, NAME])
@pytest.mark.parametrize("kind", ["host", "srflx", "relay", "prflx"])
def test_with_direct_off_nothing_is_named_and_nothing_tried(address: str, kind: str) -> None:
    assert not may_name(Direct.OFF, kind, address)
    assert not may_try(Direct.OFF, address)


@pytest.mark.parametrize("address", [*PUBLIC, *AT_HOME])
def test_with_turn_alone_no_address_of_this_device_is_named(address: str) -> None:
    for kind in ("host", "srflx", "prflx"):
        assert not may_name(Direct.TURN, kind, address)
    assert may_name(Direct.TURN, "relay", address)
    assert not may_try(Direct.TURN, NAME)


def test_a_description_keeps_what_may_stay_and_names_its_end() -> None:
    text = described(candidate(PUBLIC[0]), candidate("192.168.1.7", number=2), candidate(NAME, number=3))
    kept = read(text, lambda _kind, address: may_try(Direct.PUBLIC, address))
    assert kept.fingerprint == PRINT
    assert kept.candidates == 1
    assert kept.largest == 262_144
    assert [line for line in kept.text.split("\r\n") if "candidate" in line] == [
        f"a=candidate:1 1 udp 2113937151 {PUBLIC[0]} 40123 typ host"
    ]


def test_no_address_is_left_where_libraries_repeat_it() -> None:
    kept = read(described(candidate(PUBLIC[0], "srflx")), everything)
    assert "192.168.1.7" not in kept.text.replace(HEAD[1], "")
    assert "raddr 0.0.0.0 rport 9" in kept.text
    assert "m=application 9 " in kept.text


def test_no_more_candidates_than_there_is_patience_for() -> None:
    kept = read(described(*(candidate(PUBLIC[0], number=n) for n in range(40))), everything)
    assert kept.candidates == kept.text.count("a=candidate:") == CANDIDATES


@pytest.mark.parametrize(
    "line",
    [
        "a=candidate:1 1 tcp 2113937151 93.184.216.34 9 typ host tcptype active",
        "a=candidate:1 2 udp 2113937151 93.184.216.34 9 typ host",
        "a=candidate:1 1 udp 2113937151 93.184.216.34 9 typ other",
        "a=candidate:1 1 udp 2113937151 93.184.216.34",
        "a=candidate:",
    ],
)
def test_a_candidate_of_another_form_does_not_stay(line: str) -> None:
    assert read(described(line), everything).candidates == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        described(head=HEAD[:5]),
        described(HEAD[5]),
        described("m=video 9 UDP/TLS/RTP/SAVPF 96"),
        described(head=[line.replace("application", "video") for line in HEAD]),
        described(tail=[line for line in TAIL if "fingerprint" not in line]),
        described(tail=[line.replace("sha-256", "sha-1") for line in TAIL]),
        described(f"a=fingerprint:sha-256 {PRINT.replace('AB', 'CD')}"),
        described(tail=[line.replace(PRINT, PRINT[3:]) for line in TAIL]),
        described("a=x:" + "y" * 8_192),
    ],
    ids=[
        "nothing", "no section", "two sections", "a picture section too", "another section", "no fingerprint",
        "another hash", "two fingerprints", "half a fingerprint", "too long",
    ],
)  # fmt: skip
def test_what_is_no_description_for_data_channels_is_refused(text: str) -> None:
    with pytest.raises(BadDescription):
        read(text, everything)


@pytest.mark.parametrize(
    ("line", "largest"), [("1000", 1000), ("0", 262_144), ("1073741823", 262_144), (None, 65_536)]
)
def test_no_frame_is_larger_than_the_other_end_takes(line: str | None, largest: int) -> None:
    tail = [text for text in TAIL if "max-message" not in text]
    named = [] if line is None else [f"a=max-message-size:{line}"]
    assert read(described(*named, tail=tail), everything).largest == largest
