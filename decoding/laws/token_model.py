"""The laws of the TokenModel port, beside those of ``LanguageModel``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from clew.decoding.causal.token_model import TokenModel
from clew.decoding.causal.token_tree import TokenTree
from clew.decoding.language_model import Float32, Score
from clew.decoding.laws.language_model import TOLERANCE, check_language_model, random_tree

Prompt = Sequence[int]


def check_token_model(model: TokenModel, prompts: Sequence[str], tolerance: float = TOLERANCE) -> None:
    """Check every law, those of ``LanguageModel`` included, on these prompts (at least two, of two tokens or more)."""
    check_language_model(model, prompts[0], tolerance)
    ids = [list(map(int, model.tokenizer(prompt)["input_ids"])) for prompt in prompts]
    prompts_together_are_prompts_alone(model, ids, tolerance)
    trees_together_are_trees_alone(model, ids, tolerance)
    pinning_changes_no_score(model, ids, tolerance)
    releasing_changes_no_other(model, ids, tolerance)


def prompts_together_are_prompts_alone(model: TokenModel, prompts: Sequence[Prompt], tolerance: float) -> None:
    """Prompts read in one call are scored as each read alone; reading counts as forwards."""
    before = model.forwards
    together = model.encode_tokens(prompts)
    assert model.forwards > before
    assert len(together) == len(prompts)
    for prompt, tree in zip(prompts, together, strict=True):
        _same(_after(model, tree, [0]), _after(model, model.encode_tokens([prompt])[0], [0]), tolerance)


def trees_together_are_trees_alone(model: TokenModel, prompts: Sequence[Prompt], tolerance: float) -> None:
    """Trees extended in one call are scored as each extended alone."""
    rng = np.random.default_rng(0)
    drawn = [random_tree(rng, model.vocab_size, size) for size in range(3, 3 + len(prompts))]
    columns = [(np.array([p for p, _ in d], np.int64), np.array([t for _, t in d], np.int32)) for d in drawn]
    trees = model.encode_tokens(prompts)
    found = model.extend_many([(tree, *column) for tree, column in zip(trees, columns, strict=True)])
    assert [nodes.tolist() for nodes in found] == [list(range(1, 1 + len(d))) for d in drawn]
    for prompt, tree, column in zip(prompts, trees, columns, strict=True):
        (alone,) = model.encode_tokens([prompt])
        nodes = [0, *model.extend(alone, *column).tolist()]
        _same(_after(model, tree, nodes), _after(model, alone, nodes), tolerance)


def pinning_changes_no_score(model: TokenModel, prompts: Sequence[Prompt], tolerance: float) -> None:
    """A pinned beginning changes the score of no prompt: one that is longer, the same, shorter, or another."""
    long = list(prompts[0])
    some = [long, long[:-1], long[:1], *prompts[1:]]
    before = [_after(model, tree, [0]) for tree in model.encode_tokens(some)]
    model.pin(long[:-1])
    for old, tree in zip(before, model.encode_tokens(some), strict=True):
        _same(_after(model, tree, [0]), old, tolerance)


def releasing_changes_no_other(model: TokenModel, prompts: Sequence[Prompt], tolerance: float) -> None:
    """Releasing a tree changes the scores of no other, what is read after it included; the cache does not grow for
    trees that were released."""
    first, kept = model.encode_tokens(prompts[:2])
    before = _after(model, kept, [0])
    model.release(first)
    sizes = []
    for _ in range(4):
        (other,) = model.encode_tokens([prompts[0]])
        model.extend(kept, np.array([0], np.int64), np.array([1], np.int32))
        model.release(other)
        sizes.append(model.cached_tokens)
    _same(_after(model, kept, [0]), before, tolerance)
    assert sizes[-1] <= sizes[0] + 3, "released trees are kept in the cache"  # one node more of the kept tree a time


def _after(model: TokenModel, tree: TokenTree, nodes: Sequence[int]) -> Float32:
    """Return the scores of the whole vocabulary after each node."""
    tokens = np.tile(np.arange(model.vocab_size, dtype=np.int32), len(nodes))
    pointer = np.arange(len(nodes) + 1, dtype=np.int64) * model.vocab_size
    return model.log_probs(tree, np.array(nodes, np.int64), pointer, tokens, Score.CONDITIONAL)


def _same(found: Float32, expected: Float32, tolerance: float) -> None:
    """Compare probabilities: those of tokens that the model all but excludes are alike whatever their logarithms."""
    np.testing.assert_allclose(np.exp(found), np.exp(expected), atol=tolerance)
