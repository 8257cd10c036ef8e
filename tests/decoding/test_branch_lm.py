from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
import transformers

from clew.decoding.causal.branch_lm import BranchLM
from clew.decoding.causal.causal_lm import CausalLM
from clew.decoding.language_model import Score
from clew.decoding.laws.language_model import branch, grow, random_tree
from clew.decoding.laws.toys import ListConstraint
from clew.decoding.reasoner import Bounds, Topic
from clew.decoding.search.best_first import BestFirst
from clew.decoding.search.port import SearchProblem, run
from clew.decoding.token.reasoner import TokenReasoner
from clew.kg.errors import BadInput
from tests.decoding.graphs import films
from tests.decoding.tiny_models import tiny, tokenizer
from tests.laws.language_model_laws import LanguageModelLaws

SIZE = {"vocab_size": len(tokenizer()), "pad_token_id": 0, "eos_token_id": 0, "decoder_start_token_id": 1}


def seq2seq(architecture: str) -> Any:
    torch.manual_seed(0)
    if architecture == "T5":
        config: Any = transformers.T5Config(
            d_model=32, d_kv=8, d_ff=64, num_layers=2, num_heads=4, initializer_factor=2.0, **SIZE
        )
    else:
        config = transformers.BartConfig(
            d_model=32, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4, decoder_attention_heads=4,
            encoder_ffn_dim=64, decoder_ffn_dim=64, init_std=0.3, bos_token_id=1, forced_eos_token_id=None, **SIZE,
        )  # fmt: skip
    return transformers.AutoModelForSeq2SeqLM.from_config(config).eval()


def causal(architecture: str) -> Any:
    torch.manual_seed(0)
    if architecture == "Bloom":
        config: Any = transformers.BloomConfig(vocab_size=SIZE["vocab_size"], hidden_size=32, n_layer=2, n_head=4)
    else:
        config = transformers.MambaConfig(vocab_size=SIZE["vocab_size"], hidden_size=32, num_hidden_layers=2)
    model = transformers.AutoModelForCausalLM.from_config(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(4)
    return model


@pytest.mark.parametrize("architecture", ["T5", "Bart"])
class TestEncoderDecoder(LanguageModelLaws):
    @pytest.fixture
    def model(self, architecture: str) -> BranchLM:
        return BranchLM(seq2seq(architecture), tokenizer())


@pytest.mark.parametrize("architecture", ["Bloom", "Mamba"])
class TestOtherCausal(LanguageModelLaws):
    size = 6

    @pytest.fixture
    def model(self, architecture: str) -> BranchLM:
        return BranchLM(causal(architecture), tokenizer())


@pytest.mark.parametrize("architecture", ["T5", "Bart"])
def test_an_encoder_decoder_scores_as_the_plain_model_does(architecture: str) -> None:
    model = seq2seq(architecture)
    lm = BranchLM(model, tokenizer())
    tree = random_tree(np.random.default_rng(0), lm.vocab_size, 10)
    context = grow(lm, "where was she born", tree, 4)
    prompt = torch.tensor([tokenizer()("where was she born")["input_ids"]])
    tokens = np.arange(lm.vocab_size, dtype=np.int32)
    for node in range(len(tree) + 1):
        decoder = torch.tensor([[1, *(t for _, t in branch(tree, node))]])
        with torch.inference_mode():
            logits = model(input_ids=prompt, decoder_input_ids=decoder).logits[0, -1]
        expected = torch.log_softmax(logits.float(), -1).numpy()
        got = lm.log_probs(context, np.array([node]), np.array([0, len(tokens)]), tokens, Score.CONDITIONAL)
        np.testing.assert_allclose(got, expected, atol=1e-4)
        assert np.ptp(expected) > 0.5


@pytest.mark.parametrize("architecture", ["Bloom", "Mamba"])
def test_what_cannot_be_a_tree_is_refused_there(architecture: str) -> None:
    with pytest.raises(BadInput, match=r"cannot be searched as a tree|have no per-token cache"):
        CausalLM(causal(architecture), tokenizer())


@pytest.mark.parametrize("architecture", ["T5", "Bart"])
def test_an_encoder_decoder_reasons_over_a_graph(architecture: str) -> None:
    graph = films()
    reasoner = TokenReasoner(BranchLM(seq2seq(architecture), tokenizer()))
    topics = [Topic(graph.node("Heat")), Topic(graph.node("Ronin"))]
    found = reasoner.reason("who directed Heat", graph, topics, Bounds(2, paths=50))
    assert found.exact
    assert sum(p.probability for p in found.paths) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("score", list(Score))
def test_branches_and_tree_find_the_same_paths(score: Score) -> None:
    model = tiny("Qwen2", sharpness=2.0)
    rng = np.random.default_rng(0)
    paths = {0: [tuple(rng.integers(1, 300, rng.integers(1, 8)).tolist()) for _ in range(30)]}
    found = []
    for lm in (CausalLM(model, tokenizer()), BranchLM(model, tokenizer())):
        constraint = ListConstraint(paths)
        context = lm.encode("who")
        problem = SearchProblem(
            constraint, constraint.start([0]), np.zeros(1, np.int64), np.zeros(1), len(context), score, 5
        )
        found.append(run(BestFirst(4, lookahead=16), lm, context, problem))
    assert [h.tokens for h in found[0].hypotheses] == [h.tokens for h in found[1].hypotheses]
    np.testing.assert_allclose(
        [h.score for h in found[0].hypotheses], [h.score for h in found[1].hypotheses], atol=1e-3
    )


def test_bad_input_is_refused() -> None:
    lm = BranchLM(seq2seq("T5"), tokenizer())
    with pytest.raises(BadInput, match="empty prompt"):
        lm.encode_tokens([[]])
    context = lm.encode("who")
    with pytest.raises(BadInput, match="vocabulary"):
        lm.extend(context, np.array([0]), np.array([lm.vocab_size], np.int32))
    assert len(context) == 1
