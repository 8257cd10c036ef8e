"""Packing for inference changes nothing but rounding, of sums and where told to of weights, and a question's time."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from clew.decoding.embedded.network import packed, weights
from clew.decoding.embedded.network.encoder import LowerEncoder
from clew.decoding.embedded.network.gru import GateCell
from clew.decoding.embedded.network.packed import PackedCell, PackedLinear, pack
from tests.decoding.embedded.toys import encoder, films, model_of

needs_operation = pytest.mark.skipif(not packed.supported(), reason="this machine's torch does not multiply float16")


def rounded(layer: nn.Module) -> nn.Module:
    for parameter in layer.parameters():
        parameter.data = parameter.data.half().float()
    return layer.eval()


@needs_operation
@pytest.mark.parametrize("rows", [(0,), (1,), (7,), (2, 300), (3, 0)])
@pytest.mark.parametrize("bias", [False, True])
def test_a_packed_layer_is_the_layer(rows: tuple[int, ...], bias: bool) -> None:
    torch.manual_seed(0)
    layer = nn.Sequential(rounded(nn.Linear(384, 400, bias=bias)))
    inputs = torch.randn(*rows, 384)
    expected = layer(inputs)
    pack(layer)
    assert isinstance(layer[0], PackedLinear)
    torch.testing.assert_close(layer(inputs), expected, atol=1e-5, rtol=1e-5)


@needs_operation
def test_a_packed_cell_is_the_cell() -> None:
    torch.manual_seed(0)
    cell = rounded(GateCell(256, 256))
    assert isinstance(cell, GateCell)
    inputs = torch.randn(9, 256)
    expected = cell.of_inputs(inputs), cell.of_states(inputs)
    network = nn.ModuleDict({"cell": cell})
    pack(network)
    found = network["cell"]
    assert isinstance(found, PackedCell)
    torch.testing.assert_close((found.of_inputs(inputs), found.of_states(inputs)), expected, atol=1e-5, rtol=1e-5)


def test_what_float16_does_not_hold_and_what_is_small_stays_as_it_is() -> None:
    fine, overflowing = nn.Linear(384, 400), rounded(nn.Linear(384, 400))
    overflowing.weight.data[0, 0] = 1e6
    network = nn.ModuleList([fine, overflowing, rounded(nn.Linear(16, 16))])
    before = list(network)
    pack(network)
    assert list(network) == before


@needs_operation
def test_rounding_packs_what_float16_holds_about() -> None:
    torch.manual_seed(0)
    fine, overflowing, small = nn.Linear(384, 400), nn.Linear(384, 400), nn.Linear(16, 16)
    overflowing.weight.data[0, 0] = 1e6
    network = nn.ModuleList([fine, overflowing, small])
    pack(network, rounding=True)
    assert isinstance(network[0], PackedLinear)
    assert list(network)[1:] == [overflowing, small]
    inputs = torch.randn(5, 384)
    expected = nn.functional.linear(inputs, fine.weight.half().float(), fine.bias)
    torch.testing.assert_close(network[0](inputs), expected, atol=1e-5, rtol=1e-5)


@needs_operation
def test_the_lower_encoder_packed_is_about_the_same_and_the_shared_one_stays_as_it_is() -> None:
    plain = LowerEncoder(encoder().bert, 3)
    quick = plain.packed()
    token_ids = torch.randint(1000, 20_000, (3, 11), generator=torch.Generator().manual_seed(0))
    before = plain(token_ids, None)
    assert sum(isinstance(layer, PackedLinear) for layer in quick._layers.modules()) == 3 * 6
    torch.testing.assert_close(quick(token_ids, None), before, atol=0.02, rtol=0.01)
    assert not torch.equal(quick(token_ids, None), before)
    assert not any(isinstance(layer, PackedLinear) for layer in encoder().bert.modules())
    assert torch.equal(plain(token_ids, None), before)
    assert torch.equal(quick.words(token_ids), plain.words(token_ids))


@needs_operation
def test_the_shipped_network_is_packed_and_scores_as_it_did() -> None:
    plain, quick = weights.load().network, weights.load().network
    pack(quick)
    assert sum(isinstance(layer, PackedLinear) for layer in quick.modules()) > 20
    states = torch.randn(2, 11, 384, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        torch.testing.assert_close(quick.encode(states, None), plain.encode(states, None), atol=1e-4, rtol=1e-4)
    lower = LowerEncoder(encoder().bert, 3)
    scored = []
    for model in (model_of(quick, lower, films()), model_of(plain, lower, films())):
        context = model.encode("who directed ⟦x⟧")
        nodes = model.extend(context, np.array([0, 1]), np.array([0, 3], np.int32))
        scored.append((model.logits(context, nodes), model.whole(context, nodes)))
    for one, other in zip(*scored, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-3)


@needs_operation
def test_a_packed_network_is_not_saved() -> None:
    network = weights.load().network
    pack(network)
    with pytest.raises(TypeError, match="packed for inference"):
        network.state_dict()


def test_a_machine_without_the_operation_keeps_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> None:
        raise RuntimeError("Didn't find engine for operation quantized::linear_prepack_fp16")

    monkeypatch.setattr(packed.PackedLinear, "__init__", missing)
    packed.supported.cache_clear()
    network = weights.load().network
    try:
        pack(network)
    finally:
        monkeypatch.undo()
        packed.supported.cache_clear()
    assert not any(isinstance(layer, PackedLinear) for layer in network.modules())
    network.state_dict()


@pytest.mark.parametrize("extreme", [0.0, 65_519.99, -65_519.99, 65_520.0, -65_520.0, float("inf"), float("nan")])
def test_weights_are_rounded_only_where_float16_holds_them(extreme: float) -> None:
    weight = torch.zeros(packed.LEAST_PACKED)
    weight[7] = extreme
    assert packed._gains(weight, rounding=True) == bool(weight.half().isfinite().all())
