"""Combines the scores of each path into a ranking, probabilities and a confidence.

Every feature is at most 0 and every weight at least 0, so a path's fused score is never above its weighted log
probability alone, and that never above its prefix's: the bound that certifies the best path.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic

import numpy as np
from numpy.typing import NDArray

from clew.decoding.embedded.ranking.confidence import Confidence
from clew.decoding.embedded.search.model import Outline, RelationContext, RelationModel
from clew.decoding.embedded.search.tree import NO_NODE, Level, PathTree, S
from clew.decoding.language_model import Float32, Int32, Int64
from clew.kg.limits import MAX_RERANKED

Float64 = NDArray[np.float64]

FEATURES = (
    "local", "hops", "left", "left_words", "support", "support_words", "least", "sentence", "sentence_least", "path",
    "mass", "kind", "whole",
)  # fmt: skip
"""``local``: the decoder's log-probability. ``hops``: that of the path's hop count. ``left``: minus the share of the
question not covered. ``support``, ``least``: mean and least support of the relations by the question, minus 1
(``_words``: by static word embeddings; ``sentence``, ``sentence_least``: of whole question and label, untrained).
``path``: the bi-encoder's log-softmax over the paths. ``mass``: see
``tree.Level``. ``kind``: how far what the path reaches is from the kind asked for. ``whole``: the whole-path
logit, capped, minus the cap."""

KIND = FEATURES.index("kind")
WHOLE_CAP = 8.0
"""Whole-path logits above this are all as good as certain."""
MASS_FLOOR = -8.0
"""Log masses below this are all as good as nothing."""
RERANK_CHUNK = 48
"""Paths whose ends are run through the decoder at a time."""


KindOf = Callable[[PathTree[S], Int64], Float64]
"""Gives how far the ends of some of a tree's paths are from the kind asked for, 0 down to -1; of the first ones only
where time runs out."""


@dataclass(frozen=True, slots=True)
class Fusion:
    """Weights of ``FEATURES`` (at least 0), and how the best path's confidence is estimated."""

    weights: tuple[float, ...]
    confidence: Confidence

    def __post_init__(self) -> None:
        if len(self.weights) != len(FEATURES):
            raise ValueError("as many weights as features are needed")
        if min(self.weights) < 0:
            raise ValueError("fusion weights must not be negative: bounds would not hold")


@dataclass(frozen=True, slots=True)
class Ranking:
    """Paths of a tree by falling fused score. ``order`` indexes the tree's paths; ``scores`` and ``features`` follow
    that order. ``unseen``: an upper bound on the score of any path that is not in ``order``. ``late``: time ran out
    before the best one was sure."""

    order: Int64
    scores: Float64
    features: Float64
    unseen: float
    late: bool = False

    @property
    def probabilities(self) -> Float64:
        """The scores' softmax."""
        shifted = np.exp(self.scores - self.scores.max()) if len(self.scores) else self.scores
        found: Float64 = shifted / shifted.sum() if len(self.scores) else shifted
        return found


def outline_features(model: RelationModel, context: RelationContext, trees: Sequence[PathTree[S]]) -> list[Float64]:
    """Return the features ``[P, 13]`` of every path of each question's tree, ``whole`` left at its bound 0."""
    last = [_last_steps(tree) for tree in trees]
    nodes, tokens = (np.concatenate(parts) for parts in zip(*last, strict=True))
    found = model.outline(context, nodes, tokens)
    kinds = context.question.kinds.numpy()[context.owner[nodes], tokens].astype(np.float64)
    ends = np.cumsum([len(tree) for tree in trees]).tolist()
    return [
        _columns(tree.log_prob, tree.mass, found.part(end - len(tree), end), kinds[end - len(tree) : end])
        for tree, end in zip(trees, ends, strict=True)
    ]


