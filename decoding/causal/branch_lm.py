"""Models that cannot read a tree in one forward: encoder-decoders, and causal LMs with other positions or memories.

T5's relative positions, ALiBi and state-space layers know a token's place by counting, so a tree cannot be laid flat
for them. Here each branch is run whole, side by side in a padded batch, without a cache. Dearer per token than
``CausalLM``, and right for any architecture; the paths of a graph are short.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from clew.decoding.causal.lm_head import LMHead
from clew.decoding.causal.probe import TOLERANCE
from clew.decoding.causal.token_model import Addition
from clew.decoding.causal.token_tree import TokenTree
from clew.decoding.language_model import Float32, Int32, Int64, Score
from clew.kg import limits
from clew.kg.errors import BadInput


class BranchLM:
    """A ``TokenModel`` over any transformers causal LM or ``AutoModelForSeq2SeqLM``. An encoder-decoder reads the
    prompt with its encoder, once, and begins a path with its decoder's start token.

    Raises:
        BadInput: what follows the output layer changes logits in a way that is not known (compared once, on loading).
    """

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self._model = model.eval()
        self.tokenizer = tokenizer
        self.generation_config: Any = getattr(model, "generation_config", None)
        self._head = LMHead(model)
        self.vocab_size = self._head.vocab_size
        self.device = next(model.parameters()).device
        self.dtype: torch.dtype = next(model.parameters()).dtype
        self._seq2seq = bool(model.config.is_encoder_decoder)
        self._captured: torch.Tensor | None = None
        model.get_output_embeddings().register_forward_pre_hook(self._capture)
        self.forwards = 0
        self._check()

    def encode(self, prompt: str) -> TokenTree:
        """Read a prompt."""
        return self.encode_tokens([self.tokenizer(prompt)["input_ids"]])[0]

    def encode_tokens(self, prompts: Sequence[Sequence[int] | Int32]) -> list[TokenTree]:
        """Read several prompts given as token ids, one after the other."""
        return [self._encode(ids) for ids in prompts]

    def pin(self, ids: Sequence[int] | Int32) -> None:
        """Do nothing: there is no cache to keep a prefix in."""

    @property
    def cached_tokens(self) -> int:
        """Nothing is cached."""
        return 0

    def release(self, tree: TokenTree) -> None:
        """Do nothing: a tree holds hidden states only."""

    @torch.inference_mode()
    def _encode(self, ids: Sequence[int] | Int32) -> TokenTree:
        if not len(ids):
            raise BadInput("an empty prompt cannot be scored: the model needs at least one token to continue")
        if not self._seq2seq:
            tree = _BranchTree(np.asarray(ids, np.int32), None)
        else:
            read = self._model.get_encoder()(input_ids=torch.tensor([list(map(int, ids))], device=self.device))
            start = np.array([self._model.config.decoder_start_token_id], np.int32)
            tree = _BranchTree(start, read.last_hidden_state)
        self._run(tree, [0])
        return tree

    def extend(self, context: TokenTree, parents: Int64, tokens: Int32) -> Int64:
        """Add nodes; see ``LanguageModel.extend``. One row of the batch per new branch."""
        size = len(context)
        if len(tokens) and (tokens.min() < 0 or tokens.max() >= self.vocab_size):
            raise BadInput(f"a token lies outside the model's vocabulary of {self.vocab_size}")
        try:
            for parent, token in zip(parents.tolist(), tokens.tolist(), strict=True):
                context.add(parent, token)
            nodes = range(size, len(context))
            inner = {context.parents[node] for node in nodes}
            leaves = [node for node in nodes if node not in inner]
            rows = max(1, limits.MAX_FORWARD_TOKENS // (len(context.prompt) + max(context.depths)))
            for begin in range(0, len(leaves), rows):
                self._run(context, leaves[begin : begin + rows])
        except BaseException:
            context.pop(size)
            raise
        return np.arange(size, len(context), dtype=np.int64)

    def extend_many(self, additions: Sequence[Addition]) -> list[Int64]:
        """Add nodes to several trees, one after the other."""
        return [self.extend(*addition) for addition in additions]

    @torch.inference_mode()
    def log_probs(self, context: TokenTree, nodes: Int64, row_ptr: Int64, tokens: Int32, score: Score) -> Float32:
        """Score continuations; see ``LanguageModel.log_probs``."""
        return self._head.log_probs(context.hidden(nodes), row_ptr, tokens, score)

    @torch.inference_mode()
    def _run(self, tree: TokenTree, leaves: list[int]) -> torch.Tensor:
        """Run the branches that end in leaves, keep the hidden states of all nodes on them, return the logits."""
        assert isinstance(tree, _BranchTree)
        lineages = [tree.lineage(leaf) for leaf in leaves]
        width = len(tree.prompt) + max(map(len, lineages))
        ids = torch.zeros((len(leaves), width), dtype=torch.long)
        for i, lineage in enumerate(lineages):  # padded on the right: nothing real sees the padding
            row = [*tree.prompt.tolist(), *(tree.tokens[node] for node in lineage)]
            ids[i, : len(row)] = torch.tensor(row)
        ids = ids.to(self.device)
        if tree.memory is None:
            output = self._model(input_ids=ids, use_cache=False)
        else:
            memory = tree.memory.expand(len(leaves), -1, -1)
            output = self._model(encoder_outputs=(memory,), decoder_input_ids=ids, use_cache=False)
        self.forwards += 1
        assert self._captured is not None
        hidden, self._captured = self._captured, None
        for i, lineage in enumerate(lineages):
            last = len(tree.prompt) - 1
            tree.set_hidden([0, *lineage], hidden[i, last : last + 1 + len(lineage)])
        logits: torch.Tensor = output.logits
        return logits

    def _capture(self, _module: Any, inputs: tuple[torch.Tensor, ...]) -> None:
        """Keep what goes into the output layer: it holds whatever scaling the architecture does before it (T5's)."""
        self._captured = inputs[0]

    def _check(self) -> None:
        """Compare log-probabilities with those of the model's own logits."""
        vocabulary = min(self.vocab_size, 64)
        tree = self._encode(np.random.default_rng(0).integers(0, vocabulary, 5).astype(np.int32))
        expected = torch.log_softmax(self._run(tree, [0])[0, -1].float(), -1).cpu().numpy()
        everything = np.arange(self.vocab_size, dtype=np.int32)
        row_ptr = np.array([0, self.vocab_size])
        got = self.log_probs(tree, np.array([0]), row_ptr, everything, Score.CONDITIONAL)
        off = float(np.abs(got - expected[: self.vocab_size]).max())
        if not off <= TOLERANCE.get(self.dtype, 0.5):
            raise BadInput(
                f"{type(self._model).__name__} cannot be scored: its log-probabilities differ from those of its output "
                f"layer by up to {off:.3g} nats (an unknown logit scaling)"
            )


class _BranchTree(TokenTree):
    """A tree with what the encoder made of the prompt, ``[1, n, H]``; None for a causal LM."""

    def __init__(self, prompt: Int32, memory: torch.Tensor | None) -> None:
        super().__init__(prompt)
        self.memory = memory
