"""A slow, simple constraint and a random model, as oracles for searches and drafters."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from clew.decoding.language_model import Float32, Int32, Int64, Score
from clew.decoding.search.shaper import Float64, Rows
from clew.tries.constraint import Allowed, Bool, Constraint, SpelledPath

END = 0
Tokens = tuple[int, ...]
NOTHING: Tokens = ()


@dataclass(frozen=True)
class ListStates:
    """Rows: an entity and the tokens so far; None when dead."""

    rows: tuple[tuple[int, Tokens] | None, ...]

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, rows: Int64) -> Self:
        """Return the rows at these indices."""
        return type(self)(tuple(self.rows[int(i)] for i in rows))

    def append(self, other: Self) -> Self:
        """Return the rows of both."""
        return type(self)(self.rows + other.rows)


class ListConstraint(Constraint[ListStates]):
    """The paths of each entity, listed; a path is its tokens without the end token."""

    end_token = END

    def __init__(self, paths: dict[int, Iterable[Tokens]]) -> None:
        self.by_entity = {e: sorted({tuple(p) for p in some}) for e, some in paths.items()}

    def start(self, entities: Sequence[int]) -> ListStates:
        """Return one row per entity."""
        return ListStates(tuple((int(e), ()) for e in entities))

    def _next(self, row: tuple[int, Tokens] | None) -> list[int]:
        if row is None:
            return []
        entity, prefix = row
        n = len(prefix)
        return sorted({(*p, END)[n] for p in self.by_entity[entity] if (*p, END)[:n] == prefix and n <= len(p)})

    def allowed(self, states: ListStates) -> Allowed:
        """Return what some path goes on with."""
        rows = [self._next(row) for row in states.rows]
        row_ptr = np.zeros(len(rows) + 1, np.int64)
        np.cumsum([len(r) for r in rows], out=row_ptr[1:])
        return Allowed(row_ptr, np.array([t for r in rows for t in r], np.int32))

    def advance(self, states: ListStates, tokens: Int32) -> ListStates:
        """Return each row after its token."""
        assert len(tokens) == len(states)
        return ListStates(
            tuple(
                (row[0], (*row[1], int(t))) if row is not None and int(t) in self._next(row) else None
                for row, t in zip(states.rows, tokens, strict=True)
            )
        )

    def is_complete(self, states: ListStates) -> Bool:
        """Return, per row, whether it took the end token."""
        return np.array([row is not None and row[1][-1:] == (END,) for row in states.rows], np.bool_)

    def paths(self, states: ListStates) -> list[list[SpelledPath]]:
        """Return each complete row as a path whose relations are its tokens."""
        return [
            [SpelledPath((row[0],), row[1][:-1])] if row is not None and row[1][-1:] == (END,) else []
            for row in states.rows
        ]


class RandomTree:
    """The prefixes of one prompt; node i stands for ``prefixes[i]``."""

    def __init__(self, prompt: str) -> None:
        self.prefixes: list[Tokens] = [()]
        self.seed = zlib.crc32(prompt.encode())

    def __len__(self) -> int:
        return len(self.prefixes)


class RandomModel:
    """Log-probabilities drawn from a hash of the prefix; ``sigma`` sets how peaked they are."""

    def __init__(self, vocab_size: int, sigma: float, seed: int = 0) -> None:
        self.vocab_size, self.sigma, self.seed = vocab_size, sigma, seed
        self.calls = 0
        self._known: dict[tuple[int, Tokens], Float64] = {}

    def encode(self, prompt: str) -> RandomTree:
        """Return a tree with the empty prefix."""
        return RandomTree(prompt)

    def extend(self, context: RandomTree, parents: Int64, tokens: Int32) -> Int64:
        """Add prefixes; see ``LanguageModel.extend``."""
        self.calls += 1
        base = len(context)
        for parent, token in zip(parents, tokens, strict=True):
            context.prefixes.append((*context.prefixes[int(parent)], int(token)))
        return np.arange(base, len(context), dtype=np.int64)

    def logits(self, context_seed: int, prefix: Tokens) -> Float64:
        """Return the logits after a prefix, ``[vocab_size]``."""
        known = self._known.get((context_seed, prefix))
        if known is None:
            key = zlib.crc32(np.array([self.seed, context_seed, *prefix], np.int64).tobytes())
            known = np.random.Generator(np.random.SFC64(key)).normal(0, self.sigma, self.vocab_size)
            self._known[context_seed, prefix] = known
        return known

    def log_probs(self, context: RandomTree, nodes: Int64, row_ptr: Int64, tokens: Int32, score: Score) -> Float32:
        """Score continuations; see ``LanguageModel.log_probs``."""
        out = np.empty(len(tokens), np.float32)
        for i, node in enumerate(nodes):
            logits = self.logits(context.seed, context.prefixes[int(node)])
            mine = tokens[row_ptr[i] : row_ptr[i + 1]]
            over = logits if score is Score.CONDITIONAL else logits[mine]
            out[row_ptr[i] : row_ptr[i + 1]] = logits[mine] - np.logaddexp.reduce(over)
        return out


def brute_force(
    model: RandomModel,
    context: RandomTree,
    constraint: ListConstraint,
    entities: Sequence[int],
    log_probs: Sequence[float],
    score: Score,
    pull: float = 0.0,
) -> list[tuple[float, int, Tokens]]:
    """Every path scored alone, best first: (log_prob, start, tokens with the end token). ``pull``: see ``Puller``."""
    scored = []
    for start, entity in enumerate(entities):
        for path in constraint.by_entity[entity]:
            total, prefix = float(log_probs[start]), NOTHING
            for token in (*path, END):
                logits = model.logits(context.seed, prefix)
                over = logits if score is Score.CONDITIONAL else logits[constraint._next((entity, prefix))]
                total += float(logits[token] - np.logaddexp.reduce(over))
                options = constraint._next((entity, prefix))
                if pull and len(options) > 1:
                    before = logits[options] - np.logaddexp.reduce(logits[options])
                    after = before + [pull * whim(entity, prefix, t) for t in options]
                    i = options.index(token)
                    total += float(after[i] - np.logaddexp.reduce(after) - before[i])
                prefix = (*prefix, token)
            scored.append((total, start, (*path, END)))
    return sorted(scored, key=lambda s: (-s[0], s[1], s[2]))


def whim(entity: int, prefix: Tokens, token: int) -> float:
    """A number in [-1, 1] that depends on where a path stands."""
    return zlib.crc32(np.array([entity, *prefix, token], np.int64).tobytes()) / 2**31 - 1


class Puller:
    """A shaper that adds ``pull`` times a whim to each logit."""

    def __init__(self, pull: float) -> None:
        self.pull = pull

    def shape(self, logits: Float64, rows: Rows[Any]) -> Float64:
        """Return the logits, each with its pull."""
        assert (np.diff(rows.row_ptr) > 1).all()  # forced tokens are no decision
        owners = np.repeat(np.arange(len(rows)), np.diff(rows.row_ptr))
        places = [rows.states.rows[i] for i in owners]
        whims = [whim(entity, prefix, int(t)) for (entity, prefix), t in zip(places, rows.tokens, strict=True)]
        return np.asarray(logits + self.pull * np.array(whims), np.float64)