def _last_steps(tree: PathTree[S]) -> tuple[Int64, Int32]:
    """Return, per path, the context node of its last prefix but one, and the last relation."""
    nodes, tokens = np.empty(len(tree), np.int64), np.empty(len(tree), np.int32)
    for depth in np.unique(tree.depth).tolist():
        level, at = tree.levels[depth], tree.depth == depth
        rows = tree.row[at]
        nodes[at] = tree.levels[depth - 1].nodes[level.parent[rows]]
        tokens[at] = level.relation[rows]
    return nodes, tokens


def _columns(local: Float64, mass: Float64, outline: Outline, kinds: Float64) -> Float64:
    similarity = outline.similarity.astype(np.float64)
    top = similarity.max() if len(similarity) else 0.0
    path = similarity - top - np.log(np.exp(similarity - top).sum()) if len(similarity) else similarity
    left, support, least = (np.clip(part, -1.0, 1.0).T for part in (outline.left, outline.support, outline.least))
    columns = (
        np.minimum(local, 0.0),
        np.minimum(outline.hops, 0.0),
        -left[0],
        -left[1],
        support[0] - 1,
        support[1] - 1,
        least[0] - 1,
        support[2] - 1,
        least[2] - 1,
        path,
        np.maximum(mass, MASS_FLOOR),
        kinds,
        np.zeros(len(similarity)),
    )
    return np.minimum(np.stack([np.asarray(column, np.float64) for column in columns], 1), 0.0)


def whole_feature(logits: Float32) -> Float64:
    """Return the feature of whole-path logits."""
    return np.minimum(logits.astype(np.float64), WHOLE_CAP) - WHOLE_CAP


def rank(
    model: RelationModel, context: RelationContext, tree: PathTree[S], fusion: Fusion, most: int = MAX_RERANKED
) -> Ranking:
    """Rank the paths of the tree of a context's only question; see ``rank_all``."""
    return rank_all(model, context, [tree], fusion, most)[0]


def rank_all(
    model: RelationModel,
    context: RelationContext,
    trees: Sequence[PathTree[S]],
    fusion: Fusion,
    most: int = MAX_RERANKED,
    kinds: Sequence[KindOf[S] | None] = (),
    stopped: Sequence[Callable[[], bool]] = (),
) -> list[Ranking]:
    """Rank the paths of each question's tree (tree i is question i's), all questions' paths together.

    A question's paths are taken in the order of their score without ``whole`` (an upper bound), and ``whole`` is
    computed for a chunk at a time, until no path left can come first, or ``most`` are done. Only those done are in the
    ranking. ``kinds[i]`` gives the ``kind`` of tree i's paths by their very ends (None, or none given: what their last
    relation reaches has to do); it too is asked of a chunk at a time. ``stopped[i]`` is asked before each chunk of
    tree i whether its time is up.
    """
    features = outline_features(model, context, trees)
    told = kinds or [None] * len(trees)
    clocks = stopped or [_never] * len(trees)
    reranking = [_Reranking(*four, fusion, most) for four in zip(trees, features, told, clocks, strict=True)]
    while active := [one for one in reranking if not one.done]:
        chunks = [one.chunk() for one in active]
        nodes = _ends(model, context, [(one.tree, chunk) for one, chunk in zip(active, chunks, strict=True)])
        logits = model.whole(context, nodes)
        ends = np.cumsum([len(chunk) for chunk in chunks])
        for one, found in zip(active, np.split(logits, ends[:-1]), strict=True):
            one.take(found)
    return [one.ranking() for one in reranking]


def _never() -> bool:
    return False


