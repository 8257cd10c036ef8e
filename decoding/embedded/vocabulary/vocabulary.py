"""The relation vocabulary of a graph: the names of each directed relation, and the classes that it reaches."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, partial

from clew.decoding.embedded.answer_type.reach import Kinds, Reach
from clew.decoding.embedded.search.wording import readable
from clew.kg.graph.graph import Graph
from clew.kg.graph.memo import OncePerGraph
from clew.kg.limits import MAX_CLASSES, MAX_RELATION_NAMES
from clew.kg.terms.labels import Label
from clew.kg.terms.names import INVERSE
from clew.tries.survey.survey import survey_of

TYPE_NAME = "type"
"""How ``rdf:type`` is read, whatever its label: "is a" or "a" would be met by the small words of any question."""
MAJORITY = 0.7
"""Share of what a relation reaches that must be of a class for the relation to be said to reach that class."""
LEAST = 0.02
"""Classes of a smaller share of what a relation reaches are left out: they are of no weight."""


@dataclass(frozen=True, slots=True)
class RelationWords:
    """Per directed relation (2R of each): its label, whether that label is walked backwards, the noun of what it
    reaches ("" where the graph does not tell). ``kinds``: all that is known of what they reach."""

    labels: tuple[str, ...]
    inverse: tuple[bool, ...]
    targets: tuple[str, ...]
    kinds: Kinds


def relation_words(graph: Graph) -> RelationWords:
    """Read the words of a graph's directed relations. An inverse with a name of its own is read by that name."""
    size = graph.num_relations
    labels, inverse = [], []
    for directed in range(2 * size):
        name = graph.relation_label(directed)
        backwards = directed >= size
        if backwards and name.startswith(INVERSE):
            name = graph.relation_label(directed - size)
        labels.append(TYPE_NAME if directed % size == graph.type_relation else readable(name))
        inverse.append(backwards and graph.relation_label(directed).startswith(INVERSE))
    names = cache(partial(_names, graph))
    found = [_reached(graph, directed, names) for directed in range(2 * size)]
    kinds = Kinds(tuple(reach for _, reach in found), tuple(dict.fromkeys(name for name, _ in class_names(graph))))
    return RelationWords(tuple(labels), tuple(inverse), tuple(noun for noun, _ in found), kinds)


@dataclass(frozen=True, slots=True)
class RelationNames:
    """Every name that the directed relations may be read by: ``words`` has V entries, ``owners[v]`` is the directed
    relation that entry v names. The first entry of each relation is its main one."""

    words: RelationWords
    owners: tuple[int, ...]


def relation_names(graph: Graph) -> RelationNames:
    """Return the words of a graph's directed relations together with those of their alternative labels."""
    words, size = relation_words(graph), graph.num_relations
    rows = []
    for directed in range(2 * size):
        label, backwards, target = words.labels[directed], words.inverse[directed], words.targets[directed]
        rows.append((directed, label, backwards, target))
        if directed % size == graph.type_relation:
            continue
        known = {label} if backwards == (directed >= size) else set()
        for other in alternative_labels(graph, directed % size):
            if other not in known and not known.add(other):  # type: ignore[func-returns-value]
                rows.append((directed, other, directed >= size, target))
    owners, labels, inverse, targets = zip(*rows, strict=True)
    return RelationNames(RelationWords(labels, inverse, targets, words.kinds), owners)


def label_texts(words: RelationWords) -> list[str]:
    """Return the distinct labels and nouns among some words, sorted: what is read by an encoder; at least one."""
    return sorted({*words.labels, *words.targets} - {""}) or ["relation"]


def alternative_labels(graph: Graph, relation: int) -> list[str]:
    """Return up to ``MAX_RELATION_NAMES`` alternative labels of a relation, as words, in the graph's languages."""
    return list(dict.fromkeys(map(readable, _other_names(graph.relation_labels(relation), graph))))[:MAX_RELATION_NAMES]


def _other_names(labels: Iterable[Label], graph: Graph) -> list[str]:
    """Return the alternative labels among some, in the graph's languages."""
    return [
        label.text
        for label in labels
        if label.kind == "alternative" and (not label.language or label.language.split("-")[0] in graph.languages)
    ]


def _reached(graph: Graph, directed: int, names: Callable[[int], list[str]]) -> tuple[str, Reach]:
    """Return the label of the class that most nodes reached by a directed relation have ("" if most have none), and
    what is known of them all."""
    if directed % graph.num_relations == graph.type_relation:
        return "", Reach(typed=1.0 if directed == graph.type_relation else 0.0)  # a class is no instance of a class
    survey = survey_of(graph)
    nodes, things, typed = survey.reached[directed].tolist()
    literal = 1 - things / max(nodes, 1)
    if graph.type_relation is None or not things:
        return "", Reach(literal=literal)
    counted = zip(*(some.tolist() for some in survey.classes_reached(directed)), strict=True)
    shares = {cls: count / nodes for cls, count in counted if count >= LEAST * nodes and cls in survey.instances_of}
    named = tuple((name, share) for cls, share in shares.items() for name in names(cls))
    # of classes that cover most, the rarest in the graph says most (a scientist is also a person)
    common = [cls for cls, share in shares.items() if share >= MAJORITY]
    best = min(common, key=lambda cls: (survey.instances_of[cls], cls), default=None)
    return "" if best is None else readable(graph.label(best)), Reach(named, typed / nodes, literal)


def _names(graph: Graph, cls: int) -> list[str]:
    """Return the names of a class, in the graph's languages."""
    return list(dict.fromkeys(map(readable, (graph.label(cls), *_other_names(graph.labels(cls), graph)))))


@OncePerGraph
def class_names(graph: Graph) -> list[tuple[str, int]]:
    """Return the names of the classes that have instances, each with its class; none where there are too many."""
    if graph.type_relation is None:
        return []
    found = survey_of(graph).classes.tolist()
    if len(found) > MAX_CLASSES:
        return []
    return [(name, cls) for cls in found for name in _names(graph, cls)]
