"""Words a question for a chain of typed hops, by nesting phrases."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from clew.training.synthetic.lexicon import EntityType, LexicalRelation

CONTAINERS = frozenset({"country", "continent", "region", "state", "province", "district"})
"""Types that contain places. People leave out the place between: "in which country was she born"."""
CITY = "city"
"""The type that sites (museums, stations, universities) stand in; people leave out the site too: "in which city can
I see her paintings"."""
_PLACE = r"(?:place|city|town|site|area|village|spot|venue)"
_PLACE_PHRASE = re.compile(rf"^the {_PLACE} (?=(?:where|in which|that|of|{{x}})\b|\{{x\}})")
_PLACE_QUESTION = re.compile(rf"^where\b|\b(?:what|which) {_PLACE}\b")

TOPIC = "{x}"
"""Where the topic stands in a question under construction."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One directed relation of a chain."""

    relation: LexicalRelation
    forward: bool

    @property
    def source(self) -> str:
        """The type it leaves."""
        return self.relation.head if self.forward else self.relation.tail

    @property
    def target(self) -> str:
        """The type it reaches."""
        return self.relation.tail if self.forward else self.relation.head


_WRAPPERS = (
    "what is {np}", "what are {np}", "who is {np}", "who are {np}", "which is {np}", "name {np}", "list {np}",
    "tell me {np}", "show me {np}", "find {np}", "give me {np}", "i want to know {np}", "do you know {np}", "{np}",
    "who was {np}", "who were {np}", "what was {np}", "what were {np}", "what is the name of {np}",
    "what are the names of {np}", "what were the names of {np}",
)  # fmt: skip
_PERSON_TYPES = ("person", "people", "actor", "author", "artist", "politician", "athlete", "player", "scientist")
_LISTINGS = ("list {np}", "name {np}", "show {np}", "which {np}", "what {np}", "find {np}", "give me {np}", "{np}")


