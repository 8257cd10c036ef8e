"""Questions about what a question's entity is known by: ``who directed {x}`` -> ``who directed the sequel of {x}``.

Real people's questions in the sets that may be trained on ask for one relation nearly always, so a model that is
trained on them learns to stop after the first one. Here the words of the entity give way to a description of it by
another relation, and the path grows by that relation.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace

from clew.decoding.embedded.search.wording import readable
from clew.training.questions.names import THING, shortened
from clew.training.questions.pool import PooledRelation, RelationPool
from clew.training.questions.rows import QuestionRow, Walked
from clew.training.synthetic.phrases import TOPIC

_PARTICIPLES = ("ed", "ing", "s")
_SMALL = frozenset(["by", "in", "of", "at", "from", "for", "to", "with", "on", "as", "is", "has", "and", "or"])
"""What the last word of a name is, or ends with, that is no singular noun: nobody says "the directed by of x"."""
_WAYS = ("the {label} of {x}", "{x}'s {label}", "the {x} {label}")
_WEIGHTS = (6, 3, 1)
_ARTICLE = re.compile(r"\b(?:the|a|an) " + re.escape(TOPIC), re.IGNORECASE)


class Nesting:
    """Describes the entities of rows by relations of a pool that lead to such things."""

    def __init__(self, pool: RelationPool) -> None:
        self._pool = pool
        found: dict[str, list[PooledRelation]] = {}
        for one in pool.relations:
            if one.tail != THING and noun_of(one.name):
                found.setdefault(one.tail, []).append(one)
        self._leading = found

    def nested(self, row: QuestionRow, rng: random.Random) -> QuestionRow | None:
        """Return the row one relation further from its entity; None where no relation leads to such an entity."""
        first = row.path[0]
        own = self._pool.relations[self._pool.place[first.name]]
        taken = {step.name for step in row.path}
        taken |= {self._other_end(name) for name in taken}
        leading = [one for one in self._reaching(own.head if first.forward else own.tail) if one.name not in taken]
        if not leading:
            return None
        one = rng.choice(leading)
        way = rng.choices(_WAYS, _WEIGHTS)[0]
        described = way.format(label=noun_of(one.name), x=TOPIC)
        text = _ARTICLE.sub(TOPIC, row.text) if described.startswith("the") else row.text
        path = (Walked(one.name), *row.path)
        return replace(row, text=text.replace(TOPIC, described), path=path, described=True)

    def _other_end(self, name: str) -> str:
        """Return the relation that states the same from the other end, the relation itself where there is none: "the
        author of the book by x" is x."""
        inverse = self._pool.inverse.get(self._pool.place[name])
        return name if inverse is None else self._pool.relations[inverse].name

    def _reaching(self, kind: str) -> Sequence[PooledRelation]:
        return self._leading.get(kind, ())


def noun_of(name: str) -> str:
    """Return the last segment of a relation's name in words where it can stand as "the ... of"; else an empty text."""
    label = readable(shortened(name, 1)).lower()
    words = label.split()
    plain = bool(words) and len(words) <= 3 and all(word.isalpha() for word in words)
    return label if plain and not words[-1].endswith(_PARTICIPLES) and words[-1] not in _SMALL else ""
