"""Unpadded sequences are the padded ones without their padding, in a layer too; tokens padded are those tokens."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.retrieval.encoder.bert import BertLayer
from clew.retrieval.encoder.padding import Unpadding, pad_tokens

LENGTHS = st.lists(st.integers(1, 9), min_size=1, max_size=6)


@given(lengths=LENGTHS)
def test_padding_and_unpadding_are_inverse(lengths: list[int]) -> None:
    unpadding = Unpadding(lengths)
    tokens = torch.arange(2 * sum(lengths), dtype=torch.float32).view(-1, 2) + 1
    padded = unpadding.pad(tokens)
    assert padded.shape == (len(lengths), max(lengths), 2)
    assert torch.equal(unpadding.unpad(padded), tokens)
    assert unpadding.mask.sum(1).tolist() == lengths
    assert (padded[~unpadding.mask] == 0).all()
    for row, one in zip(padded, tokens.split(lengths), strict=True):
        assert torch.equal(row[: len(one)], one)
    assert unpadding.positions.tolist() == [place for length in lengths for place in range(length)]


@settings(max_examples=30, deadline=None)
@given(lengths=LENGTHS, seed=st.integers(0, 2**16), fused=st.booleans())
def test_a_layer_maps_unpadded_states_as_it_does_each_sequence(lengths: list[int], seed: int, fused: bool) -> None:
    torch.manual_seed(seed)
    layer, unpadding = BertLayer(12, 20, 3), Unpadding(lengths)
    tokens = torch.randn(sum(lengths), 12)
    with torch.no_grad():
        found = layer(tokens, unpadding.mask[:, None, None, :], fused, unpadding)
        alone = [layer(one.unsqueeze(0), None, fused)[0] for one in tokens.split(lengths)]
    torch.testing.assert_close(found, torch.cat(alone), rtol=1e-4, atol=1e-5)


@given(rows=st.lists(st.lists(st.integers(0, 99), min_size=1, max_size=9), min_size=1, max_size=6))
def test_padded_tokens_are_the_tokens_and_padding(rows: list[list[int]]) -> None:
    token_ids, mask = pad_tokens(rows, 7)
    assert torch.equal(mask, Unpadding([len(row) for row in rows]).mask)
    assert [ids[real].tolist() for ids, real in zip(token_ids, mask, strict=True)] == rows
    assert (token_ids[~mask] == 7).all()
