"""Completes a name while it is typed: labels that begin with it, that hold its words, or that it misspells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from rapidfuzz.distance import OSA

from clew.kg.limits import MAX_COMPLETIONS_COMPARED, MAX_TYPO_CANDIDATES
from clew.retrieval.linking.index.fuzzy_index import FuzzyIndex
from clew.retrieval.linking.typos import allowed_edits
from clew.retrieval.linking.words import fold_words

How = Literal["exact", "prefix", "word", "typo"]


@dataclass(frozen=True, slots=True)
class Completion:
    """An entity whose label completes a text, and how: the label is the text, begins with it, holds its words, or is
    spelled like it."""

    node: int
    how: How


def complete(labels: FuzzyIndex, text: str, limit: int, degree: Callable[[int], int]) -> list[Completion]:
    """Return at most ``limit`` entities, each once: exact matches first, then beginnings, words and typos; within a
    kind, the fewest edits and then the highest ``degree`` first. Typos are looked for only if nothing else is found.
    Case, accents and punctuation are ignored.

    Compares at most ``MAX_COMPLETIONS_COMPARED`` labels of each kind, so a short beginning of very many labels may miss
    some of the better connected ones.
    """
    typed = fold_words(text)
    if not typed:
        return []
    found: dict[int, Completion] = {}
    for how, edits, ids in _kinds(labels, typed):
        ranked = [(edits.get(label, 0), -degree(node), node) for label in ids for node in labels.nodes(label)]
        for _, _, node in sorted(ranked):
            found.setdefault(node, Completion(node, how))
        if len(found) >= limit or (found and how == "word"):
            break
    return list(found.values())[:limit]


def _kinds(labels: FuzzyIndex, typed: str) -> Iterator[tuple[How, dict[int, int], list[int]]]:
    """Yield the labels of each kind, with their edits; lazily, since typos are compared only where names are few."""
    first = _first_from(labels, typed)
    begins = _beginning(labels, typed, first)
    exact = [label for label in begins[:1] if labels.text(label) == typed]
    yield "exact", {}, exact
    yield "prefix", {}, begins[len(exact) :]
    yield "word", {}, _with_words(labels, typed.split())
    edits = _misspelled(labels, typed)
    yield "typo", edits, list(edits)


def _first_from(labels: FuzzyIndex, typed: str) -> int:
    """The first label that is not before a text, in the order of UTF-8 (which is that of code points)."""
    low, high = 0, len(labels)
    while low < high:
        middle = (low + high) // 2
        if labels.text(middle) < typed:
            low = middle + 1
        else:
            high = middle
    return low


def _beginning(labels: FuzzyIndex, typed: str, first: int) -> list[int]:
    found: list[int] = []
    for label in range(first, min(first + MAX_COMPLETIONS_COMPARED, len(labels))):
        if not labels.text(label).startswith(typed):
            break
        found.append(label)
    return found


def _with_words(labels: FuzzyIndex, words: list[str]) -> list[int]:
    """The labels that hold every word, the last one perhaps unfinished; those of the rarest whole word are compared."""
    counts = [(labels.word_frequency(word), word) for word in words]
    known = [(count, word) for count, word in counts if count]
    if not known or any(not count for count, _ in counts[:-1]):
        return []
    among = labels.labels_with(min(known)[1])[:MAX_COMPLETIONS_COMPARED].tolist()
    return [label for label in among if _holds(labels.text(label).split(), words)]


def _holds(name: list[str], words: list[str]) -> bool:
    return all(word in name for word in words[:-1]) and any(word.startswith(words[-1]) for word in name)


def _misspelled(labels: FuzzyIndex, typed: str) -> dict[int, int]:
    """The labels that the text, or whose beginning the text, misspells, with the edits between them."""
    most, found = allowed_edits(len(typed)), {}
    if not most:
        return {}
    for label in labels.candidates(typed.split(), MAX_TYPO_CANDIDATES).tolist():
        name = labels.text(label)
        edits = min(OSA.distance(typed, part, score_cutoff=most) for part in (name, name[: len(typed)]))
        if edits <= most:
            found[label] = edits
    return found
