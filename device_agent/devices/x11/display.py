"""One open display: three clients of its server and the threads that serve them, given up together.

What sees, what drives and what is on top have a connection each, so that none waits for another.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from device_agent.devices.x11.connection import ScreenLostError, XClient, require_extensions
from device_agent.devices.x11.eyes import Eyes
from device_agent.devices.x11.guard import Guard
from device_agent.devices.x11.hands import Hands
from device_agent.devices.x11.light import Light
from device_agent.devices.x11.panel import ScreenPanel
from device_agent.panel_view import Page

if TYPE_CHECKING:
    from collections.abc import Callable

    from device_agent.devices.x11.bell import Bell
    from device_agent.devices.x11.panel import Customer
    from device_agent.devices.x11.settings import ScreenSettings
    from device_agent.panel_view import PanelView
    from locales import Catalogue

_JOIN_S: Final = 1.0


class Display:
    """Opening it blocks as long as the server does. `run` starts its threads, `close` ends them."""

    def __init__(
        self,
        display: str | None,
        output: str | None,
        *,
        settings: ScreenSettings,
        customer: Customer,
        bell: Bell,
        words: Callable[[], Catalogue],
        now_ms: Callable[[], int],
        boot: Callable[[], float],
    ) -> None:
        self._clients: list[XClient] = []
        self._ended = threading.Event()
        self._why: Exception | None = None
        self.guard = Guard(boot)
        try:
            eyes = self._client(display)
            require_extensions(eyes)
            self.eyes = Eyes(eyes, output, bell=bell, now_ms=now_ms, boot=boot, private=settings.private)
            hands = self._client(display)
            self.light = Light(hands, bell)
            self.hands = Hands(hands, self.guard, lambda: self.eyes.output, nudged=self.light.look)
            self.guard.let_go = self.hands.let_go
            self.panel = ScreenPanel(
                self._client(display),
                self.guard,
                customer,
                wanted=output,
                output=self.eyes.output,
                settings=settings,
                words=words,
            )
        except BaseException:
            for client in self._clients:
                client.close()
            raise
        self._threads = [
            threading.Thread(target=self._serve, args=(work,), name=name, daemon=True)
            for name, work in (
                ("x11-eyes", self.eyes.watch),
                ("x11-hands", self.hands.run),
                ("x11-panel", self.panel.watch),
                ("x11-paint", self.panel.paint_on),
            )
        ]

    def run(self, view: PanelView, *, is_on: bool, hidden: bool) -> None:
        """Begin to see, to hear and to show."""
        self.show(view, is_on=is_on, hidden=hidden)
        for thread in self._threads:
            thread.start()

    def show(self, view: PanelView, *, is_on: bool, hidden: bool) -> None:
        """Show this panel; the session's keys are refused from this moment on where a page is in front."""
        self.guard.is_covered = view.page is not Page.NONE or not is_on
        if self.guard.is_covered:
            self.hands.let_go()
        self.panel.show(view, is_on=is_on, hidden=hidden)

    def give_up(self, why: Exception) -> None:
        """It is lost: free every thread that waits for its server. The first reason counts."""
        if self._why is None:
            self._why = why
        for client in self._clients:
            client.cut()
        self._ended.set()

    def wait(self) -> Exception:
        """Return why it is lost, once it is."""
        self._ended.wait()
        return self._why or ScreenLostError("the X server is gone")

    def close(self) -> None:
        """End everything; what was lent to the keyboard is put back while the server still answers."""
        self.panel.close()
        self.hands.close()
        for thread in self._threads:
            if thread.name in {"x11-hands", "x11-paint"} and thread.ident is not None:
                thread.join(_JOIN_S)
        self.give_up(ScreenLostError("the display was closed"))
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(_JOIN_S)
        if self.eyes.close(_JOIN_S) and not any(thread.is_alive() for thread in self._threads):
            for client in self._clients:
                client.close()

    def _client(self, display: str | None) -> XClient:
        client = XClient(display)
        self._clients.append(client)
        return client

    def _serve(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as failure:  # noqa: BLE001 - whoever waits for the display is told
            self.give_up(failure)
