"""Which operators training never shows in which domains, so that a model can be measured on combinations that are new
to it though both parts are known."""

from __future__ import annotations

from collections.abc import Iterable
from zlib import crc32

from clew.tries.programs.tokens import Op, Token

EVERYWHERE = frozenset((Op.ENT, Op.CLS, Op.LIT, Op.HOP, Op.STOP))
"""Operators that hardly any program does without: they are held out nowhere."""
SHARE = 12
"""One in so many cells of operator and domain is held out."""


def is_cell(op: Op, domain: str) -> bool:
    """Return whether an operator is held out in a domain: by a fixed hash of both names."""
    return op not in EVERYWHERE and crc32(f"{op.value}/{domain}".encode()) % SHARE == 0


def is_held_out(tokens: Iterable[Token], domains: Iterable[str]) -> bool:
    """Return whether a program over a graph of these domains has an operator that is held out in one of them."""
    known = tuple(domains)
    return any(is_cell(token.op, domain) for token in tokens for domain in known)
