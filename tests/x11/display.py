"""A display for tests: an X server without a screen, a program on it that paints and listens, a customer."""

from __future__ import annotations

import os
import shutil
import signal
import struct
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import xcffib
import xcffib.randr
import xcffib.xinput
import xcffib.xproto
import xcffib.xtest

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

WIDTH, HEIGHT = 1280, 720
MOUSE, KEYBOARD = "Xvfb mouse", "Xvfb keyboard"


@dataclass
class Server:
    """One Xvfb."""

    name: str
    process: subprocess.Popen[bytes]

    def hang(self) -> None:
        """Stop answering, as a driver that waits for its hardware does."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def xvfb(*, width: int = WIDTH, height: int = HEIGHT, name: str | None = None) -> Iterator[Server]:
    """Start one on a free display, or on a named one; it is gone when the block ends."""
    assert shutil.which("Xvfb"), "the tests of the X11 device need Xvfb: apt-get install xvfb"
    reads, writes = os.pipe()
    screen = ["-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp", "-noreset"]
    display = [name] if name else ["-displayfd", str(writes)]
    process = subprocess.Popen(
        ["Xvfb", *display, *screen], pass_fds=[writes], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(writes)
    try:
        with os.fdopen(reads) as told:
            found = name or f":{told.readline().strip()}"
        assert found != ":", "Xvfb did not start"
        yield Server(found, process)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.terminate()
        process.wait(10)


def eventually(what: Any, seconds: float = 5.0) -> None:
    """Ask the server again and again until it is so: `what` has to ask it something."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen"


