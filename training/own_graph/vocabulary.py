"""The relations of a graph as the vocabulary of training examples: all, or a relevant subset for each example."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from clew.decoding.embedded.answer_type.reach import Kinds
from clew.decoding.embedded.vocabulary.vocabulary import RelationWords

Path = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class GraphVocabulary:
    """A ``clew.training.synthetic.examples.Vocabulary``."""

    words: RelationWords

    @property
    def num_relations(self) -> int:
        """R, not counting directions."""
        return len(self.words.labels) // 2


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Some of a graph's relations, renumbered in order. ``ids`` maps each kept directed relation, and the end 2R."""

    vocabulary: GraphVocabulary
    ids: dict[int, int]

    def path(self, path: Path) -> Path:
        """Return a path of kept relations under the excerpt's numbers."""
        return tuple(self.ids[r] for r in path)

    def holds(self, path: Path) -> bool:
        """Return whether all relations of a path are kept."""
        return all(r in self.ids for r in path)


def excerpt(words: RelationWords, relations: Iterable[int]) -> Excerpt:
    """Return the excerpt of these relations (without direction, each in ``[0, R)``)."""
    size = len(words.labels) // 2
    kept = sorted(set(relations))
    directed = [*kept, *(r + size for r in kept)]
    picked = RelationWords(
        tuple(words.labels[r] for r in directed),
        tuple(words.inverse[r] for r in directed),
        tuple(words.targets[r] for r in directed),
        Kinds(tuple(words.kinds.reaches[r] for r in directed), words.kinds.classes),
    )
    ids = {r: i for i, r in enumerate(directed)} | {2 * size: len(directed)}
    return Excerpt(GraphVocabulary(picked), ids)
