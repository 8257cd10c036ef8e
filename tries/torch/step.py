"""The constraint's whole part of a decoding step, captured once and replayed: no work on the host, no synchronisation.

The operations of ``TorchAutomaton`` have fixed shapes, so on a GPU ``torch.compile`` fuses them into a few Triton
kernels and a CUDA graph replays those. Where there is no compiler or no GPU the same operations run as they are;
``how`` says which it is, and why.
"""

from __future__ import annotations

import types
import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from clew.tries.entities.kernels import STATUS
from clew.tries.torch.automaton import TorchAutomaton
from clew.tries.torch.states import TorchStates

Chooser = Callable[[TorchAutomaton, Tensor, TorchStates], Tensor]
WARM_UP = 3
"""Runs before a capture, so that kernels are compiled and memory is allocated outside it."""


def best_token(automaton: TorchAutomaton, logits: Tensor, states: TorchStates) -> Tensor:
    """Choose the allowed token with the highest logit."""
    return automaton.best(logits, states)


def best_of_mask(automaton: TorchAutomaton, logits: Tensor, states: TorchStates) -> Tensor:
    """Choose the same by masking the whole vocabulary, as a sampler would."""
    return automaton.mask(logits, states).argmax(1)


class TorchStep:
    """One step of n rows in place: choose a token per row within the constraint, and go on.

    Put the model's logits into ``logits``, call, and read ``tokens``; ``states`` are the rows after them. A row that
    allows nothing is dead, with whatever token. The tensors stay the same ones from call to call.

    Args:
        automaton: the constraint.
        states: the rows to begin with, copied.
        vocab_size: number of logits a row.
        choose: how a token is chosen; it must neither synchronise nor depend on the host. Default: the best one.
        dtype: of the logits.
        fuse: whether to compile with ``torch.compile``; without a GPU it is off unless asked for.
    """

    def __init__(
        self,
        automaton: TorchAutomaton,
        states: TorchStates,
        vocab_size: int,
        choose: Chooser = best_token,
        dtype: torch.dtype = torch.float32,
        fuse: bool | None = None,
    ) -> None:
        device = automaton.device
        self._automaton, self._choose = automaton, choose
        self.states = TorchStates(*(tensor.clone() for tensor in states.tensors()))
        self.logits = torch.zeros(len(states), vocab_size, dtype=dtype, device=device)
        self.tokens = torch.zeros(len(states), dtype=torch.int64, device=device)
        self.how = "as it is"
        self._moved: Callable[..., tuple[Tensor, ...]] = self._plain
        if fuse if fuse is not None else device.type == "cuda":
            self._moved = self._fused()
        self._replay: Callable[[], None] = self._run
        if device.type == "cuda":
            self._replay = self._captured()

    def __call__(self) -> Tensor:
        """Take one step; return ``tokens``."""
        self._replay()
        return self.tokens

    def restart(self, states: TorchStates) -> None:
        """Put other rows, as many, in the place of these."""
        for mine, theirs in zip(self.states.tensors(), states.tensors(), strict=True):
            mine.copy_(theirs)

    def _plain(self, logits: Tensor, *state: Tensor) -> tuple[Tensor, ...]:
        states = TorchStates(*state)
        tokens = self._choose(self._automaton, logits, states)
        return (tokens, *self._automaton.step(states, tokens).tensors())

    def _fused(self) -> Callable[..., tuple[Tensor, ...]]:
        """Return the compiled step; where it cannot be compiled, the plain one, with a warning."""
        try:
            compiled = torch.compile(_fresh(self._plain), fullgraph=True, dynamic=False)
            with torch.no_grad():
                compiled(self.logits, *self.states.tensors())
        except Exception as error:  # a missing compiler has as many types of error as there are compilers
            reason = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"[:200]
            warnings.warn(f"the constraint's step is not compiled ({reason})", RuntimeWarning, stacklevel=3)
            self.how = f"as it is: torch.compile failed ({reason})"
            return self._plain
        self.how = "compiled"
        return compiled

    def _run(self) -> None:
        with torch.no_grad():
            tokens, *moved = self._moved(self.logits, *self.states.tensors())
            self.tokens.copy_(tokens)
            for mine, theirs in zip(self.states.tensors(), moved, strict=True):
                mine.copy_(theirs)

    def _captured(self) -> Callable[[], None]:
        """Capture the step in a CUDA graph: a host synchronisation within it would be an error here."""
        before = [tensor.clone() for tensor in self.states.tensors()]
        side = torch.cuda.Stream(self._automaton.device)  # type: ignore[no-untyped-call]
        side.wait_stream(torch.cuda.current_stream(self._automaton.device))
        with torch.cuda.stream(side):
            for _ in range(WARM_UP):
                self._run()
        torch.cuda.current_stream(self._automaton.device).wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self._run()
        self.restart(TorchStates(*before))
        self.how = f"a CUDA graph, {self.how}"
        replay: Callable[[], None] = graph.replay
        return replay


def _fresh(method: Callable[..., tuple[Tensor, ...]]) -> Callable[..., tuple[Tensor, ...]]:
    """Return a method with code of its own: what is compiled is kept by code, and only so many times for each."""
    function: Any = getattr(method, "__func__")  # noqa: B009
    copied = types.FunctionType(function.__code__.replace(), function.__globals__, function.__name__)
    bound: Callable[..., tuple[Tensor, ...]] = types.MethodType(copied, getattr(method, "__self__"))  # noqa: B009
    return bound


def restarting(step: TorchStep, fresh: TorchStates) -> Callable[[], None]:
    """Return a call that puts rows that are complete or dead back to their start, for loops that never end; on the
    device, without synchronisation."""

    def again() -> None:
        alive = step.states.rows[:, STATUS] == 0
        for mine, start in zip(step.states.tensors(), fresh.tensors(), strict=True):
            mine.copy_(torch.where(alive.view(-1, *[1] * (mine.dim() - 1)), mine, start))

    return again
