"""Screens, panel pages and a clock for the tests of the set."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import locales
from device_agent.account.machine import State
from device_agent.account.view import AccountView, Basis, Cover, Right, Why, in_pages
from device_agent.devices.simulated_tv.paint.frame import Scene
from device_agent.devices.simulated_tv.screens import (
    Choosing,
    Home,
    Screen,
    Settings,
    Sliding,
    Source,
    Sources,
    Title,
    Typing,
    Watching,
)
from device_agent.devices.simulated_tv.settings import (
    BY_PATH,
    GROUPS,
    LANGUAGES,
    Choice,
    Entry,
    Range,
    Secret,
    defaults,
)
from device_agent.network import AT_HOME, Measured, findings
from device_agent.panel import opened
from device_agent.panel_view import Ask, Banner, Page, PanelView, Problem, Summary
from locales import Catalogue
from wire.commands import Grant, RemoteKey
from wire.reasons import BadgeCause, EndReason

ALL = frozenset(Grant)
KEYS = tuple(key.value for key in RemoteKey)
NAME, ORG = "Demo Technician", "Hallmere Care"
LONG_NAME = "Wilhelmina-Konstantína Šķērsgale-Maurmaurītis van den Wijngaerdenn"[:64]
LONG_ORG = "Countrywide Household Appliance and Television Care Partners Ltd."[:64]
BANNER = Banner(NAME, ORG, ALL)
CODE = "481703652296"
SUMMARY = Summary(
    761, 34, (("picture.backlight", "22", "38"), ("picture.motion_smoothing", "on", "off")), helped=True
)
MANY = Summary(
    1799, 412, tuple((path, "1", "2") for path in BY_PATH), helped=True, clicks=88, texts=3, stills=21
)

LATE = Measured(answers=(None, 0.1, 2.0, 1.6, 0.2, 1.9, None, 1.1))

BEFORE_YES = frozenset(
    {EndReason.CONSENT_REFUSED, EndReason.CONSENT_TIMEOUT, EndReason.PAIRING_FAILED, EndReason.BADGE_REFUSED}
)


TERMS = (
    "You register this television to your account with Hallmere. We then know which product you own.",
    "Our staff see its model and its cover when you ask us for help. Nobody else does.",
    "Nghiêng người về phía trước để đọc: chúng tôi dùng số sê-ri chỉ để nhận ra TV này.",
    "Šie noteikumi ir spēkā, kamēr televizors ir reģistrēts jums; jūs varat no tā atteikties.",
    "Podmínky můžete kdykoli odvolat. " * 24,
    "x" * 400,
    "Du kan når som helst si fra deg registreringen. Dekningen følger produktet og ikke kontoen.",
)


class StillClock:
    """Both clocks, standing until moved."""

    def __init__(self) -> None:
        self.ms = 1_760_000_000_000
        self.seconds = 100.0

    def now_ms(self) -> int:
        return self.ms

    def boot(self) -> float:
        return self.seconds


@cache
def words(language: str) -> Catalogue:
    return locales.load(language, "device", "shared")


def tv_screens() -> dict[str, tuple[Screen, ...]]:
    """Every kind of screen, with every setting's own screen among them."""
    home = Home()
    found: dict[str, tuple[Screen, ...]] = {
        "home": (home,),
        "home header": (Home(0, (3, 0, 0, 0)),),
        "home far right": (Home(1, (0, 5, 0, 0)),),
        "home tile": (Home(2, (0, 0, 4, 0)),),
        "home account": (Home(3, (0, 0, 0, 0)),),
        "sources": (home, Sources(3)),
        "title": (home, Title("lighthouse")),
        "paying": (home, Title("train"), Typing("payment.card", "4000 1234 5678 9010")),
        "keyboard": (home, Typing("general.name", "Living room", 4, 6, upper=True)),
    }
    found |= {f"watching {source}": (home, Watching(source)) for source in Source}
    found |= {f"settings {entry}": (home, Settings(entry)) for entry in range(6)}
    for entry, group in enumerate(GROUPS.values()):
        found[f"rows {entry}"] = (home, Settings(entry, len(group) - 1, inside=True))
    for path, setting in BY_PATH.items():
        match setting:
            case Choice():
                found[f"choosing {path}"] = (home, Settings(0), Choosing(path, 0))
            case Range():
                found[f"sliding {path}"] = (home, Settings(0, 0, inside=True), Sliding(path))
            case Secret():
                found[f"typing {path}"] = (home, Settings(2), Typing(path, "correct horse", 4, 6))
            case Entry():
                found[f"typing {path}"] = (home, Settings(2), Typing(path, "Home"))
    return found


