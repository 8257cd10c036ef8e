"""The Gaussian error linear unit (Hendrycks and Gimpel 2016, arXiv 1606.08415), for inputs of ever new shapes."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional


def gelu(inputs: Tensor) -> Tensor:
    """Return ``x P(X <= x)`` of each element, X standard normal, in the shape of ``inputs``.

    On a CPU, torch has oneDNN compute this for contiguous inputs, which compiles a kernel for each new shape and keeps
    a thousand of them: of batches of any size a fifth of the time, and some 25 MB. Transposed, torch's own is used.
    """
    if inputs.dim() < 2 or inputs.device.type != "cpu":
        return functional.gelu(inputs)
    return functional.gelu(inputs.transpose(-1, -2)).transpose(-1, -2)


class Gelu(nn.Module):
    """``gelu`` as a module."""

    def forward(self, inputs: Tensor) -> Tensor:
        """Return ``gelu(inputs)``."""
        return gelu(inputs)
