"""Canonical JSON: what the vectors cannot show (SPEC §2)."""

from __future__ import annotations

import pytest

from wire import canonical
from wire.errors import WireError


def test_length_is_judged_before_anything_is_read() -> None:
    """INV-F2: bytes that are not even text are refused for their length."""
    with pytest.raises(WireError) as caught:
        canonical.load(b"\xff" * 16_385)
    assert caught.value.detail == "too long"


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_depth_is_judged_before_anything_is_built(opening: bytes) -> None:
    """INV-F2: a parser would reach its recursion limit on this text."""
    with pytest.raises(WireError) as caught:
        canonical.load(opening * 2_500)
    assert caught.value.detail == "nested too deep"


@pytest.mark.parametrize(
    ("text", "too_deep"),
    [
        ("[" * 8 + "]" * 8, False),
        ("[" * 9 + "]" * 9, True),
        ("[]" * 1_000, False),
        ("[{}]" * 1_000, False),
        ('"' + "[" * 1_000 + '"', False),
        ('"\\"' + "[" * 1_000 + '"', False),
        ('"\\\\"' + "[" * 9, True),
        ('"' + "[" * 20 + '"' + "[" * 9, True),
        ("]" * 9 + "[" * 9, False),
        ('"\\"' * 5_000 + "[" * 9, True),
    ],
)
def test_brackets_count_only_outside_texts(text: str, too_deep: bool) -> None:  # noqa: FBT001 - a table
    assert canonical.nests_too_deep(text.encode()) is too_deep


def test_a_writer_refuses_what_it_could_not_read() -> None:
    shape: canonical.Json = "x"
    for _ in range(8):
        shape = [shape]
    assert canonical.load(canonical.dump(shape)) == shape
    with pytest.raises(WireError):
        canonical.dump([shape])


@pytest.mark.parametrize("value", [None, 1.0, b"x", (1, 2), {1: "a"}, {"a": {None: 1}}, {"a": object()}])
def test_other_kinds_of_values_have_no_spelling(value: object) -> None:
    with pytest.raises(WireError):
        canonical.dump(value)  # type: ignore[arg-type]


def test_a_refusal_never_repeats_the_value() -> None:
    """INV-C4: what was refused may be a secret."""
    for data in (b'{"pin": "482913"}', b'"482913', b'{"Pin":"482913"}', b"482913482913482913"):
        with pytest.raises(WireError) as caught:
            canonical.load(data)
        assert "482913" not in str(caught.value)
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__ or caught.value.__context__ is None
