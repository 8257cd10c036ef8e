"""Ranks the programs that the search found, by a trained model over what is known of each as a whole.

The search adds up costs token by token; here a program is looked at with its result. A log-linear model over the
candidates (conditional logit, McFadden 1974; as the reranking of parses by Collins and Koo 2005) gives each its
probability, and a logistic model says how sure it is that the first is what was asked. Both are trained on questions
made from the project's own lexicon (``clew.training.programs``).
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from clew.decoding.programs.reading.checks.asked_class import AskedClass
from clew.decoding.programs.reading.checks.misread import Misread
from clew.decoding.programs.reading.costs.costs import TokenCosts
from clew.decoding.programs.reading.question import AskedWords, ones
from clew.decoding.programs.reading.search import Found, is_its_value
from clew.kg.graph.graph import Graph
from clew.kg.terms.typed.quantity import Quantity
from clew.tries.programs.algebra import Algebra
from clew.tries.programs.outcome import Number, Table
from clew.tries.programs.sets import NodeSet
from clew.tries.programs.tokens import COLUMNS, SUMMED, TOTALS, Op

Float64 = NDArray[np.float64]

FILE = "ranking.json"
_COUNTED = (
    Op.HOP,
    Op.CMP,
    Op.DEGREE_CMP,
    Op.ARG,
    Op.DEGREE,
    Op.AND,
    Op.OR,
    Op.NOT,
    Op.TYPE,
    Op.CLS,
    Op.ENT,
    Op.DEGREE_PROJ,
)
_LAST = (*TOTALS, Op.ASK, Op.ASK_CMP)
FEATURES = (
    *("cost", "anchors", "hops", "values", "unread words", "unread operators", "unsaid hops", "said again"),
    *("nothing found", "one of several", "several of one", "no time", "no person", "no place"),
    *("no number", "literals", "backwards", "silent end", "log size", "classes"),
    *(f"has {op.value}" for op in _COUNTED),
    *(f"ends {op.value}" for op in _LAST),
    "totals",
    "of another class",
    *Misread.FIGURES,
)
OF_ANOTHER_CLASS = FEATURES.index("of another class")
SELECTING = (
    *("log share", "margin", "cost", "unread words", "unread operators", "of another class", "nothing found", "exact"),
    *Misread.FIGURES,
)
"""What tells how sure the first program is."""


@dataclass(frozen=True)
class Ranking:
    """The trained weights: of ``FEATURES``, and of ``SELECTING`` with a constant at the end."""

    candidate: Float64
    selection: Float64

    def probabilities(self, features: Float64) -> Float64:
        """Return the probability of each candidate, given ``[n, FEATURES]``."""
        scores = features @ self.candidate
        weights = np.exp(scores - scores.max())
        found: Float64 = weights / weights.sum()
        return found

    def sure(self, told: Float64) -> float:
        """Return the probability that the first candidate is right, given its figures ``[SELECTING]``."""
        return float(1 / (1 + math.exp(-float(np.append(told, 1.0) @ self.selection))))

    def as_json(self) -> str:
        """Return the weights by name."""
        kept = {
            "candidate": {n: round(float(w), 4) for n, w in zip(FEATURES, self.candidate, strict=True)},
            "selection": {n: round(float(w), 4) for n, w in zip((*SELECTING, "constant"), self.selection, strict=True)},
        }
        return json.dumps(kept, indent=1) + "\n"


@lru_cache(maxsize=1)
def trained() -> Ranking:
    """Return the shipped weights."""
    told = json.loads(resources.files("clew.data").joinpath("programs", FILE).read_text(encoding="utf-8"))
    return Ranking(
        np.array([told["candidate"].get(name, 0.0) for name in FEATURES]),
        np.array([told["selection"].get(name, 0.0) for name in (*SELECTING, "constant")]),
    )


def features(algebra: Algebra, costs: TokenCosts, found: Sequence[Found]) -> Float64:
    """Return what is known of each program, ``[n, FEATURES]``."""
    asked_class, misread = AskedClass(algebra, costs), Misread(algebra.graph, costs)
    rows = [[*_features(algebra.graph, costs, one), asked_class.missed(one), *misread.of(one)] for one in found]
    return np.array(rows).reshape(len(found), len(FEATURES))


def selecting(row: Float64, share: float, rival: float, exact: bool) -> Float64:
    """Return the figures ``[SELECTING]`` of the first program. ``row``: its ``FEATURES``; ``share``, ``rival``: the
    probability of what it means, and of the likeliest other."""
    best = dict(zip(FEATURES, row, strict=True))
    told = {"log share": math.log(max(share, 1e-6)), "margin": share - rival, "exact": exact}
    return np.array([float(told.get(name, best.get(name, 0.0))) for name in SELECTING])


def _features(graph: Graph, costs: TokenCosts, one: Found) -> list[float]:
    asked, ops = costs.asked, [token.op for token in one.tokens]
    spent = list(zip(ops, one.spent, strict=True))
    said = [bool(bits) for bits in one.claims]
    for at, (last, token) in enumerate(pairwise(one.tokens), 1):
        said[at] |= token.op is Op.HOP and is_its_value(last, token)  # the question says it once: "the least depth"
    value = one.top.value
    some = value if isinstance(value, NodeSet) else value.rows if isinstance(value, Table) else None
    size = len(some) if some is not None else 1
    kinds = _kinds(graph, costs, value)
    own = [
        one.cost,
        sum(cost for op, cost in spent if op in (Op.ENT, Op.CLS, Op.TYPE)),
        sum(cost for op, cost in spent if op in (Op.HOP, Op.CLOSE, *COLUMNS, Op.GROUP)),
        sum(cost for op, cost in spent if op in (Op.CMP, Op.DEGREE_CMP, Op.ARG, Op.DEGREE, *SUMMED)),
        asked.unread(one.read),
        sum(1.0 for cue in costs.cues if cue.strong and not cue.is_read(one.read)),
        float(sum(op is Op.HOP and not read for op, read in zip(ops, said, strict=True))),
        float(_again(one.claims)),
        float(size == 0),
        float(size == 1 and _is_plural(asked, costs.focus)),
        float(size > 1 and _is_singular(asked, costs.focus)),
        *kinds,
        float(_backwards(one.claims)),
        float(bool(said) and not said[-1]),
        math.log1p(size),
        float(sum(1 for op in ops if op in (Op.CLS, Op.TYPE))),
    ]
    ends = [float(ops[-1] is op) for op in _LAST]
    return [*own, *(float(ops.count(op)) for op in _COUNTED), *ends, float(sum(1 for op in ops if op in TOTALS))]


def _kinds(graph: Graph, costs: TokenCosts, value: object) -> list[float]:
    """Return whether what is found is none of what the interrogative asks for: a time, a person, a place, a number;
    and whether it is literals."""
    first = next((text for text in costs.asked.texts if text in ("who", "whom", "when", "where", "how", "whose")), "")
    if not isinstance(value, NodeSet) or not len(value):
        number = isinstance(value, Number) or (isinstance(value, Table) and value.has_numbers)
        return [
            float(first == "when"),
            float(first in ("who", "whom")),
            float(first == "where"),
            float(first == "how" and not number),
            0.0,
        ]
    some = value.nodes[:8].tolist()
    literal = sum(map(graph.is_literal, some)) == len(some)
    typed = [graph.literal(node).typed if graph.is_literal(node) else None for node in some]
    time = all(one is not None and not isinstance(one, Quantity) for one in typed)
    year = time or all(graph.label(node)[:4].isdigit() for node in some)
    number = any(graph.label(node)[:1].isdigit() for node in some)
    return [
        float(first == "when" and not year),
        float(first in ("who", "whom") and literal),
        float(first == "where" and literal and number),
        float(first == "how" and not number),
        float(literal and first not in ("how", "when")),
    ]


def _again(claims: Sequence[int]) -> int:
    """Return how many words are read again by a later token that is not next to the first."""
    count, read = 0, 0
    for bits in claims:
        count += len(list(ones(bits & read)))
        read |= bits
    return count


def _backwards(claims: Sequence[int]) -> int:
    """Return how often the question is read backwards: people name what they ask for first."""
    places = [bits.bit_length() for bits in claims if bits]
    return sum(1 for before, after in pairwise(places) if after > before)


def _is_plural(asked: AskedWords, focus: int) -> bool:
    word = asked.texts[focus.bit_length() - 1] if focus else ""
    return word.endswith("s") and not word.endswith(("ss", "us", "is"))


def _is_singular(asked: AskedWords, focus: int) -> bool:
    at = focus.bit_length() - 1
    before = asked.texts[max(0, at - 3) : at] if focus else []
    return (
        bool(focus)
        and not _is_plural(asked, focus)
        and bool({"which", "what", "is", "was", "the"} & set(before))
        and "all" not in before
    )
