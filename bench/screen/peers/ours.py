"""Alongside as it ships: `alongside serve`, `alongside console`, `alongside agent`, a person on each side."""

from __future__ import annotations

import asyncio
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from bench.screen.children import CannotRun, first_line, free_port
from bench.screen.goals import OURS, OURS_DIRECT
from bench.screen.peers.customer import Customer
from bench.screen.peers.peer import PATIENCE_MS, Opening, Peer, goto, now
from device_agent.panel import DEAF_MS
from identity.rules import Role
from server.app import open_office
from server.demo import provision
from server.keys import set_up
from server.settings import Settings, private_folder

if TYPE_CHECKING:
    import subprocess

    from bench.screen.peers.peer import Stage
    from bench.screen.viewing import View

_ALONGSIDE: Final = str(Path(sys.executable).with_name("alongside"))
_LOGIN: Final = "technician"
_PASSWORD: Final = "a long and good password"
_ISSUER: Final = "hallmere-care"
_CODE_IS_SHOWN: Final = '[data-testid="shown-pin"]:not(:empty)'
_IN_STATE: Final = '[data-testid="session-state"][data-state="{}"]'
_OVER_S: Final = 1.5
_STEP_S: Final = 0.3
_AGAIN_MS: Final = 250


class Alongside(Peer):
    """The whole path: sign-in, code, consent, sealing, the record. Nothing of it is left out or preset."""

    name: ClassVar = OURS
    words: ClassVar = "agent, relay, console; sealed end to end, each command on record"
    selector: ClassVar = '[data-testid="live-view"]'
    is_ours: ClassVar = True
    device: ClassVar = "x11"
    more: ClassVar[dict[str, tuple[str, ...]]] = {}

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._service = f"http://localhost:{free_port()}"
        self._console = f"http://localhost:{free_port()}"

    def start(self) -> None:
        folder = self.stage.folder / "alongside"
        private_folder(folder)
        settings = Settings(
            origin=self._service, console_origins=(self._console,), data=folder / "server", issuer=_ISSUER
        )
        private_folder(settings.data)
        set_up(settings, folder / "root.key", now_s=int(time.time()))
        with ThreadPoolExecutor(1) as aside:  # Playwright keeps a loop in this thread
            aside.submit(asyncio.run, _add_technician(settings)).result()
        serve = [f"--console-origin={self._console}", f"--issuer={_ISSUER}", f"--data={settings.data}"]
        self._part("serve", *_place(self._service), *serve)
        self._part("console", *_place(self._console), f"--service={self._service}")
        device = provision(folder / "device", settings)
        self._part("agent", f"--device={self.device}", f"--server={self._service}", f"--data={device}")

    def open(self, view: View) -> Opening:
        """Everything from the empty browser to the picture, each side as quick as a person never is."""
        page = view.page
        with Customer(self.stage.display) as customer:
            self._ready_to_type(customer)
            opening = goto(view, self._console)
            view.wait_for(_named("sign-in"))
            page.get_by_test_id("sign-in-login").fill(_LOGIN)
            page.get_by_test_id("sign-in-password").fill(_PASSWORD)
            page.get_by_test_id("sign-in").click()
            view.wait_for(_named("show-pin"))
            page.get_by_test_id("show-pin").click()
            view.wait_for(_CODE_IS_SHOWN)
            customer.type("".join((page.get_by_test_id("shown-pin").text_content() or "").split()))
            accepted = now()
            view.wait_for(_IN_STATE.format("consent"))
            waited = _agree(view, customer)
        return Opening(opening.asked, accepted=accepted, waited_ms=waited)

    def _ready_to_type(self, customer: Customer) -> None:
        """The session before is over by then, and the page on the screen waits for a code."""
        time.sleep(_OVER_S)
        customer.ask_for_help()
        time.sleep(_STEP_S)
        customer.choose_typing()
        time.sleep(_STEP_S)

    def _part(self, command: str, *arguments: str) -> str:
        """One of the product's own programs; returns its line of facts."""
        child = self.run_talking(
            command, [_ALONGSIDE, command, *arguments, *self.more.get(command, ()), "--json"]
        )
        return first_line(child, f"`alongside {command}`")

    def _keep(self, part: str, child: subprocess.Popen[str]) -> subprocess.Popen[str]:
        names = {"serve": "relay", "console": "console's pages", "agent": "agent"}
        return super()._keep(names[part], child)


class AlongsideDirect(Alongside):
    """The same where maker and operator switched the data channel on; it takes over within seconds."""

    name: ClassVar = OURS_DIRECT
    words: ClassVar = (
        "the same; once it runs, the picture goes over a WebRTC data channel that was switched on"
    )
    more: ClassVar = {"agent": ("--direct=all",), "console": ("--direct=all",)}


def _agree(view: View, customer: Customer) -> float:
    """Yes, as soon as the question listens; how long that took, in ms. At first it hears nothing."""
    shown = now()
    time.sleep(DEAF_MS / 1000)
    while now() < shown + PATIENCE_MS:
        pressed = now()
        customer.ok()
        if view.appears(_IN_STATE.format("active"), within_ms=_AGAIN_MS):
            return pressed - shown
    raise CannotRun("the customer's yes was not heard")


def _named(testid: str) -> str:
    return f'[data-testid="{testid}"]'


async def _add_technician(settings: Settings) -> None:
    """Before the server runs: there is one writer."""
    async with open_office(settings) as office:
        await office.identity.add_account(
            login=_LOGIN,
            password=_PASSWORD,
            name="Bench Technician",
            org="Hallmere Care",
            role=Role.TECHNICIAN,
            language="en",
        )


def _place(origin: str) -> list[str]:
    return ["--host=127.0.0.1", f"--port={origin.rpartition(':')[2]}", f"--origin={origin}"]
