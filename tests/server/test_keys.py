"""Keys on disk, and the way of a keyset from request to use: what is refused, and in which words (INV-G6)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from identity.keyring import (
    Duty,
    KeysNotReady,
    held_keyset,
    install_keyset,
    open_keys,
    path_of,
    request_keys,
    successor_of,
)
from identity.keys import SigningKey, UnsafeKeyFile, kept_secret, secret_from
from identity.keyset_request import BadRequest, read_request, sign_request
from server.keys import KeyRing, set_up
from server.settings import Settings, private_folder
from wire.encoding import key_id

if TYPE_CHECKING:
    from pathlib import Path

    from identity.keyring import Keys
    from identity.keyset_request import KeysetRequest

NOW = 1_800_000_000
DAY = 86_400
ISS, ORIGIN = "hallmere-care", "https://relay.example"
ROOT = SigningKey(bytes(range(32)))


class Wall:
    """A clock that stands."""

    def __init__(self, now_s: int = NOW) -> None:
        self.now_s = now_s

    def now_ms(self) -> int:
        return self.now_s * 1_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return private_folder(tmp_path / "data")


def signed(request: KeysetRequest, *, root: SigningKey = ROOT, now_s: int = NOW, days: int = 365) -> bytes:
    return sign_request(request, root, now_s=now_s, days=days)


def install(folder: Path, data: bytes, *, root: SigningKey | None = ROOT, now_s: int = NOW) -> Keys:
    named = None if root is None else root.public
    return install_keyset(folder, data, root=named, iss=ISS, aud=ORIGIN, now_s=now_s)


def ready(folder: Path) -> Keys:
    return install(folder, signed(request_keys(folder, iss=ISS)))


def test_a_keyset_goes_from_the_server_to_the_root_and_back(folder: Path) -> None:
    request = request_keys(folder, iss=ISS)
    assert read_request(request.to_bytes() + b"\n") == request
    keys = install(folder, signed(request))
    assert keys.keyset.serial == 1
    assert keys.keyset.issuers == (keys.issuer.public,)
    assert keys.keyset.enrol == (keys.enroller.public,)
    assert keys.keyset.status == keys.status.public
    assert held_keyset(folder) == keys.keyset
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir())


def test_a_server_without_a_keyset_says_which_commands_make_one(folder: Path) -> None:
    with pytest.raises(KeysNotReady, match="keys setup"):
        open_keys(folder, iss=ISS, aud=ORIGIN, now_s=NOW)


def test_the_first_keyset_needs_the_root_named_and_every_other_the_same_root(folder: Path) -> None:
    request, thief = request_keys(folder, iss=ISS), SigningKey(bytes(32))
    with pytest.raises(KeysNotReady, match="--root-key"):
        install(folder, signed(request), root=None)
    with pytest.raises(KeysNotReady, match="root: signature"):
        install(folder, signed(request, root=thief))
    install(folder, signed(request))
    with pytest.raises(KeysNotReady, match="another root"):
        install(folder, signed(request, root=thief), root=thief)
    with pytest.raises(KeysNotReady, match="root: signature"):
        install(folder, signed(request_keys(folder, iss=ISS), root=thief), root=None)


def test_a_keyset_with_a_lower_serial_or_the_same_with_other_content_is_refused(folder: Path) -> None:
    first = signed(request_keys(folder, iss=ISS))
    install(folder, first)
    other = signed(request_keys(folder, iss=ISS))
    install(folder, other)
    install(folder, other)
    for old in (
        first,
        signed(replace(read_request(request_keys(folder, iss=ISS).to_bytes()), serial=2), days=9),
    ):
        with pytest.raises(KeysNotReady, match="no device would go back"):
            install(folder, old)


@pytest.mark.parametrize("now_s", [NOW + 365 * DAY, NOW - 301])
def test_a_keyset_outside_its_dates_does_not_serve(folder: Path, now_s: int) -> None:
    ready(folder)
    with pytest.raises(KeysNotReady, match="not valid now"):
        open_keys(folder, iss=ISS, aud=ORIGIN, now_s=now_s)


def test_a_keyset_of_another_issuer_or_for_other_keys_does_not_serve(folder: Path, tmp_path: Path) -> None:
    ready(folder)
    with pytest.raises(KeysNotReady, match="is for the issuer"):
        open_keys(folder, iss="elsewhere", aud=ORIGIN, now_s=NOW)
    other = private_folder(tmp_path / "other")
    for duty in Duty:
        path_of(folder, duty).rename(other / "kept.key")
        request_keys(folder, iss=ISS)
        with pytest.raises(KeysNotReady, match=f"this server's {duty} key"):
            open_keys(folder, iss=ISS, aud=ORIGIN, now_s=NOW)
        (other / "kept.key").replace(path_of(folder, duty))


@pytest.mark.parametrize("duty", Duty)
def test_a_rotated_key_is_used_from_the_keyset_on_that_names_it(folder: Path, duty: Duty) -> None:
    """The old issuer stays for the badges it signed; there is one status key at a time."""
    before = ready(folder)
    request = request_keys(folder, iss=ISS, rotate=[duty])
    assert request_keys(folder, iss=ISS, rotate=[duty]) == request, "asked twice, drawn once"
    still = open_keys(folder, iss=ISS, aud=ORIGIN, now_s=NOW)
    assert still.keyset == before.keyset
    after = install(folder, signed(request))
    changed = {
        Duty.ISSUER: after.issuer.public != before.issuer.public,
        Duty.ENROL: after.enroller.public != before.enroller.public,
        Duty.STATUS: after.status.public != before.status.public,
    }
    assert changed == {one: one is duty for one in Duty}
    assert not successor_of(folder, duty).exists()
    assert before.issuer.public in after.keyset.issuers
    assert before.enroller.public in after.keyset.enrol


def test_a_crash_before_the_successor_took_its_place_is_mended_at_the_next_start(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-E1: the keyset is durable, the file not yet renamed; the server signs with a named key."""
    ready(folder)
    data = signed(request_keys(folder, iss=ISS, rotate=list(Duty)))
    with monkeypatch.context() as patch:
        patch.setattr("identity.keyring.open_keys", lambda *_args, **_named: None)
        install(folder, data)
    assert all(successor_of(folder, duty).exists() for duty in Duty)
    keys = open_keys(folder, iss=ISS, aud=ORIGIN, now_s=NOW)
    assert keys.keyset.serial == 2
    assert not any(successor_of(folder, duty).exists() for duty in Duty)
    assert kept_secret(path_of(folder, Duty.STATUS))
    assert keys.keyset.status == keys.status.public


