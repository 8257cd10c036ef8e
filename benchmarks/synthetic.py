"""A synthetic knowledge graph of any size as N-Triples: labelled, typed and dated entities with skewed links."""

from __future__ import annotations

from pathlib import Path

import numpy as np

PER_ENTITY = 6  # a label, a type, a date and three links
RELATIONS = 200
CLASSES = 50
_STEP = 100_000  # entities drawn at a time

_LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_DATE = "http://www.w3.org/2001/XMLSchema#date"
BASE = "http://graph.example.org/"


def write_ntriples(path: Path, triples: int, seed: int = 0) -> None:
    """Write ``triples`` N-Triples, of which some few repeat; link tails follow a power law, so that there are hubs."""
    rng = np.random.default_rng(seed)
    entities = triples // PER_ENTITY
    with path.open("w", encoding="utf-8") as stream:
        for low in range(0, entities, _STEP):
            count = min(_STEP, entities - low)
            stream.write("".join(_entity(low + i, *row) for i, row in enumerate(_draw(rng, count, entities))))


def label_of(number: int, triples: int, seed: int = 0) -> str:
    """The label of one of the first ``_STEP`` entities."""
    count = min(_STEP, triples // PER_ENTITY)
    return _label(number, int(_draw(np.random.default_rng(seed), count, triples // PER_ENTITY)[number][0]))


def write_hub(path: Path, edges: int) -> None:
    """Write N-Triples of one entity that is linked to and from ``edges // 2`` labelled leaves."""
    hub, hold, point = f"<{BASE}hub>", f"<{BASE}property/hold>", f"<{BASE}property/point>"
    with path.open("w", encoding="utf-8") as stream:
        stream.write(f'{hub} <{_LABEL}> "Great Hub"@en .\n{hold} <{_LABEL}> "hold"@en .\n')
        stream.write(f'{point} <{_LABEL}> "point to"@en .\n')
        for i in range(edges // 2):
            leaf = f"<{BASE}leaf/{i}>"
            stream.write(f'{leaf} <{_LABEL}> "Leaf {i}"@en .\n{hub} {hold} {leaf} .\n{leaf} {point} {hub} .\n')


def _draw(rng: np.random.Generator, count: int, entities: int) -> list[tuple[int, ...]]:
    """Of each entity: class, day, three relations and three tails."""
    classes = rng.integers(0, CLASSES, count)
    days = rng.integers(0, 200 * 365, count)
    relations = np.minimum(rng.geometric(0.03, (count, 3)) - 1, RELATIONS - 1)
    tails = (entities * rng.random((count, 3)) ** 3).astype(np.int64)
    return list(map(tuple, np.column_stack((classes, days, relations, tails)).tolist()))


def _label(number: int, kind: int) -> str:
    return f"Entity {number} of kind {kind}"


def _entity(number: int, kind: int, day: int, *links: int) -> str:
    subject = f"<{BASE}entity/{number}>"
    year, rest = divmod(day, 365)
    lines = [
        f'{subject} <{_LABEL}> "{_label(number, kind)}"@en .\n',
        f"{subject} <{_TYPE}> <{BASE}class/{kind}> .\n",
        f'{subject} <{BASE}property/dated> "{1820 + year}-{rest // 31 + 1:02}-{rest % 28 + 1:02}"^^<{_DATE}> .\n',
    ]
    for relation, tail in zip(links[:3], links[3:], strict=True):
        lines.append(f"{subject} <{BASE}property/p{relation}> <{BASE}entity/{tail}> .\n")
    return "".join(lines)
