"""The TokenModel port: a ``LanguageModel`` of a tokenizer's tokens, which serves several prompts.

What token reasoners, chains and texts need of a model beside the three calls of ``LanguageModel``. Two implementations:
``CausalLM`` (a KV cache kept as a tree) and ``BranchLM`` (each branch run whole, nothing cached). Not safe for use by
two threads at once: ``clew.decoding.causal.shared_model`` makes it so.

Laws (``clew.decoding.laws.token_model``, beside those of ``LanguageModel``): several prompts in one call equal each
alone; several trees extended in one call equal each alone; pinning changes no score; releasing a tree changes no other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias

from clew.decoding.causal.token_tree import TokenTree
from clew.decoding.language_model import Int32, Int64, LanguageModel

Addition: TypeAlias = tuple[TokenTree, Int64, Int32]
"""Nodes to add: tree, parents, tokens."""


class TokenModel(LanguageModel[TokenTree], Protocol):
    """A language model with its tokenizer."""

    @property
    def tokenizer(self) -> Any:
        """The Hugging Face tokenizer of the model's tokens."""

    @property
    def generation_config(self) -> Any:
        """The model's own settings for writing, of which ``eos_token_id`` is read; None where it has none."""

    @property
    def forwards(self) -> int:
        """How many forwards were run so far."""

    @property
    def cached_tokens(self) -> int:
        """How many tokens are cached at the moment."""

    def encode_tokens(self, prompts: Sequence[Sequence[int] | Int32]) -> list[TokenTree]:
        """Read several prompts, given as token ids; return a tree for each.

        Raises:
            BadInput: an empty prompt, one with a token outside the vocabulary or one that is too long.
        """

    def extend_many(self, additions: Sequence[Addition]) -> list[Int64]:
        """Extend several trees, each as ``extend`` does; return the new node ids of each."""

    def pin(self, ids: Sequence[int] | Int32) -> None:
        """Take note that many prompts begin with these tokens: a model with a cache keeps them in it."""

    def release(self, tree: TokenTree) -> None:
        """Give back what a tree holds in the cache; it is not used any more."""
