"""Signs of life beside the console's socket, at the device: proven, answered, and no leave to do anything."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.agent.stage import Stage, actions, ending
from tests.agent.test_media import FakePictures, head, staged
from wire.commands import Outcome, RemoteKey
from wire.limits import ALIVE_MOST_S
from wire.messages import Alive
from wire.reasons import EndReason


def beside(stage: Stage, sign: Alive) -> None:
    """The relay passes it on, and carries the answer."""
    stage.session.alive(sign)
    stage.settle()


def test_a_technician_heard_beside_the_socket_alone_is_not_lost() -> None:
    """SPEC §5.3: the browser's repeats may come later than the five seconds."""
    stage = Stage().activate()
    for _ in range(9):
        stage.pass_time(1, technician=False)
        beside(stage, stage.twin.alive())
    assert stage.host.over == []
    stage.to_device(stage.twin.pong())
    stage.pass_time(4)
    assert stage.host.over == []


def test_each_is_answered_with_the_newest_ping_under_the_devices_own_key() -> None:
    stage = Stage().activate()
    stage.pass_time(2, technician=False)
    newest = stage.twin.newest_ping
    beside(stage, stage.twin.alive(n=1))
    beside(stage, stage.twin.alive(n=1))
    assert [(answer.k, answer.n, answer.heard) for answer in stage.twin.answers] == [
        (1, newest, 1),
        (2, newest, 1),
    ]


def test_one_answer_waits_at_most_and_it_is_to_the_newest_sign() -> None:
    """INV-F2: however many a relay passes on, while it reads nothing."""
    stage = Stage().activate()
    signs = [stage.twin.alive() for _ in range(50)]
    for sign in (*signs, signs[0]):
        stage.session.alive(sign)
    stage.settle()
    assert [answer.k for answer in stage.twin.answers] == [50]


def test_an_answer_that_still_waits_does_not_leave_after_stop() -> None:
    """INV-B1: nothing but the ending does."""
    stage = Stage().activate()
    stage.session.alive(stage.twin.alive())
    stage.session.stop(EndReason.CUSTOMER_STOPPED)
    stage.settle()
    assert stage.twin.answers == []
    assert ending(stage).reason is EndReason.CUSTOMER_STOPPED


def test_a_sign_of_long_ago_is_not_answered_however_often_it_comes() -> None:
    stage = Stage().activate()
    old = stage.twin.alive()
    stage.pass_time(5)
    for _ in range(5):
        beside(stage, old)
    assert stage.twin.answers == []
    assert stage.host.over == []


def test_nothing_executes_by_it() -> None:
    """INV-B3: a command needs a pong to a ping of the last three seconds."""
    stage = Stage().activate()
    stage.pass_time(3, technician=False)
    beside(stage, stage.twin.alive())
    stage.to_device(stage.twin.press(RemoteKey.UP, hb=stage.twin.newest_ping))
    assert actions(stage) == [Outcome.LATE]


def test_what_it_says_was_drawn_is_not_waited_for_any_more() -> None:
    stage, carriers = staged()
    pictures = FakePictures()
    stage.session.pictures = pictures
    beside(stage, stage.twin.alive(pic=5))
    assert pictures.acknowledged == [5]
    assert pictures.held == 1
    assert carriers.done == ["acknowledged 5"]


def test_a_sign_that_is_said_again_lets_no_picture_leave() -> None:
    stage = Stage().activate()
    pictures = FakePictures()
    stage.session.pictures = pictures
    sign = stage.twin.alive(pic=5)
    for _ in range(3):
        beside(stage, sign)
    assert pictures.held == 1
    beside(stage, stage.twin.alive(pic=5))
    assert pictures.held == 2
    beside(stage, sign)
    assert pictures.held == 2


def test_what_it_says_was_drawn_puts_off_nothing_by_itself() -> None:
    """The ten seconds hold for it too, wherever the pictures went."""
    stage = Stage().activate()
    stage.session.pictures = FakePictures()
    for pic in range(1, 60):
        stage.pass_time(0.25, technician=False)
        if stage.host.over:
            break
        stage.session.send_picture(head(pic), b"picture")
        beside(stage, stage.twin.alive(pic=pic))
    assert stage.host.over == [EndReason.TECHNICIAN_LOST]
    assert pic <= ALIVE_MOST_S * 4 + 1


@pytest.mark.parametrize("what", ["tag", "k", "n", "pic"])
def test_one_that_nobody_proves_ends_the_session(what: str) -> None:
    stage = Stage().activate()
    stage.pass_time(2)
    sign = stage.twin.alive(n=1)
    other = {"tag": bytes(64), "k": 2, "n": 2, "pic": 1}
    beside(stage, replace(sign, **{what: other[what]}))
    assert stage.host.over == [EndReason.INTEGRITY_FAILED]
    assert ending(stage).reason is EndReason.INTEGRITY_FAILED
    assert stage.twin.answers == []


def test_the_answer_sent_back_is_no_sign_of_the_consoles() -> None:
    stage = Stage().activate()
    answer = stage.session._keys.alive.of_device(1, 1, 0)
    beside(stage, Alive(k=1, n=1, pic=0, tag=answer))
    assert stage.host.over == [EndReason.INTEGRITY_FAILED]


def test_one_that_names_a_ping_never_sent_ends_the_session() -> None:
    stage = Stage().activate()
    beside(stage, stage.twin.alive(n=77))
    assert stage.host.over == [EndReason.INTEGRITY_FAILED]


def test_before_the_technician_is_let_in_there_is_nothing_to_name() -> None:
    stage = Stage()
    beside(stage, stage.twin.alive(n=1))
    assert stage.host.over == [EndReason.INTEGRITY_FAILED]


def test_after_the_end_it_is_not_even_looked_at() -> None:
    """INV-B5."""
    stage = Stage().activate()
    sign = stage.twin.alive()
    stage.session.stop(EndReason.CUSTOMER_STOPPED)
    stage.settle()
    beside(stage, sign)
    beside(stage, replace(sign, tag=bytes(64)))
    assert stage.twin.answers == []
    assert stage.host.over == []  # it is the customer's ending, and stays it
    assert ending(stage).reason is EndReason.CUSTOMER_STOPPED


def test_it_does_not_keep_the_customers_time_from_running_out() -> None:
    """INV-B5: idle is idle."""
    stage = Stage().activate()
    for _ in range(600):
        stage.pass_time(1)
        beside(stage, stage.twin.alive())
    assert stage.host.over == [EndReason.IDLE]
