"""Packed sequences are the padded ones without their padding, in a layer too."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.bert import BertLayer
from retrieval.packing import Packing

LENGTHS = st.lists(st.integers(1, 9), min_size=1, max_size=6)


@given(lengths=LENGTHS)
def test_spreading_and_gathering_are_inverse(lengths: list[int]) -> None:
    packing = Packing(lengths)
    packed = torch.arange(2 * sum(lengths), dtype=torch.float32).view(-1, 2) + 1
    padded = packing.spread(packed)
    assert padded.shape == (len(lengths), max(lengths), 2)
    assert torch.equal(packing.gather(padded), packed)
    assert packing.mask.sum(1).tolist() == lengths
    assert (padded[~packing.mask] == 0).all()
    for row, one in zip(padded, packed.split(lengths), strict=True):
        assert torch.equal(row[: len(one)], one)
    assert packing.positions.tolist() == [place for length in lengths for place in range(length)]


@settings(max_examples=30, deadline=None)
@given(lengths=LENGTHS, seed=st.integers(0, 2**16), fused=st.booleans())
def test_a_layer_maps_packed_states_as_it_does_each_sequence(lengths: list[int], seed: int, fused: bool) -> None:
    torch.manual_seed(seed)
    layer, packing = BertLayer(12, 20, 3), Packing(lengths)
    packed = torch.randn(sum(lengths), 12)
    with torch.no_grad():
        found = layer(packed, packing.mask[:, None, None, :], fused, packing)
        alone = [layer(one.unsqueeze(0), None, fused)[0] for one in packed.split(lengths)]
    torch.testing.assert_close(found, torch.cat(alone), rtol=1e-4, atol=1e-5)
