"""The vectors of draft-irtf-cfrg-cpace: our suite in full, of the other what needs no group."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from seal import cpace
from seal.errors import SealError
from tests.vectors.files import SEAL, document
from wire.encoding import lv

X25519 = document(SEAL / "cpace-x25519-sha512.json")
RISTRETTO = document(SEAL / "cpace-ristretto255-sha512.json")
MAIN = {name: bytes.fromhex(value) for name, value in X25519["main"].items() if isinstance(value, str)}
POINTS: list[dict[str, Any]] = X25519["low_order"]["cases"]


def test_the_generator_string_has_its_pad_and_its_order() -> None:
    string = cpace.generator_string(MAIN["PRS"], MAIN["CI"], MAIN["sid"])
    assert string == MAIN["generator_string"]
    assert len(string) == X25519["main"]["generator_string_length"]
    pad = len(string) - len(lv(b"CPace255", MAIN["PRS"])) - 1 - len(lv(MAIN["CI"], MAIN["sid"]))
    assert pad == X25519["main"]["zpad_length"]
    assert hashlib.sha512(string).digest()[:32] == MAIN["generator_string_hash"]


def test_the_generator_is_the_drafts() -> None:
    assert cpace.generator(MAIN["PRS"], MAIN["CI"], MAIN["sid"]) == MAIN["g"]


@pytest.mark.parametrize(("scalar", "share"), [("ya", "Ya"), ("yb", "Yb")])
def test_the_shares_are_the_drafts(scalar: str, share: str) -> None:
    assert cpace.public_share(MAIN[scalar], MAIN["g"]) == MAIN[share]


@pytest.mark.parametrize(("scalar", "peer"), [("ya", "Yb"), ("yb", "Ya")])
def test_both_ends_reach_the_drafts_key(scalar: str, peer: str) -> None:
    k = cpace.shared_key(MAIN[scalar], MAIN[peer])
    assert k == MAIN["K"]
    isk = cpace.isk(MAIN["sid"], k, MAIN["Ya"], MAIN["ADa"], MAIN["Yb"], MAIN["ADb"])
    assert isk == MAIN["ISK_IR"]


@pytest.mark.parametrize("case", POINTS, ids=[f"u{number:x}" for number in range(len(POINTS))])
def test_a_point_aborts_exactly_where_it_must(case: dict[str, Any]) -> None:
    """The draft's file calls all twelve invalid; only those marked `must_abort` are (bit 255 is ignored)."""
    scalar, point = bytes.fromhex(X25519["low_order"]["s"]), bytes.fromhex(case["u"])
    if case["must_abort"]:
        with pytest.raises(SealError, match="bad_point"):
            cpace.shared_key(scalar, point)
    else:
        assert cpace.shared_key(scalar, point).hex() == case["q"]


def test_seven_of_the_twelve_points_abort() -> None:
    assert [case["must_abort"] for case in POINTS].count(True) == 7


@pytest.mark.parametrize("suite", [X25519, RISTRETTO], ids=["x25519", "ristretto255"])
def test_strings_are_joined_as_in_the_draft(suite: dict[str, Any]) -> None:
    strings = suite.get("strings", {})
    for case in strings.get("prepend_len", []):
        assert lv(bytes.fromhex(case["in"])).hex() == case["out"]
    for case in strings.get("lv_cat", []):
        assert lv(*map(bytes.fromhex, case["in"])).hex() == case["out"]
    for case in strings.get("transcript_ir", []):
        ya, ada, yb, adb = map(bytes.fromhex, case["in"])
        assert (lv(ya, ada) + lv(yb, adb)).hex() == case["out"]
    main = {name: bytes.fromhex(value) for name, value in suite["main"].items() if isinstance(value, str)}
    dsi = bytes.fromhex(suite["DSI"])
    joined = lv(dsi + b"_ISK", main["sid"], main["K"])
    joined += lv(main["Ya"], main["ADa"]) + lv(main["Yb"], main["ADb"])
    assert hashlib.sha512(joined).digest() == main["ISK_IR"]


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_share_or_scalar_of_another_length_aborts(size: int) -> None:
    with pytest.raises(SealError, match="bad_point"):
        cpace.shared_key(MAIN["ya"], bytes([9]) * size)
    with pytest.raises(SealError, match="bad_point"):
        cpace.shared_key(bytes([9]) * size, MAIN["Ya"])


class _Silent:
    """A library that would hand out an all-zero product without a word."""

    @classmethod
    def from_private_bytes(cls, _scalar: bytes) -> _Silent:
        return cls()

    def exchange(self, _peer: object) -> bytes:
        return bytes(32)


def test_an_all_zero_product_aborts_even_if_the_library_lets_it_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cpace, "X25519PrivateKey", _Silent)
    with pytest.raises(SealError, match="bad_point"):
        cpace.shared_key(MAIN["ya"], MAIN["Yb"])
