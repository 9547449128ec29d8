"""Starts the agent on a device: files, device, agent, the device's own page; and stops it when asked to."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from device_agent.account.presence import keep_saying
from device_agent.account.service import HttpService
from device_agent.agent import Agent
from device_agent.carrier.policy import Direct, DirectSettings
from device_agent.carrier.settings import DirectError, direct_settings
from device_agent.carrier.ways import ways
from device_agent.clock import SystemClock
from device_agent.devices.opening import (
    CannotOpenError,
    OpenKodi,
    OpenSimulatedTv,
    OpenX11,
    check_screen,
    kodi_address,
)
from device_agent.enrolment import NotEnrolled, Unit
from device_agent.kit import Kit
from device_agent.link import dial
from device_agent.memory import load_memory
from device_agent.parent import Enrolling, Parent
from device_agent.picture.ready import make_ready
from device_agent.pin import TrustError
from device_agent.trust import load_or_make_key, load_trust
from locales import languages, spoken

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence

    from device_agent.account.service import Service
    from device_agent.clock import Clock
    from device_agent.devices.opening import OpenDevice
    from device_agent.parent import Say
    from device_agent.trust import Trust
    from device_agent.trust_state import Marks

DEVICES: Final = ("simulated-tv", "x11", "kodi")
KODI: Final = "127.0.0.1:9090"
_LINE: Final = 256
_DEFAULT_PORT: Final = {"http": 80, "https": 443}
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class StartError(Exception):
    """The agent cannot start as asked; the text says what to change."""


async def run_agent(
    *,
    device: str,
    server: str | None,
    data: Path,
    page_port: int,
    console_url: str | None,
    say: Say,
    language: str | None = None,
    until_stdin_closes: bool = False,
    display: str | None = None,
    output: str | None = None,
    direct: DirectSettings | None = None,
    kodi: str = KODI,
) -> None:
    """Run until SIGTERM, SIGINT or cancellation; `say` gets where the device is once it answers."""
    if device not in DEVICES:
        raise StartError(f"{device} is not a device this agent knows; choose one of {', '.join(DEVICES)}")
    if language is not None and (language := spoken(language)) is None:
        raise StartError(f"there are no texts in this language; choose one of {', '.join(languages())}")
    clock = SystemClock()
    if server is not None:
        own_origin(server)
    _make_private(data)
    opened: OpenDevice
    try:
        if device == "x11":
            opened = OpenX11(clock=clock, data=data, language=language, display=display, output=output)
        elif device == "kodi":
            opened = OpenKodi(
                address=kodi_address(kodi),
                clock=clock,
                data=data,
                language=language,
                display=display,
                output=output,
            )
        else:
            opened = OpenSimulatedTv(
                clock=clock, data=data, language=language, page_port=page_port, console_url=console_url
            )
        kit, unit = _kit(opened, clock, server, data, direct or DirectSettings())
        await opened.start()
    except CannotOpenError as error:
        raise StartError(str(error)) from None
    try:
        enrolling = Enrolling(unit, clock, say) if until_stdin_closes else None
        assert kit.service is not None, "one is always there to ask"
        await _serve(Agent(kit), opened, kit.service, say, enrolling)
    finally:
        await opened.close()


async def enrol_device(*, server: str | None, data: Path, typed: str, say: Say) -> None:
    """Become the unit that this code was made for, and stop; raises NotEnrolled."""
    clock = SystemClock()
    _make_private(data)
    memory = load_memory(data / "device-state.json", clock.now_ms())
    key = load_or_make_key(data / "device.key")
    # An agent may run beside this: its memory is read here and not written.
    unit = Unit(data, key, trust_for(server, data, clock, marks=memory.signed))
    enrolment = await unit.enrol(typed, clock=clock, dial=dial)
    facts = {"unit": enrolment.sub, "model": enrolment.model, "device": key.dev}
    say(facts, f"This device is {enrolment.sub}, {enrolment.model}. Its key is {key.dev}.")


def own_origin(server: str) -> str:
    """The service's origin as one exact string (SPEC §1); plain HTTP only on this machine."""
    scheme, host, port = _parts(server)
    if scheme == "http" and host not in _LOCAL:
        raise StartError(f"{server} would not be encrypted; use https for any server but this machine")
    named = f"[{host}]" if ":" in host else host
    return f"{scheme}://{named}" if port in {None, _DEFAULT_PORT[scheme]} else f"{scheme}://{named}:{port}"


def _parts(server: str) -> tuple[str, str, int | None]:
    try:
        parts = urlsplit(server)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise StartError(
            "the server is named by an origin such as https://relay.example and nothing more"
        ) from None
    more = (parts.path.strip("/"), parts.query, parts.fragment, parts.username, parts.password)
    if parts.scheme not in _DEFAULT_PORT or not host or any(more):
        raise StartError("the server is named by an origin such as https://relay.example and nothing more")
    return parts.scheme, host, port


def _make_private(data: Path) -> None:
    os.umask(0o077)
    data.mkdir(parents=True, exist_ok=True)


def trust_for(
    server: str | None,
    data: Path,
    clock: Clock,
    *,
    marks: Marks,
    mark: Callable[[Marks], Awaitable[None]] | None = None,
) -> Trust:
    """Whom this device believes; the server it calls is the one its maker wrote into it, and no other."""
    trust = load_trust(data, clock, marks=marks, mark=mark)
    provisioned = own_origin(trust.pin.origin)
    if provisioned != trust.pin.origin or (server is not None and own_origin(server) != provisioned):
        raise StartError(f"this device was provisioned for {trust.pin.origin} and calls no other server")
    return trust


