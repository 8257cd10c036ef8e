"""The embedded model as a ``Reasoner``: question and topics to ranked relation paths."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from clew.decoding.embedded.ranking.groups import (
    Group,
    candidates,
    ranked,
    readings,
    scores_of,
    with_named_ends,
    without_round_trips,
)
from clew.decoding.language_model import Float32, Int64
from clew.decoding.reasoner import Bounds, Reasoning, Topic
from clew.kg import limits
from clew.kg.errors import ModelUnavailable
from clew.kg.graph.graph import Graph
from clew.kg.time_limit import OutOfTime, limited
from clew.retrieval.encoder.minilm import MiniLM

if TYPE_CHECKING:  # torch is imported on first use: a command that asks nothing must not wait for it
    from clew.decoding.embedded.answer_type.ends import EndKinds
    from clew.decoding.embedded.network.encoder import LowerEncoder
    from clew.decoding.embedded.network.features import TokenEncoder
    from clew.decoding.embedded.network.network import Network
    from clew.decoding.embedded.network.weights import Weights
    from clew.decoding.embedded.ranking.fusion import Fusion, KindOf
    from clew.decoding.embedded.search.model import RelationModel
    from clew.decoding.embedded.search.tree import LevelSearch, PathTree
    from clew.decoding.embedded.search.walks import PathWalks
    from clew.decoding.embedded.vocabulary.vocabulary import RelationNames

Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Schema:
    """What is derived from a graph alone, whatever the weights."""

    names: RelationNames
    walks: PathWalks


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What is derived once per graph version."""

    schema: _Schema
    model: RelationModel
    fusion: Fusion
    kinds: EndKinds


@dataclass(frozen=True, slots=True)
class _EmbeddedQuestion:
    """A question (its place in the batch) with one of its mentions marked, and the topics that this may name."""

    question: int
    prompt: str
    topics: tuple[Topic, ...]


