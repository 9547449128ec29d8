"""The specification and the code name the same closed sets, limits and messages: the pages stay the truth."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from seal import messages as sealed
from seal import proofs, sound
from wire import commands, limits, messages
from wire.frames import FROM_CONSOLE, Stream
from wire.reasons import CLOSE_CODE_OF, BadgeCause, CloseCode, EndReason
from wire.structs import Message, field_names, tag_of

ROOT = Path(__file__).parents[2]
WIRE = (ROOT / "wire" / "SPEC.md").read_text(encoding="utf-8")
SEAL = (ROOT / "seal" / "SPEC.md").read_text(encoding="utf-8")


def section(page: str, number: str) -> str:
    """The text of one numbered section."""
    found = re.search(rf"^##+ {re.escape(number)}\.? .*?(?=^##+ |\Z)", page, re.DOTALL | re.MULTILINE)
    assert found, number
    return found.group()


def rows(text: str) -> list[list[str]]:
    """The rows of the tables in a text, heads left out."""
    lines = [line.replace(r"\|", "/") for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for place, row in enumerate(cells) if not set(row[0]) <= {"-"} and "---" not in "".join(
        cells[place + 1] if place + 1 < len(cells) else []
    )]  # fmt: skip


def named(text: str) -> list[str]:
    """The words in code marks."""
    return re.findall(r"`([a-z0-9_]+)`", text)


def test_the_end_reasons_are_those_of_the_specification() -> None:
    """INV-B6."""
    listed = re.search(r"^`([a-z_ \n]+)`$", section(WIRE, "7"), re.MULTILINE)
    assert listed
    assert listed.group(1).split() == [reason.value for reason in EndReason]


def test_the_close_codes_are_those_of_the_specification() -> None:
    table = {int(row[0]): named(row[2]) for row in rows(section(WIRE, "8"))}
    said = {code: error.value for error, code in CLOSE_CODE_OF.items()}
    assert table.keys() == {int(code) for code in CloseCode}
    for code, errors in table.items():
        assert errors == [said[CloseCode(code)]] if CloseCode(code) in said else "error" not in errors


def test_the_streams_are_those_of_the_specification() -> None:
    table = [row for row in rows(section(WIRE, "4")) if row[0].isdigit()]
    assert [(int(row[0]), row[1].strip("`")) for row in table] == [(int(s), s.name_on_wire) for s in Stream]
    for row in table:
        stream = Stream(int(row[0]))
        assert row[2].startswith("console") is (stream in FROM_CONSOLE)
        assert row[3].startswith("==") is not stream.follows(7, 5)
        assert int(row[4].replace(",", "")) == stream.max_bytes


RELAY_TABLES: dict[str, dict[str, set[type[Message]]]] = {
    "5.1": {
        "R": {
            messages.Challenge, messages.KeysetMsg, messages.StatusMsg, messages.Enrolled, messages.CodeMsg,
            messages.Redeemed, messages.JoinedDevice, messages.PakeA, messages.PakeConfirm, messages.Alive,
            messages.Ended, messages.ErrorMsg,
        },
        "D": {
            messages.Hello, messages.Redeem, messages.Enrol, messages.PakeB, messages.RecordMsg,
            messages.AliveAnswer, messages.Abort,
        },
    },
    "5.2": {
        "R": {messages.JoinedConsole, messages.PakeB, messages.RecordMsg, messages.Ended, messages.ErrorMsg},
        "T": {messages.PakeA, messages.PakeConfirm, messages.Abort},
    },
}  # fmt: skip


@pytest.mark.parametrize("number", RELAY_TABLES)
def test_the_relays_messages_are_those_of_the_specification(number: str) -> None:
    """An undocumented message or field fails here."""
    expected = {
        (sender, tag_of(kind)): field_names(kind)
        for sender, kinds in RELAY_TABLES[number].items()
        for kind in kinds
    }
    table = {(row[0], named(row[1])[0]): frozenset(named(row[2])) for row in rows(section(WIRE, number))}
    assert table == expected


SEALED: dict[str, set[type[Message]]] = {
    "t2d control": {
        sealed.Auth, sealed.Key, sealed.Pointer, sealed.Text, sealed.Setting, sealed.Point, sealed.Ask,
        sealed.Still, sealed.Close,
    },
    "t2d link": {
        sealed.Pong, sealed.Decode, sealed.Ack, sealed.KeyFrame, sealed.Signal, sealed.Carrier, sealed.Hear,
    },
    "d2t control": {
        sealed.Ping, sealed.Paired, sealed.Consent, sealed.Current, sealed.Settings, sealed.Field,
        sealed.Signal, sealed.DeviceClose,
    },
}  # fmt: skip


def test_the_sealed_messages_are_those_of_the_specification() -> None:
    table = {(row[0], named(row[1])[0]): set(named(row[2])) for row in rows(section(SEAL, "4"))}
    assert table.keys() == {(stream, tag_of(kind)) for stream, kinds in SEALED.items() for kind in kinds}
    for stream, kinds in SEALED.items():
        for kind in kinds:
            assert field_names(kind) <= table[stream, tag_of(kind)]


def test_commands_are_recorded_under_the_names_of_their_messages() -> None:
    """SPEC §10, §6: every message on `t2d control` but the first and the last is a class of `action`."""
    names = {tag_of(kind) for kind in SEALED["t2d control"]}
    listed = re.search(r"On `t2d control`.*?: (.*?)\. On", section(WIRE, "10"), re.DOTALL)
    assert listed
    assert set(named(listed.group(1))) == names
    assert names - {"auth", "close"} == {kind.value for kind in commands.ActionClass}


def test_the_causes_of_a_refusal_and_the_capabilities_are_those_of_the_specification() -> None:
    causes = re.search(r"`cause` one of `(not_granted [a-z_ ]+)`", section(WIRE, "6"))
    able = re.search(r"`caps` of hello_D: `([a-z0-9 ]+)`", section(WIRE, "10"))
    assert causes
    assert able
    assert causes.group(1).split() == [cause.value for cause in commands.ActionCause]
    assert able.group(1).split() == [one.value for one in commands.Capability]


def test_the_causes_are_those_of_the_specification() -> None:
    listed = re.search(r"`(form [a-z_ \n]+)`", section(SEAL, "6"))
    assert listed
    assert listed.group(1).split() == [cause.value for cause in BadgeCause]


def test_a_status_list_fits_into_its_pieces() -> None:
    assert limits.STATUS_PART_BYTES * limits.STATUS_PARTS == limits.STATUS_BYTES


def test_the_keys_are_those_of_the_specification() -> None:
    """INV-B9: the customer's own keys cannot be sent."""
    text = section(WIRE, "10")
    listed = re.search(r"press: `([a-z_\d \n…]+)`", text)
    assert listed
    words = listed.group(1).split()
    assert words[-3:] == ["digit_0", "…", "digit_9"]
    digits = [f"digit_{digit}" for digit in range(10)]
    assert [*words[:-3], *digits] == [key.value for key in commands.RemoteKey]
    assert not {"help", "stop", "hide"} & {key.value for key in commands.RemoteKey}