class _Reranking(Generic[S]):
    """The paths of one question while their ends are looked at, a chunk at a time."""

    def __init__(
        self,
        tree: PathTree[S],
        features: Float64,
        kind: KindOf[S] | None,
        stopped: Callable[[], bool],
        fusion: Fusion,
        most: int,
    ) -> None:
        self.tree, self._features, self._kind, self._most = tree, features, kind, most
        self._stopped, self._late = stopped, False
        if kind is not None:
            self._features[:, KIND] = 0.0  # not known yet: an upper bound
        self._weights = np.array(fusion.weights)
        self._upper = features @ self._weights
        self._order = np.argsort(-self._upper, kind="stable")
        self._seen, self._best = 0, -np.inf

    @property
    def done(self) -> bool:
        """Whether no path that is left can come first, enough were looked at, or time is up."""
        left = self._seen < len(self._order) and self._seen < self._most
        if not left or self._best >= self._upper[self._order[self._seen]]:
            return True
        self._late = self._late or self._stopped()
        return self._late

    def chunk(self) -> Int64:
        """Return the paths to look at next."""
        return self._order[self._seen : self._seen + RERANK_CHUNK]

    def take(self, logits: Float32) -> None:
        """Take the whole-path logits of the chunk."""
        chunk = self.chunk()
        self._features[chunk, -1] = whole_feature(logits)
        if self._kind is not None:
            told = self._kind(self.tree, chunk)
            self._late = len(told) < len(chunk)
            chunk = chunk[: len(told)]
            self._features[chunk, KIND] = told
        self._seen += len(chunk)
        self._best = max(self._best, float((self._features[chunk] @ self._weights).max(initial=-np.inf)))

    def ranking(self) -> Ranking:
        """Return the paths looked at, best first."""
        taken = self._order[: self._seen]
        scores = self._features[taken] @ self._weights
        best_first = np.argsort(-scores, kind="stable")
        rest = float(self._upper[self._order[self._seen]]) if self._seen < len(self._order) else -np.inf
        bound = self.tree.bound
        unseen = max(rest, float(self._weights[0]) * bound if np.isfinite(bound) else -np.inf)
        return Ranking(taken[best_first], scores[best_first], self._features[taken][best_first], unseen, self._late)


def _ends(model: RelationModel, context: RelationContext, paths: Sequence[tuple[PathTree[S], Int64]]) -> Int64:
    """Return the context nodes of the paths' last prefixes, running the decoder where it has not been yet."""
    missing = [_missing(tree, some) for tree, some in paths]
    parents, tokens = [], []
    for level, above, rows in (one for some in missing for one in some):
        parents.append(above.nodes[level.parent[rows]])
        tokens.append(level.relation[rows])
    if parents:
        nodes = model.extend(context, np.concatenate(parents), np.concatenate(tokens))
        cuts = np.cumsum([len(some) for some in parents])[:-1]
        for (level, _, rows), found in zip(
            (one for some in missing for one in some), np.split(nodes, cuts), strict=True
        ):
            level.nodes[rows] = found
    return np.concatenate([_last_nodes(tree, some) for tree, some in paths])


def _missing(tree: PathTree[S], paths: Int64) -> list[tuple[Level[S], Level[S], Int64]]:
    """Return, by depth, the level, the one above, and the paths' rows that the decoder has not been run for."""
    found = []
    for depth in np.unique(tree.depth[paths]).tolist():
        level = tree.levels[depth]
        rows = tree.row[paths[tree.depth[paths] == depth]]
        missing = rows[level.nodes[rows] == NO_NODE]
        if len(missing):
            found.append((level, tree.levels[depth - 1], missing))
    return found


def _last_nodes(tree: PathTree[S], paths: Int64) -> Int64:
    nodes = np.empty(len(paths), np.int64)
    depths = tree.depth[paths]
    for depth in np.unique(depths).tolist():
        at = depths == depth
        nodes[at] = tree.levels[depth].nodes[tree.row[paths[at]]]
    return nodes


def selection(scores: Float64, first: Float64, fusion: Fusion) -> float:
    """Return the selection score; see ``Confidence.selection_of``."""
    return fusion.confidence.selection_of(scores, first, FEATURES)


def confidence(scores: Float64, first: Float64, fusion: Fusion) -> float:
    """Return the estimated probability that the best path answers the question; see ``Confidence.of``."""
    return fusion.confidence.of(scores, first, FEATURES)
