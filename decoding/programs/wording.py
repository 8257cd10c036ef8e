"""A program in words: "films directed by Ann Roe whose year is more than 1970"."""

from __future__ import annotations

from collections.abc import Sequence

from clew.decoding.reading.phrases import step_in_words
from clew.decoding.reading.relation_name import Form, name_of
from clew.kg.graph.graph import Graph
from clew.tries.programs.tokens import SUMMED, TOTALS, Anchor, Op, Token

_HOW = {"<": "less than", "<=": "at most", "=": "equal to", ">=": "at least", ">": "more than"}
_BEST = {"max": "greatest", "min": "least"}
_KEEPING = (Op.TYPE, Op.CMP, Op.DEGREE_CMP)
_TOTAL = {Op.SUM: "sum of the", Op.AVG: "average of the", Op.MIN: "least", Op.MAX: "greatest"}
_MOST = {"max": "most", "min": "fewest"}


def program_in_words(graph: Graph, anchors: Sequence[Anchor], tokens: Sequence[Token]) -> str:
    """Return what a program says, in words; of one that is begun, its operands."""
    wording, stack = _Wording(graph, anchors), list[str]()
    for token in tokens:
        stack = wording.after(stack, token)
    return "; ".join(stack)


def steps_in_words(graph: Graph, anchors: Sequence[Anchor], tokens: Sequence[Token]) -> list[str]:
    """Return, of each token of a program, what it leaves, in words."""
    wording, stack, found = _Wording(graph, anchors), list[str](), list[str]()
    for token in tokens:
        stack = wording.after(stack, token)
        found.append(stack[-1])
    return found


class _Wording:
    def __init__(self, graph: Graph, anchors: Sequence[Anchor]) -> None:
        self._graph, self._anchors = graph, anchors
        self._grouped, self._totalled = "", False
        self._hops = dict[str, int]()
        self._named = set[str]()

    def after(self, stack: list[str], token: Token) -> list[str]:
        """Return the phrases of the operands after a token."""
        found = self._after(stack, token)
        if token.op is Op.ENT or (token.op is Op.OR and not self._named.isdisjoint(stack[-2:])):
            self._named.add(found[-1])
        elif token.op is Op.HOP and stack[-1] not in self._named:
            self._hops[found[-1]] = token.argument
        elif token.op in _KEEPING:
            some = stack[-1] if token.op is Op.TYPE else stack[-2]
            if some in self._hops:
                self._hops[found[-1]] = self._hops[some]
        return found

    def _among(self, some: str, token: Token) -> str:
        """Say whether those alone are counted that the last hop came from (``Machine.within``)."""
        size = self._graph.num_relations
        return " among these" if abs(self._hops.get(some, token.argument) - token.argument) == size else ""

    def _after(self, stack: list[str], token: Token) -> list[str]:
        match token.op:
            case Op.ENT | Op.CLS | Op.LIT:
                return [*stack, self._anchor(token)]
            case Op.HOP:
                return [*stack[:-1], self._hop(stack[-1], token.argument)]
            case Op.CLOSE:
                name = name_of(self._graph, token.argument)
                forward = token.argument < self._graph.num_relations
                return [*stack[:-1], f"{step_in_words(name, forward, stack[-1])}, directly or not"]
            case Op.CMP:
                phrase = f"{stack[-2]} whose {self._relation(token)} is {_HOW[token.how]} {stack[-1]}"
                return [*stack[:-2], phrase]
            case Op.DEGREE_CMP:
                counted = f"{self._relation(token)}{self._among(stack[-2], token)}"
                return [*stack[:-2], f"{stack[-2]} with {_HOW[token.how]} {stack[-1]} of: {counted}"]
            case Op.AT:
                return [*stack[:-2], f"{stack[-2]} at the time {stack[-1]}"]
            case Op.ARG | Op.DEGREE:
                return self._best(stack, token)
            case Op.AND:
                return [*stack[:-2], f"both {stack[-2]} and {stack[-1]}"]
            case Op.OR:
                return [*stack[:-2], f"{stack[-2]} or {stack[-1]}"]
            case Op.NOT:
                return [*stack[:-2], f"{stack[-2]}, without {stack[-1]}"]
        return self._ended(stack, token)

    def _ended(self, stack: list[str], token: Token) -> list[str]:
        top = stack[-1]
        match token.op:
            case Op.TYPE:
                return [*stack[:-1], f"{top} that is a {self._anchor(token)}"]
            case op if op in TOTALS and self._totalled:
                return [f"{top}, and {self._total(token)}"]
            case Op.COUNT:
                self._totalled = True
                return [f"how many there are in each group: {top}" if self._grouped else f"how many: {top}"]
            case op if op in SUMMED:
                self._totalled = not stack[:-1]
                return [*stack[:-1], f"{self._total(token)} of {top}"]
            case Op.ASK if len(stack) == 2:
                return [f"whether {top} includes {stack[0]}"]
            case Op.ASK:
                return [f"whether there is any: {top}"]
            case Op.ASK_CMP:
                return [f"whether the {self._relation(token)} of {stack[0]} is {_HOW[token.how]} that of {top}"]
            case Op.PROJ | Op.DEGREE_PROJ:
                return [self._column(top, token)]
            case Op.GROUP:
                self._grouped = self._relation(token)
                return [f"{top}, by {self._grouped}"]
        raise ValueError(f"{token} is no step")

    def _column(self, some: str, token: Token) -> str:
        joint, column = "," if ", with the " in some else ", with the", self._relation(token)
        if token.op is Op.DEGREE_PROJ:
            column = f"number of: {column}{self._among(some, token)}"
        elif some in self._hops:
            self._hops[f"{some}{joint} {column}"] = self._hops[some]
        return f"{some}{joint} {column}"

    def _total(self, token: Token) -> str:
        return "how many" if token.op is Op.COUNT else f"the {_TOTAL[token.op]} {self._relation(token)}"

    def _anchor(self, token: Token) -> str:
        anchor = self._anchors[token.argument]
        if anchor.literal is not None:
            return anchor.literal.lexical
        label = self._graph.label(anchor.node)
        return f"every {label}" if token.op is Op.CLS else label

    def _hop(self, phrase: str, directed: int) -> str:
        return step_in_words(name_of(self._graph, directed), directed < self._graph.num_relations, phrase)

    def _best(self, stack: list[str], token: Token) -> list[str]:
        counted = len(stack) > 1 and stack[-1].isdigit()
        some = stack[-2] if counted else stack[-1]
        size = f"{stack[-1]} " if counted else ""
        what = (_BEST if token.op is Op.ARG else _MOST)[token.how]
        by = self._relation(token) + (self._among(some, token) if token.op is Op.DEGREE else "")
        return [*stack[: -2 if counted else -1], f"those of {some} with the {size}{what} {by}"]

    def _relation(self, token: Token) -> str:
        name = name_of(self._graph, token.argument)
        label = " ".join(name.words) or name.label
        back = token.argument >= self._graph.num_relations
        return f"{label} (of which it is one)" if back and name.form is Form.NOUN else label
