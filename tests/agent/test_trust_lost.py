"""What a device knows of revoked keys, numbers and times outlives a restored server and a lost file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from device_agent.memory import load_memory
from device_agent.trust_state import Marks, higher
from tests.agent.fakes import NOW_MS, FakeClock
from tests.agent.organisation import Organisation, public
from tests.agent.told import judged, tell
from wire.encoding import key_id
from wire.reasons import BadgeCause

if TYPE_CHECKING:
    from pathlib import Path


NOW_S = NOW_MS // 1000
OTHERS = key_id(bytes(32))


@pytest.fixture
def org() -> Organisation:
    return Organisation()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


# A server whose database was restored from an older backup (seal/SPEC §8)


async def test_a_list_that_has_forgotten_a_revoked_key_does_not_bring_it_back(
    org: Organisation, clock: FakeClock, tmp_path: Path
) -> None:
    path, revoked, later = tmp_path / "state", org.issuer.kid, key_id(bytes(31) + b"\1")
    trust = org.trust(clock, path)
    await tell(trust, clock, org.keyset(NOW_S), org.status_list(NOW_S, kids=[revoked]))
    assert judged(org, trust) is BadgeCause.ISSUER_REVOKED
    await tell(trust, clock, org.keyset(NOW_S), org.status_list(NOW_S + 10, jtis=["jti-9"], kids=[later]))
    for device in (trust, org.trust(clock, path)):
        assert device.status is not None
        assert device.status.jtis == {"jti-9"}
        assert device.status.kids == {revoked, later}
        assert judged(org, device) is BadgeCause.ISSUER_REVOKED


async def test_only_another_status_key_ends_what_the_one_before_revoked(
    org: Organisation, clock: FakeClock, tmp_path: Path
) -> None:
    path, new = tmp_path / "state", Ed25519PrivateKey.generate()
    trust = org.trust(clock, path)
    await tell(trust, clock, org.keyset(NOW_S), org.status_list(NOW_S, kids=[OTHERS]))
    keyset = org.keyset(NOW_S, serial=2, status=public(new))
    await tell(trust, clock, keyset, org.status_list(NOW_S, key=new))
    for device in (trust, org.trust(clock, path)):
        assert device.status is not None
        assert device.status.kids == frozenset()


async def test_a_thief_of_the_status_key_cannot_fill_the_devices_disk(
    org: Organisation, clock: FakeClock, tmp_path: Path
) -> None:
    """Each list may name 256 keys; what a device keeps of all of them has an end."""
    path = tmp_path / "state"
    trust = org.trust(clock, path)
    names = [key_id(number.to_bytes(32)) for number in range(1_280)]
    for turn in range(5):
        kids = sorted(names[turn * 256 : turn * 256 + 256])
        await tell(trust, clock, org.keyset(NOW_S), org.status_list(NOW_S + turn, kids=kids))
    assert trust.status is not None
    assert (len(trust.status.kids), trust.status.iat) == (1_024, NOW_S + 3)
    assert org.trust(clock, path).status == trust.status
    assert path.stat().st_size < 131_072


# One of the two files is lost


async def with_two_files(org: Organisation, clock: FakeClock, folder: Path) -> None:
    """A device that has come to number 5 and has just heard a list."""
    memory = load_memory(folder / "device-state.json", NOW_MS)
    trust = org.trust(clock, folder / "state", memory=memory)
    await tell(trust, clock, org.keyset(NOW_S, serial=5), org.status_list(NOW_S + 100))


@pytest.mark.parametrize("harm", ["cut", "deleted", "of last year"])
async def test_a_lost_trust_state_lets_nothing_older_in(
    org: Organisation, clock: FakeClock, tmp_path: Path, harm: str
) -> None:
    path = tmp_path / "state"
    await tell(org.trust(clock, path), clock, org.keyset(NOW_S), org.status_list(NOW_S))
    last_year = path.read_bytes()
    await with_two_files(org, clock, tmp_path)
    if harm == "deleted":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:100] if harm == "cut" else last_year)
    clock.set_wall(0)
    trust = org.trust(clock, path, memory=load_memory(tmp_path / "device-state.json", 0))
    assert trust.keyset is None
    assert trust.now_ms() == NOW_MS + 100_000, "the signed times stay"
    assert not trust.hear_keyset(org.keyset(NOW_S, serial=4))
    assert trust.hear_keyset(org.keyset(NOW_S, serial=5))
    assert not trust.hear_status(org.status_list(NOW_S + 99))
    assert trust.hear_status(org.status_list(NOW_S + 100))


async def test_an_older_list_put_back_on_the_disk_hides_no_revocation(
    org: Organisation, clock: FakeClock, tmp_path: Path
) -> None:
    path = tmp_path / "state"
    memory = load_memory(tmp_path / "device-state.json", NOW_MS)
    trust = org.trust(clock, path, memory=memory)
    await tell(trust, clock, org.keyset(NOW_S), org.status_list(NOW_S))
    older = path.read_bytes()
    await tell(trust, clock, org.keyset(NOW_S), org.status_list(NOW_S + 1, jtis=["jti-1"]))
    path.write_bytes(older)
    again = org.trust(clock, path, memory=memory)
    assert again.keyset == trust.keyset
    assert again.status is None
    assert again.hear_status(org.status_list(NOW_S + 1, jtis=["jti-1"]))


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        (Marks(2, 10, "a", 5), Marks(1, 20, "a", 9), Marks(2, 20, "a", 9)),
        (Marks(2, 10, "b", 5), Marks(1, 20, "a", 9), Marks(2, 20, "b", 5)),
        (Marks(2, 10, "a", 5), Marks(2, 9, "a", 6), Marks(2, 10, "a", 6)),
        (Marks(), Marks(3, 4, "a", 5), Marks(3, 4, "a", 5)),
    ],
)
def test_of_two_copies_the_higher_counts(one: Marks, other: Marks, both: Marks) -> None:
    """But a status key that is over gives its lists' time to nobody."""
    assert higher(one, other) == higher(other, one) == both


@pytest.mark.parametrize("content", [None, b"", b"{", b'{"signed": 5}', b'{"signed": {"serial": "5"}}'])
async def test_a_lost_memory_is_made_good_from_the_trust_state(
    org: Organisation, clock: FakeClock, tmp_path: Path, content: bytes | None
) -> None:
    await with_two_files(org, clock, tmp_path)
    path = tmp_path / "device-state.json"
    before = load_memory(path, NOW_MS).signed
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    trust = org.trust(clock, tmp_path / "state", memory=load_memory(path, NOW_MS))
    await tell(trust, clock, org.keyset(NOW_S, serial=5), org.status_list(NOW_S + 100))
    assert load_memory(path, NOW_MS).signed == before
    assert (before.serial, before.status_s) == (5, NOW_S + 100)


async def test_a_state_that_knew_no_marks_yet_is_read(
    org: Organisation, clock: FakeClock, tmp_path: Path
) -> None:
    """INV-E5: yesterday's file."""
    await with_two_files(org, clock, tmp_path)
    path = tmp_path / "state"
    trust = org.trust(clock, path)
    state = json.loads(path.read_text())
    path.write_text(json.dumps({"keyset": state["keyset"], "status": state["status"], "newest": NOW_S}))
    again = org.trust(clock, path)
    assert (again.keyset, again.status) == (trust.keyset, trust.status)
    assert not again.hear_keyset(org.keyset(NOW_S, serial=4))
    assert not again.hear_status(org.status_list(NOW_S + 99))
