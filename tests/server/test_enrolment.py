"""A device enrols over a real socket: what it hears, what nobody hears, and what bad words cost."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

from identity.enrolment import UnitForm
from identity.keys import has_signed
from identity.rules import ENROL_LIMIT
from server.app import offers_of
from server.cli import app
from tests.server.bad_messages import broken
from tests.server.ends import Device, Farewell, new_device
from wire import enrolment, keyset
from wire import status as lists
from wire.encoding import b64, key_id, unb64
from wire.enrol_code import read_enrol_code

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.conftest import Running

pytestmark = pytest.mark.slow

UNIT, MODEL = "HM-55Q7-004211", "Vista 55 Q7"


async def new_code(server: Running) -> str:
    offered = await offers_of(server.office).offer(unit=UNIT, model=MODEL)
    assert not isinstance(offered, UnitForm)
    return offered.code


def asked(device: Device, code: str) -> dict[str, str]:
    key = device.key.public_key().public_bytes_raw()
    origin, rc = str(device.challenge["origin"]), unb64(str(device.challenge["rc"]))
    sig = device.key.sign(enrolment.enrol_message(origin, rc, key, code))
    return {"code": code, "key": b64(key), "sig": b64(sig)}


async def enrol(server: Running, code: str, key: Ed25519PrivateKey | None = None) -> Farewell:
    device = await new_device(server)
    if key is not None:
        device = replace(device, key=key)
    await device.end.say("enrol", **asked(device, code))
    return await device.end.farewell()


async def test_a_device_is_told_which_unit_it_is_and_can_judge_what_it_is_told(server: Running) -> None:
    """By nothing but its maker's root: the keys and the list come over the same socket."""
    code, device = await new_code(server), await new_device(server)
    told = unb64(str((await device.end.hear("keyset"))["data"]))
    held = keyset.verified(told, root=server.service.keys.keys.root, check=has_signed)
    piece = unb64(str((await device.end.hear("status"))["data"]))
    status = lists.verified(piece, status_key=held.status, iss=held.iss, check=has_signed)
    await device.end.say("enrol", **asked(device, code))
    answer = await device.end.farewell()
    assert (answer.code, answer.last["t"]) == (1000, "enrolled")
    key = device.key.public_key().public_bytes_raw()
    claims = enrolment.verified(
        str(answer.last["cred"]), keyset=held, status=status, dpk=key, check=has_signed
    )
    assert (claims.sub, claims.model) == (UNIT, MODEL)
    assert await enrol(server, code, device.key) == answer


async def test_every_code_that_opens_nothing_is_refused_alike_and_nothing_of_it_is_logged(
    server: Running,
) -> None:
    """INV-A5, INV-C4."""
    code, key = await new_code(server), Ed25519PrivateKey.generate()
    enrolled = await enrol(server, code, key)
    assert enrolled.last["t"] == "enrolled"
    void = await new_code(server)
    await server.service.enrolments.recover()
    refused = [await enrol(server, which) for which in ("0" * 16, code, void)]
    assert refused == [Farewell(4404, {"t": "error", "code": "code_not_open"})] * 3
    log = server.log.getvalue()
    public = key.public_key().public_bytes_raw()
    for private in (code, void, UNIT, MODEL, b64(public), key_id(public), enrolled.last["cred"]):
        assert str(private) not in log
    assert "Traceback" not in log


async def test_who_guesses_is_told_to_wait(server: Running) -> None:
    answers = [await enrol(server, "0" * 16) for _ in range(ENROL_LIMIT.free + 1)]
    assert [answer.error for answer in answers] == ["code_not_open"] * ENROL_LIMIT.free + ["too_many"]
    assert 1 <= answers[-1].last["wait_s"] <= ENROL_LIMIT.longest_ms // 1_000


async def test_a_broken_word_costs_its_sender_the_socket_and_no_code(server: Running) -> None:
    """INV-F1, INV-F2: limits hold before anything is looked up, and a proof for another moment is none."""
    code = await new_code(server)
    good = asked(await new_device(server), code)
    wrong = []
    for case, sent in broken("enrol", good).items():
        device = await new_device(server)
        await device.end.send(sent)
        got = await device.end.farewell()
        # Another code, key or signature that is one by form proves nothing.
        if got.error not in {"bad_message", "not_allowed"}:
            wrong.append((case, got))
    assert wrong == []
    device = await new_device(server)
    await device.end.say("enrol", **good)  # signed for the challenge of another socket
    assert (await device.end.farewell()).error == "not_allowed"
    assert (await enrol(server, code)).last["t"] == "enrolled", "the code is as good as before"
    assert "Traceback" not in server.log.getvalue()


async def test_a_store_that_is_away_is_said_and_costs_no_code(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-H2."""
    from server.storage.engine import StorageAway

    code = await new_code(server)

    def away(_step: str) -> None:
        raise StorageAway("OperationalError")

    with monkeypatch.context() as patch:
        patch.setattr(server.office.database, "write", away)
        assert (await enrol(server, code)).error == "try_later"
    assert (await enrol(server, code)).last["t"] == "enrolled"


def test_the_operator_prints_a_code_once_and_is_told_what_a_unit_may_be_called(tmp_path: Path) -> None:
    def run(unit: str) -> tuple[int, str, str]:
        words = ("device", "enrol", "--unit", unit, "--model", MODEL, "--data", str(tmp_path), "--json")
        done = CliRunner().invoke(app, words)
        return done.exit_code, done.stdout, done.stderr

    status, said, _ = run(UNIT)
    assert status == 0
    facts = json.loads(said)
    assert read_enrol_code(facts["code"]) is not None
    assert (len(facts["code"]), facts["valid_minutes"]) == (19, 60)
    shown = CliRunner().invoke(app, ["audit", "show", facts["record"], "--data", str(tmp_path), "--json"])
    assert [entry["typ"] for entry in json.loads(shown.stdout)["entries"]] == ["enrol.offered"]
    assert facts["code"].replace("-", "").encode() not in (tmp_path / "alongside.db").read_bytes()
    status, said, why = run("a\nb")
    assert (status, said) == (1, "")
    assert "1 to 64 characters" in why
