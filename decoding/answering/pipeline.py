"""The answering pipeline over one graph version: link, reason, gather, abstain, prove.

The service, the evaluation and the training all answer questions with this class. It keeps no state between questions
but its parts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from clew.decoding.answering.answered import Answered
from clew.decoding.answering.conditions import Conditioned
from clew.decoding.answering.meant_paths import MeantPaths
from clew.decoding.answering.observer import UNOBSERVED, Observer
from clew.decoding.answering.programs import Programs
from clew.decoding.answering.suggestions import Suggest
from clew.decoding.answering.topics import Link, Linker, aligned, links
from clew.decoding.answering.work import Clock, Work, ms
from clew.decoding.answers.abstain import Reason, abstain, less_sure
from clew.decoding.answers.class_edges import END, Demands
from clew.decoding.answers.explanation import Explanation, explain
from clew.decoding.answers.gather import Gathered, gather
from clew.decoding.answers.proof_writer import ProofWriter
from clew.decoding.answers.stages import Stage
from clew.decoding.programs.answering import ProgramAnswerer
from clew.decoding.reading.asked import Asked
from clew.decoding.reading.homonyms import by_class, rivals
from clew.decoding.reading.likeness import Likeness
from clew.decoding.reading.reader import Reader
from clew.decoding.reading.unread import Unread, Why
from clew.decoding.reasoner import Bounds, ReasonedChain, Reasoner, Reasoning, Topic, reason_batch
from clew.kg import limits
from clew.kg.errors import ClewError
from clew.kg.graph.graph import Graph
from clew.kg.proof import checker
from clew.kg.proof.proof import Derivation, Proof
from clew.kg.time_limit import OutOfTime, limited, looking
from clew.retrieval.linking.topics import topics
from clew.retrieval.linking.types import Linking, Mention

if TYPE_CHECKING:  # compiles kernels: a command that asks nothing must not wait for it
    from clew.tries.filters.conditions import Conditions

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Query:
    """A question with its bounds and conditions.

    ``names``: the entities that it is about, by key or label (None: those that the text names). ``topics``: the same
    as nodes, with their spans in ``question``; they are taken as given and nothing is linked. ``conditions`` give
    names (keys or labels), which the pipeline resolves. ``observer``: is told what becomes of the question.
    """

    question: str
    bounds: Bounds
    names: Sequence[str] | None = None
    topics: Sequence[Topic] | None = None
    conditions: Conditions | None = None
    observer: Observer = UNOBSERVED


class Pipeline:
    """Answers questions over one graph version. Safe for threads if its linker and its reasoner are.

    ``threshold``: see ``clew.decoding.answers.abstain``.
    """

    def __init__(
        self,
        graph: Graph,
        linker: Linker,
        reasoner: Reasoner,
        threshold: float | None,
        suggest: Suggest | None = None,
    ) -> None:
        self.graph, self.linker, self.reasoner, self._suggest = graph, linker, reasoner, suggest
        self.conditioned = Conditioned(graph, linker)
        self._reader = Reader(graph, linker.named, Likeness(reasoner.encoder))
        self._paths = MeantPaths(graph, self._reader)
        self._threshold = threshold
        self._programs = Programs(ProgramAnswerer(graph, linker, Likeness(reasoner.encoder)), threshold)

    def prepare(self) -> None:
        """Do what the first question would have to wait for, which its reasoner has not done."""
        self._programs.prepare()

    def using(self, reasoner: Reasoner) -> Pipeline:
        """Return the same pipeline with a variant of its reasoner, prepared for the graph; they share all other
        parts."""
        other = copy(self)
        other.reasoner = reasoner
        return other

    def answer(self, query: Query) -> Answered:
        """Answer one question.

        Raises ``UnknownNode`` for a given name that the graph does not have, ``VerificationFailed`` for a path that is
        not in the graph, ``Cancelled`` if the question was withdrawn meanwhile, and what ``Conditioned.graph_view``
        raises.
        """
        linked = self._link(query)
        start = time.perf_counter()
        reasoning = self._reason(linked)
        return self._conclude(linked, reasoning, time.perf_counter() - start)

    def answer_many(self, queries: Sequence[Query]) -> list[Answered | ClewError]:
        """Answer questions together: for each what ``answer`` returns, or the error that it raises.

        In ``timings`` the reasoner's time is divided evenly among the questions that it was given.
        """
        linked = [_attempt(self._link, query) for query in queries]
        with_topics = [one for one in linked if isinstance(one, _Linked) and one.topics]
        start = time.perf_counter()
        reasonings = iter(self._reason_all(with_topics))
        share = (time.perf_counter() - start) / max(1, len(with_topics))
        return [self._conclude_if(one, reasonings, share) for one in linked]

    def explain(self, answered: Answered, question: str, bounds: Bounds) -> Explanation | None:
        """Explain an answer in words (see ``clew.decoding.answers.explanation``) and add the time that it took; None
        where there is no answer.

        Raises ``Cancelled``.
        """
        if answered.reason is not None or not answered.gathered.answers:
            return None
        start = time.perf_counter()
        explanation = explain(self.graph, self.reasoner, question, answered.gathered.answers, self.linker.named, bounds)
        answered.timings["explain"] = ms(time.perf_counter() - start)
        return explanation

    def _link(self, query: Query) -> _Linked:
        """Link within the time that linking and search may take."""
        query.bounds.check()
        start, sooner = time.perf_counter(), _sooner(query.bounds)
        try:
            with limited(lambda: sooner.over):
                bounds = self._narrowed(query)
                asked, chosen, named = self._named_in(query)
        except OutOfTime:
            query.bounds.check()
            asked, bounds, seconds = Asked(query.question), query.bounds, time.perf_counter() - start
            return _Linked(query, asked, [], [], bounds, sooner, seconds, late=True)
        sooner, seconds = replace(bounds, deadline=sooner.deadline), time.perf_counter() - start
        query.observer.linked(named)
        return _Linked(query, asked, chosen, named, bounds, sooner, seconds)

    def _named_in(self, query: Query) -> tuple[Asked, list[Topic], list[Link]]:
        """Return the question with its mentions, the topics to start from, and all candidates."""
        if query.topics is not None:
            given = [Link(t.node, t.score, t.span, "given", False, True) for t in query.topics]
            asked = self._asked(Linking(query.question, ()), query.topics)
            return asked, [replace(topic, span=asked.span(topic.node)) for topic in query.topics], given
        linking = by_class(self.graph, self.linker.link(query.question, query.names))
        found = topics(linking)
        asked = self._asked(linking, found)
        chosen = [replace(topic, span=asked.span(topic.node)) for topic in found]
        return asked, chosen, links(linking, query.question, chosen)

    def _asked(self, linking: Linking, found: Sequence[Topic]) -> Asked:
        """Return the question with every mention in it. Where topics are given, the linker has not looked at the rest
        of the question: it does here, and may tell where the question names a topic that was given without a place."""
        mentions = linking.mentions
        sure = [mention.candidates[0] for mention in mentions if len(mention.candidates) == 1]
        given = frozenset(candidate.node for candidate in sure if candidate.how == "given")
        if not mentions:
            given = frozenset(topic.node for topic in found)
        if not mentions or any(candidate.how == "given" for mention in mentions for candidate in mention.candidates):
            mentions = (*mentions, *self.linker.link(linking.question).mentions)
        spans = {topic.node: topic.span for topic in found if topic.span is not None}
        for topic in found:
            for span in _places(topic.node, mentions):
                spans.setdefault(topic.node, span)
        return Asked(linking.question, mentions, tuple(spans.items()), given)

    def _narrowed(self, query: Query) -> Bounds:
        """Return the query's bounds, narrowed to what its conditions leave of the graph; without conditions, to the
        relations that people ask for."""
        if query.conditions is None:
            return replace(query.bounds, forbidden=query.bounds.forbidden | self.graph.plumbing)
        within = self.conditioned.graph_view(query.conditions)
        within.check_positions(query.bounds.max_hops)
        return replace(query.bounds, within=within)

    def _reason(self, linked: _Linked) -> Reasoning:
        if not linked.topics:
            return Reasoning((), 0.0)
        try:
            with limited(lambda: linked.bounds.over):
                return self.reasoner.reason(linked.asked.question, self.graph, linked.topics, linked.sooner)
        except OutOfTime:
            return Reasoning((), 0.0, exact=False, gap=float("inf"), partial=True)

    def _reason_all(self, linked: Sequence[_Linked]) -> list[Reasoning | ClewError]:
        """Reason together; if that fails, one by one, so that only the questions at fault get an error."""
        questions, bounds = [one.asked.question for one in linked], [one.sooner for one in linked]
        try:
            return list(reason_batch(self.reasoner, questions, self.graph, [one.topics for one in linked], bounds))
        except ClewError:
            return [_attempt(self._reason, one) for one in linked]

    def _conclude_if(
        self, linked: _Linked | ClewError, reasonings: Iterator[Reasoning | ClewError], seconds: float
    ) -> Answered | ClewError:
        if isinstance(linked, ClewError):
            return linked
        if not linked.topics:
            return _attempt(self._conclude, linked, Reasoning((), 0.0), 0.0)
        reasoning = next(reasonings)
        return reasoning if isinstance(reasoning, ClewError) else _attempt(self._conclude, linked, reasoning, seconds)

    def _conclude(self, linked: _Linked, reasoning: Reasoning, seconds: float) -> Answered:
        """Gather the answers, decide whether to give them, and prove them. Where time runs out before there is an
        answer to show, nothing is said of the graph."""
        linked.bounds.check()
        work = Work(Clock({"link": ms(linked.seconds), "reason": ms(seconds)}), linked.late_by(reasoning))
        try:
            with limited(lambda: linked.bounds.over):
                answered = self._concluded(linked, reasoning, work)
        except OutOfTime:
            answered = None
        linked.bounds.check()
        if answered is not None and not (work.late and answered.reason):
            return self._by_program(answered, linked)
        return _out_of_time(linked, reasoning, work.clock.laps, work.late or work.stage)

    def _concluded(self, linked: _Linked, reasoning: Reasoning, work: Work) -> Answered:
        """Do so within the limit of time. Raises ``OutOfTime``."""
        meant = self._paths.among(reasoning, linked.asked)
        work.begin(Stage.GATHERING)
        settled = self._settled(meant, linked)
        if any(part.why is Why.CLASS for part in settled.understood.unread):
            tried = (self._settled(other, linked) for other in self._paths.instead(meant))
            settled = next((one for one in tried if one.is_whole), settled)
        meant, gathered, understood = settled.meant, settled.gathered, settled.understood
        work.late = work.late or (Stage.GATHERING if gathered.late else None)
        work.done("gather", Stage.READING)
        unread = understood.unread or understood.unlike
        reason = abstain(linked.topics, meant, gathered, self._threshold, unread, understood.rivals)
        if reason is Reason.NO_PATH and reasoning.paths and not meant.paths:
            reason = Reason.NOT_STATED
        unread = unread if reason is Reason.UNREAD else understood.unread
        linked.query.observer.read(understood.reading, unread)
        demands = {} if reason else self._demands(linked, gathered)
        work.done("read", Stage.PROVING)
        linked.bounds.check()
        proofs = [] if reason else self._prove(gathered, meant.chains, demands, linked)
        if not reason and len(proofs) < len(gathered.answers):
            work.late = work.late or Stage.PROVING
            gathered = replace(gathered, answers=gathered.answers[: len(proofs)], partial=True, late=True)
        work.done("verify", Stage.PROVING)
        return Answered(
            linked.links,
            meant,
            gathered,
            reason,
            proofs,
            work.clock.laps,
            work.late,
            self._suggested(linked) if reason and not work.late else [],
            understood.reading,
            unread,
            understood.rivals,
            demands,
        )

    def _settled(self, meant: Reasoning, linked: _Linked) -> _Settled:
        """Gather what the paths lead to, and say what the best of them stands for. Raises ``OutOfTime``."""
        found = gather(self.graph, meant, linked.bounds)
        meant, gathered = self._paths.opened(meant, found, linked.asked, linked.bounds)
        meant = self._paths.sure(meant, gathered, linked.asked)
        meant = self._paths.said(meant, gathered, linked.asked)
        understood = self._read(linked, meant, gathered)
        return _Settled(less_sure(meant, understood.unread, understood.unlike), gathered, understood)

    def _by_program(self, answered: Answered, linked: _Linked) -> Answered:
        """Return the answer of a program where the chains decline; where time runs out before, that it did."""
        if linked.query.conditions is not None or linked.bounds.min_hops > 1 or linked.late:
            return answered
        start = time.perf_counter()
        try:
            with limited(lambda: linked.bounds.over):
                answered = self._programs.instead(answered, linked.asked.linking)
        except OutOfTime:
            answered = _out_of_time(linked, answered.reasoning, answered.timings, Stage.READING)
        answered.timings["program"] = ms(time.perf_counter() - start)
        return answered

    def _suggested(self, linked: _Linked) -> list[int]:
        """Return what to ask instead; nothing where there is no time left for that."""
        if not linked.topics or self._suggest is None:
            return []
        with suppress(OutOfTime):
            return self._suggest(linked.asked.question, linked.topics)
        return []

    def _demands(self, linked: _Linked, gathered: Gathered) -> Demands:
        """Return the classes that decide: those of the conditions, and those that the question names and the answers
        have."""
        named = self._reader.classes(gathered.paths[0], linked.asked, gathered.answers[: limits.MAX_ANSWERS_READ])
        demands: dict[int, Collection[int]] = {END: named} if named else {}
        given = linked.query.conditions
        return demands if given is None else demands | self.conditioned.demands(given)

    def _read(self, linked: _Linked, meant: Reasoning, gathered: Gathered) -> _Read:
        """Return what the best path says in words, what it leaves unread, and who else bears its topic's name."""
        if not gathered.paths:
            return _Read("", [], [], [])
        best, answers = gathered.paths[0], gathered.answers[: limits.MAX_ANSWERS_READ]
        unread = _placed(linked, self._reader.unread(best, linked.asked, answers))
        unlike = _placed(linked, self._reader.unlike(best, linked.asked, answers))
        known = best.topic.node in linked.asked.given
        named = frozenset(relation for relation in best.relations if self._reader.names((relation,), linked.asked))
        same_name = [] if known else rivals(self.graph, best, meant.paths, linked.asked.mentions, named)
        return _Read(self._reader.in_words(best, linked.asked, answers), unread, unlike, same_name)

    def _prove(
        self, gathered: Gathered, chains: Sequence[ReasonedChain], demands: Demands, linked: _Linked
    ) -> list[tuple[Derivation, ...]]:
        """Return the derivations of every answer: of its paths, then of the chains that end there. Each has passed the
        checker as a whole, and so has each chain that is shown beside them. Of the first answers only where time runs
        out; raises ``OutOfTime`` where it does not suffice for one."""
        seen, writer = checker.Seen(), ProofWriter(self.graph, demands)
        for chain in looking(chains):
            whole = Proof(self.graph.version, self.graph.key(chain.answer), (writer.chain(chain),))
            checker.verify(self.graph, whole, seen)
        proofs: list[tuple[Derivation, ...]] = []
        sooner = linked.bounds.reserving(limits.SHOWING_SHARE, limits.RESERVED_SECONDS)
        try:
            with limited(lambda: sooner.over):
                for answer in looking(gathered.answers):
                    proof = writer.proof(answer, chains)
                    checker.verify(self.graph, proof, seen)
                    proofs.append(proof.alternatives)
                    linked.query.observer.proved(answer, demands)
        except OutOfTime:
            if not proofs:
                raise
        return proofs


