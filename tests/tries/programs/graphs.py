"""Small random graphs with classes, numbers, dates and texts, and anchors in a question about them."""

from __future__ import annotations

import random

from clew.kg.graph.builder import GraphBuilder
from clew.kg.graph.graph import Graph
from clew.kg.terms.literal import Literal
from clew.kg.terms.vocabulary import RDF_TYPE, XSD
from clew.tries.columns.columns import ValueColumns
from clew.tries.programs.tokens import Anchor, Op
from clew.tries.programs.values import AttributeValues

NUMBERS = [Literal(text, XSD + "integer") for text in ("0", "1", "2", "3")] + [Literal("2.5", XSD + "decimal")]
TIMES = [Literal(text, XSD + kind) for text, kind in (("1990", "gYear"), ("1990-05-01", "date"), ("1991", "gYear"))]
TEXTS = [Literal("two"), Literal("deux", language="fr")]


def values_of(graph: Graph) -> AttributeValues:
    return AttributeValues(ValueColumns.of(graph))


def random_graph(rng: random.Random, entities: int = 6) -> Graph:
    """A graph of entities, two relations between them, two attributes, and classes."""
    names = [f"e{i}" for i in range(rng.randint(2, entities))]
    classes = [f"c{i}" for i in range(rng.randint(1, 2))]
    builder = GraphBuilder()
    for edge in sorted(
        {(rng.choice(names), rng.choice("rs"), rng.choice(names)) for _ in range(rng.randint(2, 2 * len(names)))}
    ):
        since = rng.randint(1989, 1991)
        years = {"since": Literal(str(since)), "until": Literal(str(since + rng.randint(0, 2)))}
        builder.edge(*edge, None, years if rng.random() < 0.3 else {})
    for name in names:
        for attribute in "pq":
            if rng.random() < 0.6:
                pool = rng.choice([NUMBERS, NUMBERS if attribute == "p" else TIMES, TEXTS, NUMBERS + TIMES])
                for _ in range(rng.choice([1, 1, 2])):
                    builder.edge(name, attribute, rng.choice(pool))
        if rng.random() < 0.7:
            builder.edge(name, RDF_TYPE, rng.choice(classes))
    return builder.build("random")


def random_anchors(rng: random.Random, graph: Graph) -> list[Anchor]:
    """One to four anchors, some of whose spans overlap."""
    anchors = []
    entities = [node for node in range(graph.num_entities) if graph.key(node).startswith("e")]
    classes = [node for node in range(graph.num_entities) if graph.key(node).startswith("c")]
    for _ in range(rng.randint(1, 4)):
        start = rng.randrange(8) * 4
        span = (start, start + rng.choice([3, 3, 6]))
        op = rng.choice([Op.ENT, Op.ENT, Op.CLS, Op.LIT])
        if op is Op.LIT:
            anchors.append(Anchor(op, span, literal=rng.choice(NUMBERS + TIMES)))
        else:
            anchors.append(Anchor(op, span, node=rng.choice(entities if op is Op.ENT or not classes else classes)))
    if all(anchor.op is Op.LIT for anchor in anchors):
        anchors.append(Anchor(Op.ENT, (40, 43), node=rng.choice(entities)))
    return sorted(set(anchors), key=lambda anchor: (anchor.span, anchor.op, anchor.node, str(anchor.literal)))
