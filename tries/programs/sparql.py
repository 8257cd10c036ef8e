"""A program as a SPARQL 1.1 query over the graph's exported RDF (``kg.graph.export``), so that any engine repeats it.

Values compare as they do in Clew: where a comparison of SPARQL's own says the same (columns of whole numbers and
decimals, of years, of dates without a time zone), it is used; else the query carries the values of the column with
their places on the scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clew.kg.errors import BadInput
from clew.kg.graph.graph import Graph
from clew.kg.limits import MAX_SPARQL_VALUES
from clew.kg.terms.vocabulary import RDF_TYPE
from clew.tries.constraint import Int32
from clew.tries.filters.validity import Period, Validity
from clew.tries.programs.hop_edges import HopEdges
from clew.tries.programs.scales import Scale
from clew.tries.programs.sparql_terms import SparqlTerms
from clew.tries.programs.tokens import COLUMNS, SUMMED, TOTALS, Anchor, Op, Token
from clew.tries.programs.values import AttributeValues

Places = tuple[int, int]
_ENDS = (*TOTALS, Op.ASK, Op.ASK_CMP, *COLUMNS, Op.GROUP)


@dataclass(frozen=True)
class Subprogram:
    """A program's part that makes a set: its token, its operands, and what hops from it leave out (see ``NodeSet``)."""

    token: Token
    operands: tuple[Subprogram, ...] = ()
    topics: tuple[int, ...] = ()
    bare: bool = False
    literal: int = -1


def sparql_of(graph: Graph, values: AttributeValues | None, anchors: Sequence[Anchor], program: Sequence[Token]) -> str:
    """Return the query of a whole program (``STOP`` left out). ``values``: not needed where it compares none.

    It selects ``?x`` (a set), ``?n`` (a number), ``?x ?c1 ..`` (a table; ``?c1n`` is a number of neighbours), ``?n1 ?n2
    ..`` (several totals; of groups, after ``?g``; where there is one: ``?n``), or asks.

    Raises:
        BadInput: SPARQL has no words for it: a node without a name as an anchor or at an edge of ``AT``, more than
            ``MAX_SPARQL_VALUES`` stretches of such edges, a column of more values that SPARQL compares otherwise.
    """
    return _Query(graph, values, tuple(anchors)).of(program)


def path_sparql(graph: Graph, topic: int, relations: Sequence[int]) -> str:
    """Return the query for what a relation path reaches from a topic. Raises ``BadInput`` as ``sparql_of``."""
    program = (Token(Op.ENT, 0), *(Token(Op.HOP, relation) for relation in relations))
    return sparql_of(graph, None, (Anchor(Op.ENT, (0, 0), topic),), program)


_KEEPING, _BEST = (Op.TYPE, Op.CMP, Op.DEGREE_CMP), (Op.ARG, Op.DEGREE)
"""What filters the ends of a hop so that they remain these: the so many best of them, too."""


