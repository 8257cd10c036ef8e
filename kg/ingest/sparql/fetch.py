"""Fetches all statements of a SPARQL endpoint into an N-Triples file, or fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from clew.kg.errors import EndpointFailed
from clew.kg.ingest.sparql.endpoint import Endpoint

Observer = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Fetched:
    """A finished fetch: the number of distinct ``statements``, and whether the endpoint counts as many (``counted``)
    or gives no count."""

    statements: int
    counted: bool


def fetch(endpoint: Endpoint, target: Path, observer: Observer | None = None) -> Fetched:
    """Fetch all statements into the N-Triples file ``target``; the ``observer`` gets their number after every page.

    Pages follow one another from the number of distinct statements that arrived until one is empty: whatever a page
    lacks comes with the next, and a page that brings nothing new is an error. The endpoint's count, where it gives one,
    must be the same. Where the endpoint refuses, rows are fetched in the order of their text instead, each page from
    the last row on. Blank nodes of two responses cannot be told to be one, so all statements with blank nodes must
    arrive in one.

    Resumable: an interrupted fetch goes on unless its last page has changed meanwhile. Raises ``EndpointFailed``, and
    ``BadInput`` for an address that is none.
    """
    from clew.kg.ingest.sparql.paging import Paging  # with all that asks and parses: few commands fetch

    endpoint.check()
    try:
        return Fetched(*Paging(endpoint, target, observer).run())
    except EndpointFailed as error:
        raise EndpointFailed(f"{endpoint.name}: {error}") from error
