"""The cheapest programs for a question, by best-first search over what the grammar allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from clew.decoding.programs.reading.asked_kind import SOME, may_answer
from clew.decoding.programs.reading.costs.costs import TokenCosts
from clew.decoding.programs.reading.partial import Partial, Reading, parts_after, way_back, ways_after
from clew.decoding.programs.reading.question import union
from clew.decoding.programs.reading.stacks import Stacks
from clew.decoding.programs.reading.tagged import LiteralKind
from clew.kg import limits
from clew.kg.time_limit import OutOfTime
from clew.tries.programs.grammar import Grammar, ProgramState
from clew.tries.programs.machine import Operand
from clew.tries.programs.tokens import COLUMNS, COMPARISONS, EXTREMES, TOTALS, Op, Token

APART = 3.0
"""Programs that cost so much more than the cheapest are of no weight."""
PLAIN, SOONER = 0.6, 4
"""Up to this cost a question is said so plainly that a part of the steps will do."""
FAR, AGAIN = 1.8, 2
"""From this cost on a program stands for a question so poorly that more steps are taken."""


_PUSHES = {Op.ENT: 1, Op.CLS: 1, Op.AND: -1, Op.OR: -1, Op.NOT: -1, Op.ASK: -1, Op.ASK_CMP: -1}
_PUSHES |= dict.fromkeys((Op.CMP, Op.DEGREE_CMP, Op.AT, Op.ARG, Op.DEGREE), -1)
"""By how many operands a token makes the stack grow at least."""
_FILTERS = {Op.TYPE: -1, Op.CMP: -2, Op.DEGREE_CMP: -2, Op.AND: -2}
"""Tokens that should leave less of a set, and where on the stack that lies before them."""
_REPEATED = (Op.HOP, Op.TYPE)


@dataclass(frozen=True, slots=True)
class Found:
    """A whole program with its cost; ``read``: the words that it reads; ``claims``: those that each token reads;
    ``step``: the step of the search that found it; ``spent``: what each token
    cost; ``shape``: the words that say what the elements of the result are."""

    cost: float
    tokens: tuple[Token, ...]
    top: Operand
    read: int
    claims: tuple[int, ...]
    step: int = 0
    spent: tuple[float, ...] = ()
    shape: int = 0


@dataclass(frozen=True, slots=True)
class Searched:
    """The programs found, cheapest first. ``bound``: no other program is cheaper (infinite: there is no other).
    ``late``: time ran out."""

    found: tuple[Found, ...]
    bound: float
    steps: int
    late: bool = False


class ProgramSearch:
    """Finds the cheapest programs of one question."""

    def __init__(self, grammar: Grammar, costs: TokenCosts, read: int = 0) -> None:
        """``read``: words that are read already."""
        self._grammar, self._costs, self._read = grammar, costs, read
        self._kinds = [(i, one.bits) for i, one in enumerate(costs.anchors) if one.classifies]
        self._known_to_be_said: dict[tuple[int, int], bool] = {}
        self._types = [
            (i, one.bits)
            for i, one in enumerate(costs.anchors)
            if one.anchor.op is Op.CLS and one.bits and one.cost < 0.3
        ]

    def run(self, most: int, steps: int = limits.MAX_PROGRAM_STEPS, longer: int = 1) -> Searched:
        """Return the cheapest programs, up to ``most``; fewer where the steps or the time run out before.

        ``longer``: up to so many times the steps are taken where no program found so far reads the whole question.
        """
        order, found, known = count(), dict[tuple[Token, ...], Found](), dict[Reading, float]()
        queue = Stacks()
        start = Partial(0.0, (), ProgramState(), self._read, 0, (), ())
        taken, left, best, whole_read, late = 0, float("inf"), float("inf"), False, False
        for i, one in enumerate(self._costs.anchors):
            if one.anchor.op in (Op.ENT, Op.CLS):
                cost = one.cost + self._costs.weights.token
                self._push(queue, next(order), cost, start, Token(one.anchor.op, i), one.bits, best)
        try:
            while queue and taken < (steps * longer if not whole_read else _enough(steps, longer, best)):
                _, _, cost, parent, token, bits, least = queue.pop()
                if least > best + APART:
                    left = min(left, least)
                    continue
                taken += 1
                partial = self._after(parent, token, bits, cost)
                if known.get(partial.reading, float("inf")) <= partial.cost:
                    continue
                known[partial.reading] = partial.cost
                for extra, following, more in self._next(partial):
                    if following.op is Op.STOP:
                        whole = _whole(partial, partial.cost + extra, taken)
                        found[whole.tokens] = min(found.get(whole.tokens, whole), whole, key=lambda one: one.cost)
                        best = min(best, whole.cost)
                        whole_read = whole_read or not self._costs.remainder.left(whole.read)
                    else:
                        dropped = self._push(queue, next(order), partial.cost + extra, partial, following, more, best)
                        left = min(left, dropped)
        except OutOfTime:
            left, late = min(left, least), True  # what was begun
        every = sorted(found.values(), key=lambda one: one.cost)
        kept = [one for one in every[:most] if one.cost <= best + APART]
        bound = min([left, *(one.cost for one in every[len(kept) :]), *(entry[-1] for entry in queue.entries())])
        return Searched(tuple(kept), bound, taken, late)

    def _push(
        self, queue: Stacks, number: int, cost: float, parent: Partial, token: Token, bits: int, best: float
    ) -> float:
        """Queue a step by what a program which takes it is expected to cost; unless no such program is near the
        ``best``: then return the least that one costs, else infinity."""
        ahead = expected = 0.0
        left = (0, 0)
        if token.op is not Op.STOP:
            operands = len(parent.shapes) + _PUSHES.get(token.op, 0)
            read = parent.read | self._costs.asked.with_repeats(bits)
            ahead, expected = self._costs.remainder.ahead(read, operands)
            if cost + ahead > best + APART:
                return cost + ahead
            left = (self._costs.remainder.left(read), operands)
        queue.push(left, (cost + expected, number, cost, parent, token, bits, cost + ahead))
        return float("inf")

    def _after(self, parent: Partial, token: Token, bits: int, cost: float) -> Partial:
        state = self._grammar.after(parent.state, token)
        read = parent.read | self._costs.asked.with_repeats(bits)
        shapes, ways = self._shapes(parent, token, bits), parent.ways
        if (
            token.op is Op.HOP
            and not bits
            and (way := way_back(self._grammar.algebra, parent))
            and way.back == token.argument
        ):
            shapes, ways = (*shapes[:-1], way.shape), (*ways[:-1], ways[-1][:-1])
        else:
            ways = ways_after(parent, token, self._grammar.vocabulary.num_relations)
        top = state.stack[-1]
        if top.is_set and token.op not in (Op.ENT, Op.AND, Op.OR, Op.NOT):
            free = self._of_class(top, read)
            read |= free
            shapes = (*shapes[:-1], shapes[-1] | free)
        if top.is_set and not len(top.nodes):
            cost += self._costs.weights.empty
        elif token.op in _FILTERS and len(top.nodes) == len(parent.state.stack[_FILTERS[token.op]].nodes):
            cost += self._costs.weights.no_op
        parts = parts_after(parent.parts, token, bits, len(state.stack))
        claims, spent = (*parent.claims, bits), (*parent.spent, cost - parent.cost)
        tokens, last = (*parent.tokens, token), bits or parent.last
        return Partial(cost, tokens, state, read, last, shapes, parts, claims, spent, ways)

    def _of_class(self, top: Operand, read: int) -> int:
        """Return the unread words for classes that all elements have."""
        found, algebra = 0, self._grammar.algebra
        for i, bits in self._types:
            if not bits & read and len(top.nodes):
                node = self._grammar.vocabulary.anchors[i].node
                if len(algebra.typed(top.nodes, node)) == len(top.nodes):
                    found |= bits
        for i, bits in self._kinds if len(top.nodes) else ():
            if not bits & read and self._are(top, self._grammar.vocabulary.anchors[i].node):
                found |= bits
        return found

    def _are(self, top: Operand, kind: int) -> bool:
        """Return whether all elements are what an entity classifies."""
        algebra, size = self._grammar.algebra, self._grammar.vocabulary.num_relations
        some = algebra.entity(kind)
        return any(
            len(algebra.both(top.nodes, algebra.hop(some, relation + size))) == len(top.nodes)
            for relation in self._costs.names.classifying
        )

    def _shapes(self, parent: Partial, token: Token, bits: int) -> tuple[int, ...]:
        shapes = parent.shapes
        match token.op:
            case Op.ENT | Op.CLS:
                return (*shapes, bits)
            case Op.LIT:
                return (*shapes, 0)
            case Op.HOP | Op.CLOSE:
                if not bits:
                    if is_its_value(parent.tokens[-1], token):
                        return (*shapes[:-1], shapes[-1] | parent.last)  # "the least depth of a canal"
                    called = self._costs.classifies(parent.tokens[-1], token)
                    return (*shapes[:-1], shapes[-1] if called else 0)
                return (*shapes[:-1], bits if self._costs.relations.names_result(token.argument, bits) else 0)
            case Op.CMP | Op.DEGREE_CMP | Op.AT:
                return shapes[:-1]
            case Op.ARG | Op.DEGREE:
                some = shapes[:-1] if parent.state.stack[-1].is_literal else shapes
                return (*some[:-1], some[-1] | (bits & ~self._costs.value_asked))
            case Op.AND | Op.OR:
                return (*shapes[:-2], shapes[-2] | shapes[-1])
            case Op.NOT:
                return shapes[:-1]
            case Op.GROUP:
                return shapes
            case op if op in (Op.TYPE, *COLUMNS, *TOTALS):
                return (*shapes[:-1], shapes[-1] | bits)
        return (union(shapes),)

    def _next(self, partial: Partial) -> Iterator[tuple[float, Token, int]]:
        vocabulary, last, two = self._grammar.vocabulary, partial.tokens[-1], len(partial.shapes) > 1
        top = partial.state.stack[-1]
        literal = int(top.value) if top.is_literal else -1  # type: ignore[arg-type]
        if top.is_literal and len(partial.tokens) > 1:
            last = partial.tokens[-2]  # what is compared with the literal
        if self._is_ordinal(partial):
            yield from self._last_of(partial)
            return
        back, way = self._back(last), way_back(self._grammar.algebra, partial)
        # A question that is read whole says no further step, but for the place that "where" may ask for.
        done = not two and not self._costs.remainder.left(partial.read) and "where" not in self._costs.asked.texts
        for part in self._grammar.parts(partial.state):
            for number in part:
                if not self._may(number, literal) and number not in back:
                    continue
                token = vocabulary[number]
                if token.op is Op.STOP:
                    yield self._end(partial), token, 0
                    continue
                if token.op is Op.TYPE and not self._typed(partial, token):
                    continue
                if two and token.op in _REPEATED and token in partial.tokens:
                    yield self._costs.weights.token, token, 0  # "directed by X and Y"
                if way is not None and token.op is Op.HOP and token.argument == way.back:
                    yield self._costs.weights.token + self._costs.weights.gone_back, token, 0
                    continue
                branch = self._costs.weights.branch * (token.op in (Op.ENT, Op.CLS))
                if token.op is Op.OR and self._unlike(*partial.state.stack[-2:]):
                    continue
                for cost, bits in self._costs.of(token, partial.read, partial.last, last, literal):
                    if done and token.op is Op.HOP and not bits and not is_its_value(partial.tokens[-1], token):
                        continue
                    apart = self._counted(partial, bits) if token.op is Op.COUNT and bits else 0.0
                    apart += self._odd(partial, token, bits)
                    yield cost + branch + apart + self._disorder(partial, token, bits), token, bits

    def _is_ordinal(self, partial: Partial) -> bool:
        """Return whether a program ends with the three longest where the question asks for the third longest."""
        op, stated = partial.tokens[-1].op, partial.tokens[-2:-1]
        if op not in (Op.ARG, Op.DEGREE) or not stated or stated[0].op is not Op.LIT:
            return False
        return self._costs.anchors[stated[0].argument].kind is LiteralKind.ORDINAL

    def _last_of(self, partial: Partial) -> Iterator[tuple[float, Token, int]]:
        """Yield the token that takes the last of the best."""
        last, vocabulary = partial.tokens[-1], self._grammar.vocabulary
        wanted = Token(last.op, last.argument, EXTREMES[1 - EXTREMES.index(last.how)])
        number = vocabulary.number(wanted)
        if any(number in part for part in self._grammar.parts(partial.state)):
            yield self._costs.weights.token, wanted, 0

    def _may(self, number: int, literal: int) -> bool:
        """Return whether the question may say a token, whatever stands before it; ``literal``: the anchor on top."""
        key = number, literal
        if key not in self._known_to_be_said:
            self._known_to_be_said[key] = self._costs.may_say(self._grammar.vocabulary[number], literal)
        return self._known_to_be_said[key]

    def _back(self, last: Token) -> frozenset[int]:
        """Return the numbers of the tokens that count what a hop came from: nothing has to say those again."""
        vocabulary = self._grammar.vocabulary
        if last.op is not Op.HOP:
            return frozenset()
        size = vocabulary.num_relations
        directed = last.argument + size if last.argument < size else last.argument - size
        hows = [*((Op.DEGREE, how) for how in EXTREMES), *((Op.DEGREE_CMP, how) for how in COMPARISONS)]
        hows.append((Op.DEGREE_PROJ, ""))
        return frozenset(vocabulary.start(op, how) + directed for op, how in hows)

    def _odd(self, partial: Partial, token: Token, bits: int) -> float:
        """Return what it costs to count what the set itself is called, "rivers through five COUNTRIES", to look for
        an entity among values, or for one where it is asked whether there are any; or to give several numbers where
        "how many" asks for one."""
        weights, top = self._costs.weights, partial.state.stack[-1]
        if token.op in (Op.DEGREE, Op.DEGREE_CMP, Op.DEGREE_PROJ):
            own = partial.shapes[-2 if top.is_literal else -1]
            return weights.own * bool(own & bits)
        if token.op is Op.HOP and bits and len(top.nodes) > 1 and self._costs.counts_values(token.argument, bits):
            return weights.several_numbers
        if token.op is Op.ASK and len(partial.shapes) > 1:
            nodes = top.nodes.nodes
            literal = len(nodes) > 0 and self._grammar.algebra.graph.is_literal(int(nodes[0]))
            return weights.values_asked * literal + weights.any_asked * self._costs.asks_any
        if token.op is Op.OR and self._mixes(*partial.state.stack[-2:]):
            return weights.mixed
        if token.op in (Op.ASK, Op.GROUP) and partial.tokens[-1].op in (Op.ARG, Op.DEGREE) and not top.several:
            return weights.values_asked  # "is A or B the older" asks which; a single one is no groups
        return 0.0

    def _unlike(self, one: Operand, other: Operand) -> bool:
        """Return whether only one of two sets is of literals: nobody asks for both."""
        graph = self._grammar.algebra.graph
        literal = [any(map(graph.is_literal, some.nodes.nodes[:SOME].tolist())) for some in (one, other)]
        return literal[0] != literal[1]

    def _mixes(self, one: Operand, other: Operand) -> bool:
        """Return whether no class is common to two sets, of which both have classes: composers and a city."""
        graph = self._grammar.algebra.graph
        classes = [
            {cls for node in some.nodes.nodes[:SOME].tolist() for cls in graph.types(node).tolist()}
            for some in (one, other)
        ]
        return all(classes) and not classes[0] & classes[1]

    def _counted(self, partial: Partial, bits: int) -> float:
        """Return what it costs to count what "how many" does not speak of, the best of a set, or numbers and
        times that are themselves asked for."""
        last, shape = partial.tokens[-1], partial.shapes[-1]
        costs = self._costs.near.after(bits, shape) if shape else 0.0
        if last.op in (Op.ARG, Op.DEGREE) and not partial.state.stack[-1].several:
            costs += self._costs.weights.number
        relations = self._costs.relations
        numbers = last.op is Op.HOP and (relations.is_number(last.argument) or relations.is_time(last.argument))
        return costs + self._costs.weights.numbers_counted * numbers

    def _typed(self, partial: Partial, token: Token) -> bool:
        """Return whether a class leaves some of a set, and not all of it: then it is read without a filter."""
        nodes = partial.state.stack[-1].nodes
        left = self._grammar.algebra.typed(nodes, self._grammar.vocabulary.anchors[token.argument].node)
        return 0 < len(left) < len(nodes)

    def _disorder(self, partial: Partial, token: Token, bits: int) -> float:
        """Return what it costs that "not" does not stand between what is taken away and what that is taken from."""
        if token.op is not Op.NOT or not bits:
            return 0.0
        kept, taken = partial.parts[-2:]
        wrong = (kept and kept & -kept > bits) or (taken and taken.bit_length() < bits.bit_length())
        return self._costs.weights.order * bool(wrong)

    def _end(self, partial: Partial) -> float:
        """Return what it costs to end a program here: for what it leaves unread, and for what does not fit."""
        costs, weights = self._costs, self._costs.weights
        total = weights.unread * costs.asked.unread(partial.read)
        total += weights.uncued_operator * sum(
            1 for cue in self._costs.cues if cue.strong and not cue.is_read(partial.read)
        )
        total += costs.comparing.halves(_used(partial.tokens))
        focus = costs.focus
        if focus and not partial.shapes[0] & focus:
            total += weights.focus
        top = partial.state.stack[0]
        if top.is_set and not partial.shapes[0] and self._are_links(top):
            total += weights.ends_at_link
        if not may_answer(self._grammar.algebra.graph, costs.kind, top):
            total += weights.unfit
        return total

    def _are_links(self, top: Operand) -> bool:
        """Return whether elements only link others."""
        graph, links = self._grammar.algebra.graph, self._costs.names.links.classes
        return bool(links) and any(links & set(graph.types(node).tolist()) for node in top.nodes.nodes[:1].tolist())


def _enough(steps: int, longer: int, best: float) -> int:
    """Return how many steps are taken where a program reads the whole question; ``best``: what the cheapest costs."""
    if best <= PLAIN:
        return steps // SOONER
    return steps * (min(AGAIN, longer) if best >= FAR else 1)


def _used(tokens: Sequence[Token]) -> int:
    """Return the anchors of literals that tokens take, as bits."""
    found = 0
    for token in tokens:
        found |= 1 << token.argument if token.op is Op.LIT else 0
    return found


def _whole(one: Partial, cost: float, step: int) -> Found:
    """Return a program that ends here."""
    return Found(cost, one.tokens, one.state.stack[0], one.read, one.claims, step, one.spent, one.shapes[0])


def is_its_value(last: Token, hop: Token) -> bool:
    """Return whether a hop leads to the values by which the last token chose."""
    return last.op in (Op.ARG, Op.CMP) and last.argument == hop.argument