@dataclass(frozen=True, slots=True)
class _Linked:
    """A question after linking: as it was asked, and as it was read; the topics in it, its narrowed bounds, those of
    the search (``sooner``), and the seconds. ``late``: time ran out."""

    query: Query
    asked: Asked
    topics: list[Topic]
    links: list[Link]
    bounds: Bounds
    sooner: Bounds
    seconds: float
    late: bool = False

    def late_by(self, reasoning: Reasoning) -> Stage | None:
        """Return the stage in which time has run out, given what came of the search."""
        if self.late:
            return Stage.LINKING
        return Stage.SEARCHING if reasoning.partial and self.sooner.over else None


@dataclass(frozen=True, slots=True)
class _Read:
    """What the best path says in words, what of the question it leaves unread or is unlike, and the rivals of its
    topic."""

    reading: str
    unread: list[Unread]
    unlike: list[Unread]
    rivals: list[int]


@dataclass(frozen=True, slots=True)
class _Settled:
    """Paths with what they lead to and what the best of them stands for."""

    meant: Reasoning
    gathered: Gathered
    understood: _Read

    @property
    def is_whole(self) -> bool:
        """Whether there are answers, and they stand for the whole question."""
        return bool(self.gathered.answers) and not self.understood.unread and not self.understood.unlike


