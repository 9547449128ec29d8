"""What a number can be, and what is said where it can be nothing (R12, R14-R21, INV-F5)."""

from __future__ import annotations

# ruff: noqa: RUF001 - characters that look like others are what is tested
from itertools import product

import pytest

from care.identifiers import (
    Kind,
    LookAlike,
    Number,
    Problem,
    Rule,
    Unfit,
    canonical,
    classify,
    fit,
    is_imei,
    look_alikes,
    model_of,
    variants,
)

IMEI = "490154203237518"  # the example of 3GPP TS 23.003, Annex B
PHONE = Rule(frozenset({Kind.IMEI, Kind.SERIAL}), serial_length=11)
TABLET = Rule(frozenset({Kind.SERIAL}), serial_length=11)
TELEVISION = Rule(frozenset({Kind.SERIAL}), serial_length=15)


def number(typed: str) -> Number:
    found = classify(typed)
    assert isinstance(found, Number), found
    return found


def unfit(typed: str) -> Unfit:
    found = classify(typed, model_codes=frozenset({"QV55Q7"}))
    assert isinstance(found, Unfit), found
    return found


@pytest.mark.parametrize(
    ("typed", "kinds"),
    [
        (IMEI, {Kind.IMEI, Kind.SERIAL}),
        ("490154203237519", {Kind.SERIAL}),  # a television's, whose digits check nothing
        ("0AB12S4K500123X", {Kind.SERIAL}),
        ("R5CT10ABCDE", {Kind.SERIAL}),
    ],
)
def test_a_number_is_all_that_it_can_be(typed: str, kinds: set[Kind]) -> None:
    assert number(typed).kinds == kinds


@pytest.mark.proves("D1")
@pytest.mark.parametrize(
    "typed",
    [
        "0AB12S4K500123X",
        "0ab12s4k500123x",
        " 0AB12 S4K50 0123X ",
        "0AB12-S4K50\u20110123X",
        "0AB12S4K500123X\u200b\r\n",
        "S/N: 0AB12S4K500123X",
        "sn:0AB12S4K500123X",
    ],
)
def test_spaces_dashes_case_and_what_cannot_be_seen_are_forgiven(typed: str) -> None:
    assert number(typed).canonical == "0AB12S4K500123X"


@pytest.mark.proves("R20")
@pytest.mark.proves("R21", by="what a product is called is a number of the wrong length")
@pytest.mark.proves("R17", by="a number of any length is a product's")
@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("", Problem.EMPTY),
        (" - \u200b", Problem.EMPTY),
        ("0AB12S4K500123", Problem.LENGTH),
        ("0AB12S4K500123XY", Problem.LENGTH),
        ("R5CT10ABCD", Problem.LENGTH),
        ("35690410000000", Problem.LENGTH),  # an IMEI without its check digit
        ("49015420323751", Problem.PACKAGING),  # another, which happens to be a barcode as well
        ("A" * 10_000, Problem.LENGTH),
        ("4006381333931", Problem.PACKAGING),
        ("04006381333931", Problem.PACKAGING),
        ("4006381333932", Problem.LENGTH),  # no barcode either: its check digit is wrong
        ("4901542032375186", Problem.SOFTWARE_VERSION),
        ("QV55-Q7", Problem.MODEL_CODE),
        ("00000000000", Problem.REPEATED),
        ("000000000000000", Problem.REPEATED),
    ],
)
def test_what_is_no_number_of_a_product_says_why(typed: str, problem: Problem) -> None:
    assert unfit(typed).problem is problem


@pytest.mark.proves("R19", by="a number of any length is a product's")
def test_how_many_characters_were_typed_is_told() -> None:
    assert unfit("0AB12-S4K50-0123").length == 14


@pytest.mark.parametrize(
    ("typed", "positions"),
    [
        ("0AB12S4K5O0123Ž", (15,)),
        ("０AB12S4K500123X", (1,)),  # full-width: no label has it
        ("0AB12S4K50(0123X)", (11, 17)),
        ("straße", (5,)),  # and it does not become two letters
        ("0AB12ſ4K500123X", (6,)),  # the long s, whose upper case is S
    ],
)
def test_characters_that_no_number_has_are_named_by_their_place(
    typed: str, positions: tuple[int, ...]
) -> None:
    found = unfit(typed)
    assert (found.problem, found.positions) == (Problem.CHARACTERS, positions)


@pytest.mark.proves("R18", "D1", by="a letter O is quietly made a zero")
def test_a_letter_is_never_taken_for_a_digit() -> None:
    assert number("0AB12S4K5O0123X").canonical == "0AB12S4K5O0123X"
    assert number("0AB12S4K5O0123X").look_alikes == (
        LookAlike(1, "0", "O"),
        LookAlike(6, "S", "5"),
        LookAlike(9, "5", "S"),
        LookAlike(10, "O", "0"),
        LookAlike(11, "0", "O"),
    )


@pytest.mark.proves("D1", by="an IMEI with a wrong digit is taken for a telephone's")
def test_every_single_wrong_digit_of_an_imei_is_noticed() -> None:
    for place, digit in product(range(15), "0123456789"):
        other = IMEI[:place] + digit + IMEI[place + 1 :]
        assert is_imei(other) is (other == IMEI), other


@pytest.mark.proves("R14", "D1", by="an IMEI may have any number of digits")
@pytest.mark.parametrize(
    "text",
    ["49015420323751", "4901542032375180", "４９０１５４２０３２３７５１８", "000000000000000", "٤" * 15],
)
def test_what_libraries_let_pass_is_no_imei(text: str) -> None:
    assert not is_imei(text)


@pytest.mark.proves("R15", "R16", by="a serial number of either length is every model's")
@pytest.mark.parametrize(
    ("typed", "rule", "expected"),
    [
        (IMEI, PHONE, Kind.IMEI),
        ("R5CT10ABCDE", PHONE, Kind.SERIAL),
        ("490154203237519", PHONE, Problem.CHECK_DIGIT),
        ("0AB12S4K500123X", PHONE, Problem.OTHER_KIND),
        (IMEI, TABLET, Problem.OTHER_KIND),
        ("R5CT10ABCDE", TABLET, Kind.SERIAL),
        (IMEI, TELEVISION, Kind.SERIAL),
        ("490154203237519", TELEVISION, Kind.SERIAL),
        ("R5CT10ABCDE", TELEVISION, Problem.OTHER_KIND),
    ],
)
def test_the_model_decides_which_kind_it_is(typed: str, rule: Rule, expected: Kind | Problem) -> None:
    assert fit(number(typed), rule) is expected


def test_the_type_allocation_code_names_the_model() -> None:
    models = {"49015420": "Pocket 9"}
    assert model_of(number(IMEI), models) == "Pocket 9"
    assert model_of(number("490154203237519"), models) is None


def test_the_other_readings_of_a_number_are_bounded_and_are_never_itself() -> None:
    assert variants("R1CT1XABCDE") == ()
    assert variants("R5CT10ABCDE") == ("R5CT1OABCDE", "RSCT10ABCDE", "RSCT1OABCDE")
    many = "0O5S0O5S0O5S0O5"
    assert len(variants(many)) == len(look_alikes(many)) == 15
    assert all(len(other) == 15 and other != many for other in variants(many))


def test_what_is_canonical_stays_as_it_is() -> None:
    for typed in ("s/n: sn: a-b", "IMEI: 490154203237518", "imei:sn:1"):
        assert canonical(canonical(typed)) == canonical(typed)