class EmbeddedReasoner:
    """Ranks relation paths with the embedded model; every path is one that the relation automaton allowed.

    ``folder`` holds the weights (default: the shipped ones); ``encoder`` is the MiniLM they were trained on. Both load
    on first use. Raises ``ModelUnavailable`` then if the weights are missing, damaged, or meant for another encoder.
    """

    name = "embedded"
    batches_well = True

    def __init__(
        self,
        encoder: MiniLM | None = None,
        folder: Path | None = None,
        label_states: Callable[[Graph], TokenEncoder] | None = None,
    ) -> None:
        """``label_states``: what reads a graph's relation labels in the encoder's place, such as from a file."""
        self.encoder = encoder or MiniLM(device="cpu")
        self.folder = folder
        self._label_states = label_states or (lambda graph: self.encoder)
        self._prepared: OrderedDict[str, _Prepared] = OrderedDict()
        self._schemas: dict[str, _Schema] = {}
        self._deriving: dict[str, threading.Lock] = {}
        self._lock, self._loading = threading.Lock(), threading.Lock()

    @classmethod
    def of_network(cls, network: Network, fusion: Fusion, encoder: MiniLM) -> Self:
        """Return a reasoner over a network in memory, such as one in training.

        It answers with a copy, rounded and packed as a saved and loaded network is: what is done to ``network``
        afterwards does not change it.
        """
        from clew.decoding.embedded.network.encoder import LowerEncoder
        from clew.decoding.embedded.network.weights import Weights, as_stored

        found = cls(encoder)
        weights = Weights(as_stored(network), fusion, encoder.fingerprint, "", {})
        found._loaded = _packed(weights, LowerEncoder(encoder.bert, network.config.tuned_layers).packed())
        return found

    def with_network(self, network: Network, fusion: Fusion) -> Self:
        """Return a reasoner over another network (see ``of_network``); what was derived from the graphs prepared so far
        is not derived again."""
        found = self.of_network(network, fusion, self.encoder)
        with self._lock:
            found._schemas = {key: prepared.schema for key, prepared in self._prepared.items()}
        return found

    @cached_property
    def _loaded(self) -> tuple[Weights, LowerEncoder]:
        from clew.decoding.embedded.network.encoder import LowerEncoder
        from clew.decoding.embedded.network.weights import DEFAULT, load

        weights = load(self.folder or DEFAULT)
        if weights.encoder != self.encoder.fingerprint:
            raise ModelUnavailable(
                f"the embedded model was trained on the encoder {weights.encoder}, not {self.encoder.fingerprint}"
            )
        return _packed(weights, LowerEncoder(self.encoder.bert, weights.network.config.tuned_layers).packed())

    @property
    def fingerprint(self) -> str:
        """Names the weights in use."""
        return self._loaded[0].fingerprint

    def prepare(self, graph: Graph) -> None:
        """Embed the graph's relations; done once per graph version."""
        self._prepare(graph)

    def forget(self) -> None:
        """Clear the question cache. Affects speed only."""
        with self._lock:
            for prepared in self._prepared.values():
                prepared.model.forget()

    def model(self, graph: Graph) -> RelationModel:
        """Return the ``LanguageModel`` over the graph's relations."""
        return self._prepare(graph).model

    def similarities(self, graph: Graph, prompt: str) -> tuple[list[tuple[int, int]], Float32]:
        """Compare the tokens of a masked question with the graph's relations; see ``RelationModel.similarities``."""
        return self._prepare(graph).model.similarities(prompt)

    def _prepare(self, graph: Graph) -> _Prepared:
        """Return what is derived from a graph. One that is new is derived once; the others stay available meanwhile."""
        key = graph.content_hash
        with self._lock:
            found = self._kept(key)
            if found is not None:
                return found
            deriving = self._deriving.setdefault(key, threading.Lock())
        with deriving:
            with self._lock:
                found = self._kept(key)
            return found or self._keep(key, self._derive(graph))

    def _kept(self, key: str) -> _Prepared | None:
        found = self._prepared.get(key)
        if found is not None:
            self._prepared.move_to_end(key)
        return found

    def _keep(self, key: str, prepared: _Prepared) -> _Prepared:
        with self._lock:
            self._prepared[key] = prepared
            self._deriving.pop(key, None)
            while len(self._prepared) > limits.MAX_PREPARED_GRAPHS:
                self._prepared.popitem(last=False)
        return prepared

    def _derive(self, graph: Graph) -> _Prepared:
        from clew.decoding.embedded.answer_type.ends import EndKinds
        from clew.decoding.embedded.search.model import RelationModel
        from clew.decoding.embedded.vocabulary.embedding import embed_relations
        from clew.tries.warmup import rehearse_relation_paths

        rehearse_relation_paths()
        with self._loading:
            weights, lower = self._loaded
        network = weights.network
        schema = self._schemas.get(graph.content_hash) or _schema(graph)
        names = schema.names
        relations = embed_relations(network.decoder, self._label_states(graph), lower, names.words)
        model = RelationModel(network, lower, self.encoder.tokenizer, relations, names.owners, names.words.kinds)
        return _Prepared(schema, model, weights.fusion, EndKinds(graph, model.kinds))

    def reason(self, question: str, graph: Graph, topics: Sequence[Topic], bounds: Bounds) -> Reasoning:
        """Rank relation paths from the topics; see ``Reasoner.reason``."""
        return self.reason_batch([question], graph, [topics], [bounds])[0]

    def reason_batch(
        self, questions: Sequence[str], graph: Graph, topics: Sequence[Sequence[Topic]], bounds: Sequence[Bounds]
    ) -> list[Reasoning]:
        """Rank relation paths for each question; see ``reasoner.reason_batch``.

        Some are read and searched together at a time, those of one wording side by side (``_joint``).
        """
        if not graph.num_relations:
            return [Reasoning((), 0.0) for _ in questions]
        prepared = self._prepare(graph)
        searches = [
            _EmbeddedQuestion(at, prompt, tuple(named))
            for at, question in enumerate(questions)
            for prompt, named in _prompts(question, graph, topics[at]).items()
        ]
        groups: list[list[Group]] = [[] for _ in questions]
        late: set[int] = set()
        found: dict[int, Group] = {}
        for some in _joint([one.prompt for one in searches]):
            own = {searches[i].question for i in some}
            if all(bounds[question].over for question in own):
                late |= own
            else:
                found |= zip(some, _search(prepared, graph, [searches[i] for i in some], bounds), strict=True)
        for i in sorted(found):
            groups[searches[i].question].append(found[i])
        return [
            _nothing_yet() if at in late else self._conclude(graph, own, prepared.model, bound)
            for at, (own, bound) in enumerate(zip(groups, bounds, strict=True))
        ]

    def _conclude(self, graph: Graph, groups: list[Group], model: RelationModel, bounds: Bounds) -> Reasoning:
        try:
            with limited(lambda: bounds.over):
                return self._reasoning(graph, groups, model, bounds)
        except OutOfTime:
            return _nothing_yet()

    def _reasoning(self, graph: Graph, groups: list[Group], model: RelationModel, bounds: Bounds) -> Reasoning:
        """Return the paths of all groups, best first. Raises ``OutOfTime``."""
        from clew.decoding.embedded.ranking.fusion import confidence, selection

        late = any(group.late for group in groups)
        partial = late or any(group.truncated for group in groups)
        entries = [(g, i) for g, group in enumerate(groups) for i in range(len(group.ranking.order))]
        found = [scores_of(group) for group in groups]
        scores = np.concatenate([some for some, _ in found]) if groups else np.empty(0)
        walked = bounds.walked(graph)
        entries, scores = with_named_ends(graph, walked, groups, entries, scores, bounds.paths)
        count = 0 if bounds.revisit else bounds.paths
        entries, scores, order = without_round_trips(walked, groups, entries, scores, count)
        if not entries:
            return _nothing_yet() if partial else Reasoning((), 0.0)
        shifted = np.exp(scores - scores.max())
        probabilities = shifted / shifted.sum()
        paths = tuple(
            ranked(groups[entries[at][0]], entries[at][1], float(scores[at]), float(probabilities[at]), model)
            for at in order[: bounds.paths].tolist()
        )
        best, i = entries[int(order[0])]
        unseen = max(unseen for _, unseen in found)
        gap = unseen - float(scores[order[0]])
        if late and gap > 0:
            return _nothing_yet()  # the best path found may not be the best one
        seen = readings(groups, entries, scores)
        told = np.append(seen, unseen) if late else seen, groups[best].ranking.features[i], self._loaded[0].fusion
        scored = float(sum(len(group.tree) for group in groups))
        return Reasoning(
            paths,
            confidence(*told),
            selection=selection(*told),
            exact=gap <= 0,
            gap=max(gap, 0.0),
            partial=partial,
            diagnostics={"paths_scored": scored, "paths_reranked": float(len(entries))},
            candidates=candidates(groups, entries, scores, order),
        )


