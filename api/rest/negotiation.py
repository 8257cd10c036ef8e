"""Chooses the media type of a response (RFC 9110, section 12.5.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from starlette.requests import Request

_ITEM = re.compile(r'(?:[^,"]|"(?:\\.|[^"\\])*")+')
_PART = re.compile(r'(?:[^;"]|"(?:\\.|[^"\\])*")+')
_QUALITY = re.compile(r"q\s*=\s*(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)", re.IGNORECASE)

ANYTHING = "*/*"
JSON = "application/json"


def preferred(accept: str, offered: Sequence[str]) -> str | None:
    """Return which of the offered media types an ``Accept`` header wants most; None: it wants none of them.

    Of those of the same quality that is taken which the header names most exactly, then the first one offered. An empty
    header accepts anything. Parameters but ``q`` are ignored, and so are parts that cannot be read.
    """
    ranges = list(_ranges(accept if accept.strip(" ,") else ANYTHING))
    best: tuple[float, int] = (0.0, 0)
    chosen = None
    for kind in offered:
        exactness, quality = max(((_exactness(one, kind), q) for one, q in ranges), default=(0, 0.0))
        if exactness and quality and (quality, exactness) > best:
            best, chosen = (quality, exactness), kind
    return chosen


def wanted(request: Request, offered: Sequence[str]) -> str | None:
    """Return which of the offered media types a request wants most; None: it wants none of them."""
    return preferred(", ".join(request.headers.getlist("accept")), offered)


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    """Yield the media ranges of a header with their qualities."""
    for item in _ITEM.findall(accept):
        name, *parameters = (part.strip() for part in _PART.findall(item))
        told = [part for part in parameters if part[:1] in "qQ" and part[1:].lstrip().startswith("=")]
        qualities = [match for part in told if (match := _QUALITY.fullmatch(part))]
        if name and len(qualities) == len(told):
            yield name.lower(), float(qualities[0][1]) if qualities else 1.0


def _exactness(range_: str, kind: str) -> int:
    """Return how exactly a range names a media type: 3 in full, 2 by its type, 1 as anything, 0 not at all."""
    if range_ == kind:
        return 3
    if range_ == kind.partition("/")[0] + "/*":
        return 2
    return 1 if range_ == ANYTHING else 0
