"""A synthetic power-law graph with labels like a real one's: shared names, prefixes of names, ids, dates."""

from __future__ import annotations

import numpy as np

from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples

WORDS = (
    "north south east west river lake mountain city town saint royal grand old new great upper lower union club "
    "house street park bridge hall museum school college league team band album song film novel series award "
    "prize church station airport island bay valley forest garden market tower castle palace theatre opera "
    "library bank company"
)
SYLLABLES = "ba be bo bra cal cor da del do el en fa fer gar gon har hol in jo ka kel kov la len mar mel mo na ni per"
DOMAINS = "people film music location sports organization book tv award education government business"


def power_law_graph(nodes: int, edges: int, relations: int = 400, seed: int = 0) -> Graph:
    """Return a graph of about this many edges; out-degrees fall as rank^-0.86, each node type has 14 relations."""
    rng = np.random.default_rng(seed)
    weights = (np.arange(nodes) + 3.0) ** -0.86
    head = rng.choice(nodes, size=edges, p=weights / weights.sum())
    popular = (np.arange(nodes) + 50.0) ** -0.6
    tail = rng.choice(nodes, size=edges, p=popular / popular.sum())
    mixed = rng.random(edges) < 0.7  # in-degree goes with out-degree for some of the targets only
    tail[mixed] = rng.permutation(nodes)[tail[mixed]]
    kinds = np.stack([rng.choice(relations, 14, replace=False) for _ in range(120)])
    share = (np.arange(14) + 1.0) ** -1.1
    relation = kinds[rng.integers(0, 120, nodes)[head], rng.choice(14, size=edges, p=share / share.sum())]
    labels = _labels(rng, nodes)
    names = _relation_names(rng, relations)
    triples = (
        (f"n{h}", f"r{r}", f"n{t}") for h, r, t in zip(head.tolist(), relation.tolist(), tail.tolist(), strict=True)
    )
    texts = {f"n{i}": label for i, label in enumerate(labels)} | {f"r{i}": name for i, name in enumerate(names)}
    return from_triples(triples, texts, "synthetic")


def _labels(rng: np.random.Generator, count: int) -> list[str]:
    words, syllables = WORDS.split(), SYLLABLES.split()
    kind, size = rng.random(count), rng.integers(1, 4, count)
    word = rng.integers(0, len(words), (count, 3))
    syllable = rng.integers(0, len(syllables), (count, 3))
    labels = []
    for i in range(count):
        name = "".join(syllables[j] for j in syllable[i][: 2 + i % 2]).capitalize()
        if kind[i] < 0.1:
            labels.append(f"m.0{i:x}")
        elif kind[i] < 0.15:
            labels.append(f"{1850 + i % 170}-{1 + i % 12:02d}-{1 + i % 28:02d}")
        else:
            rest = " ".join(words[j].capitalize() for j in word[i][: size[i] - 1])
            labels.append(f"{name} {rest}".strip())
    return labels


def _relation_names(rng: np.random.Generator, count: int) -> list[str]:
    words, domains = WORDS.split(), DOMAINS.split()
    first, second, third = (rng.integers(0, len(domains), count), *rng.integers(0, len(words), (2, count)))
    return [
        f"{domains[a]} {words[b]} {words[c]} {i}" for i, (a, b, c) in enumerate(zip(first, second, third, strict=True))
    ]