def _kit(
    opened: OpenDevice, clock: SystemClock, server: str | None, data: Path, direct: DirectSettings
) -> tuple[Kit, Unit]:
    memory = load_memory(data / "device-state.json", clock.now_ms())
    key = load_or_make_key(data / "device.key")
    trust = trust_for(server, data, clock, marks=memory.signed, mark=memory.mark_signed)
    unit = Unit(data, key, trust)
    kit = Kit(
        key=key,
        trust=trust,
        memory=memory,
        device=opened.device,
        clock=clock,
        dial=dial,
        polyglot=opened.polyglot,
        networked=opened.networked,
        abilities=opened.abilities,
        ways=ways(direct, clock),
        credential=unit.credential,
        make_ready=make_ready,
        service=HttpService(trust.pin.origin, key=key, credential=unit.kept, clock=clock),
    )
    return kit, unit


async def _serve(
    agent: Agent, opened: OpenDevice, service: Service, say: Say, enrolling: Enrolling | None
) -> None:
    """`enrolling`: with a parent on standard input, which says codes and ends the device with itself."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    parent = None if enrolling is None else Parent(sys.stdin.fileno(), said=enrolling.take, gone=stop.set)
    running = asyncio.create_task(agent.run())
    saying = asyncio.create_task(keep_saying(service, asyncio.sleep))
    try:
        say(*await opened.join(agent))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({running, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
    finally:
        if parent is not None and enrolling is not None:
            parent.close()
            await enrolling.close()
        saying.cancel()
        # The session ends with its record before the device goes; both are over within two seconds.
        await agent.close()
        await running
        await opened.part()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


def main(argv: Sequence[str] | None = None) -> int:
    """`python -m device_agent`."""
    options = _parser().parse_args(argv)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")

    def say(facts: Mapping[str, str], words: str) -> None:
        sys.stdout.write((json.dumps(facts) if options.json else words) + "\n")
        sys.stdout.flush()

    if options.check:
        lines, is_good = check_screen(options.display, options.output)
        for line in lines:
            say({"checked": line}, line)
        return 0 if is_good else 1
    try:
        asyncio.run(_asked(options, say))
    except (StartError, TrustError, DirectError) as error:
        sys.stderr.write(f"alongside agent: {error}\n")
        return 2
    except NotEnrolled as why:
        sys.stderr.write(f"alongside agent: not enrolled: {why}\n")
        return 1
    return 0


def _asked(options: argparse.Namespace, say: Say) -> Coroutine[None, None, None]:
    if options.enrol:
        return enrol_device(server=options.server, data=options.data, typed=_typed_code(), say=say)
    return run_agent(
        device=options.device,
        server=options.server,
        data=options.data,
        page_port=options.page_port,
        console_url=options.console_url,
        say=say,
        language=options.language,
        until_stdin_closes=options.until_stdin_closes,
        display=options.display,
        output=options.output,
        direct=direct_settings(
            direct=options.direct, stun=options.stun, turn=options.turn, login=options.turn_login
        ),
        kodi=options.kodi,
    )


def _typed_code() -> str:
    """Not an option: those of a running program can be read by everybody on the machine."""
    if sys.stdin.isatty():
        sys.stderr.write("Enrolment code: ")
        sys.stderr.flush()
    return sys.stdin.readline(_LINE)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m device_agent", description="The agent on a device.")
    parser.add_argument("--device", choices=DEVICES, default=DEVICES[0], help="what to show and control")
    parser.add_argument("--server", metavar="ORIGIN", help="must be the one in trust.json; may be left out")
    parser.add_argument("--data", required=True, type=Path, metavar="DIR", help="keys, trust and settings")
    parser.add_argument(
        "--page-port", type=int, default=8402, help="port of the TV's page; 0 takes a free one"
    )
    parser.add_argument(
        "--display", help="with x11 and kodi: the display, such as :0; without it the one in DISPLAY"
    )
    parser.add_argument("--output", help="with x11 and kodi: the output by its name, else the primary one")
    parser.add_argument("--kodi", default=KODI, metavar="HOST:PORT", help="with kodi: its JSON-RPC over TCP")
    parser.add_argument(
        "--check", action="store_true", help="with x11 and kodi: say what works on the display, and stop"
    )
    parser.add_argument("--console-url", help="link to the technician's console on that page")
    parser.add_argument(
        "--language", help="language of the set from now on; without it the set keeps its own"
    )
    parser.add_argument(
        "--until-stdin-closes",
        action="store_true",
        help="end with the program that started this one; a line it writes is an enrolment code",
    )
    parser.add_argument(
        "--enrol",
        action="store_true",
        help="read the code that `alongside device enrol` printed, become that unit, and stop",
    )
    parser.add_argument(
        "--direct",
        choices=[way.value for way in Direct],
        default=Direct.OFF.value,
        help="try a data channel beside the relay: through your TURN server, by public addresses, or by all",
    )
    parser.add_argument(
        "--stun", metavar="URL", help="your STUN server, for public addresses behind a router"
    )
    parser.add_argument("--turn", metavar="URL", help="your TURN server; needs --turn-login")
    parser.add_argument("--turn-login", metavar="FILE", type=Path, help="NAME:PASSWORD at the TURN server")
    parser.add_argument("--json", action="store_true", help="say what happened as one line of JSON")
    return parser
