"""Other ways to constrain decoding to a set of paths, behind one interface, for ``benchmarks.constraint``.

Each is driven row by row over the same token strings; a step is what a decoding loop would have to do between two
forwards: say which tokens may come next, for every row, and take the tokens chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import marisa_trie
import numpy as np


class Contender(Protocol):
    """One way to constrain."""

    def start(self, rows: int) -> None:
        """Begin with this many rows, nothing taken."""

    def step(self, tokens: Any) -> None:  # as the engine takes them: a list, or int32 of numpy
        """Say what may come next for every row, then take each row's token."""


def _char(token: int) -> str:
    """Return a character for a token id, past the surrogates, which UTF-8 cannot hold."""
    return chr(token if token < 0xD800 else token + 0x800)


def _token(char: str) -> int:
    return ord(char) if ord(char) < 0xD800 else ord(char) - 0x800


class MarisaBehindHF:
    """GCR's technique (arXiv 2410.13080): a marisa trie of token ids as characters, asked for the keys below a prefix,
    behind Hugging Face's prefix processor, which builds a mask over the whole vocabulary."""

    def __init__(self, paths: Sequence[Sequence[int]], vocab_size: int) -> None:
        import torch
        from transformers import PrefixConstrainedLogitsProcessor

        self.trie = marisa_trie.Trie("".join(map(_char, path)) for path in paths)
        self.scores: Callable[[int], Any] = lambda rows: torch.zeros(rows, vocab_size)
        self.long: Callable[[Any], Any] = lambda rows: torch.tensor(rows, dtype=torch.long)
        self.processor = PrefixConstrainedLogitsProcessor(self.allowed, num_beams=1)

    def allowed(self, row: int, input_ids: Any) -> list[int]:
        prefix = "".join(map(_char, input_ids.tolist()))
        return list({_token(key[len(prefix)]) for key in self.trie.keys(prefix) if len(key) > len(prefix)})

    def start(self, rows: int) -> None:
        self.taken: list[list[int]] = [[] for _ in range(rows)]
        self.row_scores = self.scores(rows)

    def step(self, tokens: Sequence[int]) -> None:
        self.processor(self.long(self.taken).reshape(len(self.taken), -1), self.row_scores)
        for taken, token in zip(self.taken, tokens, strict=True):
            taken.append(token)


class DictTrie:
    """A trie of Python dictionaries, as most implementations of constrained decoding have it."""

    def __init__(self, paths: Sequence[Sequence[int]], vocab_size: int) -> None:
        self.root: dict[int, Any] = {}
        for path in paths:
            node = self.root
            for token in path:
                node = node.setdefault(token, {})

    def start(self, rows: int) -> None:
        self.nodes = [self.root] * rows

    def step(self, tokens: Sequence[int]) -> None:
        for node in self.nodes:
            list(node)
        self.nodes = [node[token] for node, token in zip(self.nodes, tokens, strict=True)]


class LLGuidance:
    """llguidance's matcher over a regular expression of the path texts, filling a token bitmask."""

    def __init__(self, tokenizer_json: str, end: int, expression: str) -> None:
        from llguidance import LLMatcher, LLTokenizer

        tokenizer = LLTokenizer(tokenizer_json, eos_token=end)
        self.grammar = LLMatcher(tokenizer, LLMatcher.grammar_from_regex(expression))
        if self.grammar.is_error():
            raise RuntimeError(self.grammar.get_error())

    def start(self, rows: int) -> None:
        self.matchers = [self.grammar.deep_copy() for _ in range(rows)]

    def step(self, tokens: Sequence[int]) -> None:
        for matcher, token in zip(self.matchers, tokens, strict=True):
            matcher.compute_bitmask()
            if not matcher.consume_token(token):
                raise RuntimeError("llguidance refuses a token of a path")


class XGrammar:
    """xgrammar's matcher over a grammar of the path texts, filling a token bitmask."""

    def __init__(self, vocabulary: list[str], end: int, grammar: str) -> None:
        import xgrammar

        info = xgrammar.TokenizerInfo(
            vocabulary, xgrammar.VocabType.BYTE_LEVEL, vocab_size=len(vocabulary), stop_token_ids=[end]
        )
        self.compiled = xgrammar.GrammarCompiler(info, max_threads=1).compile_grammar(grammar)
        self.matcher, self.allocate = xgrammar.GrammarMatcher, xgrammar.allocate_token_bitmask
        self.size = len(vocabulary)

    def start(self, rows: int) -> None:
        self.matchers = [self.matcher(self.compiled) for _ in range(rows)]
        self.mask = self.allocate(rows, self.size)

    def step(self, tokens: Sequence[int]) -> None:
        for i, (matcher, token) in enumerate(zip(self.matchers, tokens, strict=True)):
            matcher.fill_next_token_bitmask(self.mask, i)
            if not matcher.accept_token(token):
                raise RuntimeError("xgrammar refuses a token of a path")


class OutlinesCore:
    """outlines-core's guide over a regular expression of the path texts: an automaton compiled for the vocabulary."""

    def __init__(self, vocabulary: dict[bytes, list[int]], end: int, expression: str, vocab_size: int) -> None:
        import outlines_core

        index = outlines_core.Index(expression, outlines_core.Vocabulary(end, vocabulary))
        self.guide: Callable[[], Any] = lambda: outlines_core.Guide(index)
        self.mask = np.zeros((vocab_size + 31) // 32, np.int32)

    def start(self, rows: int) -> None:
        self.guides = [self.guide() for _ in range(rows)]

    def step(self, tokens: Sequence[int]) -> None:
        for guide, token in zip(self.guides, tokens, strict=True):
            guide.write_mask_into(self.mask.ctypes.data, self.mask.size, self.mask.itemsize)
            guide.advance(token, False)


def byte_letters() -> dict[str, int]:
    """The letters that byte-level BPE writes bytes with (GPT-2's table), to the bytes."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    odd = [byte for byte in range(256) if byte not in plain]
    return {chr(byte): byte for byte in plain} | {chr(256 + i): byte for i, byte in enumerate(odd)}


class Ours:
    """Any constraint of Clew, as ``decoding`` steps it: all rows at once, and in one call where there is one for it."""

    def __init__(self, constraint: Any, heads: Sequence[int]) -> None:
        self.constraint, self.heads = constraint, list(heads)

    def start(self, rows: int) -> None:
        self.states = self.constraint.start((self.heads * rows)[:rows])
        self.allowed = self.constraint.allowed(self.states)

    def step(self, tokens: Any) -> None:
        self.states, self.allowed = self.constraint.advance_allowed(self.states, tokens)


class OursInTurn(Ours):
    """The same in two calls: say what is allowed, then take the tokens."""

    def step(self, tokens: Any) -> None:
        self.allowed = self.constraint.allowed(self.states)
        self.states = self.constraint.advance(self.states, tokens)
