"""Follow-up questions: what a pronoun stands for is found by asking, and where that does not tell, it is said.

Nothing is remembered from one request to the next. What a follow-up question needs of those before, they are asked for
again: the same question to the same version gets the same answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from clew.api.schema.ask_result import AskResult
from clew.api.schema.request import AskRequest
from clew.api.service.requests import checked
from clew.api.service.service import Service
from clew.decoding.cancellation import Cancellation
from clew.decoding.reading.pronouns import (
    Pronoun,
    can_mean,
    named_instead,
    pronouns,
    with_name,
    without_opening,
)
from clew.kg import limits
from clew.kg.errors import ClewError
from clew.kg.graph.graph import Graph

ANSWERED = ("answered", "partial")


@dataclass(frozen=True, slots=True)
class Referent:
    """What a word of a question was taken to stand for."""

    text: str
    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Turn:
    """A question as it was asked of the graph, and its result. None: it was not asked, and ``unresolved`` says why."""

    question: str
    result: AskResult | None = None
    referents: tuple[Referent, ...] = ()
    unresolved: str = ""


@dataclass(frozen=True, slots=True)
class _Antecedents:
    """Entities that a pronoun may stand for, in groups: those of a group have the same part in what was said."""

    groups: list[list[int]] = field(default_factory=list)

    def fitting(self, graph: Graph, pronoun: Pronoun) -> list[list[int]]:
        """Return those of each group that the pronoun can stand for, each entity once."""
        seen: set[int] = set()
        found = []
        for group in self.groups:
            found.append([node for node in dict.fromkeys(group) if node not in seen and can_mean(graph, pronoun, node)])
            seen.update(group)
        return [group for group in found if group]


class Conversation:
    """A conversation about one version of a graph, and the time it may take."""

    def __init__(
        self,
        service: Service,
        graph: str,
        waited: float,
        deadline: float,
        cancellation: Cancellation | None = None,
        bounds: AskRequest | None = None,
    ) -> None:
        """``waited``: seconds that were waited for the graph; ``deadline``: until when (``time.monotonic`` seconds) all
        questions together may take; ``bounds``: a request whose other fields hold for all. Raises ``UnknownGraph``."""
        self._service, self._name, self._cancellation = service, graph, cancellation
        self._waited, self._deadline = waited, deadline
        self.version = service.version(graph)
        self._bounds = bounds or AskRequest(question="")
        self._turns: dict[int, Turn] = {}

    def answer(self, questions: Sequence[str]) -> Turn:
        """Answer the last of the questions of a conversation; the others are asked only if it refers to them. Raises as
        ``Service.ask``."""
        return self._turn(questions[-limits.MAX_TURNS :])

    def _turn(self, questions: Sequence[str]) -> Turn:
        """Return the turn of the last question, found once."""
        if len(questions) not in self._turns:
            self._turns[len(questions)] = self._read(questions)
        return self._turns[len(questions)]

    def _read(self, questions: Sequence[str]) -> Turn:
        *before, question = questions
        question = checked(AskRequest(question=question)).question
        text = without_opening(question) if before else question
        name = named_instead(question) if before else ""
        if name:
            return self._instead(before, question, name)
        found = pronouns(text)
        if not found or (not before and self._tells_itself(text, found)):
            return Turn(text, self._ask([self._request(text)])[0])
        if len(found) > 1:
            words = " and ".join(f'"{pronoun.text}"' for pronoun in found)
            return Turn(text, unresolved=f"{words} would have to be resolved together. Name what they stand for.")
        return self._resolved(text, found[0], before)

    def _instead(self, before: Sequence[str], question: str, name: str) -> Turn:
        """Ask the question before, with another entity in the place of the one that it names."""
        previous = self._turn(before)
        if previous.result is None:
            return Turn(question, unresolved=f"The question before was not understood. {previous.unresolved}")
        spans = {entity.span for entity in previous.result.linked if entity.topic and entity.span}
        if len(spans) != 1:
            return Turn(question, unresolved=f'What is asked about "{name}" is not clear. Ask the whole question.')
        start, end = spans.pop()
        asked = previous.question
        if asked[start - 1 : start] == "[" and asked[end : end + 1] == "]":
            start, end = start - 1, end + 1
        text = f"{asked[:start]}[{name}]{asked[end:]}"
        return Turn(text, self._ask([self._request(text)])[0])

    def _resolved(self, text: str, pronoun: Pronoun, before: Sequence[str]) -> Turn:
        """Ask a question with what its pronoun stands for, if only one entity makes sense of it."""
        graph = self._service.pipeline(self._name, self.version).graph
        groups = self._antecedents(graph, text, pronoun, before).fitting(graph, pronoun)
        nodes = [node for group in groups for node in group]
        if not nodes:
            return Turn(text, unresolved=f'Nothing that "{pronoun.text}" can stand for was named before.')
        if len(nodes) > limits.MAX_ANTECEDENTS:
            return Turn(text, unresolved=_may_mean(graph, pronoun, nodes))
        asked = [with_name(text, pronoun, graph.label(node)) for node in nodes]
        results = self._ask(
            [self._request(question, [graph.key(node)]) for question, node in zip(asked, nodes, strict=True)]
        )
        answered = [at for at, result in enumerate(results) if result.status in ANSWERED]
        taken = answered or range(len(nodes))
        alone = len(taken) == 1 and (len(nodes) == 1 or any(group == [nodes[taken[0]]] for group in groups))
        if not alone:
            return Turn(text, unresolved=_may_mean(graph, pronoun, nodes))
        node = nodes[taken[0]]
        referent = Referent(pronoun.text, graph.key(node), graph.label(node))
        return Turn(asked[taken[0]], results[taken[0]], (referent,))

    def _tells_itself(self, text: str, found: Sequence[Pronoun]) -> bool:
        """Return whether a question names the class whose members its only pronoun stands for: "films and their
        directors"."""
        if len(found) > 1 or not all(place.owner for place in found[0].places):
            return False
        pipeline = self._service.pipeline(self._name, self.version)
        linking = pipeline.linker.link(text[: found[0].places[0].start])
        return any(_is_class(pipeline.graph, mention.candidates[0].node) for mention in linking.mentions)

    def _antecedents(self, graph: Graph, text: str, pronoun: Pronoun, before: Sequence[str]) -> _Antecedents:
        """Return what is named before a pronoun: in its own question, in the last answer, in the question before."""
        first = min(place.start for place in pronoun.places)
        linking = self._service.pipeline(self._name, self.version).linker.link(text[:first])
        groups = [[mention.candidates[0].node for mention in linking.mentions if len(mention.candidates) == 1]]
        result = self._last_result(before)
        if result is not None:
            groups.append([graph.node(answer.key) for answer in result.answers if answer.kind == "entity"])
            groups.append([graph.node(path.nodes[0].key) for path in result.paths] or _named_in(graph, result))
        return _Antecedents([[node for node in group if not _is_class(graph, node)] for group in groups])

    def _last_result(self, questions: Sequence[str]) -> AskResult | None:
        """Return the result of the last question that was asked of the graph."""
        for end in range(len(questions), 0, -1):
            result = self._turn(questions[:end]).result
            if result is not None:
                return result
        return None

    def _request(self, question: str, topics: list[str] | None = None) -> AskRequest:
        return self._bounds.model_copy(update={"question": question, "topics": topics, "version": self.version})

    def _ask(self, requests: list[AskRequest]) -> list[AskResult]:
        """Return the results. Raises the first error."""
        size = len(requests)
        found = self._service.ask_many(
            self._name,
            requests,
            cancellations=[self._cancellation] * size,
            waited=[self._waited] * size,
            deadlines=[self._deadline] * size,
        )
        results = []
        for one in found:
            if isinstance(one, ClewError):
                raise one
            results.append(one)
        return results


def _named_in(graph: Graph, result: AskResult) -> list[int]:
    """Return the entities that a question was linked to, where its words mean only one each."""
    return [graph.node(entity.key) for entity in result.linked if entity.topic and not entity.ambiguous]


def _is_class(graph: Graph, node: int) -> bool:
    """Return whether an entity is a class, of which no pronoun tells."""
    types = graph.type_relation
    return types is not None and len(graph.neighbours(node, types + graph.num_relations)) > 0


def _may_mean(graph: Graph, pronoun: Pronoun, nodes: Sequence[int]) -> str:
    """Say that a pronoun may stand for several entities."""
    shown = [graph.label(node) for node in nodes[: limits.MAX_ANTECEDENTS]]
    more = f" and {len(nodes) - len(shown):,} more" if len(nodes) > len(shown) else ""
    return f'"{pronoun.text}" may stand for any of these: {", ".join(shown)}{more}. Name the one that you mean.'
