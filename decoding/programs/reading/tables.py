"""Whether a table is asked for with the names of its rows."""

from __future__ import annotations

from collections.abc import Sequence

from clew.decoding.programs.reading.question import NAMING, AskedWords
from clew.tries.programs.tokens import Op, Token

_WHO = frozenset({"who", "which", "whom"})


def names_rows(asked: AskedWords, tokens: Sequence[Token], claims: Sequence[int]) -> bool:
    """Return whether a question asks for the rows of a table by name: "name and depth", "harbours with their
    depths"; not where it asks for columns of them only: "the depth and the owner of the oldest harbour".

    ``claims``: the words that each token reads, as bits.
    """
    columns = [bits for token, bits in zip(tokens, claims, strict=True) if token.op is Op.PROJ]
    if not columns or any(token.op is Op.DEGREE_PROJ for token in tokens):
        return True  # a number is of something
    read = 0
    for bits in claims:
        read |= bits
    if any(text in NAMING and not read >> i & 1 for i, text in enumerate(asked.texts)):
        return True
    first = min((bits & -bits for bits in columns if bits), default=0)
    before = list(range(first.bit_length() - 1))
    if any(asked.texts[i] in _WHO for i in before):
        return True
    rows = 0
    for token, bits in zip(tokens, claims, strict=True):
        rows |= bits if token.op is not Op.PROJ else 0
    return any(rows >> i & 1 and asked.costs[i] >= 0.5 for i in before)
