"""Everything a first try needs: server and console in this process, a simulated TV as another one."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import sys
import time
import webbrowser
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final, TextIO

import locales
from care.catalogue.maker import INVENTED, read_maker_data
from identity.enrolment import Offered
from identity.keyring import held_keyset
from identity.rules import Role
from server import logs
from server.app import TRYING_OUT, Office, Service, offers_of, open_office
from server.console import NO_WAYS, ConsoleSettings, console_application
from server.demo_desk import CUSTOMER, fill, kept_password, make_customer
from server.key_facts import WARN_DAYS, days_left
from server.keys import set_up
from server.run import (
    CannotRun,
    listen,
    only_server_of,
    port_of,
    require_c_extensions,
    running,
    started,
    stop_signals,
)
from server.settings import Settings, private_folder
from server.trust import trust_of
from wire.encoding import b64, sha256_b64

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from server.direct import DirectWays


HOST: Final = "127.0.0.1"
LOGIN: Final = "demo"
NAME: Final = "Demo Technician"
ORG: Final = "Hallmere Care"
ISSUER: Final = "hallmere-care"
UNIT: Final = "0B4X7WS50312R6K"  # as it stands in the invented supply list
MODEL: Final = "Vista 55 Q7"
LOG: Final = "demo.log"
TV_READY_S: Final = 30.0
ENROL_S: Final = 5.0
TV_STOP_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """`port` is the first of three: service, console, TV page; 0 takes free ones."""

    port: int
    data: Path
    language: str | None  # None: as the TV kept it, English at first
    open_browser: bool
    ways: DirectWays = NO_WAYS


@dataclass(frozen=True, slots=True)
class Links:
    """What the demo prints. The console's link signs in as long as this demo runs."""

    console: str
    tv: str
    service: str
    login: str
    password: str
    portal: str
    customer: str
    customer_password: str


@dataclass(frozen=True, slots=True)
class Places:
    """Sockets that are bound before anything starts, so that a taken port is said at once."""

    service: list[socket.socket]
    console: list[socket.socket]
    tv_port: int

    @property
    def service_origin(self) -> str:
        return f"http://localhost:{port_of(self.service)}"

    @property
    def console_origin(self) -> str:
        return f"http://localhost:{port_of(self.console)}"

    @property
    def tv_origin(self) -> str:
        return f"http://localhost:{self.tv_port}"


def take_places(port: int) -> Places:
    service = listen(HOST, port)
    console = listen(HOST, port + 1 if port else 0)
    # The TV is another process and opens its own; here we only see that it can.
    probe = listen(HOST, port + 2 if port else 0)
    tv_port = port_of(probe)
    for opened in probe:
        opened.close()
    return Places(service, console, tv_port)


async def run_demo(options: DemoOptions, *, as_json: bool) -> int:
    """Runs until it is told to stop: 0. When the simulated TV stops by itself: 1."""
    require_c_extensions()
    with only_server_of(options.data), _log_of(options, as_json=as_json) as log, stop_signals() as stop:
        logs.configure(log)
        return await _run(options, log, stop, as_json=as_json)


@contextmanager
def _log_of(options: DemoOptions, *, as_json: bool) -> Iterator[TextIO]:
    """A person's terminal stays clean; a program that reads our one line may want the log as well."""
    if as_json:
        yield sys.stderr
        return
    with (options.data / LOG).open("w", encoding="utf-8", buffering=1) as log:
        yield log


async def _run(options: DemoOptions, log: TextIO, stop: asyncio.Event, *, as_json: bool) -> int:
    places = take_places(options.port)
    settings = _settings(options, places)
    token, password = b64(secrets.token_bytes(32)), b64(secrets.token_bytes(18))
    links = Links(
        console=f"{places.console_origin}/#sign-in={token}",
        tv=places.tv_origin,
        service=places.service_origin,
        login=LOGIN,
        password=password,
        portal=f"{places.service_origin}/my",
        customer=CUSTOMER,
        customer_password=kept_password(options.data),
    )
    _make_keys(settings)
    console = ConsoleSettings(
        origin=places.console_origin,
        service=places.service_origin,
        demo=True,
        tv=places.tv_origin,
        root=str(trust_of(settings, ORG)["root"]),
        ways=options.ways,
    )
    async with (
        # First, because it starts slowest; it needs the server only when the customer asks for a code.
        _simulated_tv(options, places, settings, log.fileno()) as tv,
        open_office(settings, sign_in_links={sha256_b64(token.encode("ascii")): LOGIN}) as office,
    ):
        await _make_account(office, password)
        await fill(office, read_maker_data(INVENTED, languages=locales.languages()))
        service = Service(office, policy=TRYING_OUT)
        await make_customer(service, links.customer_password)
        async with running(console_application(console), places.console), started(service, places.service):
            if not await _until_ready(tv, stop):
                return 0
            await _enrol(tv, office)
            _announce(links, options, as_json=as_json)
            return await _until_over(tv, stop)