@dataclass
class Program:
    """A bare X client: one window over the whole screen that shows pixels and writes down what it gets."""

    server: Server
    keys: list[str] = field(default_factory=list)
    clicks: list[tuple[int, bool, int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.connection = xcffib.Connection(self.server.name)
        self.core = self.connection.core
        self.screen = self.connection.setup.roots[0]
        self.root = self.screen.root
        masks = xcffib.xproto.EventMask
        events = masks.KeyPress | masks.ButtonPress | masks.ButtonRelease
        self.window = self.connection.generate_id()
        self.core.CreateWindow(
            24, self.window, self.root, 0, 0, WIDTH, HEIGHT, 0, 1, 0,
            xcffib.xproto.CW.BackPixel | xcffib.xproto.CW.OverrideRedirect | xcffib.xproto.CW.EventMask,
            [0x102030, 1, events],
        )  # fmt: skip
        self.point_with(0)
        self.core.MapWindow(self.window)
        self.core.SetInputFocus(1, self.window, 0)
        self._context = self.connection.generate_id()
        self.core.CreateGC(self._context, self.window, 0, [])
        self._read_layout()
        self.settle()

    def settle(self) -> None:
        """Until the server has done what this program asked for."""
        self.core.GetInputFocus().reply()

    def paint(self, x: int, y: int, pixels: NDArray[np.uint8]) -> None:
        """Put pixels on the screen, BGRX."""
        height, width = pixels.shape[:2]
        rows = max(1, 60_000 // (width * 4))
        for top in range(0, height, rows):
            part = pixels[top : top + rows]
            data = part.tobytes()
            self.core.PutImage(
                2, self.window, self._context, width, len(part), x, y + top, 0, 24, len(data), data
            )
        self.settle()

    def point_with(self, size: int, tip: tuple[int, int] = (0, 0)) -> None:
        """Let the screen's pointer be a red square; 0: nothing that can be seen."""
        side, masked = max(size, 1), self.connection.generate_id()
        self.core.CreatePixmap(1, masked, self.root, side, side)
        context = self.connection.generate_id()
        self.core.CreateGC(context, masked, xcffib.xproto.GC.Foreground, [int(size > 0)])
        self.core.PolyFillRectangle(masked, context, 1, [xcffib.xproto.RECTANGLE.synthetic(0, 0, side, side)])
        cursor = self.connection.generate_id()
        self.core.CreateCursor(cursor, masked, masked, 0xFFFF, 0, 0, 0, 0, 0, *tip)
        self.core.ChangeWindowAttributes(self.root, xcffib.xproto.CW.Cursor, [cursor])
        self.settle()

    def raise_above(self, window: int | None = None) -> None:
        self.core.ConfigureWindow(window or self.window, xcffib.xproto.ConfigWindow.StackMode, [0])
        self.settle()

    def top_window(self) -> int:
        children = self.core.QueryTree(self.root).reply().children
        return int(children[len(children) - 1])

    def pointer(self) -> tuple[int, int]:
        reply = self.core.QueryPointer(self.root).reply()
        return reply.root_x, reply.root_y

    def layout(self, *, per_keycode: bool = False) -> list[int]:
        """Every keysym of every keycode."""
        first, last = self.connection.setup.min_keycode, self.connection.setup.max_keycode
        reply = self.core.GetKeyboardMapping(first, last - first + 1).reply()
        self._first, self._per = first, reply.keysyms_per_keycode
        return [int(it) for it in reply.keysyms]

    def _read_layout(self) -> None:
        self._layout = self.layout()

    @property
    def text(self) -> str:
        """What was typed into it, as it understood it."""
        self.listen()
        return "".join(self.keys)

    def listen(self) -> None:
        """Take the events that are there, in their order, as programs do."""
        self.settle()
        while (event := self.connection.poll_for_event()) is not None:
            self._take(event)

    def _take(self, event: Any) -> None:
        match event:
            case xcffib.xproto.MappingNotifyEvent():
                self._read_layout()
            case xcffib.xproto.KeyPressEvent():
                typed = self._meaning(event.detail, event.state)
                if typed:
                    self.keys.append(typed)
            case xcffib.xproto.ButtonPressEvent() | xcffib.xproto.ButtonReleaseEvent():
                down = not isinstance(event, xcffib.xproto.ButtonReleaseEvent)
                self.clicks.append((event.detail, down, event.root_x, event.root_y))

    def _meaning(self, keycode: int, state: int) -> str:
        """As the X protocol says: the group and Shift choose; Caps Lock makes letters capital."""
        row = self._layout[(keycode - self._first) * self._per :][: self._per]
        group = state >> 13 & 3
        start = 2 if group and any(row[2:4]) else 0
        low, high = row[start], row[start + 1] if len(row) > start + 1 else 0
        keysym = high if state & 1 and high else low
        if 0xFF00 <= keysym <= 0xFFFF or keysym >= 0x1008_0000:
            return {0xFF0D: "\n", 0xFF09: "\t", 0xFFE1: ""}.get(keysym, f"<{keysym:x}>")
        typed = chr(keysym - 0x0100_0000 if keysym >= 0x0100_0000 else keysym)
        return typed.upper() if state & 2 and not high else typed

    def close(self) -> None:
        self.connection.disconnect()


class RealHands:
    """The customer: uses the server's own mouse and keyboard, which XTEST can speak for by their numbers."""

    def __init__(self, server: Server) -> None:
        self.connection = xcffib.Connection(server.name)
        self.core = self.connection.core
        self.root = self.connection.setup.roots[0].root
        self._xtest = self.connection(xcffib.xtest.key)
        found = self.core.QueryExtension(len("XInputExtension"), "XInputExtension").reply()
        self._first = found.first_event
        devices = self.connection(xcffib.xinput.key)
        devices.XIQueryVersion(2, 2).reply()
        infos = {it.name.to_string(): it.deviceid for it in devices.XIQueryDevice(0).reply().infos}
        self.mouse, self.keyboard = infos[MOUSE], infos[KEYBOARD]

    def key(self, keysym: int, *others: int) -> None:
        """Press a key while others are held."""
        codes = [self._code(it) for it in (*others, keysym)]
        for code in codes:
            self._do(1, code, self.keyboard)
        for code in reversed(codes):
            self._do(2, code, self.keyboard)
        self.core.GetInputFocus().reply()

    def click(self, x: int, y: int, button: int = 1, then: tuple[int, int] | None = None) -> None:
        """Press and let go at a place, and be at another at once."""
        self.core.WarpPointer(0, self.root, 0, 0, 0, 0, x, y)
        self._do(3, button, self.mouse)
        self._do(4, button, self.mouse)
        if then is not None:
            self.core.WarpPointer(0, self.root, 0, 0, 0, 0, *then)
        self.core.GetInputFocus().reply()

    def focus(self, x: int, y: int) -> None:
        """Click at a place and give the keyboard to the program there, as a window manager does."""
        self.click(x, y)
        program = self.core.QueryPointer(self.root).reply().child
        self.core.SetInputFocus(2, program, 0)
        self.core.GetInputFocus().reply()

    def _do(self, kind: int, detail: int, device: int) -> None:
        self._xtest.FakeInput(self._first + kind, detail, 0, 0, 0, 0, device)

    def _code(self, keysym: int) -> int:
        first, last = self.connection.setup.min_keycode, self.connection.setup.max_keycode
        reply = self.core.GetKeyboardMapping(first, last - first + 1).reply()
        per = reply.keysyms_per_keycode
        at = list(reply.keysyms).index(keysym)
        return int(first) + at // int(per)

    def close(self) -> None:
        self.connection.disconnect()


def set_layout(server: Server, layout: str) -> None:
    """Choose a keyboard layout, as a desktop does."""
    subprocess.run(["setxkbmap", "-display", server.name, layout], check=True, timeout=20)


def resize(server: Server, width: int, height: int) -> None:
    """Another resolution."""
    connection = xcffib.Connection(server.name)
    randr = connection(xcffib.randr.key)
    root = connection.setup.roots[0].root
    resources = randr.GetScreenResources(root).reply()
    name = f"{width}x{height}"
    mode = randr.CreateMode(root, _mode(width, height, len(name)), len(name), name).reply().mode
    output, crtc = resources.outputs[0], resources.crtcs[0]
    randr.AddOutputMode(output, mode)
    randr.SetCrtcConfig(crtc, 0, 0, 0, 0, 0, 1, 0, []).reply()
    randr.SetScreenSize(root, width, height, width // 4, height // 4)
    randr.SetCrtcConfig(crtc, 0, 0, 0, 0, mode, 1, 1, [output]).reply()
    connection.disconnect()


def _mode(width: int, height: int, name: int) -> Any:
    return xcffib.randr.ModeInfo.synthetic(
        0, width, height, 60 * width * height, width, width, width, 0, height, height, height, name, 0
    )


def add_monitor(server: Server, name: str, area: tuple[int, int, int, int]) -> None:
    """One more output as programs see them: a rectangle of the screen with a name."""
    connection = xcffib.Connection(server.name)
    atom = connection.core.InternAtom(False, len(name), name).reply().atom
    x, y, width, height = area
    body = struct.pack("=xxxxI", connection.setup.roots[0].root) + struct.pack(
        "=IBBHhhHHII", atom, 0, 0, 0, x, y, width, height, width // 4, height // 4
    )
    import io

    connection(xcffib.randr.key).send_request(43, io.BytesIO(body))
    connection.core.GetInputFocus().reply()
    connection.disconnect()
