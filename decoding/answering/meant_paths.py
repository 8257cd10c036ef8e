"""``MeantPaths``: which of the paths that a reasoner found the words of a question stand for, and how surely."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from clew.decoding.answers.gather import Gathered, gather
from clew.decoding.reading.asked import Asked
from clew.decoding.reading.reader import Reader
from clew.decoding.reasoner import Bounds, RankedPath, Reasoning
from clew.kg import limits
from clew.kg.graph.graph import Graph


class MeantPaths:
    """Chooses among the paths of a question by its words. Safe for threads."""

    def __init__(self, graph: Graph, reader: Reader) -> None:
        self._graph, self._reader = graph, reader

    def among(self, reasoning: Reasoning, asked: Asked) -> Reasoning:
        """Return the reasoning without the paths that the question's words refute, from a path on that the question
        names if it does not name the likeliest one. Where the likeliest is refuted, what takes its place is trusted as
        much less as it is less likely, unless it is the same relation walked from its other end, or once, not twice."""
        known = tuple(path for path in reasoning.paths if not self._reader.refutes(path, asked))
        if not known:
            return replace(reasoning, paths=(), confidence=0.0, selection=None)
        if (once := self._once(reasoning.paths[0], known)) is not None:
            others = [path for path in known if path.relations != once.relations or path.topic != once.topic]
            return replace(reasoning, paths=(once, *others))
        kept = self._naming(known, asked)
        if len(kept) == len(reasoning.paths):
            return reasoning
        best, first = reasoning.paths[0], known[0]
        share = 1.0 if best is first or self._reversed(best, first) else first.probability / best.probability
        return replace(_doubted(reasoning, share), paths=kept)

    def _once(self, refuted: RankedPath, known: Sequence[RankedPath]) -> RankedPath | None:
        """Return the first step alone of a path that takes one relation twice, as likely as that, where only that is
        refuted."""
        size = self._graph.num_relations
        if refuted in known or len(refuted.relations) != 2 or len({r % size for r in refuted.relations}) > 1:
            return None
        first = refuted.topic, refuted.relations[:1]
        found = next((path for path in known if (path.topic, path.relations) == first), None)
        return found and replace(found, probability=refuted.probability, log_prob=refuted.log_prob)

    def _naming(self, paths: tuple[RankedPath, ...], asked: Asked) -> tuple[RankedPath, ...]:
        """Return the paths from the first one on that is named by the words that the likeliest one misses, if it is
        likely enough beside that: it keeps that one's confidence, since the words stand for it."""
        likely = [path for path in paths if path.probability >= limits.NAMING_SHARE * paths[0].probability]
        missed = [self._reader.misses(path, asked) for path in likely[: limits.MAX_PATHS_COMPARED]]
        for at, words in enumerate(missed):
            if missed[0] and not words and self._reader.named_by(likely[at], missed[0]):
                return paths[at:]
        return paths

    def instead(self, meant: Reasoning) -> Iterator[Reasoning]:
        """Yield the reasoning from each other likely path on, in the place of the best one, whose answers are not what
        the question says that they are: "in which COUNTRY was X born" is not asked for a town. What takes its place
        keeps its confidence, if the words stand for that."""
        for at, path in enumerate(meant.paths[: limits.MAX_PATHS_COMPARED]):
            if at and path.probability >= limits.INSTEAD_SHARE * meant.paths[0].probability:
                yield replace(meant, paths=meant.paths[at:])

    def sure(self, meant: Reasoning, gathered: Gathered, asked: Asked) -> Reasoning:
        """Return the reasoning, less sure where the answers lie beyond nodes without a name, by relations that the
        question does not name, or where the likeliest path ends at such nodes and the one that gives the answers does
        not go on from them."""
        best = next(iter(meant.paths), None)
        if best is None or not gathered.paths:
            return meant
        taken = gathered.paths[0]
        beyond = self._beyond_blanks(gathered)
        if beyond and not self._reader.names(beyond, asked):
            return _doubted(meant, limits.UNREAD_FACTOR)
        goes_on = taken.topic == best.topic and taken.relations[: len(best.relations)] == best.relations
        if best in gathered.unnamed and not goes_on:
            return _doubted(meant, taken.probability / best.probability)
        return meant

    def opened(self, meant: Reasoning, gathered: Gathered, asked: Asked, bounds: Bounds) -> tuple[Reasoning, Gathered]:
        """Return both, with the values behind the nodes without a name that the question asks for itself: "the address
        of Vindal", but not its street."""
        path = self._asked_for(meant, gathered)
        if path is None or not self._reader.opens(path, (), asked):
            return meant, gathered
        instead = replace(meant, paths=(path, *(other for other in meant.paths if other.relations != path.relations)))
        found = gather(self._graph, instead, bounds, opened=path)
        behind = {r for item in found.answers for one in item.paths for r in one.relations[len(path.relations) :]}
        opens = path in found.paths and self._reader.opens(path, behind, asked)
        return (instead, found) if opens else (meant, gathered)

    def _asked_for(self, meant: Reasoning, gathered: Gathered) -> RankedPath | None:
        """Return the path to nodes without a name that is likelier than any to answers, or that the best one goes
        through; None where there is none."""
        first = next(iter(meant.paths), None)
        if first is not None and any(first is path for path in gathered.unnamed):
            return first
        beyond = len(self._beyond_blanks(gathered)) if gathered.paths else 0
        if not beyond:
            return None
        best = gathered.paths[0]
        return replace(best, relations=best.relations[:-beyond], steps=best.steps[:-beyond])

    def said(self, meant: Reasoning, gathered: Gathered, asked: Asked) -> Reasoning:
        """Return the reasoning, sure (by ``limits.SAID``) where the question says the relation that leads to answers
        in so many words."""
        if not gathered.paths:
            return meant
        best = gathered.paths[0]
        beyond = self._beyond_blanks(gathered)
        relations = beyond or best.relations
        said = len(relations) == 1 and self._reader.says(relations[0], best, asked)
        if not said and not (beyond and self._reader.says_nothing_else(best, beyond[-1], asked)):
            return meant
        selection = None if meant.selection is None else max(meant.selection, limits.SAID)
        return replace(meant, confidence=max(meant.confidence, limits.SAID), selection=selection)

    def _beyond_blanks(self, gathered: Gathered) -> tuple[int, ...]:
        """Return the relations of the best path that leave its last nodes without a name; none where it has none."""
        best = gathered.paths[0].relations
        if len(best) < 2 or not len(self._graph.nameless):
            return ()
        walked = [path.nodes for item in gathered.answers for path in item.paths if path.relations == best]
        places = [len(self._graph.nameless_of(np.array(column))) for column in zip(*walked, strict=True)]
        passed = [at for at in range(1, len(places) - 1) if places[at]]
        return best[max(passed) :] if passed else ()

    def _reversed(self, one: RankedPath, other: RankedPath) -> bool:
        count = self._graph.num_relations
        return one.topic == other.topic and [r % count for r in one.relations] == [r % count for r in other.relations]


def _doubted(reasoning: Reasoning, share: float) -> Reasoning:
    """Return the reasoning, as much less sure as another path is less likely than the best one."""
    share = min(1.0, share)
    selection = None if reasoning.selection is None else reasoning.selection * share
    return replace(reasoning, confidence=reasoning.confidence * share, selection=selection)
