"""GELU as torch computes it, to the last bit, and without a kernel for each shape."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from clew.retrieval.encoder.gelu import Gelu, gelu

SHAPES = st.lists(st.integers(0, 9), min_size=1, max_size=4).map(tuple)
SEVERAL = """
import torch
from clew.retrieval.encoder.gelu import gelu
for rows in range(2, 9):
    gelu(torch.randn(rows, 16))
    gelu(torch.randn(3, rows, 16))
"""


@given(SHAPES, st.integers(0, 2**31))
def test_it_is_torchs_own(shape: tuple[int, ...], seed: int) -> None:
    inputs = 4 * torch.randn(shape, generator=torch.Generator().manual_seed(seed))
    torch.testing.assert_close(gelu(inputs), functional.gelu(inputs), rtol=0, atol=3e-6)
    assert gelu(inputs).shape == inputs.shape
    torch.testing.assert_close(Gelu()(inputs), gelu(inputs), rtol=0, atol=0)


def test_gradients_are_torchs_own() -> None:
    inputs = torch.randn(5, 7, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(gelu, inputs)


def test_as_a_module_it_has_no_weights_so_that_those_of_nn_gelu_fit() -> None:
    ours, torchs = (nn.Sequential(nn.Linear(2, 3), unit, nn.Linear(3, 1)) for unit in (Gelu(), nn.GELU()))
    ours.load_state_dict(torchs.state_dict())


@pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="this torch has no oneDNN")
def test_onednn_compiles_nothing_for_it() -> None:
    def kernels(code: str) -> int:
        env = os.environ | {"ONEDNN_VERBOSE": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
        return done.stdout.count("primitive,exec,cpu,eltwise")

    assert kernels(SEVERAL) == 0
    if not kernels(SEVERAL.replace("gelu(", "torch.nn.functional.gelu(")):
        pytest.skip("torch does not use oneDNN for GELU on this machine")
