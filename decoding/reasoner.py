"""The Reasoner port: from a question and its topics to ranked relation paths of the graph.

Four implementations, none of which can name a path that the graph does not hold:

* ``EmbeddedReasoner``: the embedded model scores all relation paths level by level, many questions together.
* ``TokenReasoner``: a ``Search`` over the tokens of a ``TokenModel`` within a ``Constraint``.
* ``ChainReasoner``: a beam of chains of triples, written by a ``TokenModel`` within a ``Constraint``.
* ``RemoteReasoner``: an engine elsewhere chooses from the list of paths that a ``Constraint`` allows.

Laws (``clew.decoding.laws.reasoner``; every implementation passes them): every path starts at a topic, can be walked in
what the bounds leave of the graph, and keeps to hops and forbidden relations; same question, same result; a batch gives
what each question gives alone; no topic, no path; a question withdrawn in time is never answered as if it were whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from time import monotonic
from typing import TYPE_CHECKING, Protocol, TypeVar, overload, runtime_checkable

from clew.decoding.cancellation import Cancellation
from clew.kg.graph.graph import Graph
from clew.retrieval.linking.topics import Topic as Topic

if TYPE_CHECKING:  # compiles kernels: a command that asks nothing must not wait for it
    from clew.retrieval.vectors.path_prior import TokenEmbedder
    from clew.tries.filters.filtered_graph import Walkable

T = TypeVar("T")

STOP = -1
"""The relation id that stands for "the path ends here" in a step."""


@dataclass(frozen=True, slots=True)
class Step:
    """One decision of a path: the relation taken (``STOP`` at the end), its log-probability (nats, local score), and
    the alternatives not taken with theirs, best first."""

    relation: int
    log_prob: float
    alternatives: tuple[tuple[int, float], ...] = ()


class Lazy(Sequence[T]):
    """A sequence that is computed when it is first looked at."""

    def __init__(self, work: Callable[[], tuple[T, ...]]) -> None:
        self._work = work

    @cached_property
    def _items(self) -> tuple[T, ...]:
        return self._work()

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[T, ...]: ...
    def __getitem__(self, index: int | slice) -> T | tuple[T, ...]:
        return self._items[index]

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Lazy | tuple) and self._items == tuple(other)

    def __hash__(self) -> int:
        return hash(self._items)

    def __repr__(self) -> str:
        return repr(self._items)


Trace = Lazy[Step]
"""The steps of a path. Most paths are never inspected."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A relation path that was scored, and the features that its score was computed from: what a reasoner is fitted
    on."""

    relations: tuple[int, ...]
    score: float
    features: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class RankedPath:
    """A relation path from a topic, with relation ids in ``[0, 2R)`` (``r + R`` walks r backwards).

    ``probability`` is normalised over the paths the reasoner scored; ``log_prob`` is the reasoner's final score.
    """

    topic: Topic
    relations: tuple[int, ...]
    log_prob: float
    probability: float
    steps: Sequence[Step] = ()


@dataclass(frozen=True, slots=True)
class ReasonedChain:
    """A chain of triples (node, directed relation, node), at least one, each grown from ``sources`` (those topics that
    it holds) or from triples before it, so that chains branch; the thought written before each (``""``: none), the
    chain's share of probability, and the relation path by which it reached the end of its last triple, its answer."""

    edges: tuple[tuple[int, int, int], ...]
    thoughts: tuple[str, ...]
    probability: float
    stopped: bool
    sources: tuple[int, ...]
    relations: tuple[int, ...]

    @property
    def answer(self) -> int:
        """The node at the end of the last triple."""
        return self.edges[-1][2]