class _Query(SparqlTerms):
    def of(self, program: Sequence[Token]) -> str:
        stack: list[Subprogram] = []
        for at, token in enumerate(program):
            compared = len(stack) > 1 and token.op in SUMMED
            if token.op in _ENDS and not compared:
                return self._end(stack, program[at:])
            self._push(stack, token)
        (some,) = stack
        return f"SELECT DISTINCT ?x WHERE {{ {self.part(some, '?x')} }}"

    # --- from tokens to parts
    def _push(self, stack: list[Subprogram], token: Token) -> None:
        match token.op:
            case Op.ENT:
                stack.append(Subprogram(token, (), (self.anchors[token.argument].node,), True))
            case Op.CLS | Op.LIT:
                stack.append(Subprogram(token, (), (), True))
            case Op.AND | Op.OR | Op.NOT:
                other, one = stack.pop(), stack.pop()
                topics = one.topics if token.op is Op.NOT else tuple(sorted({*one.topics, *other.topics}))
                bare = one.bare if token.op is Op.NOT else one.bare and other.bare
                stack.append(Subprogram(token, (one, other), topics, bare))
            case _:
                literal = stack.pop().token.argument if stack[-1].token.op is Op.LIT else -1
                operands: tuple[Subprogram, ...] = (stack.pop(),)
                if token.op is Op.CMP and literal < 0:
                    operands = (stack.pop(), *operands)
                bare = operands[0].bare and token.op not in (Op.HOP, Op.CLOSE)
                stack.append(Subprogram(token, operands, operands[0].topics, bare, literal))

    # --- parts
    def part(self, part: Subprogram, x: str) -> str:
        """Return the pattern that binds ``x`` to each node of a part."""
        match part.token.op:
            case Op.ENT:
                return f"VALUES {x} {{ {self._named(part.token)} }}"
            case Op.CLS:
                return f"{x} <{RDF_TYPE}> {self._named(part.token)} ."
            case Op.TYPE:
                return f"{self.part(part.operands[0], x)} {x} <{RDF_TYPE}> {self._named(part.token)} ."
            case Op.AND:
                return " ".join(f"{{ SELECT DISTINCT {x} WHERE {{ {self.part(some, x)} }} }}" for some in part.operands)
            case Op.OR:
                return " UNION ".join(f"{{ {self.part(some, x)} }}" for some in part.operands)
            case Op.NOT:
                kept, gone = (self.part(some, x) for some in part.operands)
                return f"{{ SELECT DISTINCT {x} WHERE {{ {kept} }} }} MINUS {{ {gone} }}"
            case Op.HOP | Op.CLOSE:
                return self._hop(part, x)
            case Op.AT:
                return self._during(part, x)
            case Op.CMP:
                return self._compared(part, x)
            case Op.DEGREE_CMP:
                return self._counted(part, x)
            case Op.ARG | Op.DEGREE:
                return self._best(part, x)
        raise BadInput(f"{part.token.op} has no words in SPARQL")

    def _hop(self, part: Subprogram, x: str) -> str:
        return f"{{ SELECT DISTINCT {x} WHERE {{ {self._step(part, self._new(), x)} }} }}"

    def _step(self, part: Subprogram, y: str, x: str) -> str:
        """The pattern of a hop from ``y`` to ``x``."""
        (some,) = part.operands
        closes = part.token.op is Op.CLOSE
        barred = f"NOT IN ({', '.join(map(self._term, some.topics))})" if some.topics else ""
        tests = [] if some.bare else [f"!isLiteral({y})", *([f"{y} {barred}"] if barred else [])]
        tests += [f"{x} {barred}"] if barred and (closes or not some.bare) else []
        condition = f" FILTER({' && '.join(tests)})" if tests else ""
        path = self._path(part.token.argument) + "+" * closes
        return f"{self.part(some, y)} {y} {path} {x} .{condition}"

    def _during(self, part: Subprogram, x: str) -> str:
        """The ends of a hop's edges that hold at a time. When edges hold is not in the exported triples, or not in
        words of SPARQL 1.1: the query carries their stretches, each with its place among all moments."""
        (hop,) = part.operands
        y, first, last = (self._new() for _ in range(3))
        stretches, asked = self._stretches(hop, Validity(self._lexical(part.literal)).asked())
        rows = " ".join(f"({self._term(a)} {self._term(b)} {begin} {end})" for a, b, (begin, end) in stretches)
        held = f"VALUES ({y} {x} {first} {last}) {{ {rows} }} FILTER({first} < {asked[1]} && {asked[0]} < {last})"
        held = held if stretches else "FILTER(1 < 0)"  # rdflib reads no empty table, nor false
        return f"{{ SELECT DISTINCT {x} WHERE {{ {self._step(hop, y, x)} {held} }} }}"

    def _stretches(self, hop: Subprogram, asked: Period) -> tuple[list[tuple[int, int, Places]], Places]:
        """When the edges of a hop hold: the start and the end of each, and the places of its stretches; and that of the
        time asked for."""
        (some,) = hop.operands
        starts = self.possible(some)
        found = list(HopEdges.of(self.graph, starts, hop.token.argument).stretches())
        if len(found) > MAX_SPARQL_VALUES:
            relation = self.graph.relation_label(hop.token.argument)
            raise BadInput(f"{relation} holds in {len(found)} stretches of time, too many for a query to carry along")
        moments = {moment for _, _, stretch in found for moment in stretch} | set(asked)
        place = {moment: place for place, moment in enumerate(sorted(moments))}
        rows = [(int(starts[at]), end, (place[first], place[last])) for at, end, (first, last) in found]
        return rows, (place[asked[0]], place[asked[1]])

    def possible(self, part: Subprogram) -> Int32:
        """Return nodes, ascending, that those of a part are among; what filters it is not looked at."""
        op, argument = part.token.op, part.token.argument
        match op:
            case Op.ENT:
                return np.array([self.anchors[argument].node], np.int32)
            case Op.CLS:
                kind = self.graph.type_relation
                assert kind is not None
                return self.graph.neighbours(self.anchors[argument].node, kind + self.graph.num_relations)
            case Op.OR:
                one, other = map(self.possible, part.operands)
                return np.union1d(one, other)
            case Op.HOP:
                return self.graph.expand(self.possible(part.operands[0]), argument)
            case Op.CLOSE:
                return self._reached(self.possible(part.operands[0]), argument)
        return self.possible(part.operands[0])

    def _reached(self, edge: Int32, directed: int) -> Int32:
        reached = edge[:0]
        while len(edge):
            edge = np.setdiff1d(self.graph.expand(edge, directed), reached, True)
            reached = np.union1d(reached, edge)
        return reached

    def _compared(self, part: Subprogram, x: str) -> str:
        if len(part.operands) > 1:
            return self._compared_with_operand(part, x)
        (some,) = part.operands
        literal = self.anchors[part.literal].literal
        scale = self._scale(part.token)
        place = None if literal is None else scale.place(literal)
        if place is None:
            raise BadInput(f"{literal} is no value of that attribute")
        _, at, values = self._values(scale, part.token.argument, x)
        return f"{self.part(some, x)} {values} {scale.condition(part.token.how, at, place)}"

    def _compared_with_operand(self, part: Subprogram, x: str) -> str:
        """The nodes of a set with a value that compares so with the one that a hop reaches, or with a total."""
        some, other = part.operands
        total = other.token.op is not Op.HOP
        mine, theirs = self._scales((part.token.argument, other.token.argument), whole=total)
        _, at, values = self._values(mine, part.token.argument, x)
        if total:
            sum_, size, bound = self._total(other, theirs)
            amount = f"{at.amount} * {size}" if other.token.op is Op.AVG else at.amount  # an average would be rounded
            condition = f"FILTER({amount} {part.token.how} {sum_})"
        else:
            y, places = self._new(), self._marks()
            bound = f"{{ SELECT {places.all} WHERE {{ {self.part(other, y)} {theirs.bind(y, places)} }} }}"
            condition = mine.condition(part.token.how, at, (places.first, places.last))
        return f"{self.part(some, x)} {values} {bound} {condition}"

    def _total(self, part: Subprogram, scale: Scale) -> tuple[str, str, str]:
        """Return the variables of the sum and of the number of the values of a set, and the pattern that binds them."""
        x, amount, sum_, size = (self._new() for _ in range(4))
        amounts = self._amounts(part.operands[0], part.token, scale, x, amount)
        totals = f"(SUM({amount}) AS {sum_}) (COUNT({amount}) AS {size})"
        return sum_, size, f"{{ SELECT {totals} WHERE {{ {amounts} }} }}"

    def _counted(self, part: Subprogram, x: str) -> str:
        """The nodes of a set whose number of neighbours, which may be 0, compares so."""
        (some,) = part.operands
        y, number = self._new(), self._new()
        condition = f"FILTER({number} {part.token.how} {int(self._lexical(part.literal))})"
        within = self._within(some, part.token.argument, y, x)
        if within:
            members = f"{{ SELECT DISTINCT {x} WHERE {{ {self.part(some, x)} }} }}"
            grouped = f"SELECT {x} (COUNT(DISTINCT {y}) AS {number}) WHERE {{ {members} {within} }} GROUP BY {x}"
            return f"{{ {grouped} }} {condition}"
        members = f"{{ SELECT DISTINCT {x} WHERE {{ {self.part(some, x)} }} }}"
        counts = f"{members} OPTIONAL {{ {x} {self._path(part.token.argument)} {y} }}"
        grouped = f"SELECT {x} (COUNT(DISTINCT {y}) AS {number}) WHERE {{ {counts} }} GROUP BY {x}"
        return f"{{ {grouped} }} {condition}"

    def _within(self, some: Subprogram, directed: int, y: str, x: str) -> str:
        """The pattern of the last hop to ``x``, from ``y``, where neighbours are counted by its way back
        (``Machine.within``); empty: they are not."""
        while some.token.op in _KEEPING or (some.token.op in _BEST and some.literal >= 0):
            some = some.operands[0]
        if some.token.op is not Op.HOP or abs(some.token.argument - directed) != self.graph.num_relations:
            return ""
        (source,) = some.operands
        if source.bare and source.topics:
            return ""
        return f"{{ SELECT DISTINCT {y} {x} WHERE {{ {self._step(some, y, x)} }} }}"

    def _best(self, part: Subprogram, x: str) -> str:
        """The nodes of a set whose best score reaches the least of the best so many."""
        (some,) = part.operands
        size = 1 if part.literal < 0 else int(self._lexical(part.literal))
        order, reaches, worst = ("DESC", ">=", "MIN") if part.token.how == "max" else ("ASC", "<=", "MAX")
        y, score, bar, mine = (self._new() for _ in range(4))
        top = f"{self._scores(part, some, y, score)} ORDER BY {order}({score}) LIMIT {size}"
        least = f"SELECT ({worst}({score}) AS {bar}) WHERE {{ {{ {top} }} }}"
        return f"{{ {least} }} {{ {self._scores(part, some, x, mine)} }} FILTER({mine} {reaches} {bar})"

    def _scores(self, part: Subprogram, some: Subprogram, x: str, score: str) -> str:
        """The query for the nodes of a set, each with its score: its best value, or how many neighbours it has."""
        if part.token.op is Op.DEGREE:
            y = self._new()
            pattern = self._within(some, part.token.argument, y, x) or f"{x} {self._path(part.token.argument)} {y} ."
            measure = f"COUNT(DISTINCT {y})"
        else:
            _, at, pattern = self._values(self._scale(part.token), part.token.argument, x)
            measure = f"{part.token.how.upper()}({at.rank})"
        inner = f"{{ SELECT DISTINCT {x} WHERE {{ {self.part(some, x)} }} }}"
        return f"SELECT {x} ({measure} AS {score}) WHERE {{ {inner} {pattern} }} GROUP BY {x}"

    # --- ends
    def _end(self, stack: list[Subprogram], tokens: Sequence[Token]) -> str:
        token, some = tokens[0], stack[-1]
        match token.op:
            case op if op in TOTALS:
                return self._totals(some, tokens)
            case Op.ASK:
                return self._asked(stack)
            case Op.ASK_CMP:
                scale = self._scale(token)
                (_, one, mine), (_, other, yours) = (self._values(scale, token.argument, x) for x in ("?x", "?y"))
                both = f"{self.part(stack[0], '?x')} {mine} {self.part(stack[1], '?y')} {yours}"
                return f"ASK {{ {both} {scale.condition(token.how, one, (other.first, other.last))} }}"
            case Op.GROUP:
                return self._grouped(some, token, tokens[1:])
        columns = [f"?c{i + 1}" for i in range(len(tokens))]
        named = list(zip(tokens, columns, strict=True))
        shown = [f"(COALESCE({c}, 0) AS {c}n)" if t.op is Op.DEGREE_PROJ else c for t, c in named]
        optional = " ".join(self._column(some, t, c) for t, c in named)
        members = f"{{ SELECT DISTINCT ?x WHERE {{ {self.part(some, '?x')} }} }}"
        shown = [
            f"(COALESCE({c}, 0) AS {c}n)" if t.op is Op.DEGREE_PROJ else c for t, c in zip(tokens, columns, strict=True)
        ]
        return f"SELECT DISTINCT ?x {' '.join(shown)} WHERE {{ {members} {optional} }}"

    def _column(self, some: Subprogram, token: Token, c: str) -> str:
        """The pattern that binds a variable to what a column has for ``?x``."""
        if token.op is Op.PROJ:
            return f"OPTIONAL {{ ?x {self._path(token.argument)} {c} }}"
        members = f"{{ SELECT DISTINCT ?x WHERE {{ {self.part(some, '?x')} }} }}"
        pattern = self._within(some, token.argument, "?y", "?x") or f"?x {self._path(token.argument)} ?y ."
        counts = f"SELECT ?x (COUNT(DISTINCT ?y) AS {c}) WHERE {{ {members} {pattern} }} GROUP BY ?x"
        return f"OPTIONAL {{ {{ {counts} }} }}"

    def _amounts(self, some: Subprogram, total: Token, scale: Scale, x: str, amount: str) -> str:
        """The pattern that binds a variable to the amount of each value of each node of a set, once each."""
        v, at, values = self._values(scale, total.argument, x)
        return f"{{ SELECT DISTINCT {x} {v} ({at.amount} AS {amount}) WHERE {{ {self.part(some, x)} {values} }} }}"

    def _asked(self, stack: list[Subprogram]) -> str:
        if len(stack) == 1:
            return f"ASK {{ {self.part(stack[0], '?x')} }}"
        named = f"{{ SELECT DISTINCT ?x WHERE {{ {self.part(stack[0], '?x')} }} }}"
        every = f"SELECT (COUNT(DISTINCT ?x) AS ?all) WHERE {{ {named} }}"
        held = f"SELECT (COUNT(DISTINCT ?x) AS ?n) WHERE {{ {named} {self.part(stack[1], '?x')} }}"
        return f"ASK {{ {{ {every} }} {{ {held} }} FILTER(?n = ?all) }}"

    def _totals(self, some: Subprogram, totals: Sequence[Token]) -> str:
        if len(totals) == 1:
            return self._one_total(some, totals[0], "?n")
        names = [f"?n{i + 1}" for i in range(len(totals))]
        queries = [self._one_total(some, total, n) for total, n in zip(totals, names, strict=True)]
        return f"SELECT {' '.join(names)} WHERE {{ {' '.join(f'{{ {query} }}' for query in queries)} }}"

    def _one_total(self, some: Subprogram, total: Token, n: str) -> str:
        if total.op is Op.COUNT:
            return f"SELECT (COUNT(DISTINCT ?x) AS {n}) WHERE {{ {self.part(some, '?x')} }}"
        amounts = self._amounts(some, total, self._scale(total), "?x", "?k")
        return f"SELECT ({total.op.value}(?k) AS {n}) WHERE {{ {amounts} }}"

    def _grouped(self, some: Subprogram, by: Token, totals: Sequence[Token]) -> str:
        if len(totals) == 1:
            return self._group(some, by, totals[0], "?n")
        names = [f"?n{i + 1}" for i in range(len(totals))]
        queries = [self._group(some, by, total, n) for total, n in zip(totals, names, strict=True)]
        groups = f"SELECT DISTINCT ?g WHERE {{ {self.part(some, '?x')} ?x {self._path(by.argument)} ?g . }}"
        columns = " ".join(f"OPTIONAL {{ {{ {query} }} }}" for query in queries)
        some_bound = " || ".join(f"BOUND({n})" for n in names)
        return f"SELECT ?g {' '.join(names)} WHERE {{ {{ {groups} }} {columns} FILTER({some_bound}) }}"

    def _group(self, some: Subprogram, by: Token, total: Token, n: str) -> str:
        members = f"{{ SELECT DISTINCT ?x WHERE {{ {self.part(some, '?x')} }} }} ?x {self._path(by.argument)} ?g ."
        if total.op is Op.COUNT:
            return f"SELECT ?g (COUNT(DISTINCT ?x) AS {n}) WHERE {{ {members} }} GROUP BY ?g"
        v, at, values = self._values(self._scale(total), total.argument, "?x")
        amounts = f"{{ SELECT DISTINCT ?g ?x {v} ({at.amount} AS ?k) WHERE {{ {members} {values} }} }}"
        return f"SELECT ?g ({total.op.value}(?k) AS {n}) WHERE {{ {amounts} }} GROUP BY ?g"