def _nothing_yet() -> Reasoning:
    """Return what is known of a question whose time ran out before any path was ranked."""
    return Reasoning((), 0.0, exact=False, gap=float("inf"), partial=True)


def _packed(weights: Weights, lower: LowerEncoder) -> tuple[Weights, LowerEncoder]:
    """Return weights and lower layers, ready for inference; the network is packed in place."""
    from clew.decoding.embedded.network.packed import pack
    from clew.decoding.embedded.search.threads import usual_threads

    usual_threads()  # before any question is given fewer
    pack(weights.network)
    return weights, lower


def _schema(graph: Graph) -> _Schema:
    from clew.decoding.embedded.search.walks import PathWalks
    from clew.decoding.embedded.vocabulary.vocabulary import relation_names

    return _Schema(relation_names(graph), PathWalks(graph))


def _prompt(question: str, graph: Graph, topic: Topic) -> str:
    """Return the question with the topic marked."""
    from clew.decoding.embedded.search.wording import mask_topic

    labels = () if topic.span is not None else (graph.label(topic.node), *(x.text for x in graph.labels(topic.node)))
    return mask_topic(question, topic.span, labels).prompt


def _prompts(question: str, graph: Graph, topics: Sequence[Topic]) -> dict[str, list[Topic]]:
    """Return the topics by the prompt that marks their mention."""
    found: dict[str, list[Topic]] = {}
    for topic in topics[: limits.MAX_TOPICS]:
        found.setdefault(_prompt(question, graph, topic), []).append(topic)
    return found


