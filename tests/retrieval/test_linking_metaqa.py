"""Linking raw questions of MetaQA's dev split: the entity in brackets must be found without the brackets."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from clew.kg.graph.interop import from_triples
from clew.retrieval.linking.linker import EntityLinker
from clew.retrieval.linking.topics import topics

pytestmark = pytest.mark.shared
PER_HOP = 100
BRACKETED = re.compile(r"\[(.*?)\]")


@pytest.fixture(scope="module")
def linker(shared_data: Path) -> EntityLinker:
    with (shared_data / "metaqa" / "kb.txt").open(encoding="utf-8") as lines:
        return EntityLinker.build(from_triples(line.rstrip("\n").split("|") for line in lines))


@pytest.fixture(scope="module")
def questions(shared_data: Path) -> list[tuple[str, str]]:
    """(question in brackets, topic), the same number of each hop count."""
    chosen = []
    for hop in (1, 2, 3):
        lines = (shared_data / "metaqa" / f"{hop}-hop" / "qa_dev.txt").read_text(encoding="utf-8").splitlines()
        chosen += [line.split("\t")[0] for line in random.Random(0).sample(lines, PER_HOP)]
    found = [BRACKETED.search(question) for question in chosen]
    return [(question, match[1]) for question, match in zip(chosen, found, strict=True) if match]


def typo(rng: random.Random, name: str) -> str:
    """One letter lost, added, replaced or swapped with the next."""
    while True:
        at, letter = rng.randrange(len(name)), rng.choice("abcdefghijklmnopqrstuvwxyz")
        typed = rng.choice(
            [
                name[:at] + name[at + 1 :],
                name[:at] + letter + name[at:],
                name[:at] + letter + name[at + 1 :],
                name[:at] + name[at + 1 : at + 2] + name[at : at + 1] + name[at + 2 :],
            ]
        )
        if typed != name:
            return typed


def shares(linker: EntityLinker, asked: list[tuple[str, str]]) -> tuple[float, float]:
    """Share of questions whose topic is the first one, and is among the topics."""
    found = [[topic.node for topic in topics(linker.link(question))] for question, _ in asked]
    gold = [linker.graph.node(name) for _, name in asked]
    first = [nodes[:1] == [node] for nodes, node in zip(found, gold, strict=True)]
    among = [node in nodes for nodes, node in zip(found, gold, strict=True)]
    return sum(first) / len(asked), sum(among) / len(asked)


@pytest.mark.parametrize(
    ("change", "recase", "least_first", "least_among"),
    [
        (lambda rng, name: name, str, 0.97, 0.99),
        (lambda rng, name: name, str.lower, 0.95, 0.97),
        (lambda rng, name: name, str.upper, 0.93, 0.97),
        (typo, str, 0.92, 0.95),
        (typo, str.lower, 0.9, 0.93),
    ],
    ids=["as written", "lower case", "capitals", "typo", "typo in lower case"],
)
def test_topic_is_found(
    linker: EntityLinker,
    questions: list[tuple[str, str]],
    change: Callable[[random.Random, str], str],
    recase: Callable[[str], str],
    least_first: float,
    least_among: float,
) -> None:
    rng = random.Random(1)
    asked = [(recase(BRACKETED.sub(lambda _, n=name: change(rng, n), question)), name) for question, name in questions]
    first, among = shares(linker, asked)
    assert first >= least_first
    assert among >= least_among


def test_brackets_always_give_the_topic(linker: EntityLinker, questions: list[tuple[str, str]]) -> None:
    assert shares(linker, questions) == (1.0, 1.0)


@pytest.mark.parametrize("question", ["how are you today", "please tell me something", "who is it", "asdf qwer zxcv"])
def test_nothing_is_made_up(linker: EntityLinker, question: str) -> None:
    assert linker.link(question).mentions == ()
