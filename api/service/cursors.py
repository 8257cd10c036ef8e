"""Cursors: where the next page of something begins, in a text that means nothing to a client."""

from __future__ import annotations

import base64
import json
from typing import Any

from clew.kg.errors import BadInput


def write_cursor(place: int | list[int], version: str, of: str) -> str:
    """Return the cursor of the page that begins at a place of something in a graph version."""
    return base64.urlsafe_b64encode(json.dumps([place, version, of]).encode()).decode().rstrip("=")


def read_place(cursor: str | None, of: str) -> tuple[int, str | None]:
    """Return where a page begins, and in which version: at 0 of the current one without a cursor. Raises ``BadInput``
    for what ``write_cursor`` has not returned for the same thing."""
    if cursor is None:
        return 0, None
    start, version = _read(cursor, of)
    if type(start) is not int or not 0 <= start < 2**40:
        raise _foreign()
    return start, version


def read_position(cursor: str | None, of: str) -> tuple[tuple[int, ...] | None, str | None]:
    """Return the numbers that tell where a page begins, and its version; None without a cursor. Raises as
    ``read_place``."""
    if cursor is None:
        return None, None
    place, version = _read(cursor, of)
    if not isinstance(place, list) or not all(type(number) is int and 0 <= number < 2**31 for number in place):
        raise _foreign()
    return tuple(place), version


def _read(cursor: str, of: str) -> tuple[Any, str]:
    try:
        place, version, whose = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True))
    except (ValueError, TypeError, RecursionError):
        raise _foreign() from None
    if whose != of or not isinstance(version, str):
        raise _foreign()
    return place, version


def _foreign() -> BadInput:
    return BadInput("the cursor is not one that this address returned for the same request")
