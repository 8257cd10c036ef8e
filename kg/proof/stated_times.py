"""When the statements of a graph hold, as the checker of programs reads it from what is said of them.

The rule is that of ``docs/how-to/ask-under-conditions.md``; nothing is shared with ``tries.filters``, which runs it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from clew.kg.errors import VerificationFailed
from clew.kg.proof.stated_rows import StatedRows
from clew.kg.terms.literal import Literal, parse_key
from clew.kg.terms.names import is_iri, local_name
from clew.kg.terms.typed.interval import Interval, Timeline
from clew.kg.terms.typed.moment import TIMES, time_of
from clew.kg.terms.typed.number import Exact
from clew.kg.terms.vocabulary import RDF_REIFIES, TIME_ENDS, TIME_INSTANTS, TIME_STARTS, XSD

Moment = tuple[Exact, bool]
"""As ``Interval.last``: seconds, and whether just after them."""
_DATE_TIME = XSD + "dateTime"


@dataclass(frozen=True, slots=True)
class StatedTime:
    """When a statement holds: at instants, and where more stretches have begun than ended (both ascending)."""

    instants: tuple[Interval, ...]
    begins: tuple[Moment, ...]
    ends: tuple[Moment, ...]

    @property
    def open(self) -> int:
        """How many ends have no begin before them: so many stretches reach into the past without a bound."""
        return max([0, *(at - bisect_left(self.begins, end) for at, end in enumerate(self.ends, 1))])

    @property
    def contradicts_itself(self) -> bool:
        """Whether each stretch has a begin and an end, but some end comes first."""
        return self.open > 0 and len(self.begins) == len(self.ends)

    def meets(self, asked: Interval) -> bool:
        """Return whether it holds at some moment of a time."""
        return self.holds((asked.start, False), asked.last, throughout=False)

    def holds(self, first: Moment, last: Moment, throughout: bool) -> bool:
        """Return whether it holds at some moment from ``first`` to before ``last``; or at all, in one stretch."""
        spans = [((instant.start, False), instant.last) for instant in self.instants]
        if throughout:
            inside = [end for end in self.ends if first < end < last]
            unbroken = all(self.open + bisect_left(self.begins, end) > bisect_right(self.ends, end) for end in inside)
            return any(begin <= first and last <= end for begin, end in spans) or (self._is_open(first) and unbroken)
        moments = [first, *(begin for begin in self.begins if first < begin < last)]
        return any(begin < last and first < end for begin, end in spans) or any(map(self._is_open, moments))

    def _is_open(self, moment: Moment) -> bool:
        return self.open + bisect_right(self.begins, moment) > bisect_right(self.ends, moment)


class StatedTimes:
    """When the statements of one graph hold."""

    def __init__(self, rows: StatedRows) -> None:
        self._rows, self._graph = rows, rows.graph
        self._reified = self._graph.find_relation(RDF_REIFIES) is not None
        self._qualifiers = [key for key in self._graph.relation_keys if _said_by(key)] if self._reified else []

    def of(self, head: int, relation: str, tail: int) -> StatedTime | None:
        """Return when a statement holds; None where nothing is said of it, or what is said cannot be read."""
        said = self._rows.attributes(self._rows.edge(head, relation, tail)) + self._qualified(head, relation, tail)
        times = [(kind, _time(value)) for name, value in said if (kind := _said_by(name))]
        known = [(kind, time) for kind, time in times if time is not None]
        if not known or len(known) < len(times):
            return None
        begins, ends, instants = ([time for kind, time in known if kind == wanted] for wanted in "<>=")
        found = StatedTime(
            tuple(instants), tuple(sorted((t.start, False) for t in begins)), tuple(sorted(t.last for t in ends))
        )
        return None if found.contradicts_itself else found

    def _qualified(self, head: int, relation: str, tail: int) -> list[tuple[str, Literal]]:
        """What RDF 1.2's reifiers say of a statement."""
        if not self._reified:
            return []
        term = self._graph.find_node(f"<<( {self._written(head)} <{relation}> {self._written(tail)} )>>")
        reifiers = [] if term is None else self._rows.targets(term, RDF_REIFIES, True)
        return [
            (name, self._graph.literal(node))
            for reifier in reifiers
            for name in self._qualifiers
            for node in self._rows.targets(reifier, name, False)
            if self._graph.is_literal(node)
        ]

    def _written(self, node: int) -> str:
        key = self._graph.key(node)
        plain = not self._graph.is_literal(node) and not key.startswith(("_:", "<<( "))
        return f"<{key}>" if plain else key


def time_stated(key: str) -> Interval:
    """Return the time that a literal of the question states, by its key; ``VerificationFailed`` if it states none."""
    literal = parse_key(key)
    found = None if literal is None else _time(Literal(literal.lexical))
    if found is None:
        raise VerificationFailed(f"{key!r} is no time")
    return found


def moments_of(text: str) -> tuple[Moment, Moment]:
    """Return where a time begins and the first moment after it; ``VerificationFailed`` if the text is no time."""
    found = _time(Literal(text))
    if found is None:
        raise VerificationFailed(f"{text!r} is no time")
    return (found.start, False), found.last


def _said_by(name: str) -> str:
    """What an attribute with a name says: when a statement begins (``<``) or ends (``>``) to hold, at what time it
    holds (``=``), or nothing of time (empty)."""
    return _NAMES.get(_bare(name), "")


def _bare(name: str) -> str:
    name = local_name(name) if is_iri(name) else name
    return "".join(filter(str.isalnum, name.casefold()))


def _time(literal: Literal) -> Interval | None:
    found = time_of(literal.lexical.strip(), literal.datatype if literal.datatype in TIMES else _DATE_TIME)
    return found if found is not None and found.timeline is Timeline.TIME else None


_KINDS = {"<": TIME_STARTS, ">": TIME_ENDS, "=": TIME_INSTANTS}
_NAMES = {_bare(name): kind for kind, names in _KINDS.items() for name in names}
