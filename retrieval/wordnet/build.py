"""Makes ``data/wordnet/`` from Princeton's files: ``python -m clew.retrieval.wordnet.build DICT OUT``.

``DICT`` holds ``data.*`` and ``index.*`` of WordNet 3.1 (wndb(5WN) describes them) and ``*.exc``, the irregular forms,
of 3.0: 3.1 was published without them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import marisa_trie
import numpy as np

from clew.kg import limits
from clew.retrieval.wordnet.wordnet import ARRAYS, WORDS, Int, PartOfSpeech

_ABOVE = ("@", "@i")
_OPPOSITE = "!"
_ATTRIBUTE = "="
"""Between an adjective and the noun that it is a value of: "high" and "height"."""
_DERIVED = ("+", "\\")


@dataclass(frozen=True, slots=True)
class Synset:
    """One line of a data file: its lexicographer's file, its words, and pointers (symbol, target, from and to word)."""

    category: int
    words: tuple[str, ...]
    pointers: tuple[tuple[str, str, int, int], ...]


def main(folder: Path, out: Path) -> None:
    """Write the words and the arrays."""
    synsets = {key: synset for pos in PartOfSpeech for key, synset in _synsets(folder, pos)}
    senses = {(word, pos): keys for pos in PartOfSpeech for word, keys in _index(folder, pos)}
    irregular = sorted({pair for pos in PartOfSpeech for pair in _irregular(folder, pos)})
    derived, opposite = sorted(set(_derived(synsets))), sorted(set(_opposite(synsets)))
    words = {word for word, _ in senses} | {word for pair in (*derived, *opposite, *irregular) for word in pair}
    trie = marisa_trie.Trie(sorted(words))
    ids = {key: i for i, key in enumerate(sorted(synsets))}
    arrays: dict[str, Int] = {
        "category": np.array([synsets[key].category for key in sorted(synsets)], np.uint8),
        **_pairs("above", [(ids[key], ids[to]) for key in synsets for to in _above(synsets[key])], len(ids)),
        **_pairs("derived", [(trie[a], trie[b]) for a, b in derived], len(trie)),
        **_pairs("opposite", [(trie[a], trie[b]) for a, b in opposite], len(trie)),
        **_pairs("regular", [(trie[a], trie[b]) for a, b in irregular], len(trie)),
    }
    for pos in PartOfSpeech:
        pairs = [(trie[word], ids[key]) for (word, of), keys in senses.items() if of is pos for key in keys]
        arrays |= _pairs(pos.value, pairs, len(trie))
    out.mkdir(parents=True, exist_ok=True)
    trie.save(str(out / WORDS))
    np.savez_compressed(out / ARRAYS, allow_pickle=False, **arrays)


def _pairs(name: str, pairs: list[tuple[int, int]], size: int) -> dict[str, Int]:
    """Return pairs as compressed rows, in their order: row i is ``to[ptr[i]:ptr[i + 1]]``."""
    order = sorted(range(len(pairs)), key=lambda i: pairs[i][0])
    counts = np.bincount([pair[0] for pair in pairs], minlength=size)
    ptr = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
    return {f"{name}_ptr": ptr, f"{name}_to": np.array([pairs[i][1] for i in order], np.int32)}


def _synsets(folder: Path, pos: PartOfSpeech) -> Iterator[tuple[str, Synset]]:
    for line in _lines(folder / f"data.{pos.file}"):
        fields = line.split(" | ")[0].split()
        count = int(fields[3], 16)
        words = tuple(word.split("(")[0] for word in fields[4 : 4 + 2 * count : 2])
        rest = fields[4 + 2 * count :]
        columns = (rest[start : 1 + 4 * int(rest[0]) : 4] for start in (1, 2, 3, 4))
        pointers = tuple(
            (symbol, of.replace("s", "a") + offset, int(ends[:2], 16), int(ends[2:], 16))
            for symbol, offset, of, ends in zip(*columns, strict=True)
        )
        yield pos.value + fields[0], Synset(int(fields[1]), words, pointers)


def _index(folder: Path, pos: PartOfSpeech) -> Iterator[tuple[str, list[str]]]:
    """Give each word with its synsets, the most frequent sense first. Names, phrases and numbers are left out."""
    for line in _lines(folder / f"index.{pos.file}"):
        fields = line.split()
        count = int(fields[2])
        if fields[0].isalpha():
            yield fields[0], [pos.value + offset for offset in fields[-count:][: limits.MAX_SENSES]]


def _irregular(folder: Path, pos: PartOfSpeech) -> Iterator[tuple[str, str]]:
    for line in _lines(folder / f"{pos.file}.exc"):
        form, *bases = line.split()
        yield from ((form, base) for base in bases if form.isalpha() and base.isalpha() and form != base)


def _above(synset: Synset) -> list[str]:
    return [target for symbol, target, _, _ in synset.pointers if symbol in _ABOVE]


def _derived(synsets: dict[str, Synset]) -> Iterator[tuple[str, str]]:
    """Give each two words that share a root, in related senses, in both directions."""
    for synset in synsets.values():
        for symbol, target, start, end in synset.pointers:
            if symbol == _ATTRIBUTE:
                pairs = ((a.lower(), b.lower()) for a in synset.words for b in synsets[target].words)
                yield from (ends for a, b in pairs if a.isalpha() and b.isalpha() for ends in ((a, b), (b, a)))
            if symbol in _DERIVED and start and end and target in synsets:
                one, other = synset.words[start - 1].lower(), synsets[target].words[end - 1].lower()
                if one != other and one.isalpha() and other.isalpha():
                    yield one, other
                    yield other, one


def _opposite(synsets: dict[str, Synset]) -> Iterator[tuple[str, str]]:
    """Give each verb with those that mean the opposite."""
    for key, synset in synsets.items():
        for symbol, target, start, end in synset.pointers:
            if symbol == _OPPOSITE and key.startswith(PartOfSpeech.VERB):
                one, other = synset.words[start - 1].lower(), synsets[target].words[end - 1].lower()
                if one.isalpha() and other.isalpha():
                    yield one, other


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", errors="replace") as file:
        yield from (line for line in file if not line.startswith("  "))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
