"""The notation of programs: operators in post-order, each followed by its arguments, names in quotes where needed.

    ENT "Stanley Kubrick" HOP "^directed by" LIT 1970 CMP "release date" > COUNT

A relation is named by its key or its label, ``^`` before it for the inverse; ``#`` before the relation of ``ARG`` or
``CMP`` ranks or compares by the number of neighbours. ``ASK`` alone asks whether there are any, ``ASK attribute
comparison`` compares two.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from clew.decoding.programs.unique_names import UniqueNames
from clew.kg.errors import BadInput
from clew.kg.terms.literal import Literal
from clew.tries.programs.tokens import COMPARISONS, EXTREMES, SUMMED, Anchor, Op, Token

_OPERATORS = {op.value: op for op in Op if op not in (Op.DEGREE, Op.DEGREE_CMP, Op.DEGREE_PROJ, Op.ASK_CMP)}
_ALONE = (Op.AND, Op.OR, Op.NOT, Op.AT, Op.COUNT, Op.STOP)
_RELATIONS = (Op.HOP, Op.CLOSE, Op.PROJ, Op.GROUP)


@dataclass(frozen=True)
class Program:
    """A program: the anchors that its tokens name, and its tokens (``STOP`` left out)."""

    anchors: tuple[Anchor, ...]
    tokens: tuple[Token, ...]


@dataclass
class _Reader:
    names: UniqueNames
    words: list[str]
    at: int = 0
    anchors: list[Anchor] = field(default_factory=list)

    def tokens(self) -> Iterator[Token]:
        while self.at < len(self.words):
            word = self._next()
            if word not in _OPERATORS:
                raise BadInput(f"{word!r} is no operator; operators: {', '.join(_OPERATORS)}")
            op = _OPERATORS[word]
            if op is not Op.STOP:
                yield self._token(op)

    def _token(self, op: Op) -> Token:
        if op in _ALONE or (op is Op.ASK and self._asks_for_any()):
            return Token(op)
        name = self._argument(op)
        match op:
            case Op.ENT | Op.CLS | Op.TYPE:
                node = self.names.entity(name) if op is Op.ENT else self.names.cls(name)
                return Token(op, self._anchor(Anchor(Op.ENT if op is Op.ENT else Op.CLS, (0, 0), node)))
            case Op.LIT:
                return Token(op, self._anchor(Anchor(op, (0, 0), literal=Literal(name))))
            case Op.PROJ if self.names.counts_edges(name):
                return Token(Op.DEGREE_PROJ, self.names.directed(name[1:]))
            case Op.ARG if self.names.counts_edges(name):
                return Token(Op.DEGREE, self.names.directed(name[1:]), self._how(EXTREMES))
            case Op.ARG:
                return Token(op, self.names.relation(name), self._how(EXTREMES))
            case Op.CMP if self.names.counts_edges(name):
                return Token(Op.DEGREE_CMP, self.names.directed(name[1:]), self._how(COMPARISONS))
            case Op.CMP | Op.ASK:
                how = Op.CMP if op is Op.CMP else Op.ASK_CMP
                return Token(how, self.names.relation(name), self._how(COMPARISONS))
        return Token(op, self.names.directed(name) if op in _RELATIONS else self.names.relation(name))

    def _asks_for_any(self) -> bool:
        """Whether ``ASK`` stands alone: no attribute and comparison follow."""
        name, how = (*self.words[self.at : self.at + 2], "", "")[:2]
        return (not name or name in _OPERATORS) and how not in COMPARISONS

    def _anchor(self, anchor: Anchor) -> int:
        self.anchors.append(replace(anchor, span=(self.at, self.at + 1)))
        return len(self.anchors) - 1

    def _how(self, choices: Sequence[str]) -> str:
        word = self._argument(Op.CMP)
        if word not in choices:
            raise BadInput(f"{word!r} is none of {', '.join(choices)}")
        return word

    def _argument(self, op: Op) -> str:
        if self.at == len(self.words):
            raise BadInput(f"the program ends where an argument of {op.value} is expected")
        return self._next()

    def _next(self) -> str:
        self.at += 1
        return self.words[self.at - 1]


def read_program(names: UniqueNames, text: str) -> Program:
    """Return the program that a text writes out.

    Raises:
        BadInput: an unknown operator, a missing argument, a name that several things share.
        UnknownNode, UnknownRelation: a name that the graph does not have.
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise BadInput(f"the program cannot be read: {error}") from None
    reader = _Reader(names, words)
    tokens = tuple(reader.tokens())
    if not tokens:
        raise BadInput("the program is empty")
    return Program(tuple(reader.anchors), tokens)


def written(names: UniqueNames, anchors: Sequence[Anchor], tokens: Sequence[Token]) -> str:
    """Return a program in this notation; ``read_program`` reads it back."""
    return " ".join(word for token in tokens for word in _words(names, anchors, token))


def _words(names: UniqueNames, anchors: Sequence[Anchor], token: Token) -> list[str]:
    match token.op:
        case Op.ENT | Op.CLS | Op.TYPE:
            node = anchors[token.argument].node
            return [token.op.value, _quoted(names.of_entity(node) if token.op is Op.ENT else names.of_class(node))]
        case Op.LIT:
            literal = anchors[token.argument].literal
            assert literal is not None
            return [token.op.value, _quoted(literal.lexical)]
        case Op.DEGREE_PROJ:
            return [Op.PROJ.value, _quoted("#" + names.of_directed(token.argument))]
        case Op.DEGREE | Op.DEGREE_CMP:
            op = Op.ARG if token.op is Op.DEGREE else Op.CMP
            return [op.value, _quoted("#" + names.of_directed(token.argument)), token.how]
        case Op.ARG | Op.CMP | Op.ASK_CMP:
            op = Op.ASK if token.op is Op.ASK_CMP else token.op
            return [op.value, _quoted(names.of_relation(token.argument)), token.how]
        case op if op in SUMMED:
            return [token.op.value, _quoted(names.of_relation(token.argument))]
        case Op.HOP | Op.CLOSE | Op.PROJ | Op.GROUP:
            return [token.op.value, _quoted(names.of_directed(token.argument))]
    return [token.op.value]


def _quoted(name: str) -> str:
    """A name as one word that is no operator."""
    plain = name.replace("\\", "\\\\").replace('"', '\\"')
    odd = any(char.isspace() or char in "\"'\\<>" for char in name)
    simple = name and name not in _OPERATORS and not odd
    return name if simple else f'"{plain}"'
