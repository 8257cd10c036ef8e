"""The relations that schemas are drawn from: their names, which are alike, and which are each other's inverse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clew.decoding.embedded.search.wording import readable
from clew.training.questions.names import domain_of, head_kind, path_name, tail_kind
from clew.training.questions.rows import QuestionRow

Float32 = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Float32]
"""Unit vectors of texts: ``MiniLM.encode``."""

NEAREST = 40
"""Names nearest to each by cosine that are kept: near-synonyms, and siblings of other domains."""
TURNED = 1.15
"""Sum of two cosines (each property's name and the other's type) from which two relations of one domain are taken for
one relation stated from either end."""


@dataclass(frozen=True, slots=True)
class PooledRelation:
    """A relation's name, how often it is asked for, and the kinds of its ends by its name."""

    name: str
    asked: int
    head: str
    tail: str
    domain: str


class RelationPool:
    """The relations of some rows. Relations are named by their places."""

    def __init__(self, rows: Iterable[QuestionRow], encode: Encode) -> None:
        counts = Counter(step.name for row in rows for step in row.path)
        self.relations = tuple(_pooled(name, count) for name, count in sorted(counts.items()))
        self.place = {one.name: at for at, one in enumerate(self.relations)}
        vectors = encode([readable(one.name) for one in self.relations])
        self.nearest = _nearest(vectors)
        self.inverse = _inverses(self.relations, encode)
        self.by_kind = _grouped((kind, at) for at, one in enumerate(self.relations) for kind in {one.head, one.tail})
        self.by_type = _grouped((one.domain, at) for at, one in enumerate(self.relations) if one.domain)
        self.by_domain = _grouped((one.domain.split("/")[0], at) for at, one in enumerate(self.relations) if one.domain)
        self.plain = tuple(at for at, one in enumerate(self.relations) if not one.domain)

    def __len__(self) -> int:
        return len(self.relations)


def _pooled(name: str, count: int) -> PooledRelation:
    return PooledRelation(name, count, head_kind(name), tail_kind(name), domain_of(name))


def _grouped(pairs: Iterable[tuple[str, int]]) -> dict[str, tuple[int, ...]]:
    found: dict[str, list[int]] = {}
    for key, at in pairs:
        found.setdefault(key, []).append(at)
    return {key: tuple(places) for key, places in found.items()}


def _nearest(vectors: Float32) -> tuple[tuple[int, ...], ...]:
    """Return the places of the names most like each, the likest first."""
    alike = vectors @ vectors.T
    np.fill_diagonal(alike, -1.0)
    order = np.argsort(-alike, axis=1, kind="stable")[:, :NEAREST]
    return tuple(tuple(row) for row in order.tolist())


def _inverses(relations: Sequence[PooledRelation], encode: Encode) -> dict[int, int]:
    """Return the pairs that state one relation from either end, both ways: each is the likest of the other.

    Of such a pair, each one's property is named like the type that the other leaves: ``film.film.directed_by`` and
    ``film.director.film``.
    """
    paths = {at: path for at, one in enumerate(relations) if (path := path_name(one.name)) and len(path.parts) == 1}
    if not paths:
        return {}
    places = np.array(list(paths))
    properties = encode([readable(path.property) for path in paths.values()])
    types = encode([readable(path.head_type) for path in paths.values()])
    alike = properties @ types.T
    both = alike + alike.T
    domains = np.array([relations[at].domain.split("/")[0] for at in places])
    both[domains[:, None] != domains[None, :]] = -1.0
    np.fill_diagonal(both, -1.0)
    best = both.argmax(1)
    return {
        int(places[i]): int(places[j]) for i, j in enumerate(best.tolist()) if best[j] == i and both[i, j] >= TURNED
    }