def _joint(prompts: Sequence[str]) -> Iterator[list[int]]:
    """Yield the searches to make together, those of one wording side by side: up to ``limits.MAX_JOINT_WORDINGS``
    wordings and ``limits.MAX_JOINT_SEARCHES`` searches at a time."""
    some: list[int] = []
    wordings: set[str] = set()
    for i in sorted(range(len(prompts)), key=prompts.__getitem__):
        many = len(wordings | {prompts[i]}) > limits.MAX_JOINT_WORDINGS or len(some) == limits.MAX_JOINT_SEARCHES
        if some and many:
            yield some
            some, wordings = [], set()
        some.append(i)
        wordings.add(prompts[i])
    if some:
        yield some


def _search(
    prepared: _Prepared, graph: Graph, asked: Sequence[_EmbeddedQuestion], bounds: Sequence[Bounds]
) -> list[Group]:
    """Search the trees of some questions together."""
    from clew.decoding.embedded.ranking.fusion import rank_all
    from clew.decoding.embedded.search.threads import threads_for
    from clew.decoding.embedded.search.tree import score_trees

    prompts = {prompt: at for at, prompt in enumerate(dict.fromkeys(one.prompt for one in asked))}
    searches = [_within(prepared, graph, one.topics, bounds[one.question]) for one in asked]
    kinds = [
        _kind_of(prepared, one.prompt, search.constraint, search.stopped)
        for one, search in zip(asked, searches, strict=True)
    ]
    with threads_for(len(prompts)):
        context = prepared.model.encode_batch(list(prompts))
        trees = score_trees(prepared.model, context, searches, [prompts[one.prompt] for one in asked])
        stopped = [search.stopped for search in searches]
        rankings = rank_all(prepared.model, context, trees, prepared.fusion, kinds=kinds, stopped=stopped)
    found = zip(asked, searches, trees, rankings, strict=True)
    return [Group(one.topics, tree, ranking, search.constraint.truncated) for one, search, tree, ranking in found]


def _kind_of(prepared: _Prepared, prompt: str, automaton: Any, stopped: Callable[[], bool]) -> KindOf[Any] | None:
    """Return how to tell the kind of a path's ends; None where the question asks for none that the graph tells."""
    from clew.decoding.embedded.search.wording import parse_prompt

    asked = prepared.kinds.asked(parse_prompt(prompt).text)
    if asked is None:
        return None

    def kind_of(tree: PathTree[Any], paths: Int64) -> Float64:
        found: list[float] = []
        with suppress(OutOfTime), limited(stopped):
            for depth, row in zip(tree.depth[paths].tolist(), tree.row[paths].tolist(), strict=True):
                found.append(asked.of_ends(automaton.frontier(tree.levels[depth].states, row)))
        return np.array(found)

    return kind_of


def _within(prepared: _Prepared, graph: Graph, topics: Sequence[Topic], bounds: Bounds) -> LevelSearch[Any]:
    """Return what may be said from the topics. Under conditions a relation and the inverse of its twin may differ: then
    both are looked at."""
    from clew.decoding.embedded.search.tree import LevelSearch
    from clew.tries.relations.automaton import RelationAutomaton

    nodes = [topic.node for topic in topics]
    walks = prepared.schema.walks
    forbidden = bounds.forbidden | walks.through_classes(*nodes)
    if bounds.within is None:
        forbidden |= walks.redundant
    automaton = RelationAutomaton(bounds.walked(graph), bounds.max_hops, bounds.min_hops, forbidden, bounds.revisit)
    starts = automaton.start(nodes)
    if bounds.within is not None:
        forbidden |= frozenset(np.flatnonzero(~bounds.within.allowed).tolist())
    return LevelSearch(
        automaton,
        starts,
        bounds.max_hops,
        deadline=bounds.deadline,
        forbidden=forbidden,
        cancelled=lambda: bounds.cancelled,
    )
