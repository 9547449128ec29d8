"""The devices this agent knows, each with what it needs around it: made, started, joined, closed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Protocol

from device_agent.devices.abilities import Abilities
from device_agent.devices.simulated_tv import SimulatedTv
from device_agent.devices.simulated_tv.page import TvPage

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from device_agent.agent import Agent
    from device_agent.clock import Clock
    from device_agent.devices.kodi.device import KodiDevice
    from device_agent.devices.protocol import Device, Networked, Polyglot
    from device_agent.devices.x11.device import X11Device
    from device_agent.devices.x11.settings import ScreenSettings


class CannotOpenError(Exception):
    """The device cannot be used as asked; the text says what to change."""


class OpenDevice(Protocol):
    """One device, as the agent's start needs it."""

    @property
    def device(self) -> Device:
        """The device itself."""
        ...

    @property
    def polyglot(self) -> Polyglot | None:
        """The same, where its customer can choose its language."""
        ...

    @property
    def networked(self) -> Networked | None:
        """The same, where it has network settings of its own."""
        ...

    @property
    def abilities(self) -> Abilities:
        """What it can do beyond showing itself and taking keys."""
        ...

    async def start(self) -> None:
        """Begin to show; raises CannotOpenError."""
        ...

    async def join(self, agent: Agent) -> tuple[Mapping[str, str], str]:
        """Let the agent hear the customer; returns where that is, as facts and in words."""
        ...

    async def part(self) -> None:
        """Hear the customer no more."""
        ...

    async def close(self) -> None:
        """Show nothing any more."""
        ...


class OpenSimulatedTv:
    """The simulated set and the page with its remote."""

    def __init__(
        self, *, clock: Clock, data: Path, language: str | None, page_port: int, console_url: str | None
    ) -> None:
        tv = SimulatedTv(language=language, clock=clock, data=data)
        self.device = self.polyglot = self.networked = tv
        self.abilities = Abilities(
            pointing=tv, typing=tv, configurable=tv, arrow=tv, sounding=tv, shutter=tv.shutter
        )
        self._page_at = (page_port, console_url)
        self._page: TvPage | None = None

    async def start(self) -> None:
        await self.device.start()

    async def join(self, agent: Agent) -> tuple[Mapping[str, str], str]:
        self.device.on_help = lambda: agent.press("help")
        self.device.on_account = agent.open_account
        port, console_url = self._page_at
        self._page = TvPage(agent, self.device, port=port, console_url=console_url)
        address = await self._page.start()
        return {"tv": address}, f"The TV is on {address}"

    async def part(self) -> None:
        if self._page is not None:
            await self._page.close()

    async def close(self) -> None:
        await self.device.close()


def check_screen(display: str | None, output: str | None) -> tuple[list[str], bool]:
    """What works on a display and what does not, one line each; and whether all of it does."""
    try:
        from device_agent.devices.x11.check import check_display  # noqa: PLC0415
    except OSError as missing:
        return [f"no  libxcb: the X11 device needs the X client library ({missing})"], False
    checked = list(check_display(display, output))
    lines = [f"{'ok ' if it.is_good else 'no '} {it.what}: {it.words}" for it in checked]
    return lines, all(it.is_good for it in checked)


class OpenX11:
    """A real screen: the customer's own mouse, keys and touches are heard there."""

    networked = None

    def __init__(
        self, *, clock: Clock, data: Path, language: str | None, display: str | None, output: str | None
    ) -> None:
        self._display = display or os.environ.get("DISPLAY", "")
        screen = {
            "display": display,
            "output": output,
            "settings": _screen_settings(data),
            "data": data,
            "now_ms": clock.now_ms,
            "boot": clock.boot,
            "language": language,
        }
        self.device: X11Device = self._made(screen)
        self.polyglot = self.device
        self.abilities = Abilities(
            pointing=self.device, typing=self.device, arrow=self.device, shutter=self.device.shutter
        )

    def _made(self, screen: dict[str, Any]) -> X11Device:
        from device_agent.devices.x11.device import X11Device  # noqa: PLC0415 - as in _screen_settings

        return X11Device(**screen)

    async def start(self) -> None:
        from device_agent.devices.x11.connection import DisplayError  # noqa: PLC0415 - as in _screen_settings

        try:
            await self.device.start()
        except DisplayError as error:
            raise CannotOpenError(str(error)) from None

    async def join(self, agent: Agent) -> tuple[Mapping[str, str], str]:
        self.device.on_key = agent.press
        self.device.on_choice = agent.choose
        self.device.on_act = agent.customer_acted
        output = self.device.output
        return (
            {"display": self._display, "output": output},
            f"Remote support is on display {self._display}, output {output}",
        )

    async def part(self) -> None:
        """Its connections end with it."""

    async def close(self) -> None:
        await self.device.close()


class OpenKodi(OpenX11):
    """Kodi on such a screen."""

    def __init__(self, *, address: tuple[str, int], **screen: Any) -> None:
        self._address = address
        super().__init__(**screen)
        kodi = self.device
        if TYPE_CHECKING:
            assert isinstance(kodi, KodiDevice)
        self.abilities = Abilities(
            pointing=kodi, typing=kodi, configurable=kodi, arrow=kodi, shutter=kodi.shutter
        )

    def _made(self, screen: dict[str, Any]) -> X11Device:
        from device_agent.devices.kodi.device import KodiDevice  # noqa: PLC0415 - as in _screen_settings

        return KodiDevice(address=self._address, **screen)

    async def start(self) -> None:
        from device_agent.devices.kodi.line import KodiLostError  # noqa: PLC0415 - as in _screen_settings

        try:
            await super().start()
        except KodiLostError as error:
            raise CannotOpenError(str(error)) from None


def kodi_address(text: str) -> tuple[str, int]:
    """Where Kodi's JSON-RPC listens: on this machine, since it asks nobody who they are."""
    host, _, port = text.rpartition(":")
    if host not in {"127.0.0.1", "localhost", "[::1]"} or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise CannotOpenError("Kodi is named by an address of this machine, such as 127.0.0.1:9090")
    return host.strip("[]"), int(port)


def _screen_settings(data: Path) -> ScreenSettings:
    """Imported only here: who runs another device needs none of X's libraries."""
    try:
        from device_agent.devices.x11 import settings  # noqa: PLC0415
    except OSError as missing:
        raise CannotOpenError(f"the X11 device needs libxcb, the X client library ({missing})") from None
    try:
        return settings.load(data)
    except settings.SettingsError as error:
        raise CannotOpenError(str(error)) from None
