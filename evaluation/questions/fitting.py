"""Fits a question set that was written for another graph (such as Wikidata) to the graph under evaluation."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from clew.evaluation.metrics.ceiling import Ceiling
from clew.evaluation.questions.question import Gold, Question
from clew.evaluation.questions.question_set import QuestionSet
from clew.kg.errors import BadInput
from clew.kg.graph.graph import Graph

FOREIGN = ("qald", "lcquad")
"""Formats whose questions name entities by the IRIs of a public graph, of which the one at hand may be a part."""
NO_TOPIC = "its topic is not in the graph"
NO_RELATION = "a relation of its query is not in the graph"
NO_END = "its query has no answer in the graph"
NO_GOLD = "none of its correct answers is in the graph"


def fit(found: QuestionSet, graph: Graph) -> QuestionSet:
    """Return the questions that the graph can be asked, with the answers of those whose chain gives them.

    Question sets of other formats come back as they are. What is left out is counted by reason; a question whose
    right answers the graph lacks is left out too, since the set does not say that it was meant to have none.
    """
    if found.format not in FOREIGN:
        return found
    ceiling, skipped, kept = Ceiling(graph), Counter(found.skipped), []
    for question in found.questions:
        fitted = _fit(question, graph, ceiling)
        if isinstance(fitted, str):
            skipped[fitted] += 1
        else:
            kept.append(fitted)
    return QuestionSet(kept, found.format, skipped)


def _fit(question: Question, graph: Graph, ceiling: Ceiling) -> Question | str:
    """Return the question as this graph has it, or why it cannot be asked."""
    topics = tuple(topic for topic in question.topics if graph.find_node(topic) is not None)
    if question.topics and not topics:
        return NO_TOPIC
    if not question.by_chain:
        held = any(gold.key is None or graph.find_node(gold.key) is not None for gold in question.answers)
        known = question.chain is None or _has_relations(question, ceiling)
        return replace(question, topics=topics, chain=question.chain if known else None) if held else NO_GOLD
    try:
        outcome = ceiling.outcome(question)
    except BadInput:
        return NO_RELATION
    ends = outcome.answers if outcome is not None else ()
    if not ends:
        return NO_END
    return replace(question, topics=topics, answers=tuple(Gold(end.label, end.key) for end in ends))


def _has_relations(question: Question, ceiling: Ceiling) -> bool:
    try:
        for step in question.chain or ():
            ceiling.directed(step, question)
    except BadInput:
        return False
    return True
