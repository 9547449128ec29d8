"""docs/benchmarks.md and its pictures, written from the results of runs and from nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bench.desk.page import behind_mark
from bench.screen import peers, plot, report
from bench.screen.children import ROOT
from bench.screen.summary import Range, summaries

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.screen.summary import Summary

    Figures = Mapping[str, Any]

PAGE: Final = "docs/benchmarks.md"
PICTURES: Final = "docs/images"
_HEAD: Final = """\
# Benchmarks

The picture and the control of this product beside others that install on the same machine, measured by `make bench`. [bench/README.md](../bench/README.md) says what is measured and how, what the figures do not say, and how to run it yourself.
Everybody showed the same screen to the same browser, one after the other, in every round another one first. Compare within a table only: another machine, or the same one on another day, gives other figures in other proportions.
All of it is written by programs, never by hand: this part by `make bench ARGS="--page RESULTS.json"`, the after-sales desk's at its end by `make bench-desk ARGS="--page RESULTS.json"`.
"""
_NOTHING: Final = "No run is on this page yet. `make bench` makes one."
_LATENCY: Final = ("menu, age", "video, age", "click, until seen", "key, until seen")
_LATENCY_OF: Final = ("menu.age", "video.age", "click.answer", "key.answer")
_BYTES: Final = {"menu": "menu.kib_s", "video": "video.kib_s"}
_CORES: Final = {
    "menu, device and server": "menu.server",
    "video, device and server": "video.server",
    "menu, viewer": "menu.cores.viewer",
    "video, viewer": "video.cores.viewer",
}


def write(runs: Sequence[Figures]) -> int:
    """The page and every picture it shows; returns the program's exit code. The desk's part stays."""
    path = ROOT / PAGE
    of_the_desk = behind_mark(path.read_text(encoding="utf-8")) if path.exists() else ""
    path.write_text(text(runs) + (f"\n{of_the_desk}" if of_the_desk else ""), encoding="utf-8")
    for name, svg in pictures(runs).items():
        (ROOT / PICTURES / name).write_text(svg, encoding="utf-8")
    print(f"{PAGE} holds {len(runs)} runs")
    return 0


def text(runs: Sequence[Figures]) -> str:
    parts = [_HEAD, *(_run(run, number) for number, run in enumerate(runs, 1))]
    return "\n\n".join(part.strip() for part in (parts if runs else [_HEAD, _NOTHING])) + "\n"


def pictures(runs: Sequence[Figures]) -> dict[str, str]:
    """The SVGs by their names in `docs/images`."""
    found = {}
    for number, run in enumerate(runs, 1):
        for network, measured in run["networks"].items():
            for kind, chart in charts(network, summaries(measured)).items():
                found[_name(number, network, kind)] = plot.drawn(chart)
    return found


def charts(network: str, systems: Sequence[Summary]) -> dict[str, plot.Chart]:
    title = report.title_of(network)
    return {
        "time": plot.Chart(
            f"{title}: how old the picture is, how long a press takes; p50 to p95",
            "ms",
            _LATENCY,
            tuple(plot.Row(one.name, _latency(one), _is_ours(one)) for one in systems),
        ),
        "bytes": _costs(f"{title}: what goes over the line; all rounds", "KiB/s", _BYTES, systems),
        "cores": _costs(f"{title}: processors in use; all rounds", "cores", _CORES, systems),
    }


def _costs(title: str, unit: str, series: Mapping[str, str], systems: Sequence[Summary]) -> plot.Chart:
    rows = [
        plot.Row(
            one.name,
            {name: one.ranges[figure] for name, figure in series.items() if figure in one.ranges},
            _is_ours(one),
        )
        for one in systems
    ]
    return plot.Chart(title, unit, tuple(series), tuple(rows))


def _latency(one: Summary) -> dict[str, Range]:
    found = {}
    for name, figure in zip(_LATENCY, _LATENCY_OF, strict=True):
        middle, late = one[f"{figure}_p50"], one[f"{figure}_p95"]
        if middle is not None and late is not None:
            found[name] = Range(middle, middle, late)
    return found


def _is_ours(one: Summary) -> bool:
    kind = peers.BY_NAME.get(one.name)
    return kind is not None and kind.is_ours


def _run(run: Figures, number: int) -> str:
    parts = [
        f"## Run {number}, {run['when']}",
        _conditions(run),
        *([f"Left out: {_listed(run['left_out'])}."] if run["left_out"] else []),
    ]
    networks = {name: {**run, "networks": {name: measured}} for name, measured in run["networks"].items()}
    for network, alone in networks.items():
        heading, *rest = report.tables(alone)
        shown = [
            f"![{title}](images/{_name(number, network, kind)})"
            for kind, title in (("time", "Times"), ("bytes", "Bytes"), ("cores", "Processors"))
        ]
        parts += [heading, *shown, *rest]
    return "\n\n".join(parts)


def _conditions(run: Figures) -> str:
    machine, plan = run["machine"], run["plan"]
    versions = ", ".join(f"{name} {text}" for name, text in run["versions"].items())
    return (
        f"{machine['cores']} cores ({machine['processor']}), {machine['system']}, {machine['browser']} without a GPU. "
        f"{_rounds(plan['rounds'])}; menu and video {plan['seconds']:g} s each, {plan['presses']} presses of mouse and "
        f"key. Medians of the rounds; times in ms.\n\nMeasured: {versions}."
    )


def _listed(left_out: Mapping[str, str]) -> str:
    return "; ".join(f"{name} ({why})" for name, why in left_out.items())


def _rounds(many: int) -> str:
    return "1 round" if many == 1 else f"{many} rounds"


def _name(number: int, network: str, kind: str) -> str:
    return f"bench-{number}-{network}-{kind}.svg"