class Phraser:
    """Writes noun phrases and questions for chains, drawing wordings with a given random generator."""

    def __init__(self, types: dict[str, EntityType], rng: random.Random) -> None:
        self._types, self._rng = types, rng

    def question(self, chain: Sequence[Hop]) -> str | None:
        """Return a question whose answer is the end of the chain, with ``{x}`` for the topic; None if none fits."""
        rng = self._rng
        contained = self._contained(chain, questions=True)
        if contained and rng.random() < 0.5:
            return _fill(rng.choice(contained), self.noun_phrase(chain[:-2]))
        asked = self._asked(chain)
        return asked if asked is None or rng.random() < 0.5 else self._with_pronoun(asked, chain)

    def _asked(self, chain: Sequence[Hop]) -> str | None:
        """Return a question that names every hop, or a pair of them by its phrase; None if none fits."""
        rng, last = self._rng, chain[-1]
        ways = []
        clauses = last.relation.clauses if last.forward else last.relation.inverse_clauses
        direct = last.relation.forward_questions if last.forward else last.relation.inverse_questions
        if direct:
            weight = 4 if len(chain) == 1 or not clauses else 2
            ways += [lambda: _fill(rng.choice(direct), self.noun_phrase(chain[:-1]))] * weight
        if len(chain) > 1 and clauses:
            ways += [lambda: _fill(rng.choice(clauses), self.noun_phrase(chain[:-1]), "{np}")] * 5
        ways += [lambda: self._wrapped(chain)] * 3
        if self._pair_patterns(chain):
            ways += [lambda: self._listed_pair(chain)] * 4
        if last.forward and len(chain) > 1:
            ways += [lambda: self._trailing(chain)]
        return rng.choice(ways)()

    def noun_phrase(self, chain: Sequence[Hop]) -> str | None:
        """Return a noun phrase for what the chain reaches; ``{x}`` itself for no hops."""
        if not chain:
            return TOPIC
        rng = self._rng
        pair = self._pair_patterns(chain)
        if pair and rng.random() < 0.6:
            return _fill(rng.choice(pair), self.noun_phrase(chain[:-2]))
        contained = self._contained(chain, questions=False)
        if contained and rng.random() < 0.5:
            return _fill(rng.choice(contained), self.noun_phrase(chain[:-2]))
        last = chain[-1]
        patterns = list(last.relation.forward_phrases if last.forward else last.relation.inverse_phrases)
        if last.forward and last.relation.nouns and (not patterns or rng.random() < 0.25):
            noun = rng.choice(last.relation.nouns)
            patterns = [f"the {noun} of {{x}}", f"{{x}}'s {noun}", f"the {noun} for {{x}}", f"{{x}} {noun}"]
        if not patterns:
            return None
        return _fill(rng.choice(patterns), self.noun_phrase(chain[:-1]))

    def _pair_patterns(self, chain: Sequence[Hop]) -> tuple[str, ...]:
        """Return the patterns that say the last two hops, both of one relation, in one phrase."""
        if len(chain) < 2 or chain[-1].relation is not chain[-2].relation:
            return ()
        relation = chain[-1].relation
        if chain[-1].forward == chain[-2].forward:
            return relation.twice if chain[-1].forward else relation.inverse_twice
        return relation.cosharing if chain[-1].forward else relation.sharing

    def _contained(self, chain: Sequence[Hop], questions: bool) -> list[str]:
        """Return the patterns that say "the country of the place where {x} was born" without the place."""
        if len(chain) < 2 or not (chain[-1].forward and chain[-2].forward):
            return []
        place, container = chain[-2].relation, chain[-1].relation
        if place.tail == container.tail:
            return []
        if container.tail == CITY:
            asked, named = _site_patterns(self._types[place.tail])
        elif container.tail in CONTAINERS:
            asked, named = _PLACE_QUESTION, _PLACE_PHRASE
        else:
            return []
        noun = self._types[container.tail].nouns[0]
        if not questions:
            return [named.sub(f"the {noun} ", p) for p in place.forward_phrases if named.search(p)]
        ask = f"{self._rng.choice(('in which', 'in what'))} {noun}"
        found = []
        for pattern in place.forward_questions:
            if pattern.startswith("where "):
                found.append(ask + pattern[len("where") :])
            elif asked.search(pattern):
                found.append(asked.sub(f"which {noun}", pattern))
        return found

    def _with_pronoun(self, question: str, chain: Sequence[Hop]) -> str:
        """Return "which countries border the one where {x} was born" for "... the country where {x} was born"."""
        kind = self._types[chain[-1].target]
        if len(chain) < 2 or chain[-1].source != chain[-1].target:
            return question
        one, several = ("|".join(map(re.escape, words)) for words in (kind.nouns, kind.plurals or kind.nouns))
        named = re.match(rf"(?:which|what) (?:{one}|{several})\b", question)
        if not named:
            return question
        rest = re.sub(rf"\bthe (?:{one}) (?=(?:where|that|which|in|who|whose)\b)", "the one ", question[named.end() :])
        rest = re.sub(rf"\b(?:the )?(?:{several}) (?=(?:where|that|which|in|who|whose)\b)", "the ones ", rest)
        return named.group() + rest

    def _listed_pair(self, chain: Sequence[Hop]) -> str | None:
        phrase = _fill(self._rng.choice(self._pair_patterns(chain)), self.noun_phrase(chain[:-2]))
        return phrase and _fill(self._rng.choice(_LISTINGS), phrase, "{np}")

    def _wrapped(self, chain: Sequence[Hop]) -> str | None:
        phrase = self.noun_phrase(chain)
        if phrase is None:
            return None
        wrapper = self._rng.choice(_WRAPPERS)
        if wrapper.startswith("who") and chain[-1].target not in _PERSON_TYPES:
            wrapper = wrapper.replace("who", "what", 1)
        return _fill(wrapper, phrase, "{np}")

    def _trailing(self, chain: Sequence[Hop]) -> str | None:
        """Return a question that names the start's description first: "the films by x: their years"."""
        last = chain[-1].relation
        noun = self._rng.choice(last.nouns or self._types[last.tail].nouns)
        before = self.noun_phrase(chain[:-1])
        pattern = self._rng.choice(
            ("{np} have what NOUN", "{np} has which NOUN", "for {np} what is the NOUN", "{np}: which NOUN",
             "what NOUN do {np} have", "what NOUN does {np} have", "NOUN of {np}")
        )  # fmt: skip
        return _fill(pattern.replace("NOUN", noun), before, "{np}")


@cache
def _site_patterns(site: EntityType) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return what of a question and of a phrase gives way where the city of a site is asked for: "at which museum"."""
    nouns = "|".join(map(re.escape, site.nouns))
    return (
        re.compile(rf"(?<=\bin )(?:what|which) (?:{nouns})\b|(?<=\bat )(?:what|which) (?:{nouns})\b"),
        re.compile(rf"^the (?:{nouns}) (?=(?:where|in which|at which)\b)"),
    )


def _fill(pattern: str, phrase: str | None, slot: str = "{x}") -> str | None:
    return None if phrase is None else pattern.replace(slot, phrase, 1)
