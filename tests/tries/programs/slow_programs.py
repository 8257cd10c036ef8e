"""Programs by brute force: every token string, run in plain Python over sets of triples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import product
from operator import eq, ge, gt, le, lt
from typing import Any

from clew.kg.graph.graph import Graph
from clew.kg.graph.statements import edge_attributes
from clew.kg.terms.literal import Literal
from clew.kg.terms.typed.comparison import compare
from clew.kg.terms.typed.quantity import Quantity
from clew.kg.terms.typed.value import TypedValue
from clew.tries.programs.grammar import ProgramBounds
from clew.tries.programs.tokens import COMPARISONS, EXTREMES, RELATIONAL, Anchor, Op, Token
from tests.tries.programs.slow_values import kind_number, main_kind, order, value_of

NOTHING = Token(Op.STOP)
AFTER_LITERAL = (Op.CMP, Op.DEGREE_CMP, Op.AT, Op.ARG, Op.DEGREE)
UNRANKED = (Op.ENT, Op.ARG, Op.DEGREE)
JOINS = (Op.AND, Op.OR, Op.NOT, Op.ASK_CMP)
TOTALS = (Op.COUNT, Op.SUM, Op.AVG, Op.MIN, Op.MAX)
ENDS = (*TOTALS, Op.PROJ, Op.DEGREE_PROJ, Op.GROUP)
COMPARED = (Op.CMP, Op.SUM, Op.AVG)
"""What may stand behind a second operand so that its value is compared with."""
UNFILTERED = (Op.ENT, Op.AND, Op.NOT, Op.ARG, Op.DEGREE)
BINARY = (Op.AND, Op.OR, Op.NOT, Op.ASK, Op.ASK_CMP)


@dataclass(frozen=True)
class Item:
    """A set of nodes (``nodes``), a literal (``literal``: an anchor) or an end (``end``). ``filtered``: where what
    stands that it was last compared with."""

    nodes: frozenset[int] = frozenset()
    topics: frozenset[int] = frozenset()
    bare: bool = False
    first: int = 0
    last: Token = NOTHING
    core: Op = Op.STOP
    source: Item | None = None
    literal: int | None = None
    filtered: int = -1
    several: bool = False
    origin: tuple[Item, int] | None = None
    end: object = None

    @property
    def named(self) -> bool:
        return self.core is Op.ENT or (self.last.op is Op.OR and self.bare and self.nodes <= self.topics)


@dataclass(frozen=True)
class Run:
    stack: tuple[Item, ...] = ()
    used: frozenset[int] = frozenset()
    anchors: int = 0
    hops: int = 0
    tokens: tuple[Token, ...] = ()


@dataclass
class SlowPrograms:
    """The language over a graph and its anchors, within ``bounds`` (``within`` sets others). What was computed of a set
    is remembered."""

    graph: Graph
    anchors: list[Anchor]
    bounds: ProgramBounds
    ends: dict[tuple[int, int], frozenset[int]] = field(default_factory=dict)
    read: dict[int, TypedValue | None] = field(default_factory=dict)
    known: dict[tuple[object, ...], object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        graph = self.graph
        for head, r, tail in map(graph.edge_triple, range(graph.num_edges)):
            for node, directed, end in ((head, r, tail), (tail, r + graph.num_relations, head)):
                self.ends[node, directed] = self.ends.get((node, directed), frozenset()) | {end}
        self.relation_kind = [main_kind(graph, r) for r in range(graph.num_relations)]
        size = graph.num_relations
        every, directed = range(size), range(2 * size)
        numbered = list(enumerate(self.anchors))
        tokens = [Token(op) for op in (Op.AND, Op.OR, Op.NOT, Op.AT, Op.COUNT, Op.ASK)]
        tokens += [Token(anchor.op, i) for i, anchor in numbered]
        tokens += [Token(Op.TYPE, i) for i, anchor in numbered if anchor.op is Op.CLS]
        tokens += [Token(op, d) for op, d in product((Op.HOP, Op.CLOSE, Op.PROJ, Op.DEGREE_PROJ, Op.GROUP), directed)]
        tokens += [Token(op, a) for op, a in product((Op.SUM, Op.AVG, Op.MIN, Op.MAX), every)]
        tokens += [Token(Op.ARG, a, how) for a, how in product(every, EXTREMES)]
        tokens += [Token(Op.DEGREE, d, how) for d, how in product(directed, EXTREMES)]
        tokens += [Token(Op.DEGREE_CMP, d, how) for d, how in product(directed, COMPARISONS)]
        tokens += [Token(op, a, how) for op, a, how in product((Op.CMP, Op.ASK_CMP), every, COMPARISONS)]
        self.tokens = tokens
        self.does = {op: getattr(self, "_" + op.name.lower()) for op in Op if op is not Op.STOP}
        self.within(self.bounds)

    def within(self, bounds: ProgramBounds) -> None:
        self.bounds = bounds
        allowed = [token for token in self.tokens if token.op in bounds.operators]
        self.after_literal = [token for token in allowed if token.op in AFTER_LITERAL]
        self.after_table = [token for token in allowed if token.op in (Op.PROJ, Op.DEGREE_PROJ, *TOTALS)]
        self.after_total = [token for token in allowed if token.op in TOTALS]
        self.after_nothing = [token for token in allowed if token.op in (Op.COUNT, Op.ASK)]
        after_set = [token for token in allowed if token.op not in (Op.DEGREE_CMP, Op.AT)]
        self.after_number = [token for token in allowed if token.op is Op.CMP]
        self.joining = {*BINARY, *([Op.CMP] if bounds.operand_values else [])}
        more = COMPARED if bounds.operand_values and Op.CMP in bounds.operators else ()
        self.after_set = {
            (one, hops, ranks): [
                token
                for token in after_set
                if token.op not in ((*JOINS, Op.CMP) if one else {*ENDS, Op.CMP} - {*more})
                and (hops or token.op not in (Op.HOP, Op.CLOSE))
                and (ranks or token.op not in (Op.ARG, Op.DEGREE))
            ]
            for one, hops, ranks in product((True, False), repeat=3)
        }

    # --- the language
    def language(self, root: int, limit: int) -> tuple[dict[tuple[Token, ...], object], int]:
        """Every whole program from an anchor, with its result, and of how many tokens they are at most: fewer than the
        bounds allow where more than ``limit`` prefixes can be run."""
        start = self.step(Run(), Token(self.anchors[root].op, root))
        runs, longest = [start] if start else [], self.bounds.tokens
        for run in runs:  # shorter ones first; those that are appended come in their turn
            if len(run.tokens) < longest:
                runs += [after for token in self.next(run) if (after := self.step(run, token)) is not None]
            if len(runs) > limit:
                longest = min(longest, len(runs[-1].tokens) - 1)
        runs = [run for run in runs if len(run.tokens) <= longest]
        return {run.tokens: self.result(run) for run in runs if self.whole(run)}, longest

    def next(self, run: Run) -> list[Token]:
        """The tokens that may stand behind a prefix, by what lies on top: no others need be tried."""
        top = run.stack[-1]
        if len(run.tokens) >= self.bounds.tokens:
            return []
        if top.literal is not None:
            return self.after_literal
        if isinstance(top.end, Fraction) and len(run.stack) > 1:
            return self.after_number
        if top.last.op in TOTALS:
            return self.after_total
        if top.end is not None:
            return self.after_table if isinstance(top.end, list) else []
        if not top.nodes:
            return self.after_nothing
        hops, ranks = run.hops < self.bounds.hops, top.last.op not in UNRANKED or top.several
        return self.after_set[len(run.stack) == 1, hops, ranks]

    @staticmethod
    def whole(run: Run) -> bool:
        if len(run.stack) != 1:
            return False
        top = run.stack[0]
        if top.end is None:
            return not top.named
        if isinstance(top.end, Fraction):
            return top.last.op not in (Op.MIN, Op.MAX)
        return not (isinstance(top.end, list) and top.end[0] is Op.GROUP)

    @staticmethod
    def result(run: Run) -> object:
        top = run.stack[0]
        return top.nodes if top.end is None else top.end

    # --- one step
    def step(self, run: Run, token: Token) -> Run | None:
        """The run after a token of ``next``, None where it leaves nothing, changes nothing or is no normal form."""
        barred = token.op in RELATIONAL and token.argument in self.bounds.forbidden
        new = None if barred else self.does[token.op](run, token)
        if new is None:
            return None
        stack, hops = new, run.hops + (token.op in (Op.HOP, Op.CLOSE))
        pushed = token.op in (Op.ENT, Op.CLS)
        uses = {token.argument} if pushed or token.op in (Op.TYPE, Op.LIT) else set()
        return Run(stack, run.used | uses, run.anchors + pushed, hops, (*run.tokens, token))

    @staticmethod
    def is_set(item: Item) -> bool:
        return item.end is None and item.literal is None

    def free(self, run: Run, anchor: int) -> bool:
        span = self.anchors[anchor].span
        return all(not (span[0] < s[1] and s[0] < span[1]) for s in (self.anchors[i].span for i in run.used))

    def _ent(self, run: Run, token: Token) -> tuple[Item, ...] | None:
        anchor = self.anchors[token.argument]
        nodes = {anchor.node} if token.op is Op.ENT else self.members(anchor.node)
        if not self.free(run, token.argument) or run.anchors >= self.bounds.anchors or not nodes:
            return None
        if run.stack and (len(run.stack) >= self.bounds.depth or not self.bounds.operators & self.joining):
            return None
        topics = frozenset(nodes if token.op is Op.ENT else ())
        item = Item(frozenset(nodes), topics, True, anchor.span[0], token, token.op)
        return (*run.stack, item)

    _cls = _ent

    def _lit(self, run: Run, token: Token) -> tuple[Item, ...] | None:
        if not run.stack or not self.free(run, token.argument):
            return None
        first = self.anchors[token.argument].span[0]
        return None if run.stack[-1].filtered > first else (*run.stack, Item(literal=token.argument, first=first))

    def members(self, cls: int) -> frozenset[int]:
        kind = self.graph.type_relation
        return frozenset() if kind is None else self.targets(cls, kind + self.graph.num_relations)

    def targets(self, node: int, directed: int) -> frozenset[int]:
        return self.ends.get((node, directed), frozenset())

    def once(self, key: tuple[object, ...], make: Callable[..., Any], *args: object) -> Any:
        if key not in self.known:
            self.known[key] = make(*args)
        return self.known[key]

    def reached(self, some: Item, directed: int) -> set[int]:
        key = ("reached", some.nodes, some.topics, some.bare, directed)
        return self.once(key, self.reached_from, some, directed)

    def starts(self, some: Item) -> set[int]:
        return set(some.nodes if some.bare else {n for n in some.nodes if n < self.graph.num_entities} - some.topics)

    def reached_from(self, some: Item, directed: int) -> set[int]:
        ends = set().union(*(self.targets(node, directed) for node in self.starts(some)))
        return ends if some.bare else ends - some.topics

    def _hop(self, run: Run, token: Token) -> tuple[Item, ...] | None:
        if token.argument in self.bounds.forbidden or run.hops >= self.bounds.hops:
            return None
        some = run.stack[-1]
        ends = self.reached(some, token.argument)
        origin = None if some.bare and some.topics else (some, token.argument)
        return self.put(run, some, ends, token, bare=False, core=Op.HOP, source=some, origin=origin) if ends else None

    def _close(self, run: Run, token: Token) -> tuple[Item, ...] | None:
        some = run.stack[-1]
        if token.argument not in self.bounds.transitive or run.hops >= self.bounds.hops or some.last.op is Op.CLOSE:
            return None
        if some.last == Token(Op.HOP, token.argument) or not self.reached(some, token.argument):
            return None
        size = self.graph.num_entities
        ends, edge = set[int](), self.starts(some)
        while edge:
            edge = set().union(*(self.targets(node, token.argument) for node in edge)) - ends
            ends |= edge
            edge = {node for node in edge if node < size}
        ends -= some.topics
        return self.put(run, some, ends, token, bare=False, core=Op.CLOSE, source=some)

    def put(
        self, run: Run, some: Item, nodes: set[int], token: Token, drop: int = 1, **more: object
    ) -> tuple[Item, ...]:
        more = {"core": token.op, "source": None, "filtered": -1, "several": False, "origin": None, **more}
        return (*run.stack[:-drop], replace(some, nodes=frozenset(nodes), last=token, **more))

    def kept(self, before: frozenset[int], after: set[int]) -> bool:
        """Whether a filter may leave this."""
        return (self.bounds.empty if not after else True) and (
            self.bounds.no_op or len(after) < len(before) or not after
        )

    def filtered(
        self, run: Run, some: Item, nodes: set[int], token: Token, drop: int, at: int = -1
    ) -> tuple[Item, ...] | None:
        if not self.kept(some.nodes, nodes):
            return None
        keep = at if at >= 0 else some.filtered
        origin = None if token.op is Op.AT else some.origin
        return self.put(run, some, nodes, token, drop, core=some.core, filtered=keep, origin=origin)

    def _type(self, run: Run, token: Token) -> tuple[Item, ...] | None:
        some = run.stack[-1]
        if not self.free(run, token.argument) or some.last.op in (
            Op.ENT, Op.AND, Op.NOT, Op.ARG, Op.DEGREE, Op.CMP, Op.DEGREE_CMP, Op.AT,
        ):  # fmt: skip
            return None
        before = some.last.argument if some.last.op in (Op.CLS, Op.TYPE) else None
        if before is not None and self.anchors[before].span > self.anchors[token.argument].span:
            return None
        left = some.nodes & self.members(self.anchors[token.argument].node)
        return self.filtered(run, some, left, token, 1)

    def literal_of(self, item: Item) -> Literal:
        assert item.literal is not None
        found = self.anchors[item.literal].literal
        assert found is not None
        return found

    def attribute_values(self, node: int, attribute: int) -> list[int]:
        """The literals that are values of the main kind of an attribute."""
        return self.once(("values", node, attribute), self.values_of, node, attribute)

    def values_of(self, node: int, attribute: int) -> list[int]:
        wanted = self.relation_kind[attribute]
        ends = [t for t in self.targets(node, attribute) if t >= self.graph.num_entities]
        return [t for t in ends if wanted >= 0 and kind_number(self.value(t)) == wanted]

    def value(self, node: int) -> TypedValue:
        """The value of a literal node."""
        if node not in self.read:
            self.read[node] = value_of(self.graph.literal(node))
        return self.read[node]

    def _cmp(self, run: Run, token: Token) -> tuple[Item, ...] | None:
        if len(run.stack) < 2:
            return None
        some, other = run.stack[-2:]
        if not self.is_set(some) or some.last.op in UNFILTERED or some.filtered > other.first:
            return None
        wanted = self.operand_value(other) if other.literal is None else value_of(self.literal_of(other))
        if wanted is None or (other.literal is None and not self.bounds.operand_values):
            return None
        kind = self.relation_kind[token.argument]
        fits = {
            node
            for node in some.nodes
            for value in self.attribute_values(node, token.argument)
            if compare(self.value(value), token.how, wanted)
        }
        has_any = any(self.attribute_values(node, token.argument) for node in some.nodes)
        if not fits and (not has_any or kind != kind_number(wanted)):
            return None
        return self.filtered(run, some, fits, token, 2, other.first)

    def operand_value(self, item: Item) -> TypedValue | None:
        """A sum or an average, or the one value of its relation that a hop leads to."""
        if isinstance(item.end, Fraction):
            return Quantity(item.end) if item.last.op in (Op.SUM, Op.AVG) else None
        if item.end is not None or item.last.op is not Op.HOP or len(item.nodes) != 1:
            return None
        (node,), relation = item.nodes, item.last.argument
        if relation >= self.graph.num_relations or node < self.graph.num_entities:
            return None
        value = self.value(node)
        return value if kind_number(value) == self.relation_kind[relation] else None

    def _degree_cmp(self, run: Run, token: Token) -> tuple[Item, ...] | None:
        if len(run.stack) < 2 or run.stack[-1].literal is None:
            return None
        some, lexical = run.stack[-2], self.literal_of(run.stack[-1]).lexical
        if some.last.op in UNFILTERED or not lexical.isdigit():
            return None
        if not self.bounds.absent and not any(self.targets(node, token.argument) for node in some.nodes):
            return None
        counts = self.counts(some, token.argument)
        holds = {"<": lt, "<=": le, "=": eq, ">=": ge, ">": gt}[token.how]
        fits = {node for node, count in counts.items() if holds(count, int(lexical))}
        return self.filtered(run, some, fits, token, 2, run.stack[-1].first)

    def _at(self, run: Run, token: Token) -> tuple[Item, ...] | None:
        if len(run.stack) < 2 or run.stack[-1].literal is None or run.stack[-2].last.op is not Op.HOP:
            return None
        some, lexical = run.stack[-2], self.literal_of(run.stack[-1]).lexical
        if not lexical[:4].isdigit() or len(lexical) < 4 or lexical[4:] not in ("", "-05-01"):
            return None
        year, source, directed = int(lexical[:4]), some.source, some.last.argument
        size = self.graph.num_relations
        dated, ends = False, set()
        starts = (
            source.nodes if source.bare else {n for n in source.nodes if n < self.graph.num_entities} - source.topics
        )
        for start in starts:
            for end in self.targets(start, directed):
                head, r, tail = (start, directed, end) if directed < size else (end, directed - size, start)
                years = self.once(("years", head, r, tail), self.years, head, r, tail)
                if years:
                    dated = True
                    if int(years["since"].lexical) <= year <= int(years["until"].lexical):
                        ends.add(end)
        left = some.nodes & ends
        return self.filtered(run, some, left, token, 2, run.stack[-1].first) if left or dated else None

    def years(self, head: int, r: int, tail: int) -> dict[str, Literal]:
        return dict(edge_attributes(self.graph, self.graph.edge(head, r, tail)))

    def best(self, some: Item, scores: dict[int, object], how: str, size: int) -> set[int] | None:
        ranked = sorted(scores.items(), key=lambda pair: pair[1], reverse=how == "max")
        if len(ranked) <= size:
            return None
        last = ranked[size - 1][1]
        kept = {node for node, score in ranked if (score <= last if how == "min" else score >= last)}
        return kept if len(kept) < len(ranked) else None

    def ranked(self, run: Run, token: Token, scores: dict[int, object]) -> tuple[Item, ...] | None:
        literal = run.stack[-1].literal is not None
        some, size = (run.stack[-2], self.size(run.stack[-1])) if literal else (run.stack[-1], 1)
        last = some.several and not literal and (some.last.op, some.last.argument) == (token.op, token.argument)
        last = last and some.last.how != token.how
        if (some.last.op in UNRANKED and not last) or (literal and size < 2):
            return None
        kept = self.best(some, scores, token.how, size)
        if kept is None:
            return None
        origin = some.origin if literal else None
        return self.put(run, some, kept, token, 2 if literal else 1, several=literal, origin=origin)

    def size(self, item: Item) -> int:
        lexical = self.literal_of(item).lexical
        return int(lexical) if lexical.isdigit() else 0

    def ranked_set(self, run: Run) -> Item:
        return run.stack[-2] if run.stack[-1].literal is not None else run.stack[-1]

    def _arg(self, run: Run, token: Token) -> tuple[Item, ...] | None:
        nodes = self.ranked_set(run).nodes
        scores = self.once(("scores", nodes, token), self.scores, nodes, token)
        return self.ranked(run, token, scores)

    def scores(self, nodes: frozenset[int], token: Token) -> dict[int, object]:
        scores = {}
        for node in nodes:
            values = self.attribute_values(node, token.argument)
            firsts = [order(self.value(value)) for value in values]
            if firsts:
                scores[node] = min(firsts) if token.how == "min" else max(firsts)
        return scores

    def counts(self, some: Item, directed: int) -> dict[int, int]:
        """How many neighbours each node has; by the way back of the last hop, how many of those that it came from."""
        among = None
        if some.origin is not None and abs(some.origin[1] - directed) == self.graph.num_relations:
            among = self.starts(some.origin[0])
        return {node: sum(among is None or end in among for end in self.targets(node, directed)) for node in some.nodes}

    def _degree(self, run: Run, token: Token) -> tuple[Item, ...] | None:
        counts = self.counts(self.ranked_set(run), token.argument)
        return self.ranked(run, token, {node: count for node, count in counts.items() if count})

    # --- two operands
    def two(self, run: Run) -> tuple[Item, Item] | None:
        return (run.stack[-2], run.stack[-1]) if len(run.stack) > 1 and self.is_set(run.stack[-2]) else None

    def joined(self, run: Run, nodes: set[int], token: Token) -> tuple[Item, ...]:
        one, other = run.stack[-2:]
        first, bare = min(one.first, other.first), one.bare and other.bare
        return self.put(run, one, nodes, token, 2, topics=one.topics | other.topics, first=first, bare=bare)

    def _and(self, run: Run, token: Token) -> tuple[Item, ...] | None:
        if not (pair := self.two(run)):
            return None
        one, other = pair
        if one.first > other.first or {one.core, other.core} & {Op.ENT, Op.CLS} or other.named:
            return None
        if other.last.op in (Op.TYPE, Op.CMP, Op.DEGREE_CMP, Op.AND):
            return None
        nodes = one.nodes & other.nodes
        if not nodes and not (self.bounds.empty and len(run.stack) == 2):
            return None
        if nodes and not self.bounds.no_op and len(nodes) >= min(len(one.nodes), len(other.nodes)):
            return None
        return self.joined(run, nodes, token)

    def _or(self, run: Run, token: Token) -> tuple[Item, ...] | None:
        if not (pair := self.two(run)):
            return None
        one, other = pair
        if one.first > other.first or other.last.op is Op.OR or one.nodes <= other.nodes or other.nodes <= one.nodes:
            return None
        return self.joined(run, one.nodes | other.nodes, token)

    def _not(self, run: Run, token: Token) -> tuple[Item, ...] | None:
        if not (pair := self.two(run)) or pair[0].named or not pair[0].nodes & pair[1].nodes:
            return None
        nodes = pair[0].nodes - pair[1].nodes
        if not nodes and not (self.bounds.empty and len(run.stack) == 2):
            return None
        return self.put(run, pair[0], nodes, token, 2, first=min(pair[0].first, pair[1].first))

    # --- ends
    def ended(self, end: object, token: Token) -> tuple[Item, ...]:
        return (Item(end=end, last=token, core=token.op),)

    def _ask(self, run: Run, token: Token) -> tuple[Item, ...] | None:
        if len(run.stack) == 1 and self.is_set(run.stack[0]):
            top = run.stack[0]
            return None if top.named else self.ended(bool(top.nodes), token)
        if len(run.stack) != 2 or not run.stack[0].named or run.stack[1].named or not run.stack[1].nodes:
            return None
        return self.ended(run.stack[0].nodes <= run.stack[1].nodes, token)

    def _ask_cmp(self, run: Run, token: Token) -> tuple[Item, ...] | None:
        if len(run.stack) != 2 or run.stack[0].first > run.stack[1].first:
            return None
        values = []
        for item in run.stack:
            if len(item.nodes) != 1:
                return None
            found = self.attribute_values(*item.nodes, token.argument)
            if len(found) != 1:
                return None
            values.append(self.value(found[0]))
        return self.ended(compare(values[0], token.how, values[1]), token)

    def one(self, run: Run) -> Item | None:
        return run.stack[0] if len(run.stack) == 1 and self.is_set(run.stack[0]) else None

    def _count(self, run: Run, token: Token) -> tuple[Item, ...] | None:
        if run.stack and (more := self.one_more(run.stack[0], token)) is not None:
            return more or None
        top = self.one(run)
        return None if top is None or top.named else self.totalled(Fraction(len(top.nodes)), token, top)

    def totalled(self, end: object, token: Token, some: Item) -> tuple[Item, ...]:
        return (Item(end=end, last=token, core=token.op, source=some),)

    def one_more(self, item: Item, token: Token) -> tuple[Item, ...] | None:
        """A total of a group, or beside others; nothing if there is no value or it is known. None: this is neither."""
        if isinstance(item.end, list) and item.end[0] is Op.GROUP:
            end, nodes = (item.end, token), item.end[1]
        elif isinstance(item.end, tuple):
            end, nodes = (*item.end, token), item.source.nodes
        elif isinstance(item.end, Fraction):
            end, nodes = (None, item.last, token), item.source.nodes
        else:
            return None
        if token in end[1:-1] or (token.op is not Op.COUNT and not self.amounts(nodes, token.argument)):
            return ()
        return self.totalled(end, token, item if item.source is None else item.source)

    def amounts(self, nodes: frozenset[int], attribute: int) -> list[Fraction]:
        values = [value for node in nodes for value in self.attribute_values(node, attribute)]
        amounts = [self.value(value) for value in values]
        return [Fraction(amount.amount) for amount in amounts if isinstance(amount, Quantity)]

    def _sum(self, run: Run, token: Token) -> tuple[Item, ...] | None:
        if (more := self.one_more(run.stack[0], token)) is not None:
            return more or None
        below, top = run.stack[:-1], run.stack[-1]
        if not self.is_set(top) or top.last.op is Op.ENT or (below and not self.bounds.operand_values):
            return None
        amounts = self.amounts(top.nodes, token.argument)
        if not amounts or (below and token.op in (Op.MIN, Op.MAX)):
            return None
        total = sum(amounts, Fraction())
        value = {Op.SUM: total, Op.AVG: total / len(amounts), Op.MIN: min(amounts), Op.MAX: max(amounts)}[token.op]
        return (*below, Item(end=value, first=top.first, last=token, core=token.op, source=top))

    _avg = _min = _max = _sum

    def _proj(self, run: Run, token: Token) -> tuple[Item, ...] | None:
        column = (token.op, token.argument)
        if run.stack and isinstance(run.stack[0].end, list):
            op, item, columns = run.stack[0].end[0], run.stack[0].source, run.stack[0].end[2:]
            if op is Op.GROUP or column in columns or not self.reached(item, token.argument):
                return None
            return (replace(run.stack[0], end=[*run.stack[0].end, column]),)
        top = self.one(run)
        counts_of_named = top is not None and top.named and token.op is Op.DEGREE_PROJ
        if top is None or counts_of_named or not self.reached(top, token.argument):
            return None
        return (Item(end=[Op.PROJ, top.nodes, column], source=top, last=token, core=token.op),)

    _degree_proj = _proj

    def _group(self, run: Run, token: Token) -> tuple[Item, ...] | None:
        top = self.one(run)
        if top is None or top.named or token.argument in self.bounds.forbidden or not self.reached(top, token.argument):
            return None
        return (Item(end=[Op.GROUP, top.nodes, token.argument], source=top, last=token, core=token.op),)
