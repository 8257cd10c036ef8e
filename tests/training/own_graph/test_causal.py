"""Fine-tuning a tiny random causal LM: it is trained on what it is later asked, and learns it."""

from __future__ import annotations

import random
import sys
from itertools import cycle

import pytest
import torch

from clew.decoding.causal.causal_lm import CausalLM
from clew.decoding.causal.token_tree import TokenTree
from clew.decoding.reasoner import Bounds
from clew.decoding.token.layout import EntityLayout, RelationLayout
from clew.decoding.token.reasoner import TokenReasoner
from clew.kg.errors import ModelUnavailable
from clew.training.own_graph.causal.examples import CausalExampleMaker
from clew.training.own_graph.causal.tune import CausalRecipe, finetune, path_loss
from clew.training.own_graph.items import Item, asked, sample
from tests.decoding.tiny_models import tiny, tokenizer
from tests.training.own_graph.toys import films, kit

LAYOUTS = [RelationLayout(), EntityLayout()]


def items(count: int) -> list[Item]:
    return [item for item in sample(kit(films(), 4).items, 2 * count) if item.gold][:count]


@pytest.mark.parametrize("layout", LAYOUTS, ids=["relations", "entities"])
def test_examples_are_what_the_reasoner_asks_and_allows(
    layout: RelationLayout | EntityLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reasoner's own context and constraint, driven by the example's tokens, end on the gold path."""
    torch.set_num_threads(1)
    lm = CausalLM(tiny("Llama"), tokenizer(), probe=False)
    reasoner = TokenReasoner(lm, layout)
    maker = CausalExampleMaker(films(), tokenizer(), layout, reasoner.end_token, random.Random(0))
    prepared = layout.prepare(films(), tokenizer())
    prompts: list[list[int]] = []
    encode = lm.encode_tokens

    def watched(given: list[list[int]]) -> list[TokenTree]:
        prompts.extend(map(list, given))
        return encode(given)

    monkeypatch.setattr(lm, "encode_tokens", watched)
    for item in items(5):
        example = maker.example(item)
        question, topic = asked(films(), item)
        assert topic.span is not None
        assert question[slice(*topic.span)] == films().label(item.topic)
        opened = layout.open(films(), prepared, reasoner.end_token, Bounds(3))
        states = opened.constraint.start([item.topic])
        for token in example.path:
            states = opened.constraint.advance(states, torch.tensor([token]).numpy().astype("int32"))
        assert opened.constraint.is_complete(states).tolist() == [True]
        assert item.gold in {path.relations for path in opened.constraint.paths(states)[0]}
        prompts.clear()
        reasoner.reason(question, films(), [topic], Bounds(1, paths=1))
        assert example.prompt in prompts


def test_a_model_learns_its_paths() -> None:
    torch.set_num_threads(1)
    model, layout = tiny("Llama", sharpness=0.2), RelationLayout()
    end_token = tokenizer().get_vocab()["</PATH>"]
    maker = CausalExampleMaker(films(), tokenizer(), layout, end_token, random.Random(0))
    examples = [maker.example(item) for item in items(6)]
    with torch.no_grad():
        before = float(path_loss(model, examples, 0))
    losses: list[tuple[int, float]] = []
    recipe = CausalRecipe(steps=12, batch=6, rate=3e-3)
    tuned = finetune(model, 0, cycle(examples), recipe, lambda *told: losses.append(told))
    with torch.no_grad():
        assert float(path_loss(tuned, examples, 0)) < 0.8 * before
    assert [step for step, _ in losses] == list(range(1, 13))
    assert not tuned.training


def test_adapters_are_trained_and_merged_into_a_model_that_is_whole() -> None:
    torch.set_num_threads(1)
    model = tiny("Llama", sharpness=0.2)
    maker = CausalExampleMaker(films(), tokenizer(), RelationLayout(), 0, random.Random(0))
    examples = [maker.example(item) for item in items(6)]
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with torch.no_grad():
        loss = float(path_loss(model, examples, 0))
    tuned = finetune(model, 0, cycle(examples), CausalRecipe(steps=12, batch=6, rate=1e-2, lora=4))
    with torch.no_grad():
        assert float(path_loss(tuned, examples, 0)) < 0.9 * loss
    after = tuned.state_dict()
    assert set(after) == set(before)
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed
    assert all("proj" in name for name in changed), "adapters sit on the linear layers alone"


def test_missing_adapters_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(ModelUnavailable, match=r"clew\[lora\]"):
        finetune(tiny("Llama"), 0, cycle([]), CausalRecipe(steps=1, lora=2))
