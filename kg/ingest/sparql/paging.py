"""Fetches the statements of a SPARQL endpoint page by page, checked against its counts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from clew.kg.errors import EndpointFailed
from clew.kg.ingest.sparql import rows, statements
from clew.kg.ingest.sparql.bodies import RequestFailed
from clew.kg.ingest.sparql.endpoint import Endpoint, Share
from clew.kg.ingest.sparql.harvest import Harvest
from clew.kg.ingest.sparql.requests import EndpointRefused, Reply, Requester, SortRefused
from clew.kg.ingest.sparql.rows import Key, read_count, read_rows
from clew.kg.ingest.sparql.statements import Statements, read_statements
from clew.kg.limits import SPARQL_COUNT_ATTEMPTS

T = TypeVar("T")


class Paging:
    """One fetch: the endpoint, what is there of it, and its counts."""

    def __init__(self, endpoint: Endpoint, target: Path, observer: Callable[[int], None] | None) -> None:
        self.endpoint, self.requester, self.observer = endpoint, Requester(endpoint), observer
        self.harvest = Harvest(endpoint, target)
        self._counts: dict[Share, int | None] = {}
        self._doubted: tuple[Share, int] | None = None
        self._size = endpoint.page
        self._sorted = True
        self._compared = False

    def run(self) -> tuple[int, bool]:
        """Fetch everything; return how many distinct statements, and whether the endpoint counts as many."""
        try:
            blank = self._by_key() if self.harvest.by_key else self._by_offset()
        except EndpointRefused as refused:
            blank = self._by_key_instead(refused)
        if blank:
            self._add(blank)
        self.harvest.finish()
        if not self.harvest.count:
            raise EndpointFailed("the endpoint has no such statement")
        return self.harvest.count, self._compared

    # --- pages of a graph, each from where the last one ended

    def _by_offset(self) -> Collection[bytes]:
        """Fetch the statements without blank nodes; return those with blank nodes, all from one response."""
        harvest = self.harvest
        self._check_last_page()
        if not harvest.count:
            first = self._page(0)
            whole = bool(first.blank) and not self._page(len(first))
            if first.blank:
                harvest.share = Share.GROUND  # also where the fetch is interrupted now
            if first.ground:
                self._add(first.ground)
            if whole or not first:
                return first.blank
        while page := self._page(harvest.count):
            if page.blank:
                harvest.share = Share.GROUND
            self._add(page.ground)
        return self._blank() if harvest.share is Share.GROUND else ()

    def _check_last_page(self) -> None:
        """Begin anew where the last page of an interrupted fetch is another one by now: what came before it may have
        moved, too."""
        last, share = self.harvest.last, self.harvest.share
        if last:
            query = self.endpoint.page_at(share, self.harvest.count - len(last), len(last))
            if self._ask(query, read_statements).ground.keys() != set(last):
                self.harvest.clear()

    def _page(self, offset: int) -> Statements:
        """Fetch the page from ``offset``; empty if there is none, which the endpoint's count must confirm."""
        share = self.harvest.share

        def read(reply: Reply) -> Statements:
            page = read_statements(reply)
            if page.blank and share is Share.GROUND:
                raise EndpointFailed("the endpoint returned blank nodes where none were asked for")
            if page and (page.blank or self.harvest.fresh(page.ground)):
                return page
            self._check_end(share, offset, repeated=bool(page))
            return Statements()

        return self._ask(self.endpoint.page_at(share, offset, self.endpoint.page), read)

    def _check_end(self, share: Share, fetched: int, repeated: bool = False) -> None:
        """Check that there are no more statements of a share than those fetched, as far as the endpoint counts.

        ``repeated``: the endpoint gave statements where there should be none, none of them new.
        """
        counted = self._count(share, again=self._doubted == (share, fetched))
        self._compared = counted is not None
        if counted is None:
            if repeated:
                raise RequestFailed(f"the endpoint gave statements again instead of those after the first {fetched:,}")
            if self._doubted != (share, fetched):
                self._doubted = share, fetched
                raise RequestFailed(
                    f"the page after the first {fetched:,} statements is empty"
                )  # asked for once more: nothing else confirms it
        elif counted > fetched:
            raise RequestFailed(f"the endpoint counts {counted:,} statements, but gave no more than {fetched:,}")
        elif counted < fetched:
            self.harvest.finish()
            raise EndpointFailed(
                f"the endpoint gave {fetched:,} statements, but counts {counted:,}: they changed meanwhile; try again"
            )

    def _blank(self) -> Collection[bytes]:
        """Fetch the statements with blank nodes in one response."""

        def read(reply: Reply) -> Collection[bytes]:
            blank = read_statements(reply).blank
            self._check_whole(len(blank), lambda: self._rest(len(blank)))
            return blank

        return self._ask(self.endpoint.whole(Share.BLANK), read)

    def _rest(self, offset: int) -> int:
        return len(self._ask(self.endpoint.page_at(Share.BLANK, offset, 1), read_statements))

    def _check_whole(self, given: int, rest: Callable[[], int]) -> None:
        """Check that all statements with blank nodes came in one response; ``rest`` counts some of those that did not,
        where the endpoint gives no count."""
        counted = self._count(Share.BLANK)
        there = given + rest() if counted is None else counted
        if there != given:
            more = "" if counted is not None else "or more "
            raise RequestFailed(
                f"{there:,} {more}statements have blank nodes, whose labels hold within one response only, but the "
                f"endpoint gave {given:,} of them in one; load a file of the data, or leave them out: "
                "--pattern '?s ?p ?o FILTER(!isBlank(?s) && !isBlank(?o))'"
            )

    # --- rows in the order of their keys, each page from the last row on

    def _by_key_instead(self, refused: EndpointRefused) -> Collection[bytes]:
        self.harvest.clear(by_key=True)
        try:
            return self._by_key()
        except EndpointFailed as error:
            raise EndpointFailed(f"{refused}; asked for rows instead: {error}") from error

    def _by_key(self) -> Collection[bytes]:
        """Fetch the statements without blank nodes; return those with blank nodes, all from one response."""
        key = self.harvest.key
        while True:
            found, keys = self._rows_after(key)
            if not keys:
                break
            if keys[-1] == key:
                raise EndpointFailed("the endpoint gave rows again instead of those after them")
            self._sorted = self._sorted and _ascending([tuple(key), *keys] if key else keys)
            key = keys[-1]
            self._add(found.ground, key)
        if not self._compared and not self._sorted:
            raise EndpointFailed("the endpoint neither counts its statements nor sorts them: some may be missing")
        return self._blank_rows()

    def _rows_after(self, key: Sequence[str] | None) -> tuple[Statements, list[Key]]:
        def read(reply: Reply) -> tuple[Statements, list[Key]]:
            found, keys = read_rows(reply)
            if found.blank:
                raise EndpointFailed("the endpoint returned blank nodes where none were asked for")
            if not keys:
                self._check_end(Share.GROUND, self.harvest.count)
            return found, keys

        while True:
            try:
                return self._ask(self.endpoint.rows_after(key, self._size), read, rows.ACCEPT)
            except SortRefused:
                if self._size == 1:
                    raise
                self._size = max(self._size // 4, 1)

    def _blank_rows(self) -> Collection[bytes]:
        if self._count(Share.BLANK) == 0:
            return ()

        def read(reply: Reply) -> Collection[bytes]:
            blank = read_rows(reply)[0].blank
            self._check_whole(len(blank), lambda: self._rest_of_rows(len(blank)))
            return blank

        return self._ask(self.endpoint.rows(Share.BLANK), read, rows.ACCEPT)

    def _rest_of_rows(self, offset: int) -> int:
        return len(self._ask(self.endpoint.rows(Share.BLANK, offset), read_rows, rows.ACCEPT)[0])

    # --- what both have in common

    def _ask(self, query: str, read: Callable[[Reply], T], accept: str = statements.ACCEPT) -> T:
        return self.requester.ask(query, accept, read)

    def _count(self, share: Share, again: bool = False) -> int | None:
        """The endpoint's count of a share; None where it gives none. Asked for once, or ``again`` if it failed."""
        if share not in self._counts or (again and self._counts[share] is None):
            try:
                query = self.endpoint.count(share)
                self._counts[share] = self.requester.ask(query, rows.ACCEPT, read_count, SPARQL_COUNT_ATTEMPTS)
            except EndpointFailed:
                self._counts[share] = None
        return self._counts[share]

    def _add(self, lines: Collection[bytes], key: Sequence[str] | None = None) -> None:
        self.harvest.add(lines, key)
        if self.observer is not None:
            self.observer(self.harvest.count)


def _ascending(keys: Sequence[Sequence[str]]) -> bool:
    """Whether keys ascend as Unicode orders them, by code point or by UTF-16 code unit."""
    return _rising(keys, "utf-32-be") or _rising(keys, "utf-16-be")


def _rising(keys: Sequence[Sequence[str]], encoding: str) -> bool:
    encoded = [[text.encode(encoding, "surrogatepass") for text in key] for key in keys]
    return all(one <= other for one, other in pairwise(encoded))
