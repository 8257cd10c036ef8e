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
from clew.decoding.programs.reading.anchors import COMMON_COST, Named
from clew.decoding.programs.reading.asked_kind import InterrogativeKind, asked_kind
from clew.decoding.programs.reading.costs.comparing import ComparingCosts
from clew.decoding.programs.reading.costs.nearness import Nearness
from clew.decoding.programs.reading.costs.relations import Said, SaidRelations
from clew.decoding.programs.reading.costs.remainder import Remainder
from clew.decoding.programs.reading.costs.weights import CostWeights
from clew.decoding.programs.reading.cues import Cue
from clew.decoding.programs.reading.names import ProgramNames
from clew.decoding.programs.reading.question import AskedWords, names_more, union
from clew.decoding.programs.reading.tagged import LiteralKind
from clew.decoding.reading.lexicon import ARTICLES, PARTICIPLES, PAST, PREPOSITIONS
from clew.retrieval.wordnet.wordnet import PartOfSpeech, wordnet
from clew.tries.programs.tokens import COLUMNS, SUMMED, TOTALS, Op, Token
from clew.tries.programs.values import AttributeValues


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

    @cached_property
    def near(self) -> Nearness:
        """How near words stand."""
        return Nearness(self.asked, self.weights)

    @cached_property
    def relations(self) -> SaidRelations:
        """What of the question says a relation."""
        return SaidRelations(self.asked, self.names, self.aligner, self.values, self.weights)

    @cached_property
    def comparing(self) -> ComparingCosts:
        """The costs of comparisons and extremes."""
        return ComparingCosts(self.asked, self.anchors, self.cues, self.relations, self.near, self.weights)

    @cached_property
    def remainder(self) -> Remainder:
        """The least that it costs to read the rest."""
        comparing = self.comparing.words
        return Remainder(self.asked, self.anchors, self.cues, self.relations, self.near, self.weights, comparing)

    @cached_property
    def operators(self) -> frozenset[Op]:
        """The operators that the question may ask for."""
        found = {Op.ENT, Op.CLS, Op.HOP, Op.TYPE, Op.AND, Op.STOP, Op.PROJ}
        found |= {cue.op for cue in self.cues}
        if any(one.anchor.op is Op.LIT for one in self.anchors):
            found |= {Op.LIT, Op.CMP, Op.DEGREE_CMP}
        if any(one.kind is LiteralKind.TIME for one in self.anchors):
            found.add(Op.AT)
        if self.comparing.compares:
            found.add(Op.CMP)
        if Op.COUNT in found:
            found.add(Op.DEGREE_PROJ)
        if Op.ASK in found:
            found.add(Op.ASK_CMP)
        if Op.GROUP in found:
            found.add(Op.COUNT)
        return frozenset(found)

    @cached_property
    def _names_more(self) -> bool:
        return names_more(self.asked)

    @cached_property
    def kind(self) -> InterrogativeKind | None:
        """What the interrogative asks for."""
        return asked_kind(self.asked)

    @cached_property
    def asks_any(self) -> bool:
        """Whether it is asked if there are any: "is there", "are there"."""
        texts = [text for i, text in enumerate(self.asked.texts) if self.comparing.asking >> i & 1]
        return "there" in texts or "any" in texts

    @cached_property
    def focus(self) -> int:
        """The words for what is asked, as bits: the first that means something, but for cues and numbers, with the rest
        of its name; of "Mozart operas" the operas. 0: none, as where a time, a place or a measure is asked for."""
        if self.kind is not None:
            return 0
        cued = union(cue.bits for cue in self.cues) | self.asked.stated
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

    @cached_property
    def value_asked(self) -> int:
        """The focus where it is a noun, as bits: the "least depth of a canal"; not "who was BORN first"."""
        head = self.asked.texts[self.focus.bit_length() - 1] if self.focus else ""
        verb = head in PAST or head in PARTICIPLES or head.endswith("ed")
        return self.focus if head and not verb and wordnet().has(head, PartOfSpeech.NOUN) else 0

    def counts_values(self, attribute: int, bits: int) -> bool:
        """Return whether words, as bits, ask how many, and an attribute states that: "how many masts does it have"."""
        asked = any(cue.bits & bits for cue in self.cues if cue.op in (Op.COUNT, Op.SUM))
        return asked and self.relations.is_number(attribute)

    def may_say(self, token: Token, literal: int) -> bool:
        """Return whether the question may say a token at all: ``of`` yields nothing for others, but for numbers of
        neighbours that a hop came from. ``literal``: the anchor of the literal on top (-1: none)."""
        match token.op:
            case Op.CLOSE | Op.PROJ | Op.GROUP | Op.DEGREE | Op.DEGREE_PROJ:
                return bool(self.relations.said(token.argument))
            case Op.DEGREE_CMP:
                return token.how in self.comparing.hows(literal) and bool(self.relations.said(token.argument))
            case Op.CMP if literal >= 0:
                return token.how in self.comparing.hows(literal)
        return True

    def of(self, token: Token, read: int, last: int, operand: Token, literal: int) -> Iterator[Said]:
        """Yield what a token costs, by the words that may say it. ``read``: the words read so far; ``last``: those read
        by the last token; ``operand``: the last token of the operand; ``literal``: the anchor of the literal on top
        (-1: none)."""
        back = self._is_back(token, operand)
        for cost, bits in self._of(token, read, last, operand, literal):
            if back:
                cost += self.weights.back_said if bits & self.near.telling & ~read else self.weights.back
            yield (
                self.weights.token + cost + self.near.again(bits & read & ~last) + self.near.far(bits, last),
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
                    yield from ((cost, bits | cue.bits) for cost, bits in self.relations.said(token.argument))
            case Op.PROJ | Op.GROUP:
                yield from self._column(token, read, last, operand)
            case Op.DEGREE_PROJ:
                yield from self._counted_column(token, read, last, operand)
            case Op.CMP if literal < 0:
                said = self.comparing.compared_with_value(token, operand)
                yield from ((cost, bits) for cost, bits in said if bits & ~read)
            case Op.CMP:
                yield from self.comparing.compared(token, literal)
            case Op.DEGREE_CMP:
                yield from self.comparing.counted(token, literal, operand)
            case Op.ARG | Op.DEGREE:
                for cue in self._cued(token.op, read):
                    yield from self.comparing.extreme(token, cue, operand)
            case op if op in SUMMED:
                yield from self._totalled(token, read, last, operand)
            case Op.AND:
                yield 0.0, next((cue.bits for cue in self._cued(token.op, read)), 0)
            case Op.COUNT if operand.op in (Op.GROUP, *TOTALS):
                yield from self._count_beside(read, last, operand)
            case Op.ASK_CMP:
                yield from self.comparing.ordered(token)
            case Op.AT:
                yield self.weights.unsaid_time, 0
            case Op.OR if any(cue.op is Op.OR and cue.bits & read for cue in self.cues):
                yield self.weights.joined_again, 0  # "A, B or C"
            case _:
                yield from ((0.0, cue.bits) for cue in self._cued(token.op, read))

    def _cued(self, op: Op, read: int) -> Iterator[Cue]:
        return (cue for cue in self.cues if cue.op is op and not cue.bits & read)

    def _count_beside(self, read: int, last: int, operand: Token) -> Iterator[Said]:
        counts = [cue.bits for cue in self._cued(Op.COUNT, read)]
        if operand.op is Op.GROUP:
            yield (0.0, counts[0]) if counts else (1.0, 0)
        else:
            yield from ((0.0, bits) for bits in counts if bits > _low(last))  # they stand in the question's order

    def _totalled(self, token: Token, read: int, last: int, operand: Token) -> Iterator[Said]:
        same = operand.argument == token.argument
        if operand.op is Op.ARG and same:
            return  # the average of the greatest is another question
        for cue in self._cued(token.op, read):
            if operand.op in TOTALS and cue.bits < _low(last):
                continue  # they stand in the question's order
            if operand.op in SUMMED and same:
                yield 0.0, cue.bits  # "the least and the greatest depth": the depth is said once
            for cost, bits in self.comparing.totalled(token.argument):
                apart = self.near.between(cue.bits, bits) if bits and self._several_totals else 0.0
                yield cost + apart, bits | cue.bits

    @cached_property
    def _several_totals(self) -> bool:
        return sum(cue.op in TOTALS for cue in self.cues) > 1

    def _hop(self, token: Token, operand: Token) -> Iterator[Said]:
        same = operand.op in (Op.ARG, Op.CMP) and operand.argument == token.argument
        if same:
            yield 0.0, 0  # "the maximum weight": the weight is said once
        if token.argument not in self._hops:
            self._hops[token.argument] = list(self._said_hop(token.argument))
        yield from self._hops[token.argument]
        yield self._unsaid(token, operand), 0

    def _said_hop(self, directed: int) -> Iterator[Said]:
        """Yield what of the question says a hop, wherever it stands."""
        yield from self.relations.said(directed)
        yield from (
            (cost, 0) for cost, _ in self.comparing.compared_by(directed, ("<", ">"))
        )  # "longer than the other"
        if self.relations.is_number(directed):
            for cue in self.cues:
                if cue.op in (Op.COUNT, Op.SUM):  # "how many masts does it have"
                    yield from (
                        (cost + self.near.after(cue.bits, bits), bits | cue.bits)
                        for cost, bits in self.relations.said(directed)
                    )

    @cached_property
    def _hops(self) -> dict[int, list[Said]]:
        return {}

    def _unsaid(self, token: Token, operand: Token) -> float:
        """Return what a hop costs that nothing says: little where it leads to what an entity classifies, "composers",
        or from the place of an adjective, "Italian"."""
        if operand.op is Op.ENT:
            if self.classifies(operand, token):
                return 0.0
            if self.anchors[operand.argument].adjective:
                return self.weights.unsaid_from_adjective
            if operand.argument in self._beside:
                return self.weights.unsaid_beside
        links = self.names.links
        if token.argument in links.leading:
            return self.weights.to_link
        if token.argument in links.leaving and operand.op is Op.HOP and operand.argument in links.leading:
            return self.weights.from_link
        size = self.names.graph.num_relations
        types = token.argument % size == self.names.graph.type_relation
        return self.weights.unsaid_hop + self.weights.unsaid_type * types

    def classifies(self, operand: Token, token: Token) -> bool:
        """Return whether a hop leads to what an entity classifies: from "composers" to those who are."""
        if operand.op is not Op.ENT or token.op is not Op.HOP or not self.anchors[operand.argument].classifies:
            return False
        return token.argument - self.names.graph.num_relations in self.names.classifying

    @cached_property
    def _beside(self) -> frozenset[int]:
        """The anchors of entities that stand beside a kind and no word says how they go with it: "Mozart operas",
        "operas by Mozart". What a class names, relations lead to by name."""
        kinds = union(one.bits for one in self.anchors if one.classifies)
        texts, found = self.asked.texts, set[int]()
        for i, one in enumerate(self.anchors):
            if one.anchor.op is not Op.ENT or one.classifies or one.cost >= COMMON_COST or one.bits & kinds:
                continue
            after, at = one.bits.bit_length(), (one.bits & -one.bits).bit_length() - 2
            if texts[after : after + 1] == ["s"]:
                after += 1
            if at >= 0 and texts[at] in ARTICLES:
                at -= 1
            by = at >= 1 and texts[at] in PREPOSITIONS and bool(kinds >> at - 1 & 1)
            if by or kinds >> after & 1:
                found.add(i)
        return frozenset(found)

    def _new(self, said: Iterator[Said], read: int) -> Iterator[Said]:
        """Yield what a hop costs, more where all its words are read already: what was said once is one step."""
        for cost, bits in said:
            known = bits and not bits & self.near.telling & ~read
            yield cost + self.weights.said_before * bool(known), bits

    def _is_back(self, token: Token, operand: Token) -> bool:
        """Return whether a hop goes back where the last one came from."""
        size = self.names.graph.num_relations
        return operand.op is Op.HOP and token.op is Op.HOP and abs(token.argument - operand.argument) == size

    def _column(self, token: Token, read: int, last: int, operand: Token) -> Iterator[Said]:
        cued = [cue for cue in self.cues if cue.op is token.op]
        again = token.op is Op.PROJ and operand.op in COLUMNS
        for cost, bits in self.relations.said(token.argument):
            if again and bits < _low(last):
                continue  # the columns stand in the question's order
            if token.op is Op.GROUP:
                yield from ((cost + self.near.after(cue.bits, bits), bits | cue.bits) for cue in cued)
            else:
                told = next((cue.bits for cue in cued if cue.strong and cue.bits.bit_length() <= bits.bit_length()), 0)
                known = not bits & self.near.telling & ~read and not self._names_more
                yield cost + (0.0 if cued else self.weights.uncued) + self.weights.said_before * known, bits | told

    def _counted_column(self, token: Token, read: int, last: int, operand: Token) -> Iterator[Said]:
        if self.relations.is_number(token.argument):
            return  # a value is given, not counted
        each = [cue.bits for cue in self.cues if cue.op is Op.GROUP and cue.strong]
        told = operand.op in (Op.DEGREE, Op.DEGREE_CMP) and operand.argument == token.argument
        for cue in self._cued(Op.COUNT, read):
            if told:
                yield 0.0, cue.bits  # "the most boats, and how many"
            if self.relations.goes_back(token.argument, operand):
                yield self.weights.counted_back, cue.bits
            for cost, bits in self.relations.said(token.argument):
                if operand.op in COLUMNS and bits < _low(last):
                    continue  # the columns stand in the question's order
                apart = self.near.after(cue.bits, bits)
                yield cost + apart, bits | cue.bits
                apart += self.weights.column_of_each  # "for each" asks for groups
                yield from ((cost + apart, bits | cue.bits | more) for more in each)


def _low(bits: int) -> int:
    return bits & -bits
