"""What each token of a program costs, given the question: nothing where the question says it plainly.

A program's cost is the sum over its tokens and over what it leaves unread. It is the negative logarithm of an
unnormalised probability, so costs add up and never fall (a log-linear model over derivations, as Zettlemoyer and
Collins 2005, arXiv 1207.1420, rank parses).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from clew.decoding.programs.reading.alignment import Aligner
from clew.decoding.programs.reading.anchors import Named
from clew.decoding.programs.reading.comparatives import FORMS, GRADABLES, Degree
from clew.decoding.programs.reading.cues import GENERAL_SIZES, Cue
from clew.decoding.programs.reading.names import ProgramNames
from clew.decoding.programs.reading.question import AskedWords, bits_of, names_more, ones, union
from clew.decoding.programs.reading.tagged import LiteralKind
from clew.decoding.reading.direction import same_word
from clew.decoding.reading.relation_name import Form, name_of
from clew.kg.terms.typed.value import ValueKind
from clew.retrieval.wordnet.wordnet import wordnet
from clew.tries.programs.tokens import Op, Token
from clew.tries.programs.values import AttributeValues

Said = tuple[float, int]
"""A cost, and the words that are read at it, as bits."""


@dataclass(frozen=True)
class CostWeights:
    """The weights of a program's features, in nats."""

    token: float = 0.06
    unsaid_hop: float = 1.3
    unsaid_from_adjective: float = 0.5
    unsaid_type: float = 1.5
    half: float = 3.0
    own: float = 1.0
    late: float = 0.4
    said_before: float = 1.0
    values_asked: float = 2.5
    any_asked: float = 1.5
    again: float = 0.15
    gap: float = 0.04
    measured: float = 0.15
    measure_step: float = 0.12
    unsaid_attribute: float = 2.2
    unsaid_time: float = 0.3
    equal: float = 0.15
    number: float = 1.5
    uncued: float = 2.5
    unread: float = 1.6
    uncued_operator: float = 2.5
    focus: float = 1.6
    empty: float = 1.5
    back: float = 1.5
    type: float = 0.6
    order: float = 2.0
    usual: float = 0.3
    branch: float = 0.15
    cue_gap: float = 0.35
    unmeasured: float = 1.0
    no_op: float = 0.8
    mixed: float = 2.0
    to_link: float = 0.4
    from_link: float = 0.9
    ends_at_link: float = 1.5
    joined_again: float = 0.4


