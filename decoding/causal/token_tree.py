"""The context of a causal LM: one prompt and the tree of tokens below its end."""

from __future__ import annotations

import numpy as np
import torch

from clew.decoding.language_model import Int32, Int64

EVICTED = -1


class TokenTree:
    """Nodes ``0 .. n-1``; node 0 stands for the prompt's end, the others for tokens below their parents.

    A node has a position (prompt length - 1 + depth), a slot of the KV arena (``EVICTED`` where its keys were dropped:
    they are computed again when something below is wanted) and its last hidden state, from which continuations are
    scored.
    """

    def __init__(self, prompt: Int32) -> None:
        self.prompt = prompt
        self.prompt_slots: Int64 = np.empty(0, np.int64)
        self.parents: list[int] = [-1]
        self.tokens: list[int] = [-1]
        self.depths: list[int] = [0]
        self.slots: list[int] = [EVICTED]
        self.used: list[int] = [0]
        self._hidden: torch.Tensor | None = None
        self.released = False

    def __len__(self) -> int:
        return len(self.parents)

    def position(self, node: int) -> int:
        """Return the node's position id."""
        return len(self.prompt) - 1 + self.depths[node]

    def add(self, parent: int, token: int) -> int:
        """Add a node without a slot; return its id."""
        if not 0 <= parent < len(self):
            raise IndexError(f"parent {parent} is not a node of a tree of {len(self)}")
        self.parents.append(parent)
        self.tokens.append(token)
        self.depths.append(self.depths[parent] + 1)
        self.slots.append(EVICTED)
        self.used.append(0)
        return len(self) - 1

    def pop(self, size: int) -> None:
        """Forget every node from ``size`` on."""
        for column in (self.parents, self.tokens, self.depths, self.slots, self.used):
            del column[size:]

    def lineage(self, node: int) -> list[int]:
        """Return the nodes from below the prompt's end down to this one."""
        path = []
        while node > 0:
            path.append(node)
            node = self.parents[node]
        return path[::-1]

    def set_hidden(self, nodes: list[int], hidden: torch.Tensor) -> None:
        """Store the last hidden states ``[len(nodes), H]`` of nodes."""
        need = max(nodes) + 1
        if self._hidden is None or len(self._hidden) < need:
            room = hidden.new_zeros((max(need, 2 * len(self), 32), hidden.shape[1]))
            if self._hidden is not None:
                room[: len(self._hidden)] = self._hidden
            self._hidden = room
        self._hidden[torch.tensor(nodes, device=hidden.device)] = hidden

    def hidden(self, nodes: Int64) -> torch.Tensor:
        """Return the last hidden states of nodes, ``[len(nodes), H]``."""
        assert self._hidden is not None
        return self._hidden[torch.from_numpy(np.asarray(nodes, np.int64)).to(self._hidden.device)]

    def live_slots(self) -> Int64:
        """Return every slot the tree holds, the prompt's included."""
        slots = np.array(self.slots, np.int64)
        return np.concatenate([self.prompt_slots, slots[slots >= 0]])

    def remap(self, new_slot: Int64) -> None:
        """Renumber slots: slot s becomes ``new_slot[s]``."""
        self.prompt_slots = new_slot[self.prompt_slots]
        self.slots = [int(new_slot[s]) if s >= 0 else EVICTED for s in self.slots]
