"""A device asks its maker which unit it is: whoever judges codes is asked, and the device's seat is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

if TYPE_CHECKING:
    from relay.ports import Enrolling
    from relay.session.seat import DeviceSeat
    from wire.messages import Enrol


async def enrol(seat: DeviceSeat, asked: Enrol, enrolling: Enrolling) -> None:
    """Whatever happens the device is answered: it may come again, with the same code (SPEC §5.5)."""
    outcome = None
    try:
        outcome = await enrolling(code=asked.code, key=asked.key, source=seat.source)
    except SQLAlchemyError:
        pass
    finally:
        seat.enrolled(outcome)
