"""Sentences with values in them, dates in the long form, numbers for reading; hostile names stay names."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from typing import Final

import pytest
from markupsafe import Markup

import locales
from care.catalogue.markets import Hours, Telephone
from care.catalogue.models import Why
from care.registration.rules import Note
from care.warranty.rows import Right
from customer_web import questions
from customer_web.render import render
from customer_web.views.accounts import CustomerKind, MailFor, OpenSession, Passkey
from customer_web.views.cover import Changed, Ground
from customer_web.views.mine import FoundBy, ProductPage
from customer_web.views.public import Question, Trouble
from customer_web.views.register import REFUSALS
from customer_web.views.shell import Cookies, Fault, Notice, Shell
from customer_web.wording import Wording, masked, spaced, strong
from tests.portal import samples
from tests.portal.document import Document

DAY: Final = date(2027, 3, 15)
LANGUAGES = pytest.mark.parametrize("language", samples.LANGUAGES)
HOSTILE: Final = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror='f()'>",
    "{{ 7 * 7 }}{% raw %}",
    "{date} %(name)s",
    "\ue000date\ue001",
    "a & b < c",
)


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", "15 March 2027"),
        ("lv", "2027. gada 15. marts"),
        ("nb", "15. mars 2027"),
        ("cs", "15. března 2027"),
        ("vi", "15 tháng 3 năm 2027"),
    ],
)
def test_a_day_is_written_in_the_long_form_with_its_whole_year(language: str, written: str) -> None:
    """CARE, pitfall 7: a right never hangs on a year of two digits."""
    assert Wording(language).long_date(DAY) == written


@pytest.mark.parametrize(
    ("language", "counted"),
    [
        ("lv", {0: "Reģistrēti 0 produkti.", 1: "Reģistrēts 1 produkts.", 21: "Reģistrēts 21 produkts."}),
        ("lv", {11: "Reģistrēti 11 produkti.", 22: "Reģistrēti 22 produkti."}),
        ("cs", {1: "Máte zaregistrovaný 1 produkt.", 3: "Máte zaregistrované 3 produkty."}),
        ("cs", {5: "Máte zaregistrovaných 5 produktů.", 0: "Máte zaregistrovaných 0 produktů."}),
        ("vi", {1: "Đã đăng ký 1 sản phẩm.", 2: "Đã đăng ký 2 sản phẩm."}),
        ("nb", {1: "1 produkt er registrert.", 2: "2 produkter er registrert."}),
    ],
)
def test_what_is_counted_stands_in_its_plural(language: str, counted: dict[int, str]) -> None:
    assert {n: Wording(language).t("portal.my.products", n=n) for n in counted} == counted


def test_a_number_is_grouped_for_reading_and_a_masked_one_shows_four_characters() -> None:
    assert spaced("0B4X7WS50312R6K") == "0B4X 7WS5 0312 R6K"
    assert spaced("R58M41ABCDE") == "R58M 41AB CDE"
    assert masked("356938035642375") == "•••• •••• •••2 375"


def test_a_file_and_a_time_are_written_as_the_language_writes_numbers() -> None:
    assert Wording("cs").megabytes(7_210_000) == "7,2\u00a0MB"
    assert Wording("en").megabytes(4_100_000) == "4.1\u00a0MB"
    assert Wording("en").duration(761) == "12\u00a0min 41\u00a0s"
    assert Wording("en").moment(datetime(2026, 11, 29, 9, 5)) == "29 November 2026, 09:05"  # noqa: DTZ001
    assert Wording("vi").moment(datetime(2026, 11, 29, 9, 5)) == "09:05, 29 tháng 11 năm 2026"  # noqa: DTZ001


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "Try again in 1 second."),
        (59, "Try again in 59 seconds."),
        (60, "Try again in 1 minute."),
        (61, "Try again in 2 minutes."),
    ],
)
def test_a_wait_is_never_said_too_short(seconds: int, said: str) -> None:
    assert Wording("en").wait(seconds) == said


def test_days_with_the_same_hours_are_one_line() -> None:
    day, short = Hours(time(9), time(18)), Hours(time(10), time(14))
    week = dict.fromkeys(("mon", "tue", "wed", "fri"), day) | {"sat": short}
    lines = Wording("en").hours(Telephone("1", "+3716000000", week))
    assert lines == (
        "Monday to Wednesday, 09:00\u201318:00",
        "Friday, 09:00\u201318:00",
        "Saturday, 10:00\u201314:00",
    )
    always = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), Hours(time(0), time(0)))
    assert Wording("en").hours(Telephone("1", "+3716000000", always)) == ("Every day, around the clock",)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_value_is_never_markup_and_never_part_of_the_sentence(name: str) -> None:
    """INV-G5: names come from devices and customers."""
    said = Wording("en").t("portal.my.cover.next", product=name, date=strong("15 < 16"))
    assert said == (Markup("{}").format(name) + Markup(": the last day is <strong>15 &lt; 16</strong>."))


def test_a_value_is_shown_in_nfc() -> None:
    assert Wording("en").t("portal.my.because", product="Pracˇka\u0065\u0301").endswith("é")


@LANGUAGES
@pytest.mark.parametrize("name", HOSTILE)
def test_a_page_with_hostile_names_is_the_same_page(language: str, name: str) -> None:
    """INV-G5: whatever a product, a TV, a browser or a customer is called, no element comes or goes."""
    tame = Document(_with_names(language, "Vista"))
    hostile = Document(_with_names(language, name))
    assert [(it.tag, sorted(it.attributes)) for it in hostile.elements] == [
        (it.tag, sorted(it.attributes)) for it in tame.elements
    ]
    assert len(hostile.texts) == len(tame.texts)


def _with_names(language: str, name: str) -> str:
    shell = replace(samples.shell(language), person=name, maker=replace(samples.MAKER, home_app=name))
    pages = dict(samples.pages(language))
    product, account, tv = pages["product"], pages["account"], pages["tv decide"]
    faq, number = pages["questions"], pages["number, short"]
    at = datetime(2026, 11, 29)  # noqa: DTZ001
    said = [
        replace(product, name=name, number=name, remote_help=()),  # type: ignore[type-var]
        replace(
            account,  # type: ignore[type-var]
            name=name,
            passkeys=(Passkey(name, name, DAY),),
            sessions=(OpenSession(name, name, at, is_this=False),),
        ),
        replace(tv, device=name, user_code=name),  # type: ignore[type-var]
        replace(faq, own=(Question(name, (name,)),)),  # type: ignore[type-var]
        replace(number, typed=name, look=None),  # type: ignore[type-var]
    ]
    return "".join(render(page, shell).replace('id="', 'id="' + str(n)) for n, page in enumerate(said))


@pytest.mark.parametrize(
    "path", ["//elsewhere.example", "/\\elsewhere.example", "https://elsewhere.example", ""]
)
def test_a_form_never_leads_back_to_another_host(path: str) -> None:
    """INV-G5: no open redirect by what the frame was given."""
    with pytest.raises(AssertionError):
        replace(samples.shell("en"), path=path)


@LANGUAGES
def test_every_member_of_a_closed_set_has_its_words(language: str) -> None:
    """LOOK 9, INV-F1: a word that is missing would be an error page instead of an answer."""
    members = {
        "notice": Notice,
        "fault": Fault,
        "ground": Ground,
        "changed": Changed,
        "found": FoundBy,
        "mail": MailFor,
        "kind": CustomerKind,
        "cookies.now": Cookies,
        "right": Right,
        "register.note": Note,
        "refused.why": Why,
        "benefit": questions.BENEFITS,
        "privacy.purpose": questions.PURPOSES,
    }
    wanted = {f"portal.{root}.{member}" for root, names in members.items() for member in names}
    wanted |= {f"portal.refused.{it}.{part}" for it in REFUSALS for part in ("what", "next")}
    wanted |= {f"portal.trouble.{it}.{part}" for it in Trouble for part in ("title", "text")}
    wanted |= {f"portal.card.{when}.{right}" for when in ("until", "from", "ended") for right in Right}
    wanted |= {
        f"portal.faq.{name}.answer{part}"
        for name, parts in questions.QUESTIONS.items()
        for part in range(1, parts + 1)
    }
    assert wanted - locales.read(language, "portal").keys() == set()


def test_no_answer_is_left_out() -> None:
    """A paragraph that is written is also shown."""
    answers = [key for key in locales.read("en", "portal") if ".answer" in key]
    assert len(answers) == sum(questions.QUESTIONS.values())


def test_the_frame_is_of_the_language_it_says() -> None:
    shell: Shell = samples.shell("lv")
    page = dict(samples.pages("lv"))["product"]
    assert isinstance(page, ProductPage)
    assert render(page, shell) == render(page, shell), "the same values give the same text"
    assert 'lang="lv"' in render(page, shell)
