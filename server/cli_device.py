"""`alongside device`: which unit a device is."""

from __future__ import annotations

from typing import Annotated

import typer

from server.command import AsJson, Data, Facts, existing, refuse, run, say

# ruff: noqa: PLC0415

device_app = typer.Typer(help="Which unit a device is, as technicians see it.", no_args_is_help=True)


@device_app.callback()
def device() -> None:
    """Which unit a device is, as technicians see it."""


@device_app.command("enrol")
def device_enrol(
    *,
    unit: Annotated[str, typer.Option(help="The unit's own name, such as its serial number.")],
    model: Annotated[str, typer.Option(help="The model, as technicians know it.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Print a code by which one device becomes this unit: within an hour, once, while the server runs.

    The code is not shown again. A restart of the server makes it void; then make another.
    """
    from identity.enrolment import UnitForm
    from server.app import offers_of, open_office
    from wire.enrol_code import grouped
    from wire.limits import ENROL_CODE_LIFE_S

    settings = existing(data)

    async def work() -> Facts:
        async with open_office(settings) as office:
            offered = await offers_of(office).offer(unit=unit, model=model)
        if isinstance(offered, UnitForm):
            refuse("a unit and a model have 1 to 64 characters and no control or direction marks")
        return {
            "code": grouped(offered.code),
            "valid_minutes": ENROL_CODE_LIFE_S // 60,
            "record": offered.chain,
        }

    say(run(work), as_json=as_json)
