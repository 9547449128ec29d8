"""Small sabotages of how the console is served, each with the checks that must notice it. Data only."""

from __future__ import annotations

from typing import Final

from tests.mutations.mutation import Edit, Mutation

_CONSOLE: Final = "tests/server/test_console_origin.py::"
_WIRE: Final = "tests/server/test_console_on_the_wire.py::"
_JOINING: Final = "tests/unit/test_joining.py::"

CONSOLE_MUTATIONS: Final = (
    Mutation(
        "an operator's own page does not warn",
        (
            Edit(
                "relay/session/handlers.py",
                'return "elsewhere" if origin in settings.consoles_elsewhere else "operator"',
                'return "elsewhere" if origin in settings.console_origins else "operator"',
            ),
        ),
        (_CONSOLE + "test_a_page_is_told_whether_this_service_s_operator_serves_it",),
    ),
    Mutation(
        "a release is the same whatever type a file is served as",
        (Edit("server/release.py", 'f"{file.sha256}  {file.kind}  {path}"', 'f"{file.sha256}  -  {path}"'),),
        (
            "tests/unit/test_release.py::test_a_changed_byte_a_changed_type_and_a_changed_name_are_other_releases",
        ),
    ),
    Mutation(
        "a store between takes the packed form of a file for the plain one",
        (Edit("server/console.py", 'f"{self.plain.sha256}.gz"', "self.plain.sha256"),),
        (_WIRE + "test_each_form_is_known_again_by_its_own_tag",),
    ),
    Mutation(
        "a cold console comes as it is",
        (Edit("server/console.py", "if _takes_gzip(request) else None", "if False else None"),),
        (_WIRE + "test_a_cold_console_is_light_and_there_after_two_rounds[vi]",),
    ),
    Mutation(
        "a comment takes the code behind it along",
        (Edit("server/joining.py", r"/\*\*(?:(?!\*/).)*\*/[ \t]*|", r"/\*\*.*?\*/[ \t]*|"),),
        (_JOINING + "test_only_comments_go_from_what_is_shipped",),
    ),
)
