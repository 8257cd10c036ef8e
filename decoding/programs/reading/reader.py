"""``ProgramReader``: reads a question into programs over one graph, the likeliest first."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from itertools import pairwise

import numpy as np

from clew.decoding.answering.topics import Linker
from clew.decoding.programs.reading.alignment import Aligner
from clew.decoding.programs.reading.anchors import CLASS_SURE, AnchorFinder, Named
from clew.decoding.programs.reading.costs.comparing import COMPARING
from clew.decoding.programs.reading.costs.costs import TokenCosts
from clew.decoding.programs.reading.cues import Cue, cues, polite
from clew.decoding.programs.reading.names import ProgramNames
from clew.decoding.programs.reading.order import AskedOrder, asked_order
from clew.decoding.programs.reading.question import AskedWords, union
from clew.decoding.programs.reading.ranking import Ranking
from clew.decoding.programs.reading.readings import ProgramReadings, ranked
from clew.decoding.programs.reading.search import ProgramSearch
from clew.decoding.programs.sorting import Sorting
from clew.decoding.reading.direction import same_word
from clew.decoding.reading.likeness import Likeness
from clew.decoding.reading.relation_name import name_of
from clew.kg import limits
from clew.kg.graph.graph import Graph
from clew.retrieval.linking.types import Linking
from clew.tries.columns.stored import columns_of
from clew.tries.programs.algebra import Algebra
from clew.tries.programs.grammar import Grammar, ProgramBounds
from clew.tries.programs.machine import Machine
from clew.tries.programs.tokens import Op, ProgramTokens
from clew.tries.programs.values import AttributeValues
from clew.tries.warmup import rehearse_programs


class ProgramReader:
    """Reads questions into programs over one graph. Safe for threads."""

    def __init__(self, graph: Graph, linker: Linker, likeness: Likeness, ranking: Ranking | None = None) -> None:
        """``ranking``: how the programs found are ranked (None: by what they cost)."""
        self.graph, self._likeness, self._ranking = graph, likeness, ranking
        self._names = ProgramNames(graph)
        self._anchors = AnchorFinder(self._names, linker)
        self._values = AttributeValues(columns_of(graph))

    def rehearse(self) -> None:
        """Make ready the kernels that programs run: compiling them is no question's business."""
        rehearse_programs(Algebra(self.graph, self._values))

    def read(self, linking: Linking, today: date, forbidden: Collection[int] = ()) -> ProgramReadings:
        """Return the programs that a question may mean; none of them takes the ``forbidden`` directed relations."""
        asked = AskedWords(linking.question)
        literals = self._anchors.literals(asked, today)
        asked = AskedWords(linking.question, union(one.bits for one in literals))
        order = asked_order(asked)
        costs = self._costs(asked, linking, literals, order.bits if order else 0)
        sorting = None if order is None else self._sorting(order, costs)
        if order is not None and sorting is None:
            order, costs = None, self._costs(asked, linking, literals, 0)
        algebra = Algebra(self.graph, self._values)
        bounds = ProgramBounds(
            tokens=limits.MAX_READ_TOKENS,
            hops=limits.MAX_READ_HOPS,
            operators=costs.operators,
            forbidden=frozenset(self.graph.plumbing) | frozenset(forbidden),
            transitive=frozenset(range(2 * self.graph.num_relations)),  # the question says so: "indirectly"
            empty=True,
            operand_values=costs.comparing.compares,
        )
        own = tuple(one.anchor for one in costs.anchors)
        read = polite(asked) | (order.bits if order else 0)
        grammar = Grammar(Machine(algebra, own), ProgramTokens(self.graph.num_relations, own), bounds)
        searched = ProgramSearch(grammar, costs, read).run(limits.MAX_PROGRAMS_RANKED, longer=limits.MAX_LONGER)
        return ranked(costs, algebra, searched, self._ranking, sorting)

    def _costs(self, asked: AskedWords, linking: Linking, literals: list[Named], ordering: int) -> TokenCosts:
        """Return what tokens cost, given the words that only ask for an order, as bits."""
        told = [cue for cue in cues(asked) if cue.strong or not self._is_in_name(asked, cue)]
        told = _apart(told, asked, literals, polite(asked) | ordering)
        aligner, anchors = self._anchored(asked, linking, literals, told)
        return TokenCosts(asked, self._names, aligner, anchors, told, self._values)

    def _is_in_name(self, asked: AskedWords, cue: Cue) -> bool:
        """Return whether the word of a cue belongs to a relation's name with the next: "last name"."""
        if cue.op is not Op.ARG or cue.bits & cue.bits - 1:
            return False
        at = cue.bits.bit_length() - 1
        word, after = asked.texts[at], asked.texts[at + 1 : at + 2]
        return any(same_word(other, after[0]) for first, other in self._pairs if first == word) if after else False

    @cached_property
    def _pairs(self) -> frozenset[tuple[str, str]]:
        """Words that stand together in the names of relations, but for those to values that can be compared."""
        found = set[tuple[str, str]]()
        for relation in np.flatnonzero(self._values.group < 0).tolist():
            found.update(pairwise(name_of(self.graph, relation).words))
        return frozenset(found)

    def _sorting(self, order: AskedOrder, costs: TokenCosts) -> Sorting | None:
        """Return the order that a question asks for; None where it does not say by what."""
        relations = costs.relations
        said = [
            (cost, attribute)
            for attribute in range(self.graph.num_relations)
            for cost, bits in (*relations.said(attribute, False), *relations.measured(attribute, order.measures))
            if not bits & ~order.bits and cost <= limits.MAX_SORTING_COST
        ]
        if said and not order.by_name:
            return Sorting(min(said)[1], order.descending)
        return Sorting(None, order.descending) if order.by_name else None

    def _anchored(
        self, asked: AskedWords, linking: Linking, literals: list[Named], told: Sequence[Cue]
    ) -> tuple[Aligner, list[Named]]:
        """Return what compares names with the question, and its anchors."""
        entities = self._anchors.entities(asked, linking)
        named = union(one.bits for one in (*entities, *literals)) | union(cue.bits for cue in told if cue.strong)
        aligner = Aligner(asked, self._likeness, named)
        aligner.prepare(self._names.words, self._names.main_words)
        classes = self._anchors.classes(asked, aligner)
        means = [cue.bits for cue in told if cue.op is Op.AVG]
        if means and not COMPARING.isdisjoint(asked.texts):  # "above the average": of the same class
            span = asked.span(means[0])
            classes += [replace(one, anchor=replace(one.anchor, span=span), bits=0) for one in classes if one.bits]
        classes += _again(asked, literals, classes, told)
        return aligner, [*entities, *literals, *self._anchors.nones(asked, told, entities), *classes]


