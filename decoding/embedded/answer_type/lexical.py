"""Expected answer type from the wording: "which cities" asks for a city, "who" for a person, "when" for a number.

Only unambiguous English wordings are used. For other questions, no type is expected.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from clew.decoding.embedded.search.wording import PLACEHOLDER


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PERSON = "person"
PERSONS = _words(
    """person people human humans man men woman women someone somebody individual actor actress architect artist
    astronaut astronomer athlete author biologist ceo chemist child coach composer criminal dancer daughter
    designer developer director doctor economist emperor engineer explorer father founder friend grandchild
    grandfather grandmother historian husband inventor investor journalist judge king lawyer leader manager
    mathematician minister monarch mother musician novelist officer owner painter parent patient philosopher
    photographer physician physicist player poet politician pope president producer programmer queen researcher
    ruler scientist sculptor sibling singer sister brother soldier son student teacher user wife winner writer
    celebrity employee member performer screenwriter playwright naturalist pianist buyer seller client customer
    shopper cook chef waiter assignee reporter contributor maintainer applicant supplier colleague coworker boss
    nurse guest host resident candidate lender borrower operator tester expert"""
)
"""Nouns for people, in the singular: a graph may call all of them "person", a question seldom does."""

_AUXILIARY = _words(
    """is are was were be been being do does did has have had can could may might will would shall should must 's"""
)
_FUNCTION = (
    _words(
        """a an the this that these those of in into on at to from by with for about as than and or not no i you he she
    it we they them his her its their my your our me us one ones who whom whose which what where when how why
    there else kind kinds type types sort sorts name names all any some each every both other many much more most"""
    )
    | _AUXILIARY
    | {PLACEHOLDER}
)
_LEAD = _words(
    """please tell me show give find list name do you know can could i want to would like the by in into on at of
    from for with and so hey hi hello which what who whom"""
)
_ARTICLES = _words("the a an all some any those these")
_MEASURES = _words("""many much high tall long old big large deep heavy wide far fast often expensive small""")
_TIMES = _words("year date day month century decade time number percentage amount")
_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class AskedKind:
    """``nouns``: the one or two words that the answer is called by; ``literal``: it is a number or a date;
    ``sure``: how surely that is asked, at most 1.

    A noun right after "which" is what is asked for (96% of 420 such questions of held-out domains, of a graph that has
    that class); of "list the ticket's channels" or "what is the server's rack" it is another word (88% of 530).
    """

    nouns: tuple[str, ...] = ()
    literal: bool = False
    sure: float = 1.0


NOTHING_ASKED = AskedKind()
LESS_SURE = 0.6
"""The log-odds of 88% are about that share of those of 96%."""


def asked_kind(text: str) -> AskedKind:
    """Return what a masked question (``MaskedQuestion.text``) plainly asks for."""
    words = _WORD.findall(text.lower())
    for at, word in enumerate(words):
        rest = words[at + 1 :]
        if word in ("which", "what"):
            found = _noun(rest)
            if found is not None:
                return found
            if word == "what":
                return NOTHING_ASKED
        elif not _leads(words[:at]):
            continue
        elif word in ("who", "whom"):
            return AskedKind((PERSON,))
        elif word == "when":
            return AskedKind(literal=True)
        elif word == "how":
            return AskedKind(literal=bool(rest) and rest[0] in _MEASURES, sure=LESS_SURE)
        elif (word in ("list", "name", "show", "find", "give", "tell") and rest[:1] != ["me"]) or (
            word == "me" and at and words[at - 1] in ("show", "give", "tell", "find")
        ):
            return _noun(_without_articles(rest), LESS_SURE) or NOTHING_ASKED
    return NOTHING_ASKED


def _leads(before: list[str]) -> bool:
    """Return whether only polite and small words come before."""
    return all(word in _LEAD for word in before)


def _noun(words: list[str], sure: float = 1.0) -> AskedKind | None:
    """Return the kind that the words after "which" name: the next one or two; None if no noun follows at once."""
    if words[:1] and words[0] in ("is", "are", "was", "were") and words[1:2] and words[1] in _ARTICLES:
        words, sure = _without_articles(words[1:]), LESS_SURE
    run = []
    for word in words[:2]:
        if word in _FUNCTION:
            break
        run.append(word)
    if not run:
        return None
    if any(word.removesuffix("s") in _TIMES for word in run):
        return AskedKind(tuple(run), literal=True, sure=sure)
    return AskedKind(tuple(run), sure=sure)


def _without_articles(words: list[str]) -> list[str]:
    while words and words[0] in _ARTICLES:
        words = words[1:]
    return words


def is_person(noun: str) -> bool:
    """Return whether a noun, its last word or that word's singular, is one for people."""
    last = noun.split()[-1] if noun.split() else ""
    return last in PERSONS or last.removesuffix("s") in PERSONS
