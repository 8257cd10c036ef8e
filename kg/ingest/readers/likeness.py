"""Whether the rows of three columns without a known header are triples, as far as a look at them can tell."""

from __future__ import annotations

import re
from collections.abc import Sequence

from clew.kg.limits import MAX_COLUMN_NAME, MIN_ROWS_TO_JUDGE

Rows = Sequence[Sequence[str]]

_VALUE = re.compile(r"[$€£]?\s*[+-]?\d[\d.,' ]*\s*[%€$£]?|[+-]?\.\d+|\d+[eE][+-]?\d+|true|false", re.IGNORECASE)
_MOMENT = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ][\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?|\d\d?:\d\d(?::\d\d)?")
_WORD = re.compile(r"[^\W_]")
_COLUMNS = frozenset({
    "address", "age", "amount", "attribute", "author", "birthday", "category", "city", "class", "code", "color",
    "colour", "comment", "company", "cost", "count", "country", "created", "currency", "customer", "date", "day",
    "department", "description", "email", "employee", "entity", "first", "gender", "genre", "height", "id", "index",
    "interaction", "key", "kind", "language", "last", "level", "location", "manager", "month", "name", "nr", "number",
    "order", "owner", "person", "phone", "place", "population", "position", "price", "product", "publisher",
    "quantity", "rank", "rating", "region", "relation", "relationship", "role", "salary", "score", "sex", "size",
    "state", "status", "suid", "surname", "team", "time", "title", "total", "type", "unit", "updated", "url", "value",
    "weight", "width", "year", "zip",
})  # fmt: skip
_ENDINGS = frozenset({"code", "count", "date", "id", "name", "number", "type", "year"})


def why_no_triples(rows: Rows, *, header: bool) -> str | None:
    """Say why rows of three cells are hardly triples; None where they may be.

    A relation is a name that comes again: in at least every second row, or, where there are few rows, with heads that
    come again or that are the tail of another row. Up to three rows are taken as they are unless the middle holds
    values, since a hand-written list of triples begins like that. ``header``: the first row may be a header.
    """
    if header and is_header(rows):
        return f"its first row looks like a header ({', '.join(rows[0])})"
    heads, middle, tails = (list(column) for column in zip(*rows, strict=True))
    for share, what in (
        (sum(map(_is_value, middle)), "numbers or dates"),
        (sum(not _WORD.search(cell) for cell in middle), "no words"),
    ):
        if 2 * share >= len(rows):
            return f"its middle column holds {what} ({middle[-1]!r})"
    if 2 * len(set(middle)) <= len(rows):
        return None
    if len(rows) > 1 and _is_numbered(heads):
        return "its first column numbers the rows"
    connected = 2 * len(set(heads)) <= len(rows) or not set(heads).isdisjoint(tails)
    if len(rows) > 3 and (len(rows) >= MIN_ROWS_TO_JUDGE or not connected):
        return f"its middle column has {len(set(middle)):,} different values in {len(rows):,} rows, unlike relations"
    return None


def is_moment(cell: str) -> bool:
    """Whether a cell is a date or a time."""
    return _MOMENT.fullmatch(cell) is not None


def _is_value(cell: str) -> bool:
    return _VALUE.fullmatch(cell) is not None or is_moment(cell)


def _is_numbered(heads: Sequence[str]) -> bool:
    """Whether the heads count up by one."""
    if not all(head.isdecimal() for head in heads):
        return False
    return [int(head) for head in heads] == list(range(int(heads[0]), int(heads[0]) + len(heads)))


def is_header(rows: Rows) -> bool:
    """Whether the first row names the columns: two usual names of columns, or words in small letters above heads and
    tails that have none; and nothing of it comes again below."""
    first, below = rows[0], rows[1:]
    if not all(len(cell) <= MAX_COLUMN_NAME and not _is_value(cell) for cell in first) or len(set(first)) < 3:
        return False
    if any(first[i] in {row[i] for row in below} for i in range(3)):
        return False
    if sum(map(is_usual, first)) >= 2:
        return True
    return len(below) > 1 and all(_stands_out(first[i], [row[i] for row in below]) for i in (0, 2))


def is_usual(cell: str) -> bool:
    """Whether a cell is a usual name of a column (``name``, ``birth date``, ``customerId``)."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|[\s_.-]+", " ", cell).lower().split()
    return bool(words) and (words[-1] in _ENDINGS or (len(words) == 1 and words[0] in _COLUMNS))


def _stands_out(name: str, cells: Sequence[str]) -> bool:
    return name.islower() and sum(cell.islower() for cell in cells) <= 0.2 * len(cells)