def asks(*grants: Grant, on: bool = True) -> tuple[Ask, ...]:
    return tuple(Ask(grant, on) for grant in grants)


def panels() -> dict[str, PanelView]:
    """Every page of the panel, every end, every problem; names short and as long as a badge may carry."""
    everything = asks(Grant.VIEW, Grant.KEYS, Grant.SETTINGS)
    all_four = asks(Grant.VIEW, Grant.KEYS, Grant.SETTINGS, Grant.SOUND)
    views = {
        "support": PanelView(page=Page.SUPPORT, languages=LANGUAGES, language="en"),
        "checking": PanelView(page=Page.CHECKING),
        "code": PanelView(page=Page.CODE, code=CODE, seconds_left=504, seconds_total=600),
        "pairing": PanelView(page=Page.PAIRING, seconds_left=22),
        "consent": PanelView(
            page=Page.CONSENT, name=NAME, org=ORG, request="HM-7K42-93", asks=everything, seconds_left=52
        ),
        "consent for one": PanelView(
            page=Page.CONSENT, name=NAME, org=ORG, asks=asks(Grant.VIEW, on=False), seconds_left=7
        ),
        "consent, long names": PanelView(
            page=Page.CONSENT,
            name=LONG_NAME,
            org=LONG_ORG,
            request="HM-7K42-93-" + "W" * 21,
            asks=everything,
            seconds_left=60,
        ),
        "helping": PanelView(page=Page.HELPING, name=NAME, org=ORG, banner=BANNER, seconds_left=1500),
        "helping, long names": PanelView(
            page=Page.HELPING,
            banner=Banner(LONG_NAME, LONG_ORG, ALL),
            name=LONG_NAME,
            org=LONG_ORG,
            seconds_left=59,
        ),
    }
    views["renew"] = PanelView(page=Page.RENEW, name=NAME, org=ORG, banner=BANNER, seconds_left=119)
    views["renew, long names"] = PanelView(
        page=Page.RENEW,
        banner=Banner(LONG_NAME, LONG_ORG, ALL),
        name=LONG_NAME,
        org=LONG_ORG,
        seconds_left=59,
    )
    views["consent, sound too"] = PanelView(
        page=Page.CONSENT,
        name=LONG_NAME,
        org=LONG_ORG,
        request="HM-7K42-93-" + "W" * 21,
        asks=all_four,
        seconds_left=60,
    )
    for count in (1, 3):
        views[f"more, {count} asked"] = PanelView(
            page=Page.MORE, name=NAME, org=ORG, asks=all_four[1 : 1 + count], banner=BANNER, seconds_left=52
        )
    views["more, long names"] = PanelView(
        page=Page.MORE,
        banner=Banner(LONG_NAME, LONG_ORG, ALL),
        name=LONG_NAME,
        org=LONG_ORG,
        asks=all_four[1:],
        seconds_left=60,
    )
    views["typing, nothing yet"] = PanelView(page=Page.TYPING)
    views["typing, six digits"] = PanelView(page=Page.TYPING, typed=CODE[:6])
    views["typing on the screen"] = PanelView(page=Page.TYPING, typed=CODE[:6], on_pad=True)
    views["typing, a digit wrong"] = PanelView(page=Page.TYPING, typed=CODE[:11] + "7", is_mistyped=True)
    for group, name in enumerate(("first", "second", "last")):
        views[f"big code, {name}"] = PanelView(
            page=Page.CODE_BIG, code=CODE, code_group=group, seconds_left=59, seconds_total=600
        )
    for reason in EndReason:
        summary = Summary() if reason in BEFORE_YES else SUMMARY
        views[f"ended {reason}"] = PanelView(
            page=Page.ENDED, name=NAME, org=ORG, reason=reason, summary=summary
        )
    views["ended, only keys"] = PanelView(
        page=Page.ENDED, name=NAME, org=ORG, reason=EndReason.IDLE, summary=Summary(0, 3, helped=True)
    )
    views["ended, technician pressed power"] = PanelView(
        page=Page.ENDED,
        name=NAME,
        org=ORG,
        reason=EndReason.DEVICE_POWERED_OFF,
        by_technician=True,
        summary=SUMMARY,
    )
    for cause in (BadgeCause.REVOKED, BadgeCause.STATUS_OLD):
        views[f"ended, badge {cause}"] = PanelView(
            page=Page.ENDED, reason=EndReason.BADGE_REFUSED, cause=cause, summary=Summary()
        )
    views["ended, power was lost"] = PanelView(
        page=Page.ENDED, reason=EndReason.DEVICE_POWERED_OFF, summary=Summary(kept=False)
    )
    views["ended, much done"] = PanelView(
        page=Page.ENDED, name=LONG_NAME, org=LONG_ORG, reason=EndReason.INTEGRITY_FAILED, summary=MANY
    )
    views["ended, nobody came"] = PanelView(page=Page.ENDED, reason=EndReason.PAIRING_FAILED)
    for problem in Problem:
        views[f"problem {problem}"] = PanelView(
            page=Page.PROBLEM,
            problem=problem,
            findings=findings(problem, LATE if problem is Problem.UNSTEADY else None),
            clock_ms=1_420_070_400_000,
            has_network_settings=problem in AT_HOME,
            wait_seconds=95,
        )
    views["problem unsteady, cut short"] = PanelView(
        page=Page.PROBLEM, problem=Problem.UNSTEADY, findings=findings(Problem.UNSTEADY)
    )
    views |= {f"account {name}": view for name, view in account_screens().items()}
    return {name: opened(view).view for name, view in views.items()}


