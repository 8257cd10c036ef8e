"""Encodes masked questions: each wording once, all new wordings together."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from clew.decoding.embedded.answer_type.reach import Kinds
from clew.decoding.embedded.answer_type.relations import AnswerKinds, Nouns
from clew.decoding.embedded.network.encoder import LowerEncoder
from clew.decoding.embedded.network.network import Network
from clew.decoding.embedded.network.tensors import EncodedQuestion, Relations
from clew.decoding.embedded.search.batches import join, row_of
from clew.decoding.embedded.search.question import QuestionTokens, tokenise
from clew.decoding.embedded.search.wording import parse_prompt
from clew.decoding.language_model import Int64
from clew.kg import limits
from clew.kg.time_limit import looking
from clew.retrieval.encoder.padding import Unpadding, pad_tokens
from clew.retrieval.encoder.word_pieces import WordPieces

SPARE_TOKENS = 0.1
"""Share of padding among the tokens of questions that are read together."""


class Read(NamedTuple):
    """A question that was read (a batch of one, without padding), and the name that it reads each relation by, long
    ``[2R]`` (None where each has one name)."""

    question: EncodedQuestion
    names: Tensor | None

    @property
    def num_bytes(self) -> int:
        """Memory held."""
        parts = [*self.question.keys, *self.question.values, *self.question[2:]]
        return sum(part.nbytes for part in parts if isinstance(part, Tensor))


class QuestionReading:
    """Reads questions beside the relations of one graph. ``starts``: the first name of each directed relation.

    Masked questions are seldom new: what was read last is kept, up to ``limits.MAX_READ_BYTES``. Safe for threads.
    """

    def __init__(
        self,
        network: Network,
        lower: LowerEncoder,
        tokenizer: WordPieces,
        relations: Relations,
        starts: Int64,
        kinds: Kinds,
    ) -> None:
        self._network, self._lower, self._tokenizer = network, lower, tokenizer
        self._relations, self._starts = relations, starts
        self._single = len(starts) == relations.num_directed
        self.kinds = AnswerKinds(kinds, Nouns(tokenizer, lower))
        self._kept: OrderedDict[str, Read] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def read(self, prompts: Sequence[str]) -> tuple[EncodedQuestion, Relations, Tensor | None]:
        """Return the questions as one batch, padded, with their relations: one set each, or one that all share; and
        the names that these are read by, long ``[Q, 2R]`` (None where each has one)."""
        found = self._known(prompts)
        new = [prompt for prompt in dict.fromkeys(prompts) if prompt not in found]
        if new:
            found |= self._new(new)
        parts = [found[prompt] for prompt in prompts]
        length = max(part.question.mask.shape[1] for part in parts)
        named = [part.names for part in parts if part.names is not None]
        names = torch.stack(named) if named else None
        return join([part.question for part in parts], length), self._relations_by(names), names

    def forget(self) -> None:
        """Keep nothing of what was read."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0

    def _known(self, prompts: Sequence[str]) -> dict[str, Read]:
        with self._lock:
            found = {prompt: self._kept[prompt] for prompt in prompts if prompt in self._kept}
            for prompt in found:
                self._kept.move_to_end(prompt)
        return found

    def _new(self, prompts: Sequence[str]) -> dict[str, Read]:
        """Read questions, and keep what was read."""
        masked = [parse_prompt(prompt) for prompt in prompts]
        tokens = [tokenise(self._tokenizer, one) for one in masked]
        kinds = torch.from_numpy(self.kinds.of(one.text for one in masked))
        states, sentences = self._encoded(tokens)
        found: dict[str, Read] = {}
        for group in looking(self._by_length(tokens)):
            question, names = self._by_best_name(
                self._together([tokens[i] for i in group], [states[i] for i in group], sentences[group], kinds[group])
            )
            for at, i in enumerate(group):
                one = row_of(question, at, len(tokens[i].ids))
                found[prompts[i]] = Read(one, None if names is None else names[at])
        self._keep(found)
        return found

    def _keep(self, found: dict[str, Read]) -> None:
        with self._lock:
            for prompt, read in found.items():
                if prompt not in self._kept:
                    self._kept[prompt] = read
                    self._bytes += read.num_bytes
            while self._bytes > limits.MAX_READ_BYTES:
                self._bytes -= self._kept.popitem(last=False)[1].num_bytes

    def _by_length(self, tokens: Sequence[QuestionTokens]) -> Iterator[list[int]]:
        """Yield the questions, those of about the same length together."""
        order = sorted(range(len(tokens)), key=lambda i: len(tokens[i].ids))
        pairs = max(1, self._relations.token_mask.numel())
        group: list[int] = []
        real = 0
        for i in order:
            length = len(tokens[i].ids)
            padded = (len(group) + 1) * length
            if group and (padded * pairs > limits.MAX_COMPARED_TOKENS or padded > (1 + SPARE_TOKENS) * (real + length)):
                yield group
                group, real = [], 0
            group.append(i)
            real += length
        yield group

    def _encoded(self, tokens: Sequence[QuestionTokens]) -> tuple[Sequence[Tensor], Tensor]:
        """Return the token states of each question, ``[n, E]``, and the vectors of all, ``[Q, E]``, from one run of the
        encoder without padding."""
        lengths = [len(one.ids) for one in tokens]
        if min(lengths) == max(lengths):
            token_ids = torch.tensor([one.ids for one in tokens])
            below = self._lower(token_ids, None)
            return self._network.encode(below, None).unbind(), self._lower.sentences(below, None)
        unpadding = Unpadding(lengths)
        token_ids = torch.tensor([token for one in tokens for token in one.ids])
        below = self._lower(token_ids, None, unpadding)
        states = self._network.encode(below, None, unpadding)
        return torch.split(states, lengths), self._lower.sentences(below, None, unpadding)

    def _together(
        self, tokens: Sequence[QuestionTokens], states: list[Tensor], sentences: Tensor, kinds: Tensor
    ) -> EncodedQuestion:
        """Compare questions of about the same length, given their token states and vectors, with the relations;
        ``kinds`` ``[Q, 2R]``."""
        token_ids, mask = pad_tokens([one.ids for one in tokens], self._tokenizer.pad)
        topic = torch.zeros_like(mask)
        for i, one in enumerate(tokens):
            topic[i, list(one.topic)] = True
        relations = expanded(self._relations, len(tokens))
        reader = self._network.decoder.reader
        padded, words = pad_sequence(states, batch_first=True), self._lower.words(token_ids)
        found: EncodedQuestion = reader(padded, words, sentences, mask, topic, relations, kinds)
        return found

    def _by_best_name(self, question: EncodedQuestion) -> tuple[EncodedQuestion, Tensor | None]:
        """Keep, for each relation, the name that each question supports best (the main one among equals)."""
        if self._single:
            return question, None
        support = question.support.mean(1).numpy()
        ends = np.append(self._starts[1:], support.shape[1])
        best = [begin + support[:, begin:end].argmax(1) for begin, end in zip(self._starts, ends, strict=True)]
        names = torch.from_numpy(np.stack(best, 1))
        similarity = question.similarity.gather(3, names[:, None, None, :].expand(*question.similarity.shape[:3], -1))
        support_ = question.support.gather(2, names[:, None, :].expand(-1, question.support.shape[1], -1))
        return question._replace(similarity=similarity, support=support_), names

    def _relations_by(self, names: Tensor | None) -> Relations:
        """Return the relations, for each question by the names that it reads them by."""
        if names is None:
            return self._relations
        vectors, path_vectors, *read = self._relations
        return Relations(vectors[0][names], path_vectors[0][names], *(part[:, :0] for part in read))


def expanded(relations: Relations, count: int) -> Relations:
    """Return one graph's relations as a batch, without copying them."""
    return Relations(*(part.expand(count, *part.shape[1:]) for part in relations))
