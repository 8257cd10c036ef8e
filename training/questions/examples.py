"""Rows of real questions as training examples, each over a schema of its own."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from math import sqrt

from clew.decoding.embedded.search.wording import TOPIC_MARK, parse_prompt
from clew.kg import limits
from clew.training.questions.names import same, shortened
from clew.training.questions.nesting import Nesting
from clew.training.questions.pool import RelationPool
from clew.training.questions.rows import QuestionRow
from clew.training.questions.schemas import QuestionSchemas
from clew.training.questions.wording import reworded
from clew.training.synthetic.examples import ChainExamples, Example
from clew.training.synthetic.phrases import TOPIC

HELD_OUT_SOURCES = ("qald9-train", "qald9plus-train")
"""Sets never trained on: how people word questions elsewhere."""
NESTED = 0.3
"""Share of questions whose entity is described by another relation, where one is there."""
HELD_OUT_SHARE = 10
"""One relation in so many is never trained on, nor is any question that needs it."""


@dataclass(frozen=True, slots=True)
class RowSplit:
    """Rows to train on, and rows to fit and judge on: other relations, or other sources."""

    trained: tuple[QuestionRow, ...]
    held_out: tuple[QuestionRow, ...]


def split(rows: Sequence[QuestionRow], left_out: Sequence[str] = ()) -> RowSplit:
    """Split rows by relation and source. Rows that may not be trained on, or ask for a relation of these names
    (``left_out``, in whatever spelling, or by its last segment alone), are in neither part."""
    barred = {part for name in left_out for part in _spellings(name)}
    used = [row for row in rows if _usable(row) and not any(set(_spellings(step.name)) & barred for step in row.path)]
    held = [row.source in HELD_OUT_SOURCES or any(_is_held_out(step.name) for step in row.path) for row in used]
    return RowSplit(
        tuple(row for row, out in zip(used, held, strict=True) if not out),
        tuple(row for row, out in zip(used, held, strict=True) if out),
    )


def _usable(row: QuestionRow) -> bool:
    """Whether a row can be made an example: it tells where the path starts, and that takes at most two steps."""
    marked = row.text.count(TOPIC) == 1 and len(row.text) <= limits.MAX_TRAINING_QUESTION
    return marked and not row.twin and len({step.name for step in row.path}) == len(row.path) <= 2


def _is_held_out(name: str) -> bool:
    return sha256(" ".join(same(name)).encode()).digest()[0] % HELD_OUT_SHARE == 0


def _spellings(name: str) -> tuple[tuple[str, ...], ...]:
    """Return what a relation over a mediator is made of, as segments, and the last segment of the whole by itself."""
    parts = tuple(same(part) for part in name.removeprefix("^").split("./"))
    return (*parts, same(shortened(name.removeprefix("^"), 1).replace("_", " ")))


class RowSampler:
    """Draws examples from rows; the same seed gives the same examples.

    Sources, and relations within a source, are drawn by the square root of how many rows they have: else a few
    relations would be most of what is asked. ``unanswerable``: the share without an answer.
    """

    def __init__(
        self, rows: Sequence[QuestionRow], pool: RelationPool, seed: int, unanswerable: float = 0.2, max_hops: int = 3
    ) -> None:
        self._rng, self._unanswerable = random.Random(seed), unanswerable
        self._schemas = QuestionSchemas(pool, self._rng)
        self._maker = ChainExamples(self._rng, max_hops)
        self._nesting = Nesting(pool)
        found: dict[str, dict[str, list[QuestionRow]]] = {}
        for row in rows:
            found.setdefault(row.source, {}).setdefault(row.path[-1].name, []).append(row)
        self._sources = {name: sqrt(sum(map(len, table.values()))) for name, table in found.items()}
        self._groups = {
            name: (tuple(table.values()), [sqrt(len(some)) for some in table.values()]) for name, table in found.items()
        }

    def __iter__(self) -> Iterator[Example]:
        while True:
            yield self.draw()

    def draw(self) -> Example:
        """Return the next example."""
        rng = self._rng
        while True:
            source = rng.choices(list(self._sources), list(self._sources.values()))[0]
            groups, weights = self._groups[source]
            example = self._example(rng.choice(rng.choices(groups, weights)[0]))
            if example is not None:
                return example

    def _example(self, row: QuestionRow) -> Example | None:
        rng = self._rng
        if rng.random() < NESTED:
            row = self._nesting.nested(row, rng) or row
        wording = reworded(row.text, rng)
        if wording.count(TOPIC) != 1:
            return None
        question = parse_prompt(wording.replace(TOPIC, TOPIC_MARK))
        answerable = rng.random() >= self._unanswerable
        lacking = not answerable and rng.random() < 0.6
        drawn = self._schemas.draw(row.path, answerable, lacking, row.described)
        if lacking and len(drawn.schema.relations) < 2:
            return None
        made = self._maker.example(question, drawn.chain, drawn.schema, answerable, answerable or lacking)
        return None if made is None else replace(made, domain=row.path[-1].name)