@dataclass(frozen=True, slots=True)
class Reasoning:
    """What a reasoner found. ``paths`` are best first; empty only if no path within the bounds starts at any topic.

    ``confidence``: estimated probability that the best path answers the question (calibrated where the reasoner is).
    ``selection``: the score, 0 to 1, by which to answer or decline (the selection function of El-Yaniv and Wiener 2010
    thresholds it), where that is not the confidence: an unlikely answer and an unlikely path need not weigh alike.
    ``exact``: the ranking is certified; otherwise ``gap`` (nats) bounds how much better an unseen path may be.
    ``partial``: a budget ended the search. ``chains``: where the reasoner built chains, those that the paths come from.
    ``warnings``: what about the model or its layout makes the ranking less than it could be, for people.
    ``candidates``: every path that was ranked, best first, where the reasoner tells its features.
    """

    paths: tuple[RankedPath, ...]
    confidence: float
    exact: bool = True
    gap: float = 0.0
    partial: bool = False
    diagnostics: dict[str, float] = field(default_factory=dict)
    chains: tuple[ReasonedChain, ...] = ()
    warnings: tuple[str, ...] = ()
    selection: float | None = None
    candidates: Sequence[Candidate] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a caller may bound: hops, how many paths, forbidden relation ids (directed), a deadline (monotonic s), and
    what is left of the graph under the conditions that every instance of a path must meet (``within``; None: all of
    it). By ``cancellation`` the whole question is withdrawn: it then ends as at its deadline, ``partial`` and soon.

    A reasoner that cannot keep to a condition raises ``BadInput``; none is passed over.
    """

    max_hops: int
    paths: int = 10
    forbidden: frozenset[int] = frozenset()
    deadline: float | None = None
    min_hops: int = 1
    within: Walkable | None = None
    cancellation: Cancellation | None = field(default=None, compare=False)

    def walked(self, graph: Graph) -> Graph | Walkable:
        """Return what paths are walked in."""
        return graph if self.within is None else self.within

    @property
    def cancelled(self) -> bool:
        """Whether the question was withdrawn."""
        return self.cancellation is not None and self.cancellation.cancelled

    def check(self) -> None:
        """Raise ``Cancelled`` if the question was withdrawn."""
        if self.cancellation is not None:
            self.cancellation.check()

    @property
    def over(self) -> bool:
        """Whether time is up or the question was withdrawn."""
        return self.cancelled or (self.deadline is not None and monotonic() >= self.deadline)


class Reasoner(Protocol):
    """Ranks relation paths for a question. An implementation that names this class as its base inherits what it says
    of ``fingerprint``, ``batches_well``, ``encoder`` and ``prepare``; it may replace each."""

    name: str
    """The model, for people and for the record of an answer."""

    @property
    def fingerprint(self) -> str:
        """What a ranking depends on beside ``name``, question, graph, topics and bounds: weights, settings."""
        return ""

    @property
    def batches_well(self) -> bool:
        """Whether questions asked together are each answered about as soon as one alone. Where each takes seconds,
        the first would wait for the last."""
        return False

    @property
    def encoder(self) -> TokenEmbedder | None:
        """The sentence encoder that it has in memory, for others to share; None: it has none."""
        return None

    def prepare(self, graph: Graph) -> None:
        """Build or load what is needed per graph version (relation vectors, token index); idempotent."""
        return  # a body, so that it is inherited

    def reason(self, question: str, graph: Graph, topics: Sequence[Topic], bounds: Bounds) -> Reasoning:
        """Rank relation paths from the topics. Same inputs, same result, alone or in a batch.

        A question withdrawn meanwhile ends ``partial``, or raises ``Cancelled``; ``BadInput`` for a condition that the
        reasoner cannot keep to.
        """


@runtime_checkable
class BatchReasoner(Protocol):
    """What a reasoner offers beside ``Reasoner`` if it answers many questions faster than one by one."""

    def reason_batch(
        self, questions: Sequence[str], graph: Graph, topics: Sequence[Sequence[Topic]], bounds: Sequence[Bounds]
    ) -> list[Reasoning]:
        """Rank relation paths for each question, from its topics, within its bounds (its own deadline included).

        Law: what ``reason`` gives for each, the same paths in the same order, scores to float tolerance.
        """


def reason_batch(
    reasoner: Reasoner,
    questions: Sequence[str],
    graph: Graph,
    topics: Sequence[Sequence[Topic]],
    bounds: Sequence[Bounds],
) -> list[Reasoning]:
    """Rank relation paths for each question: together where the reasoner can, else one by one."""
    if isinstance(reasoner, BatchReasoner):
        return reasoner.reason_batch(questions, graph, topics, bounds)
    asked = zip(questions, topics, bounds, strict=True)
    return [reasoner.reason(question, graph, some, bound) for question, some, bound in asked]
