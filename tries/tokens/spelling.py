r"""How a path is spelled: ``head SEP relation SEP tail SEP ..``, where SEP and the label after it are one *part*.

The space before the separator belongs to the part (``" -> X"``). Then tok(whole path) = concat(tok(parts)) for
byte-level BPE, whose pre-tokenizer cuts before a space; a SentencePiece tokenizer puts a dummy prefix before a text, so
its parts are encoded without the leading space; WordPiece ignores spaces but cuts ``->`` in two, and ``-`` also stands
within names, so another separator is chosen. ``choose`` finds what fits a tokenizer by trying.

A label that holds the separator or the text of a control token is escaped: each occurrence gets a backslash after its
first character. Labels that already look escaped get one more, so ``unescape`` inverts ``escape`` on every string.
"""

from __future__ import annotations

import functools
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from clew.kg.errors import BadInput
from clew.tries.tokens.tokenize import Tokenize

SEPARATORS = ("->", "→", "=>", "»", "¦", "||", "::", "§", "¤", "~", "|", "•", "=", ">", "+")
"""Separators tried, best first: the first is what path-constrained models are trained on (GCR, arXiv 2410.13080)."""

LEADS = (" ", "")
"""What stands before the separator when a part is encoded: its space, or nothing where the tokenizer adds it."""

SAMPLE = 2_000
ANCHOR = "Anchor"


@dataclass(frozen=True, slots=True)
class Spelling:
    """A separator, the lead its parts are encoded with, and the control texts that no label may hold."""

    separator: str
    lead: str
    special_texts: tuple[str, ...] = ()

    def escape(self, label: str) -> str:
        """Return the label as it stands in a path: white space made single, guarded texts escaped."""
        text = " ".join(label.split())
        guarded = (self.separator, *self.special_texts)
        if _openers(guarded).isdisjoint(text):
            return text
        patterns = _patterns(guarded)
        return patterns[0].sub(r"\\", text) if patterns else text

    def unescape(self, text: str) -> str:
        """Return the label that ``escape`` made this text of (with its white space made single)."""
        patterns = _patterns((self.separator, *self.special_texts))
        return patterns[1].sub("", text) if patterns else text

    def part(self, escaped: str) -> str:
        """Return the text of one part: it follows the part before it without anything between."""
        return f" {self.separator} {escaped}".rstrip()

    def encoded_parts(self, tokenize: Tokenize, escaped: Sequence[str]) -> list[list[int]]:
        """Return the token ids of each part."""
        return tokenize.encode_batch([self.lead + self.part(text)[1:] for text in escaped])

    def misfits(self, tokenize: Tokenize, escaped: Sequence[str]) -> list[str]:
        """Return the labels for which tok(whole) differs from concat(tok(parts)) between two plain labels."""
        whole = tokenize.encode_batch([ANCHOR + self.part(text) + self.part(ANCHOR) for text in escaped])
        (head,) = tokenize.encode_batch([ANCHOR])
        (tail,) = self.encoded_parts(tokenize, [ANCHOR])
        parts = self.encoded_parts(tokenize, escaped)
        return [text for text, ids, middle in zip(escaped, whole, parts, strict=True) if ids != [*head, *middle, *tail]]

    def misfit_paths(self, tokenize: Tokenize, escaped: Sequence[str], count: int, seed: int = 0) -> list[str]:
        """Return the first of ``count`` random five-label paths whose whole is not the sum of its parts; [] if none."""
        rng = random.Random(seed)
        paths = [[rng.choice(escaped) for _ in range(5)] for _ in range(count)] if escaped else []
        wholes = tokenize.encode_batch([path[0] + "".join(map(self.part, path[1:])) for path in paths])
        heads = tokenize.encode_batch([path[0] for path in paths])
        parts = iter(self.encoded_parts(tokenize, [label for path in paths for label in path[1:]]))
        for path, whole, head in zip(paths, wholes, heads, strict=True):
            if whole != [*head, *(token for _ in path[1:] for token in next(parts))]:
                return path
        return []


@functools.cache
def _openers(guarded: tuple[str, ...]) -> frozenset[str]:
    """Return the characters that guarded texts begin with: a label without any of them needs no look."""
    return frozenset(text[0] for text in guarded)


@functools.cache
def _patterns(guarded: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]] | None:
    """Return what finds where a backslash goes into guarded texts, and the backslashes that are there."""
    long = sorted({text for text in guarded if len(text) > 1}, key=len, reverse=True)
    if not long:
        return None
    heads = [(re.escape(text[0]), re.escape(text[1:])) for text in long]
    plain = "|".join(rf"(?<={head})(?=\\*{tail})" for head, tail in heads)
    escaped = "|".join(rf"(?<={head})\\(?=\\*{tail})" for head, tail in heads)
    return re.compile(plain), re.compile(escaped)


def choose(tokenize: Tokenize, labels: Sequence[str], separators: Sequence[str] = SEPARATORS) -> Spelling:
    """Return the first spelling that fits the tokenizer on a sample of the labels.

    Separators that are one token come first. One fits if every part begins with the same token, that token stands
    nowhere else in a label, and tok(whole) = concat(tok(parts)) for all but a twentieth of the labels (which the index
    then names).

    Raises:
        BadInput: none fits; the message has the reason for the first.
    """
    sample = [*random.Random(0).sample(list(labels), min(SAMPLE, len(labels))), ANCHOR, "a b", "1990"]
    reasons = []
    spellings = [
        Spelling(separator, lead, tuple(text for text in tokenize.special_texts if len(text) > 1))
        for separator in separators
        for lead in LEADS
    ]
    for spelling in sorted(spellings, key=lambda one: len(one.encoded_parts(tokenize, [""])[0]) != 1):
        reason = _unfit(spelling, tokenize, [spelling.escape(label) for label in sample])
        if not reason:
            return spelling
        reasons.append(f"{spelling.separator!r} with lead {spelling.lead!r}: {reason}")
    raise BadInput(f"no separator works with this tokenizer: {reasons[0]}")


def _unfit(spelling: Spelling, tokenize: Tokenize, escaped: Sequence[str]) -> str:
    parts = spelling.encoded_parts(tokenize, escaped)
    firsts = {ids[0] if ids else -1 for ids in parts}
    if len(firsts) != 1 or -1 in firsts:
        return f"parts begin with {len(firsts)} different tokens"
    first = firsts.pop()
    inner = [text for text, ids in zip(escaped, parts, strict=True) if first in ids[1:]]
    if inner:
        return f"the separator's first token also stands within labels, such as {inner[:3]}"
    misfits = spelling.misfits(tokenize, escaped)
    if len(misfits) * 20 > len(escaped):
        return f"tok(whole) is not the sum of its parts for {len(misfits)} of {len(escaped)} labels: {misfits[:3]}"
    return ""
