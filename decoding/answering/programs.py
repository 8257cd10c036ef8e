"""Answers by a program what no chain of relations stands for."""

from __future__ import annotations

import re
from dataclasses import replace

from clew.decoding.answering.answered import Answered
from clew.decoding.answers.abstain import Reason
from clew.decoding.answers.gather import Gathered
from clew.decoding.embedded.answer_type.lexical import is_person
from clew.decoding.programs.answering import ProgramAnswer, ProgramAnswerer
from clew.decoding.reading.cues import cues, yes_or_no
from clew.decoding.reasoner import Reasoning
from clew.kg import limits
from clew.kg.time_limit import OutOfTime
from clew.retrieval.linking.types import Linking
from clew.retrieval.linking.words import fold_words
from clew.retrieval.wordnet.wordnet import Category, wordnet
from clew.tries.programs.outcome import Truth
from clew.tries.programs.sets import NodeSet
from clew.tries.programs.tokens import Op
from clew.tries.survey.survey import survey_of

_LEFT_TO_PROGRAMS = frozenset(
    {Reason.NOTHING_LINKED, Reason.NO_PATH, Reason.NOT_STATED, Reason.LOW_CONFIDENCE, Reason.UNREAD}
)
"""Why a chain declines where a program may answer."""


_WHO = re.compile(r"^\W*(?:who|whom|whose)\b", re.IGNORECASE)


class Programs:
    """Asks for a program where the chains decline. Safe for threads."""

    def __init__(self, answerer: ProgramAnswerer, threshold: float | None) -> None:
        self._answerer = answerer
        self._least = limits.MIN_PROGRAM_SELECTION if threshold is None else threshold

    def prepare(self) -> None:
        """See ``ProgramAnswerer.prepare``."""
        self._answerer.prepare()

    def instead(self, answered: Answered, linking: Linking) -> Answered:
        """Return the answer of a program that stands for the whole question, if there is one; else what is given.
        Raises ``OutOfTime`` where there may be one that was not found in time."""
        if answered.reason not in _LEFT_TO_PROGRAMS or answered.late is not None:
            return answered
        if answered.reason is Reason.NOT_STATED and not _asks_more(linking):
            return answered
        found = self._answerer.answer(linking)
        if found is None or not self._stands(found, linking.question):
            if found is not None and found.late:
                raise OutOfTime
            return answered
        return replace(
            answered,
            reasoning=Reasoning((), found.selection, selection=found.selection, exact=found.exact),
            gathered=Gathered((), (), False),
            reason=Reason.NOT_STATED if _is_empty(found) else None,
            proofs=[],
            suggestions=[],
            reading=found.reading,
            unread=[],
            rivals=[],
            demands={},
            program=found,
        )

    def _stands(self, found: ProgramAnswer, question: str) -> bool:
        """Return whether a program stands for the whole question."""
        if found.unread or not found.selection >= self._least or _is_chain(found):
            return False
        return not self._denies_too_much(found) and not (_WHO.search(question) and self._is_no_one(found))

    def _is_no_one(self, found: ProgramAnswer) -> bool:
        """Return whether a set holds nobody: its members have classes, and none is one of people or of groups."""
        value = found.execution.value
        if not isinstance(value, NodeSet) or not len(value):
            return False
        graph = self._answerer.graph
        some = value.nodes[: limits.MAX_KINDRED].tolist()
        labels = {graph.label(cls) for node in some if not graph.is_literal(node) for cls in graph.types(node).tolist()}
        heads = [fold_words(label).split()[-1:] for label in labels]
        acting = {Category.PERSON, Category.GROUP}
        return bool(labels) and not any(
            is_person(word) or acting & set(wordnet().categories(word)) for words in heads for word in words
        )

    def _denies_too_much(self, found: ProgramAnswer) -> bool:
        """Return whether a "no" may only mean that the relation is another one: the entity asked for is never at that
        end of it, and nothing of its kind is."""
        tokens, value = found.program.tokens, found.execution.value
        if not isinstance(value, Truth) or value.value or tokens[-1].op is not Op.ASK or tokens[0].op is not Op.ENT:
            return False
        hops = [token.argument for token in tokens if token.op is Op.HOP]
        if not hops or len([token for token in tokens if token.op in (Op.ENT, Op.CLS)]) < 2:
            return False
        graph = self._answerer.graph
        size = graph.num_relations
        node = found.program.anchors[tokens[0].argument].node
        if len(graph.neighbours(node, hops[-1] + size if hops[-1] < size else hops[-1] - size)):
            return False
        reached = set(survey_of(graph).classes_reached(hops[-1])[0].tolist())
        return graph.is_literal(node) or not reached & set(graph.types(node).tolist())


def _asks_more(linking: Linking) -> bool:
    """Return whether a question asks for more than a chain from one entity can say."""
    spans = {(mention.start, mention.end) for mention in linking.mentions if mention.candidates}
    apart = [one for one in spans if not any(one != other and _holds(other, one) for other in spans)]
    cue = next(cues(linking.question), None) or yes_or_no(linking.question)
    return len(apart) > 1 or cue is not None


def _holds(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] <= other[0] and other[1] <= one[1]


def _is_chain(found: ProgramAnswer) -> bool:
    """Return whether a program is a chain from one entity: of these the chains have judged already."""
    ops = [token.op for token in found.program.tokens]
    return ops.count(Op.ENT) == 1 and set(ops) <= {Op.ENT, Op.HOP, Op.TYPE}


def _is_empty(found: ProgramAnswer) -> bool:
    value = found.execution.value
    return isinstance(value, NodeSet) and not len(value)