def test_grants_and_outcomes_are_those_of_the_specification() -> None:
    text = section(WIRE, "6")
    grants = re.search(r"^Grants: (.*)$", text, re.MULTILINE)
    assert grants
    assert named(grants.group(1).split(".")[0]) == sorted(grant.value for grant in commands.Grant)
    assert " ".join(outcome.value for outcome in commands.Outcome) in text


@pytest.mark.parametrize(
    ("number", "text", "value"),
    [
        ("9", "text message | 16,384 B", limits.TEXT_MESSAGE_BYTES),
        ("9", "HTTP body | 16,384 B", limits.HTTP_BODY_BYTES),
        ("9", "JSON depth 8", limits.JSON_DEPTH),
        ("9", "live codes | 4,500;", limits.LIVE_CODES),
        ("9", "life of a code | 600 s", limits.CODE_LIFE_S),
        ("9", "and second | 50,", limits.TEXT_MESSAGES_PER_S),
        ("9", "bursts to 100 |", limits.TEXT_MESSAGES_BURST),
        ("9", "badge | 4,096", limits.BADGE_CHARACTERS),
        ("5.1", "at most 1,024", limits.HELLO_BYTES),
        ("5.1", "at most 4,096", limits.RECORD_BYTES),
        ("5.1", "within 10 s", limits.HELLO_S),
        ("5.1", "1 to 8,192 B", limits.KEYSET_BYTES),
        ("5.1", "1 to 12,000 B", limits.STATUS_PART_BYTES),
        ("5.1", "(1 to 4)", limits.STATUS_PARTS),
        ("5.1", "1 to 86,400", limits.WAIT_S),
        ("5.1", "1 to 4,096 characters", limits.BADGE_CHARACTERS),
        ("5.5", "within 3,600 s", limits.ENROL_CODE_LIFE_S),
        ("9", "answered again for 86,400 s", limits.ENROL_AGAIN_S),
        ("5.2", "for 30 s", limits.TICKET_S),
        ("5.3", "for 4.75 s", limits.SILENCE_S),
        ("5.3", "at most 1,024 B", limits.ALIVE_BODY_BYTES),
        ("5.3", "at most 12 a second", limits.ALIVE_PER_S),
        ("5.3", "bursts to 16", limits.ALIVE_BURST),
        ("5.3", "At most 10 a second", limits.PICTURES_PER_S),
        ("5.3", "bursts to 20", limits.PICTURES_BURST),
        ("5.3", "newest 32 frames", limits.PICTURES_KEPT),
        ("5.3", "524,288 B", limits.PICTURES_KEPT_BYTES),
        ("5.3", "the last 2 s", limits.PICTURES_KEPT_S),
        ("5.3", "no more than 4 answers", limits.PICTURES_UNREAD),
        ("5.3", "within 5 s is broken off", limits.PICTURES_READ_S),
        ("5.3", "within 1 s", limits.ALIVE_ANSWER_S),
        ("5.3", "within 10 s of the last", limits.ALIVE_MOST_S),
        ("6", "after 5 s", limits.RECORD_DUE_S),
        ("6", "At most 16 frames", limits.STARTED_AT_ONCE),
        ("9", "of a setting's value | 16 / 256 |", limits.POINTER_STEPS),
        ("9", "of a setting's value | 16 / 256 |", limits.VALUE_CHARACTERS),
        ("9", "of a setting's value | 16 / 256 |", limits.TEXT_CHARACTERS),
        ("7", "pairing 30 s", limits.PAIRING_S),
        ("7", "consent 60 s", limits.CONSENT_S),
        ("7", "for 10 min", limits.IDLE_S // 60),
        ("7", "at most 30 min", limits.GRANTS_S // 60),
        ("7", "2 h in all", limits.SESSION_S // 3600),
    ],
)
def test_a_limit_is_the_one_of_the_specification(number: str, text: str, value: int) -> None:
    assert text in section(WIRE, number)
    assert f"{value:,}" in text


def test_rates_and_queues_are_those_of_the_specification() -> None:
    text = section(WIRE, "9")
    rates = f"{limits.CONTROL_FRAMES_PER_S} / {limits.LINK_FRAMES_PER_S}"
    assert f"{rates}, bursts to {limits.CONTROL_FRAMES_BURST} / {limits.LINK_FRAMES_BURST}" in text
    assert f"{limits.CONSOLE_BYTES_PER_S:,}, bursts to {limits.CONSOLE_BYTES_BURST:,} |" in text
    assert f"{limits.CONTROL_QUEUE_FRAMES} frames or {limits.CONTROL_QUEUE_BYTES // 2**20} MiB" in text
    assert f"{limits.PICTURE_QUEUE_FRAMES} frames or {limits.PICTURE_QUEUE_BYTES // 2**20} MiB" in text
    assert f"{limits.SOUND_QUEUE_FRAMES} frames (0.2 s)" in text
    assert f"/ {limits.DIRECT_FRAME_BYTES:,} / {limits.SOUND_FRAME_BYTES:,} B |" in text


@pytest.mark.parametrize(
    ("number", "text", "value"),
    [
        ("3", "at most 16,384", limits.TEXT_MESSAGE_BYTES),
        ("4", "`request` text <= 32", limits.REQUEST_CHARACTERS),
        ("4", "array of 1 to 16", limits.POINTER_STEPS),
        ("4", "`text` 1 to 256", limits.TEXT_CHARACTERS),
        ("4", "as text of 1 to 256", limits.VALUE_CHARACTERS),
        ("4.1", "are 0 to 65,535", limits.POINTER_MAX),
        ("4.1", "within 300 ms", limits.CUSTOMER_FIRST_MS),
        ("4.1", "is 1 to 128 characters", limits.PATH_CHARACTERS),
        ("4.1", "within 60 s of a no", limits.ASK_AGAIN_S),
        ("4.1", "within 60 s. Then", limits.CONSENT_S),
        ("4.1", "(1 to 8)", limits.SETTINGS_PARTS),
        ("4.1", "`items` is 0 to 64", limits.SETTINGS_PER_MESSAGE),
        ("4.1", "1 to 32 texts of 1 to 64", limits.OPTIONS_PER_SETTING),
        ("4.1", "1 to 32 texts of 1 to 64", limits.OPTION_CHARACTERS),
        ("4", "at most 4,096 characters", limits.BADGE_CHARACTERS),
        ("5", "less\nthan 3 s ago", limits.LEASE_MS // 1_000),
        ("5", "another every 250 ms", limits.LEASE_PING_FLOW_MS),
        ("5", "No relay ping for 4,750 ms", limits.LEASE_END_MS),
        ("5", "that left within 4,750 ms", limits.LEASE_END_MS),
        ("5.1", "within 10 s of the last", limits.ALIVE_MOST_S),
        ("6", "exp - iat <= 28800", limits.BADGE_LIFE_S),
        ("6", "now < exp + 300", limits.BADGE_SKEW_S),
        ("6", "`org` of 1 to 64", limits.NAME_CHARACTERS),
        ("6", "at most 16 texts", limits.SCOPES),
        ("6", "of 1 to 32;", limits.SCOPE_CHARACTERS),
        ("6", "of 1 to 256", limits.CLAIM_CHARACTERS),
        ("7", "at most 8,192", limits.KEYSET_BYTES),
        ("7", "(1 to 8)", limits.KEYS_OF_A_KIND),
        ("7", "at most 256 characters", limits.VKEY_CHARACTERS),
        ("7", "<= 34560000", limits.KEYSET_LIFE_S),
        ("8", "at most 48,000", limits.STATUS_BYTES),
        ("8", "at most 4,096 texts", limits.STATUS_JTIS),
        ("8", "at most 256 key ids", limits.STATUS_KIDS),
        ("8", "for 24 hours", limits.STATUS_LIFE_S // 3_600),
        ("9", "1 to 64 code points", limits.UNIT_CHARACTERS),
        ("11", "at most 8,192", limits.SIGNAL_CHARACTERS),
        ("11", "at most 8 in a session", limits.SIGNAL_OFFERS),
        ("11", "5 s apart", limits.SIGNAL_OFFER_S),
        ("11", "number 1 to 3", limits.PROOFS),
        ("11", "of 4,096 bytes", proofs.PROOF_BYTES),
        ("11", "for 500 ms", limits.DIRECT_STALL_MS),
        ("11", "after 600 ms without", limits.DIRECT_SILENT_MS),
        ("11", "within 2 s", limits.DIRECT_PROOF_S),
        ("3", "1 to 1,275 bytes", sound.OPUS_BYTES),
    ],
)
def test_a_limit_is_the_one_of_the_sealed_specification(number: str, text: str, value: int) -> None:
    assert text in section(SEAL, number)
    assert str(value) in text.replace(",", "")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ALIVE_AFTER_MS", "for 1,500 ms"),
        ("ALIVE_EVERY_MS", "every 300 ms"),
        ("ALIVE_AGAIN_MS", "within 1 s"),
        ("ALIVE_DRAWN_MS", "within 100 ms"),
        ("ALIVE_MOST_MS", "for 10 s at most"),
        ("SILENT_MS", "of 4,750 ms ago"),
    ],
)
def test_the_consoles_own_times_beside_the_socket_are_those_of_the_sealed_specification(
    name: str, text: str
) -> None:
    source = (ROOT / "technician_web" / "core" / "limits.js").read_text(encoding="utf-8")
    found = re.search(rf"{name} = ([\d_]+);", source)
    assert found is not None
    ms = int(found[1])
    assert (f"{ms:,} ms" in text) or (f"{ms // 1000} s" in text)
    assert text in section(SEAL, "5.1")


def test_signs_fit_into_the_queue_to_the_device_beside_both_bursts() -> None:
    bursts = limits.CONTROL_FRAMES_BURST + limits.LINK_FRAMES_BURST + limits.ALIVE_BURST
    assert bursts <= limits.CONTROL_QUEUE_FRAMES
    assert f"| {limits.ALIVE_PER_S}, bursts to {limits.ALIVE_BURST} |" in section(WIRE, "9")
    assert f"| {limits.PICTURES_PER_S}, bursts to {limits.PICTURES_BURST} |" in section(WIRE, "9")
