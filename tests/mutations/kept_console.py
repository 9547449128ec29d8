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
    Mutation(
        "a file that comes later brings once more what an earlier one brought",
        (
            Edit(
                "server/joining.py",
                "yield from _files(modules, one, there | {*names})",
                "yield from _files(modules, one, there)",
            ),
        ),
        (_JOINING + "test_what_comes_later_may_fetch_more_later_still",),
    ),
    Mutation(
        "what two files share fetches something later that nobody ships",
        (Edit("server/joining.py", "    while known < len(names):", "    while known == 0:"),),
        (_JOINING + "test_what_two_files_share_may_fetch_more_later_too",),
    ),
    Mutation(
        "a module that two files bring runs twice",
        (Edit("server/joining.py", "if twice := placed.intersection(names):", "if twice := set():"),),
        (_JOINING + "test_what_is_not_read_for_certain_is_refused",),
    ),
    Mutation(
        "what comes later is not pinned",
        (
            Edit(
                "server/release.py",
                "*(f'<link rel=\"later\" href{pin(path)}\\n' for path in later),",
                '*(f\'<link rel="later" href="{path}">\\n\' for path in later),',
            ),
        ),
        (
            "tests/unit/test_release.py::test_the_page_is_one_script_one_style_and_what_comes_later_each_under_its_hash",
        ),
    ),
)
