from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
import torch

from clew.decoding.causal.causal_lm import CausalLM
from clew.decoding.causal.kv_arena import cache_argument
from clew.decoding.causal.loading import load_causal_lm
from clew.decoding.language_model import Score
from clew.decoding.laws.language_model import branch, grow, random_tree
from clew.kg.errors import BadInput, LimitReached, ModelUnavailable
from tests.decoding.tiny_models import ARCHITECTURES, tiny, tokenizer
from tests.laws.language_model_laws import LanguageModelLaws

TOLERANCE = 1e-4
"""Nats: float32 sums in another order."""


def plain_log_probs(model: Any, ids: list[int]) -> np.ndarray:
    with torch.inference_mode():
        return torch.log_softmax(model(torch.tensor([ids]), use_cache=False).logits[0, -1].float(), -1).numpy()


def everything(lm: CausalLM, context: Any, node: int) -> np.ndarray:
    tokens = np.arange(lm.vocab_size, dtype=np.int32)
    return lm.log_probs(context, np.array([node]), np.array([0, len(tokens)]), tokens, Score.CONDITIONAL)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
class TestLaws(LanguageModelLaws):
    @pytest.fixture
    def model(self, architecture: str) -> CausalLM:
        return CausalLM(tiny(architecture), tokenizer())


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_tree_scores_as_the_plain_model_does(architecture: str) -> None:
    model = tiny(architecture)
    lm = CausalLM(model, tokenizer())
    tree = random_tree(np.random.default_rng(0), lm.vocab_size, 14)
    context = grow(lm, "where was she born", tree, 5)
    prompt = tokenizer()("where was she born")["input_ids"]
    spread = 0.0
    for node in range(len(tree) + 1):
        expected = plain_log_probs(model, prompt + [t for _, t in branch(tree, node)])
        np.testing.assert_allclose(everything(lm, context, node), expected, atol=TOLERANCE)
        spread = max(spread, float(np.ptp(expected)))
    assert spread > 0.5  # a flat model would hide every error


@pytest.mark.parametrize("architecture", ["Mistral", "Qwen2", "Gemma2", "Phi3"])
def test_sliding_windows_see_their_own_branch_only(architecture: str) -> None:
    options: dict[str, Any] = {"sliding_window": 4}
    if architecture == "Qwen2":
        options |= {"use_sliding_window": True, "layer_types": ["full_attention", "sliding_attention"]}
    model = tiny(architecture, **options)
    lm = CausalLM(model, tokenizer())
    tree = random_tree(np.random.default_rng(1), lm.vocab_size, 20)
    context = grow(lm, "where was she born", tree, 4)
    prompt = tokenizer()("where was she born")["input_ids"]
    for node in range(len(tree) + 1):
        expected = plain_log_probs(model, prompt + [t for _, t in branch(tree, node)])
        np.testing.assert_allclose(everything(lm, context, node), expected, atol=TOLERANCE)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_several_questions_in_one_forward_score_as_each_alone(architecture: str) -> None:
    lm = CausalLM(tiny(architecture), tokenizer())
    texts = ["where was she born", "who", "film directed by the author of the book"]
    rng = np.random.default_rng(2)
    trees = [random_tree(rng, lm.vocab_size, n) for n in (3, 7, 5)]
    before = lm.forwards
    contexts = lm.encode_tokens([tokenizer()(t)["input_ids"] for t in texts])
    lm.extend_many(
        [
            (c, np.array([p for p, _ in t], np.int64), np.array([x for _, x in t], np.int32))
            for c, t in zip(contexts, trees, strict=True)
        ]
    )
    assert lm.forwards == before + 2
    for text, tree, context in zip(texts, trees, contexts, strict=True):
        alone = grow(lm, text, tree, 1)
        for node in range(len(tree) + 1):
            np.testing.assert_allclose(
                everything(lm, context, node), everything(lm, alone, node), atol=TOLERANCE, rtol=0
            )


def test_a_pinned_prefix_is_read_once() -> None:
    model = tiny("Qwen2")
    plain, pinned = CausalLM(model, tokenizer()), CausalLM(model, tokenizer())
    instruction = "film directed by starred actors. "
    pinned.pin(tokenizer()(instruction)["input_ids"])
    for question in ("where was she born", instruction + "who wrote the book", instruction):
        before = pinned.cached_tokens
        context = pinned.encode(question)
        ids = tokenizer()(question)["input_ids"]
        if question.startswith(instruction) and question != instruction:
            assert pinned.cached_tokens - before < len(ids) - 5
        np.testing.assert_allclose(
            everything(pinned, context, 0), everything(plain, plain.encode(question), 0), atol=1e-4
        )


def test_evicted_branches_are_computed_again() -> None:
    model = tiny("Llama")
    roomy, tight = CausalLM(model, tokenizer()), CausalLM(model, tokenizer(), max_slots=40)
    rng = np.random.default_rng(3)
    tree = random_tree(rng, roomy.vocab_size, 60)
    wide, narrow = roomy.encode("who wrote the book"), tight.encode("who wrote the book")
    for parent, token in tree:
        for lm, context in ((roomy, wide), (tight, narrow)):
            lm.extend(context, np.array([parent]), np.array([token], np.int32))
    assert tight.cached_tokens <= 40 < roomy.cached_tokens
    for node in range(61):
        np.testing.assert_allclose(everything(tight, narrow, node), everything(roomy, wide, node), atol=TOLERANCE)


