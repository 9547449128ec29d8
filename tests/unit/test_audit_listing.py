"""What `audit show` says of a session: the verdict, every command with its answer, every gap."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from relay.audit.leaf_types import LeafType, Role
from relay.audit.listing import facts_of_session, utc
from relay.audit.record import FIRST_PREV, Leaf, build_leaf, leaf_hash, parse_leaf, pseudonym
from relay.audit.store import Stored
from wire.canonical import dump
from wire.commands import ActionClass, Grant, Outcome
from wire.encoding import b64, sha256_b64
from wire.reasons import EndReason
from wire.records import RecordWriter

SESSION = "5e" * 16
START = 1_785_000_000_000
TH = bytes(range(64))
BADGE = sha256_b64(b"badge")


def frame(number: int) -> str:
    return sha256_b64(b"frame %d" % number)


class Log:
    """Writes a session as the relay does, one leaf a second, and the device's records with it."""

    def __init__(self) -> None:
        self.stored: list[Stored] = []
        self.device = RecordWriter(TH, lambda _message: bytes(64))

    def leaf(self, typ: LeafType, role: Role = Role.DEVICE, **facts: object) -> Log:
        seq = len(self.stored)
        prev = sha256_b64(self.stored[-1].leaf) if self.stored else FIRST_PREV
        pid = pseudonym(salt=bytes(32), sess=SESSION, account=role)
        data = build_leaf(Leaf(typ, START + seq * 1_000, SESSION, seq, prev, role, pid, facts))
        self.stored.append(Stored(seq, SESSION, leaf_hash(data), data))
        return self

    def frames(self, first: int, count: int = 1) -> Log:
        named = [frame(first + n) for n in range(count)]
        return self.leaf(LeafType.CONTROL_FRAMES, Role.TECHNICIAN, first=first, frames=named)

    def paired(self) -> Log:
        record = self.device.paired(dts=START, frame=frame(0), badge=BADGE)
        return self.leaf(LeafType.SESSION_PAIRED, rec=b64(record), th=b64(TH))

    def consent(self, *grants: Grant) -> Log:
        record = self.device.consent(dts=START, grants=grants, for_s=1_800)
        return self.leaf(LeafType.SESSION_CONSENT, rec=b64(record))

    def action(
        self, number: int, outcome: Outcome = Outcome.DONE, kind: ActionClass = ActionClass.KEY
    ) -> Log:
        return self.leaf(LeafType.DEVICE_ACTION, rec=b64(self.action_record(number, outcome, kind)))

    def action_record(
        self, number: int, outcome: Outcome = Outcome.DONE, kind: ActionClass = ActionClass.KEY
    ) -> bytes:
        return self.device.action(
            dts=START,
            frame=frame(number),
            action_class=kind,
            path="picture.backlight",
            outcome=outcome,
        )

    def end(self) -> Log:
        record = self.device.end(dts=START, reason=EndReason.CUSTOMER_STOPPED)
        return self.leaf(LeafType.SESSION_END, reason="customer_stopped", rec=b64(record))

    def facts(self) -> dict[str, Any]:
        return facts_of_session(SESSION, self.stored)

    def gaps(self) -> list[tuple[str, int, int | None]]:
        return [(gap["kind"], gap["seq"], gap["frame"]) for gap in self.facts()["gaps"]]


def opened() -> Log:
    log = Log().leaf(LeafType.PIN_ISSUED, fw="Vista 55 Q7 4.2.0", ttl_s=600)
    log.leaf(LeafType.PIN_REDEEMED, Role.TECHNICIAN, badge=BADGE)
    return log.frames(0).paired().consent(Grant.VIEW, Grant.KEYS)


def test_a_good_session_reads_as_whole_with_every_command_answered_and_no_gap() -> None:
    """INV-D1"""
    facts = opened().frames(1, 2).action(1).action(2, Outcome.REFUSED).end().facts()
    assert facts["chain"] == {"whole": True, "leaves": 9, "first_bad": None, "why": ""}
    assert facts["gaps"] == []
    assert (facts["opened_at"], facts["ended_at"], facts["reason"]) == (
        "2026-07-25T17:20:00.000Z",
        "2026-07-25T17:20:08.000Z",
        "customer_stopped",
    )
    answers = [(c["number"], c["record"]["typ"], c["record"].get("outcome")) for c in facts["commands"]]
    assert answers == [(0, "paired", None), (1, "action", "done"), (2, "action", "refused")]
    assert facts["commands"][1]["record"]["path"] == "picture.backlight"
    assert facts["entries"][4]["record"]["grants"] == ["keys", "view"]
    assert [entry["typ"] for entry in facts["entries"]][:2] == ["pin.issued", "pin.redeemed"]
    assert "rec" not in facts["entries"][3]["facts"]
    json.dumps(facts)


def test_hiding_the_screen_and_showing_it_again_is_told_and_is_no_gap() -> None:
    log = opened()
    for hidden in (True, False):
        log.leaf(LeafType.SESSION_HIDE, rec=b64(log.device.hide(dts=START, hidden=hidden)))
    facts = log.frames(1).action(1).end().facts()
    assert facts["gaps"] == []
    told = [entry["record"] for entry in facts["entries"] if entry["typ"] == "session.hide"]
    assert [(one["typ"], one["hidden"]) for one in told] == [("hide", True), ("hide", False)]


def test_a_session_still_running_has_no_end_and_is_no_gap_for_it() -> None:
    facts = opened().facts()
    assert (facts["ended_at"], facts["reason"], facts["gaps"]) == (None, None, [])


