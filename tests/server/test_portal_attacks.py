"""Hostile customers, bots and thieves before the portal: refused, never a fault of ours (INV-F1, INV-G3)."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from server.portal.site import path_of_ours
from server.web.body import holds_nul
from tests.server.conftest import PASSWORD
from tests.server.portal_people import (
    SERIALS,
    TERMS,
    Answer,
    Person,
    customer,
    json_of,
    open_portal_server,
    portal_of,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.server.conftest import Running

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    async with open_portal_server(tmp_path_factory.mktemp("portal"), behind_proxy=True) as there:
        yield there


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def anna(running: Running) -> Person:
    return await customer(running, "anna")


def no_fault(running: Running) -> bool:
    return "our fault" not in running.log.getvalue()


AWAY = (
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "/%2f/evil.example",
    "/.//evil.example",
    "/my//evil.example",
    "\\\\evil.example",
    "javascript:alert(1)",
    "/my\r\nSet-Cookie: a=b",
    "/my\nX: y",
    "/my?a=//evil.example",
    "/my#x",
    "/my?next=https://evil.example",
    " /my",
    "/my\0",
    "/\u2044evil.example",
    "http:/my",
    "",
    "x" * 9_000,
)


@pytest.mark.parametrize("after", AWAY)
async def test_nobody_is_led_away_by_a_form(running: Running, anna: Person, after: str) -> None:
    for path, fields in (
        ("/language", {"language": "en"}),
        ("/cookies", {"choice": "rejected"}),
        ("/sign-in", {"email": anna.email, "password": PASSWORD}),
    ):
        stranger = Person(running, source="192.0.2.9")
        answer = await stranger.send(path, fields, after=after)
        assert answer.status == 303 or (answer.status, "\0" in after) == (400, True)
        assert answer.where in {"", "/", "/my"}
        assert "evil" not in str(answer.headers)


async def test_a_path_that_nearly_is_one_of_ours_is_judged_at_once(anna: Person) -> None:
    """INV-F1: with each character that is read in two ways the time would double."""
    assert path_of_ours("/" + "a" * 150 + "!", "/my") == "/my"
    assert path_of_ours("/" + "a/" * 75 + "!", "/my") == "/my"
    assert path_of_ours("/my/products?page=2", "/") == "/my/products?page=2"
    assert path_of_ours("/register/guide/", "/") == "/register/guide/"
    assert (await anna.page("/" + "a" * 150 + "!")).status == 404
    assert (await anna.page("/sign-in?after=/" + "a" * 150 + "!")).where == "/my"


MARKUP = "\"><script>alert(1)</script><img src=x onerror='alert(2)'>"


async def test_what_people_write_never_becomes_part_of_a_page(running: Running) -> None:
    """Names, numbers, shops, languages: shown as they were written, and nothing else."""
    name = "A<b>'\"&"
    eva = await customer(running, "eva")
    answer = await eva.send("/account", part="details", name=name, language="en", market="LV")
    assert answer.status == 303
    begun = await eva.send("/register", step="1", identifier=SERIALS[1])
    draft = begun.where.partition("?")[0]
    pages = [
        await eva.page("/my"),
        await eva.send("/register", step="1", identifier=MARKUP),
        await eva.send("/warranty", identifier=MARKUP, brand=MARKUP),
        await eva.send("/my/transfer", transfer_code=MARKUP, answer="look"),
        await eva.send(draft, step="3", shop=MARKUP, purchased_on=MARKUP, terms=MARKUP),
        await eva.send(draft, step="2", type=MARKUP, subtype=MARKUP, category=MARKUP, model=MARKUP),
        await eva.send("/account", part="details", name=MARKUP, language=MARKUP, market=MARKUP),
        await Person(running).send("/sign-in", email=MARKUP, password="x", after=MARKUP),
        await Person(running).send(
            "/sign-up", name=MARKUP, email=MARKUP, kind=MARKUP, market=MARKUP, language=MARKUP, password="x"
        ),
        await Person(running).send("/account/recover", email=MARKUP),
        await eva.page("/support?product=%3Cscript%3Ealert(1)%3C/script%3E"),
        await eva.page("/tv?code=%22%3E%3Cscript%3Ealert(1)%3C/script%3E"),
        await eva.send("/tv", user_code=MARKUP, answer="look"),
        await eva.page("/my", headers={"User-Agent": MARKUP, "Accept-Language": MARKUP, "Referer": MARKUP}),
    ]
    for page in pages:
        assert page.headers["Content-Type"].startswith("text/html")
        assert page.status < 500
        assert "<script>alert" not in page.text
        assert "<img" not in page.text
        assert "<b>'" not in page.text
    assert "A&lt;b&gt;" in pages[0].text
    assert no_fault(running)


async def test_a_proof_of_another_session_moves_nothing(running: Running, anna: Person) -> None:
    other = await customer(running, "thief-with-an-account")
    for proof in (other.csrf, anna.csrf[:-1], anna.csrf + "A", anna.csrf.lower(), "\u00e9" * 43, ""):
        answer = await anna.send("/account", csrf=proof, part="sessions")
        assert (proof, answer.status) == (proof, 403)
        header = {
            "Cookie": f"__Host-alongside={anna.token}",
            "X-CSRF-Token": proof.encode().decode("latin-1"),
        }
        answer = await anna.ask("POST", "/api/v1/me/passkeys/options", headers=header)
        assert (proof, answer.status) == (proof, 403)
    assert (await anna.page("/account")).status == 200


async def test_signing_in_never_takes_over_a_token_that_came_along(running: Running, anna: Person) -> None:
    """Session fixation: whoever planted a cookie knows nothing of the session that begins."""
    planted = "p" * 43
    victim = Person(running, source="192.0.2.10", cookies={"__Host-alongside": planted})
    answer = await victim.send("/sign-in", email=anna.email, password=PASSWORD, after="/my")
    [given] = re.findall(r"__Host-alongside=([^;]+)", str(answer.headers))
    assert given != planted
    assert (await Person(running, token=planted).page("/my")).where.startswith("/sign-in")
    assert (await Person(running, token=given).page("/my")).status == 200


async def test_a_thief_of_a_session_neither_erases_nor_changes_the_password(running: Running) -> None:
    """What cannot be undone takes the password, by the page and by the API (D9, I20)."""
    mara = await customer(running, "mara")
    await mara.register(SERIALS[2], key="mara-1")
    thief = Person(running, token=mara.token, source="192.0.2.11")
    for body in ({}, {"password": "a guess of theirs"}, {"password": PASSWORD, "more": 1}):
        answer = await thief.api("DELETE", "/api/v1/me/data", json=body)
        assert answer.status in {400, 403}
    assert (await thief.api("DELETE", "/api/v1/me/data")).status == 415
    answer = await thief.send("/privacy/erase", confirm="yes", password="a guess of theirs")
    assert answer.status == 422
    answer = await thief.send(
        "/account", part="password", password_now="a guess", password="another long and good one"
    )
    assert answer.status == 422
    assert len(json_of(await mara.api("GET", "/api/v1/me/products"))["products"]) == 1
    answer = await mara.api("DELETE", "/api/v1/me/data", json={"password": PASSWORD})
    assert answer.status == 204
    assert (await thief.api("GET", "/api/v1/me")).status == 401


async def test_a_transfer_code_that_is_guessed_is_said_at_its_field_and_soon_no_more(
    running: Running,
) -> None:
    guest = await customer(running, "guest")
    codes = [f"ABCD-EFGH-JKLM-{number:04d}" for number in range(14)]
    answers = [await guest.send("/my/transfer", transfer_code=code, answer="look") for code in codes]
    assert [answer.status for answer in answers[:2]] == [422, 422]
    assert 'id="error-transfer_code"' in answers[0].text
    assert answers[-1].status == 429
    assert int(answers[-1].headers["Retry-After"]) > 0


async def test_a_number_that_is_none_makes_no_page_of_boxes(anna: Person) -> None:
    """INV-F1: an answer is not a thousand times as long as what it answers."""
    answer = await anna.send("/register", step="1", identifier="O0" * 7_000)
    assert answer.status == 422
    assert len(answer.body) < 60_000
    assert 'data-testid="look-closely"' not in answer.text


PHOTO = b'Content-Disposition: form-data; name="photo"; filename="a.jpg"'
TRICKS = {
    "a line that is no header": b"--x\r\nBad header\r\n\r\na\r\n--x--\r\n",
    "a header without a name": b"--x\r\n" + PHOTO + b"\r\n: x\r\n\r\na\r\n--x--\r\n",
    "a header without an end": b"--x\r\nContent-Disposition: form-data; name=" + b"a" * 20_000,
    "five thousand headers": b"--x\r\n" + b"A: b\r\n" * 5_000 + b"\r\na\r\n--x--\r\n",
    "NUL in a header": b"--x\r\nA: b\0c\r\n" + PHOTO + b"\r\n\r\na\r\n--x--\r\n",
    "bytes that are no text": b"--x\r\n\xff\xfe: b\r\n" + PHOTO + b"\r\n\r\na\r\n--x--\r\n",
    "a folded header": b'--x\r\nContent-Disposition: form-data;\r\n name="photo"\r\n\r\na\r\n--x--\r\n',
    "a form in a form": b"--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y--\r\n--x--\r\n",
    "another encoding": b"--x\r\nContent-Transfer-Encoding: base64\r\n" + PHOTO + b"\r\n\r\na\r\n--x--\r\n",
    "another character set": b'--x\r\nContent-Disposition: form-data; name="_charset_"\r\n\r\nx\r\n--x--\r\n',
    "the proof twice": b'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\nx\r\n--x--\r\n',
    "two photographs": b"--x\r\n" + PHOTO + b"\r\n\r\na\r\n--x\r\n" + PHOTO + b"\r\n\r\na\r\n--x--\r\n",
    "no end": b"--x\r\n" + PHOTO + b"\r\n\r\na",
    "a line of 70000": b"--x\r\n" + b"a" * 70_000,
}


@pytest.mark.parametrize("trick", TRICKS)
async def test_a_crooked_file_form_is_refused(running: Running, anna: Person, trick: str) -> None:
    proof = f'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n{anna.csrf}\r\n'.encode()
    answer = await anna.send_raw(
        "/register/scan", proof + TRICKS[trick], kind="multipart/form-data; boundary=x"
    )
    assert (trick, answer.status) == (trick, 400)
    assert no_fault(running)


async def nul_everywhere(person: Person) -> list[tuple[str, Answer]]:
    """U+0000 wherever a text is taken."""
    asked = (
        "/api/v1/catalogue/subtypes?type=%00",
        "/api/v1/catalogue/models?category=%00",
        "/api/v1/guides/serial-location?model=a%00b",
        f"/api/v1/warranty?serial={SERIALS[0]}&brand=%00",
        "/api/v1/me/products?cursor=%00",
        "/sign-in?after=/%00",
    )
    found = [(path, await person.api("GET", path)) for path in asked]
    bodies: tuple[tuple[str, dict[str, object]], ...] = (
        (
            "/api/v1/me/registrations",
            {"serial": SERIALS[4], "model": "a\0b", "terms": TERMS, "own_device": True},
        ),
        ("/api/v1/identifiers/check", {"serial": "\0"}),
        ("/api/v1/me/sightings", {"codes": ["a", "\0"]}),
        ("/api/v1/customers/session", {"email": person.email, "password": "\0"}),
    )
    for number, (path, body) in enumerate(bodies):
        headers = {"Idempotency-Key": f"nul-{number}"}
        found.append((path, await person.api("POST", path, json=body, headers=headers)))
    forms: tuple[tuple[str, dict[str, str]], ...] = (
        ("/my/products", {"sighting": "\0", "answer": "not_mine"}),
        ("/account", {"part": "passkey", "id": "\0"}),
        ("/account", {"part": "details", "name": "a\0", "language": "en", "market": "LV"}),
        ("/register", {"step": "1", "identifier": "\0"}),
        ("/warranty", {"identifier": SERIALS[0], "brand": "\0"}),
    )
    return [*found, *[(path, await person.send(path, fields)) for path, fields in forms]]


async def test_a_text_with_nul_is_none(running: Running, anna: Person) -> None:
    for path, answer in await nul_everywhere(anna):
        assert (path, answer.status) == (path, 400)
    assert holds_nul({"a": ["b", {"c\0": 1}]})
    assert holds_nul([1, None, "\0"])
    assert not holds_nul({"a": ["\\u0000", 0, None, True]})
    answer = await anna.api("POST", "/api/v1/identifiers/check", data=json.dumps({"serial": "\\u0000"}))
    assert answer.status == 415


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"identifier=a&identifier=b&csrf=", 400),
        (b"identifier=a&extra=b&csrf=", 400),
        (b"identifier=%ed%a0%80&csrf=", 400),
        (b"identifier=%ff&csrf=", 400),
        (b"identifier&csrf=", 400),
        (b"identifier=a;step=1&csrf=", 422),
        (b"identifier=" + b"a" * 70_000 + b"&csrf=", 413),
        (b"&".join([b"identifier=a"] * 1_000) + b"&csrf=", 400),
    ],
)
async def test_a_form_that_no_page_sends_is_refused(anna: Person, body: bytes, status: int) -> None:
    answer = await anna.send_raw("/register", body + anna.csrf.encode())
    assert answer.status == status


async def test_no_header_turns_one_method_into_another(anna: Person) -> None:
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        answer = await anna.api("POST", "/api/v1/me", json={}, headers={name: "PATCH"})
        assert answer.status == 405
        answer = await anna.send("/account", headers={name: "DELETE"}, _method="DELETE", part="details")
        assert answer.status == 400


async def test_a_signed_out_and_an_erased_customer_are_nobody(running: Running) -> None:
    gone = await customer(running, "gone")
    again = await customer(running, "gone-again")
    assert (await gone.api("DELETE", "/api/v1/customers/session")).status == 204
    assert (await again.send("/privacy/erase", confirm="yes", password=PASSWORD)).status == 303
    for person in (gone, again):
        assert (await person.api("GET", "/api/v1/me/data")).status == 401
        assert (await person.page("/privacy/export")).where.startswith("/sign-in")
        assert (await person.send("/my/products", sighting="0" * 32, answer="not_mine")).status == 401


async def test_no_answer_says_which_of_two_addresses_has_an_account(running: Running, anna: Person) -> None:
    """INV-A5, by the page."""
    stranger = Person(running, source="192.0.2.12")
    for known, unknown in ((anna.email, "nobody@customers.example"),):
        told = [await stranger.send("/account/recover", email=address) for address in (known, unknown)]
        assert told[0].text.replace(known, "") == told[1].text.replace(unknown, "")
        told = [
            await stranger.send("/sign-in", email=address, password="not this one", after="/my")
            for address in (known, unknown)
        ]
        assert told[0].text.replace(known, "") == told[1].text.replace(unknown, "")
    assert portal_of(running).accounts.delivery is not None


async def test_a_copy_of_what_is_kept_holds_where_it_was_bought(running: Running) -> None:
    """R77: all of it, also what a page asked for and the API does not show otherwise."""
    sara = await customer(running, "sara")
    begun = await sara.send("/register", step="1", identifier=SERIALS[3])
    draft = begun.where.partition("?")[0]
    fields = {"step": "3", "shop": "The shop at the corner", "purchased_on": "", "terms": TERMS}
    made = await sara.send(draft, fields, agree="yes", own_device="yes")
    assert made.status == 303
    for answer in (await sara.page("/privacy/export"), await sara.api("GET", "/api/v1/me/data")):
        assert [one["shop"] for one in json_of(answer)["desk"]["registrations"]] == ["The shop at the corner"]


SPELLINGS = ("/my/", "//my", "/MY", "/%6dy", "/my;a=b", "/x/../my", "/./my", "/my%00", "/my%2f", "/account//")


async def test_no_other_spelling_and_no_other_host_reaches_a_page(running: Running, anna: Person) -> None:
    """INV-G1, with a session that would open it."""
    for path in SPELLINGS:
        answer = await anna.page(path)
        assert (path, answer.status) == (path, 404)
        assert anna.email not in answer.text
    for host in ("evil.example", running.origin.removeprefix("http://") + ".evil.example", "", "localhost"):
        answer = await anna.page("/my", headers={"Host": host})
        assert (host, answer.status) == (host, 400)
        assert "evil" not in answer.text
    answer = await anna.page(
        "/my", headers={"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    )
    assert "evil" not in answer.text


async def test_a_cookie_that_somebody_else_set_as_well_shows_no_other_account(running: Running) -> None:
    """Of two with one name a browser sends both; whichever is read, each is one session or none."""
    mine, theirs = await customer(running, "mine"), await customer(running, "theirs")
    tossed = f"__Host-alongside={mine.token}; __Host-alongside={theirs.token}"
    form = {"csrf": mine.csrf, "part": "sessions"}
    headers = {"Cookie": tossed, "Origin": running.origin}
    answer = await Person(running).ask("POST", "/account", headers=headers, data=form)
    assert answer.status == 403
    assert (await theirs.page("/account")).status == 200
