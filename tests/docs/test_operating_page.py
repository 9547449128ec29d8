"""docs/operating.md against the code: the log's events, the data folder, how long things are kept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from device_agent.call import CODE_S
from device_agent.link import OPEN_S
from device_agent.network import DOUBT_S, ENOUGH, LATE_S, QUESTIONS
from device_agent.panel_view import Problem
from identity import rules as identity_rules
from identity.customers import rules as customers
from identity.keyring import KEYSET_FILE, ROOT_FILE
from relay.pin import rules as pin_rules
from server.mail import schedule
from server.restored import REVOKED_FILE
from server.run import DRAIN_S
from tests.docs.pages import page, quoted, rows, section
from tests.sources import texts

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = page("docs/operating.md")
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


def sources() -> Iterator[str]:
    for folder in ("server", "identity", "relay"):
        yield from texts(".py", under=folder).values()


def test_every_event_of_the_log_is_documented_with_its_level_and_no_other() -> None:
    found = {
        event: level
        for source in sources()
        for level, event in re.findall(r"""log(?:\(\))?\.(info|warning|error)\(\s*"([^"]+)\"""", source)
    }
    found["library"] = "warning"  # as loud as the library itself
    documented = {
        event: row[1] for row in rows(section(PAGE, "What the log says")) for event in quoted(row[0])
    }
    assert documented == found


def test_every_key_of_the_data_folder_is_documented_and_no_other() -> None:
    made = {name for source in sources() for name in re.findall(r'"(\w+\.(?:key|lock|db))"', source)}
    made |= {name for source in sources() for name in re.findall(r"'(\w+\.db)'", source)}
    made |= {ROOT_FILE, KEYSET_FILE, REVOKED_FILE}
    documented = {name for row in rows(section(PAGE, "The data folder")) for name in quoted(row[0])}
    assert documented == made - {"root.key"}


def test_the_times_are_those_of_the_code() -> None:
    pins, people = pin_rules, identity_rules
    kept = {row[0]: row[2] for row in rows(section(PAGE, "What grows, and how long it is kept"))}
    assert kept["closed codes"].startswith(f"{pins.KEPT_MS // DAY_MS} days")
    assert kept["limits on codes"].startswith(f"{pins.KEPT_MS // DAY_MS} days")
    assert kept["limits on sign-in"].startswith(f"{people.LONGEST_FORGET_MS // DAY_MS} day ")
    assert kept["known addresses of a login"].startswith(f"{people.KNOWN_SOURCE_LIFE_MS // DAY_MS} days")
    life, after = people.ENROL_CODE_LIFE_MS // HOUR_MS, people.ENROL_KEPT_MS // DAY_MS
    assert kept["enrolment codes"] == f"{life} hour, and {after} day after it"
    limit = people.ENROL_LIMIT
    assert kept["limits on enrolment"] == kept["limits on sign-in"]
    assert limit.free == 20
    assert f"a wait of {limit.longest_ms // 1_000} seconds after the twentieth" in PAGE
    life, after = people.TOKEN_LIFE_MS // HOUR_MS, people.TOKEN_KEPT_MS // HOUR_MS
    assert kept["sign-in tokens"].startswith(f"{life} hours, and {after} hour ")
    assert kept["badges"] == f"{people.BADGE_LIFE_S // 3_600} hours"
    assert f"longer than {DRAIN_S:.0f} s" in PAGE


def test_the_times_of_customers_are_those_of_the_code() -> None:
    kept = {row[0]: row[2] for row in rows(section(PAGE, "What grows, and how long it is kept"))}
    life, longest = (ms // DAY_MS for ms in (customers.SESSION_LIFE_MS, customers.SESSION_LONGEST_MS))
    assert kept["customers' sessions"] == f"{life} days after their last use, {longest} days at most"
    verify, recover = (customers.LINK_LIFE_MS[kind] // HOUR_MS for kind in customers.LinkKind)
    links = f"{verify} hours to confirm an address, {recover} hour to set a password"
    assert kept["links in mails to customers"] == links
    assert kept["challenges for passkeys"] == f"{customers.CHALLENGE_LIFE_MS // 60_000} minutes"
    unsent, known = schedule.UNSENT_MS // DAY_MS, schedule.KEPT_MS // DAY_MS
    assert kept["mails"] == (
        f"until sent or given up, {unsent} days at most; when and whether it went out, {known} days"
    )
    assert kept["limits on customers"] == kept["limits on sign-in"]
    limits = (customers.MAILS_TO_ADDRESS, customers.MAILS_FROM_SOURCE, customers.CHALLENGES_FROM_SOURCE)
    assert all(limit.forget_ms <= identity_rules.LONGEST_FORGET_MS for limit in limits)


def test_every_fault_of_a_mail_is_documented_and_no_other() -> None:
    source = "".join(texts(".py", under="server/mail").values())
    named = set(re.findall(r'NotSent\("(\w+)"', source)) | set(
        re.findall(r'fault(?:, for_good)? = "(\w+)"', source)
    )
    assert {word for row in rows(section(PAGE, "Mails")) for word in quoted(row[0])} == named
    words = {11: "eleven", 16: "sixteen"}
    hours = round(sum(schedule.AGAIN_MS) / HOUR_MS)
    assert f"tried {words[schedule.TRIES_MOST]} times within {words[hours]} hours" in PAGE


def test_every_word_of_a_tv_without_a_code_is_documented_and_no_other() -> None:
    words = [word for row in rows(section(PAGE, "When a TV gets no code")) for word in quoted(row[0])]
    assert sorted(words) == sorted(Problem)


def test_what_the_tv_allows_its_server_is_as_documented() -> None:
    told = section(PAGE, "When a TV gets no code")
    assert f"no answer within {OPEN_S:.0f} s" in told
    assert f"no code within {CODE_S} s" in told
    assert f"more than {DOUBT_S} s" in told
    assert (QUESTIONS, ENOUGH, LATE_S) == (8, 4, 1.0)