def _out_of_time(linked: _Linked, reasoning: Reasoning, laps: dict[str, float], late: Stage) -> Answered:
    """Return that time ran out, with nothing found."""
    return Answered(linked.links, reasoning, Gathered((), (), True, late=True), Reason.OUT_OF_TIME, [], laps, late)


def _placed(linked: _Linked, unread: Sequence[Unread]) -> list[Unread]:
    """Return parts of a question as it was read as parts of the question as it was asked."""
    return [
        replace(part, start=start, end=end, text=linked.query.question[start:end])
        for part in unread
        for start, end in [aligned(linked.query.question, linked.asked.question, (part.start, part.end))]
    ]


def _places(node: int, mentions: Sequence[Mention]) -> list[tuple[int, int]]:
    """Return where mentions stand that may name a node."""
    return [
        (mention.start, mention.end)
        for mention in mentions
        if mention.end > mention.start and node in {candidate.node for candidate in mention.candidates}
    ]


def _attempt(work: Callable[..., T], *given: object) -> T | ClewError:
    """Return what the work returns, or the error it raises."""
    try:
        return work(*given)
    except ClewError as error:
        return error


def _sooner(bounds: Bounds) -> Bounds:
    """Return the bounds of linking and search, which leave time for what comes after."""
    return bounds.reserving(limits.RESERVED_SHARE, limits.RESERVED_SECONDS)
