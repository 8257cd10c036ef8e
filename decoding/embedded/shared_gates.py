"""One step of a GRU cell for many pairs of few inputs and few states.

Siblings step from one state and share few inputs, so each input's and each state's gates are computed once: the two
matrix products, nearly all of a cell's work, then have as many rows as there are distinct inputs and states.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from decoding.language_model import Int64


def distinct(ids: Int64) -> tuple[Tensor, Tensor]:
    """Return the distinct ids, ascending, and the place of each id among them."""
    found, place = np.unique(ids, return_inverse=True)
    return torch.from_numpy(found), torch.from_numpy(place)


def distinct_rows(ids: Int64) -> tuple[Int64, Int64]:
    """Return the first row of each distinct id, in order of the rows, and each row's place among these."""
    _, first, place = np.unique(ids, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(first), np.int64)
    rank[order] = np.arange(len(first))
    return first[order], rank[place]


def gru_step(cell: nn.GRUCell, inputs: Tensor, input_of: Tensor, states: Tensor, state_of: Tensor) -> Tensor:
    """Return the state ``[N, d]`` after input ``inputs[input_of[i]]`` in state ``states[state_of[i]]``.

    Cho et al. 2014, arXiv 1406.1078, with torch's placing of the reset gate.
    """
    of_inputs = functional.linear(inputs, cell.weight_ih, cell.bias_ih)[input_of]
    of_states = functional.linear(states, cell.weight_hh, cell.bias_hh)[state_of]
    width = states.shape[-1]
    reset, update = torch.sigmoid(of_inputs[:, : 2 * width] + of_states[:, : 2 * width]).chunk(2, -1)
    new = torch.tanh(torch.addcmul(of_inputs[:, 2 * width :], reset, of_states[:, 2 * width :]))
    return torch.lerp(new, states[state_of], update)
