"""A window that the maker calls private is in nothing that leaves the device: the stream is decoded."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import numpy as np
import pytest
import xcffib
import xcffib.xproto

from device_agent.clock import SystemClock
from device_agent.devices.protocol import Shows
from device_agent.devices.x11 import face
from device_agent.devices.x11 import private as private_windows
from device_agent.devices.x11.face import Corner
from device_agent.devices.x11.private import Private
from device_agent.panel_view import Banner, Item, PanelView
from device_agent.picture.encoders import Encoders
from device_agent.picture.mask import covered
from device_agent.picture.pipeline import PicturePipeline
from locales import load
from seal.messages import PictureState
from seal.pictures import Codec
from tests.agent.test_mask import Watcher, shows_secret
from tests.x11.display import HEIGHT, WIDTH, Server, eventually
from tests.x11.kiosk import PATIENCE_S, Kiosk, kiosk
from wire.commands import Grant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

pytestmark = pytest.mark.slow

BANNER = Banner("Marta Ozola", "Hallmere Care", frozenset({Grant.VIEW, Grant.KEYS}))
SAFE = Private(frozenset({"safe"}), frozenset({"password"}))
P = 0x70, 0xFFE3, 0xFFE9  # p with Control and Alt


class Secret:
    """A program with red windows; `depth` is how many frames lie around each."""

    def __init__(self, server: Server) -> None:
        self.connection = xcffib.Connection(server.name)
        self.core = self.connection.core
        self.root = self.connection.setup.roots[0].root

    def open(
        self, x: int, y: int, *, name: str = "", title: str = "", depth: int = 0, is_menu: bool = False
    ) -> tuple[int, int]:
        """The window and the child of the root that it lies in."""
        outer = inner = self._create(self.root, x, y, is_menu=is_menu)
        for _ in range(depth):
            inner = self._create(inner, 4, 20, is_menu=False)
        if name:
            self._say(inner, "WM_CLASS", f"main\0{name}\0")
        if title:
            self._say(inner, "WM_NAME", title)
        self.core.MapSubwindows(outer)
        if depth == 2:
            self.core.MapSubwindows(self.core.QueryTree(outer).reply().children[0])
        self.core.MapWindow(outer)
        self.settle()
        return inner, outer

    def retitle(self, window: int, title: str) -> None:
        self._say(window, "WM_NAME", title)
        self.settle()

    def move(self, window: int, x: int, y: int) -> None:
        where = xcffib.xproto.ConfigWindow
        self.core.ConfigureWindow(window, where.X | where.Y, [x, y])
        self.settle()

    def close(self, window: int) -> None:
        self.core.DestroyWindow(window)
        self.settle()

    def settle(self) -> None:
        self.core.GetInputFocus().reply()

    def _create(self, parent: int, x: int, y: int, *, is_menu: bool) -> int:
        window, mask = self.connection.generate_id(), xcffib.xproto.CW
        self.core.CreateWindow(
            24, window, parent, x, y, 200, 120, 2, 1, 0,
            mask.BackPixel | mask.OverrideRedirect, [0xFF0000, int(is_menu)],
        )  # fmt: skip
        return int(window)

    def _say(self, window: int, name: str, value: str) -> None:
        atom = self.core.InternAtom(False, len(name), name).reply().atom
        data = value.encode("latin-1")
        self.core.ChangeProperty(0, window, atom, xcffib.xproto.Atom.STRING, 8, len(data), data)


@pytest.fixture
def secret(server: Server) -> Iterator[Secret]:
    program = Secret(server)
    yield program
    program.connection.disconnect()


async def masked(it: Kiosk, count: int) -> NDArray[np.uint8]:
    """The first picture with so many private regions, covered as the pipeline does."""
    async with asyncio.timeout(PATIENCE_S):
        while len((picture := await it.looks()).private) != count:
            await it.device.changed(picture.serial)
    return covered(picture, "Private").pixels


@pytest.mark.parametrize("depth", [0, 1, 2])
async def test_a_private_window_is_covered_with_the_frame_around_it(
    tmp_path: Path, server: Server, secret: Secret, depth: int
) -> None:
    async with kiosk(server, tmp_path, private=SAFE) as it:
        _, outer = secret.open(300, 200, name="Safe", depth=depth)
        assert not shows_secret(await masked(it, 1))
        secret.close(outer)
        assert not shows_secret(await masked(it, 0))


async def test_what_is_named_counts_and_nothing_else(tmp_path: Path, server: Server, secret: Secret) -> None:
    async with kiosk(server, tmp_path, private=SAFE) as it:
        _, plain = secret.open(20, 20, name="Safety", title="Pass the word")
        assert shows_secret((await it.sees(shows_secret)).pixels)
        assert (await it.looks()).private == ()
        secret.close(plain)
        secret.open(20, 20, title="My PASSWORDS - Notes")
        secret.open(300, 300, is_menu=True)  # a list that drops down has no name, and is the same program's
        secret.open(WIDTH - 100, HEIGHT - 60, name="SAFE")
        assert not shows_secret(await masked(it, 3))


async def test_a_window_under_another_is_covered_all_the_same(
    tmp_path: Path, server: Server, secret: Secret
) -> None:
    async with kiosk(server, tmp_path, private=SAFE) as it:
        secret.open(300, 200, name="safe")
        await masked(it, 1)
        it.program.raise_above()
        await it.device.changed((await it.looks()).serial - 1)
        assert len((await it.looks()).private) == 1


async def test_a_title_that_becomes_private_is_covered_though_nothing_is_drawn(
    tmp_path: Path, server: Server, secret: Secret
) -> None:
    async with kiosk(server, tmp_path, private=SAFE) as it:
        window, _ = secret.open(300, 200, title="Notes")
        before = await it.sees(shows_secret)
        secret.retitle(window, "Password")
        async with asyncio.timeout(PATIENCE_S):
            await it.device.changed(before.serial)
        after = await it.looks()
        assert not shows_secret(covered(after, "Private").pixels)
        assert np.array_equal(after.pixels, before.pixels), "nothing was drawn"


async def test_with_too_many_windows_to_look_at_the_whole_screen_is_private(
    tmp_path: Path, server: Server, secret: Secret, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(private_windows, "MOST", 0)
    async with kiosk(server, tmp_path, private=SAFE) as it:
        secret.open(300, 200)
        assert not shows_secret(await masked(it, 1))


async def streamed(it: Kiosk, act: Callable[[int], None], steps: int) -> Watcher:
    """What leaves while `act` is called again and again, each picture decoded."""
    watcher, clock = Watcher(WIDTH, HEIGHT), SystemClock()
    pipeline = PicturePipeline(
        device=it.device,
        encoders=Encoders((Codec.H264,)),
        sink=watcher,
        clock=clock,
        shutter=it.device.shutter,
    )
    running = asyncio.create_task(pipeline.run())
    async with asyncio.timeout(PATIENCE_S):
        for step in range(steps):
            before = len(watcher.heads) + len(watcher.words)
            act(step)
            while len(watcher.heads) + len(watcher.words) == before:
                await asyncio.wait({asyncio.ensure_future(it.device.changed(it.device.serial))}, timeout=0.01)
                pipeline.acknowledge(watcher.heads[-1].pic if watcher.heads else 0)
    running.cancel()
    await asyncio.wait({running})
    return watcher


@pytest.mark.parametrize("is_named", [True, False])
async def test_a_private_window_that_opens_moves_and_closes_is_in_no_picture_that_leaves(
    tmp_path: Path, server: Server, secret: Secret, *, is_named: bool
) -> None:
    """Not named it is seen: the check can fail."""
    async with kiosk(server, tmp_path, private=SAFE) as it:
        opened: list[int] = []

        def act(step: int) -> None:
            if step == 1:
                opened.append(secret.open(100, 100, name="safe" if is_named else "open")[1])
            elif step in range(2, 8):
                secret.move(opened[0], 100 + 130 * step, 100 + 60 * step)
            elif step == 8:
                secret.close(opened[0])

        watcher = await streamed(it, act, 10)
        assert bool(watcher.leaks) is not is_named
        assert bool([1 for word, count in watcher.words if count]) is is_named


async def test_the_customers_hide_key_takes_the_screen_away_until_it_is_pressed_again(
    tmp_path: Path, server: Server
) -> None:
    async with kiosk(server, tmp_path) as it:
        told: list[bool] = []
        it.device.shutter.on_press = told.append
        before = await it.looks()
        assert before.shows is Shows.PICTURE
        it.customer.key(*P)
        await it.hears()
        hidden = await it.looks()
        assert (hidden.shows, hidden.serial > before.serial) == (Shows.HIDDEN, True)
        it.program.paint(0, 0, np.full((40, 40, 4), 90, np.uint8))
        assert (await it.looks()).shows is Shows.HIDDEN
        it.customer.key(*P)
        await it.hears()
        assert (await it.looks()).shows is Shows.PICTURE
        assert told == [True, False]


@pytest.mark.parametrize("view", [PanelView(), PanelView(banner=BANNER)], ids=["nobody", "connected"])
async def test_it_is_hidden_and_shown_again_by_a_touch(
    tmp_path: Path, server: Server, view: PanelView
) -> None:
    async with kiosk(server, tmp_path) as it:
        await it.shows(view)
        if view.banner is None:
            it.device.pressed("hide")  # while nobody is connected only the strip that says so can be touched
        else:
            it.customer.click(*hide_at(view))
        await it.hears()
        assert (await it.looks()).shows is Shows.HIDDEN
        await asyncio.to_thread(eventually, lambda: target_of(it, hide_at(view, hidden=True)) is Item.HIDE)
        it.customer.click(*hide_at(view, hidden=True))
        await it.hears()
        assert (await it.looks()).shows is Shows.PICTURE


def hide_at(view: PanelView, *, hidden: bool = False) -> tuple[int, int]:
    """The middle of what is touched for Hide."""
    scene = face.Scene(view, WIDTH, HEIGHT, corner=Corner.NONE, hidden=hidden)
    shown = face.paint(scene, load("en", "device", "shared"))
    assert shown is not None
    box = next(target.box for target in shown.targets if target.item is Item.HIDE)
    return (box.left + box.right) // 2, (box.top + box.bottom) // 2


def target_of(it: Kiosk, place: tuple[int, int]) -> Item | None:
    target = it.display.panel._target(*place)
    return None if target is None else target.item


async def test_while_it_is_hidden_no_picture_leaves(tmp_path: Path, server: Server, secret: Secret) -> None:
    async with kiosk(server, tmp_path) as it:
        it.device.pressed("hide")
        secret.open(100, 100)
        watcher = await streamed(it, lambda _: None, 2)
        assert watcher.heads == []
        assert {word for word, _ in watcher.words} == {PictureState.HIDDEN}