def account_screens() -> dict[str, PanelView]:
    """Every screen of the account, with as much on it as it can hold."""
    code = AccountView(
        state=State.CODE,
        user_code="WMWM-QWMW",
        link="support.countrywide-household-appliance.example/tv",
        link_with_code="https://support.countrywide-household-appliance.example/tv?code=WMWM-QWMW",
        seconds_left=504,
        seconds_total=600,
    )
    short = "service.example/tv"
    terms = AccountView(state=State.READING, pages=in_pages(TERMS))
    covers = tuple(
        Cover(right, basis, "2026-09-30", "2028-09-30")
        for right, basis in zip(Right, (Basis.CONFIRMED, Basis.BY_LAW, Basis.UPGRADED), strict=True)
    )
    done = AccountView(state=State.DONE, model="Vista 55 Q7", covers=covers)
    found = {
        "code": replace(code, link=short, link_with_code=f"https://{short}?code=WMWM-QWMW"),
        "code, long link": code,
        "done": done,
        "done already": replace(done, is_new=False, covers=covers[:1]),
        "done unverified": replace(done, is_verified=False, covers=()),
        **{f"terms {page}": replace(terms, page=page) for page in range(len(terms.pages))},
        "one page of terms": AccountView(state=State.READING, pages=(("One sentence.",),)),
        **{f"not possible, {why}": AccountView(state=State.NOT_POSSIBLE, why=why) for why in Why},
    }
    drawn = {State.CODE, State.READING, State.DONE, State.NOT_POSSIBLE, State.CLOSED}
    found |= {state.value: AccountView(state=state) for state in State if state not in drawn}
    return {name: PanelView(page=Page.ACCOUNT, account=account) for name, account in found.items()}


def scene(
    screens: tuple[Screen, ...] = (Home(),), panel: PanelView | None = None, *, language: str = "en"
) -> Scene:
    return Scene(
        on=True, screens=screens, values=defaults(language), panel=panel or PanelView(), clock="20:14"
    )


def with_banner(view: PanelView) -> PanelView:
    return replace(view, banner=BANNER)


PANELS_BY_NAME = panels()
