"""Small sabotages of the X11 device, each with the checks that must notice it. Data only."""

from __future__ import annotations

from typing import Final

from tests.mutations.mutation import Edit, Mutation

_PANEL: Final = "tests/x11/test_panel.py::"
_DRIVING: Final = "tests/x11/test_driving.py::"
_LOSING: Final = "tests/x11/test_losing.py::"
_RING: Final = "tests/x11/test_ring.py::"
_OF_KODI: Final = "tests/kodi/test_kodi_device.py::"
_KODI: Final = "device_agent/devices/kodi/"
_X11: Final = "device_agent/devices/x11/"

X11_MUTATIONS: Final = (
    Mutation(
        "the session's pointer may click the banner",
        (Edit(_X11 + "guard.py", "return any(left <= x < right", "return any(left <= x < left"),),
        (_PANEL + "test_a_session_reaches_the_banner_by_no_way_it_has",),
    ),
    Mutation(
        "what a program types drives the panel",
        (Edit(_X11 + "xinput.py", "return source in self._real", "return source > 0"),),
        (_PANEL + "test_the_panel_hears_no_program_even_where_the_first_wall_is_gone",),
    ),
    Mutation(
        "a press on the panel counts where the pointer went after it",
        (Edit(_X11 + "panel.py", "self._touch(act.x, act.y)", "self._touch(*self._pointer())"),),
        (_PANEL + "test_a_press_chooses_what_it_was_on_however_the_pointer_went_on",),
    ),
    Mutation(
        "the session is not told of what the customer does with devices of their own",
        (Edit(_X11 + "panel.py", "        self._customer.acted()\n", ""),),
        (_DRIVING + "test_the_session_is_told_of_the_customers_own_devices_and_of_no_others",),
    ),
    Mutation(
        "a text is typed on between the customer's own keys",
        (
            Edit(
                _X11 + "hands.py",
                "return self._go_on(seconds) and not self._guard.is_customers_turn",
                "return self._go_on(seconds)",
            ),
        ),
        (_DRIVING + "test_a_text_is_not_typed_on_between_the_customers_own_keys",),
    ),
    Mutation(
        "the pointer leaves a trace in the pictures",
        (
            Edit(
                _X11 + "eyes.py",
                "slot.stale = self._drawn_over(slot)",
                "slot.stale = self._drawn_over(slot) and ()",
            ),
        ),
        ("tests/x11/test_seeing.py::test_the_pointer_is_in_the_picture_where_it_is_and_nowhere_it_was",),
    ),
    Mutation(
        "keys change Kodi's settings without the permission for it",
        (Edit(_KODI + "actions.py", "return window in _SETTINGS and", "return window not in _SETTINGS and"),),
        (_OF_KODI + "test_keys_change_no_setting_without_the_grant_for_it",),
    ),
    Mutation(
        "a setting of Kodi's changes under the customer's own hand",
        (
            Edit(
                _KODI + "device.py", "            return replace(refused, path=path)\n", "            pass\n"
            ),
        ),
        (_OF_KODI + "test_the_customers_own_input_comes_before_keys_and_settings",),
    ),
    Mutation(
        "keys are sent to a server without asking whether it answers",
        (Edit(_X11 + "hands.py", "            return\n        self._ask()\n", "            return\n"),),
        (_LOSING + "test_no_key_of_a_server_that_hung_is_pressed_when_it_goes_on",),
    ),
    Mutation(
        "a server that hangs right after a key owes nothing",
        (Edit(_X11 + "hands.py", "if job.waits:", "if False:"),),
        (_LOSING + "test_a_server_owes_an_answer_to_a_key_and_one_only_to_being_asked_whether_it_is_there",),
    ),
    Mutation(
        "whoever presses a key waits until the server has drawn what it brings about",
        (
            Edit(
                _X11 + "hands.py",
                "                self._client.flush()\n        except",
                "                self._ask()\n        except",
            ),
        ),
        (_LOSING + "test_a_server_owes_an_answer_to_a_key_and_one_only_to_being_asked_whether_it_is_there",),
    ),
    Mutation(
        "a button stays down whose letting go came too late",
        (Edit(_X11 + "hands.py", "(lets_go and done.outcome is not Outcome.DONE)", "False"),),
        (
            _LOSING
            + "test_a_button_is_let_go_though_the_server_was_not_there_for_it_and_a_drag_goes_on[True]",
        ),
    ),
    Mutation(
        "a drag is dropped where the server takes a moment",
        (Edit(_X11 + "hands.py", "(lets_go and done.outcome", "(done.outcome"),),
        (
            _LOSING
            + "test_a_button_is_let_go_though_the_server_was_not_there_for_it_and_a_drag_goes_on[False]",
        ),
    ),
    Mutation(
        "a server at rest is asked twice whether it is there",
        (Edit(_X11 + "hands.py", "self._later(self._nudge, waits=False)", "self._later(self._nudge)"),),
        (_LOSING + "test_a_server_owes_an_answer_to_a_key_and_one_only_to_being_asked_whether_it_is_there",),
    ),
    Mutation(
        "a picture's memory is written again while somebody looks at a part of it",
        (
            Edit(
                _X11 + "ring.py",
                "slot.lent = weakref.ref(lease, lambda _: self._free.append(slot))",
                "self._free.append(slot)",
            ),
        ),
        (_RING + "test_a_place_is_used_again_only_when_nobody_holds_any_part_of_its_picture",),
    ),
)