def test_an_old_key_is_left_out_by_its_id(folder: Path) -> None:
    before = ready(folder)
    install(folder, signed(request_keys(folder, iss=ISS, rotate=[Duty.ISSUER])))
    after = install(folder, signed(request_keys(folder, iss=ISS, without=[before.issuer.kid])))
    assert after.keyset.issuers == (after.issuer.public,)
    with pytest.raises(BadRequest, match="no key of the keyset"):
        request_keys(folder, iss=ISS, without=[key_id(bytes(32))])


def test_a_keyset_has_room_for_eight_issuers(folder: Path) -> None:
    ready(folder)
    for _ in range(7):
        install(folder, signed(request_keys(folder, iss=ISS, rotate=[Duty.ISSUER])))
    with pytest.raises(BadRequest, match="--without"):
        request_keys(folder, iss=ISS, rotate=[Duty.ISSUER])


@pytest.mark.parametrize(
    "text", [b"", b"{}", b"[]", b'{"v":1}', b"\xff", b'{"enrol":[],"iss":"x","issuers":["A"],"serial":1}']
)
def test_what_is_no_request_is_refused_in_words(text: bytes) -> None:
    with pytest.raises(BadRequest, match="keys request"):
        read_request(text)


def test_the_root_signs_no_keyset_that_a_device_would_refuse(folder: Path) -> None:
    request = request_keys(folder, iss=ISS)
    with pytest.raises(BadRequest, match="no device would take"):
        signed(request, days=401)
    with pytest.raises(BadRequest, match="no device would take"):
        signed(replace(request, enrol=request.issuers))
    with pytest.raises(BadRequest, match="no device would take"):
        signed(request, root=SigningKey(kept_secret(path_of(folder, Duty.ISSUER))))


def test_a_server_with_the_root_in_its_folder_does_not_start(tmp_path: Path) -> None:
    settings = Settings(origin=ORIGIN, data=private_folder(tmp_path / "data"), issuer=ISS)
    set_up(settings, settings.data / "anything.key", now_s=NOW)
    with pytest.raises(KeysNotReady, match=r"anything\.key is the root key"):
        KeyRing(settings, Wall())


def test_a_running_server_takes_a_new_keyset_and_stays_with_the_old_one_if_it_is_bad(tmp_path: Path) -> None:
    settings = Settings(origin=ORIGIN, data=private_folder(tmp_path / "data"), issuer=ISS)
    set_up(settings, tmp_path / "root.key", now_s=NOW)
    ring = KeyRing(settings, Wall())
    assert not ring.reload()
    old = ring.issuer().kid
    root = SigningKey(secret_from(tmp_path / "root.key"))
    data = signed(request_keys(settings.data, iss=ISS, rotate=[Duty.ISSUER]), root=root)
    install(settings.data, data, root=None)
    assert ring.reload()
    assert ring.issuer().kid != old
    good = ring.issuer().kid
    (settings.data / "keyset.json").write_bytes(b"{}")
    assert not ring.reload()
    assert ring.issuer().kid == good


@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_a_key_others_can_read_is_not_used(folder: Path, mode: int) -> None:
    ready(folder)
    path_of(folder, Duty.STATUS).chmod(mode)
    with pytest.raises(UnsafeKeyFile, match="600"):
        open_keys(folder, iss=ISS, aud=ORIGIN, now_s=NOW)