def test_a_command_the_device_never_answered_is_a_gap() -> None:
    log = opened().frames(1, 2).action(1)
    assert log.gaps() == [("frame_unanswered", 5, 2)]
    assert log.facts()["commands"][2]["record"] is None


def test_an_answer_to_a_command_that_was_not_logged_before_is_a_gap() -> None:
    """INV-D1: logging after the fact does not count."""
    assert opened().action(1).gaps() == [("record_without_frame", 5, None)]
    assert opened().action(1).frames(1).gaps() == [
        ("record_without_frame", 5, None),
        ("frame_unanswered", 6, 1),
    ]


def test_answers_in_another_order_than_the_commands_are_a_gap() -> None:
    assert opened().frames(1, 2).action(2).action(1).gaps() == [("record_out_of_order", 6, 2)]


def test_what_was_only_started_is_told_with_what_came_of_it() -> None:
    """SPEC §6: the second record may come behind those of later commands."""
    log = opened().frames(1, 2).action(1, Outcome.STARTED).action(2).action(1)
    commands = log.facts()["commands"]
    assert log.gaps() == []
    assert (commands[1]["record"]["outcome"], commands[1]["over"]["outcome"]) == ("started", "done")
    assert commands[2]["over"] is None


def test_a_second_record_that_ends_nothing_or_something_else_is_a_gap() -> None:
    started = opened().frames(1).action(1, Outcome.STARTED)
    assert started.action(1, Outcome.DONE, ActionClass.ASK).gaps() == [("record_without_frame", 7, None)]
    twice = opened().frames(1).action(1, Outcome.STARTED).action(1, Outcome.STARTED)
    assert twice.gaps() == [("record_without_frame", 7, None)]
    assert opened().frames(1).action(1).action(1).gaps() == [("record_without_frame", 7, None)]


def test_missing_frame_numbers_are_a_gap() -> None:
    assert opened().frames(3).action(3).gaps() == [("frames_missing", 5, 1)]
    assert opened().frames(0).gaps()[0] == ("frames_missing", 5, 1)


def test_one_answer_never_counts_for_two_commands_of_the_same_bytes() -> None:
    log = opened()
    log.leaf(LeafType.CONTROL_FRAMES, Role.TECHNICIAN, first=1, frames=[frame(9), frame(9)]).action(9)
    assert log.gaps() == [("frame_unanswered", 5, 1)]


def test_a_record_held_back_breaks_the_devices_chain_and_shows() -> None:
    log = opened().frames(1, 2)
    log.action_record(1)  # the device wrote it; the log never got it
    log.action(2)
    assert log.gaps() == [("frame_unanswered", 5, 1), ("frame_unanswered", 5, 2), ("record_broken", 6, None)]


def test_bytes_that_are_no_record_show_as_broken() -> None:
    log = opened().leaf(LeafType.DEVICE_ACTION, rec=b64(b"{}"))
    assert log.gaps() == [("record_broken", 5, None)]
    assert log.facts()["entries"][5]["record"] is None


def test_whatever_follows_the_end_is_a_gap() -> None:
    """INV-B5, INV-B6"""
    log = opened().end().leaf(LeafType.SESSION_END, reason="idle", rec="")
    assert log.gaps() == [("entry_after_end", 6, None)]


def test_an_end_the_relay_saw_by_itself_has_no_record() -> None:
    log = opened().leaf(LeafType.SESSION_END, Role.RELAY, reason="device_lost", rec="")
    assert log.facts()["reason"] == "device_lost"
    assert log.facts()["entries"][-1]["record"] is None


def forged(stored: Stored, *, rehash: bool) -> Stored:
    data = dump({**json.loads(stored.leaf), "ts": 1})
    return replace(stored, leaf=data, hash=leaf_hash(data) if rehash else stored.hash)


@pytest.mark.parametrize("place", range(6))
def test_a_changed_leaf_is_named_by_the_hash_kept_beside_it(place: int) -> None:
    """INV-D2: also the last one, which no other leaf vouches for."""
    log = opened().end()
    log.stored[place] = forged(log.stored[place], rehash=False)
    assert log.facts()["chain"] == {
        "whole": False,
        "leaves": 6,
        "first_bad": place,
        "why": "differs from the hash kept beside it",
    }


def test_a_changed_leaf_with_a_new_hash_is_named_by_the_one_after_it() -> None:
    log = opened().end()
    log.stored[2] = forged(log.stored[2], rehash=True)
    assert log.facts()["chain"]["first_bad"] == 3


def test_an_unreadable_leaf_is_shown_as_such_and_the_rest_is_still_told() -> None:
    log = opened().end()
    log.stored[1] = replace(log.stored[1], leaf=b"rubbish")
    facts = log.facts()
    assert facts["chain"]["first_bad"] == 1
    assert facts["entries"][1] == {"seq": 1, "unreadable": "not_canonical: not JSON of the kind allowed"}
    assert facts["reason"] == "customer_stopped"


def test_times_no_calendar_has_are_still_shown() -> None:
    """A device signs what its clock says; a lying one must not stop the auditor."""
    assert utc(0) == "1970-01-01T00:00:00.000Z"
    assert utc(2**53 - 1) == f"{2**53 - 1} ms after 1970"


def test_the_listing_names_nobody() -> None:
    """INV-C4"""
    entries = opened().facts()["entries"]
    assert {entry["by"]["role"] for entry in entries} == {"device", "technician"}
    assert all(len(entry["by"]["pid"]) == 43 for entry in entries)
    assert parse_leaf(opened().stored[0].leaf).pid == entries[0]["by"]["pid"]
