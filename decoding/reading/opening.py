"""The nouns that open a question without a question word: "paintings by Rembrandt", "the rivers that cross Serbia"."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from clew.decoding.reading.direction import TOPIC
from clew.decoding.reading.lexicon import ARTICLES, ASKING, AUXILIARIES, ED_NOUNS, EXTREMES, PARTICIPLES, PAST
from clew.retrieval.linking.word_weights import FUNCTION_WORDS

_OTHERS = """
    all any some every each other only those these who what please me us you can could get which of there
"""
_BEFORE = ARTICLES | ASKING | AUXILIARIES | frozenset(_OTHERS.split())
"""Words that may stand before the nouns."""
_ENDS = FUNCTION_WORDS | AUXILIARIES | PAST | PARTICIPLES | EXTREMES | {TOPIC, "s"}
PHRASE_WORDS = 4
"""Words of the longest such phrase."""


def opening_nouns(words: Sequence[str], known: Callable[[str], bool]) -> list[str]:
    """Return the last one or two of the nouns that open a question, the head last; none where none do.

    ``words``: the folded words, the topic as ``TOPIC``. ``known``: whether the graph knows a noun as what things are.
    Only a plural opens a question, or a noun that a relative clause, a participle, or "by" follows: "children of TOPIC"
    and "capital of TOPIC" name relations.
    """
    at = next((i for i, word in enumerate(words) if word not in _BEFORE), len(words))
    behind = words[at : at + 1] == [TOPIC]  # "Kubrick films"
    at += behind
    run = []
    for word in words[at : at + PHRASE_WORDS + 1]:
        if _ends(word):
            break
        run.append(word)
    while len(run) > 1 and not known(run[-1]) and known(run[-2]):
        run.pop()  # a verb: "country uses"
    ending = words[at + len(run) : at + len(run) + 1]
    if not run or len(run) > PHRASE_WORDS or (not ending and not behind) or ending == ["s"]:
        return []
    head = run[-1]
    if not _is_plural(head) and (not ending or ending[0] in ("of", TOPIC) or behind):
        return []
    if head in ("people", "persons"):
        return ["person"]
    return run[-2:] if known(head) else []


def _is_plural(word: str) -> bool:
    return word == "people" or (word.endswith("s") and not word.endswith(("ss", "us", "is")))


def _ends(word: str) -> bool:
    verb = word.endswith(("ed", "ing")) and word not in ED_NOUNS
    return word in _ENDS or verb
