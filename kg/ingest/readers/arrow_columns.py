"""The columns of Arrow tables as cells: keys as text, values as literals of their type; others are refused by name."""

from __future__ import annotations

import datetime
import itertools
import math
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from clew.kg.errors import BadFile
from clew.kg.ingest.readers.cells import LITERALS
from clew.kg.ingest.readers.layout import EdgeLayout, Layout
from clew.kg.terms.literal import NUL, Literal, to_term
from clew.kg.terms.values import literal_of_cell, literal_of_value
from clew.kg.terms.vocabulary import XSD

Column = Callable[[Any], list[Any]]
"""From an Arrow array to its cells, None for a text with a NUL."""
_ROW_NUMBERS = "__index_level_"  # pandas' index


def columns_of(file: str, schema: Any, layout: Layout) -> tuple[Layout, list[Column]]:
    """The layout with its attributes as literals, and how to read each column of ``schema``.

    ``BadFile`` for a column of a type that its place in the layout cannot have.
    """
    extras = tuple((i, name, LITERALS) for i, name, _ in layout.extras if not name.startswith(_ROW_NUMBERS))
    columns: list[Column] = [_empty] * len(schema)
    for i, _, _ in extras:
        columns[i] = _literals(file, schema.field(i))
    if isinstance(layout, EdgeLayout):
        columns[layout.head] = _keys(file, schema.field(layout.head))
        columns[layout.relation] = _keys(file, schema.field(layout.relation))
        columns[layout.tail] = _tails(file, schema, layout)
    else:
        columns[layout.key] = _keys(file, schema.field(layout.key))
        for i in layout.types:
            columns[i] = _types(file, schema.field(i))
        if layout.name is not None:
            columns[layout.name] = _keys(file, schema.field(layout.name))
    return replace(layout, extras=extras), columns


def _empty(array: Any) -> list[Any]:
    return list(itertools.repeat("", len(array)))


def _plain(kind: Any) -> Any:
    """A type, or that of the values of a dictionary."""
    import pyarrow.types as is_

    return kind.value_type if is_.is_dictionary(kind) else kind


def _is_text(kind: Any) -> bool:
    import pyarrow.types as is_

    kind = _plain(kind)
    return bool(is_.is_string(kind) or is_.is_large_string(kind) or is_.is_string_view(kind) or is_.is_null(kind))


def _is_key(kind: Any) -> bool:
    import pyarrow.types as is_

    return _is_text(kind) or bool(is_.is_integer(_plain(kind)))


def _refused(file: str, field: Any, what: str) -> BadFile:
    return BadFile(f"{file}: the column {field.name!r} is of the type {field.type}; {what}")


def _keys(file: str, field: Any) -> Column:
    if not _is_key(field.type):
        raise _refused(file, field, "keys and names must be text or whole numbers")
    return lambda array: [_key(cell) for cell in array.to_pylist()]


def _key(cell: object) -> str | None:
    text = "" if cell is None else str(cell).strip()
    return None if NUL in text else text


def _tails(file: str, schema: Any, layout: EdgeLayout) -> Column:
    """The tails: keys where they are text, or numbers like the heads; else values."""
    head, tail = schema.field(layout.head), schema.field(layout.tail)
    if _is_text(tail.type) or (_is_key(tail.type) and not _is_text(head.type)):
        return _keys(file, tail)
    literals = _literals(file, tail)
    if _is_list(tail.type):
        raise _refused(file, tail, "a row has one tail; write a row for each")
    return lambda array: [to_term(cell[0]) if cell else "" for cell in literals(array)]


def _types(file: str, field: Any) -> Column:
    """The types of nodes: text with ``;`` between, or a list of texts."""
    if not _is_list(field.type):
        return _keys(file, field)
    if not _is_key(field.type.value_type):
        raise _refused(file, field, "types must be text")
    return lambda array: [
        _key(";".join(str(one) for one in cell or () if one is not None)) for cell in array.to_pylist()
    ]


def _is_list(kind: Any) -> bool:
    import pyarrow.types as is_

    return bool(is_.is_list(kind) or is_.is_large_list(kind) or is_.is_fixed_size_list(kind))


def _literals(file: str, field: Any) -> Column:
    """The values of a column: a list of literals for each cell, of none for null, of several for a list."""
    kind = field.type.value_type if _is_list(field.type) else field.type
    one = _literal(_plain(kind))
    if one is None:
        raise _refused(file, field, "leave it out, or write it as text, numbers, dates or lists of these")
    if _is_list(field.type):
        return lambda array: [[one(part) for part in _filled(cell or ())] for cell in _cells(file, field, array)]
    return lambda array: [[one(part) for part in _filled((cell,))] for cell in _cells(file, field, array)]


def _cells(file: str, field: Any, array: Any) -> list[Any]:
    """The cells in Python's types; times in microseconds, those of a zone as of UTC."""
    import pyarrow
    import pyarrow.types as is_

    try:
        if is_.is_timestamp(field.type):
            array = array.cast(pyarrow.timestamp("us", "UTC" if field.type.tz else None))
        return list(array.to_pylist())
    except (pyarrow.ArrowInvalid, ValueError, OverflowError) as error:
        raise _refused(file, field, f"it holds times that cannot be read ({error})") from error


def _filled(cells: Any) -> list[Any]:
    """The cells that are not null; not-a-number is how data frames write null."""
    return [one for one in cells if one is not None and one != "" and not (isinstance(one, float) and math.isnan(one))]


def _literal(kind: Any) -> Callable[[Any], Literal] | None:
    """How to make the literal of a value of a type, None for a type without."""
    import pyarrow.types as is_

    if _is_text(kind):
        return lambda value: literal_of_cell(value.strip())
    if is_.is_boolean(kind) or is_.is_integer(kind):
        return lambda value: literal_of_value(value) or Literal("")
    if is_.is_floating(kind):
        return _float32 if is_.is_float32(kind) else _float
    if is_.is_decimal(kind):
        return lambda value: Literal(format(Decimal(value), "f"), XSD + "decimal")
    if is_.is_date(kind):
        return lambda value: Literal(value.isoformat(), XSD + "date")
    if is_.is_timestamp(kind):
        return _moment
    return (lambda value: Literal(value.isoformat(), XSD + "time")) if is_.is_time(kind) else None


def _float(value: float) -> Literal:
    return Literal(repr(value).replace("inf", "INF"), XSD + "double")


def _float32(value: float) -> Literal:
    import numpy as np

    return Literal(str(np.float32(value)).replace("inf", "INF"), XSD + "double")


def _moment(value: datetime.datetime) -> Literal:
    return Literal(value.isoformat().replace("+00:00", "Z"), XSD + "dateTime")
