"""A table out of a file: every line is bounded, every cell in its place, every fault with its line."""

from __future__ import annotations

import io

import pytest

from care.imports.table_file import LINE_MOST, FileFault, FileProblem, TableFile


def read(content: bytes) -> list[tuple[int, dict[str, str] | None]]:
    table = TableFile(io.BytesIO(content), columns=("model", "name"), optional=("note",))
    return [(row.line, row.cells) for row in table]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_rows_are_read_by_their_columns_names_in_any_order(mark: bytes, end: bytes) -> None:
    content = mark + end.join([b"name,model", "Kráska,A1".encode(), b"", b'"a ""b"", c",A2']) + end
    assert read(content) == [
        (2, {"name": "Kráska", "model": "A1"}),
        (4, {"name": 'a "b", c', "model": "A2"}),
    ]


def test_a_cell_may_hold_several_lines_and_the_line_is_its_last() -> None:
    assert read(b'model,name\nA1,"two\nlines"\nA2,x\n') == [
        (3, {"model": "A1", "name": "two\nlines"}),
        (4, {"model": "A2", "name": "x"}),
    ]


def test_a_row_with_too_many_or_too_few_cells_is_not_guessed_at() -> None:
    assert read(b"model,name\nA1\nA2,x,y\nA3,z\n") == [
        (2, None),
        (3, None),
        (4, {"model": "A3", "name": "z"}),
    ]


@pytest.mark.parametrize(
    ("content", "problem", "line", "what"),
    [
        (b"", FileProblem.EMPTY, 0, ""),
        (b"\n", FileProblem.EMPTY, 1, ""),
        (b"model\nA1\n", FileProblem.COLUMN_MISSING, 1, "name"),
        (b"model,name,colour\n", FileProblem.COLUMN_UNKNOWN, 1, "colour"),
        (b"model,name,model\n", FileProblem.COLUMN_TWICE, 1, "model"),
        (b"model;name\n", FileProblem.COLUMN_UNKNOWN, 1, "model;name"),
        (b"model,name\nA1,\xe9\n", FileProblem.NOT_UTF8, 2, ""),
        (b'model,name\nA1,"open\n', FileProblem.NOT_CSV, 2, ""),
        (b'model,name\nA1,"a"b\n', FileProblem.NOT_CSV, 2, ""),
        (b"model,name\nA1," + b"x" * LINE_MOST, FileProblem.LINE_TOO_LONG, 2, ""),
    ],
)
def test_a_file_that_cannot_be_read_on_says_where(
    content: bytes, problem: FileProblem, line: int, what: str
) -> None:
    with pytest.raises(FileFault) as fault:
        read(content)
    assert (fault.value.problem, fault.value.line, fault.value.what) == (problem, line, what)


def test_a_line_without_an_end_is_not_read_further_than_its_limit() -> None:
    class Endless(io.RawIOBase):
        asked = 0

        def readline(self, size: int | None = -1, /) -> bytes:
            assert size is not None
            assert 0 < size <= LINE_MOST + 1
            self.asked += size
            return b"x" * size

    endless = Endless()
    with pytest.raises(FileFault):
        list(TableFile(endless, columns=("model",)))  # type: ignore[arg-type]
    assert endless.asked == LINE_MOST + 1


def test_it_says_how_far_it_has_come() -> None:
    content = "model,name\nA1,Kráska\nA2,x\n".encode()
    table = TableFile(io.BytesIO(content), columns=("model", "name"))
    seen = [table.read_bytes for _ in table]
    assert seen == [22, len(content)]