def _again(
    asked: AskedWords, literals: Sequence[Named], classes: Sequence[Named], told: Sequence[Cue]
) -> Iterator[Named]:
    """Yield the classes that a question names once and means twice: "ferries launched in 1987 or 2004"; they stand
    where the second number begins."""
    stated = [one.bits for one in literals if not one.until and one.bits]
    joins = [cue.bits for cue in told if cue.op in (Op.OR, Op.AND)]
    for first, second in pairwise(stated):
        between = (second & -second) - 1 & ~((1 << first.bit_length()) - 1)
        if any(bits & between for bits in joins):
            start = asked.span(second)[0]
            for one in classes:
                if one.bits and one.cost <= CLASS_SURE:
                    yield replace(one, anchor=replace(one.anchor, span=(start - 1, start)), bits=0)
            return


def _apart(told: Sequence[Cue], asked: AskedWords, anchors: Sequence[Named], ordering: int) -> list[Cue]:
    """Return the cues but for those within words that order or compare: the "or" of "2014 or later"."""
    comparing = ordering
    for one in anchors:
        for stated in one.compared:
            comparing |= asked.bits(stated.start, stated.end)
            comparing |= asked.bits(*stated.behind) if stated.behind else 0
    return [cue for cue in told if not cue.bits & comparing]