def test_released_and_forgotten_trees_give_their_slots_back() -> None:
    lm = CausalLM(tiny("Qwen2"), tokenizer(), max_slots=60)
    for i in range(40):
        context = lm.encode("who wrote the book")
        lm.extend(context, np.array([0]), np.array([i], np.int32))
        if i % 2:
            lm.release(context)
            with pytest.raises(BadInput, match="released"):
                lm.extend(context, np.array([0]), np.array([1], np.int32))
    assert lm.cached_tokens <= 60


def test_questions_in_turn_score_the_same_to_the_last_bit() -> None:
    lm = CausalLM(tiny("Llama"), tokenizer())
    tree = random_tree(np.random.default_rng(4), lm.vocab_size, 6)
    seen = []
    for _ in range(3):
        context = grow(lm, "who wrote the book", tree, 3)
        seen.append(everything(lm, context, 6))
        lm.release(context)
    np.testing.assert_array_equal(seen[0], seen[1])
    np.testing.assert_array_equal(seen[0], seen[2])


def test_what_cannot_fit_is_refused_and_leaves_the_tree_as_it_was() -> None:
    lm = CausalLM(tiny("Qwen2"), tokenizer(), max_slots=24)
    context = lm.encode("who wrote the book")
    with pytest.raises(LimitReached, match="limit is 24"):
        lm.extend(context, np.arange(30), np.ones(30, np.int32))
    assert len(context) == 1
    lm.extend(context, np.array([0]), np.array([1], np.int32))
    assert len(context) == 2


def test_bad_tokens_prompts_and_parents_are_refused() -> None:
    lm = CausalLM(tiny("GPT2"), tokenizer())
    context = lm.encode("who")
    for token in (-1, lm.vocab_size):
        with pytest.raises(BadInput, match="vocabulary"):
            lm.extend(context, np.array([0]), np.array([token], np.int32))
        with pytest.raises(BadInput, match="vocabulary"):
            lm.log_probs(context, np.array([0]), np.array([0, 1]), np.array([token], np.int32), Score.LOCAL)
    with pytest.raises(IndexError):
        lm.extend(context, np.array([5]), np.array([1], np.int32))
    with pytest.raises(BadInput, match="empty prompt"):
        lm.encode("")
    assert len(context) == 1
    with pytest.raises(BadInput, match="1024 positions"):
        lm.encode_tokens([[1] * 1025])
    with pytest.raises(BadInput, match="positions"):
        lm.extend(context, np.arange(1100), np.ones(1100, np.int32))


def test_an_unknown_logit_scaling_is_refused() -> None:
    model = tiny("Qwen2")
    plain = model.forward

    def scaled(*args: Any, **kwargs: Any) -> Any:
        output = plain(*args, **kwargs)
        output.logits = output.logits * 1.7
        return output

    model.forward = scaled
    with pytest.raises(BadInput, match="cannot be searched as a tree"):
        CausalLM(model, tokenizer())


def test_attention_without_tree_masks_is_refused() -> None:
    model = tiny("Qwen2")
    model.config._attn_implementation = "flash_attention_2"
    with pytest.raises(BadInput, match="does not support tree masks"):
        CausalLM(model, tokenizer())


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_stays_near_the_plain_model(dtype: torch.dtype) -> None:
    model = tiny("Llama").to(dtype)
    lm = CausalLM(model, tokenizer())
    context = grow(lm, "who", [(0, 5), (0, 6), (1, 7)], 3)
    ids = tokenizer()("who")["input_ids"]
    np.testing.assert_allclose(everything(lm, context, 3), plain_log_probs(model, [*ids, 5, 7]), atol=0.3)


def test_a_local_folder_is_loaded(tmp_path) -> None:
    model = tiny("Qwen2")
    model.save_pretrained(tmp_path)
    tokenizer().save_pretrained(tmp_path)
    lm = load_causal_lm(str(tmp_path), device="cpu", dtype=torch.float32)
    context = lm.encode("who wrote the book")
    ids = tokenizer()("who wrote the book")["input_ids"]
    np.testing.assert_allclose(everything(lm, context, 0), plain_log_probs(model, ids), atol=TOLERANCE)


def test_a_missing_model_and_foreign_code_are_refused(tmp_path) -> None:
    with pytest.raises(ModelUnavailable, match="cannot load"):
        load_causal_lm(str(tmp_path / "nothing"))
    with pytest.raises(BadInput, match="never run"):
        load_causal_lm(str(tmp_path), trust_remote_code=True)


def test_the_cache_goes_by_the_name_that_the_library_takes() -> None:
    class Earlier:
        def forward(self, input_ids, past_key_values=None, **options): ...

    class Later:
        def forward(self, input_ids, cache=None, **options): ...

    assert [cache_argument(module) for module in (Earlier(), Later())] == ["past_key_values", "cache"]
    for architecture in ARCHITECTURES:
        model = tiny(architecture).base_model
        assert cache_argument(model) in inspect.signature(model.forward).parameters
