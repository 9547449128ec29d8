"""The account on the panel: draws what its desk says, closes with its page. Without a service nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from device_agent import panel
from device_agent.account.desk import Account
from device_agent.account.machine import Event, State
from device_agent.account.view import AccountView
from device_agent.panel_view import Page

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine

    from device_agent.kit import Kit
    from device_agent.panel import Panel


class AccountPage:
    """`of` is the panel as it is, `draw` puts another one in front, `leave` closes the page."""

    def __init__(
        self,
        kit: Kit,
        *,
        start: Callable[[Coroutine[None, None, None]], asyncio.Task[None]],
        of: Callable[[], Panel],
        draw: Callable[[Panel], None],
        leave: Callable[[], None],
    ) -> None:
        self._of = of
        self._draw = draw
        self._leave = leave
        self._desk = None
        if kit.service is not None:
            self._desk = Account(
                kit.service,
                kit.clock,
                language=lambda: kit.device.language,
                changed=self._changed,
                start=start,
            )

    @property
    def is_there(self) -> bool:
        """Whether this device has one."""
        return self._desk is not None

    @property
    def view(self) -> AccountView:
        """Which of its screens is open."""
        return AccountView() if self._desk is None else self._desk.view

    def fire(self, event: Event) -> None:
        """What the customer pressed."""
        if self._desk is not None:
            self._desk.fire(event)

    def shown(self, page: Page) -> None:
        """Whatever covers the account closes it: nobody stays signed in unseen."""
        if page is not Page.ACCOUNT:
            self.fire(Event.CLOSE)

    def tick(self) -> None:
        """Let time pass."""
        if self._desk is not None:
            self._desk.tick()

    def stop(self) -> None:
        """The agent ends."""
        if self._desk is not None:
            self._desk.stop()

    def _changed(self) -> None:
        before = self._of()
        if before.view.page is not Page.ACCOUNT:
            return
        now, was = self.view, before.view.account
        if now.state is State.CLOSED:
            self._leave()
        elif now.state is was.state:  # the countdown: focus and page stay
            self._draw(replace(before, view=replace(before.view, account=replace(now, page=was.page))))
        else:
            self._draw(panel.opened(replace(before.view, account=now)))
