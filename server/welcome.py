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
    "Register the TV: on itself under Account, or on the customer's pages by its number, 0B4X7WS50312R6K.",
)


def print_welcome(links: Links, log: Path) -> None:
    console = Console(highlight=False)
    console.print()
    places = (
        ("The customer's TV", links.tv),
        ("The customer's own pages", links.portal),
        ("The technician's console", links.console),
    )
    for label, link in places:
        line = Text("  ")
        line.append(f"{label:<26}", style="bold")
        line.append(link, style=f"link {link}")
        console.print(line, soft_wrap=True)
    console.print(
        Text(f"\n  Technician: the link signs you in, or {links.login} with {links.password}"), soft_wrap=True
    )
    console.print(Text(f"  Customer: {links.customer} with {links.customer_password}\n"), soft_wrap=True)
    for number, step in enumerate(TRY, 1):
        console.print(Text(f"  {number}. {step}"), soft_wrap=True)
    console.print(Text(f"\n  Control-C stops everything. The log is {log}\n"), soft_wrap=True)
