from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.decoding.causal.causal_lm import CausalLM
from clew.decoding.laws.toys import END, ListConstraint, RandomModel
from clew.decoding.reference.constraint_drafter import ConstraintDrafter
from clew.decoding.text.drafting import FusedDrafter, PromptLookup, SuffixDrafter
from clew.decoding.text.free_text import Writer
from tests.decoding.strategies import VOCABULARY, seeds
from tests.decoding.tiny_models import ARCHITECTURES, tiny, tokenizer

tokens = st.lists(st.integers(0, VOCABULARY - 1), max_size=8).map(tuple)


class Parrot:
    """A drafter with any proposals at all, right or wrong."""

    def __init__(self, proposals) -> None:
        self.proposals = proposals

    def draft(self, _tokens):
        return self.proposals


class Oracle:
    """A drafter that knows the text."""

    def __init__(self, text, prompt_length) -> None:
        self.text, self.prompt_length = text, prompt_length

    def draft(self, so_far):
        n = len(so_far) - self.prompt_length
        return [tuple(self.text[n : n + 5])]


@given(seeds, st.lists(tokens, max_size=4), st.sampled_from([0.0, 0.7, 2.0]), st.sampled_from([frozenset(), {3}]))
@settings(max_examples=80, deadline=None)
def test_drafts_change_nothing(seed, proposals, temperature, stop) -> None:
    model = RandomModel(VOCABULARY, 2.0, seed)
    plain = Writer(12, frozenset(stop), temperature, seed).write(model, model.encode("q"), [1, 2])
    n = len(plain.tokens)
    assert plain.forwards == n - 1
    for drafter in (Parrot(proposals), PromptLookup(), FusedDrafter([Parrot(proposals), Oracle(plain.tokens, 2)])):
        drafted = Writer(12, frozenset(stop), temperature, seed, drafter).write(model, model.encode("q"), [1, 2])
        assert drafted.tokens == plain.tokens
        assert drafted.stopped == plain.stopped == (plain.tokens[-1] in stop)
        assert drafted.forwards + drafted.accepted == plain.forwards


def test_right_drafts_save_forwards() -> None:
    model = RandomModel(VOCABULARY, 2.0, 1)
    plain = Writer(20).write(model, model.encode("q"), [1, 2])
    drafted = Writer(20, drafter=Oracle(plain.tokens, 2)).write(model, model.encode("q"), [1, 2])
    assert drafted.tokens == plain.tokens
    assert drafted.forwards <= 5


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_drafts_change_nothing_on_each_architecture(architecture: str, temperature: float) -> None:
    model = tiny(architecture, sharpness=3.0)
    lm = CausalLM(model, tokenizer())
    prompt = tokenizer()("who wrote the book, and where was she born? she")["input_ids"]
    (context,) = lm.encode_tokens([prompt])
    plain = Writer(24, temperature=temperature).write(lm, context, prompt)
    noise = np.random.default_rng(0).integers(0, lm.vocab_size, 6)
    fused = FusedDrafter([Oracle(plain.tokens, len(prompt)), PromptLookup(), Parrot([tuple(noise.tolist())])])
    (context,) = lm.encode_tokens([prompt])
    drafted = Writer(24, temperature=temperature, drafter=fused).write(lm, context, prompt)
    assert drafted.tokens == plain.tokens
    assert drafted.accepted > 0
    if temperature == 0:
        ids = torch.tensor([prompt])
        with torch.inference_mode():
            output = model.generate(ids, max_new_tokens=24, do_sample=False, eos_token_id=None, pad_token_id=0)
        assert output[0, len(prompt) :].tolist() == list(plain.tokens)


def test_prompt_lookup_copies_what_followed() -> None:
    assert PromptLookup(3, 2).draft([1, 2, 3, 4, 5, 9, 2, 3]) == [(4, 5)]
    assert PromptLookup(3, 2).draft([7, 1, 8, 7, 1, 9, 7, 1]) == [(9, 7)]  # the latest place
    assert PromptLookup().draft([1, 2, 3]) == []
    assert PromptLookup().draft([]) == []


def test_suffix_drafts_come_from_the_collection_most_frequent_first() -> None:
    drafter = SuffixDrafter([[1, 2, 3, 4], [9, 2, 3, 5], [8, 2, 3, 5]], longest=3, length=1)
    assert drafter.draft([0, 2, 3]) == [(5,), (4,)]
    assert drafter.draft([1, 2, 3]) == [(4,)]  # the longer suffix decides
    assert drafter.draft([7]) == []


def test_a_constraint_drafts_inside_paths_only() -> None:
    constraint = ListConstraint({0: [(1, 2, 3), (1, 2, 4)]})
    drafter = ConstraintDrafter(constraint, 0, opening=8)
    assert drafter.draft([5, 6]) == []
    assert drafter.draft([5, 8]) == [(1, 2, 3, END), (1, 2, 4, END)]
    assert drafter.draft([5, 8, 1, 2]) == [(3, END), (4, END)]
    assert drafter.draft([5, 8, 7]) == []  # no such path: nothing to propose


@given(st.lists(st.lists(tokens, max_size=3), max_size=3), st.integers(1, 10))
@settings(max_examples=60, deadline=None)
def test_a_fused_tree_is_bounded_and_made_of_its_parts(proposals, most) -> None:
    fused = FusedDrafter([Parrot(some) for some in proposals], most).draft([1])
    prefixes = {d[: n + 1] for d in fused for n in range(len(d))}
    offered = {d[: n + 1] for some in proposals for d in some for n in range(len(d))}
    assert prefixes <= offered
    assert len(prefixes) == min(most, len(offered))
