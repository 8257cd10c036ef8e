"""What comparisons and extremes cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from clew.decoding.programs.reading.anchors import Named
from clew.decoding.programs.reading.comparatives import FORMS, GRADABLES, Degree
from clew.decoding.programs.reading.costs.nearness import Nearness
from clew.decoding.programs.reading.costs.relations import Said, SaidRelations
from clew.decoding.programs.reading.costs.weights import CostWeights
from clew.decoding.programs.reading.cues import GENERAL_SIZES, Cue
from clew.decoding.programs.reading.question import AskedWords, union
from clew.decoding.programs.reading.tagged import LiteralKind
from clew.decoding.reading.lexicon import PARTICIPLES, PREPOSITIONS
from clew.tries.programs.tokens import Op, Token

MANY = frozenset({"most", "fewest", "least"})
"""Words for the greatest or least number."""
_BEYOND = {"above": ">", "over": ">", "exceeds": ">", "exceed": ">", "exceeding": ">", "below": "<", "under": "<"}
COMPARING = frozenset({"than", *_BEYOND})
"""Words that compare with what may be no literal."""
_TIMED = {"before": "<", "after": ">", "earlier": "<", "later": ">"}
_BEFORE_TIMES = PREPOSITIONS | frozenset(
    ["the", "year", "years", "earlier", "later", "than", "before", "after", "since"]
)
_TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "="}


class ComparingCosts:
    """The costs of the tokens that compare: ``CMP``, ``DEGREE_CMP``, ``ASK_CMP``, ``ARG``, ``DEGREE``."""

    def __init__(
        self,
        asked: AskedWords,
        anchors: Sequence[Named],
        cues: Sequence[Cue],
        relations: SaidRelations,
        near: Nearness,
        weights: CostWeights,
    ) -> None:
        self._asked, self._anchors, self._cues = asked, anchors, cues
        self._relations, self._near, self._weights = relations, near, weights
        self._compared_by: dict[tuple[int, tuple[str, ...]], list[Said]] = {}

    def hows(self, literal: int) -> frozenset[str]:
        """Return how a literal may be compared, turned ways included; ``literal``: its anchor."""
        stated = [str(one.how) for one in self._anchors[literal].compared] if literal >= 0 else []
        return frozenset((*stated, *(_TURNED[how] for how in stated))) if stated else frozenset("=")

    def compared(self, token: Token, literal: int) -> Iterator[Said]:
        """Yield the costs of a comparison of an attribute with a literal; ``literal``: its anchor."""
        one, weights = self._anchors[literal], self._weights
        if one.kind in (LiteralKind.NONE, LiteralKind.ORDINAL) or not self._is_in_unit(one, token.argument):
            return
        time = self._relations.is_time(token.argument)
        if not one.compared and token.how == "=":
            for cost, bits in self._attribute(token.argument, (), time, one):
                yield cost + weights.equal + self._beside(one, 0, bits, time), bits
        for stated in one.compared:
            bits = self._asked.bits(stated.start, stated.end)
            bits |= self._asked.bits(*stated.behind) if stated.behind else 0
            gradable = GRADABLES.get(stated.word)
            straight = gradable.measures if gradable else ()
            turned = gradable.opposite if gradable else ()
            if str(stated.how) == token.how:
                for cost, more in self._attribute(token.argument, straight, time, one):
                    yield cost + self._beside(one, bits, more, time), bits | more
            if turned and _TURNED[str(stated.how)] == token.how:
                for cost, more in self._relations.measured(token.argument, turned):
                    yield cost, bits | more

    def _is_in_unit(self, one: Named, attribute: int) -> bool:
        """Return whether a number may be compared with an attribute: it is in the unit of that, or one of both has
        none."""
        unit = self._relations.unit(attribute)
        return not one.converted if unit is None else one.unit in ("", unit.symbol)

    def _beside(self, one: Named, told: int, bits: int, time: bool) -> float:
        """Return what it costs that an attribute is not said beside the literal it is compared with, that another noun
        follows the number, "3 masts", or that a time is compared with what is none."""
        weights = self._weights
        costs = self._near.between(one.bits | told, bits) if bits else 0.0
        if one.kind is LiteralKind.TIME and not time:
            costs += weights.number if not bits else weights.unmeasured
        counted = one.bits << 1 & ~(one.bits | told) & self._near.telling
        if one.kind is LiteralKind.NUMBER and counted and not counted & bits:
            costs += weights.own
        return costs

    def counted(self, token: Token, literal: int, operand: Token) -> Iterator[Said]:
        """Yield the costs of a number of neighbours: "more than two films"; of those that a hop came from, "directed by
        at least two", nothing has to say it again."""
        one = self._anchors[literal]
        if one.kind not in (LiteralKind.NUMBER, LiteralKind.NONE) or one.unit:
            return
        told = [(self._asked.bits(stated.start, stated.end), str(stated.how)) for stated in one.compared] or [(0, "=")]
        for words, how in told:
            if how == token.how:
                for cost, bits in self._relations.said(token.argument):
                    yield cost + self._near.after(one.bits, bits), bits | words
                if self._relations.goes_back(token.argument, operand):
                    yield self._weights.counted_back, words

    def _attribute(self, attribute: int, measures: Sequence[str], time: bool, one: Named) -> Iterator[Said]:
        stated_time = one.kind is LiteralKind.TIME
        yield from self._relations.said(attribute)
        yield from self._relations.measured(attribute, measures)
        if not measures:
            yield (self._weights.unsaid_time if time and stated_time else self._weights.unsaid_attribute), 0
        if time and stated_time and (verb := self._verb(one)):
            yield self._weights.unsaid_time + self._weights.verb_of_time, verb

    def _verb(self, one: Named) -> int:
        """Return the verb before a time, "BUILT in 1912", as a bit; 0: none."""
        first = (one.bits & -one.bits).bit_length() - 1
        while first > 0 and self._asked.texts[first - 1] in _BEFORE_TIMES:
            first -= 1
        word = self._asked.texts[first - 1] if first > 0 else ""
        return 1 << first - 1 if word.endswith("ed") or word in PARTICIPLES else 0

    def extreme(self, token: Token, cue: Cue, operand: Token) -> Iterator[Said]:
        """Yield the costs of the greatest or the least by an attribute, or by a number of neighbours."""
        if token.op is Op.DEGREE:
            if token.how == cue.how:
                if self._relations.goes_back(token.argument, operand):
                    yield self._weights.counted_back, cue.bits
                yield from (
                    (cost + self._near.between(cue.bits, bits), bits | cue.bits)
                    for cost, bits in self._relations.said(token.argument)
                )
            return
        if self._relations.is_time(token.argument) and self._asked.said_by(cue.bits, MANY):
            return  # "the most awards" asks for a number, not for the latest year
        if token.how == cue.how:
            plain = self._weights.unmeasured if cue.measures and not cue.general else 0.0
            for cost, bits in self._relations.said(token.argument, False):
                before = bits.bit_length() <= cue.bits.bit_length()
                late = (self._weights.number if not cue.measures and not cue.general else self._weights.late) * before
                yield cost + plain + late + self._near.between(cue.bits, bits), bits | cue.bits
            yield from (
                (cost, cue.bits | bits) for cost, bits in self._relations.measured(token.argument, cue.measures)
            )
        else:
            yield from (
                (cost, cue.bits | bits) for cost, bits in self._relations.measured(token.argument, cue.opposite)
            )

    def compared_with_value(self, token: Token, operand: Token) -> Iterator[Said]:
        """Yield the costs of a comparison with a value that is not stated: "longer than the other ferry"."""
        if operand.op in (Op.HOP, Op.AVG, Op.SUM) and operand.argument == token.argument:
            yield from self.compared_by(token.argument, (token.how,))

    def totalled(self, attribute: int) -> Iterator[Said]:
        """Yield the costs of an attribute that is summed up: said, or compared by, "longer than the average ferry"."""
        yield from self._relations.said(attribute)
        yield from ((cost, 0) for cost, _ in self.compared_by(attribute, ("<", ">")))

    def compared_by(self, attribute: int, hows: tuple[str, ...]) -> list[Said]:
        """Return the costs of an attribute by which something is compared with a value that is not stated."""
        key = (attribute, hows)
        if key not in self._compared_by:
            self._compared_by[key] = list(self._comparing_by(*key))
        return self._compared_by[key]

    def _comparing_by(self, attribute: int, hows: tuple[str, ...]) -> Iterator[Said]:
        if not self.compares or not self._relations.has_values(attribute):
            return
        for how in hows:
            for cost, bits in self.ordered(Token(Op.ASK_CMP, attribute, how)):
                yield cost, bits & ~self.asking
        for i, text in enumerate(self._asked.texts):
            if _BEYOND.get(text) in hows:
                yield from ((cost, bits | 1 << i) for cost, bits in self._relations.said(attribute))

    def ordered(self, token: Token) -> Iterator[Said]:
        """Yield the costs of asking whether one entity has more of an attribute than another."""
        for i, text in enumerate(self._asked.texts):
            if _TIMED.get(text) == token.how and self._relations.is_time(token.argument):
                for cost, bits in self._relations.said(token.argument):
                    yield cost, bits | self.asking | 1 << i
        for i, text in enumerate(self._asked.texts):
            form = FORMS.get(text)
            base = form.base if form else text
            gradable = GRADABLES.get(base)
            comparative = (form is not None and form.degree is Degree.COMPARATIVE) or (
                i and self._asked.texts[i - 1] in ("more", "less")
            )
            if gradable is None or not comparative:
                continue
            less = bool(i) and self._asked.texts[i - 1] == "less"
            big = (gradable.direction > 0) != less
            bits = self.asking | (1 << i) | (self._asked.texts[i - 1 : i] == ["more"] or less) << max(i - 1, 0)
            bits |= sum(1 << j for j, word in enumerate(self._asked.texts) if word == "than")
            if token.how == (">" if big else "<"):
                yield from (
                    (cost, bits | more) for cost, more in self._relations.measured(token.argument, gradable.measures)
                )
                if base in GENERAL_SIZES:  # "has a higher price than"
                    yield from ((cost, bits | more) for cost, more in self._relations.said(token.argument))
            if token.how == ("<" if big else ">"):
                yield from (
                    (cost, bits | more) for cost, more in self._relations.measured(token.argument, gradable.opposite)
                )

    @cached_property
    def compares(self) -> bool:
        """Whether something is compared that may be no literal: "than the other", "above the average"."""
        return not COMPARING.isdisjoint(self._asked.texts)

    @cached_property
    def words(self) -> int:
        """The words that a comparison may read beside the literal, the attribute, and the words for how, as bits:
        "longer", "more", "than", "above", and "built" of "built in 1912"."""
        texts = self._asked.texts
        found = union(self._verb(one) for one in self._anchors if one.kind is LiteralKind.TIME)
        for i, text in enumerate(texts):
            form = FORMS.get(text)
            graded = text in GRADABLES and i > 0 and texts[i - 1] in ("more", "less")
            graded |= form is not None and form.degree is Degree.COMPARATIVE
            if graded or text in COMPARING or text in _TIMED or text in ("more", "less"):
                found |= 1 << i
        return found

    @cached_property
    def asking(self) -> int:
        """The words that ask for yes or no, as bits."""
        found = 0
        for cue in self._cues:
            found |= cue.bits if cue.op is Op.ASK else 0
        return found

    def halves(self, used: int) -> float:
        """Return what it costs to compare with one end only of a stretch of time; ``used``: the anchors taken."""
        wrong = sum(1 for i, one in enumerate(self._anchors) if one.until and (used >> i & 1) != (used >> (i - 1) & 1))
        return self._weights.half * wrong
