"""Keys of the nodes and relations that tables become. No two kinds of node can have the same key."""

from __future__ import annotations

from collections.abc import Sequence

from clew.kg.ingest.mapping.cells import key_part

_IN_TABLES = str.maketrans({"%": "%25", "/": "%2F", ":": "%3A", "#": "%23"})
_VALUE, _CLASS = "value:", "class:"


def row_key(table: str, cells: Sequence[object]) -> str:
    """The key of a row by the values of its key: ``customers/1``, ``order_lines/7/2``."""
    return "/".join((table.translate(_IN_TABLES), *map(key_part, cells)))


def numbered_key(table: str, number: object) -> str:
    """The key of a row without one, by its number: ``visits/#17``."""
    return f"{table.translate(_IN_TABLES)}/#{number}"


def value_key(text: str) -> str:
    """The key of the node that stands for a text, wherever it occurs."""
    return _VALUE + text


def class_key(kind: str) -> str:
    """The key of a class."""
    return _CLASS + kind


def relation_key(label: str) -> str:
    """The key of a relation: its label, with what only keys of nodes have escaped."""
    return " ".join(label.split()).translate(_IN_TABLES)
