"""The media type of a response is the one that the client wants most."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.api.rest.negotiation import preferred

OFFERED = ["application/json", "application/ld+json", "text/turtle", "image/svg+xml"]


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/turtle", "text/turtle"),
        ("TEXT/Turtle", "text/turtle"),
        ("image/*", "image/svg+xml"),
        ("text/html, text/turtle;q=0.5, */*;q=0.1", "text/turtle"),
        ("text/turtle;q=0, */*", "application/json"),
        ("application/json;q=0, */*", "application/ld+json"),
        ("application/json;q=0.3, application/ld+json;q=0.7", "application/ld+json"),
        ('application/ld+json;profile="http://a.example/b,c;d"', "application/ld+json"),
        ("text/turtle;q=wrong", None),
        ("text/html", None),
        ("*/*;q=0", None),
        ("text/turtle ; Q = 1.000", "text/turtle"),
        (",,", "application/json"),
    ],
)
def test_preferred(accept: str, chosen: str | None) -> None:
    assert preferred(accept, OFFERED) == chosen


RANGES = st.sampled_from([*OFFERED, "*/*", "text/*", "application/*", "text/html"])
WEIGHTS = st.integers(0, 10)


def slowly(ranges: list[tuple[str, int]]) -> set[str]:
    """The offered types of the highest quality, by the letter of the RFC."""
    quality = {}
    for kind in OFFERED:
        for name in (kind, kind.split("/")[0] + "/*", "*/*"):
            told = [q for one, q in ranges if one == name]
            if told:
                quality[kind] = max(told)
                break
    most = max(quality.values(), default=0)
    return {kind for kind, q in quality.items() if q == most > 0}


@given(st.lists(st.tuples(RANGES, WEIGHTS), min_size=1, max_size=5))
def test_no_offer_is_wanted_more(ranges: list[tuple[str, int]]) -> None:
    header = ", ".join(f"{name};q={q / 10:g}" for name, q in ranges)
    chosen, best = preferred(header, OFFERED), slowly(ranges)
    assert chosen in best if best else chosen is None


@given(st.text(max_size=40))
def test_no_header_is_an_error(header: str) -> None:
    assert preferred(header, OFFERED) in [*OFFERED, None]