@dataclass
class TokenCosts:
    """The costs of tokens for one question."""

    asked: AskedWords
    names: ProgramNames
    aligner: Aligner
    anchors: Sequence[Named]
    cues: Sequence[Cue]
    values: AttributeValues
    weights: CostWeights = field(default_factory=CostWeights)

    def __post_init__(self) -> None:
        self._said: dict[tuple[int, bool], list[Said]] = {}
        self._ahead: dict[tuple[int, int], tuple[float, float]] = {}

    @cached_property
    def operators(self) -> frozenset[Op]:
        """The operators that the question may ask for."""
        found = {Op.ENT, Op.CLS, Op.HOP, Op.TYPE, Op.AND, Op.STOP, Op.PROJ}
        found |= {cue.op for cue in self.cues}
        if any(one.anchor.op is Op.LIT for one in self.anchors):
            found |= {Op.LIT, Op.CMP, Op.DEGREE_CMP}
        if any(one.kind is LiteralKind.TIME for one in self.anchors):
            found.add(Op.AT)
        if self.compares:
            found.add(Op.CMP)
        if Op.ASK in found:
            found.add(Op.ASK_CMP)
        if Op.GROUP in found:
            found.add(Op.COUNT)
        return frozenset(found)

    @cached_property
    def compares(self) -> bool:
        """Whether something is compared that may be no literal: "than the other", "above the average"."""
        return not COMPARING.isdisjoint(self.asked.texts)

    @cached_property
    def _asking(self) -> int:
        """The words that ask for yes or no."""
        found = 0
        for cue in self.cues:
            found |= cue.bits if cue.op is Op.ASK else 0
        return found

    @cached_property
    def _names_more(self) -> bool:
        return names_more(self.asked)

    @cached_property
    def asks_any(self) -> bool:
        """Whether it is asked if there are any: "is there", "are there"."""
        texts = [text for i, text in enumerate(self.asked.texts) if self._asking >> i & 1]
        return "there" in texts or "any" in texts

    @cached_property
    def focus(self) -> int:
        """The words for what is asked, as bits: the first that means something, but for cues and numbers, with the rest
        of its name; of "Mozart operas" the operas. 0: none."""
        cued = union(cue.bits for cue in self.cues)
        telling = [
            i
            for i, cost in enumerate(self.asked.costs)
            if cost >= 0.5 and not cued >> i & 1 and not any(letter.isdigit() for letter in self.asked.texts[i])
        ]
        if not telling:
            return 0
        owned = [one for one in self.anchors if one.anchor.op is Op.ENT and one.cost < 0.5]
        at, name = telling[0], 1 << telling[0]
        while (own := [one for one in owned if one.bits >> at & 1]) and at + 1 in telling:
            if any(one.classifies and one.bits == 1 << at for one in own):
                break  # "composers"
            at += 1
            name |= 1 << at
        head = self.asked.texts[at]
        if all(one.classifies for one in owned if one.bits >> at & 1) and wordnet().categories(head):
            return 1 << at
        return next((name & one.bits for one in owned if one.bits & name & -name), name & -name)

    def of(self, token: Token, read: int, last: int, operand: Token, literal: int) -> Iterator[Said]:
        """Yield what a token costs, by the words that may say it. ``read``: the words read so far; ``last``: those read
        by the last token; ``operand``: the last token; ``literal``: the anchor of the literal on top (-1: none)."""
        back = self.weights.back * self._is_back(token, operand)
        for cost, bits in self._of(token, read, last, operand, literal):
            yield (
                self.weights.token + back + cost + self._again(bits & read & ~last) + self._far(bits, last),
                bits,
            )

    def _of(self, token: Token, read: int, last: int, operand: Token, literal: int) -> Iterator[Said]:
        match token.op:
            case Op.ENT | Op.CLS | Op.LIT | Op.TYPE:
                one = self.anchors[token.argument]
                yield one.cost, one.bits
            case Op.HOP:
                yield from self._new(self._hop(token, operand), read)
            case Op.CLOSE:
                for cue in self._cued(token.op, read):
                    yield from ((cost, bits | cue.bits) for cost, bits in self.said(token.argument))
            case Op.PROJ | Op.GROUP:
                yield from self._column(token, read, last, operand)
            case Op.CMP if literal < 0:
                yield from self._compared_with_value(token, operand)
            case Op.CMP:
                yield from self._compared(token, literal)
            case Op.DEGREE_CMP:
                yield from self._counted(token, literal)
            case Op.ARG | Op.DEGREE:
                for cue in self._cued(token.op, read):
                    yield from self._extreme(token, cue)
            case Op.SUM | Op.AVG if operand.op is Op.ARG and operand.argument == token.argument:
                return  # the average of the greatest is another question
            case Op.SUM | Op.AVG:
                for cue in self._cued(token.op, read):
                    yield from ((cost, bits | cue.bits) for cost, bits in self._totalled(token.argument))
            case Op.AND:
                yield 0.0, next((cue.bits for cue in self._cued(token.op, read)), 0)
            case Op.COUNT if operand.op is Op.GROUP:
                counts = list(self._cued(token.op, read))
                yield (0.0, counts[0].bits) if counts else (1.0, 0)
            case Op.ASK_CMP:
                yield from self._ordered(token)
            case Op.AT:
                yield self.weights.unsaid_time, 0
            case Op.OR if any(cue.op is Op.OR and cue.bits & read for cue in self.cues):
                yield self.weights.joined_again, 0  # "A, B or C"
            case _:
                yield from ((0.0, cue.bits) for cue in self._cued(token.op, read))

    def _cued(self, op: Op, read: int) -> Iterator[Cue]:
        return (cue for cue in self.cues if cue.op is op and not cue.bits & read)

    def said(self, directed: int, reached: bool = True) -> list[Said]:
        """Return where a relation is said, by any of its names (``reached``: also by what it reaches)."""
        key = (directed, reached)
        if key not in self._said:
            best: dict[int, float] = {}
            for name in self.names.relations[directed]:
                for place in self.aligner.places(name) if reached or not name.reached else ():
                    cost = place.cost + name.cost
                    cost += self.weights.type * (
                        directed % self.names.graph.num_relations == self.names.graph.type_relation
                    )
                    bits = place.bits | (self.asked.naming(place.bits) if name.naming else 0)
                    best[bits] = min(best.get(bits, cost), cost)
            self._said[key] = sorted((cost, bits) for bits, cost in best.items())[:4]
        return self._said[key]

    def names_result(self, directed: int, bits: int) -> bool:
        """Return whether words that say a relation name what it leads to: those of an inverse noun name what it comes
        from, the composer of "what has him as composer"."""
        if directed < self.names.graph.num_relations or name_of(self.names.graph, directed).form is not Form.NOUN:
            return True
        return any(
            place.bits == bits
            for name in self.names.relations[directed]
            if name.reached
            for place in self.aligner.places(name)
        )

    def _hop(self, token: Token, operand: Token) -> Iterator[Said]:
        same = operand.op in (Op.ARG, Op.CMP) and operand.argument == token.argument
        if same:
            yield 0.0, 0  # "the maximum weight": the weight is said once
        yield from self.said(token.argument)
        yield from ((cost, 0) for cost, _ in self._compared_by(token.argument, ("<", ">")))  # "longer than the other"
        if self.is_number(token.argument):
            for cue in self.cues:
                if cue.op in (Op.COUNT, Op.SUM):  # "how many masts does it have"
                    yield from (
                        (cost + self.after(cue.bits, bits), bits | cue.bits) for cost, bits in self.said(token.argument)
                    )
        yield self._unsaid(token, operand), 0

    def _unsaid(self, token: Token, operand: Token) -> float:
        """Return what a hop costs that nothing says: little where it leads to what an entity classifies, "composers",
        or from the place of an adjective, "Italian"."""
        if operand.op is Op.ENT:
            one = self.anchors[operand.argument]
            if one.classifies and token.argument - self.names.graph.num_relations in self.names.classifying:
                return 0.0
            if one.adjective:
                return self.weights.unsaid_from_adjective
        links = self.names.links
        if token.argument in links.leading:
            return self.weights.to_link
        if token.argument in links.leaving and operand.op is Op.HOP and operand.argument in links.leading:
            return self.weights.from_link
        size = self.names.graph.num_relations
        types = token.argument % size == self.names.graph.type_relation
        return self.weights.unsaid_hop + self.weights.unsaid_type * types

    def _new(self, said: Iterator[Said], read: int) -> Iterator[Said]:
        """Yield what a hop costs, more where all its words are read already: what was said once is one step."""
        for cost, bits in said:
            known = bits and not bits & self._telling & ~read
            yield cost + self.weights.said_before * bool(known), bits

    def _is_back(self, token: Token, operand: Token) -> bool:
        """Return whether a hop goes back where the last one came from."""
        size = self.names.graph.num_relations
        return operand.op is Op.HOP and token.op is Op.HOP and abs(token.argument - operand.argument) == size

    def _column(self, token: Token, read: int, last: int, operand: Token) -> Iterator[Said]:
        cued = [cue for cue in self.cues if cue.op is token.op]
        again = token.op is Op.PROJ and operand.op is Op.PROJ
        for cost, bits in self.said(token.argument):
            if again and bits < _low(last):
                continue  # the columns stand in the question's order
            if token.op is Op.GROUP:
                yield from ((cost + self.after(cue.bits, bits), bits | cue.bits) for cue in cued)
            else:
                told = next((cue.bits for cue in cued if cue.strong and cue.bits.bit_length() <= bits.bit_length()), 0)
                known = not bits & self._telling & ~read and not self._names_more
                yield cost + (0.0 if cued else self.weights.uncued) + self.weights.said_before * known, bits | told

    def _compared(self, token: Token, literal: int) -> Iterator[Said]:
        one, weights = self.anchors[literal], self.weights
        time = self.is_time(token.argument)
        hows = [(stated, 0.0) for stated in one.compared]
        if not hows and token.how == "=":
            for cost, bits in self._attribute(token.argument, (), time, one):
                yield cost + weights.equal + self._beside(one, 0, bits, time), bits
        for stated, _ in hows:
            bits = self.asked.bits(stated.start, stated.end)
            bits |= self.asked.bits(*stated.behind) if stated.behind else 0
            gradable = GRADABLES.get(stated.word)
            straight = gradable.measures if gradable else ()
            turned = gradable.opposite if gradable else ()
            if str(stated.how) == token.how:
                for cost, more in self._attribute(token.argument, straight, time, one):
                    yield cost + self._beside(one, bits, more, time), bits | more
            if turned and _TURNED[str(stated.how)] == token.how:
                for cost, more in self.measured(token.argument, turned):
                    yield cost, bits | more

    def _beside(self, one: Named, told: int, bits: int, time: bool) -> float:
        """Return what it costs that an attribute is not said beside the literal it is compared with, that another noun
        follows the number, "3 masts", or that a time is compared with what is none."""
        weights = self.weights
        costs = self.between(one.bits | told, bits) if bits else 0.0
        if one.kind is LiteralKind.TIME and not time:
            costs += weights.number if not bits else weights.unmeasured
        counted = one.bits << 1 & ~(one.bits | told) & self._telling
        if one.kind is LiteralKind.NUMBER and counted and not counted & bits:
            costs += weights.own
        return costs

    def _counted(self, token: Token, literal: int) -> Iterator[Said]:
        """Yield the costs of a number of neighbours: "more than two films"."""
        one = self.anchors[literal]
        if one.kind is not LiteralKind.NUMBER:
            return
        told = [(self.asked.bits(stated.start, stated.end), str(stated.how)) for stated in one.compared] or [(0, "=")]
        for words, how in told:
            if how == token.how:
                for cost, bits in self.said(token.argument):
                    yield cost + self.after(one.bits, bits), bits | words

    def _attribute(self, attribute: int, measures: Sequence[str], time: bool, one: Named) -> Iterator[Said]:
        stated_time = one.kind is LiteralKind.TIME
        yield from self.said(attribute)
        yield from self.measured(attribute, measures)
        if not measures:
            yield (self.weights.unsaid_time if time and stated_time else self.weights.unsaid_attribute), 0

    def measured(self, attribute: int, measures: Sequence[str]) -> Iterator[Said]:
        """Yield what it costs that an adjective measures an attribute; nothing where it does not."""
        for rank, measure in enumerate(measures):
            words = {word for name in self.names.relations[attribute] for word in name.words if not name.reached}
            if any(same_word(measure, word) for word in words):
                cost = self.weights.measured + self.weights.measure_step * rank
                yield cost, 0
                for _, bits in self.said(attribute, False)[:1]:
                    yield cost - self.weights.measured, bits  # "born first": the date of birth
                return

    def _extreme(self, token: Token, cue: Cue) -> Iterator[Said]:
        if token.op is Op.DEGREE:
            if token.how == cue.how:
                yield from (
                    (cost + self.between(cue.bits, bits), bits | cue.bits) for cost, bits in self.said(token.argument)
                )
            return
        if token.how == cue.how:
            plain = self.weights.unmeasured if cue.measures and not cue.general else 0.0
            for cost, bits in self.said(token.argument, False):
                before = bits.bit_length() <= cue.bits.bit_length()
                late = (self.weights.number if not cue.measures and not cue.general else self.weights.late) * before
                yield cost + plain + late + self.between(cue.bits, bits), bits | cue.bits
            yield from ((cost, cue.bits | bits) for cost, bits in self.measured(token.argument, cue.measures))
        else:
            yield from ((cost, cue.bits | bits) for cost, bits in self.measured(token.argument, cue.opposite))

    def between(self, one: int, other: int) -> float:
        """Return what it costs that words which belong together are apart."""
        both = one | other
        low, high = (both & -both).bit_length() - 1, both.bit_length()
        inside = ((1 << high) - (1 << low)) & ~both
        return self.weights.cue_gap * (inside & self._telling).bit_count()

    def after(self, cue: int, bits: int) -> float:
        """Return what it costs that words do not follow a cue: "each harbour", "how many ferries"."""
        before = bits.bit_length() <= cue.bit_length()
        return self.between(cue, bits) + self.weights.number * before

    def is_number(self, attribute: int) -> bool:
        """Return whether the values of an attribute are numbers."""
        return attribute < self.names.graph.num_relations and bool(self.values.numeric[attribute])

    def halves(self, used: int) -> float:
        """Return what it costs to compare with one end only of a stretch of time; ``used``: the anchors taken."""
        wrong = sum(1 for i, one in enumerate(self.anchors) if one.until and (used >> i & 1) != (used >> (i - 1) & 1))
        return self.weights.half * wrong

    def _compared_with_value(self, token: Token, operand: Token) -> Iterator[Said]:
        """Yield the costs of a comparison with a value that is not stated: "longer than the other ferry"."""
        if operand.op in (Op.HOP, Op.AVG, Op.SUM) and operand.argument == token.argument:
            yield from self._compared_by(token.argument, (token.how,))

    def _totalled(self, attribute: int) -> Iterator[Said]:
        """Yield the costs of an attribute that is summed up: said, or compared by, "longer than the average ferry"."""
        yield from self.said(attribute)
        yield from ((cost, 0) for cost, _ in self._compared_by(attribute, ("<", ">")))

    def _compared_by(self, attribute: int, hows: Sequence[str]) -> Iterator[Said]:
        """Yield the costs of an attribute by which something is compared with a value that is not stated."""
        if not self.compares or self.values.group[attribute % self.names.graph.num_relations] < 0:
            return
        for how in hows:
            for cost, bits in self._ordered(Token(Op.ASK_CMP, attribute, how)):
                yield cost, bits & ~self._asking
        for i, text in enumerate(self.asked.texts):
            if _BEYOND.get(text) in hows:
                yield from ((cost, bits | 1 << i) for cost, bits in self.said(attribute))

    def _ordered(self, token: Token) -> Iterator[Said]:
        for i, text in enumerate(self.asked.texts):
            if _TIMED.get(text) == token.how and self.is_time(token.argument):
                for cost, bits in self.said(token.argument):
                    yield cost, bits | self._asking | 1 << i
        for i, text in enumerate(self.asked.texts):
            form = FORMS.get(text)
            base = form.base if form else text
            gradable = GRADABLES.get(base)
            comparative = (form is not None and form.degree is Degree.COMPARATIVE) or (
                i and self.asked.texts[i - 1] in ("more", "less")
            )
            if gradable is None or not comparative:
                continue
            less = bool(i) and self.asked.texts[i - 1] == "less"
            big = (gradable.direction > 0) != less
            bits = self._asking | (1 << i) | (self.asked.texts[i - 1 : i] == ["more"] or less) << max(i - 1, 0)
            bits |= sum(1 << j for j, word in enumerate(self.asked.texts) if word == "than")
            if token.how == (">" if big else "<"):
                yield from ((cost, bits | more) for cost, more in self.measured(token.argument, gradable.measures))
                if base in GENERAL_SIZES:  # "has a higher price than"
                    yield from ((cost, bits | more) for cost, more in self.said(token.argument))
            if token.how == ("<" if big else ">"):
                yield from ((cost, bits | more) for cost, more in self.measured(token.argument, gradable.opposite))

    def is_time(self, attribute: int) -> bool:
        """Return whether the values of an attribute are times, or are called years."""
        group = int(self.values.group[attribute])
        if group < 0:
            return False
        if self.values.columns.groups[group].kind is ValueKind.TIME:
            return True
        words = {word for name in self.names.relations[attribute] for word in name.words}
        return bool(words & {"year", "date"})

    @cached_property
    def least(self) -> list[float]:
        """The least that each word costs, read or unread: a share of the cheapest token that may read it."""
        found = [self.weights.unread * cost for cost in self.asked.costs]
        for cost, bits in self._readings():
            own = [i for i in ones(bits) if self.asked.costs[i]]
            for i in own:
                found[i] = min(found[i], cost / len(own))
        return found

    def _readings(self) -> Iterator[Said]:
        """Yield the least cost of whatever may read words."""
        for directed in range(2 * self.names.graph.num_relations):
            for cost, bits in self.said(directed):
                yield self.weights.token + cost, self.asked.with_repeats(bits)
        for one in self.anchors:
            free = one.anchor.op is Op.CLS
            yield (0.0 if free else one.cost + self.weights.token), self.asked.with_repeats(one.bits)
        for cue in self.cues:
            yield 0.0, cue.bits
        for one in self.anchors:
            for stated in one.compared:
                yield 0.0, self.asked.bits(stated.start, stated.end)
                if stated.behind:
                    yield 0.0, self.asked.bits(*stated.behind)

    def ahead(self, read: int, operands: int) -> tuple[float, float]:
        """Return the least that it still costs to read the words outside ``read``, or to leave them, and to join the
        operands; and about what it costs, which is more: search goes where most is read."""
        key = (read, operands)
        if key not in self._ahead:
            joins, usual = max(0, operands - 1), self.weights.usual
            left = [(cost, self.asked.costs[i]) for i, cost in enumerate(self.least) if not read >> i & 1]
            cued = sum(1 for cue in self.cues if cue.strong and not cue.bits & read)
            least = self.weights.token * joins + sum(cost for cost, _ in left)
            self._ahead[key] = least, usual * (joins + cued) + sum(max(cost, usual * unread) for cost, unread in left)
        return self._ahead[key]

    def left(self, read: int) -> int:
        """Return how many words that mean something, and cues, are unread."""
        cued = sum(1 for cue in self.cues if cue.strong and not cue.bits & read)
        return (self._telling & ~read).bit_count() + cued

    @cached_property
    def _telling(self) -> int:
        """The words that mean something, as bits."""
        return bits_of([i for i, cost in enumerate(self.asked.costs) if cost >= 0.5])

    def _again(self, repeated: int) -> float:
        return self.weights.again * (repeated & self._telling).bit_count() if repeated else 0.0

    def _far(self, bits: int, last: int) -> float:
        if not bits or not last or bits & last:
            return 0.0
        low, high = bits & -bits, bits.bit_length() - 1
        first, end = low.bit_length() - 1, last.bit_length() - 1
        gap = first - end if first > end else ((last & -last).bit_length() - 1) - high
        return self.weights.gap * max(0, gap - 1)


def _low(bits: int) -> int:
    return bits & -bits


_BEYOND = {"above": ">", "over": ">", "exceeds": ">", "exceed": ">", "exceeding": ">", "below": "<", "under": "<"}
COMPARING = frozenset({"than", *_BEYOND})
_TIMED = {"before": "<", "after": ">", "earlier": "<", "later": ">"}
_TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "="}
