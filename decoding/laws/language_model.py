"""The laws of the LanguageModel port, checked on random trees of tokens below one prompt."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.decoding.language_model import Context, Float32, LanguageModel, Score

TOLERANCE = 1e-4
"""Nats between the scores of a tree and those of a branch alone; a model in half precision needs more."""
Row = NDArray[np.int64]
Branching = list[tuple[int, int]]
"""(parent, token) of nodes 1, 2, ..."""


def check_language_model(model: LanguageModel[Any], prompt: str, tolerance: float = TOLERANCE, size: int = 12) -> None:
    """Check every law after this prompt, on trees of ``size`` nodes (at least 6)."""
    for score in Score:
        for per_call in (1, 5, size):
            tree_is_its_branches(model, prompt, score, per_call, tolerance, size)
        one_call_is_many(model, prompt, score, tolerance, size)
    conditional_scores_sum_to_one(model, prompt)
    local_scores_sum_to_one(model, prompt)
    local_is_conditional_renormalised(model, prompt, tolerance)
    same_calls_same_scores(model, prompt, tolerance)


def tree_is_its_branches(
    model: LanguageModel[Any], prompt: str, score: Score, per_call: int, tolerance: float = TOLERANCE, size: int = 12
) -> None:
    """A tree, grown by some nodes a call, gives the scores of each of its branches run alone."""
    rng = np.random.default_rng(per_call)
    tree = random_tree(rng, model.vocab_size, size)
    nodes = list(range(len(tree) + 1))
    rows = [random_row(rng, model, 5) for _ in nodes]
    found = scores(model, grow(model, prompt, tree, per_call), nodes, rows, score)
    pointer = row_ptr(rows)
    for node in nodes:
        alone = branch(tree, node)
        expected = scores(model, grow(model, prompt, alone, 1), [len(alone)], [rows[node]], score)
        np.testing.assert_allclose(found[pointer[node] : pointer[node + 1]], expected, atol=tolerance)


def one_call_is_many(
    model: LanguageModel[Any], prompt: str, score: Score, tolerance: float = TOLERANCE, size: int = 12
) -> None:
    """One call for several nodes, one of them twice and one without tokens, gives what a call for each gives."""
    rng = np.random.default_rng(7)
    context = grow(model, prompt, random_tree(rng, model.vocab_size, size), size)
    nodes = [3, 0, 3, 5]
    rows = [random_row(rng, model, n) for n in (1, 3, 0, 6)]
    found = scores(model, context, nodes, rows, score)
    each = [scores(model, context, [node], [row], score) for node, row in zip(nodes, rows, strict=True)]
    np.testing.assert_allclose(found, np.concatenate(each), atol=tolerance)


def conditional_scores_sum_to_one(model: LanguageModel[Any], prompt: str) -> None:
    """The probabilities of the whole vocabulary sum to one."""
    context = grow(model, prompt, random_tree(np.random.default_rng(3), model.vocab_size, 4), 4)
    found = scores(model, context, [0, 2, 4], [np.arange(model.vocab_size)] * 3, Score.CONDITIONAL)
    np.testing.assert_allclose(np.exp(found.reshape(3, -1)).sum(1), 1, atol=1e-3)


def local_scores_sum_to_one(model: LanguageModel[Any], prompt: str) -> None:
    """The local probabilities of a row sum to one."""
    rng = np.random.default_rng(4)
    context = grow(model, prompt, random_tree(rng, model.vocab_size, 4), 4)
    rows = [random_row(rng, model, n) for n in (1, 2, 7)]
    found = scores(model, context, [0, 1, 4], rows, Score.LOCAL)
    sums = [np.exp(part).sum() for part in np.split(found, row_ptr(rows)[1:-1])]
    np.testing.assert_allclose(sums, 1, atol=1e-5)


def local_is_conditional_renormalised(model: LanguageModel[Any], prompt: str, tolerance: float = TOLERANCE) -> None:
    """Local scores are conditional ones less the log of their sum over the row."""
    rng = np.random.default_rng(5)
    context = grow(model, prompt, random_tree(rng, model.vocab_size, 4), 4)
    row = random_row(rng, model, 6)
    full = scores(model, context, [2], [row], Score.CONDITIONAL)
    local = scores(model, context, [2], [row], Score.LOCAL)
    np.testing.assert_allclose(local, full - np.logaddexp.reduce(full), atol=tolerance)


def same_calls_same_scores(model: LanguageModel[Any], prompt: str, tolerance: float = TOLERANCE) -> None:
    """The same calls on a fresh context give the same scores."""
    tree = random_tree(np.random.default_rng(6), model.vocab_size, 6)
    row = np.arange(min(4, model.vocab_size))
    once, again = (scores(model, grow(model, prompt, tree, 3), [6], [row], Score.CONDITIONAL) for _ in range(2))
    np.testing.assert_allclose(once, again, atol=tolerance)


def random_tree(rng: np.random.Generator, vocab_size: int, size: int) -> Branching:
    """Draw a tree of ``size`` nodes below the root."""
    return [(int(rng.integers(0, i + 1)), int(rng.integers(0, vocab_size))) for i in range(size)]


def random_row(rng: np.random.Generator, model: LanguageModel[Any], n: int) -> Row:
    """Draw n distinct tokens, or as many as there are."""
    return rng.choice(model.vocab_size, min(n, model.vocab_size), replace=False)


def grow(model: LanguageModel[Any], prompt: str, tree: Branching, per_call: int) -> Any:
    """Return a context that holds a tree, added by so many nodes a call."""
    context: Context = model.encode(prompt)
    for begin in range(0, len(tree), per_call):
        part = tree[begin : begin + per_call]
        parents, tokens = np.array([p for p, _ in part], np.int64), np.array([t for _, t in part], np.int32)
        nodes = model.extend(context, parents, tokens)
        assert nodes.tolist() == list(range(begin + 1, begin + 1 + len(part)))
    assert len(context) == len(tree) + 1
    return context


def branch(tree: Branching, node: int) -> Branching:
    """Return the tokens from the root to a node, as a tree of their own."""
    tokens = []
    while node > 0:
        node, token = tree[node - 1]
        tokens.append(token)
    return list(enumerate(reversed(tokens)))


def row_ptr(rows: list[Row]) -> Row:
    """Return where each row begins in all tokens, and their number."""
    return np.concatenate([[0], np.cumsum([len(r) for r in rows])]).astype(np.int64)


def scores(model: LanguageModel[Any], context: Any, nodes: list[int], rows: list[Row], score: Score) -> Float32:
    """Return the scores of rows of tokens after nodes, one array for all."""
    tokens = np.concatenate(rows).astype(np.int32)
    found = model.log_probs(context, np.array(nodes, np.int64), row_ptr(rows), tokens, score)
    assert found.shape == tokens.shape
    assert found.dtype == np.float32
    return found
