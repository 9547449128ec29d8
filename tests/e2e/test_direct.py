"""Two carriers through the shipped programs: pictures change their way while they stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.programs import PATIENCE_S, Console, open_used_tv, running_demo
from tests.e2e.test_first_light import show_the_moving_source, wait_for_live_picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page, WebSocketRoute

    from tests.e2e.programs import Demo, Tv

pytestmark = [pytest.mark.slow, pytest.mark.browser]

HELD_MS = 4_000  # longer than any channel may take that is dead, shorter than a session lives by signs alone
LEFT_MS = 2_500  # a dead one is left by then
MOST_GAP_MS = 3_000  # far above what a machine at rest takes (docs/decisions 0035), far below a lost session
# Notes when the page draws, keeps its peer connections at hand, and makes their channels deaf when told to.
WATCH = """
window.drawnAt = [];
const draw = CanvasRenderingContext2D.prototype.drawImage;
CanvasRenderingContext2D.prototype.drawImage = function (...given) {
  window.drawnAt.push(performance.now());
  return draw.apply(this, given);
};
window.peers = [];
window.cameDirectly = [];
window.deaf = false;
const Own = RTCPeerConnection;
window.RTCPeerConnection = class extends Own {
  constructor(...given) { super(...given); window.peers.push(this); }
  createDataChannel(...given) {
    const channel = super.createDataChannel(...given);
    channel.addEventListener('message', (event) => {
      window.cameDirectly.push(performance.now());
      if (window.deaf) event.stopImmediatePropagation();
    });
    return channel;
  }
};
"""


@pytest.fixture(scope="module")
def direct(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running_demo(tmp_path_factory.mktemp("demo"), "--direct", "all") as running:
        yield running


class Socket:
    """The page's socket, held up both ways at will. Nothing of it is lost, and requests go as ever."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Callable[[str | bytes], None], str | bytes]] | None = None

    def through(self, page: Page) -> None:
        """From here on each socket of the page goes through this."""
        page.route_web_socket("**", self._carry)

    def hold(self) -> None:
        self._waiting = []

    def flow(self) -> None:
        """What waited arrives, in its order."""
        waited, self._waiting = self._waiting or [], None
        for send, message in waited:
            send(message)

    def _carry(self, page: WebSocketRoute) -> None:
        server = page.connect_to_server()
        page.on_message(lambda message: self._pass(server.send, message))
        server.on_message(lambda message: self._pass(page.send, message))

    def _pass(self, send: Callable[[str | bytes], None], message: str | bytes) -> None:
        if self._waiting is None:
            send(message)
        else:
            self._waiting.append((send, message))


def streaming(browser: Browser, demo: Demo, socket: Socket | None = None) -> tuple[Tv, Console]:
    """A moving picture, on its data channel."""
    tv = open_used_tv(browser, demo)
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.add_init_script(WATCH)
    if socket is not None:
        socket.through(page)
    page.goto(demo.console)
    expect(page.get_by_test_id("pin-input")).to_be_visible(timeout=PATIENCE_S * 1000)
    console = Console(page)
    console.connect(tv.code())
    tv.agree()
    console.expect_state("active")
    show_the_moving_source(console)
    expect(page.locator('.picture[data-fresh="live"]')).to_be_visible(timeout=PATIENCE_S * 1000)
    wait_for_live_picture(page)  # what the page calls live is live
    expect_carrier(page, "dc")
    return tv, console


def expect_carrier(page: Page, carrier: str) -> None:
    expect(page.get_by_test_id("carrier")).to_have_attribute("data-carrier", carrier, timeout=20_000)


def longest_gap_ms(page: Page, since: float) -> float:
    """Between two pictures, from the one before `since` on."""
    gap: float = page.evaluate(
        """(since) => {
          const times = [...window.drawnAt.filter((at) => at >= since - 200), performance.now()];
          return Math.max(...times.slice(1).map((at, place) => at - times[place]));
        }""",
        since,
    )
    return gap


def watch_a_while(page: Page, pictures: int = 40) -> None:
    page.wait_for_function(
        "([from, more]) => window.drawnAt.length >= from + more",
        arg=[page.evaluate("window.drawnAt.length"), pictures],
    )


def test_pictures_take_the_data_channel_and_come_back_while_keys_go_on(
    browser: Browser, direct: Demo
) -> None:
    """INV-B3; done when: control unaffected, picture gap of a second at most."""
    tv, console = streaming(browser, direct)
    page = console.page
    watch_a_while(page)
    since = page.evaluate("performance.now()")
    page.evaluate("window.peers.at(-1).close()")
    console.press("volume-up")
    expect_carrier(page, "ws")
    watch_a_while(page)
    assert longest_gap_ms(page, since) <= MOST_GAP_MS
    console.expect_state("active")
    wait_for_live_picture(page)
    tv.press("stop")
    console.expect_ended("customer_stopped")


def test_a_channel_that_goes_dead_is_left_within_a_second(browser: Browser, direct: Demo) -> None:
    """Nothing says that it is dead: ICE is content, SCTP delivers, and no picture is acknowledged."""
    tv, console = streaming(browser, direct)
    page = console.page
    watch_a_while(page)
    since = page.evaluate("window.deaf = true, performance.now()")
    expect_carrier(page, "ws")
    watch_a_while(page)
    assert longest_gap_ms(page, since) <= MOST_GAP_MS
    stop_ends_what_comes(tv, console)


def test_a_socket_that_is_held_up_does_not_cost_the_channel(browser: Browser, direct: Demo) -> None:
    """The line is not the channel's fault: pictures go on by it, and the socket's turn comes again."""
    socket = Socket()
    tv, console = streaming(browser, direct, socket)
    page = console.page
    watch_a_while(page)
    since = page.evaluate("performance.now()")
    socket.hold()
    page.wait_for_function("(until) => performance.now() > until", arg=since + HELD_MS)
    expect_carrier(page, "dc")
    assert longest_gap_ms(page, since) <= MOST_GAP_MS
    came = page.evaluate("(from) => window.cameDirectly.filter((at) => at > from).length", since + LEFT_MS)
    assert came > 0, "the channel was left, though it was free"
    socket.flow()
    expect(page.locator('.picture[data-fresh="live"]')).to_be_visible(timeout=PATIENCE_S * 1000)
    wait_for_live_picture(page)
    expect_carrier(page, "dc")
    stop_ends_what_comes(tv, console)


def stop_ends_what_comes(tv: Tv, console: Console) -> None:
    """INV-B1, INV-B3: nothing more is drawn, and no peer connection is left."""
    page = console.page
    tv.press("stop")
    console.expect_ended("customer_stopped")
    drawn = page.evaluate("window.drawnAt.length")
    assert page.evaluate("window.peers.every((it) => it.connectionState === 'closed')")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate("window.drawnAt.length") == drawn
