"""Properties of `wire` over drawn values. Hypothesis is imported here; its pytest plugin stays off."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wire import canonical, code, encoding, frames, messages
from wire.errors import WireError
from wire.limits import SEQ_LIMIT

pytestmark = pytest.mark.slow

# The same values in every run: a failure can be repeated, and nothing is kept on disk between runs.
settings.register_profile(
    "alongside", derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("alongside")

KEYS = st.from_regex(r"[a-z][a-z0-9_]{0,31}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
SCALARS = TEXTS | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)


def level(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(level, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(level, value), default=0)
    return 0


SPELLABLE = VALUES.filter(lambda value: level(value) <= 8)


@given(SPELLABLE)
def test_what_is_written_reads_back_as_it_was(value: Any) -> None:
    data = canonical.dump(value)
    again = canonical.load(data)
    assert again == value
    assert canonical.dump(again) == data
    assert type(again) is type(value)


RESPELLINGS = {
    "indented": lambda value: json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1),
    "spaced": lambda value: json.dumps(value, ensure_ascii=False, sort_keys=True),
    "escaped": lambda value: json.dumps(value, sort_keys=True, separators=(",", ":")),
    "reversed": lambda value: json.dumps(turned(value), ensure_ascii=False, separators=(",", ":")),
    "with a space before": lambda value: " " + canonical.dump(value).decode(),
    "with a line feed after": lambda value: canonical.dump(value).decode() + "\n",
    "with a mark before": lambda value: "\ufeff" + canonical.dump(value).decode(),
    "with slashes escaped": lambda value: canonical.dump(value).decode().replace("/", "\\/"),
    "with integers as fractions": lambda value: json.dumps(
        floated(value), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    ),
}


def turned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: turned(value[key]) for key in sorted(value, reverse=True)}
    return [turned(item) for item in value] if isinstance(value, list) else value


def floated(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: floated(item) for key, item in value.items()}
    if isinstance(value, list):
        return [floated(item) for item in value]
    return float(value) if type(value) is int else value


@pytest.mark.parametrize("respell", RESPELLINGS.values(), ids=RESPELLINGS.keys())
def test_every_other_spelling_is_refused(respell: Any) -> None:
    """One value, one spelling. Each value holds something that every respelling changes."""

    @given(VALUES.filter(lambda value: level(value) <= 7))
    def refused(value: Any) -> None:
        whole = {"drawn": value, "sure": [1, "/\u00e5"]}
        data = respell(whole).encode()
        assert data != canonical.dump(whole)
        with pytest.raises(WireError):
            canonical.load(data)

    refused()


@given(VALUES.filter(lambda value: level(value) <= 7), KEYS)
def test_a_repeated_key_is_refused_wherever_it_stands(value: Any, key: str) -> None:
    one = canonical.dump({key: value}).decode()[1:-1]
    with pytest.raises(WireError):
        canonical.load(f"{{{one},{one}}}".encode())


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_and_nothing_else(data: bytes) -> None:
    """INV-F1."""
    try:
        value = canonical.load(data)
    except WireError:
        return
    assert canonical.dump(value) == data


@given(st.text(max_size=200) | SPELLABLE.map(lambda value: json.dumps({"t": "pake_b", "y": value})))
def test_any_text_is_a_message_or_refused_and_nothing_else(text: str) -> None:
    """INV-F1."""
    for decode in (
        messages.decode_from_device,
        messages.decode_from_console,
        messages.decode_for_device,
        messages.decode_for_console,
    ):
        try:
            message = decode(text)
        except WireError:
            continue
        assert decode(messages.encode(message)) == message


@given(st.binary(max_size=200))
def test_bytes_have_one_text(data: bytes) -> None:
    text = encoding.b64(data)
    assert encoding.unb64(text) == data
    assert encoding.unb64(text, len(data)) == data
    with pytest.raises(WireError):
        encoding.unb64(text, len(data) + 1)


@given(st.text(max_size=60))
def test_a_text_stands_for_bytes_only_if_they_write_it(text: str) -> None:
    try:
        data = encoding.unb64(text)
    except WireError:
        return
    assert encoding.b64(data) == text


@given(st.lists(st.binary(max_size=200), max_size=6), st.lists(st.binary(max_size=200), max_size=6))
def test_different_parts_never_join_to_the_same_bytes(one: list[bytes], other: list[bytes]) -> None:
    assert (encoding.lv(*one) == encoding.lv(*other)) is (one == other)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_frame_of_their_sender_or_refused(data: bytes) -> None:
    for allowed in (frames.FROM_CONSOLE, frames.FROM_DEVICE):
        try:
            header = frames.parse_header(data, allowed)
        except WireError:
            continue
        assert header.stream in allowed
        assert header.seq < SEQ_LIMIT
        assert frames.pack_header(header) == data[:12]


@given(st.integers(0, 10**11 - 1), st.sampled_from([" ", "-", ".", "\u2013", "\u00a0"]))
def test_a_code_survives_being_typed_with_any_separator(number: int, separator: str) -> None:
    eleven = f"{number:011d}"
    shown = code.compose(eleven[:5], eleven[5:])
    assert code.normalise(code.grouped(shown).replace(" ", separator)) == shown
    assert code.split(shown) == (eleven[:5], eleven[5:])


@given(st.text(max_size=80))
def test_any_typed_text_gives_twelve_ascii_digits_or_nothing(typed: str) -> None:
    digits = code.normalise(typed)
    assert digits is None or (len(digits) == 12 and set(digits) <= set("0123456789"))
