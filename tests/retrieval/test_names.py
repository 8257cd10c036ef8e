"""Names as people write them: a differing number is another thing, a name that goes on is another name, and a name in
lower case, of symbols or in part is still a name. The questions are in ``names.toml``."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path

import pytest

from clew.kg.graph.builder import GraphBuilder
from clew.retrieval.linking.linker import EntityLinker
from clew.retrieval.linking.topics import topics

DATA = tomllib.loads(Path(__file__).with_name("names.toml").read_text(encoding="utf-8"))
CASES = [(question, label) for kind in DATA["kinds"].values() for question, label in kind.items()]


@lru_cache(maxsize=1)
def linker() -> EntityLinker:
    builder = GraphBuilder()
    for at, name in enumerate(DATA["labels"]):
        builder.label(f"node/{at}", name)
        builder.edge(f"node/{at}", DATA["relations"][at % len(DATA["relations"])], f"other/{at}")
    return EntityLinker.build(builder.build("names"))


@pytest.mark.parametrize(("question", "label"), CASES)
def test_name(question: str, label: str) -> None:
    found = topics(linker().link(question))
    assert (linker().graph.label(found[0].node) if found else "") == label


@pytest.mark.parametrize("kind", DATA["kinds"])
def test_each_kind_has_cases(kind: str) -> None:
    assert len(DATA["kinds"][kind]) >= 4
