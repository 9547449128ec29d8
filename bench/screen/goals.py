"""What this product aims at: figures of its own, and figures of others in the same run."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.screen.summary import Summary

_TIGER: Final = ("TigerVNC + noVNC",)
_RTC: Final = ("Selkies, WebRTC",)
_SELKIES: Final = ("Selkies, WebSocket", "Selkies, WebRTC")
OURS: Final = "Alongside"
OURS_DIRECT: Final = "Alongside, data channel"


class Side(StrEnum):
    AT_MOST = "≤"
    AT_LEAST = "≥"


@dataclass(frozen=True, slots=True)
class Goal:
    """`factor` times the best of the others, or `value` itself where nobody else is meant."""

    network: str
    words: str
    figure: str
    side: Side = Side.AT_MOST
    factor: float = field(default=1.0, kw_only=True)
    of: tuple[str, ...] = field(default=(), kw_only=True)
    value: float = field(default=0.0, kw_only=True)
    whose: str = field(default=OURS, kw_only=True)

    def bound(self, others: Mapping[str, Summary]) -> float | None:
        """The figure to reach; None where nobody it is taken from was measured. No names means any peer."""
        if not self.of:
            return self.value
        measured = [others[name][self.figure] for name in self.of if name in others]
        known = [value for value in measured if value is not None]
        if not known:
            return None
        return self.factor * (min(known) if self.side is Side.AT_MOST else max(known))

    def is_reached(self, reached: float, bound: float) -> bool:
        return reached <= bound if self.side is Side.AT_MOST else reached >= bound


_EVERYBODY: Final = (
    *_TIGER,
    "x11vnc + noVNC",
    *_SELKIES,
    "MeshCentral",
    "plain aiortc, VP8",
    "plain aiortc, H.264",
)


def _ratio(network: str, words: str, figure: str, factor: float, of: tuple[str, ...]) -> Goal:
    return Goal(network, words, figure, factor=factor, of=of)


def _silence(network: str, whose: str = OURS) -> Goal:
    way = " with the data channel" if whose == OURS_DIRECT else ""
    words = f"3 s of silence{way}, then a fresh picture, ms"
    return Goal(network, words, "silence.fresh_ms", of=_EVERYBODY, whose=whose)


GOALS: Final[tuple[Goal, ...]] = (
    _ratio("direct", "menu, age p50, ms", "menu.age_p50", 1.0, _TIGER),
    _ratio("direct", "menu, age p95, ms", "menu.age_p95", 1.25, _TIGER),
    _ratio("direct", "click to seen p50, ms", "click.answer_p50", 1.0, _TIGER),
    Goal(
        "direct", "video, part of the pictures that is shown", "video.shown_share", Side.AT_LEAST, value=0.96
    ),
    _ratio("direct", "video, age p50, ms", "video.age_p50", 0.3, _TIGER),
    _ratio("direct", "video, age p50, ms", "video.age_p50", 0.6, _RTC),
    _ratio("direct", "video, KiB/s", "video.kib_s", 0.6, _SELKIES),
    _ratio("direct", "menu, KiB/s", "menu.kib_s", 0.4, _TIGER),
    Goal("direct", "menu, cores of agent and relay", "menu.agent_and_relay", value=0.06),
    Goal("direct", "still, cores of the agent", "still.cores.agent", value=0.005),
    Goal("direct", "menu 2 s at rest, PSNR, dB", "menu.at_rest.2000.psnr", Side.AT_LEAST, of=_TIGER),
    _ratio("direct", "video, cores of the viewer", "video.cores.viewer", 0.75, _TIGER),
    Goal(
        "direct",
        "accepted code to first picture without the customer's time, ms",
        "cold.accepted_ms",
        value=450,
    ),
    _ratio("home", "menu, age p50, ms", "menu.age_p50", 1.1, _TIGER),
    _ratio("home", "video, behind, ms", "video.behind", 0.8, _SELKIES),
    Goal("home", "video, pictures shown a second", "video.shown_s", Side.AT_LEAST, value=20),
    _ratio("home", "key to seen p50, ms", "key.answer_p50", 1.1, _TIGER),
    _silence("home"),
    _silence("home", OURS_DIRECT),
    _ratio("home", "cold page to first picture, ms", "cold.first_ms", 0.4, _TIGER),
    Goal("home", "cold page, KiB until the first picture", "cold.kib", value=200),
    _ratio("dsl", "menu, age p50, ms", "menu.age_p50", 1.0, _SELKIES),
    _ratio("dsl", "video, behind, ms", "video.behind", 1.0, _SELKIES),
    Goal(
        "dsl", "menu 0.5 s at rest, SSIM of words", "menu.at_rest.500.detail_ssim", Side.AT_LEAST, value=0.99
    ),
    _ratio("dsl", "key to seen p50, ms", "key.answer_p50", 1.1, _TIGER),
    _silence("dsl"),
    _silence("dsl", OURS_DIRECT),
    _ratio("dsl", "cold page to first picture, ms", "cold.first_ms", 0.4, _TIGER),
)
