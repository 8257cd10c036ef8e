"""A constraint inside Hugging Face's ``generate`` and as a token bitmask."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from clew.kg.errors import ConstraintViolation
from clew.tries.constraint import Allowed
from clew.tries.entities.automaton import GraphAutomaton
from clew.tries.interop.generate import ConstrainedLogits, prefix_allowed_tokens_fn, token_bitmask
from clew.tries.tokens.token_index import TokenIndex
from tests.tries.tokenizers import CharTokenizer
from tests.tries.toy import ToyGraph, random_graph

torch = pytest.importorskip("torch")
END, VOCAB = 3, 400
GRAPH = ToyGraph(
    ["Ann", "Bob", "Bob", "Cy", "alone"],
    ["knows", "likes"],
    [(0, 0, 1), (0, 0, 2), (1, 1, 3), (2, 0, 3), (3, 1, 0), (0, 1, 3)],
)
INDEX = TokenIndex.build(GRAPH, CharTokenizer())


@pytest.fixture(scope="module")
def model() -> Any:
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    torch.set_num_threads(1)
    config = transformers.GPT2Config(
        vocab_size=VOCAB, n_positions=256, n_embd=16, n_layer=1, n_head=2, eos_token_id=END, pad_token_id=END,
        bos_token_id=END,
    )  # fmt: skip
    return transformers.GPT2LMHeadModel(config).eval()


def test_bitmask_has_exactly_the_allowed_bits() -> None:
    rng = np.random.default_rng(0)
    for vocab in (31, 32, 33, 151_646):
        rows = [np.sort(rng.choice(vocab, rng.integers(0, 31), replace=False)) for _ in range(5)] + [
            np.array([vocab - 1])
        ]
        row_ptr = np.cumsum([0, *map(len, rows)])
        mask = token_bitmask(Allowed(row_ptr, np.concatenate(rows).astype(np.int32)), vocab)
        assert mask.shape == (6, (vocab + 31) // 32)
        assert mask.dtype == np.int32
        for row, tokens in zip(mask, rows, strict=True):
            bits = np.unpackbits(row.view(np.uint8), bitorder="little")
            assert np.flatnonzero(bits).tolist() == tokens.tolist()
    with pytest.raises(ConstraintViolation, match="outside the vocabulary"):
        token_bitmask(Allowed(np.array([0, 1]), np.array([40], np.int32)), 40)


def test_bitmask_is_what_xgrammar_applies() -> None:
    xgrammar = pytest.importorskip("xgrammar")
    mask = token_bitmask(Allowed(np.array([0, 2, 3]), np.array([1, 70, 33], np.int32)), 75)
    logits = torch.zeros(2, 75)
    xgrammar.apply_token_bitmask_inplace(logits, torch.from_numpy(mask))
    assert [torch.isfinite(row).nonzero().flatten().tolist() for row in logits] == [[1, 70], [33]]


@pytest.mark.parametrize(
    "options",
    [
        {"do_sample": False},
        {"do_sample": True, "num_return_sequences": 5},
        {"num_beams": 4, "num_return_sequences": 4, "do_sample": False},
        {"num_beams": 30, "num_return_sequences": 30, "do_sample": False},
    ],
)
def test_generate_spells_only_paths(model: Any, options: dict[str, Any]) -> None:
    torch.manual_seed(1)
    heads = [0, 3]
    processor = ConstrainedLogits(GraphAutomaton(INDEX, END, 2), heads)
    prompt = torch.tensor([[10, 11, 12], [10, 11, 13]])
    output = model.generate(
        prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=60, logits_processor=[processor], **options
    )
    paths = processor.paths(output)
    each = len(output) // 2
    assert any(paths)
    for i, (row, spelled) in enumerate(zip(output.tolist(), paths, strict=True)):
        text = row[3:]
        if not spelled:
            assert options.get("num_beams", 1) > 4, "only a filler of a wide beam may be dead"
            continue
        assert END in text
        for path in spelled:
            assert path.nodes[0] == heads[i // each]
            for a, r, b in zip(path.nodes, path.relations, path.nodes[1:], strict=False):
                assert GRAPH.edge(a, r, b) is not None
            whole = "".join(
                f" -> {GRAPH.relation_label(r)} -> {GRAPH.label(n)}"
                for r, n in zip(path.relations, path.nodes[1:], strict=True)
            )
            assert CharTokenizer.encode(whole) == text[: text.index(END)]


def test_the_prefix_function_gives_what_the_processor_gives(model: Any) -> None:
    prompt = torch.tensor([[10, 11, 12]])
    automaton = GraphAutomaton(INDEX, END, 2)
    common = {"attention_mask": torch.ones_like(prompt), "max_new_tokens": 60, "do_sample": False}
    one = model.generate(prompt, logits_processor=[ConstrainedLogits(automaton, [0])], **common)
    two = model.generate(prompt, prefix_allowed_tokens_fn=prefix_allowed_tokens_fn(automaton, [0], 3), **common)
    assert one.tolist() == two.tolist()


def test_an_entity_from_which_nothing_can_be_said_is_an_error(model: Any) -> None:
    prompt = torch.tensor([[10, 11, 12]])
    with pytest.raises(ConstraintViolation, match="node 4"):
        model.generate(
            prompt, max_new_tokens=5, logits_processor=[ConstrainedLogits(GraphAutomaton(INDEX, END, 2), [4])]
        )
    with pytest.raises(ConstraintViolation, match="rows to 2 start entities"):
        ConstrainedLogits(GraphAutomaton(INDEX, END, 2), [0, 1])(prompt, torch.zeros(1, VOCAB))


def test_scores_of_allowed_tokens_are_left_as_they_are() -> None:
    rng = random.Random(0)
    for _ in range(20):
        graph = random_graph(rng)
        automaton = GraphAutomaton(TokenIndex.build(graph, CharTokenizer()), END, 2)
        heads = [v for v in range(graph.num_nodes) if graph.steps(v)]
        if not heads:
            continue
        scores = torch.randn(len(heads), 0x30000)
        masked = ConstrainedLogits(automaton, heads)(torch.zeros(len(heads), 1, dtype=torch.long), scores)
        allowed = automaton.allowed(automaton.start(heads))
        for i in range(len(heads)):
            keep = torch.from_numpy(allowed.row(i).astype(np.int64))
            assert torch.equal(masked[i, keep], scores[i, keep])
            assert int(torch.isfinite(masked[i]).sum()) == len(keep)
