"""Tables as spreadsheets write them; a broken row costs no other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.schema import delimited
from gateway.schema.delimited import NotATableError, read_delimited

CELLS = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


def rows(text: str | bytes) -> list[tuple[int, tuple[str, ...]]]:
    content = text.encode() if isinstance(text, str) else text
    return [(row.line, row.cells) for row in read_delimited(content)]


@pytest.mark.parametrize("delimiter", [";", ","])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_cells_lines_and_blank_rows(delimiter: str, line_end: str) -> None:
    text = line_end.join(["a|b", "1|2", "", " | ", "3|"]).replace("|", delimiter)

    assert rows(text) == [(1, ("a", "b")), (2, ("1", "2")), (5, ("3", ""))]


@pytest.mark.parametrize(
    "content",
    ["blåbær;b".encode(), b"\xef\xbb\xbf" + "blåbær;b".encode(), "blåbær;b".encode("cp1252")],
)
def test_the_encodings(content: bytes) -> None:
    assert rows(content) == [(1, ("blåbær", "b"))]


def test_quotation_marks_keep_delimiters_breaks_and_themselves() -> None:
    assert rows('a;b\n"x;\ny" ;"say ""so"""\n5" screen;6\n') == [
        (1, ("a", "b")),
        (2, ("x;\ny", 'say "so"')),
        (4, ('5" screen', "6")),
    ]


def test_a_delimiter_inside_quotation_marks_does_not_choose() -> None:
    assert rows('"a;b;c",d\n1,2\n')[1] == (2, ("1", "2"))


@pytest.mark.parametrize("broken", ['"open;2', '"1"x;2', '1;"open', '"1""'])
def test_a_broken_row_costs_no_other(broken: str) -> None:
    found = read_delimited(f"a;b\n1;2\n{broken}\n3;4\n".encode())

    assert [row.cells for row in found if row.fault is None] == [("a", "b"), ("1", "2"), ("3", "4")]
    assert [row.line for row in found if row.fault is not None] == [3]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (b"a;b\0", "plain text"),
        ("a;b".encode("utf-16"), "plain text"),
        (b"a;\x81", "neither"),
    ],
)
def test_what_is_no_table_says_what_to_do(content: bytes, says: str) -> None:
    with pytest.raises(NotATableError, match=says):
        read_delimited(content)


def test_the_number_of_rows_is_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "ROWS_MAX", 2)

    assert len(read_delimited(b"a\n1\n2\n")) == 3
    with pytest.raises(NotATableError, match="more than 2 rows"):
        read_delimited(b"a\n1\n2\n3\n")


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=5))
def test_whatever_is_quoted_comes_back(table: list[list[str]]) -> None:
    quoted = [";".join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row) for row in table]

    found = read_delimited(("h;h\n" + "\n".join(quoted)).encode())[1:]
    assert [list(row.cells) for row in found] == [
        row for row in table if any(cell.strip() for cell in row)
    ]


@given(st.text(alphabet='ab;,"\n\r '))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = read_delimited(text.encode())
    except NotATableError:
        return
    lines = [row.line for row in found]
    assert lines == sorted(set(lines))
