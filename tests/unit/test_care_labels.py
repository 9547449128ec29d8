"""Which code of a label registers the product (R34-R36)."""

from __future__ import annotations

import pytest

from care.catalogue.labels import CODES_MOST, Choice, Label, Problem, What, choose, read

HOSTS = frozenset({"id.hallmere.example"})
GTIN = "04006381333931"
SERIAL = "0AB12S4K500123X"
LINK = f"https://id.hallmere.example/01/{GTIN}/21/{SERIAL}"
MATTER = "MT:Y.K9042C00KA0648G00"
BOX = "4006381333931"


@pytest.mark.proves("R34")
@pytest.mark.parametrize(
    ("text", "label"),
    [
        (LINK, Label(What.REGISTRATION, GTIN, SERIAL)),
        (LINK.replace("/01/", "/q/01/"), Label(What.REGISTRATION, GTIN, SERIAL)),
        (LINK.replace("/21/", "/22/2A/10/L7/21/"), Label(What.REGISTRATION, GTIN, SERIAL)),
        (LINK.replace(GTIN, BOX), Label(What.REGISTRATION, GTIN, SERIAL)),
        (LINK.replace(SERIAL, SERIAL.lower()), Label(What.REGISTRATION, GTIN, SERIAL)),
        (LINK.replace("https://id", "HTTPS://ID"), Label(What.REGISTRATION, GTIN, SERIAL)),
        (f"https://id.hallmere.example/01/{GTIN}", Label(What.MODEL, GTIN)),
        (MATTER, Label(What.PAIRING)),
        ("X-HM://0023ISYWY3CHP", Label(What.PAIRING)),
        ("DPP:C:81/1;M:54:32:10:ff:fe:00;K:MDkw;;", Label(What.PAIRING)),
        ("WIFI:S:home;T:WPA;P:secret;;", Label(What.PAIRING)),
        (BOX, Label(What.PACKAGE, GTIN)),
        (SERIAL, Label(What.NUMBER, number=SERIAL)),
        ("S/N: " + SERIAL, Label(What.NUMBER, number=SERIAL)),
        ("490154203237518", Label(What.NUMBER, number="490154203237518")),
    ],
)
def test_what_a_code_says(text: str, label: Label) -> None:
    assert read(text, HOSTS) == label


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        LINK.replace("id.hallmere", "id.hallmere.evil"),
        LINK.replace("https:", "ftp:"),
        LINK.replace("https://", "https://id.hallmere.example@evil.example/"),
        LINK.replace(GTIN, "04006381333932"),  # a wrong check digit, which the parser lets pass
        LINK.replace(SERIAL, "0AB12S4K50%2F0123X"),
        LINK.replace(SERIAL, "0AB12"),
        LINK.replace(SERIAL, "A" * 4_000),
        "https://id.hallmere.example/",
        "https://[::1/01/" + GTIN,
        "javascript://id.hallmere.example/01/" + GTIN,
    ],
)
def test_what_is_not_ours_says_nothing(text: str) -> None:
    assert read(text, HOSTS) == Label(What.OTHER)


@pytest.mark.proves("R34", "R36")
@pytest.mark.parametrize("texts", [(MATTER, LINK), (LINK, MATTER), (BOX, MATTER, LINK, LINK), (SERIAL, LINK)])
def test_the_registration_code_is_taken_wherever_it_stands(texts: tuple[str, ...]) -> None:
    assert choose(texts, HOSTS) == Choice(Label(What.REGISTRATION, GTIN, SERIAL))


@pytest.mark.proves("R36", by="the code for the smart home registers nothing, and nobody is told why")
@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        ((), Problem.NO_CODE),
        ((MATTER,), Problem.PAIRING_ONLY),
        ((BOX, MATTER), Problem.PAIRING_ONLY),
        ((BOX,), Problem.PACKAGE_ONLY),
        (("https://somebody.example/",), Problem.NOT_OURS),
        ((LINK, LINK.replace("0123X", "0124X")), Problem.SEVERAL),
        ((SERIAL, SERIAL.replace("0123X", "0124X")), Problem.SEVERAL),
    ],
)
def test_where_no_one_product_is_named_it_is_said_why(texts: tuple[str, ...], problem: Problem) -> None:
    assert choose(texts, HOSTS) == Choice(None, problem)


def test_codes_beyond_the_limit_are_not_looked_at() -> None:
    assert choose([MATTER] * CODES_MOST + [LINK], HOSTS) == Choice(None, Problem.PAIRING_ONLY)
