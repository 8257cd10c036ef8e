"""Certificates of programs: each operator with what it leaves, so that a checker can do it again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

Row = tuple[tuple[str, ...], ...]
"""The cells of a row, each some keys, or a number: of a member its columns; of a group its totals, behind its key (an
empty cell: it has no values); of a set that is not grouped its totals, behind an empty cell."""


@dataclass(frozen=True, slots=True)
class ValuesRead:
    """How the values of an attribute are read: those of one ``kind`` (``kg.terms.typed``), with units that convert to
    ``unit`` (empty: none), and whether plain texts are among them. All others are left out, and counted."""

    kind: str
    unit: str = ""
    texts: bool = False


@dataclass(frozen=True, slots=True)
class ProgramStep:
    """One operator.

    op: its name (``tries.programs.tokens``). operands: the numbers of the steps that it works on. key: of the entity or
    the class that it names, or of the literal that it compares with. relation, inverse: what it walks or reads. how: a
    comparison, ``max`` or ``min``. size: of a superlative, how many are asked for. reads: how values are read; of a hop
    only where ``CMP`` compares with the one value that it reaches. count, digest: what it leaves (``digest_of`` the
    keys). left_out: members without a value that compares; of ``AT``, those to which no edge leads that says when it
    holds. within: of a number of neighbours, whether those alone count from which the last hop came here. number: of a
    sum or an average that ``CMP`` compares with, its exact value, as in ``ProgramProof``.
    """

    op: str
    operands: tuple[int, ...] = ()
    key: str = ""
    relation: str = ""
    inverse: bool = False
    how: str = ""
    size: int = 1
    reads: ValuesRead | None = None
    count: int = 0
    digest: str = ""
    left_out: int = 0
    within: bool = False
    number: str = ""


@dataclass(frozen=True, slots=True)
class ProgramProof:
    """Why a value follows from version ``version`` of a graph.

    steps: the program, in post-order. keys: of a set, its members, ascending. number: of a number, its exact value as
    Python's ``Fraction`` writes it. truth: of a truth value. rows: of a table.
    """

    version: str
    steps: tuple[ProgramStep, ...]
    keys: tuple[str, ...] = ()
    number: str = ""
    truth: bool | None = None
    rows: tuple[Row, ...] = ()


def digest_of(keys: Iterable[str]) -> str:
    """Return the BLAKE2b-128 digest, hex, of keys in their order, each behind its length."""
    digest = blake2b(digest_size=16)
    for key in keys:
        data = key.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "little") + data)
    return digest.hexdigest()
