"""One step of a GRU cell for many pairs of few inputs and few states.

Siblings step from one state, and inputs are the relations of one graph. Each state's share of the gates is computed
once, and each relation's once per graph: of the two matrix products, nearly all of a cell's work, one is left, with as
many rows as there are distinct states.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from clew.decoding.language_model import Int64
from clew.kg import limits


class Gates(Protocol):
    """A GRU cell's two matrix products, apart: ``[k, d]`` to ``[k, 3d]`` (reset, update, new)."""

    def of_inputs(self, inputs: Tensor, /) -> Tensor:
        """Return what inputs contribute."""
        ...

    def of_states(self, states: Tensor, /) -> Tensor:
        """Return what states contribute."""
        ...


class GateCell(nn.GRUCell):
    """torch's GRU cell, whose products can also be had apart."""

    def of_inputs(self, inputs: Tensor, /) -> Tensor:
        """Return what inputs ``[k, d]`` contribute to the gates, ``[k, 3d]``."""
        return functional.linear(inputs, self.weight_ih, self.bias_ih)

    def of_states(self, states: Tensor, /) -> Tensor:
        """Return what states ``[k, d]`` contribute to the gates, ``[k, 3d]``."""
        return functional.linear(states, self.weight_hh, self.bias_hh)


class InputGates:
    """What each of V inputs ``[V, d]``, the relations by all their names, contributes to a cell's gates: computed once
    where they are few (``limits.MAX_KEPT_GATES``), as they are asked for otherwise."""

    def __init__(self, cell: Gates, inputs: Tensor) -> None:
        self._cell, self._inputs = cell, inputs
        self._kept = cell.of_inputs(inputs) if len(inputs) <= limits.MAX_KEPT_GATES else None

    def of(self, ids: Int64) -> Tensor:
        """Return the share of some inputs, ``[n, 3d]``."""
        if self._kept is not None:
            return self._kept[torch.from_numpy(ids)]
        used, place = distinct(ids)
        return self._cell.of_inputs(self._inputs[used])[place]


def distinct(ids: Int64) -> tuple[Tensor, Tensor]:
    """Return the distinct ids, ascending, and the place of each id among them."""
    new = _new_of_ascending(ids)
    found, place = np.unique(ids, return_inverse=True) if new is None else (ids[new], np.cumsum(new) - 1)
    return torch.from_numpy(found), torch.from_numpy(place)


def distinct_rows(ids: Int64) -> tuple[Int64, Int64]:
    """Return the first row of each distinct id, in order of the rows, and each row's place among these."""
    new = _new_of_ascending(ids)
    if new is not None:
        return np.flatnonzero(new), np.cumsum(new) - 1
    _, first, place = np.unique(ids, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(first), np.int64)
    rank[order] = np.arange(len(first))
    return first[order], rank[place]


def _new_of_ascending(ids: Int64) -> NDArray[np.bool_] | None:
    """Return, where ids ascend (as a lone question's do, and sorting costs most there), which differ from the one
    before; None where they do not."""
    new = np.ones(len(ids), np.bool_)
    np.not_equal(ids[1:], ids[:-1], out=new[1:])
    return new if bool((ids[1:] >= ids[:-1]).all()) else None


def gru_step(cell: Gates, of_inputs: Tensor, states: Tensor, state_of: Tensor) -> Tensor:
    """Return the state ``[n, d]`` after an input that contributes ``of_inputs[i]`` in state ``states[state_of[i]]``.

    Cho et al. 2014, arXiv 1406.1078, with torch's placing of the reset gate.
    """
    of_states = cell.of_states(states)[state_of]
    width = states.shape[-1]
    reset, update = torch.sigmoid(of_inputs[:, : 2 * width] + of_states[:, : 2 * width]).chunk(2, -1)
    new = torch.tanh(torch.addcmul(of_inputs[:, 2 * width :], reset, of_states[:, 2 * width :]))
    return torch.lerp(new, states[state_of], update)
