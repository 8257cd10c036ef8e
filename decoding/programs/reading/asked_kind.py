"""Whether what a program finds is what the interrogative of a question asks for: a time, a number, a place."""

from __future__ import annotations

from enum import Enum

from clew.decoding.programs.reading.comparatives import GRADABLES
from clew.decoding.programs.reading.question import AskedWords
from clew.decoding.reading.pronouns import means_person
from clew.kg.graph.graph import Graph
from clew.kg.terms.typed.quantity import Quantity
from clew.retrieval.linking.words import fold_words

_INTERROGATIVES = frozenset({"who", "whom", "whose", "what", "which", "when", "where", "how"})


class InterrogativeKind(Enum):
    """What an interrogative asks for."""

    TIME = "when"
    PLACE = "where"
    MEASURE = "how"
    """How long, how high: a number or a time."""


def asked_kind(asked: AskedWords) -> InterrogativeKind | None:
    """Return what the first interrogative of a question asks for; None where it may be anything."""
    at = next((i for i, text in enumerate(asked.texts) if text in _INTERROGATIVES), None)
    if at is None:
        return None
    text, after = asked.texts[at], asked.texts[at + 1 : at + 2]
    if text == "how":
        measured = bool(after) and after[0] in GRADABLES and after[0] not in ("many", "much", "few", "little")
        return InterrogativeKind.MEASURE if measured else None
    return InterrogativeKind.TIME if text == "when" else InterrogativeKind.PLACE if text == "where" else None


def fits(graph: Graph, kind: InterrogativeKind, nodes: list[int]) -> bool:
    """Return whether any of some nodes is of a kind."""
    return not nodes or any(_FITS[kind](graph, node) for node in nodes)


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
