"""A network packed for inference: large weights are multiplied from float16.

A question by itself has a dozen rows for every weight matrix, so its time is that of reading the weights: half the
bytes, about half the time. Inputs, products and sums stay float32, so weights that float16 holds exactly (all that were
trained here) give what they gave, but for the order of summation. The multiplication is FBGEMM's (Khudia et al. 2021,
arXiv 2101.05615), by the operation behind torch's dynamically quantised linear layers.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NoReturn

import torch
from torch import Tensor, nn
from torch.nn import functional

from clew.decoding.embedded.network.gru import GateCell

LEAST_PACKED = 100_000
"""Weights of the smallest matrix worth packing: below, calling the operation costs more than reading the rest."""
_TOLERANCE = 1e-5
"""Rounding of seventy products of about 1 in float32."""


class PackedLinear(nn.Module):
    """A linear layer of packed weights ``[out, in]`` and bias; for inference only, without parameters."""

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        super().__init__()
        self._packed = torch.ops.quantized.linear_prepack_fp16.default(
            weight.detach(), None if bias is None else bias.detach()
        )

    def forward(self, inputs: Tensor) -> Tensor:
        """Map ``[.., n, in]`` to ``[.., n, out]``."""
        found: Tensor = torch.ops.quantized.linear_dynamic_fp16.default(inputs, self._packed)
        return found

    def _save_to_state_dict(self, *_: Any) -> NoReturn:
        raise TypeError("this network is packed for inference and cannot be saved; save the original network")


class PackedCell(nn.Module):
    """The gates of a ``GateCell``, packed."""

    def __init__(self, cell: GateCell) -> None:
        super().__init__()
        self.of_inputs = PackedLinear(cell.weight_ih, cell.bias_ih)
        self.of_states = PackedLinear(cell.weight_hh, cell.bias_hh)


_HALF_OVERFLOWS = 65_520
"""What float16 rounds to infinity, and all beyond it."""


def pack(network: nn.Module, rounding: bool = False) -> None:
    """Pack a network's linear layers and GRU cells in place where this machine can: those of which nothing is lost, or
    (``rounding``) all, their weights rounded to float16 (a relative error of up to 1/2048 each).

    What is packed can neither be trained nor saved.
    """
    if not supported():
        return
    for name, child in network.named_children():
        if type(child) is nn.Linear and _gains(child.weight, rounding):
            setattr(network, name, PackedLinear(child.weight, child.bias))
        elif type(child) is GateCell and all(_gains(w, rounding) for w in (child.weight_ih, child.weight_hh)):
            setattr(network, name, PackedCell(child))
        else:
            pack(child, rounding)


@cache
def supported() -> bool:
    """Whether this machine's torch has the multiplication (on x86 it has), and it does what it should."""
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(33, 70, generator=generator).half().float()
    bias, inputs = torch.randn(33, generator=generator), torch.randn(5, 70, generator=generator)
    try:
        found = PackedLinear(weight, bias)(inputs)
    except (AttributeError, NotImplementedError, RuntimeError):
        return False
    return bool(torch.allclose(found, functional.linear(inputs, weight, bias), atol=_TOLERANCE, rtol=_TOLERANCE))


def _gains(weight: Tensor, rounding: bool) -> bool:
    """Whether a weight matrix is large enough, and float16 holds it, without loss unless it may be rounded."""
    if weight.numel() < LEAST_PACKED or weight.device.type != "cpu":
        return False
    if rounding:
        low, high = weight.aminmax()
        return bool(low > -_HALF_OVERFLOWS and high < _HALF_OVERFLOWS)
    return torch.equal(weight, weight.half().to(weight.dtype))
