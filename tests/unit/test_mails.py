"""When a mail is tried again, and what it looks like when it goes: values in, values out."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default
from itertools import pairwise

import pytest

import locales
from identity.customers.ports import Letter, Mail
from server.mail.message import outgoing
from server.mail.outbox import Waiting
from server.mail.schedule import AGAIN_MS, SENDING_MS, TRIES_MOST, UNSENT_MS, next_try
from server.mail.ways import SMTP_S
from server.mail.words import words_of

ORIGIN, MAKER, SENDER = "https://service.example", "Hallmere", "care@hallmere.example"
TOKEN = "T" * 43


def mail(**changes: str) -> Waiting:
    made = {
        "recipient": "liga@mail.example",
        "subject": "Confirm",
        "text": "Hello.\n",
        "language": "en",
        "id": "5e" * 16,
    }
    return Waiting(created_at=1_800_000_000_000, tries=1, **(made | changes))


def test_every_try_has_a_next_but_the_last() -> None:
    planned = [next_try(tries, 1_000) for tries in range(1, TRIES_MOST + 1)]
    assert planned[:-1] == [1_000 + again for again in AGAIN_MS]
    assert planned[-1] is None
    assert next_try(TRIES_MOST + 1, 1_000) is None


def test_waits_grow_and_all_tries_fit_into_what_an_unsent_mail_is_kept() -> None:
    assert all(first <= second for first, second in pairwise(AGAIN_MS))
    assert sum(AGAIN_MS) + TRIES_MOST * SENDING_MS < UNSENT_MS
    # Else a second process would send what the first is still sending.
    assert SENDING_MS > 2 * SMTP_S * 1_000


def test_a_mail_says_from_whom_to_whom_and_that_no_machine_need_answer() -> None:
    ready = outgoing(mail(), sender=SENDER, maker=MAKER)
    found = message_from_bytes(ready.data, policy=default)
    assert found["From"] == "Hallmere <care@hallmere.example>"
    assert found["To"] == "liga@mail.example"
    assert found["Subject"] == "Confirm"
    assert found["Message-ID"] == f"<{'5e' * 16}@hallmere.example>"
    assert found["Auto-Submitted"] == "auto-generated"
    assert found["Content-Language"] == "en"
    assert found["Date"].datetime.isoformat() == "2027-01-15T08:00:00+00:00"
    assert found.get_content().splitlines() == ["Hello."]


@pytest.mark.parametrize(
    "recipient",
    [
        "liga@mail.example\r\nBcc: eve@mail.example",
        "liga@mail.example\nBcc: eve@mail.example",
        "liga@mail.example, eve@mail.example",
        "<eve@mail.example>liga@mail.example",
        "liga@mail.example\0",
        "",
        "liga",
        "liga@",
    ],
)
def test_a_recipient_that_is_more_or_less_than_one_is_never_sent_to(recipient: str) -> None:
    with pytest.raises(ValueError, match="one address"):
        outgoing(mail(recipient=recipient), sender=SENDER, maker=MAKER)


@pytest.mark.parametrize(
    "words",
    ["Hello\r\nBcc: eve@mail.example", "Hello\nTo: eve@mail.example\n\nBuy", "Hello\u2028Bcc: eve@x.example"],
)
def test_no_word_of_a_subject_or_a_name_becomes_a_header(words: str) -> None:
    """RFC 5322 §2.2: whatever a maker's folder or a catalogue says."""
    ready = outgoing(mail(subject=words), sender=SENDER, maker=words)
    found = message_from_bytes(ready.data, policy=default)
    assert sorted(found.keys()) == sorted(
        [
            "Auto-Submitted",
            "Content-Language",
            "Content-Transfer-Encoding",
            "Content-Type",
            "Date",
            "From",
            "MIME-Version",
            "Message-ID",
            "Subject",
            "To",
        ]
    )
    assert found["To"] == "liga@mail.example"
    assert [one.addr_spec for one in found["From"].addresses] == [SENDER]


def test_an_address_of_letters_from_elsewhere_is_written_as_it_is() -> None:
    """RFC 6531."""
    ready = outgoing(mail(recipient="līga@xn--bka-1oa.example"), sender=SENDER, maker="Bāka")
    assert "līga@xn--bka-1oa.example".encode() in ready.data


@pytest.mark.parametrize("language", locales.languages())
@pytest.mark.parametrize("letter", Letter)
def test_every_mail_says_all_there_is_to_know_in_every_language(letter: Letter, language: str) -> None:
    """R4: no placeholder, the link alone on its line, who sent it, and what to do if it was not you."""
    token = TOKEN if letter in {Letter.VERIFY, Letter.RECOVER} else ""
    words = words_of(Mail(letter, "x@mail.example", language, token), origin=ORIGIN, maker=MAKER)
    assert MAKER in words.subject
    assert "{" not in words.text + words.subject
    assert "\n" not in words.subject
    lines = words.text.splitlines()
    [link] = [line for line in lines if line.startswith(ORIGIN)]
    assert (
        link
        == {
            Letter.VERIFY: f"{ORIGIN}/account/verify/{TOKEN}",
            Letter.RECOVER: f"{ORIGIN}/account/recover/{TOKEN}",
            Letter.KNOWN: f"{ORIGIN}/account/recover",
            Letter.PASSKEY_ADDED: f"{ORIGIN}/account/recover",
            Letter.PASSWORD_CHANGED: f"{ORIGIN}/account/recover",
        }[letter]
    )
    hours = {Letter.VERIFY: "24", Letter.RECOVER: "1"}.get(letter)
    assert hours is None or sum(hours in line for line in lines if TOKEN not in line) == 1
    assert words.text.count("\n\n") == (4 if hours else 3)
    assert len(lines[-1]) > 20
    assert MAKER in lines[-1]
