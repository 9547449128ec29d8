"""What the demo says to a person at a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from pathlib import Path

    from server.demo import Links

TRY: Final = (
    "On the TV press Help, then OK. Read the code and type it into the console.",
    "Look at the TV: it names the technician and asks. Nothing is shown before you agree.",
    "Press Stop on the TV's remote while the technician is busy, and watch the console.",
)


def print_welcome(links: Links, log: Path) -> None:
    console = Console(highlight=False)
    console.print()
    for label, link in (("The customer's TV", links.tv), ("The technician's console", links.console)):
        line = Text("  ")
        line.append(f"{label:<26}", style="bold")
        line.append(link, style=f"link {link}")
        console.print(line, soft_wrap=True)
    console.print(
        Text(f"\n  Sign in by the link, or as {links.login} with {links.password}\n"), soft_wrap=True
    )
    for number, step in enumerate(TRY, 1):
        console.print(Text(f"  {number}. {step}"), soft_wrap=True)
    console.print(Text(f"\n  Control-C stops everything. The log is {log}\n"), soft_wrap=True)
