"""Whether what a program finds is what the interrogative of a question asks for: a time, a number, a place."""

from __future__ import annotations

from enum import Enum

from clew.decoding.programs.reading.comparatives import GRADABLES
from clew.decoding.programs.reading.question import AskedWords
from clew.decoding.reading.pronouns import means_person
from clew.kg.graph.graph import Graph
from clew.kg.terms.typed.quantity import Quantity
from clew.retrieval.linking.words import fold_words
from clew.tries.programs.machine import Operand

_INTERROGATIVES = frozenset({"who", "whom", "whose", "what", "which", "when", "where", "how"})


SOME = 4
"""Elements of a set that are looked at."""


class InterrogativeKind(Enum):
    """What an interrogative asks for."""

    TIME = "when"
    PLACE = "where"
    MEASURE = "how"
    """How long, how high: a number or a time."""


def asking_at(asked: AskedWords) -> int:
    """Return the place of the interrogative that a question begins with, but for small words; -1: there is none."""
    for i, text in enumerate(asked.texts):
        if text in _INTERROGATIVES:
            return i
        if asked.costs[i]:
            return -1  # "harbours WHERE ferries stop": a clause
    return -1


def asked_kind(asked: AskedWords) -> InterrogativeKind | None:
    """Return what the interrogative that a question begins with asks for; None where it may be anything."""
    at = asking_at(asked)
    if at < 0:
        return None
    text, after = asked.texts[at], asked.texts[at + 1 : at + 2]
    if text == "how":
        measured = bool(after) and after[0] in GRADABLES and after[0] not in ("many", "much", "few", "little")
        return InterrogativeKind.MEASURE if measured else None
    return InterrogativeKind.TIME if text == "when" else InterrogativeKind.PLACE if text == "where" else None


def fits(graph: Graph, kind: InterrogativeKind, nodes: list[int]) -> bool:
    """Return whether any of some nodes is of a kind."""
    return not nodes or any(_FITS[kind](graph, node) for node in nodes)


def may_answer(graph: Graph, kind: InterrogativeKind | None, operand: Operand) -> bool:
    """Return whether a set may be of the kind asked for, by its first elements; what is no set may be."""
    return kind is None or not operand.is_set or fits(graph, kind, operand.nodes.nodes[:SOME].tolist())


def _is_time(graph: Graph, node: int) -> bool:
    typed = graph.literal(node).typed if graph.is_literal(node) else None
    return (typed is not None and not isinstance(typed, Quantity)) or graph.label(node)[:4].isdigit()


def _is_measure(graph: Graph, node: int) -> bool:
    return graph.is_literal(node) and any(letter.isdigit() for letter in graph.label(node))


def _is_place(graph: Graph, node: int) -> bool:
    """Return whether a node may be a place: it is no number and no person."""
    if graph.is_literal(node):
        return graph.literal(node).typed is None
    heads = [fold_words(graph.label(cls)).split()[-1:] for cls in graph.types(node).tolist()]
    return not any(means_person(word) for words in heads for word in words)


_FITS = {InterrogativeKind.TIME: _is_time, InterrogativeKind.MEASURE: _is_measure, InterrogativeKind.PLACE: _is_place}