def _settings(options: DemoOptions, places: Places) -> Settings:
    return Settings(
        origin=places.service_origin,
        console_origins=(places.console_origin,),
        host=HOST,
        port=port_of(places.service),
        data=options.data,
        issuer=ISSUER,
        maker=INVENTED,
        mail=f"folder:{private_folder(options.data / 'mails')}",
        mail_from="care@hallmere.example",
    )


async def _make_account(office: Office, password: str) -> None:
    """The demo's technician, with a password of this run: no default account outlives it (INV-G6)."""
    added = await office.identity.add_account(
        login=LOGIN, password=password, name=NAME, org=ORG, role=Role.TECHNICIAN, language="en"
    )
    if added is None:
        await office.identity.set_password(LOGIN, password)


def _make_keys(settings: Settings) -> None:
    """Root, keys and keyset of this demo, drawn or signed anew where need be."""
    now_s = int(time.time())
    keyset = held_keyset(settings.data)
    if keyset is None or days_left(keyset, now_s) < WARN_DAYS:
        root = private_folder(settings.data / "root") / "root.key"
        set_up(settings, root, now_s=now_s)


def provision(folder: Path, settings: Settings) -> Path:
    """What a factory would write into the device: whose badges it believes."""
    private_folder(folder)
    (folder / "trust.json").write_text(json.dumps(trust_of(settings, ORG)), encoding="utf-8")
    return folder


@asynccontextmanager
async def _simulated_tv(
    options: DemoOptions, places: Places, settings: Settings, log: int
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The agent as a process of its own, ended by its id when the demo ends."""
    folder = provision(options.data / "device", settings)
    command = [
        "--device=simulated-tv",
        f"--server={places.service_origin}",
        f"--data={folder}",
        f"--page-port={places.tv_port}",
        f"--console-url={places.console_origin}",
        *([] if options.language is None else [f"--language={options.language}"]),
        f"--direct={options.ways.direct.value}",
        "--until-stdin-closes",
    ]
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "device_agent",
        *command,
        # It closes with this process, however that ends, and the TV ends with it.
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=log,
        # Control-C reaches this process alone; it ends the TV after the sessions.
        start_new_session=True,
    )
    try:
        yield child
    finally:
        await _end(child)


async def _end(child: asyncio.subprocess.Process) -> None:
    if child.returncode is None:
        child.terminate()
    try:
        async with asyncio.timeout(TV_STOP_S):
            await child.wait()
    except TimeoutError:
        child.kill()
        await child.wait()


async def _until_ready(tv: asyncio.subprocess.Process, stop: asyncio.Event) -> bool:
    """True once the agent has said its page's address, its first line; False when told to stop before."""
    assert tv.stdout is not None
    async with asyncio.TaskGroup() as group:
        line = group.create_task(tv.stdout.readline())
        told = group.create_task(stop.wait())
        await asyncio.wait({line, told}, timeout=TV_READY_S, return_when=asyncio.FIRST_COMPLETED)
        is_said = line.done()
        line.cancel()
        told.cancel()
    if stop.is_set():
        return False
    if not is_said:
        raise CannotRun("the simulated TV did not come up in time")
    if not line.result():
        raise CannotRun(f"the simulated TV stopped at its start ({await tv.wait()}); its log says why")
    return True


async def _enrol(tv: asyncio.subprocess.Process, office: Office) -> None:
    """Does what an installer does with `alongside device enrol`; a TV that is not enrolled works as well."""
    offered = await offers_of(office).offer(unit=UNIT, model=MODEL)
    assert isinstance(offered, Offered)
    assert tv.stdin is not None
    assert tv.stdout is not None
    tv.stdin.write(f"{offered.code}\n".encode("ascii"))
    with contextlib.suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(ENROL_S):
            await tv.stdin.drain()
            await tv.stdout.readline()  # what became of it; the TV's log has the words


async def _until_over(tv: asyncio.subprocess.Process, stop: asyncio.Event) -> int:
    async with asyncio.TaskGroup() as group:
        told = group.create_task(stop.wait())
        died = group.create_task(tv.wait())
        await asyncio.wait({told, died}, return_when=asyncio.FIRST_COMPLETED)
        for task in (told, died):
            task.cancel()
    if stop.is_set():
        return 0
    print(f"alongside: the simulated TV stopped by itself ({tv.returncode})", file=sys.stderr)  # noqa: T201
    return 1


def _announce(links: Links, options: DemoOptions, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(asdict(links)), flush=True)  # noqa: T201 - the one line of facts
        return
    from server.welcome import print_welcome  # noqa: PLC0415 - rich is slow to import and not needed for --json

    print_welcome(links, options.data / LOG)
    if options.open_browser and _has_windows():
        webbrowser.open(links.tv)
        webbrowser.open(links.console)


def _has_windows() -> bool:
    """Without a desktop `webbrowser` would start a text browser inside this very terminal."""
    return sys.platform != "linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
