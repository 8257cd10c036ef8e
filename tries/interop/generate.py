"""A constraint for engines that have their own loop: token bitmasks, and Hugging Face ``generate``.

Nothing here imports a model library: Hugging Face calls logits processors and prefix functions by their signature.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import numpy as np

from clew.kg.columnar.compiled import kernel
from clew.kg.errors import ConstraintViolation
from clew.tries.constraint import Allowed, Constraint, Int32, Int64, SpelledPath, States

S = TypeVar("S", bound=States)


def token_bitmask(allowed: Allowed, vocab_size: int) -> Int32:
    """Return the packed mask that vLLM, SGLang and xgrammar apply: int32[n, ceil(vocab_size / 32)].

    Bit ``t % 32`` of word ``t // 32`` is set if token t is allowed; a row that allows nothing has no bit set.

    Raises:
        ConstraintViolation: an allowed token lies outside the vocabulary.
    """
    if len(allowed.token_ids) and not 0 <= allowed.token_ids.min() <= allowed.token_ids.max() < vocab_size:
        raise ConstraintViolation(f"an allowed token is outside the vocabulary of {vocab_size} tokens")
    words: Int32 = _pack(allowed.row_ptr, allowed.token_ids, (vocab_size + 31) // 32).view(np.int32)
    return words


@kernel
def _pack(row_ptr: Int64, token_ids: Int32, words: int) -> Any:
    mask = np.zeros((len(row_ptr) - 1, words), np.uint32)
    for b in range(len(row_ptr) - 1):
        for i in range(row_ptr[b], row_ptr[b + 1]):
            mask[b, token_ids[i] >> 5] |= np.uint32(1) << np.uint32(token_ids[i] & 31)
    return mask


class Tracker(Generic[S]):
    """The states of the rows of a ``generate`` loop, found again by the tokens each row has generated.

    Beam search reorders and drops rows between calls without saying how; the tokens say it. A row whose prefix was not
    seen in the last call is replayed from its start.
    """

    def __init__(self, constraint: Constraint[S], entities: Sequence[int]) -> None:
        self.constraint, self.entities = constraint, list(entities)
        self._states: S | None = None
        self._row: dict[tuple[int, ...], int] = {}

    def states(self, items: Sequence[int], generated: Sequence[Sequence[int]]) -> tuple[S, Allowed]:
        """Return the state of each row, and what is allowed after it: ``items[i]`` says whose entity it starts from,
        ``generated[i]`` its tokens."""
        keys = [(item, *tokens) for item, tokens in zip(items, generated, strict=True)]
        if self._states is not None and all(len(key) > 1 and key[:-1] in self._row for key in keys):
            before = self._states.take(np.array([self._row[key[:-1]] for key in keys], np.int64))
            states, allowed = self.constraint.advance_allowed(before, np.array([key[-1] for key in keys], np.int32))
        else:
            states = self._replay(keys)
            allowed = self.constraint.allowed(states)
        self._states, self._row = states, {key: i for i, key in enumerate(keys)}
        return states, allowed

    def _replay(self, keys: Sequence[tuple[int, ...]]) -> S:
        states = self.constraint.start([self.entities[key[0]] for key in keys])
        for depth in range(1, max((len(key) for key in keys), default=1)):
            going = np.array([i for i, key in enumerate(keys) if len(key) > depth], np.int64)
            moved = self.constraint.advance(states.take(going), np.array([keys[i][depth] for i in going], np.int32))
            rest = np.setdiff1d(np.arange(len(keys)), going)
            states = moved.append(states.take(rest)).take(np.argsort(np.concatenate([going, rest])))
        return states


class ConstrainedLogits(Generic[S]):
    """A Hugging Face ``LogitsProcessor``: every token that the constraint does not allow gets minus infinity.

    The constrained span begins where the prompt ends: at the first call. A complete row may only go on with
    ``end_token`` (which ``generate`` pads over if it is its EOS). A row that beam search keeps as a filler after its
    score fell to minus infinity is dead: it may only end, with the lowest finite score, and ``paths`` has none for it.

    Args:
        constraint: any constraint whose token ids are the model's.
        entities: the node each batch item starts from; each item has n rows (beams or samples) together.

    Raises (when called):
        ConstraintViolation: the rows are no multiple of the items, or nothing at all can be said from an entity.
    """

    def __init__(self, constraint: Constraint[S], entities: Sequence[int]) -> None:
        self.tracker = Tracker(constraint, entities)
        self.prompt_length: int | None = None

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """Return the scores (torch, float[rows, vocab]) with every forbidden token at minus infinity."""
        import torch

        if self.prompt_length is None:
            self.prompt_length = int(input_ids.shape[1])
        generated = input_ids[:, self.prompt_length :].tolist()
        states, allowed = self.tracker.states(self._items(len(generated)), generated)
        self._check_start(allowed, generated)
        masked = torch.full_like(scores, float("-inf"))
        rows, tokens = torch.from_numpy(allowed.rows()), torch.from_numpy(allowed.token_ids.astype(np.int64))
        rows, tokens = rows.to(scores.device), tokens.to(scores.device)
        masked[rows, tokens] = scores[rows, tokens]
        return self._close(masked, states, allowed)

    def paths(self, sequences: Any) -> list[list[SpelledPath]]:
        """Return, per output sequence of ``generate`` (prompt included), the paths it spells; none for a dead row.

        What stands after the end token (padding) is not read.
        """
        end = self.tracker.constraint.end_token
        generated = [row[self.prompt_length or 0 :] for row in sequences.tolist()]
        cut = [row[: row.index(end) + 1] if end in row else row for row in generated]
        constraint = self.tracker.constraint
        return constraint.paths(Tracker(constraint, self.tracker.entities).states(self._items(len(cut)), cut)[0])

    def _items(self, rows: int) -> list[int]:
        each, left = divmod(rows, max(1, len(self.tracker.entities)))
        if left or not self.tracker.entities:
            raise ConstraintViolation(f"cannot assign {rows} rows to {len(self.tracker.entities)} start entities")
        return [row // each for row in range(rows)]

    def _check_start(self, allowed: Allowed, generated: Sequence[Sequence[int]]) -> None:
        if generated and not generated[0] and not np.diff(allowed.row_ptr).all():
            row = int(np.argmin(np.diff(allowed.row_ptr)))
            entity = self.tracker.entities[self._items(len(generated))[row]]
            raise ConstraintViolation(f"under this constraint, no path starts at node {entity}")

    def _close(self, masked: Any, states: S, allowed: Allowed) -> Any:
        """Let rows that allow nothing end and no more: complete ones freely, dead ones at the lowest score."""
        import torch

        complete = self.tracker.constraint.is_complete(states)
        stuck = np.flatnonzero(np.diff(allowed.row_ptr) == 0)
        end = self.tracker.constraint.end_token
        for row in stuck.tolist():
            masked[row, end] = 0.0 if complete[row] else torch.finfo(masked.dtype).min
        return masked


def prefix_allowed_tokens_fn(
    constraint: Constraint[S], entities: Sequence[int], prompt_length: int
) -> Callable[[int, Any], list[int]]:
    """Return the function that Hugging Face's ``generate(prefix_allowed_tokens_fn=..)`` calls for each row.

    It gives the allowed tokens of a row; ``end_token`` for a complete one. A dead row gets the empty list, at which
    ``generate`` raises. ``ConstrainedLogits`` does the same in one call for all rows, and faster.
    """
    cache: dict[tuple[int, ...], S] = {}

    def allowed(batch_id: int, input_ids: Any) -> list[int]:
        key = (batch_id, *input_ids.tolist()[prompt_length:])
        state = cache.get(key)
        if state is None:
            before = cache.get(key[:-1]) if len(key) > 1 else None
            if before is not None:
                state = constraint.advance(before, np.array([key[-1]], np.int32))
            else:
                state, _ = Tracker(constraint, entities).states([batch_id], [key[1:]])
            cache[key] = state
        if constraint.is_complete(state)[0] or constraint.end_token in key[1:]:
            return [constraint.end_token]
        return [int(token) for token in constraint.allowed(state).token_ids]

    return allowed
