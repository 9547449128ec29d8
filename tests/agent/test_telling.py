"""What the technician is told of settings and text field: once whole, then what changed, if it is granted."""

from __future__ import annotations

from typing import cast

from seal import messages as sealed
from seal.settings import Choice, Switch
from tests.agent.fakes_able import SETTINGS, SWITCH, FakeAble
from tests.agent.stage import Stage
from wire.commands import Grant
from wire.limits import OPTIONS_PER_SETTING, SETTINGS_PARTS, SETTINGS_PER_MESSAGE


def active(*grants: Grant) -> Stage:
    stage = Stage(able=FakeAble()).activate(*grants)
    stage.pass_time(0.25)
    return stage


def device(stage: Stage) -> FakeAble:
    return cast("FakeAble", stage.device)


def told(stage: Stage) -> list[sealed.Settings]:
    return [message for message in stage.twin.heard if isinstance(message, sealed.Settings)]


def fields(stage: Stage) -> list[int]:
    return [message.longest for message in stage.twin.heard if isinstance(message, sealed.Field)]


def test_the_whole_list_is_told_once_it_is_granted_and_then_nothing_while_nothing_changes() -> None:
    stage = active(Grant.SETTINGS)
    stage.pass_time(3)
    assert told(stage) == [sealed.Settings(part=1, parts=1, items=SETTINGS)]


def test_without_the_grant_no_setting_is_told() -> None:
    stage = active(Grant.VIEW, Grant.KEYS)
    stage.pass_time(3)
    assert told(stage) == []


def test_whoever_changed_a_setting_the_change_alone_is_told() -> None:
    stage = active(Grant.SETTINGS)
    device(stage).change(SWITCH.path, "on")  # as if by the customer's own remote
    stage.pass_time(0.25)
    assert told(stage)[1:] == [sealed.Settings(part=0, parts=0, items=(Switch(SWITCH.path, "on"),))]


def test_a_command_tells_what_it_changed_at_once() -> None:
    stage = active(Grant.SETTINGS)
    beat = stage.twin.newest_ping
    stage.to_device(stage.twin.command(sealed.Setting(path=SWITCH.path, value="on", hb=beat)))
    assert told(stage)[-1].items == (Switch(SWITCH.path, "on"),)


def test_a_setting_that_may_not_be_told_is_left_out_and_the_session_goes_on() -> None:
    """Nothing checks what a maker's driver builds but the console, which would call it altered."""
    options = tuple(f"language-{n}" for n in range(OPTIONS_PER_SETTING + 1))
    stage = active(Grant.SETTINGS)
    device(stage).items = (*SETTINGS, Choice("general.language", options[0], options))
    stage.pass_time(0.25)
    device(stage).items = (*SETTINGS, Choice("general.language", options[1], options))
    stage.pass_time(0.25)
    device(stage).change(SWITCH.path, "on")
    stage.pass_time(0.25)
    assert told(stage)[1:] == [
        sealed.Settings(part=1, parts=1, items=SETTINGS),
        sealed.Settings(part=0, parts=0, items=(Switch(SWITCH.path, "on"),)),
    ]


def test_another_list_is_told_whole() -> None:
    stage = active(Grant.SETTINGS)
    device(stage).items = SETTINGS[1:]
    stage.pass_time(0.25)
    assert told(stage)[1:] == [sealed.Settings(part=1, parts=1, items=SETTINGS[1:])]


def test_a_device_without_any_setting_says_so() -> None:
    able = FakeAble()
    able.items = ()
    stage = Stage(able=able).activate(Grant.SETTINGS)
    stage.pass_time(0.25)
    assert told(stage) == [sealed.Settings(part=1, parts=1, items=())]


def test_a_long_list_comes_in_pieces_and_one_too_long_is_cut_to_what_can_be_told() -> None:
    able = FakeAble()
    able.items = tuple(Switch(f"a.{number}", "on") for number in range(1000))
    stage = Stage(able=able).activate(Grant.SETTINGS)
    stage.pass_time(0.25)
    pieces = told(stage)
    assert [(piece.part, piece.parts) for piece in pieces] == [
        (part, SETTINGS_PARTS) for part in range(1, SETTINGS_PARTS + 1)
    ]
    assert {len(piece.items) for piece in pieces} == {SETTINGS_PER_MESSAGE}


def test_items_as_long_as_they_may_be_still_fit_into_their_frames() -> None:
    able = FakeAble()
    wide = tuple(chr(0x1F300 + number) + "\N{TELEVISION}" * 63 for number in range(32))
    able.items = tuple(sealed.Choice(f"a.{number}", wide[0], wide) for number in range(6))
    stage = Stage(able=able).activate(Grant.SETTINGS)
    stage.pass_time(0.25)
    assert [item.path for piece in told(stage) for item in piece.items] == [f"a.{n}" for n in range(6)]


def test_settings_that_cannot_be_read_cost_the_list_and_not_the_session() -> None:
    stage = active(Grant.VIEW, Grant.SETTINGS)
    stage.device.broken = True
    device(stage).items = ()
    stage.pass_time(1)
    assert stage.session.is_open
    stage.device.broken = False
    stage.pass_time(0.25)
    assert told(stage)[-1].items == ()


def test_an_open_text_field_is_told_and_so_is_its_closing() -> None:
    stage = active(Grant.KEYS)
    for longest in (24, 24, 0):
        device(stage).open_field = longest
        stage.pass_time(0.25)
    assert fields(stage) == [24, 0]


def test_a_device_that_does_not_know_of_fields_says_nothing_of_them() -> None:
    stage = active(Grant.KEYS)
    stage.pass_time(2)
    assert fields(stage) == []


def test_without_keys_no_field_is_told() -> None:
    stage = active(Grant.VIEW)
    device(stage).open_field = 24
    stage.pass_time(2)
    assert fields(stage) == []
