"""Modifiers: what follows a noun and says which of its things are meant ("directed by {x}", "that {x} made")."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import lru_cache

from clew.training.own_graph.sampling.plain_patterns import PREPOSITIONS, plural
from clew.training.programs.typed_graph import WalkedRelation
from clew.training.synthetic.lexicon import LexicalRelation


class Form(Enum):
    """How a modifier is built: a participle, an adjective or a preposition; "with"; a relative clause; "whose"; an
    exception ("other than ...")."""

    PLAIN = auto()
    WITH = auto()
    THAT = auto()
    WHOSE = auto()
    BUT = auto()


@dataclass(frozen=True, slots=True)
class Modifier:
    """A modifier in words. ``one``, ``several``: whether it fits one thing, and several. ``nested``: whether it holds
    modifiers of its own, so that what comes after it would seem to belong to them."""

    text: str
    form: Form
    one: bool = True
    several: bool = True
    nested: bool = False

    def filled(self, words: str, nested: bool = False) -> Modifier:
        """Return the modifier with words for ``{x}``."""
        return replace(self, text=self.text.replace("{x}", words, 1), nested=nested)

    def fits(self, many: bool) -> bool:
        """Return whether it can follow a noun in the plural, or in the singular."""
        return self.several if many else self.one

    def predicate(self, many: bool) -> str:
        """Return the same as what follows "which films"; "" where it cannot be said so."""
        if self.form is Form.PLAIN:
            return f"{_be(self.text, many)} {self.text}"
        if self.form is Form.WITH:
            return f"{'have' if many else 'has'} {self.text.removeprefix('with ')}"
        if self.form is Form.THAT and self.fits(many) and not _SUBJECT.match(self.text):
            return self.text.partition(" ")[2]
        return ""

    def negated(self, many: bool, variant: int) -> Modifier:
        """Return the opposite; ``variant`` chooses among the ways to say it."""
        made = _negations(self.text, self.form, many)
        if not made:
            outside = ("but not those", "except those", "other than those", "excluding those", "but not the ones",
                       "apart from those", "leaving out those")  # fmt: skip
            return replace(self, text=f"{outside[variant % len(outside)]} {self.text}", form=Form.BUT)
        text, form = made[variant % len(made)]
        return replace(self, text=text, form=form)


_SUBJECT = re.compile(r"(?:that|who|which|whom) \{")
"""A relative clause about an object: "that {x} made"."""
_RELATIVE = ("that", "who", "which")
_AGREEMENT = {"is": "are", "was": "were", "has": "have", "does": "do"}
_IRREGULAR = frozenset(
    "won made wrote led ran took gave held built found began sang sold bought taught drew flew fought met paid read said "
    "sent set shot spoke spent stood swam told thought wore beat became bore broke brought caught chose came cut dealt "
    "did drank drove fell felt got grew had heard hit hid hung kept knew laid left lent let lost meant put rode rose saw "
    "sat slept stole struck swore threw underwent understood went wove".split()
)
_NOT_PARTICIPLES = frozenset(PREPOSITIONS) | {"behind", "around", "about", "after", "above", "worth", "part", "the", "between"}


def modifiers(walk: WalkedRelation) -> tuple[Modifier, ...]:
    """Return the modifiers of what a relation reaches; ``{x}`` is what it leaves."""
    return _modifiers(walk.between.words, walk.forward, walk.target.nouns, walk.target.plurals)


@lru_cache(maxsize=20_000)
def _modifiers(
    words: LexicalRelation, forward: bool, nouns: tuple[str, ...], plurals: tuple[str, ...]
) -> tuple[Modifier, ...]:
    phrases = words.forward_phrases if forward else words.inverse_phrases
    found = [*_parsed(phrases, (*nouns, "person", "thing"), False), *_parsed(phrases, (*plurals, "people", "things"), True)]
    found += _plain(words, forward)
    return tuple(dict.fromkeys(found))


def _parsed(phrases: tuple[str, ...], nouns: tuple[str, ...], many: bool) -> Iterator[Modifier]:
    """Yield what follows a noun in the phrases of the lexicon."""
    pattern = _after_noun(nouns)
    for phrase in phrases:
        if match := pattern.fullmatch(phrase):
            yield from _modifier(match.group(1), many)


@lru_cache(maxsize=4_000)
def _after_noun(nouns: tuple[str, ...]) -> re.Pattern[str]:
    choices = "|".join(re.escape(noun) for noun in sorted(nouns, key=len, reverse=True))
    return re.compile(rf"(?:the |every |all |all the |any )?(?:{choices}) (.+)")


def _modifier(text: str, many: bool) -> Iterator[Modifier]:
    first, _, rest = text.partition(" ")
    if first in _RELATIVE:
        yield _clause(first, rest, many)
    elif first == "{x}" and rest:
        yield Modifier(f"that {text}", Form.THAT)
    elif first in ("whose", "where"):
        yield Modifier(text, Form.WHOSE, *((not many, many) if " is " not in text else (True, True)))
    elif first == "with":
        yield Modifier(text, Form.WITH)
    elif first.endswith(("ed", "wn", "en", "ing")) or first in _IRREGULAR | {"born"} or first in PREPOSITIONS:
        yield Modifier(text, Form.PLAIN)


def _clause(first: str, rest: str, many: bool) -> Modifier:
    """Return a relative clause; its verb tells whether it fits one thing or several."""
    verb = rest.partition(" ")[0]
    if verb.endswith("ed") or verb in _IRREGULAR or verb == "{x}":
        return Modifier(f"{first} {rest}", Form.THAT)
    return Modifier(f"{first} {rest}", Form.THAT, one=not many, several=many)


def _plain(words: LexicalRelation, forward: bool) -> list[Modifier]:
    """Return modifiers that any relation has, by its noun."""
    noun = words.nouns[0]
    if forward:
        return [
            Modifier(f"that is the {noun} of {{x}}", Form.THAT, several=False),
            Modifier(f"that are {plural(noun)} of {{x}}", Form.THAT, one=False),
        ]
    return [
        Modifier(f"with {{x}} as {noun}", Form.WITH),
        Modifier(f"whose {noun} is {{x}}", Form.WHOSE),
        Modifier(f"with {noun} {{x}}", Form.WITH),
    ]


def _be(text: str, many: bool) -> str:
    past = text.split(" ")[0].endswith(("ed", "wn", "en")) and " by " in text or text.startswith("born")
    return ("were" if many else "was") if past else "are" if many else "is"


def _negations(text: str, form: Form, many: bool) -> list[tuple[str, Form]]:
    be = _be(text, many)
    if form is Form.PLAIN:
        return [(f"not {text}", Form.PLAIN), (f"that {be} not {text}", Form.THAT), (f"that {be}n't {text}", Form.THAT)]
    if form is Form.WITH:
        rest, do = text.removeprefix("with "), "do" if many else "does"
        return [(f"without {rest}", Form.PLAIN), (f"that {do} not have {rest}", Form.THAT),
                (f"that {do}n't have {rest}", Form.THAT)]  # fmt: skip
    if form is Form.WHOSE and text.startswith("whose") and " is " in text:
        return [(text.replace(" is ", " is not ", 1), form), (text.replace(" is ", " isn't ", 1), form)]
    words = text.split(" ")
    if form is Form.THAT and words[1] in ("is", "are", "was", "were"):
        return [(" ".join([*words[:2], "not", *words[2:]]), form), (" ".join([words[0], words[1] + "n't", *words[2:]]), form)]
    if form is Form.THAT and words[1] in ("has", "have"):
        do = "do" if words[1] == "have" else "does"
        return [(" ".join([words[0], do, "not have", *words[2:]]), form), (" ".join([words[0], do + "n't have", *words[2:]]), form)]
    return []
