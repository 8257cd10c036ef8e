"""Where a question says a relation, and what that costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clew.decoding.programs.reading.alignment import Aligner
from clew.decoding.programs.reading.costs.weights import CostWeights
from clew.decoding.programs.reading.names import ProgramNames
from clew.decoding.programs.reading.question import AskedWords
from clew.decoding.reading.direction import same_word
from clew.decoding.reading.relation_name import Form, name_of
from clew.kg.terms.typed.units import Unit
from clew.kg.terms.typed.value import ValueKind
from clew.tries.programs.tokens import Op, Token
from clew.tries.programs.values import AttributeValues

_NO_PREPOSITIONS = frozenset[str](), frozenset[str]()
Said = tuple[float, int]
"""A cost, and the words that are read at it, as bits."""


class SaidRelations:
    """What of one question says the relations and attributes of a graph."""

    def __init__(
        self,
        asked: AskedWords,
        names: ProgramNames,
        aligner: Aligner,
        values: AttributeValues,
        weights: CostWeights,
    ) -> None:
        self._asked, self._names, self._aligner, self._values, self._weights = asked, names, aligner, values, weights
        self._said: dict[tuple[int, bool], list[Said]] = {}
        self._measured: dict[tuple[int, tuple[str, ...]], list[Said]] = {}

    def said(self, directed: int, reached: bool = True) -> list[Said]:
        """Return where a relation is said, by any of its names (``reached``: also by what it reaches)."""
        key = (directed, reached)
        if key not in self._said:
            best: dict[int, float] = {}
            other = self._weights.other_preposition * self._says_another(directed)
            for name in self._names.relations[directed]:
                for place in self._aligner.places(name) if reached or not name.reached else ():
                    cost = place.cost + name.cost + other
                    cost += self._weights.type * (
                        directed % self._names.graph.num_relations == self._names.graph.type_relation
                    )
                    bits = place.bits | (self._asked.naming(place.bits) if name.naming else 0)
                    bits |= self._asked.living(bits)
                    best[bits] = min(best.get(bits, cost), cost)
            self._said[key] = sorted((cost, bits) for bits, cost in best.items())[:4]
        return self._said[key]

    def _says_another(self, directed: int) -> bool:
        """Return whether the preposition of the question is that of another relation of the same name."""
        own, others = self._names.prepositions.get(directed % self._names.graph.num_relations, _NO_PREPOSITIONS)
        texts = self._asked.texts
        return not others.isdisjoint(texts) and own.isdisjoint(texts)

    def every(self) -> Iterator[Said]:
        """Yield where each directed relation is said."""
        for directed in range(2 * self._names.graph.num_relations):
            yield from self.said(directed)

    def names_result(self, directed: int, bits: int) -> bool:
        """Return whether words that say a relation name what it leads to: those of an inverse noun name what it comes
        from, the composer of "what has him as composer"."""
        if directed < self._names.graph.num_relations or name_of(self._names.graph, directed).form is not Form.NOUN:
            return True
        return any(
            place.bits == bits
            for name in self._names.relations[directed]
            if name.reached
            for place in self._aligner.places(name)
        )

    def measured(self, attribute: int, measures: Sequence[str]) -> list[Said]:
        """Return what it costs that an adjective measures an attribute; nothing where it does not."""
        key = (attribute, tuple(measures))
        if key not in self._measured:
            self._measured[key] = list(self._measuring(*key))
        return self._measured[key]

    def _measuring(self, attribute: int, measures: Sequence[str]) -> Iterator[Said]:
        for rank, measure in enumerate(measures):
            words = {word for name in self._names.relations[attribute] for word in name.words if not name.reached}
            if any(same_word(measure, word) for word in words):
                cost = self._weights.measured + self._weights.measure_step * rank
                yield cost, 0
                for _, bits in self.said(attribute, False)[:1]:
                    yield cost - self._weights.measured, bits  # "born first": the date of birth
                return

    def goes_back(self, directed: int, operand: Token) -> bool:
        """Return whether a relation leads back over the hop that an operand ends with."""
        return operand.op is Op.HOP and abs(operand.argument - directed) == self._names.graph.num_relations

    def is_number(self, attribute: int) -> bool:
        """Return whether the values of an attribute are numbers."""
        return attribute < self._names.graph.num_relations and bool(self._values.numeric[attribute])

    def is_time(self, attribute: int) -> bool:
        """Return whether the values of an attribute are times, or are called years."""
        group = int(self._values.group[attribute]) if attribute < self._names.graph.num_relations else -1
        if group < 0:
            return False
        if self._values.columns.groups[group].kind is ValueKind.TIME:
            return True
        words = {word for name in self._names.relations[attribute] for word in name.words}
        return bool(words & {"year", "date"})

    def unit(self, attribute: int) -> Unit | None:
        """Return the unit that the name of an attribute states; None where it states none."""
        return self._names.units.get(attribute)

    def has_values(self, directed: int) -> bool:
        """Return whether a relation leads to values that can be compared."""
        return int(self._values.group[directed % self._names.graph.num_relations]) >= 0
