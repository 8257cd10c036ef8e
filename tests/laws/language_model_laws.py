"""Checks that any LanguageModel must pass: subclass ``LanguageModelLaws`` and give the fixture ``model``."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from clew.decoding.language_model import Score

Tree = list[tuple[int, int]]  # (parent, token) of nodes 1, 2, ...


def random_tree(rng: np.random.Generator, vocab_size: int, size: int) -> Tree:
    return [(int(rng.integers(0, i + 1)), int(rng.integers(0, vocab_size))) for i in range(size)]


def grow(model: Any, prompt: Any, tree: Tree, per_call: int) -> Any:
    context = model.encode(prompt)
    for begin in range(0, len(tree), per_call):
        part = tree[begin : begin + per_call]
        nodes = model.extend(
            context, np.array([p for p, _ in part], np.int64), np.array([t for _, t in part], np.int32)
        )
        assert nodes.tolist() == list(range(begin + 1, begin + 1 + len(part)))
    assert len(context) == len(tree) + 1
    return context


def branch(tree: Tree, node: int) -> Tree:
    """The tokens from the root to a node, as a tree of their own."""
    tokens = []
    while node > 0:
        node, token = tree[node - 1]
        tokens.append(token)
    return [(i, token) for i, token in enumerate(reversed(tokens))]


def row_ptr(rows: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([[0], np.cumsum([len(r) for r in rows])]).astype(np.int64)


class LanguageModelLaws:
    tolerance = 1e-4
    prompt: Any = "where was she born"
    size = 12

    @pytest.fixture
    def model(self) -> Any:
        raise NotImplementedError

    def score(self, model: Any, context: Any, nodes: list[int], rows: list[np.ndarray], score: Score) -> np.ndarray:
        tokens = np.concatenate(rows).astype(np.int32)
        found = model.log_probs(context, np.array(nodes, np.int64), row_ptr(rows), tokens, score)
        assert found.shape == tokens.shape
        assert found.dtype == np.float32
        return found

    @pytest.mark.parametrize("score", list(Score))
    @pytest.mark.parametrize("per_call", [1, 5, 12])
    def test_a_tree_scores_as_each_branch_alone(self, model: Any, score: Score, per_call: int) -> None:
        rng = np.random.default_rng(per_call)
        tree = random_tree(rng, model.vocab_size, self.size)
        nodes = list(range(len(tree) + 1))
        rows = [rng.choice(model.vocab_size, min(5, model.vocab_size), replace=False) for _ in nodes]
        found = self.score(model, grow(model, self.prompt, tree, per_call), nodes, rows, score)
        pointer = row_ptr(rows)
        for node in nodes:
            alone = branch(tree, node)
            context = grow(model, self.prompt, alone, 1)
            expected = self.score(model, context, [len(alone)], [rows[node]], score)
            np.testing.assert_allclose(found[pointer[node] : pointer[node + 1]], expected, atol=self.tolerance)

    @pytest.mark.parametrize("score", list(Score))
    def test_one_call_equals_many(self, model: Any, score: Score) -> None:
        rng = np.random.default_rng(7)
        tree = random_tree(rng, model.vocab_size, self.size)
        context = grow(model, self.prompt, tree, self.size)
        nodes = [3, 0, 3, 5]
        rows = [rng.choice(model.vocab_size, n, replace=False) for n in (1, 3, 0, min(6, model.vocab_size))]
        found = self.score(model, context, nodes, rows, score)
        each = [self.score(model, context, [n], [r], score) for n, r in zip(nodes, rows, strict=True)]
        np.testing.assert_allclose(found, np.concatenate(each), atol=self.tolerance)

    def test_conditional_scores_over_the_vocabulary_sum_to_one(self, model: Any) -> None:
        context = grow(model, self.prompt, random_tree(np.random.default_rng(3), model.vocab_size, 4), 4)
        everything = np.arange(model.vocab_size)
        found = self.score(model, context, [0, 2, 4], [everything] * 3, Score.CONDITIONAL)
        np.testing.assert_allclose(np.exp(found.reshape(3, -1)).sum(1), 1, atol=1e-3)

    def test_local_scores_over_a_row_sum_to_one(self, model: Any) -> None:
        rng = np.random.default_rng(4)
        context = grow(model, self.prompt, random_tree(rng, model.vocab_size, 4), 4)
        rows = [rng.choice(model.vocab_size, n, replace=False) for n in (1, 2, min(7, model.vocab_size))]
        found = self.score(model, context, [0, 1, 4], rows, Score.LOCAL)
        pointer = row_ptr(rows)
        for i in range(3):
            assert np.exp(found[pointer[i] : pointer[i + 1]]).sum() == pytest.approx(1, abs=1e-5)

    def test_local_is_conditional_renormalised(self, model: Any) -> None:
        rng = np.random.default_rng(5)
        context = grow(model, self.prompt, random_tree(rng, model.vocab_size, 4), 4)
        row = rng.choice(model.vocab_size, min(6, model.vocab_size), replace=False)
        full = self.score(model, context, [2], [row], Score.CONDITIONAL)
        local = self.score(model, context, [2], [row], Score.LOCAL)
        np.testing.assert_allclose(local, full - np.logaddexp.reduce(full), atol=self.tolerance)

    def test_same_calls_same_scores(self, model: Any) -> None:
        tree = random_tree(np.random.default_rng(6), model.vocab_size, 6)
        row = np.arange(min(4, model.vocab_size))
        twice = [self.score(model, grow(model, self.prompt, tree, 3), [6], [row], Score.CONDITIONAL) for _ in range(2)]
        np.testing.assert_allclose(*twice, atol=self.tolerance)
