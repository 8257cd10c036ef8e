"""Any Hugging Face causal LM as a ``TokenModel``: its KV cache kept as a tree, many nodes per forward.

Tree attention in one forward follows SpecInfer (Miao et al. 2023, arXiv 2305.09781, section 4.2): a mask lets each node
see its own ancestors only, and position ids count depth, so a node's hidden state is what the plain model gives for its
branch alone. Departure: the tree is not a draft to be verified but the search itself; it holds several prompts too.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any
from weakref import WeakSet

import numpy as np
import torch

from clew.decoding.causal.kv_arena import Arena, cache_argument
from clew.decoding.causal.lm_head import LMHead
from clew.decoding.causal.mask import AttentionMask
from clew.decoding.causal.probe import check
from clew.decoding.causal.query import CausalQuery, visible
from clew.decoding.causal.token_model import Addition
from clew.decoding.causal.token_tree import EVICTED, TokenTree
from clew.decoding.language_model import Float32, Int32, Int64, Score
from clew.kg import limits
from clew.kg.errors import BadInput, LimitReached


class CausalLM:
    """A ``TokenModel`` over a transformers causal LM.

    ``max_slots`` bounds the cached tokens: beyond it the least recently used branches are evicted and computed again
    when something below them is wanted. Not safe for use by two threads at once.

    Raises:
        BadInput: an architecture that a tree cannot be scored with exactly (state-space layers, flash attention, an
            unknown logit scaling): found by comparing with the plain model once.
    """

    def __init__(
        self, model: Any, tokenizer: Any, max_slots: int = limits.MAX_CACHED_TOKENS, probe: bool = True
    ) -> None:
        self._model = model.eval()
        self._base = model.base_model
        self.tokenizer = tokenizer
        self.generation_config: Any = getattr(model, "generation_config", None)
        self._head = LMHead(model)
        self.vocab_size = self._head.vocab_size
        self.device = next(model.parameters()).device
        self.dtype: torch.dtype = next(model.parameters()).dtype
        self._mask = AttentionMask(model.config.get_text_config(), self.dtype, self.device)
        self._max_slots = max_slots
        self._max_positions = int(getattr(model.config.get_text_config(), "max_position_embeddings", 0) or 2**31)
        self._arena = Arena()
        self._cache_name = cache_argument(self._base)
        self._positions: Int64 = np.empty(0, np.int64)
        self._trees: WeakSet[TokenTree] = WeakSet()
        self._pinned: Int32 = np.empty(0, np.int32)
        self._pinned_slots: Int64 = np.empty(0, np.int64)
        self._clock = 0
        self.forwards = 0
        if probe:
            check(self, model)

    # --- contexts

    def encode(self, prompt: str) -> TokenTree:
        """Read a prompt, tokenised with the tokenizer's own special tokens (a BOS, say)."""
        return self.encode_tokens([self.tokenizer(prompt)["input_ids"]])[0]

    def encode_tokens(self, prompts: Sequence[Sequence[int] | Int32]) -> list[TokenTree]:
        """Read several prompts, given as token ids, in as few forwards as the memory bound of a mask allows."""
        trees = [self._new_tree(np.asarray(ids, np.int32)) for ids in prompts]
        batch: list[TokenTree] = []
        for tree in trees:
            if batch and sum(len(t.prompt) for t in batch) + len(tree.prompt) > limits.MAX_FORWARD_TOKENS:
                self._read(batch)
                batch = []
            batch.append(tree)
        if batch:
            self._read(batch)
        return trees

    def pin(self, ids: Sequence[int] | Int32) -> None:
        """Keep these tokens cached for good: prompts that begin with them (or with a part of them) share their keys."""
        self._pinned, self._pinned_slots = np.empty(0, np.int32), np.empty(0, np.int64)
        tree = self.encode_tokens([ids])[0]
        self._pinned, self._pinned_slots = tree.prompt, tree.prompt_slots

    def release(self, tree: TokenTree) -> None:
        """Give a tree's slots back; it cannot be extended any more. (A tree that is garbage is released by itself.)"""
        tree.released = True
        self._trees.discard(tree)

    def _new_tree(self, prompt: Int32) -> TokenTree:
        if not len(prompt):
            raise BadInput("an empty prompt cannot be scored: the model needs at least one token to continue")
        if prompt.min() < 0 or prompt.max() >= self.vocab_size:
            raise BadInput(f"a prompt token is outside the model's vocabulary of {self.vocab_size}")
        if len(prompt) > self._max_positions:
            raise BadInput(f"the prompt has {len(prompt)} tokens; the model has {self._max_positions} positions")
        return TokenTree(prompt)

    def _read(self, trees: list[TokenTree]) -> None:
        queries: list[CausalQuery] = []
        spans = []
        self._make_room(sum(len(t.prompt) for t in trees))
        for tree in trees:
            shared = self._shared_prefix(tree.prompt)
            tree.prompt_slots = self._pinned_slots[:shared]
            begin = len(queries)
            for j in range(shared, len(tree.prompt)):
                own = np.arange(begin, len(queries), dtype=np.int64)
                queries.append(CausalQuery(int(tree.prompt[j]), j, tree.prompt_slots, own))
            spans.append((begin, len(queries)))
        hidden, slots = self._forward(queries)
        for tree, (begin, end) in zip(trees, spans, strict=True):
            tree.prompt_slots = np.concatenate([tree.prompt_slots, slots[begin:end]])
            tree.set_hidden([0], hidden[end - 1 : end])
            self._trees.add(tree)

    def _shared_prefix(self, prompt: Int32) -> int:
        n = min(len(prompt) - 1, len(self._pinned))
        differs = np.flatnonzero(prompt[:n] != self._pinned[:n])
        return int(differs[0]) if len(differs) else n

    # --- the tree

    def extend(self, context: TokenTree, parents: Int64, tokens: Int32) -> Int64:
        """Add nodes to one tree in one forward; see ``LanguageModel.extend``."""
        return self.extend_many([(context, parents, tokens)])[0]

    def extend_many(self, additions: Sequence[Addition]) -> list[Int64]:
        """Add nodes to several trees in one forward; return the new node ids of each.

        Raises:
            BadInput: a token outside the vocabulary, a prompt and path longer than the model's positions.
            LimitReached: the live branches alone need more than ``max_slots``.
        """
        sizes = [len(tree) for tree, _, _ in additions]
        try:
            wanted = [self._wanted(*addition) for addition in additions]
            self._compute(wanted)
        except BaseException:
            for (tree, _, _), size in zip(additions, sizes, strict=True):
                tree.pop(size)
            raise
        return [np.arange(size, len(tree), dtype=np.int64) for size, (tree, _, _) in zip(sizes, additions, strict=True)]

    def _wanted(self, tree: TokenTree, parents: Int64, tokens: Int32) -> tuple[TokenTree, list[int]]:
        """Add the nodes, and return them after their evicted ancestors: what this forward must compute."""
        if tree.released:
            raise BadInput("this context was released")
        if len(tokens) and (tokens.min() < 0 or tokens.max() >= self.vocab_size):
            raise BadInput(f"a token lies outside the model's vocabulary of {self.vocab_size}")
        nodes: dict[int, None] = {}
        for parent, token in zip(parents.tolist(), tokens.tolist(), strict=True):
            node = tree.add(parent, token)
            for ancestor in tree.lineage(node):
                if tree.slots[ancestor] == EVICTED:
                    nodes[ancestor] = None
        for node in nodes:
            if tree.position(node) >= self._max_positions:
                raise BadInput(f"prompt and path exceed the {self._max_positions} positions of the model")
        return tree, list(nodes)

    def _compute(self, wanted: list[tuple[TokenTree, list[int]]]) -> None:
        self._clock += 1
        for tree, nodes in wanted:
            for node in nodes:
                for ancestor in tree.lineage(node):
                    tree.used[ancestor] = self._clock
        need = sum(len(nodes) for _, nodes in wanted)
        if self._arena.size + need > self._max_slots:
            self._make_room(need)
        queries: list[CausalQuery] = []
        places: list[tuple[TokenTree, list[int], int]] = []
        for tree, nodes in wanted:
            place: dict[int, int] = {}
            places.append((tree, nodes, len(queries)))
            for node in nodes:
                path = tree.lineage(node)[:-1]
                cached = np.array([tree.slots[a] for a in path if a not in place], np.int64)
                own = np.array([place[a] for a in path if a in place], np.int64)
                place[node] = len(queries)
                slots = np.concatenate([tree.prompt_slots, cached])
                queries.append(CausalQuery(tree.tokens[node], tree.position(node), slots, own))
        if not queries:
            return
        hidden, slots = self._forward(queries)
        for tree, nodes, begin in places:
            if nodes:
                tree.set_hidden(nodes, hidden[begin : begin + len(nodes)])
            for j, node in enumerate(nodes):
                tree.slots[node] = int(slots[begin + j])

    @torch.inference_mode()
    def _forward(self, queries: list[CausalQuery]) -> tuple[torch.Tensor, Int64]:
        """Run one forward; return last hidden states ``[q, H]`` and the slots that the queries took."""
        size = self._arena.size
        positions = np.array([q.position for q in queries], np.int64)
        ids = torch.tensor([[q.token for q in queries]], device=self.device)
        all_positions = np.concatenate([self._positions, positions])
        try:
            output = self._base(
                input_ids=ids,
                attention_mask=self._mask.build(visible(queries, size), positions, all_positions),
                position_ids=torch.from_numpy(positions)[None].to(self.device),
                use_cache=True,
                **{self._cache_name: self._arena.cache},
            )
        except BaseException:
            self._arena.truncate(size)
            raise
        self._positions = all_positions
        self.forwards += 1
        return output.last_hidden_state[0], np.arange(size, size + len(queries), dtype=np.int64)

    # --- memory

    @property
    def cached_tokens(self) -> int:
        """Slots in use, released ones not yet reclaimed included."""
        return self._arena.size

    @property
    def cached_bytes(self) -> int:
        """Bytes of keys and values in use."""
        return self._arena.nbytes

    def _make_room(self, need: int) -> None:
        """Reclaim the slots of released trees, then those of the least recently used branches until ``need`` more fit.

        Done before each prompt is read too: a question asked alone then finds the arena as the one before it did, so
        that its scores are the same to the last bit.
        """
        live = self._live()
        if len(live) == self._arena.size and len(live) + need <= self._max_slots:
            return
        over = len(live) + need - self._max_slots
        if over > 0:
            self._evict(over)
            live = self._live()
        if len(live) + need > self._max_slots:
            raise LimitReached(
                f"{len(live)} cached tokens are in use and {need} more are needed, but the limit is {self._max_slots}; "
                "ask fewer questions at once or raise the limit"
            )
        new_slot = np.full(self._arena.size, EVICTED, np.int64)
        new_slot[live] = np.arange(len(live))
        self._arena.keep(live)
        self._positions = self._positions[live]
        self._pinned_slots = new_slot[self._pinned_slots]
        for tree in self._trees:
            tree.remap(new_slot)

    def _live(self) -> Int64:
        slots = [self._pinned_slots, *(tree.live_slots() for tree in self._trees)]
        return np.unique(np.concatenate(slots)) if slots else np.empty(0, np.int64)

    def _evict(self, n: int) -> None:
        """Drop the slots of the n least recently used nodes that the forward at hand does not need."""
        old = [
            (tree.used[node], -tree.depths[node], slot, tree, node)
            for tree in self._trees
            for node, slot in enumerate(tree.slots)
            if slot != EVICTED and tree.used[node] < self._clock
        ]
        for *_, tree, node in sorted(old, key=lambda o: o[:3])[:n]:
            tree.slots[node] = EVICTED

    # --- scores

    def log_probs(self, context: TokenTree, nodes: Int64, row_ptr: Int64, tokens: Int32, score: Score) -> Float32:
        """Score continuations of nodes; see ``LanguageModel.log_probs``."""
        return self.log_probs_many([(context, nodes, row_ptr, tokens)], score)[0]

    @torch.inference_mode()
    def log_probs_many(self, requests: Sequence[tuple[TokenTree, Int64, Int64, Int32]], score: Score) -> list[Float32]:
        """Score continuations in several trees with one pass of the head."""
        if not requests:
            return []
        hidden = torch.cat([tree.hidden(nodes) for tree, nodes, _, _ in requests])
        starts = np.cumsum([0, *(len(tokens) for *_, tokens in requests)])
        pointers = [row_ptr[:-1] + start for (_, _, row_ptr, _), start in zip(requests, starts[:-1], strict=True)]
        row_ptr = np.concatenate([*pointers, starts[-1:]])
        tokens = np.concatenate([tokens for *_, tokens in requests])
        if len(tokens) and (tokens.min() < 0 or tokens.max() >= self.vocab_size):
            raise BadInput(f"a token lies outside the model's vocabulary of {self.vocab_size}")
        values = self._head.log_probs(hidden, row_ptr, tokens, score)
        return [values[a:b] for a, b in pairwise(starts)]
