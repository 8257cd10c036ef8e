"""Groups of topics with the same mention, searched in one tree: their path scores, readings and traces."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from clew.decoding.answers.backtracking import is_round_trip
from clew.decoding.language_model import Int64
from clew.decoding.reasoner import STOP, Lazy, RankedPath, ScoredPath, Step, Topic, Trace
from clew.kg import limits
from clew.kg.graph.graph import Graph

if TYPE_CHECKING:  # torch is imported on first use: a command that asks nothing must not wait for it
    from clew.decoding.embedded.ranking.fusion import Ranking
    from clew.decoding.embedded.search.model import RelationModel
    from clew.decoding.embedded.search.tree import PathTree
    from clew.tries.filters.filtered_graph import Walkable

Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Group:
    """Topics named by the same words, searched in one tree. ``truncated``: a frontier was too large to keep."""

    topics: tuple[Topic, ...]
    tree: PathTree[Any]
    ranking: Ranking
    truncated: bool = False

    @property
    def late(self) -> bool:
        """Whether time ran out before the search was done."""
        return self.tree.partial or self.ranking.late


def without_round_trips(
    graph: Graph | Walkable, groups: list[Group], entries: list[tuple[int, int]], scores: Float64, count: int
) -> tuple[list[tuple[int, int]], Float64, Int64]:
    """Return entries, their scores and the order of these, best first, without the round trips before ``count`` good
    ones. Two hops cannot be one: no instance steps back onto its topic."""
    order = np.argsort(-scores, kind="stable")
    good, needless = 0, np.zeros(len(entries), np.bool_)
    for at in order.tolist():
        if good >= count:
            break
        g, i = entries[at]
        relations = groups[g].tree.relations(int(groups[g].ranking.order[i]))
        needless[at] = len(relations) > 2 and is_round_trip(graph, _topic(groups[g], i).node, relations)
        good += not needless[at]
    if not needless.any():
        return entries, scores, order
    kept = np.flatnonzero(~needless)
    return [entries[at] for at in kept.tolist()], scores[kept], np.argsort(-scores[kept], kind="stable")


def with_named_ends(
    graph: Graph,
    walked: Graph | Walkable,
    groups: list[Group],
    entries: list[tuple[int, int]],
    scores: Float64,
    count: int,
) -> tuple[list[tuple[int, int]], Float64]:
    """Return entries and their scores without those before ``count`` good ones that end at nodes without a name only,
    which are no answers; all of them where none is good."""
    if not len(graph.nameless):
        return entries, scores
    good, needless = 0, np.zeros(len(entries), np.bool_)
    for at in np.argsort(-scores, kind="stable").tolist():
        if good >= count:
            break
        g, i = entries[at]
        ends = np.array([_topic(groups[g], i).node], np.int32)
        for relation in groups[g].tree.relations(int(groups[g].ranking.order[i])):
            ends = walked.expand(ends, relation)
        needless[at] = len(ends) > 0 and not len(graph.named(ends))
        good += not needless[at]
    kept = np.flatnonzero(~needless)
    return ([entries[at] for at in kept.tolist()], scores[kept]) if len(kept) else (entries, scores)


def scores_of(group: Group) -> tuple[Float64, float]:
    """Return the paths' fused scores plus their topics' linking scores (log-probabilities), and a bound on the others.

    Topics that share a mention share the best score of each relation path: a node with fewer relations gives each of
    them more probability, which says nothing of who was meant.
    """
    ranking, tree = group.ranking, group.tree
    found, unseen = ranking.scores, ranking.unseen
    if len(group.topics) > 1:
        paths = [tree.relations(int(path)) for path in ranking.order]
        best: dict[tuple[int, ...], float] = {}
        for path, score in zip(paths, found.tolist(), strict=True):
            best[path] = max(best.get(path, score), score)
        found = np.array([best[path] for path in paths])
        others = np.setdiff1d(np.arange(len(tree)), ranking.order).tolist()
        shared = [best[path] for path in map(tree.relations, others) if path in best]
        pruned = [float(found.max())] if len(found) and np.isfinite(tree.bound) else []
        unseen = max([unseen, *shared, *pruned])
    linked = np.array([max(_topic(group, i).score, 1e-6) for i in range(len(found))])
    return found + np.log(linked), unseen


def readings(groups: list[Group], entries: list[tuple[int, int]], scores: Float64) -> Float64:
    """Return the scores of the readings of the question, falling, the best path's first.

    Topics that share a mention (homonyms) share its readings: the same relations from another of them do not make
    the question less well understood. Which of them was meant is the linker's to say.
    """
    merged: dict[tuple[int, tuple[int, ...]], float] = {}
    for (g, i), score in zip(entries, scores.tolist(), strict=True):
        group = groups[g]
        key = (g, group.tree.relations(int(group.ranking.order[i])))
        merged[key] = float(np.logaddexp(merged[key], score)) if key in merged else score
    best = int(np.argmax(scores))
    g, i = entries[best]
    first = merged.pop((g, groups[g].tree.relations(int(groups[g].ranking.order[i]))))
    return np.array([first, *sorted(merged.values(), reverse=True)])


def candidates(groups: list[Group], entries: list[tuple[int, int]], scores: Float64, order: Int64) -> Lazy[ScoredPath]:
    """Return every entry's path with its score and features, in this order."""

    def candidate(at: int) -> ScoredPath:
        ranking, tree = groups[entries[at][0]].ranking, groups[entries[at][0]].tree
        i = entries[at][1]
        relations = tree.relations(int(ranking.order[i]))
        return ScoredPath(relations, float(scores[at]), tuple(ranking.features[i].tolist()))

    return Lazy(lambda: tuple(map(candidate, order.tolist())))


def _topic(group: Group, i: int) -> Topic:
    path = int(group.ranking.order[i])
    level = group.tree.levels[int(group.tree.depth[path])]
    return group.topics[int(level.start[int(group.tree.row[path])])]


def ranked(group: Group, i: int, score: float, probability: float, model: RelationModel) -> RankedPath:
    """Return a group's path i as it is answered with; its trace is worked out when looked at."""
    tree, path = group.tree, int(group.ranking.order[i])
    relations = tree.relations(path)
    trace = Trace(partial(_steps, tree, path, model.end_token))
    return RankedPath(_topic(group, i), relations, score, probability, trace)


def _steps(tree: PathTree[Any], path: int, end_token: int) -> tuple[Step, ...]:
    """Return the decisions of a path, the last one that it ends."""
    taken = zip(tree.rows_to(path), (*tree.relations(path), end_token), strict=True)
    return tuple(_step(tree, depth, row, token, end_token) for depth, (row, token) in enumerate(taken))


def _step(tree: PathTree[Any], depth: int, row: int, taken: int, end_token: int) -> Step:
    level = tree.levels[depth]
    begin, end = int(level.row_ptr[row]), int(level.row_ptr[row + 1])
    tokens, log_probs = level.tokens[begin:end], level.log_probs[begin:end]
    order = np.lexsort((tokens, -log_probs))
    own = int(np.flatnonzero(tokens == taken)[0])
    others = order[order != own][: limits.MAX_ALTERNATIVES]
    named = np.where(tokens[others] == end_token, STOP, tokens[others]).tolist()
    relation = STOP if taken == end_token else taken
    return Step(relation, float(log_probs[own]), tuple(zip(named, log_probs[others].tolist(), strict=True)))
