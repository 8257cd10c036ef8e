"""Explains an answer in text: written by a model from the verified evidence, or filled into a template.

Text written by a model is not part of the proof. It is checked (``clew.decoding.answers.naming``): it must be complete,
mention every answer, and mention nothing outside the proofs. Text that fails is withheld, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from clew.decoding.answers.evidence import write_evidence
from clew.decoding.answers.gather import AnswerItem, PathInstance
from clew.decoding.answers.naming import Ground, unfounded, unnamed
from clew.decoding.reasoner import Bounds, Reasoner
from clew.decoding.text.prompt import Template
from clew.decoding.text.text_writer import TextWriter
from clew.kg import limits
from clew.kg.errors import Cancelled, ClewError
from clew.kg.graph.graph import Graph
from clew.tries.labels.label_trie import Match

TEMPLATE = "answer.v1"
_ENDED = re.compile(r".*[.!?。！？][\"'”’)»]*", re.DOTALL)


class ExplanationSource(StrEnum):
    """Whose words an explanation is in."""

    MODEL = "model"
    """A language model's: no part of the proof."""
    TEMPLATE = "template"
    """Clew's own: the edges of the proof, one after the other."""


class Withheld(StrEnum):
    """Why a model's words are not shown."""

    NAMES = "names-outside-proof"
    """They name what the proofs do not hold."""
    MISSING = "answers-missing"
    """They leave out answers that the model was told to name."""
    UNFINISHED = "unfinished"
    """There is no whole sentence."""
    BUDGET = "budget"
    """Time ran out."""
    FAILED = "model-failed"
    """The model could not write: the prompt was too long for it, or it did not answer."""

    @property
    def text(self) -> str:
        """The reason as a sentence."""
        return _TEXTS[self]


_TEXTS = {
    Withheld.NAMES: "The model's explanation was withheld because it contains names that are not in the proof",
    Withheld.MISSING: "The model's explanation was withheld because it omits answers",
    Withheld.UNFINISHED: "The model's explanation was withheld because it is not a complete sentence.",
    Withheld.BUDGET: "The model's explanation was withheld because the time limit was reached.",
    Withheld.FAILED: "The model could not write an explanation",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """``text`` None: ``withheld`` says why, ``details`` name what (names, answers, an error). ``cost``: see
    ``Written``."""

    text: str | None
    source: ExplanationSource
    withheld: Withheld | None = None
    details: tuple[str, ...] = ()
    cost: Mapping[str, float] = field(default_factory=dict)

    @property
    def message(self) -> str | None:
        """Why it is withheld, for people."""
        if self.withheld is None:
            return None
        told = self.withheld.text
        return told if told.endswith(".") else f"{told}: {', '.join(self.details)}."


def explain(
    graph: Graph,
    reasoner: Reasoner,
    question: str,
    answers: Sequence[AnswerItem],
    named: Callable[[str], list[Match]],
    bounds: Bounds,
) -> Explanation:
    """Tell in words why ``answers`` (verified, at least one) are answers, the first ``limits.MAX_EXPLAINED_ANSWERS`` of
    them. ``named(text)`` gives every label of the graph that stands in a text. Raises ``Cancelled``.
    """
    told = answers[: limits.MAX_EXPLAINED_ANSWERS]
    if not isinstance(reasoner, TextWriter):
        return Explanation(_by_template(graph, told, len(answers) - len(told)), ExplanationSource.TEMPLATE)
    paths = [answer.paths[0] for answer in told]
    names = [graph.label(answer.node) for answer in told]
    evidence = write_evidence(graph, paths, reasoner.evidence)
    fields = {"question": question, "evidence": evidence, "answers": ", ".join(names)}
    try:
        written = reasoner.write_text(Template.load(TEMPLATE), fields, [*evidence.splitlines(), *names], bounds)
    except Cancelled:
        raise
    except ClewError as error:
        return Explanation(None, ExplanationSource.MODEL, Withheld.FAILED, (str(error),))
    bounds.check()
    if written.partial:
        return Explanation(None, ExplanationSource.MODEL, Withheld.BUDGET, cost=written.cost)
    text = _sentences(written.text, written.finished)
    withheld, details = _objection(graph, text, question, told, len(answers), named)
    return Explanation(None if withheld else text, ExplanationSource.MODEL, withheld, details, written.cost)


def _sentences(text: str, finished: bool) -> str:
    """Return the first paragraph, up to its last whole sentence where the model was cut short in it."""
    first, *rest = text.strip().split("\n")
    if finished or rest:
        return first.strip()
    ended = _ENDED.match(first)
    return ended[0].strip() if ended else ""


def _objection(
    graph: Graph,
    text: str,
    question: str,
    answers: Sequence[AnswerItem],
    count: int,
    named: Callable[[str], list[Match]],
) -> tuple[Withheld | None, tuple[str, ...]]:
    """Return why a text must not be shown, and what speaks against it."""
    if not text:
        return Withheld.UNFINISHED, ()
    paths = [answer.paths[0] for answer in answers]
    nodes = {node for path in paths for node in path.nodes}
    relations = {relation for path in paths for relation in path.relations}
    labels = named(text)
    if found := unfounded(text, Ground.of(graph, question, nodes, relations, count), labels):
        return Withheld.NAMES, tuple(found)
    if missing := unnamed(text, graph, [answer.node for answer in answers], labels):
        return Withheld.MISSING, tuple(graph.label(node) for node in missing)
    return None, ()


def _by_template(graph: Graph, answers: Sequence[AnswerItem], more: int) -> str:
    lines = [f"{graph.label(answer.node)}: {_spelled(graph, answer.paths[0])}." for answer in answers]
    return "\n".join([*lines, *([f"... and {more} more answers."] if more > 0 else [])])


def _spelled(graph: Graph, path: PathInstance) -> str:
    """Return a path's triples as the graph states them, in the order in which they are walked."""
    count, parts = graph.num_relations, []
    for start, relation, end in zip(path.nodes, path.relations, path.nodes[1:], strict=False):
        head, tail = (end, start) if relation >= count else (start, end)
        parts.append(f"{graph.label(head)} – {graph.relation_label(relation % count)} – {graph.label(tail)}")
    return "; ".join(parts)
